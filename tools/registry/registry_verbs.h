/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs for the whole registry that have files of their own. */
#ifndef TOOLS_REGISTRY_VERBS_H
#define TOOLS_REGISTRY_VERBS_H

#include "tools/command.h"

/* The verbs that have files of their own, here or in the folder of their noun. */
int verb_status(struct command *, struct error *); /* status.c */
int verb_check(struct command *, struct error *);  /* check.c */
int verb_coverage(struct command *, struct error *);  /* coverage.c */
int verb_log(struct command *, struct error *);    /* log.c */
int verb_revert(struct command *, struct error *); /* revert.c */
int verb_forecast(struct command *, struct error *); /* forecast.c */
int verb_export(struct command *, struct error *); /* transfer.c */
int verb_import(struct command *, struct error *); /* transfer.c */
int verb_backup(struct command *, struct error *); /* backup.c */
int verb_complete(struct command *, struct error *); /* tools/complete.c */
int verb_restore(struct command *, struct error *); /* backup.c */
int verb_simulate(struct command *, struct error *); /* simulate.c */

#endif
