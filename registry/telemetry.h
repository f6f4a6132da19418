/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients asked for, by day: in a file of its own beside the registry, so that counting never stands
 * in the way of a change, and losing it costs neither an answer nor an update. Each name server adds to
 * its own rows; relays' sessions come from the updater. Files of several name servers are read together.
 * Days are steering_day()'s; node, pool, zone and label are in normal form. */
#ifndef REGISTRY_TELEMETRY_H
#define REGISTRY_TELEMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/sketch.h"

enum {
	TELEMETRY_DAYS = 400,    /* that are kept: more than a year, for the same week of the last one */
	TELEMETRY_UNKNOWN = 256, /* undefined labels of a day and node: anybody can make up more */
	TELEMETRY_VERSIONS = 64, /* of a relay's sessions */
	TELEMETRY_FILES = 32,    /* read together */
};

/* A connection. One thread at a time. */
struct telemetry;

/* To be written; made if it is not there, with the permissions of the registry. Waits PATIENCE milliseconds
 * for others. REFUSED for a database of another program or a newer windsock. */
int telemetry_open(const char *path, const char *registry, int patience, struct telemetry **,
	struct error *);

/* To be read only. ABSENT. */
int telemetry_look(const char *path, int patience, struct telemetry **, struct error *);

/* Writes a whole copy of what is committed to a file, as registry_copy does. */
int telemetry_copy(struct telemetry *, const char *path, struct error *);

/* NULL is passed over; what was not committed is given up. */
void telemetry_close(struct telemetry *);

/* A transaction, for all that follows. */
int telemetry_begin(struct telemetry *, struct error *);
int telemetry_commit(struct telemetry *, struct error *);

/* Removes what is older than TELEMETRY_DAYS before TODAY, but two days of it at a time: a clock that is years ahead
 * takes no more. Looks at all there is: once a day will do. */
int telemetry_prune(struct telemetry *, int64_t today, struct error *);

/* A day at a node of a pool, or else, where that is NULL, of all pools in a zone: "" for all zones that were not told
 * apart. */
struct telemetry_use {
	const char *node, *pool, *zone;
	int64_t day, queries;
	struct sketch networks;
};

/* Adds the queries and the networks to those of the day, and gives the day's back. */
int telemetry_add_use(struct telemetry *, struct telemetry_use *, struct error *);

/* A label that nobody defined and that another pool answered. The label "" stands for all others. */
struct telemetry_unknown {
	const char *node, *label;
	int64_t day, queries, last; /* last: date */
};
int telemetry_add_unknown(struct telemetry *, const struct telemetry_unknown *, struct error *);

/* Sessions of one client version. */
struct telemetry_sessions {
	const char *version;
	int64_t day, sessions;
};

/* What a relay's day was last: replaces it. */
int telemetry_put_sessions(struct telemetry *, const char *relay, int64_t day,
	const struct telemetry_sessions *, size_t count, struct error *);

/* Reading, over files and nodes at once. Lists are the arena's, days count from 1970, and FAILED says which file could
 * not be read. */

struct telemetry_files {
	struct telemetry *file[TELEMETRY_FILES];
	size_t count;
};

struct telemetry_day {
	int64_t day, queries;
	double networks; /* distinct ones, about */
};

/* A pool's days from FIRST to LAST, the oldest first; those on which nobody asked are left out. */
int telemetry_days(const struct telemetry_files *, const char *pool, int64_t first, int64_t last,
	struct arena *, struct telemetry_day **, size_t *count, struct error *);

/* Sets WATCHED[i] to whether anything at all was asked for on day FIRST + i, up to LAST. On such a day, a pool without
 * a count was not asked for; of other days nothing is known. */
int telemetry_watched(const struct telemetry_files *, int64_t first, int64_t last, bool *watched, struct error *);

/* The same of handshakes of TLS, which updaters count. */
int telemetry_watched_tls(const struct telemetry_files *, int64_t first, int64_t last, bool *watched, struct error *);

/* A pool's days from FIRST to LAST added up: `networks` counts one that asked on several days once, `day` is the last
 * on which somebody asked. ABSENT when nobody did. */
int telemetry_total(const struct telemetry_files *, const char *pool, int64_t first, int64_t last,
	struct telemetry_day *, struct error *);

/* The same of all pools in a zone together. ABSENT when nobody is known to have asked for one. */
int telemetry_zone_total(const struct telemetry_files *, const char *zone, int64_t first, int64_t last,
	struct telemetry_day *, struct error *);

/* The same of what was not told apart by zone: of zones beyond those that a name server tells apart, and of whole days
 * on which a node counted more for pools than for zones, as one of an earlier version does. A zone that nobody is known
 * to have asked in may be among them. ABSENT when there is none such. */
int telemetry_untold(const struct telemetry_files *, int64_t first, int64_t last, struct telemetry_day *,
	struct error *);

/* How many networks asked for either of two pools, about. */
int telemetry_either(const struct telemetry_files *, const char *pool, const char *other, int64_t first,
	int64_t last, double *networks, struct error *);

/* A brownout's client networks are counted as if they asked for pools of these names: those that are given the
 * successor's answer (GIVEN), all others meanwhile (OTHERS), and the first ones again once it has ended (AFTER). Each
 * of the three is divided by chance into lots: how much lots of the same group differ shows how much of a difference
 * between groups is chance. Writes the name of a lot of the brownout that began at the date FROM into
 * NAME, which has room for TELEMETRY_BROWNOUT; a label that leaves too little room is not counted. */
enum telemetry_part { TELEMETRY_GIVEN, TELEMETRY_OTHERS, TELEMETRY_AFTER };
enum { TELEMETRY_BROWNOUT = 96, TELEMETRY_LOTS = 8 };
void telemetry_brownout(const char *label, int64_t from, enum telemetry_part, unsigned lot, char *name);

/* The name under which handshakes of a version (lib/tls.h) are counted as queries for a pool are. NAME has room for
 * TELEMETRY_TLS. */
enum { TELEMETRY_TLS = 16 };
void telemetry_tls(unsigned version, char *name);

/* Whether more networks ask for a pool than did before the day SINCE: the mean of the seven days before TODAY, or of as
 * many as have passed since then, is compared with that of the week before it. *GREW is true only for a difference
 * beyond chance and the sketches' error; false where one of the two is not known. */
int telemetry_grew(const struct telemetry_files *, const char *pool, int64_t since, int64_t today, bool *grew,
	struct error *);

/* Zones that were asked in for pools since a day, the most asked first. */
struct telemetry_zone {
	const char *zone;
	int64_t queries;
	double networks; /* distinct ones, about */
};
int telemetry_zones(const struct telemetry_files *, int64_t first, struct arena *, struct telemetry_zone **,
	size_t *count, struct error *);

/* Undefined labels asked for since a day, the most asked first; `day` is the last one, node NULL. */
int telemetry_unknowns(const struct telemetry_files *, int64_t first, struct arena *,
	struct telemetry_unknown **, size_t *count, struct error *);

/* Sessions of all relays since a day, by day and version. */
int telemetry_sessions(const struct telemetry_files *, int64_t first, struct arena *,
	struct telemetry_sessions **, size_t *count, struct error *);

/* What a relay told last of one version. */
struct telemetry_relay {
	const char *relay, *version;
	int64_t day, sessions;
};

/* What each relay told of its sessions on the newest day on which it told any, if that is FIRST or later; in the order
 * of relays, then versions. */
int telemetry_relays(const struct telemetry_files *, int64_t first, struct arena *, struct telemetry_relay **,
	size_t *count, struct error *);

#endif
