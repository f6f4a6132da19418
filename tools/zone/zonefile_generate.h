/* SPDX-License-Identifier: BSD-2-Clause */
/* BIND's $GENERATE: one template for many entries that differ in a number. */
#ifndef TOOLS_ZONEFILE_GENERATE_H
#define TOOLS_ZONEFILE_GENERATE_H

#include "tools/zone/zonefile_entry.h"

typedef int generate_taker(struct entry *, void *context, struct error *);

/* Gives TAKE each entry that a $GENERATE stands for. REFUSED says what is wrong with it. */
int generate(const struct entry *, generate_taker *take, void *context, struct error *);

#endif
