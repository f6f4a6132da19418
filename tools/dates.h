/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates on the command line. */
#ifndef TOOLS_DATES_H
#define TOOLS_DATES_H

#include "tools/command.h"

/* Reads an option that names a moment: a date, "now", or how long ago, as 2d. *DATE, in seconds since 1970, is left as it
 * is when the option was not given. REFUSED for what is neither, and for what is yet to come. */
int date_option(struct command *, const char *name, int64_t *date, struct error *);

#endif
