/* SPDX-License-Identifier: BSD-2-Clause */
/* Leases are read from the registry, and those that ran out are written there. */
#include "updater/lease_rows.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

static int load_one(const void *row, void *context, struct error *e)
{
	const struct observation *o = row;
	struct updater *u = context;
	if (strcmp(o->observer, "lease") != 0 || o->health != HEALTH_UP
		|| lease_find(&u->leases, o->relay) != NULL || strlen(o->relay) >= LEASE_NAME)
		return DONE;
	int64_t until = clock_ticks() + u->settings.lease * 1000;
	return lease_renew(&u->leases, o->relay, until) == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

int lease_rows_load(struct updater *u, struct error *e)
{
	int outcome = registry_each(u->access.registry, &observation_kind, NULL, load_one, u, e);
	u->leases.stale = u->leases.stale && outcome != DONE;
	return outcome;
}

static int expire_one(struct updater *u, const struct lease *lease, struct error *e)
{
	struct arena arena = { 0 };
	struct observation o, key = { .relay = lease->relay, .observer = "lease" };
	int outcome = registry_get(u->access.registry, &observation_kind, &key, &arena, &o, e);
	if (outcome == DONE && o.health == HEALTH_UP) {
		o.health = HEALTH_DOWN;
		o.reason = "its lease ran out";
		o.at = clock_date();
		outcome = transaction_act(&u->transaction, NULL, "windsock-updater", "a lease ran out", e);
		if (outcome == DONE)
			outcome = registry_set(u->access.registry, &observation_kind, &o, e);
		log_notice("the lease of relay %s ran out", lease->relay);
	}
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome; /* its relay was removed */
}

int lease_rows_expire(struct updater *u, struct error *e)
{
	int64_t now = clock_ticks();
	int outcome = DONE;
	for (size_t i = 0; i < u->leases.count && outcome == DONE; i++)
		if (u->leases.list[i].until <= now)
			outcome = expire_one(u, &u->leases.list[i], e);
	return outcome;
}
