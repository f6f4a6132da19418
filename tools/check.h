/* SPDX-License-Identifier: BSD-2-Clause */
/* What `windsock check` finds, and who looks. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include <jansson.h>

#include "tools/survey.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

struct findings {
	enum level worst;
	size_t count;
	struct text details; /* a line each, below the first line */
	struct text first;   /* the first of the worst */
	json_t *list;
};

void find(struct findings *, enum level, const char *what);

/* Name servers, ADDRESS or ADDRESS:PORT, separated by a space: whether each answers for ZONE, and whether all are
 * at one serial. REVISION is the registry's. REFUSED for what is no address. */
int check_servers(struct findings *, const char *servers, const char *zone, int64_t revision,
	struct arena *, struct error *);

#endif
