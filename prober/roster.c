/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "steering/steering.h"

void charge_free(struct charge *c)
{
	free(c);
}

void roster_free(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		charge_free(roster->charges[i]);
	free(roster->charges);
	schedule_free(&roster->schedule);
}

static struct via *add_via(struct vias *vias, const char *name, size_t length, const char *zone)
{
	struct via via = { .name = "" };
	if (vias->count == VIA_MOST || length >= VIA_NAME || strlen(zone) >= VIA_NAME)
		return NULL;
	memcpy(via.name, name, length);
	strcpy(via.zone, zone);
	for (size_t i = 0; i < vias->count; i++)
		if (strcmp(vias->list[i].name, via.name) == 0)
			return NULL;
	vias->list[vias->count] = via;
	return &vias->list[vias->count++];
}

/* The names that clients ask for: a white label's fe.ZONE, or b5p.us (shared contract, section 5). */
static void set_vias(struct roster *roster, const struct zone *zones, size_t count)
{
	static const char service[] = "b5p.us";
	struct vias vias = { .count = 0 };
	const char *rest = roster->connect;
	size_t length;
	for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;)
		add_via(&vias, word, length, "");
	bool own = vias.count > 0;
	roster->all_zones = !own && count < VIA_MOST;
	for (size_t i = 0; i < count && !own && vias.count < VIA_MOST - 1; i++) {
		char name[VIA_NAME + 3];
		int size = snprintf(name, sizeof name, "%s%.255s", strcmp(zones[i].name, service) == 0 ? "" : "fe.",
			zones[i].name);
		add_via(&vias, name, (size_t)size, zones[i].name);
	}
	if (!own)
		add_via(&vias, service, sizeof service - 1, "");
	if (memcmp(&vias, &roster->vias, sizeof vias) == 0)
		return;
	roster->vias = vias;
	for (size_t i = 0; i < roster->count; i++)
		roster->charges[i]->watch.route = ROUTE_UNKNOWN;
}

static int new_charge(struct roster *roster, struct registry *r, const char *name,
	struct charge **made, struct error *e)
{
	struct arena arena = { 0 };
	struct observation stored = { .relay = name, .observer = roster->observer };
	struct charge *c = calloc(1, sizeof *c);
	int outcome = c == NULL ? fail(e, FAILED, "out of memory")
				: r->engine->get(r, &observation_kind, &stored, &arena, &stored, e);
	/* a row that was damaged by hand is no memory of ours; it is written anew */
	bool good = outcome == DONE && row_check(&observation_kind, &stored, NULL) == DONE;
	if (outcome == DONE || outcome == ABSENT) {
		watch_start(&c->watch, name, good ? &stored : NULL);
		c->known = good && stored.health != HEALTH_UNKNOWN;
		c->fresh = c->wanted = true;
		*made = c;
		outcome = DONE;
	} else {
		free(c);
	}
	arena_free(&arena);
	return outcome;
}

static bool worth_a_visit(const struct relay *relay)
{
	return (relay->state == RELAY_SERVICE || relay->state == RELAY_TESTING
		       || relay->state == RELAY_DRAINING)
		&& row_check(&relay_kind, relay, NULL) == DONE;
}

static void take_relay(struct charge *c, const struct relay *relay)
{
	struct address addresses[VISIT_ADDRESSES] = { 0 };
	size_t count = 0;
	bool asked = worth_a_visit(relay);
	const char *rest = asked ? relay->addresses : "";
	while (count < VISIT_ADDRESSES && address_next(&rest, &addresses[count]))
		count++;
	asked &= count > 0;
	bool moved = count != c->count || (uint16_t)relay->port != c->port
		|| memcmp(addresses, c->addresses, sizeof addresses) != 0;
	if (asked && (moved || !c->asked) && !c->fresh) {
		c->fresh = c->watch.look = true;
		c->known = false;
		c->watch.good = c->watch.bad = 0;
		c->watch.route = ROUTE_UNKNOWN;
	}
	memcpy(c->addresses, addresses, sizeof addresses);
	c->count = count;
	c->port = (uint16_t)relay->port;
	c->asked = asked;
}

static void let_go(struct roster *roster, struct charge *c)
{
	schedule_remove(&roster->schedule, &c->due);
	c->gone = true;
	if (!c->visiting)
		charge_free(c);
}

/* Both are in the order of names: one walk over both. What could not be begun is tried next time. */
static int merge(struct roster *roster, struct registry *r, const struct relay *relays, size_t count,
	struct charge **merged, size_t *kept, struct error *e)
{
	size_t at = 0;
	int outcome = DONE;
	for (size_t i = 0; i < count; i++) {
		struct charge *c = NULL;
		while (at < roster->count && strcmp(roster->charges[at]->watch.relay, relays[i].name) < 0)
			let_go(roster, roster->charges[at++]);
		if (at < roster->count && strcmp(roster->charges[at]->watch.relay, relays[i].name) == 0)
			c = roster->charges[at++];
		else if (outcome == DONE && strlen(relays[i].name) < sizeof c->watch.relay)
			outcome = new_charge(roster, r, relays[i].name, &c, e);
		if (c == NULL)
			continue;
		take_relay(c, &relays[i]);
		if (!c->asked)
			schedule_remove(&roster->schedule, &c->due);
		merged[(*kept)++] = c;
	}
	while (at < roster->count)
		let_go(roster, roster->charges[at++]);
	return outcome;
}

int roster_vias(struct roster *roster, struct registry *r, struct error *e)
{
	struct arena arena = { 0 };
	struct zone *zones = NULL;
	size_t count = 0;
	int outcome = r == NULL ? DONE : registry_all(r, &zone_kind, NULL, &arena, &zones, &count, e);
	if (outcome == DONE)
		set_vias(roster, zones, count);
	arena_free(&arena);
	return outcome;
}

int roster_read(struct roster *roster, struct registry *r, struct error *e)
{
	struct arena arena = { 0 };
	struct relay *relays;
	size_t relay_count, kept = 0;
	struct charge **merged = NULL;
	int outcome = registry_all(r, &relay_kind, NULL, &arena, &relays, &relay_count, e);
	if (outcome == DONE)
		outcome = roster_vias(roster, r, e);
	if (outcome == DONE) {
		merged = calloc(relay_count + 1, sizeof(void *));
		if (merged == NULL || !schedule_reserve(&roster->schedule, relay_count + 1))
			outcome = fail(e, FAILED, "out of memory");
	}
	if (outcome == DONE) {
		outcome = merge(roster, r, relays, relay_count, merged, &kept, e);
		free(roster->charges);
		roster->charges = merged;
		roster->count = kept;
		merged = NULL;
	}
	free(merged);
	arena_free(&arena);
	return outcome;
}

static struct charge *charge_of(struct roster *roster, const char *name)
{
	size_t low = 0, high = roster->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, roster->charges[middle]->watch.relay);
		if (order == 0)
			return roster->charges[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Those that a pool would take if they or others fared otherwise, and those on their way in or out. */
static bool seat_wants(const struct seat *seat)
{
	return seat->in || seat->reason == REASON_DOWN || seat->reason == REASON_NO_WEIGHT
		|| seat->reason == REASON_TLS_UNKNOWN || seat->reason == REASON_PING
		|| seat->reason == REASON_SIZE || seat->reason == REASON_TESTING
		|| seat->reason == REASON_DRAINING;
}

/* A pool at a time, for all memberships at once would be large. */
int roster_want(struct roster *roster, const struct fleet *fleet, struct error *e)
{
	struct arena arena = { 0 };
	struct offer *offers;
	bool *wanted = calloc(fleet->relay_count + 1, sizeof *wanted);
	int outcome = wanted == NULL ? fail(e, FAILED, "out of memory")
				     : steering_offers(fleet, &arena, &offers, e);
	for (size_t p = 0; p < fleet->pool_count && outcome == DONE; p++) {
		struct arena once = { 0 };
		struct membership m;
		outcome = steering_pool(fleet, offers, &fleet->pools[p], &once, &m, e);
		for (size_t i = 0; outcome == DONE && i < m.count; i++)
			wanted[i] |= seat_wants(&m.seats[i]);
		arena_free(&once);
	}
	for (size_t i = 0; i < fleet->relay_count && outcome == DONE; i++) {
		struct charge *c = charge_of(roster, fleet->relays[i].name);
		if (c != NULL) /* without any pool there is none to be left out of */
			c->wanted = wanted[i] || fleet->pool_count == 0;
	}
	free(wanted);
	arena_free(&arena);
	return outcome;
}

static int compare_uuids(const void *left, const void *right)
{
	const struct charge *const *a = left, *const *b = right;
	int order = strcmp((*a)->watch.uuid, (*b)->watch.uuid);
	return order != 0 ? order : strcmp((*a)->watch.relay, (*b)->watch.relay);
}

static bool same_relay(const struct charge *a, const struct charge *b)
{
	return strcmp(a->watch.uuid, b->watch.uuid) == 0;
}

int roster_pair(struct roster *roster, struct error *e)
{
	struct charge **up = calloc(roster->count + 1, sizeof(void *));
	size_t count = 0;
	if (up == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < roster->count; i++) {
		struct charge *c = roster->charges[i];
		c->watch.twin[0] = '\0';
		if (c->watch.belief.health == HEALTH_UP && c->asked && c->watch.uuid[0] != '\0')
			up[count++] = c;
	}
	qsort(up, count, sizeof(void *), compare_uuids);
	for (size_t i = 0; i < count; i++) {
		const struct charge *twin = NULL;
		if (i > 0 && same_relay(up[i - 1], up[i]))
			twin = up[i - 1];
		else if (i + 1 < count && same_relay(up[i], up[i + 1]))
			twin = up[i + 1];
		if (twin != NULL)
			strcpy(up[i]->watch.twin, twin->watch.relay);
	}
	free(up);
	return DONE;
}

bool roster_accepts(const struct roster *roster, const struct watch *w)
{
	const char *names = w->certificate.names;
	if (w->certificate.expires == 0)
		return true; /* none was seen */
	if (w->route >= 0 && (size_t)w->route < roster->vias.count
		&& roster->vias.list[w->route].zone[0] != '\0')
		return certificate_serves(names, roster->vias.list[w->route].zone);
	bool served = !roster->all_zones;
	size_t zones = 0;
	for (size_t i = 0; i < roster->vias.count; i++) {
		const char *zone = roster->vias.list[i].zone;
		zones += *zone != '\0';
		served |= *zone != '\0' && certificate_serves(names, zone);
	}
	return served || zones == 0;
}
