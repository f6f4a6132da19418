/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change of many rows does to each of them: + added, ~ changed, - removed, and how many of each. */
#ifndef TOOLS_PREVIEW_H
#define TOOLS_PREVIEW_H

#include <jansson.h>

#include "tools/command.h"
#include "tools/row_words.h"

/* Set the command; the rest is zero. preview_end gives back what it holds. */
struct preview {
	struct command *command;
	size_t added, changed, removed;
	json_t *rows; /* with --json: all of them */
};

/* Shows one row, if anything in it differs, and judges by itself what no plan sees: HARMFUL for a relay that hosts still point
 * at, for one that is to be invited again, and for a zone that is signed and goes, or is signed no more, which is to be done by way
 * of its parent. REFUSED for a
 * relay with another one's address. Call it when all rows are written. */
int preview_row(struct preview *, const struct row_sides *, struct error *);

/* HARMFUL for a zone that is signed and goes (IS is NULL), or is to be signed otherwise; WAS is NULL for a new one. */
int preview_judge_zone(struct command *, const struct zone *was, const struct zone *is, struct error *);

/* Says how many there were of each: "WHAT: 2 added, 1 changed, 0 removed". Call it once in any case; OUTCOME is that so
 * far, and comes back. */
int preview_end(struct preview *, const char *what, int outcome);

#endif
