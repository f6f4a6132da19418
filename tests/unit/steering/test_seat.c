/* SPDX-License-Identifier: BSD-2-Clause */
/* One relay's seat: which rule decides before which, what looks well, and which releases are kept where none suits all. */
#include "steering/seat.h"

#include <string.h>

#include "steering/label.h"
#include "tests/unit/check.h"

enum { SSL3 = 1, TLS10 = 2, TLS12 = 8, TLS13 = 16 };

static struct arena arena;
static struct error e;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void releases_that_look_a_pool_up_are_required(void **state)
{
	struct release releases[] = { { .version = "1", .pools = "fe4_058 fe4_059" }, { .version = "2", .pools = "fe4_0588" },
		{ .version = "3", .pools = "" }, { .version = "4", .pools = "fe4_058" } };
	const struct fleet fleet = { .releases = releases, .release_count = COUNT_OF(releases) };
	struct pool pool = { .label = "fe4_058" };
	struct requirement r = { 0 };
	(void)state;
	assert_done(seat_require(&fleet, &pool, &arena, &r, &e), &e);
	assert_int_equal(r.count, 2);
	assert_ptr_equal(r.releases[0], &releases[0]);
	assert_ptr_equal(r.releases[1], &releases[3]);
	pool.tls = TLS12; /* its own word stands above its releases */
	r = (struct requirement){ 0 };
	assert_done(seat_require(&fleet, &pool, &arena, &r, &e), &e);
	assert_int_equal(r.count, 0);
}

static void rules_are_found(void **state)
{
	struct rule rules[] = { { .pool = "a", .relay = "r1" }, { .pool = "b", .relay = "r1" }, { .pool = "b", .relay = "r3" },
		{ .pool = "b", .relay = "r5" }, { .pool = "d", .relay = "r1" } };
	const struct fleet fleet = { .rules = rules, .rule_count = COUNT_OF(rules) }, none = { 0 };
	static const struct {
		const char *label;
		size_t first, count;
	} pools[] = { { "a", 0, 1 }, { "b", 1, 3 }, { "d", 4, 1 }, { "0", 0, 0 }, { "c", 0, 0 }, { "e", 0, 0 } };
	static const char *const absent[] = { "r0", "r2", "r4", "r6", "" };
	size_t count;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pools); i++) {
		const struct pool pool = { .label = pools[i].label };
		const struct rule *found = seat_rules(&fleet, &pool, &count);
		assert_ptr_equal(found, pools[i].count == 0 ? NULL : &rules[pools[i].first]);
		assert_int_equal(count, pools[i].count);
		assert_null(seat_rules(&none, &pool, &count));
		assert_int_equal(count, 0);
	}
	for (size_t i = 1; i <= 3; i++)
		assert_ptr_equal(seat_rule(&rules[1], 3, &(struct relay){ .name = rules[i].relay }), &rules[i]);
	for (size_t i = 0; i < COUNT_OF(absent); i++)
		assert_null(seat_rule(&rules[1], 3, &(struct relay){ .name = absent[i] }));
	assert_null(seat_rule(NULL, 0, &(struct relay){ .name = "r1" }));
}

/* A relay with all faults at once, which are mended one by one: each is told only when those before it are gone. */
static void what_keeps_a_relay_out_is_told_in_this_order(void **state)
{
	struct relay relay = { .name = "r1", .state = RELAY_DRAINING, .weight = 100 };
	struct offer offer = { .relay = &relay, .families = FAMILY_6, .live = FAMILY_6 };
	struct release release = { .tls = TLS10, .ping = 2 };
	const struct release *releases[] = { &release };
	struct pool pool = { .label = "fe4_058", .roster = "r2 r11" };
	struct rule rule = { .verdict = RULE_EXCLUDE };
	const struct seating s = { .pool = &pool, .requirement = { releases, 1 }, .families = FAMILY_4, .closed = true };
	struct seat seat;
	(void)state;
#define IS(wanted, given, where, at)                       \
	do {                                               \
		seat = (struct seat){ .offer = &offer };   \
		seat_admit(&s, given, &seat);              \
		assert_int_equal(seat.reason, wanted);     \
		assert_int_equal(seat.in, where);          \
		assert_ptr_equal(seat.blocker, at);        \
	} while (0)
	IS(REASON_DRAINING, &rule, false, NULL);
	relay.state = RELAY_SERVICE;
	IS(REASON_EXCLUDED, &rule, false, NULL);
	rule.verdict = RULE_INCLUDE;
	IS(REASON_NO_ADDRESS, &rule, false, NULL);
	assert_true(seat.dark);
	offer.families = FAMILY_4 | FAMILY_6; /* its IPv4 looks down */
	IS(REASON_INCLUDED, &rule, true, NULL);
	assert_true(seat.dark);
	offer.live = FAMILY_4;
	IS(REASON_TLS_UNKNOWN, NULL, false, NULL);
	assert_false(seat.dark);
	offer.tls = TLS12;
	IS(REASON_TLS, NULL, false, &release);
	offer.tls = TLS10 | TLS12;
	IS(REASON_ROSTER, NULL, false, NULL);
	pool.roster = "r2 r1";
	IS(REASON_COMPATIBLE, NULL, true, NULL);
	offer.pings = 1 << 1; /* it answers pings, but not this one: it is in, and weak */
	IS(REASON_COMPATIBLE, NULL, true, &release);
	assert_false(seat_well(&s, &seat));
	IS(REASON_INCLUDED, &rule, true, NULL);
	offer.pings = 1 << 2;
	IS(REASON_COMPATIBLE, NULL, true, NULL);
	pool.tls = TLS13;
	IS(REASON_TLS, NULL, false, NULL);
#undef IS
}

static void nothing_is_needed_of_a_relay_in_a_pool_of_nobody(void **state)
{
	struct relay relay = { .name = "r1", .state = RELAY_SERVICE };
	struct offer offer = { .relay = &relay, .families = FAMILY_4, .live = FAMILY_4 };
	struct pool pool = { .label = "mine", .roster = "" };
	const struct seating s = { .pool = &pool, .families = FAMILY_4 };
	struct seat seat = { .offer = &offer };
	(void)state;
	seat_admit(&s, NULL, &seat);
	assert_true(seat.in);
	assert_int_equal(seat.reason, REASON_COMPATIBLE);
}

static void what_is_weak_is_told_in_this_order(void **state)
{
	struct relay relay = { .name = "r1", .weight = 0 };
	struct offer offer = { .relay = &relay, .health = HEALTH_DOWN, .certificate = CERTIFICATE_FOREIGN };
	struct pool pool = { .label = "fe4_058", .certificate = 1 };
	const struct release release = { .version = "1" };
	const struct seating s = { .pool = &pool };
	struct seat seat = { .offer = &offer, .in = true, .dark = true, .blocker = &release, .reason = REASON_COMPATIBLE };
	(void)state;
#define IS(wanted)                                                                    \
	do {                                                                          \
		assert_int_equal(seat_weakness(&s, &seat), wanted);                   \
		assert_int_equal(seat_well(&s, &seat), (wanted) == REASON_COMPATIBLE); \
	} while (0)
	IS(REASON_DOWN);
	offer.health = HEALTH_UNKNOWN;
	IS(REASON_DOWN); /* still dark */
	seat.dark = false;
	IS(REASON_NO_WEIGHT);
	relay.weight = 1;
	IS(REASON_PING);
	seat.blocker = NULL;
	IS(REASON_CERTIFICATE);
	seat.included = true;
	IS(REASON_COMPATIBLE);
	seat.reason = REASON_COMPATIBLE;
	offer.certificate = CERTIFICATE_UNKNOWN;
	IS(REASON_COMPATIBLE);
	offer.certificate = CERTIFICATE_FOREIGN;
	pool.certificate = 0;
	IS(REASON_COMPATIBLE);
#undef IS
}

static void when_all_are_given_out(void **state)
{
	static const struct {
		int64_t least, open_below;
		struct tally tally;
		bool last;
	} cases[] = {
		{ 0, 0, { 0, 0, 0 }, false }, /* there is nobody */
		{ 0, 0, { 1, 0, 1 }, true },
		{ 0, 0, { 2, 1, 1 }, false },
		{ -5, 0, { 2, 1, 1 }, false },
		{ 2, 0, { 2, 1, 0 }, true },
		{ 2, 0, { 1, 1, 0 }, false }, /* giving out all would give no more */
		{ 2, 0, { 4, 2, 2 }, false },
		{ 1, 50, { 4, 2, 2 }, false },
		{ 1, 51, { 4, 2, 2 }, true },
		{ 1, 100, { 4, 3, 1 }, true },
		{ 1, 100, { 4, 3, 0 }, false }, /* nobody looks down */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct pool pool = { .least = cases[i].least, .open_below = cases[i].open_below };
		if (seat_last_resort(&pool, &cases[i].tally) != cases[i].last)
			fail_msg("case %zu is another", i);
	}
}

/* Two releases that no relay suits both. */
static struct release old = { .version = "1.9", .tls = SSL3, .clients = 10 },
	new = { .version = "1.10", .tls = TLS13, .clients = 10 };
static const struct release *pair[2];
static struct relay weighty = { .name = "r", .weight = 1 };

static struct requirement both(void)
{
	pair[0] = &old;
	pair[1] = &new;
	return (struct requirement){ pair, 2 };
}

static void the_releases_with_the_most_clients_are_kept(void **state)
{
	struct offer offers[] = { { .relay = &weighty, .tls = SSL3 }, { .relay = &weighty, .tls = TLS13 } };
	struct seat seats[] = { { .offer = &offers[0], .reason = REASON_TLS }, { .offer = &offers[1], .reason = REASON_TLS } };
	struct requirement r = both();
	(void)state;
	assert_true(seat_compromise(&r, seats, 2)); /* as many clients: the newer TLS */
	assert_int_equal(r.count, 1);
	assert_ptr_equal(r.releases[0], &new);
	old.clients = 11;
	r = both();
	assert_true(seat_compromise(&r, seats, 2));
	assert_ptr_equal(r.releases[0], &old);
	offers[0].health = HEALTH_DOWN; /* who looks well comes first */
	r = both();
	assert_true(seat_compromise(&r, seats, 2));
	assert_ptr_equal(r.releases[0], &new);
	struct seat turned[] = { seats[1], seats[0] }; /* whichever is seen first */
	r = both();
	assert_true(seat_compromise(&r, turned, 2));
	assert_ptr_equal(r.releases[0], &new);
	seats[1].dark = true; /* none does */
	r = both();
	assert_true(seat_compromise(&r, seats, 2));
	assert_ptr_equal(r.releases[0], &old);
	old.clients = 10;
}

static void newer_TLS_counts_before_a_later_version(void **state)
{
	struct offer offers[] = { { .relay = &weighty, .tls = SSL3 }, { .relay = &weighty, .tls = TLS13 } };
	struct seat seats[] = { { .offer = &offers[0], .reason = REASON_TLS }, { .offer = &offers[1], .reason = REASON_TLS } };
	const struct release *releases[] = { &old, &new };
	struct requirement r = { releases, 2 };
	(void)state;
	old.version = "1.11"; /* a later version of older TLS */
	assert_true(seat_compromise(&r, seats, 2));
	assert_ptr_equal(r.releases[0], &new);
	old.version = "1.9";
}

static void no_compromise_is_made_where_none_helps(void **state)
{
	struct offer offer = { .relay = &weighty, .tls = TLS12 };
	struct seat seat = { .offer = &offer, .reason = REASON_TLS };
	struct requirement r = both();
	(void)state;
	assert_false(seat_compromise(&r, &seat, 1));
	assert_int_equal(r.count, 2);
	assert_false(seat_compromise(&r, NULL, 0));
	offer.tls = SSL3;
	seat.reason = REASON_EXCLUDED; /* it is out for another reason */
	assert_false(seat_compromise(&r, &seat, 1));
	assert_int_equal(r.count, 2);
	assert_ptr_equal(r.releases[1], &new);
}

static void how_much_a_relay_serves(void **state)
{
	struct release releases[] = { { .pools = "a b", .tls = SSL3 | TLS10, .clients = 5 }, { .pools = "a", .tls = TLS12, .clients = 7 },
		{ .pools = "b", .tls = TLS13, .clients = 100 } };
	const struct fleet fleet = { .releases = releases, .release_count = COUNT_OF(releases) };
	struct pool pool = { .label = "a" };
	const struct seating s = { .fleet = &fleet, .pool = &pool };
	struct service is = seat_service(&s, &(struct offer){ .tls = SSL3 | TLS12 | TLS13 });
	(void)state;
	assert_int_equal(is.clients, 12);
	assert_int_equal(is.releases, 2);
	assert_int_equal(is.versions, 2); /* 1.3 is asked for by nobody there */
	pool.tls = TLS13;
	is = seat_service(&s, &(struct offer){ .tls = TLS13 });
	assert_int_equal(is.clients, 0);
	assert_int_equal(is.releases, 0);
	assert_int_equal(is.versions, 1);
}

static void clients_count_before_releases_before_versions(void **state)
{
	static const struct service rising[] = { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 0 }, { 1, 0, 5 }, { 1, 9, 2 } };
	(void)state;
	for (size_t a = 0; a < COUNT_OF(rising); a++)
		for (size_t b = 0; b < COUNT_OF(rising); b++)
			assert_int_equal(seat_compare_service(&rising[a], &rising[b]), (a > b) - (a < b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(releases_that_look_a_pool_up_are_required, empty_arena),
		cmocka_unit_test(rules_are_found), cmocka_unit_test(what_keeps_a_relay_out_is_told_in_this_order),
		cmocka_unit_test(nothing_is_needed_of_a_relay_in_a_pool_of_nobody),
		cmocka_unit_test(what_is_weak_is_told_in_this_order), cmocka_unit_test(when_all_are_given_out),
		cmocka_unit_test(the_releases_with_the_most_clients_are_kept),
		cmocka_unit_test(newer_TLS_counts_before_a_later_version),
		cmocka_unit_test(no_compromise_is_made_where_none_helps), cmocka_unit_test(how_much_a_relay_serves),
		cmocka_unit_test(clients_count_before_releases_before_versions) };
	return cmocka_run_group_tests_name("steering/seat", tests, NULL, NULL);
}
