/* SPDX-License-Identifier: BSD-2-Clause */
/* What `windsock check` finds, and who looks. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include <jansson.h>

#include "tools/servers.h"
#include "tools/survey.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

struct findings {
	enum level worst;
	size_t count;
	struct text details; /* a line each, below the first line */
	struct text first;   /* the first of the worst */
	json_t *list;
};

void find(struct findings *, enum level, const char *what);

/* Pools, relays, certificates and probers, of the survey alone. */
void check_fleet(struct findings *, const struct survey *, struct arena *);

/* Whether those that were there of late are still: the updater, and probers. */
void check_updater(struct command *, struct findings *, const struct survey *);
void check_probers(struct findings *, const struct survey *, struct arena *);

/* Why a pool gives out all that it has, in words; and whether any of them looks well. */
const char *check_last_resort(const struct membership *, bool *any_well, struct arena *);

/* The names of the zones that can be served, in order; the command's. */
int check_zones(struct command *, const char *const **zones, size_t *count, struct error *);

/* Name servers, ADDRESS or ADDRESS:PORT, separated by a space: whether each answers for all ZONES, of which there is one
 * at least, whether all are at one serial, and whether those that are answer alike. REFUSED for what is no address. */
int check_servers(struct command *, struct findings *, const char *servers, const char *const *zones, size_t zone_count,
	const struct survey *, struct error *);

/* A secondary, and what it answers for the zone that is in the worst way. */
struct follower {
	const char *name;
	struct server server; /* ADDRESS:PORT */
	bool behind;
	int64_t age; /* seconds since the first change that it has not; -1: longer than the change log tells */
};

/* Asks all; none where there is no zone. They are the command's. */
int followers_find(struct command *, const struct survey *, const char *const *zones, size_t zone_count, struct follower **,
	size_t *count, struct error *);

/* Whether it had the time to follow. */
bool follower_late(const struct follower *);
const char *follower_words(const struct follower *, struct arena *);

#endif
