/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/lease.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "updater/door.h"

struct lease *lease_find(struct leases *leases, const char *relay)
{
	for (size_t i = 0; i < leases->count; i++)
		if (strcmp(leases->list[i].relay, relay) == 0)
			return &leases->list[i];
	return NULL;
}

struct lease *lease_renew(struct leases *leases, const char *relay, int64_t until)
{
	struct lease *lease = lease_find(leases, relay);
	if (lease == NULL && !array_room(&leases->list, &leases->room, leases->count + 1, sizeof *leases->list))
		return NULL;
	if (lease == NULL && strlen(relay) >= LEASE_NAME)
		return NULL;
	if (lease == NULL) {
		lease = &leases->list[leases->count++];
		*lease = (struct lease){ .written = LEASE_UNWRITTEN };
		strcpy(lease->relay, relay);
	}
	lease->until = until;
	return lease;
}

void lease_drop(struct leases *leases, const char *relay)
{
	struct lease *lease = lease_find(leases, relay);
	if (lease != NULL)
		*lease = leases->list[--leases->count];
}

struct lease *lease_expired(struct leases *leases, int64_t now)
{
	for (size_t i = 0; i < leases->count; i++)
		if (leases->list[i].until <= now)
			return &leases->list[i];
	return NULL;
}

void lease_unwritten(struct leases *leases)
{
	for (size_t i = 0; i < leases->count; i++)
		leases->list[i].written = LEASE_UNWRITTEN;
	leases->stale = true;
}

void lease_free(struct leases *leases)
{
	free(leases->list);
	*leases = (struct leases){ 0 };
}

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

int lease_load(struct updater *u, struct error *e)
{
	int outcome = registry_each(u->registry, &observation_kind, NULL, load_one, u, e);
	u->leases.stale = u->leases.stale && outcome != DONE;
	return outcome;
}

static int expire_one(struct updater *u, const struct lease *lease, struct error *e)
{
	struct arena arena = { 0 };
	struct observation o, key = { .relay = lease->relay, .observer = "lease" };
	int outcome = registry_get(u->registry, &observation_kind, &key, &arena, &o, e);
	if (outcome == DONE && o.health == HEALTH_UP) {
		o.health = HEALTH_DOWN;
		o.reason = "its lease ran out";
		o.at = clock_date();
		outcome = door_act(u, NULL, "windsock-updater", "a lease ran out", e);
		if (outcome == DONE)
			outcome = registry_set(u->registry, &observation_kind, &o, e);
		log_notice("the lease of relay %s ran out", lease->relay);
	}
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome; /* its relay was removed */
}

int lease_expire(struct updater *u, struct error *e)
{
	int64_t now = clock_ticks();
	int outcome = DONE;
	for (size_t i = 0; i < u->leases.count && outcome == DONE; i++)
		if (u->leases.list[i].until <= now)
			outcome = expire_one(u, &u->leases.list[i], e);
	return outcome;
}
