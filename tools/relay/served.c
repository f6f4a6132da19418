/* SPDX-License-Identifier: BSD-2-Clause */
/* The change log walked back as far as a resolver may remember, for all that named the relay. */
#include "tools/relay/served.h"

#include <jansson.h>
#include <string.h>

#include "lib/address.h"
#include "registry/history.h"
#include "steering/brownout.h"
#include "steering/label.h"
#include "steering/steering.h"
#include "steering/successor.h"
#include "tools/relay/relay.h"

struct search {
	const struct relay *relay;
	struct served *served;
	struct history *history;
	int64_t since;       /* what was forgotten by then is not looked for */
	int64_t looked;      /* the revision up to which an earlier look came */
	int64_t until;       /* the state of the fleet to which it is undone was in force until then */
	int64_t act;         /* of the change that ended it; 0 */
	int64_t first;       /* the date of the oldest change that was seen */
	int64_t newest, oldest; /* the revisions of the newest, and of the oldest that was seen; 0 */
};

/* One state of the fleet. */
struct state {
	struct search *search;
	const struct fleet *fleet;
	struct offer *offers;
	bool *is_it; /* by relay: the relay, or one that has an address of it */
	int64_t from, until;
	struct arena arena;
};

static void extend_pools(struct served *v, int64_t until, int64_t ttl)
{
	if (until + ttl <= v->pool_until)
		return;
	v->pool_until = until + ttl;
	v->ttl = ttl;
}

static void extend_hosts(struct served *v, int64_t until, int64_t ttl)
{
	if (until + ttl <= v->host_until)
		return;
	v->host_until = until + ttl;
	v->host_ttl = ttl;
}

/* Nobody knows what was answered until then: the relay counts as answered, with the longest TTL. */
static void assume(struct search *s, int64_t until)
{
	extend_pools(s->served, until, SERVED_TTL_MOST);
	extend_hosts(s->served, until, SERVED_TTL_MOST);
}

/* Whether an answer that was given until then could tell anything new. */
static bool may_extend(const struct search *s, int64_t until, int64_t ttl)
{
	return until + ttl > s->served->pool_until && until + ttl + SERVED_SLACK + SERVED_MEMORY > s->since;
}

/* One state. */

/* Whether no relay suits all of the pool's releases, and this one suits some: which relays are given out then depends on who
 * looks well. */
static bool is_compromise(const struct state *t, const struct membership *m, const struct seat *seat)
{
	if (seat->reason != REASON_TLS || m->left_out_count == 0)
		return false;
	for (size_t i = 0; i < t->fleet->release_count; i++)
		if (((tls_set)t->fleet->releases[i].tls & seat->offer->tls) != 0
			&& text_lists(t->fleet->releases[i].pools, m->source->label))
			return true;
	return false;
}

/* Whether the relay could have been given out. Health comes and goes, and who was a member while others were ill is in
 * no log: so whoever could have been counts. */
static bool could_be_given(const struct state *t, const struct membership *m, const struct seat *seat)
{
	return seat->in || seat->reason == REASON_DOWN || seat->reason == REASON_NO_WEIGHT || seat->reason == REASON_PING
		|| seat->reason == REASON_SIZE || seat->reason == REASON_CERTIFICATE || is_compromise(t, m, seat);
}

/* Whether one of its addresses is given that is an address of OTHERS. */
static bool meets(const char *addresses, const char *others, unsigned families)
{
	struct address one, other;
	while (address_next(&addresses, &one))
		for (const char *rest = others; (families & label_family(one.family)) != 0
				&& address_next(&rest, &other);)
			if (address_equal(&one, &other))
				return true;
	return false;
}

/* Whether an answer with these members, to a label of these families, may hold the relay. */
static bool holds(const struct state *t, const struct membership *m, unsigned families)
{
	const struct relay *relay = t->search->relay;
	for (size_t i = 0; i < m->count; i++)
		if (t->is_it[i] && (m->seats[i].offer->families & families) != 0 && could_be_given(t, m, &m->seats[i])
			&& (strcmp(m->seats[i].offer->relay->name, relay->name) == 0
				|| meets(m->seats[i].offer->relay->addresses, relay->addresses, families)))
			return true;
	return false;
}

/* Marks the relay, and those that had one of its addresses. For what it speaks, what any prober saw counts: whose word
 * decided then is in no log. */
static int find_it(struct state *t, struct error *e)
{
	const struct relay *relay = t->search->relay;
	const struct fleet *f = t->fleet;
	bool any = false;
	t->is_it = arena_take(&t->arena, (f->relay_count + 1) * sizeof *t->is_it);
	if (t->is_it == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < f->relay_count; i++) {
		t->is_it[i] = strcmp(f->relays[i].name, relay->name) == 0 || addresses_meet(f->relays[i].addresses, relay->addresses);
		any |= t->is_it[i] && f->relays[i].state == RELAY_SERVICE;
	}
	int outcome = any ? steering_offers(f, &t->arena, &t->offers, e) : ABSENT;
	for (size_t i = 0, o = 0; i < f->relay_count && outcome == DONE; i++)
		for (; o < f->observation_count && strcmp(f->observations[o].relay, f->relays[i].name) <= 0; o++)
			if (t->is_it[i] && strcmp(f->observations[o].relay, f->relays[i].name) == 0)
				t->offers[i].tls |= (tls_set)f->observations[o].tls;
	return outcome;
}

/* The answers of one pool; in a brownout those of its successor are given, too, and all for a shorter time. */
static int look_at_pool(struct state *t, const struct pool *pool, struct error *e)
{
	struct served *v = t->search->served;
	const struct pool *successor = t->from < pool->brownout_until && pool->brownout > 0
		? successor_of(t->fleet, pool) : NULL;
	int64_t end = successor == NULL || t->until < pool->brownout_until ? t->until : pool->brownout_until;
	struct membership own, other = { .members = 0 };
	int outcome = steering_pool(t->fleet, t->offers, pool, &t->arena, &own, e);
	if (outcome == DONE && successor != NULL)
		outcome = steering_pool(t->fleet, t->offers, successor, &t->arena, &other, e);
	if (outcome != DONE)
		return outcome;
	bool browned_out = other.members > 0, held = holds(t, &own, own.families);
	if (browned_out && holds(t, &other, own.families))
		extend_pools(v, end, brownout_ttl(pool));
	if (held && browned_out && brownout_buckets(pool) < STEERING_BUCKETS)
		extend_pools(v, end, brownout_ttl(pool));
	if (held && (!browned_out || end < t->until))
		extend_pools(v, t->until, pool->ttl);
	return DONE;
}

static int look_at_state(struct search *s, int64_t from, struct error *e)
{
	struct state t = { .search = s, .fleet = history_fleet(s->history), .from = from, .until = s->until };
	int outcome = DONE;
	for (size_t i = 0; i < t.fleet->pool_count && outcome == DONE; i++) {
		if (!may_extend(s, t.until, t.fleet->pools[i].ttl))
			continue;
		if (t.is_it == NULL)
			outcome = find_it(&t, e);
		if (outcome == DONE)
			outcome = look_at_pool(&t, &t.fleet->pools[i], e);
	}
	arena_free(&t.arena);
	return outcome == ABSENT ? DONE : outcome;
}

/* One change. */

/* A host that pointed at the relay until now is known so for its TTL. */
static void look_at_host(struct search *s, const struct change *change)
{
	json_t *old = change->old == NULL ? NULL : json_loads(change->old, 0, NULL);
	const char *addresses = json_string_value(json_object_get(old, "addresses"));
	if (addresses != NULL && addresses_meet(addresses, s->relay->addresses)
		&& json_integer_value(json_object_get(old, "suspended")) == 0)
		extend_hosts(s->served, change->at, json_integer_value(json_object_get(old, "ttl")));
	json_decref(old);
}

/* Who drains is given no more from the change on that said so, and by hosts, since they were changed. */
static void note_gone(struct search *s, const struct change *change, int64_t hosts_until)
{
	bool own = change->of == &relay_kind && strcmp(change->key, s->relay->name) == 0;
	if ((own || s->served->host_until > hosts_until) && change->revision > s->served->gone)
		s->served->gone = change->revision;
}

static bool is_other(const json_t *old, const json_t *new, const char *field)
{
	return json_integer_value(json_object_get(old, field)) != json_integer_value(json_object_get(new, field));
}

/* Whether a change may have changed who was given out before it. Of observations only TLS counts; health does not. */
static bool steers(const struct change *change)
{
	const struct kind *of = change->of;
	if (of == &pool_kind || of == &rule_kind || of == &release_kind || of == &relay_kind)
		return true;
	if (of != &observation_kind)
		return false;
	json_t *old = change->old == NULL ? NULL : json_loads(change->old, 0, NULL);
	json_t *new = change->new == NULL ? NULL : json_loads(change->new, 0, NULL);
	bool tls = is_other(old, new, "tls");
	json_decref(old);
	json_decref(new);
	return tls;
}

/* Whether what was before a date, too, can be known no more. */
static bool is_forgotten(const struct search *s, int64_t date)
{
	bool hosts = date + SERVED_TTL_MOST > s->served->host_until && date + SERVED_TTL_MOST + SERVED_SLACK > s->since;
	return !hosts && !may_extend(s, s->until, SERVED_TTL_MOST);
}

static int take_back(const struct change *change, void *context, struct error *e)
{
	struct search *s = context;
	int outcome = DONE;
	s->newest = s->newest == 0 ? change->revision : s->newest;
	s->first = change->at;
	s->oldest = change->revision;
	if (change->revision <= s->looked || is_forgotten(s, change->at))
		return UNCHANGED;
	int64_t hosts_until = s->served->host_until;
	if (change->of == &host_kind)
		look_at_host(s, change);
	note_gone(s, change, hosts_until);
	if (change->of == NULL && strcmp(change->kind, registry_serial_note) == 0)
		assume(s, change->at);
	if (steers(change)) {
		if (change->act == 0 || change->act != s->act)
			outcome = look_at_state(s, change->at, e);
		s->until = change->at;
		s->act = change->act;
	}
	return outcome == DONE ? history_undo(s->history, change, e) : outcome;
}

/* Whether the log has all since the registry was made: nothing was pruned; or the first row is the first that there was,
 * of which the revision is its date (schema/0001-registry.sql), give or take. */
static int is_whole(struct command *c, bool *whole, struct error *e)
{
	enum { MINUTE = 60 };
	const char *text;
	int64_t pruned = 0, first = 0;
	int outcome = registry_meta_get(c->registry, "pruned", &c->arena, &text, e);
	if (outcome == DONE)
		text_number(text, 0, INT64_MAX - 1, &pruned);
	if (outcome >= 0)
		outcome = registry_oldest(c->registry, &first, e);
	*whole = pruned == 0 || (first - pruned <= MINUTE && pruned - first <= MINUTE);
	return outcome;
}

int served_find(struct command *c, const struct fleet *fleet, const struct relay *relay, int64_t now,
	struct served *v, struct error *e)
{
	struct search s = { .relay = relay, .served = v, .until = now, .looked = v->revision,
		.since = relay->since < now ? relay->since : now };
	bool whole;
	int outcome = is_whole(c, &whole, e);
	if (outcome == DONE)
		outcome = history_begin(fleet, &s.history, e);
	int walk = outcome != DONE ? outcome : registry_changes_back(c->registry, take_back, &s, e);
	if (walk == DONE || walk == UNCHANGED)
		outcome = look_at_state(&s, walk == DONE ? INT64_MIN : s.first, e);
	else
		outcome = walk;
	if (walk == DONE && !whole && s.first != 0)
		assume(&s, s.first);
	history_end(s.history);
	v->gone = v->gone == 0 ? s.oldest : v->gone; /* the log does not reach back to when it began to drain */
	v->revision = s.newest;
	return outcome;
}
