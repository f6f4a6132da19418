/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that are read anew while a program serves. */
#ifndef LIB_OPTIONS_REREAD_H
#define LIB_OPTIONS_REREAD_H

#include "lib/option_table.h"

/* Compares two readings of the same table, OLD by which the program serves and FRESH. What a row says may change (live) is
 * logged, and stays in FRESH; of all else that changed the log says that it needs a restart, and FRESH is given OLD's value. So
 * FRESH is what holds from now on. Both readings' texts must live as long as either is used. Returns how many changes
 * were taken up. */
size_t options_reread(const struct option_table *, const void *old, void *fresh);

#endif
