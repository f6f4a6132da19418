/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of windsock's verbs for the whole registry share. */
#ifndef TOOLS_REGISTRY_VERBS_H
#define TOOLS_REGISTRY_VERBS_H

#include "tools/command.h"

/* Verbs with a file of their own. */
int verb_status(struct command *, struct error *); /* status.c */
int verb_check(struct command *, struct error *);
int verb_coverage(struct command *, struct error *);  /* check.c */
int verb_log(struct command *, struct error *);    /* log.c */
int verb_forecast(struct command *, struct error *); /* forecast.c */
int verb_export(struct command *, struct error *); /* transfer.c */
int verb_import(struct command *, struct error *);
int verb_simulate(struct command *, struct error *); /* simulate.c */

#endif
