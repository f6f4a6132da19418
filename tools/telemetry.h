/* SPDX-License-Identifier: BSD-2-Clause */
/* Telemetry for verbs: the files that --telemetry names, else the registry's own. */
#ifndef TOOLS_TELEMETRY_H
#define TOOLS_TELEMETRY_H

#include "registry/telemetry.h"
#include "tools/command.h"

/* Opens the files. It is no error if the registry's own file does not exist yet: the count is 0 then. */
int telemetry_take(struct command *, struct telemetry_files *, struct error *);
void telemetry_drop(struct telemetry_files *);

enum { ASKED_DAYS = 30 }; /* before today, in which who asked counts: it would be hurt */

/* Who asked for pools in a zone in those days, or that it is not known, in a sentence that is the command's. Takes
 * --telemetry, and so stands before options_done. */
const char *telemetry_asked_in(struct command *, const char *zone);

/* Distinct client networks that asked for a pool in the last week, about; -1 when nobody counts. */
enum { TELEMETRY_WEEK = 7 };
double telemetry_week(const struct telemetry_files *, const char *pool);

/* Today, as steering_day has it. */
int64_t telemetry_today(void);

/* A day as text, "2027-03-02"; it is the command's. */
const char *telemetry_date(struct command *, int64_t day);

#endif
