/* SPDX-License-Identifier: BSD-2-Clause */
/* The change log walked back as far as a resolver may remember, for all that named the relay. */
#include "tools/served.h"

#include <jansson.h>
#include <string.h>

#include "registry/history.h"
#include "steering/steering.h"
#include "tools/relay.h"

enum {
	REACH = 86400 + 600 + 14400, /* so long may a client know what an answer held: the longest TTL, and what follows */
	MOMENTS_MOST = 200,          /* changes that are looked at one by one; of more, the earliest count for their time */
};

/* A change after which other relays may have been given out. */
struct moment {
	int64_t revision, at;
};

struct search {
	const struct relay *relay;
	struct served *served;
	struct moment *moments; /* the newest, in a ring */
	size_t count;
	int64_t from;           /* what ended before that is forgotten */
	int64_t before, before_at; /* the revision that was in force then, and its date */
	int64_t first;          /* the date of the first change that the log has; 0 */
};

static bool steers(const struct search *s, const struct change *change)
{
	static const char *const kinds[] = { "pool", "rule", "release", "relay" };
	size_t length = strlen(s->relay->name);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(change->kind, kinds[i]) == 0)
			return true;
	return strcmp(change->kind, "observation") == 0 && strncmp(change->key, s->relay->name, length) == 0
		&& (change->key[length] == ' ' || change->key[length] == '\0');
}

/* A host that pointed at the relay until now is known so for its TTL. */
static void look_at_host(struct search *s, const struct change *change)
{
	json_t *old = change->old == NULL ? NULL : json_loads(change->old, 0, NULL);
	const char *addresses = json_string_value(json_object_get(old, "addresses"));
	int64_t until = change->at + json_integer_value(json_object_get(old, "ttl"));
	if (addresses != NULL && addresses_meet(addresses, s->relay->addresses) && until > s->served->host_until)
		s->served->host_until = until;
	json_decref(old);
}

static int take(const struct change *change, void *context, struct error *e)
{
	struct search *s = context;
	(void)e;
	if (s->first == 0)
		s->first = change->at;
	if (change->at < s->from) {
		s->before = change->revision;
		s->before_at = change->at;
		return DONE;
	}
	if (strcmp(change->kind, "host") == 0)
		look_at_host(s, change);
	else if (steers(s, change))
		s->moments[s->count++ % MOMENTS_MOST] = (struct moment){ change->revision, change->at };
	return DONE;
}

/* Health and numbers of members come and go between the changes that are looked at: who could be given counts. */
static bool held(const struct seat *seat)
{
	return seat->in || seat->reason == REASON_DOWN || seat->reason == REASON_NO_WEIGHT || seat->reason == REASON_PING
		|| seat->reason == REASON_SIZE || seat->reason == REASON_CERTIFICATE;
}

/* The answers of a fleet that was in force until a date. */
static int look_at_fleet(struct search *s, const struct fleet *fleet, int64_t until, struct error *e)
{
	struct arena arena = { 0 };
	struct offer *offers;
	size_t at = 0;
	while (at < fleet->relay_count && strcmp(fleet->relays[at].name, s->relay->name) != 0)
		at++;
	int outcome = at == fleet->relay_count ? ABSENT : steering_offers(fleet, &arena, &offers, e);
	for (size_t i = 0; i < fleet->pool_count && outcome == DONE; i++) {
		struct membership m;
		struct served *v = s->served;
		outcome = steering_pool(fleet, offers, &fleet->pools[i], &arena, &m, e);
		if (outcome != DONE || !held(&m.seats[at]) || until + fleet->pools[i].ttl <= v->pool_until)
			continue;
		v->pool_until = until + fleet->pools[i].ttl;
		v->ttl = fleet->pools[i].ttl;
	}
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome;
}

/* One that drains was not given any more from then on, whenever the log says that it was written. */
static int64_t end_of(const struct relay *relay, int64_t date)
{
	return relay->state == RELAY_DRAINING && date > relay->since ? relay->since : date;
}

static int look_back(struct command *c, struct search *s, const struct fleet *now, const struct moment *moment,
	int64_t until, struct error *e)
{
	struct arena arena = { 0 };
	struct fleet then;
	int outcome = registry_fleet_after(c->registry, now, moment->revision, moment->at, &arena, &then, e);
	if (outcome == DONE)
		outcome = look_at_fleet(s, &then, end_of(s->relay, until), e);
	arena_free(&arena);
	return outcome;
}

static int look_at_moments(struct command *c, struct search *s, const struct fleet *fleet, int64_t now, struct error *e)
{
	size_t kept = s->count < MOMENTS_MOST ? s->count : MOMENTS_MOST;
	int outcome = look_at_fleet(s, fleet, now, e);
	int64_t until = now;
	for (size_t i = 0; i < kept && outcome == DONE; i++) {
		const struct moment *after = &s->moments[(s->count - 1 - i) % MOMENTS_MOST];
		const struct moment *earlier = i + 1 < s->count ? &s->moments[(s->count - 2 - i) % MOMENTS_MOST]
			: &(struct moment){ s->before, s->before_at };
		until = after->at;
		if (i + 1 == kept && s->count > kept)
			break; /* the earliest of all are not looked at */
		if (earlier->revision != 0)
			outcome = look_back(c, s, fleet, earlier, until, e);
	}
	return outcome;
}

/* Before all that the log holds, the longest answer of any pool may have held it. */
static void assume(const struct fleet *fleet, struct served *v, int64_t until)
{
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (until + fleet->pools[i].ttl > v->pool_until) {
			v->pool_until = until + fleet->pools[i].ttl;
			v->ttl = fleet->pools[i].ttl;
		}
}

/* Whether the log reaches back to the beginning: the first revision is the second in which the registry was made. */
static bool is_unpruned(const struct search *s, int64_t pruned)
{
	enum { MINUTE = 60 };
	return pruned == 0 || (s->first != 0 && s->first <= pruned + MINUTE);
}

int served_find(struct command *c, const struct fleet *fleet, const struct relay *relay, int64_t now,
	struct served *v, struct error *e)
{
	struct search s = { .relay = relay, .served = v, .from = now - REACH };
	const char *text;
	int64_t pruned = 0;
	*v = (struct served){ .whole = true };
	s.moments = arena_take(&c->arena, MOMENTS_MOST * sizeof *s.moments);
	if (s.moments == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = registry_meta_get(c->registry, "pruned", &c->arena, &text, e);
	if (outcome == DONE)
		text_number(text, 0, INT64_MAX - 1, &pruned);
	if (outcome >= 0)
		outcome = registry_changes(c->registry, pruned, take, &s, e);
	if (outcome == DONE)
		outcome = look_at_moments(c, &s, fleet, now, e);
	v->whole = (s.before != 0 || is_unpruned(&s, pruned)) && s.count <= MOMENTS_MOST;
	if (outcome == DONE && !v->whole)
		assume(fleet, v, end_of(relay, now));
	return outcome;
}
