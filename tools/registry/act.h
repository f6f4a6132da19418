/* SPDX-License-Identifier: BSD-2-Clause */
/* What one act did, by the change log: to each object, whatever the steps were. */
#ifndef TOOLS_ACT_H
#define TOOLS_ACT_H

#include "registry/change_row.h"

/* An object that is otherwise since the act. The sets have bit N for the kind's Nth field. */
struct act_object {
	const struct kind *kind;
	const char *key; /* all key fields, which tell it from others of its kind */
	const struct change_side *was, *is;
	uint64_t changed; /* what is otherwise; all, where it came or went */
	uint64_t secrets; /* hidden fields that are others now */
	uint64_t held, untold; /* hidden fields that were lost, and that may have been */
};

/* All objects of an act, in an order that act_find knows. */
struct act_read {
	struct act_object *objects;
	size_t count;
	int64_t newest; /* the last revision of the act */
};

/* Reads the act of a revision: all that was changed with it, or this row alone, if SQL by hand did it. Call it in a picture that
 * does not move; all is the arena's. REFUSED when there is no such revision, when the log was pruned too far, and for
 * what cannot be read or undone row by row. */
int act_read(struct registry *, int64_t revision, struct arena *, struct act_read *, struct error *);

/* The object with that key; NULL when the act did nothing to it. */
struct act_object *act_find(const struct act_read *, const struct kind *, const char *key);

/* The key of a row as the act has it, in the arena; NULL when memory is out. */
const char *act_key(const struct kind *, const void *row, struct arena *);

/* The fields that differ between two sides, secrets among them; none that one side does not tell; all, where one of both is
 * not there. */
uint64_t act_difference(const struct kind *, const struct change_side *was, const struct change_side *is);

#endif
