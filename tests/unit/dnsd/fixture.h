/* SPDX-License-Identifier: BSD-2-Clause */
/* A view with something of everything in it, for unit tests, fuzzing and the instruction count. */
#ifndef TESTS_UNIT_DNSD_FIXTURE_H
#define TESTS_UNIT_DNSD_FIXTURE_H

#include "dnsd/answer/answer.h"

struct fixture {
	struct view view;
	struct server_settings settings;
	struct counters counters;
	struct usage_bank *usage;
	struct signatures signatures;
	struct worker worker;
	struct keys keys;
	struct address client;
};

/* The secret of kite.b5p.us is "sekrit". Aborts when it cannot be made: it is ours. */
void fixture_make(struct fixture *);
void fixture_free(struct fixture *);

/* Serves these zones, and the fixture's pools in them, instead of what was served. */
void fixture_serve(struct fixture *, struct zone_view **zones, size_t count);

void fixture_serve_fleet(struct fixture *, struct zone_view **zones, size_t count, const struct fleet *);

/* Beside the zones there is the catalog "cat.invalid". */

/* Its secret is the octets 0 to 31. There are "xfr.key" (HMAC-SHA256), which may transfer, and "other"
 * (HMAC-SHA512), which may not. */
struct tsig_key fixture_key(const char *name, enum tsig_algorithm);

/* Signs all zones that are served, each by a key of its own, or by a KSK and a ZSK. */
void fixture_sign(struct fixture *, bool split);

/* Each by two keys of two algorithms, that sign all. */
void fixture_sign_twice(struct fixture *);

/* A zone's view from RFC 1035 text. */
struct zone_view *fixture_zone(const char *origin, const char *text);

/* Adds a host; LIST is its addresses in normal form, SECRET may be NULL. */
void fixture_host(struct fixture *, const char *name, const char *list, const char *secret);

/* Writes a query; returns its size. EDNS 0: no OPT, else its UDP size. */
size_t fixture_query(uint8_t *packet, const char *name, uint16_t type, uint16_t edns);

/* The same with DO, and with other flags of the OPT. */
size_t fixture_query_signed(uint8_t *packet, const char *name, uint16_t type, uint16_t edns, uint16_t flags);

#endif
