/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include "tools/command.h"

/* A row of standard values with this name. */
int zone_named(struct command *, const char *name, struct zone *, struct error *);

/* Prints what pools and hosts of the zone answer now, as lines of a zone file (zone_served.c). */
int zone_served(struct command *, const char *zone, struct error *);

/* Verbs with a file of their own. */
int zone_import(struct command *, struct error *); /* zone_import.c */
int zone_export(struct command *, struct error *); /* zone_export.c */

#endif
