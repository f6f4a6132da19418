/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of `windsock check`, and what they find. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include <jansson.h>

#include "tools/watch/servers.h"
#include "tools/watch/survey.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

struct findings {
	enum level worst;
	size_t count;
	struct text details; /* one line for each finding, printed below the first line */
	struct text first;   /* the first finding of the worst level */
	json_t *list;
};

/* Adds a finding. WHAT is copied. */
void find(struct findings *, enum level, const char *what);

/* Judges pools, relays, their certificates, and probers, by the survey alone. */
void check_fleet(struct findings *, const struct survey *, struct arena *);

/* Judge whether the updater and the probers that were there lately still are. */
void check_updater(struct command *, struct findings *, const struct survey *);
void check_probers(struct findings *, const struct survey *, struct arena *);

/* Judge certificates by when they end (tools/watch/check_certificate.c): those of relays that somebody may be sent to, or
 * that carry tunnels, as their latest observation has it; and those that the updater shows over HTTPS, as far as it tells. */
void check_relays_certificates(struct findings *, const struct survey *, struct arena *);
void check_updaters_certificates(struct command *, struct findings *, const struct survey *);

/* Says why a pool gives out its last resort, and whether any of its relays looks well. The text is the arena's. */
const char *check_last_resort(const struct membership *, bool *any_well, struct arena *);

/* The names of the zones that can be served, in order; they are the command's arena's. */
int check_zones(struct command *, const char *const **zones, size_t *count, struct error *);

/* Judges name servers, given as ADDRESS or ADDRESS:PORT and separated by a space: whether each answers for all ZONES (at
 * least one), whether all have the same serial, and whether those with the same serial give the same answers. REFUSED for
 * what is no address. */
int check_servers(struct command *, struct findings *, const char *servers, const char *const *zones, size_t zone_count,
	const struct survey *, struct error *);

/* A secondary, and what it answers for the zone for which its answer is worst. */
struct follower {
	const char *name;
	struct server server; /* ADDRESS:PORT */
	bool behind;
	int64_t age; /* seconds since the first change that it lacks; -1: since before the change log begins */
};

/* Asks all secondaries; the list is the command's arena's, and empty where there is no zone. */
int followers_find(struct command *, int64_t revision, const char *const *zones, size_t zone_count, struct follower **,
	size_t *count, struct error *);

/* Whether it lacks changes though it had time to follow; and how it is, in words. */
bool follower_late(const struct follower *);
const char *follower_words(const struct follower *, struct arena *);

#endif
