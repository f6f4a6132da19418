/* SPDX-License-Identifier: BSD-2-Clause */
/* Which relays there are, how often each is visited, and what is known of it. */
#include "prober/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/text.h"
#include "steering/quorum.h"
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
	arena_free(&roster->arena);
	schedule_free(&roster->schedule);
}

/* Puts a name in its place; whether another stood there. A name that stands before it already is not put twice. */
static bool put_via(struct roster *roster, size_t *place, const char *name, size_t length, const char *zone)
{
	struct via via = { .name = "" };
	if (length >= VIA_NAME || strlen(zone) >= VIA_NAME)
		return false;
	memcpy(via.name, name, length);
	strcpy(via.zone, zone);
	struct via *there = &roster->names[(*place)++];
	bool other = *place > roster->vias.count || memcmp(there, &via, sizeof via) != 0;
	*there = via;
	return other;
}

static const char service[] = "b5p.us";

static size_t count_words(const char *text)
{
	size_t count = 0, length;
	while (text_word(&text, " ", &length) != NULL)
		count++;
	return count;
}

/* The names that clients CONNECT to before TLS begins: a white label's fe.ZONE, all others b5p.us. */
static int set_vias(struct roster *roster, const struct zone *zones, size_t count, struct error *e)
{
	const char *rest = roster->connect;
	size_t own = count_words(rest), place = 0, length;
	bool moved = false, served = false;
	if (!array_room_in(&roster->arena, &roster->names, &roster->room, own > 0 ? own : count + 1, sizeof *roster->names))
		return fail(e, FAILED, "out of memory");
	roster->vias.list = roster->names;
	for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;)
		moved |= put_via(roster, &place, word, length, "");
	for (size_t i = 0; i < count && own == 0; i++) {
		char name[VIA_NAME + 3];
		bool ours = strcmp(zones[i].name, service) == 0;
		int size = snprintf(name, sizeof name, "%s%.255s", ours ? "" : "fe.", zones[i].name);
		served |= ours;
		moved |= put_via(roster, &place, name, (size_t)size, zones[i].name);
	}
	if (own == 0 && !served)
		moved |= put_via(roster, &place, service, sizeof service - 1, "");
	moved |= place != roster->vias.count;
	roster->vias.count = place;
	for (size_t i = 0; moved && i < roster->count; i++) {
		roster->charges[i]->watch.route = ROUTE_UNKNOWN;
		roster->charges[i]->watch.denied = 0;
	}
	return DONE;
}

const char *roster_sni(const struct roster *roster, size_t turn)
{
	if (roster->vias.count == 0)
		return NULL;
	const struct via *via = &roster->vias.list[turn % roster->vias.count];
	return strcmp(via->name, service) != 0 ? via->name : *via->zone != '\0' ? "frontends.b5p.us" : NULL;
}

static int new_charge(struct roster *roster, struct registry *r, const char *name,
	struct charge **made, struct error *e)
{
	struct arena arena = { 0 };
	struct observation stored = { .relay = name, .observer = roster->observer };
	struct charge *c = calloc(1, sizeof *c);
	int outcome = c == NULL ? fail(e, FAILED, "out of memory")
				: registry_get(r, &observation_kind, &stored, &arena, &stored, e);
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
		c->watch.denied = 0;
	}
	if (moved)
		watch_at(&c->watch, addresses, count);
	c->watch.pressing = relay->state == RELAY_TESTING;
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

/* Merges the registry's relays with those that we have, both in the order of names. A relay for which memory was out
 * is tried again next time. */
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
		outcome = set_vias(roster, zones, count, e);
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

/* Whether a pool gives this relay out, or would if it or others fared otherwise, or if its state were settled. */
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

void roster_hear(struct roster *roster, const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->observation_count; i++) {
		const struct observation *o = &fleet->observations[i];
		if (quorum_is_prober(o) && quorum_date(o) > roster->heard)
			roster->heard = quorum_date(o);
	}
}

bool roster_presses(const struct charge *c, int64_t date)
{
	return c->wanted || watch_unsettled(&c->watch, date);
}

void roster_judge(const struct roster *roster, struct watch *w)
{
	w->misnamed = !roster_accepts(roster, w);
	w->use = CERTIFICATE_UNKNOWN;
	if (w->route == ROUTE_NONE)
		w->use = CERTIFICATE_FOREIGN;
	else if (w->certificate.expires != 0)
		w->use = w->misnamed ? CERTIFICATE_FOREIGN : CERTIFICATE_SERVES;
}

bool roster_accepts(const struct roster *roster, const struct watch *w)
{
	const char *names = w->certificate.names;
	if (w->certificate.expires == 0)
		return true; /* none was seen */
	if (w->route >= 0 && (size_t)w->route < roster->vias.count
		&& roster->vias.list[w->route].zone[0] != '\0')
		return certificate_serves(names, roster->vias.list[w->route].zone);
	bool served = false;
	size_t zones = 0;
	for (size_t i = 0; i < roster->vias.count && !served; i++) {
		const char *zone = roster->vias.list[i].zone;
		zones += *zone != '\0';
		served = *zone != '\0' && certificate_serves(names, zone);
	}
	return served || zones == 0;
}
