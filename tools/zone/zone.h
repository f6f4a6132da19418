/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `windsock zone` share. */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include "tools/command.h"

/* Fills a row with default values and this name. */
int zone_named(struct command *, const char *name, struct zone *, struct error *);

/* Verbs with a file of their own. */
int zone_import(struct command *, struct error *); /* zone_import.c */
int zone_export(struct command *, struct error *); /* zone_export.c */
int zone_check(struct command *, struct error *);  /* zone_check.c */

#endif
