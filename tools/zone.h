/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `windsock zone` share. */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include "tools/command.h"

/* Fills a row with default values and this name. */
int zone_named(struct command *, const char *name, struct zone *, struct error *);

/* Prints a record as a line of a zone file; OWNER is in normal form (zone_served.c). */
int print_rr(const char *owner, int64_t ttl, uint16_t type, struct blob rdata, struct error *);

/* Prints what is served of the zone, pools and hosts included, but for the SOA (zone_served.c). */
int zone_served(struct command *, const struct zone *, struct error *);

/* Verbs with a file of their own. */
int zone_import(struct command *, struct error *); /* zone_import.c */
int zone_export(struct command *, struct error *); /* zone_export.c */

#endif
