/* SPDX-License-Identifier: BSD-2-Clause */
/* A turn of storing: opening the file, one transaction, and what is said of it. */
#include "updater/storing.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"

enum { PATIENCE = 50 /* milliseconds, with others who write the file: requests wait for us */ };

static int store(const struct storing *s, const struct storing_kind *kind, void *kept, struct telemetry *t, int64_t day,
	struct error *e)
{
	int outcome = telemetry_begin(t, e);
	if (outcome == DONE)
		outcome = kind->add(kept, t, e);
	if (outcome == DONE && s->pruned != day)
		outcome = telemetry_prune(t, day, e);
	return outcome == DONE ? telemetry_commit(t, e) : outcome;
}

static void say(struct storing *s, const struct storing_kind *kind, int outcome, const struct error *e)
{
	if (outcome == DONE && s->trouble[0] != '\0')
		log_notice("%s are stored again", kind->words);
	else if (outcome != DONE && strcmp(s->trouble, e->text) != 0)
		log_warning("%s cannot be stored; they are kept why=\"%s\"", kind->words, e->text);
	snprintf(s->trouble, sizeof s->trouble, "%s", outcome == DONE ? "" : e->text);
}

bool storing_run(struct storing *s, const struct storing_kind *kind, void *kept, const char *path, const char *registry,
	int64_t day, int64_t now)
{
	struct telemetry *t = NULL;
	struct error e = { "" };
	if (now < s->due)
		return false;
	s->due = now + (now == INT64_MAX ? 0 : kind->each);
	if (strcmp(path, "none") == 0)
		return true;
	int outcome = telemetry_open(path, registry, PATIENCE, &t, &e);
	if (outcome == DONE)
		outcome = store(s, kind, kept, t, day, &e);
	if (outcome == DONE)
		s->pruned = day;
	telemetry_close(t);
	say(s, kind, outcome, &e);
	return outcome == DONE;
}
