/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables in, memberships out; and what must hold whatever the fleet is. */
#include "steering/bulk.h"
#include "steering/steering.h"

#include <stdio.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"
#include "tests/unit/check.h"

static struct arena arena;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct membership members(const struct fleet *fleet, size_t pool)
{
	struct offer *offers;
	struct membership m;
	struct error e;
	assert_done(steering_offers(fleet, &arena, &offers, &e), &e);
	assert_done(steering_pool(fleet, offers, &fleet->pools[pool], &arena, &m, &e), &e);
	return m;
}

static struct relay relay(const char *name, const char *addresses, tls_set tls)
{
	return (struct relay){ .name = name, .addresses = addresses, .note = "", .port = 443,
		.state = RELAY_SERVICE, .tls = tls, .weight = 100 };
}

static struct observation seen(const char *name, const char *observer, enum health health, tls_set tls)
{
	return (struct observation){ .relay = name, .observer = observer, .version = "", .uuid = "",
		.reason = "seen", .health = health, .tls = tls, .at = 1 };
}

/* One relay in one pool that its release looks up. */
struct scene {
	struct relay relays[3];
	struct observation observations[4];
	struct release releases[2];
	struct pool pool;
	struct rule rule;
	struct fleet fleet;
};

static struct scene *scene(void)
{
	struct scene *s = arena_take(&arena, sizeof *s);
	s->relays[0] = relay("r1", "192.0.2.1", 6);
	s->releases[0] = (struct release){ .product = "p", .version = "1", .pools = "fe4_058 other", .note = "",
		.tls = 2 };
	s->pool = (struct pool){ .label = "fe4_058", .note = "", .ttl = 300, .answers = 8 };
	s->rule = (struct rule){ .pool = "fe4_058", .relay = "r1", .note = "" };
	s->fleet = (struct fleet){ .relays = s->relays, .relay_count = 1, .observations = s->observations,
		.releases = s->releases, .release_count = 1, .pools = &s->pool, .pool_count = 1,
		.rules = &s->rule };
	return s;
}

static void is(struct scene *s, bool in, enum reason reason, const char *words)
{
	struct membership m = members(&s->fleet, 0);
	assert_int_equal(m.seats[0].in, in);
	assert_int_equal(m.seats[0].reason, reason);
	if (s->fleet.relay_count == 1)
		assert_int_equal(m.members, in);
	assert_says(steering_reason(&m, &m.seats[0], &arena), words);
}

static void what_the_operator_says(void **state)
{
	struct scene *s = scene();
	(void)state;
	is(s, true, REASON_COMPATIBLE, "speaks 1.0-1.1, says the operator");
	s->relays[0].tls = 24;
	is(s, false, REASON_TLS, "speaks 1.2-1.3, but p 1 needs 1.0");
	s->relays[0].tls = 0;
	is(s, false, REASON_TLS_UNKNOWN, "nobody knows");
	s->fleet.rule_count = 1;
	is(s, true, REASON_INCLUDED, "included");
	s->rule.verdict = RULE_EXCLUDE;
	is(s, false, REASON_EXCLUDED, "excluded");
	s->rule.relay = "r2";
	s->relays[0].tls = 2;
	is(s, true, REASON_COMPATIBLE, "1.0");
	s->relays[0].addresses = "2001:db8::1";
	is(s, false, REASON_NO_ADDRESS, "IPv4");
	s->pool.label = "fe6_058";
	s->fleet.release_count = 0;
	is(s, true, REASON_COMPATIBLE, "1.0");
}

static void states(void **state)
{
	static const enum reason reasons[] = { REASON_INVITED, REASON_TESTING, REASON_COMPATIBLE, REASON_DRAINING,
		REASON_STATE_OUT };
	struct scene *s = scene();
	(void)state;
	for (int i = RELAY_INVITED; i <= RELAY_OUT; i++) {
		s->relays[0].state = i;
		is(s, i == RELAY_SERVICE, reasons[i], "");
	}
}

static void the_pools_own_setting_stands_above_its_releases(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->pool.tls = 16;
	is(s, false, REASON_TLS, "the pool requires 1.3");
	s->relays[0].tls = 16;
	is(s, true, REASON_COMPATIBLE, "1.3");
}

static void every_release_must_be_able_to_talk(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->releases[1] = (struct release){ .product = "p", .version = "2", .pools = "fe4_058", .note = "", .tls = 16 };
	s->fleet.release_count = 2;
	is(s, true, REASON_COMPATIBLE, "no relay suits all releases, and this leaves out p 2");
	s->relays[1] = relay("r2", "192.0.2.2", 18);
	s->fleet.relay_count = 2;
	{
		struct membership m = members(&s->fleet, 0);
		assert_false(m.seats[0].in);
		assert_true(m.seats[1].in && m.left_out_count == 0);
		assert_says(steering_reason(&m, &m.seats[0], &arena), "p 2 needs 1.3");
	}
	s->fleet.relay_count = 1;
	s->relays[0].tls = 18;
	is(s, true, REASON_COMPATIBLE, "");
	s->releases[1].pools = "fe4_0580 xfe4_058";
	s->relays[0].tls = 2;
	is(s, true, REASON_COMPATIBLE, "");
}

static void what_was_observed_counts_more(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->fleet.observation_count = 1;
	s->observations[0] = seen("r1", "a", HEALTH_UP, 24);
	is(s, false, REASON_TLS, "speaks 1.2-1.3, but");
	s->observations[0].tls = 2;
	s->relays[0].tls = 24;
	struct membership m = members(&s->fleet, 0);
	assert_string_equal(steering_reason(&m, &m.seats[0], &arena), "speaks 1.0");
	s->observations[1] = seen("r1", "lease", HEALTH_UP, 24);
	s->fleet.observation_count = 2;
	is(s, true, REASON_COMPATIBLE, "1.0");
	s->observations[0].tls = 0;
	is(s, false, REASON_TLS, "1.2-1.3");
}

/* Beside a well relay, so that no last resort hides it. */
static bool looks_down(struct scene *s)
{
	s->fleet.relay_count = 2;
	s->relays[1] = relay("r2", "192.0.2.2", 6);
	return !members(&s->fleet, 0).seats[0].in;
}

static void health_is_the_majority_and_the_lease(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->fleet.observation_count = 3;
	s->observations[0] = seen("r1", "a", HEALTH_DOWN, 0);
	s->observations[1] = seen("r1", "b", HEALTH_UP, 0);
	s->observations[2] = seen("r1", "c", HEALTH_UNKNOWN, 0);
	assert_false(looks_down(s));
	s->observations[2].health = HEALTH_DOWN;
	assert_true(looks_down(s));
	s->observations[0].health = s->observations[2].health = HEALTH_UP;
	s->observations[3] = seen("r1", "lease", HEALTH_DOWN, 0);
	s->fleet.observation_count = 4;
	assert_true(looks_down(s));
	s->relays[0].weight = 0;
	s->fleet.observation_count = 0;
	assert_true(looks_down(s));
}

static void clients_must_hear_their_ping(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->releases[0].ping = 3;
	s->fleet.observation_count = 1;
	s->observations[0] = seen("r1", "a", HEALTH_UP, 6);
	is(s, true, REASON_COMPATIBLE, ""); /* nobody looked */
	s->observations[0].pings = "head-1.0 get-ping-1.1";
	is(s, true, REASON_COMPATIBLE, "");
	s->observations[0].pings = "head-1.0";
	is(s, true, REASON_LAST_RESORT, "does not answer get-ping-1.1, the ping of p 1, and no other is better");
	assert_true(looks_down(s));
	struct membership m = members(&s->fleet, 0);
	assert_int_equal(m.seats[0].reason, REASON_PING);
	assert_string_equal(steering_reason(&m, &m.seats[0], &arena), "does not answer get-ping-1.1, the ping of p 1");
	s->fleet.rule_count = 1; /* the operator knows better */
	assert_false(looks_down(s));
	s->fleet.rule_count = 0;
	s->pool.tls = 6; /* and says here all that is required */
	assert_false(looks_down(s));
}

static void the_last_resort_is_all_that_are_compatible(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->relays[1] = relay("r2", "192.0.2.2", 24);
	s->relays[2] = relay("r3", "192.0.2.3", 2);
	s->relays[2].weight = 0;
	s->fleet.relay_count = 3;
	s->fleet.observation_count = 1;
	s->observations[0] = seen("r1", "a", HEALTH_DOWN, 0);
	struct membership m = members(&s->fleet, 0);
	assert_true(m.last_resort && m.seats[0].in && !m.seats[1].in && m.seats[2].in);
	assert_int_equal(m.members, 2);
	assert_int_equal(m.seats[0].reason, REASON_LAST_RESORT);
	assert_says(steering_reason(&m, &m.seats[0], &arena), "looks down: seen, and so do all others");
	s->relays[1].tls = 2;
	m = members(&s->fleet, 0);
	assert_true(!m.last_resort && !m.seats[0].in && m.seats[1].in && !m.seats[2].in);
}

/* Random fleets. The generator is seeded, so that a failure comes again. */

/* Nobody suits both releases of the pool: the answer is of use to somebody all the same. */
static void where_no_relay_suits_all(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->releases[1] = (struct release){ .product = "q", .version = "2", .pools = "fe4_058", .note = "", .tls = 8 };
	s->fleet.release_count = 2;
	s->relays[0] = relay("r1", "192.0.2.1", 2);
	s->relays[1] = relay("r2", "192.0.2.2", 24);
	s->relays[2] = relay("r3", "192.0.2.3", 0);
	s->fleet.relay_count = 3;
	struct membership m = members(&s->fleet, 0);
	assert_true(m.members == 1 && m.seats[1].in); /* the newest, where nobody knows how many there are */
	assert_string_equal(steering_left_out(&m, &arena), "p 1");
	assert_says(steering_reason(&m, &m.seats[1], &arena), "leaves out p 1");
	assert_says(steering_reason(&m, &m.seats[0], &arena), "speaks 1.0, but q 2 needs 1.2");
	s->releases[0].clients = 10;
	s->releases[1].clients = 9;
	m = members(&s->fleet, 0);
	assert_true(m.members == 1 && m.seats[0].in);
	assert_string_equal(steering_left_out(&m, &arena), "q 2");
	s->observations[0] = seen("r1", "a", HEALTH_DOWN, 2); /* one that looks down serves nobody */
	s->fleet.observation_count = 1;
	assert_true(members(&s->fleet, 0).seats[1].in);
	s->observations[1] = seen("r2", "a", HEALTH_DOWN, 24);
	s->fleet.observation_count = 2;
	m = members(&s->fleet, 0);
	assert_true(m.seats[0].in && m.members == 1 && m.last_resort);
	s->pool.tls = 1; /* the pool's own setting suits nobody: there is nobody to be served */
	assert_int_equal(members(&s->fleet, 0).members, 0);
	s->pool.tls = 0;
	s->relays[0].tls = s->relays[1].tls = s->observations[0].tls = s->observations[1].tls = 1;
	assert_int_equal(members(&s->fleet, 0).members, 0);
}

/* An address that looks down is not given out while others of the relay, or of others, are better. */
static void addresses_that_look_down(void **state)
{
	struct scene *s = scene();
	struct choice choice[ADDRESS_LIST_MOST];
	(void)state;
	s->relays[0] = relay("r1", "192.0.2.1 192.0.2.11 2001:db8::1", 2);
	s->relays[1] = relay("r2", "192.0.2.2 2001:db8::2", 2);
	s->pool.label = "frontends";
	s->releases[0].pools = "frontends fe4_058";
	s->fleet.relay_count = 2;
	s->observations[0] = seen("r1", "a", HEALTH_UP, 2);
	s->observations[0].down = "192.0.2.1";
	s->observations[1] = seen("r2", "a", HEALTH_UP, 2);
	s->observations[1].down = "192.0.2.2";
	s->fleet.observation_count = 2;
	struct membership m = members(&s->fleet, 0);
	assert_int_equal(m.members, 2);
	assert_string_equal(steering_reason(&m, &m.seats[0], &arena),
		"speaks 1.0; not given out, for it looks down: 192.0.2.1");
	assert_int_equal(steering_choose(&m, ADDRESS_V4, 0, 1, choice), 1);
	assert_int_equal(choice[0].address.bytes[3], 11);
	assert_int_equal(steering_choose(&m, ADDRESS_V6, 0, 1, choice), 2);
	s->observations[0].down = "192.0.2.1 192.0.2.11"; /* of all: better one that looks down than none */
	m = members(&s->fleet, 0);
	assert_int_equal(steering_choose(&m, ADDRESS_V4, 0, 1, choice), 3);
	s->pool.label = "fe4_058"; /* here nothing of r1 looks well */
	s->observations[1].down = "";
	m = members(&s->fleet, 0);
	assert_true(m.members == 1 && m.seats[1].in && m.seats[0].reason == REASON_DOWN);
	assert_string_equal(steering_reason(&m, &m.seats[0], &arena), "looks down at 192.0.2.1, 192.0.2.11");
	s->observations[1].down = "192.0.2.2";
	m = members(&s->fleet, 0);
	assert_true(m.members == 2 && m.last_resort);
	assert_says(steering_reason(&m, &m.seats[0], &arena), "looks down at 192.0.2.1, 192.0.2.11, and so do all others");
	assert_int_equal(steering_choose(&m, ADDRESS_V4, 0, 1, choice), 3);
}

/* Many that look down at once are rather a prober's trouble than theirs. */
static void below_a_part_that_looks_well_all_are_given_out(void **state)
{
	struct relay relays[10];
	struct observation seen_of[10];
	struct pool pool = { .label = "frontends", .note = "", .ttl = 300, .answers = 8, .open_below = 30, .tls = 2 };
	struct fleet fleet = { .relays = relays, .relay_count = 10, .observations = seen_of, .observation_count = 10,
		.pools = &pool, .pool_count = 1 };
	(void)state;
	for (unsigned down = 0; down <= 10; down++) {
		for (unsigned i = 0; i < 10; i++) {
			relays[i] = relay(arena_format(&arena, "r%u", i), arena_format(&arena, "192.0.2.%u", i + 1), 2);
			seen_of[i] = seen(relays[i].name, "a", i < down ? HEALTH_DOWN : HEALTH_UP, 2);
		}
		struct membership m = members(&fleet, 0);
		bool open = down > 7;
		assert_int_equal(m.last_resort, open);
		assert_int_equal(m.members, open ? 10 : 10 - down);
		if (down == 8)
			assert_says(steering_reason(&m, &m.seats[0], &arena), "looks down: seen, and so do too many others");
	}
	for (unsigned i = 0; i < 10; i++) /* what the operator took out is no trouble */
		relays[i].weight = i < 9 ? 0 : 100;
	for (unsigned i = 0; i < 10; i++)
		seen_of[i].health = HEALTH_UP;
	assert_int_equal(members(&fleet, 0).members, 1);
}

static void a_certificate_may_be_asked_for(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->fleet.observation_count = 1;
	s->observations[0] = seen("r1", "a", HEALTH_UP, 2);
	s->observations[0].certificate = CERTIFICATE_FOREIGN;
	s->relays[1] = relay("r2", "192.0.2.2", 2);
	is(s, true, REASON_COMPATIBLE, "");
	s->pool.certificate = 1;
	s->fleet.relay_count = 2;
	is(s, false, REASON_CERTIFICATE, "has no certificate that clients of a zone here accept");
	s->fleet.relay_count = 1; /* better than none */
	is(s, true, REASON_LAST_RESORT, "no other is better");
	s->observations[0].certificate = CERTIFICATE_SERVES;
	is(s, true, REASON_COMPATIBLE, "");
}

static uint64_t seed;

static unsigned random_below(unsigned limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % limit;
}

static struct fleet random_fleet(uint64_t number)
{
	static const char *const labels[] = { "fe058", "fe4_152", "fe6_091c", "frontends" };
	struct fleet f = { 0 };
	seed = number;
	f.relay_count = random_below(12);
	f.pool_count = COUNT_OF(labels);
	f.release_count = random_below(5);
	f.relays = arena_take(&arena, 12 * sizeof *f.relays);
	f.observations = arena_take(&arena, 40 * sizeof *f.observations);
	f.releases = arena_take(&arena, 5 * sizeof *f.releases);
	f.pools = arena_take(&arena, sizeof *f.pools * COUNT_OF(labels));
	f.rules = arena_take(&arena, 12 * sizeof *f.rules);
	for (unsigned i = 0; i < f.relay_count; i++) {
		unsigned kinds = random_below(4);
		f.relays[i] = relay(arena_format(&arena, "r%02u", i), arena_format(&arena, "%s%.*s",
			kinds & 1 ? arena_format(&arena, "192.0.2.%u ", i) : "", kinds & 2 ? 20 : 0, "2001:db8::1"),
			(tls_set)random_below(32));
		f.relays[i].state = random_below(3) == 0 ? random_below(5) : RELAY_SERVICE;
		f.relays[i].weight = random_below(5) * 50;
		for (unsigned o = random_below(4); o > 0; o--) {
			static const char *const observers[] = { "lease", "b", "a" };
			f.observations[f.observation_count++] = seen(f.relays[i].name, observers[o - 1],
				(enum health)random_below(3), (tls_set)(random_below(2) * random_below(32)));
			struct observation *o_ = &f.observations[f.observation_count - 1];
			o_->pings = random_below(2) ? "" : "head-1.0 ping-1.0";
			o_->down = random_below(3) > 0 ? "" : random_below(2) ? "2001:db8::1"
				: arena_format(&arena, "192.0.2.%u", i);
			o_->certificate = random_below(3);
		}
	}
	for (unsigned i = 0; i < f.release_count; i++)
		f.releases[i] = (struct release){ .product = "p", .version = "1", .note = "",
			.pools = labels[random_below(4)], .tls = 1 + random_below(31), .ping = random_below(5),
			.clients = random_below(4) };
	for (unsigned i = 0; i < f.pool_count; i++)
		f.pools[i] = (struct pool){ .label = labels[i], .note = "", .ttl = 300, .answers = 1 + random_below(8),
			.tls = random_below(4) == 0 ? random_below(32) : 0, .open_below = random_below(2) * 50,
			.certificate = random_below(3) == 0 };
	for (unsigned p = 0; p < f.pool_count; p++) /* in the order of their keys */
		for (unsigned i = 0; i < f.relay_count && f.rule_count < 12; i++)
			if (random_below(9) == 0)
				f.rules[f.rule_count++] = (struct rule){ .pool = labels[p],
					.relay = f.relays[i].name, .note = "", .verdict = random_below(2) };
	return f;
}

static const struct rule *rule_of(const struct fleet *f, const struct pool *pool, const struct relay *r)
{
	for (size_t i = 0; i < f->rule_count; i++)
		if (strcmp(f->rules[i].pool, pool->label) == 0 && strcmp(f->rules[i].relay, r->name) == 0)
			return &f->rules[i];
	return NULL;
}

/* Written another way than the code under test: every requirement by itself. */
static bool can_serve(const struct fleet *f, const struct pool *pool, const struct offer *offer)
{
	const struct rule *rule = rule_of(f, pool, offer->relay);
	unsigned wanted = label_families(pool->label, strlen(pool->label));
	if (offer->relay->state != RELAY_SERVICE || (wanted & offer->families) == 0)
		return false;
	if (rule != NULL)
		return rule->verdict == RULE_INCLUDE;
	if (pool->tls != 0)
		return (pool->tls & offer->tls) != 0;
	for (size_t i = 0; i < f->release_count; i++)
		if (strcmp(f->releases[i].pools, pool->label) == 0 && (f->releases[i].tls & offer->tls) == 0)
			return false;
	return true;
}

/* How many clients of a pool a relay serves that nothing but TLS keeps out; -1: another thing does. */
static int64_t clients_served(const struct fleet *f, const struct pool *pool, const struct offer *offer, bool *any)
{
	int64_t clients = 0;
	*any = false;
	if (offer->relay->state != RELAY_SERVICE || rule_of(f, pool, offer->relay) != NULL || offer->tls == 0
		|| (label_families(pool->label, strlen(pool->label)) & offer->families) == 0)
		return -1;
	for (size_t i = 0; i < f->release_count && pool->tls == 0; i++)
		if (strcmp(f->releases[i].pools, pool->label) == 0 && (f->releases[i].tls & offer->tls) != 0) {
			clients += f->releases[i].clients;
			*any = true;
		}
	return clients;
}

/* Where no relay suits all releases: the members are those that the most clients can use, of those that look
 * well if any does. */
static void check_compromise(const struct fleet *f, const struct pool *pool, const struct membership *m)
{
	int64_t most[2] = { -1, -1 }, got = -1;
	bool any, well_in = false;
	for (size_t i = 0; i < m->count; i++) {
		const struct offer *offer = m->seats[i].offer;
		unsigned families = label_families(pool->label, strlen(pool->label));
		bool well = offer->health != HEALTH_DOWN && (offer->live & families) != 0 && offer->relay->weight > 0;
		int64_t clients = clients_served(f, pool, offer, &any);
		assert_true(any || !m->seats[i].in);
		if (any && clients > most[well])
			most[well] = clients;
		if (m->seats[i].in && clients > got)
			got = clients;
		well_in |= m->seats[i].in && well;
	}
	assert_int_equal(got, well_in ? most[1] : most[0]);
	assert_true(m->members > 0 && (well_in || most[1] < 0));
}

static void no_incompatible_member_and_no_empty_pool(void **state)
{
	unsigned with_members = 0, last_resorts = 0, compromises = 0;
	(void)state;
	for (uint64_t number = 1; number <= 3000; number++) {
		struct fleet f = random_fleet(number);
		for (size_t p = 0; p < f.pool_count; p++) {
			struct membership m = members(&f, p), again = members(&f, p);
			size_t able = 0, in = 0;
			for (size_t i = 0; i < m.count; i++) {
				bool can = can_serve(&f, &f.pools[p], m.seats[i].offer);
				if (m.seats[i].in && !can && m.left_out_count == 0)
					fail_msg("fleet %u: %s is in %s", (unsigned)number,
						f.relays[i].name, f.pools[p].label);
				able += can;
				in += m.seats[i].in;
				assert_int_equal(m.seats[i].in, again.seats[i].in);
				assert_int_equal(m.seats[i].reason, again.seats[i].reason);
				assert_int_equal(m.seats[i].in, m.seats[i].reason <= REASON_LAST_RESORT);
				assert_true(*steering_reason(&m, &m.seats[i], &arena) != '?');
			}
			assert_int_equal(in, m.members);
			if (able > 0 && in == 0)
				fail_msg("fleet %u: %s is empty", (unsigned)number, f.pools[p].label);
			if (m.left_out_count > 0) {
				assert_int_equal(able, 0);
				check_compromise(&f, &f.pools[p], &m);
				compromises++;
				continue;
			}
			for (size_t i = 0; i < m.count && in == 0; i++) {
				bool any;
				clients_served(&f, &f.pools[p], m.seats[i].offer, &any);
				assert_false(any);
			}
			if (m.last_resort)
				assert_int_equal(in, able);
			with_members += in > 0;
			last_resorts += m.last_resort;
		}
		arena_free(&arena);
	}
	assert_true(with_members > 1000 && last_resorts > 100 && compromises > 50); /* else the fleets were too dull */
}

static unsigned same_choices(const struct fleet *f, const struct bulk *bulk, const struct bulk_pool *all,
	const struct membership *members_of, uint8_t family)
{
	struct membership m = *members_of;
	struct bulk_given given;
	struct hands hands;
	struct error e;
	unsigned choices = 0, each = (unsigned)m.pool->answers;
	m.bits = 13;
	assert_done(bulk_give(bulk, all, family, &arena, &given, &e), &e);
	if (given.address_count > each)
		assert_done(hands_deal(given.relays, given.relay_count, each, m.bits, f->now, NULL, &arena, &hands, &e), &e);
	for (unsigned trial = 0; trial < 60; trial++) {
		struct choice one[ADDRESS_LIST_MOST];
		unsigned bucket = random_below(STEERING_BUCKETS);
		size_t count = steering_choose(&m, family, bucket, f->now, one);
		if (given.address_count <= each) {
			assert_true(count <= given.address_count && (count > 0) == (given.address_count > 0));
			continue;
		}
		const uint16_t *hand = hands_of(&hands, bucket);
		assert_int_equal(hands_count(&hands, hand), count);
		for (size_t i = 0; i < count; i++)
			assert_true(address_equal(&one[i].address, &given.addresses[hand[i]]));
		choices += count > 1;
	}
	return choices;
}

/* The same fleets, with pools in all parts of their lives: all at once as one by one. */
static void all_at_once_as_one_by_one(void **state)
{
	enum { DAY = 20000 };
	unsigned choices = 0;
	(void)state;
	for (uint64_t number = 1; number <= 600; number++) {
		struct fleet f = random_fleet(number);
		struct offer *offers;
		struct bulk bulk;
		struct error e;
		f.now = 86400 * DAY;
		for (size_t p = 0; p < f.pool_count; p++) {
			f.pools[p].state = random_below(3) == 0 ? random_below(4) : POOL_OPEN;
			f.pools[p].roster = "r01 r03 r05";
			f.pools[p].size = random_below(3) == 0 ? random_below(4) : 0;
			f.pools[p].least = 1 + random_below(3);
			f.pools[p].tombstone = random_below(3);
			f.pools[p].successor = f.pools[random_below(4)].label;
		}
		for (size_t i = 0; i < f.relay_count; i++)
			f.relays[i].since = f.now - random_below(3000);
		assert_done(steering_offers(&f, &arena, &offers, &e), &e);
		assert_done(bulk_begin(&f, offers, &arena, &bulk, &e), &e);
		for (size_t p = 0; p < f.pool_count; p++) {
			uint8_t in[16];
			struct bulk_pool all;
			struct membership m = members(&f, p);
			assert_done(bulk_pool(&bulk, &f.pools[p], in, &all, &e), &e);
			bulk_seat(&bulk, &all);
			assert_int_equal(all.members, m.members);
			for (size_t i = 0; i < m.count; i++)
				if (in[i] != m.seats[i].in)
					fail_msg("fleet %u, pool %s, relay %zu", (unsigned)number, f.pools[p].label, i);
			for (unsigned v6 = 0; v6 < 2 && number % 8 == 0; v6++)
				choices += same_choices(&f, &bulk, &all, &m, v6 ? ADDRESS_V6 : ADDRESS_V4);
		}
		arena_free(&arena);
	}
	assert_true(choices > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_the_operator_says), cmocka_unit_test(states),
		cmocka_unit_test(the_pools_own_setting_stands_above_its_releases),
		cmocka_unit_test(every_release_must_be_able_to_talk), cmocka_unit_test(what_was_observed_counts_more),
		cmocka_unit_test(health_is_the_majority_and_the_lease),
		cmocka_unit_test(clients_must_hear_their_ping), cmocka_unit_test(where_no_relay_suits_all),
		cmocka_unit_test(addresses_that_look_down), cmocka_unit_test(a_certificate_may_be_asked_for),
		cmocka_unit_test(below_a_part_that_looks_well_all_are_given_out),
		cmocka_unit_test(the_last_resort_is_all_that_are_compatible),
		cmocka_unit_test(no_incompatible_member_and_no_empty_pool),
		cmocka_unit_test(all_at_once_as_one_by_one) };
	return cmocka_run_group_tests_name("steering/steering", tests, NULL, empty_arena);
}
