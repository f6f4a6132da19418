/* SPDX-License-Identifier: BSD-2-Clause */
/* Two fleets in, what the change does to clients out. */
#include "steering/effect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/share.h"
#include "tests/unit/check.h"

enum { RELAYS = 4 };

static struct arena arena;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Four relays alike, an old release in an old pool and a new one in a new pool. */
struct scene {
	struct relay relays[RELAYS + 1];
	struct observation observations[RELAYS + 1];
	struct release releases[2];
	struct pool pools[2];
	struct rule rules[2];
	struct fleet fleet;
};

static struct scene *scene(void)
{
	static const char *const names[] = { "r1", "r2", "r3", "r4", "r5" };
	struct scene *s = arena_take(&arena, sizeof *s);
	for (int i = 0; i <= RELAYS; i++)
		s->relays[i] = (struct relay){ .name = names[i],
			.addresses = arena_format(&arena, "192.0.2.%d", i + 1), .note = "", .port = 443,
			.state = RELAY_SERVICE, .tls = 7, .weight = 100 };
	s->releases[0] = (struct release){ .product = "p", .version = "1", .pools = "fe4_056", .note = "",
		.tls = 1, .families = 2 };
	s->releases[1] = (struct release){ .product = "p", .version = "2", .pools = "fe4_058", .note = "",
		.tls = 6, .families = 0 };
	s->pools[0] = (struct pool){ .label = "fe4_056", .note = "", .ttl = 300, .answers = 8, .least = 1 };
	s->pools[1] = (struct pool){ .label = "fe4_058", .note = "", .ttl = 300, .answers = 2, .least = 1 };
	s->fleet = (struct fleet){ .relays = s->relays, .relay_count = RELAYS, .observations = s->observations,
		.releases = s->releases, .release_count = 2, .pools = s->pools, .pool_count = 2,
		.rules = s->rules };
	return s;
}

static struct scene *copy(const struct scene *from)
{
	struct scene *s = arena_take(&arena, sizeof *s);
	*s = *from;
	s->fleet.relays = s->relays;
	s->fleet.observations = s->observations;
	s->fleet.releases = s->releases;
	s->fleet.pools = s->pools;
	s->fleet.rules = s->rules;
	return s;
}

static struct effect effect_of(const struct scene *before, const struct scene *after)
{
	struct effect effect;
	struct error e;
	assert_done(effect_find(&before->fleet, &after->fleet, &(struct effect_wish){ .shares = true }, &arena, &effect, &e), &e);
	return effect;
}

static void close_to(double got, double wanted)
{
	if (fabs(got - wanted) > 0.001)
		fail_msg("%f, wanted %f", got, wanted);
}

static void nothing_changes(void **state)
{
	struct scene *s = scene();
	(void)state;
	struct effect effect = effect_of(s, copy(s));
	assert_int_equal(effect.pool_count, 2);
	assert_false(effect.pools[0].changed || effect.pools[1].changed || effect_harms(&effect));
	assert_int_equal(effect.pools[0].after.members, RELAYS);
	assert_true(effect.pools[0].after.spare);
}

/* All relays but one have no weight, and that one is down: all are given out. When an answer has room for all, a client
 * finds one that is up; with room for one, next to everybody gets the one that is down. */
static void who_has_no_weight_is_given_where_there_is_room(void **state)
{
	(void)state;
	for (int answers = 1; answers <= 3; answers++) {
		struct scene *before = scene(), *after;
		for (int i = 1; i < RELAYS; i++)
			before->relays[i].weight = 0;
		before->observations[0] = (struct observation){ .relay = "r1", .observer = "p", .version = "", .uuid = "", .reason = "",
			.pings = "", .names = "", .health = HEALTH_DOWN };
		before->fleet.observation_count = 1;
		after = copy(before);
		after->pools[0].answers = answers;
		struct effect effect = effect_of(before, after);
		assert_int_equal(effect.pools[0].after.members, RELAYS);
		assert_int_equal(effect.stranded_count, answers == 1);
	}
}

static void look_down(struct scene *s, int relays)
{
	for (int i = 0; i < relays; i++)
		s->observations[i] = (struct observation){ .relay = s->relays[i].name, .observer = "o", .version = "", .uuid = "",
			.reason = "", .pings = "", .names = "", .down = "", .health = HEALTH_DOWN };
	s->fleet.observation_count = (size_t)relays;
}

/* Whether there is room is a matter of one family's answers: who has no address of it takes none. */
static void who_has_no_weight_is_given_in_one_family(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->pools[1].label = before->releases[1].pools = "frontends";
	before->pools[1].answers = 1;
	before->relays[0].addresses = "2001:db8::1";
	for (int i = 1; i < RELAYS; i++)
		before->relays[i].weight = 0;
	look_down(before, RELAYS); /* for all to be given out */
	before->relays[1].tls = 1; /* which the release does not speak */
	before->pools[1].tls = 7;
	after = copy(before);
	after->relays[1].weight = 50; /* now it alone is given as an IPv4 address */
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].label, "frontends");
}

static void a_relay_drains(void **state)
{
	struct scene *before = scene(), *after = copy(before);
	(void)state;
	after->relays[1].state = RELAY_DRAINING;
	struct effect effect = effect_of(before, after);
	const struct effect_pool *p = &effect.pools[0];
	assert_string_equal(p->label, "fe4_056");
	assert_int_equal(p->out, 1);
	assert_int_equal(p->in, 0);
	assert_int_equal(p->after.members, 3);
	assert_int_equal(p->relay_count, 4);
	assert_true(p->relays[1].was && !p->relays[1].is);
	assert_string_equal(p->relays[1].why, "is draining");
	close_to(p->relays[1].before, 0.25);
	close_to(p->relays[0].after, 1.0 / 3);
	close_to(p->moved, 0.25);
	assert_false(effect_harms(&effect));
}

static void the_last_one_for_a_release(void **state)
{
	struct scene *before = scene();
	(void)state;
	for (int i = 1; i < RELAYS; i++)
		before->relays[i].tls = 6; /* r1 alone speaks ssl3 */
	struct scene *after = copy(before);
	after->relays[0].state = RELAY_DRAINING;
	struct effect effect = effect_of(before, after);
	assert_true(effect.pools[0].empty && !effect.pools[1].empty);
	assert_false(effect.pools[0].before.spare);
	assert_true(effect.pools[1].after.spare);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].release->version, "1");
	assert_string_equal(effect.stranded[0].label, "fe4_056");
	assert_true(effect_harms(&effect));
}

static void those_left_look_down(void **state)
{
	struct scene *before = scene();
	(void)state;
	for (int i = 1; i < RELAYS; i++)
		before->observations[i - 1] = (struct observation){ .relay = before->relays[i].name, .observer = "o",
			.version = "", .uuid = "", .reason = "", .pings = "", .names = "", .health = HEALTH_DOWN };
	before->fleet.observation_count = RELAYS - 1;
	struct scene *after = copy(before);
	after->relays[0].state = RELAY_OUT;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].after.members, 3);
	assert_int_equal(effect.pools[0].after.well, 0);
	assert_true(effect.pools[0].thins && !effect.pools[0].empty);
	assert_int_equal(effect.stranded_count, 2);
}

static void retiring_a_pool(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = i < 2 ? 1 : 6;
	after = copy(before);
	after->pools[0].state = POOL_RETIRED;
	struct effect effect = effect_of(before, after);
	assert_true(effect.pools[0].changed && !effect_harms(&effect)); /* its members still answer */
	after->pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	after->pools[0].successor = "fe4_058";
	effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1); /* who cannot talk to those of the successor */
	assert_int_equal(effect.pools[0].in, 2);
	assert_int_equal(effect.pools[0].out, 2);
	after->pools[0].tombstone = TOMBSTONE_EMPTY;
	effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_false(effect.pools[0].empty); /* as was said */
}

/* A pool's relays look down today, and will be back: who looks it up loses them for good when the pool ends, or goes, or
 * others answer in its place that he cannot use. */
static void what_looks_down_can_be_lost(void **state)
{
	struct scene *before = scene(), *after;
	struct effect effect;
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = i < 2 ? 1 : 6;
	look_down(before, RELAYS);
	after = copy(before);
	effect = effect_of(before, after);
	assert_false(effect_harms(&effect));
	after->pools[0].state = POOL_RETIRED;
	after->pools[0].tombstone = TOMBSTONE_EMPTY;
	effect = effect_of(before, after);
	assert_true(effect.pools[0].ends && effect_harms(&effect));
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].label, "fe4_056");
	after->pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	after->pools[0].successor = "fe4_058";
	assert_int_equal(effect_of(before, after).stranded_count, 1);
	after = copy(before);
	after->fleet.pool_count = 1; /* fe4_058 falls to fe4_056 */
	effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].label, "fe4_058");
	after = copy(before);
	after->relays[0].state = RELAY_OUT; /* another one is left */
	assert_int_equal(effect_of(before, after).stranded_count, 0);
	after->relays[1].state = RELAY_OUT;
	assert_int_equal(effect_of(before, after).stranded_count, 1);
}

/* An address that looks down comes back as well. */
static void an_address_that_looks_down_can_be_lost(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->pools[1].label = before->releases[1].pools = "frontends";
	before->relays[2].addresses = "192.0.2.3 2001:db8::3";
	look_down(before, 3);
	before->observations[2].health = HEALTH_UP;
	before->observations[2].down = "192.0.2.3";
	before->fleet.relay_count = 3;
	before->relays[0].state = before->relays[1].state = RELAY_OUT;
	after = copy(before);
	after->relays[2].addresses = "2001:db8::3"; /* of which a release that has IPv4 alone has nothing */
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[1].after.members, 1);
	assert_int_equal(effect.stranded_count, 2); /* the one at fe4_056 has no answer any more */
	assert_string_equal(effect.stranded[1].label, "frontends");
}

/* Where all answers end, it does not matter what is known of the relays: they were all that there was. */
static void an_end_strands_whoever_looks_the_pool_up(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->pools[1].tls = 1; /* the operator's word, against the release's */
	before->releases[1].tls = 8;
	after = copy(before);
	after->pools[1].state = POOL_RETIRED;
	after->pools[1].tombstone = TOMBSTONE_EMPTY;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].release->version, "2");
	after->fleet.release_count = before->fleet.release_count = 1; /* nobody looks it up */
	assert_int_equal(effect_of(before, after).stranded_count, 0);
}

static void removing_a_pool(void **state)
{
	struct scene *before = scene(), *after = copy(before);
	(void)state;
	after->fleet.pool_count = 1; /* fe4_058 falls to fe4_056, whose relays speak all */
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pool_count, 2);
	assert_null(effect.pools[1].after.pool);
	assert_int_equal(effect.pools[1].after.members, RELAYS);
	assert_false(effect_harms(&effect));
	before->fleet.release_count = after->fleet.release_count = 1; /* nobody is known to ask for it */
	assert_int_equal(effect_of(before, after).pools[1].out, RELAYS);
	before->fleet.release_count = after->fleet.release_count = 2;
	for (int i = 0; i < 2; i++)
		before->relays[i].tls = after->relays[i].tls = i == 0 ? 1 : 6;
	before->fleet.relay_count = after->fleet.relay_count = 2;
	effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].release->version, "2");
}

static void a_release_that_is_known_better_or_no_more(void **state)
{
	struct scene *before = scene(), *after = copy(before);
	(void)state;
	after->fleet.release_count = 1; /* fe4_058 has no requirement then */
	struct effect effect = effect_of(before, after);
	assert_false(effect_harms(&effect));
	after = copy(before);
	after->releases[0].tls = 16;
	effect = effect_of(before, after);
	assert_true(effect.pools[0].empty);
	assert_int_equal(effect.stranded_count, 1);
}

/* What its clients need does not vanish with the row that says it. */
static void a_release_that_is_forgotten_while_relays_wait(void **state)
{
	struct scene *before = scene();
	(void)state;
	before->relays[3].tls = 1; /* r4 is in fe4_056 only: fe4_058 needs 6 */
	struct scene *after = copy(before);
	after->fleet.release_count = 1;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 0);
	assert_int_equal(effect.misled_count, 1);
	assert_string_equal(effect.misled[0].relay, "r4");
	assert_string_equal(effect.misled[0].release->version, "2");
	assert_true(effect_harms(&effect));
	assert_true(effect.pools[1].loosened && effect.pools[1].need == 6);
	assert_false(effect.pools[0].loosened);
	after = copy(before);
	after->releases[1].tls = 7; /* said to speak more than was known */
	effect = effect_of(before, after);
	assert_int_equal(effect.misled_count, 1);
	after->releases[1].tls = 2; /* less */
	assert_false(effect_of(before, after).pools[1].loosened);
	after = copy(before);
	after->pools[1].tls = 1;
	effect = effect_of(before, after);
	assert_true(effect.misled_count == 1 && effect.pools[1].loosened);
}

/* The first relay of a fleet cannot suit releases that have nothing in common: nobody is worse off. */
static void a_relay_for_some_where_none_suits_all(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->releases[0].pools = before->releases[1].pools = "fe4_056";
	for (int i = 0; i <= RELAYS; i++)
		before->relays[i].tls = i == 0 ? 1 : 6;
	after = copy(before);
	before->fleet.relay_count = 0;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.misled_count, 0);
	assert_int_equal(effect.stranded_count, 0);
	assert_false(effect_harms(&effect));
}

static void who_is_included_though_he_cannot(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->relays[3].tls = 1;
	after = copy(before);
	after->rules[0] = (struct rule){ .pool = "fe4_058", .relay = "r4", .note = "", .verdict = RULE_INCLUDE };
	after->fleet.rule_count = 1;
	assert_int_equal(effect_of(before, after).misled_count, 1);
	assert_int_equal(effect_of(after, after).misled_count, 0); /* it is so already */
	after->rules[0].note = "it was upgraded";
	assert_int_equal(effect_of(before, after).misled_count, 0);
	struct scene *later = copy(after);
	later->rules[0].note = "";
	assert_int_equal(effect_of(after, later).misled_count, 0); /* who knew better says so no more: the same is given */
	before->observations[0] = (struct observation){ .relay = "r4", .observer = "o", .version = "", .uuid = "",
		.reason = "", .pings = "", .names = "", .health = HEALTH_UP, .tls = 1 };
	before->fleet.observation_count = 1;
	after->observations[0] = before->observations[0];
	after->fleet.observation_count = 1;
	assert_int_equal(effect_of(before, after).misled_count, 1); /* somebody looked */
}

/* His word counts as well where the relay is given out because no other looks better. */
static void who_is_included_and_given_out_as_a_last_resort(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->rules[0] = (struct rule){ .pool = "fe4_056", .relay = "r1", .note = "it was upgraded", .verdict = RULE_INCLUDE };
	before->fleet.rule_count = 1;
	before->relays[0].tls = 4; /* by --tls: it speaks nothing that the release does */
	before->relays[0].weight = 0;
	before->fleet.relay_count = 2;
	after = copy(before);
	after->relays[1].state = RELAY_OUT; /* r1 is all that is left */
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].after.members, 1);
	assert_int_equal(effect.stranded_count + effect.misled_count, 0);
	after->rules[0].note = "";
	assert_int_equal(effect_of(before, after).misled_count, 1); /* he did not say why */
	after->observations[0] = (struct observation){ .relay = "r1", .observer = "o", .version = "", .uuid = "",
		.reason = "", .pings = "", .names = "", .health = HEALTH_UP, .tls = 4 };
	after->fleet.observation_count = 1;
	assert_int_equal(effect_of(before, after).stranded_count, 1); /* somebody looked */
}

/* He knows the label's clients: his word counts where a successor's members answer them, too. */
static void who_is_included_and_given_by_a_successor(void **state)
{
	struct scene *before = scene(), *after;
	struct effect effect;
	(void)state;
	before->rules[0] = (struct rule){ .pool = "fe4_056", .relay = "r1", .note = "", .verdict = RULE_INCLUDE };
	before->fleet.rule_count = before->fleet.relay_count = 1;
	before->relays[0].tls = 6;
	before->pools[0].successor = "fe4_058";
	after = copy(before);
	after->pools[0].state = POOL_RETIRED;
	after->pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	effect = effect_of(before, after);
	assert_false(effect_harms(&effect));
	after = copy(before);
	after->pools[0].brownout = 100;
	after->pools[0].brownout_until = 1000100;
	before->fleet.now = after->fleet.now = 1000000;
	effect = effect_of(before, after);
	assert_false(effect_harms(&effect));
	after->fleet.rule_count = 0; /* nobody vouches for it any more */
	assert_int_equal(effect_of(before, after).stranded_count, 1);
}

/* Another pool's releases judge what the label is given, now or before: the relay is the same. */
static void who_is_judged_by_others(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.relay_count = 1;
	before->releases[0].ping = 0;
	before->releases[1].ping = 1;
	before->observations[0] = (struct observation){ .relay = "r1", .observer = "o", .version = "", .uuid = "", .reason = "",
		.pings = "ping-1.0", .names = "", .down = "", .health = HEALTH_UP, .tls = 7 };
	before->fleet.observation_count = 1;
	before->pools[0].successor = "fe4_058";
	after = copy(before);
	after->pools[0].state = POOL_RETIRED;
	after->pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].before.well, 1);
	assert_int_equal(effect.pools[0].after.well, 0);
	assert_false(effect.pools[0].weak || effect_harms(&effect));
	after->relays[0].weight = 0;
	assert_true(effect_of(before, after).pools[0].weak);
	after = copy(before);
	after->releases[0].ping = 1; /* it is judged by the same pool, and was not heard */
	assert_true(effect_of(before, after).pools[0].weak);
}

static void a_retired_pool_is_a_pool(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = i < 2 ? 1 : 6;
	before->pools[0].state = POOL_RETIRED;
	after = copy(before);
	after->relays[0].state = after->relays[1].state = RELAY_OUT;
	struct effect effect = effect_of(before, after);
	assert_true(effect.pools[0].empty && !effect.pools[0].ends);
	assert_int_equal(effect.stranded_count, 1);
	before = scene();
	before->pools[0].state = POOL_RETIRED;
	before->pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	before->pools[0].successor = "fe4_058";
	before->relays[0].tls = 6;
	after = copy(before);
	after->releases[1].tls = after->pools[1].tls = 6;
	for (int i = 1; i < RELAYS; i++)
		after->relays[i].tls = 6;
	effect = effect_of(before, after); /* the successor has no relay any more that the retired one's clients can use */
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].label, "fe4_056");
	after = copy(before);
	after->pools[1].state = POOL_RETIRED;
	after->pools[1].tombstone = TOMBSTONE_EMPTY;
	effect = effect_of(before, after);
	assert_true(effect.pools[1].ends && !effect.pools[1].empty && effect.pools[0].empty);
}

/* Lets a part of the first pool's networks have the successor's answer, from the scene's date on. */
static void brown_out(struct scene *s, const char *successor, int64_t percent)
{
	s->pools[0].successor = successor;
	s->pools[0].brownout = percent;
	s->pools[0].brownout_until = 1000100;
}

static void a_brownout_is_an_answer(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.now = 1000000;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = i < 2 ? 1 : 6;
	after = copy(before);
	brown_out(after, "fe4_058", 50);
	struct effect effect = effect_of(before, after);
	const struct effect_pool *p = &effect.pools[0];
	assert_true(p->changed);
	close_to(p->after.brownout, 0.5);
	assert_int_equal(p->before.ttl, 300);
	assert_int_equal(p->after.ttl, 60);
	assert_int_equal(p->after.members, 4);
	close_to(p->relays[0].after, 0.25);
	close_to(p->relays[2].after, 0.25);
	assert_int_equal(effect.stranded_count, 1);
	assert_int_equal(effect_of(after, after).stranded_count, 0);
	after->pools[0].brownout = 100;
	effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].after.members, 2);
	assert_int_equal(effect.pools[0].out, 2);
	after->relays[2].tls = 7; /* one of the successor's will do */
	before->relays[2].tls = 7;
	assert_int_equal(effect_of(before, after).stranded_count, 0);
}

/* Of a pool without members, the networks in its brownout alone are given anything: all that is given out is theirs. */
static void a_brownout_of_a_pool_without_members(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.now = 1000000;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = 6;
	after = copy(before);
	brown_out(after, "fe4_058", 50);
	struct effect effect = effect_of(before, after);
	const struct effect_pool *p = &effect.pools[0];
	double given = 0;
	for (size_t i = 0; i < p->relay_count; i++)
		given += p->relays[i].after;
	assert_int_equal(p->before.members, 0);
	assert_true(p->after.members > 0);
	close_to(given, 1);
}

/* A brownout of one per cent is one: somebody gets the other answer. */
static void a_brownout_of_one_per_cent(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.now = 1000000;
	for (int i = 0; i < RELAYS; i++)
		before->relays[i].tls = i < 2 ? 1 : 6;
	after = copy(before);
	brown_out(after, "fe4_058", 1);
	struct effect effect = effect_of(before, after);
	assert_true(effect.pools[0].after.brownout > 0 && effect.pools[0].after.brownout < 0.02);
	assert_int_equal(effect.stranded_count, 1);
	after->pools[0].brownout = 0;
	assert_false(effect_of(before, after).pools[0].changed);
}

/* Who has no address that the label answers is not given out there. */
static void a_brownout_to_relays_of_another_family(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.now = 1000000;
	before->pools[1].label = "fe6_058";
	before->releases[1].pools = "fe6_058";
	before->relays[2].addresses = "192.0.2.3 2001:db8::3";
	before->relays[3].addresses = "2001:db8::4";
	before->relays[0].tls = before->relays[1].tls = 1;
	before->relays[2].tls = before->relays[3].tls = 6;
	after = copy(before);
	brown_out(after, "fe6_058", 50);
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].before.members, 2);
	assert_int_equal(effect.pools[0].after.members, 3);
	assert_int_equal(effect.pools[0].in, 1);
	after->pools[0].brownout = 100;
	effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].after.members, 1);
}

static void labels_that_nobody_defined(void **state)
{
	const char *labels[] = { "fe4_057", "fe4_058", "fe4_060" };
	const struct effect_wish wish = { .labels = labels, .label_count = 3 };
	struct scene *before = scene(), *after = copy(before);
	struct effect effect;
	struct error e;
	(void)state;
	after->relays[3].state = RELAY_OUT;
	assert_done(effect_find(&before->fleet, &after->fleet, &wish, &arena, &effect, &e), &e);
	assert_int_equal(effect.pool_count, 4);
	assert_string_equal(effect.pools[1].label, "fe4_057");
	assert_true(effect.pools[1].asked && effect.pools[1].before.pool == NULL);
	assert_int_equal(effect.pools[1].before.members, 4);
	assert_int_equal(effect.pools[1].after.members, 3);
	/* a pool of its own, which nobody can serve */
	after->pools[1] = (struct pool){ .label = "fe4_057", .note = "", .ttl = 300, .answers = 8, .least = 1, .tls = 32 };
	assert_done(effect_find(&before->fleet, &after->fleet, &wish, &arena, &effect, &e), &e);
	assert_true(effect.pools[1].empty && effect_harms(&effect));
}

static void labels_that_only_a_release_knows(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->releases[1].pools = "fe4_057"; /* which fe4_056 answers */
	for (int i = 1; i < RELAYS; i++)
		before->relays[i].tls = 1;
	before->pools[0].tls = 7;
	after = copy(before);
	after->relays[0].tls = 1;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.stranded_count, 1);
	assert_string_equal(effect.stranded[0].label, "fe4_057");
	assert_true(effect.pools[1].asked && effect.pools[1].after.members == RELAYS);
}

static void addresses_that_look_down(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	for (int i = 2; i < RELAYS; i++)
		before->relays[i].state = RELAY_OUT;
	before->relays[0].addresses = "192.0.2.1 2001:db8::1";
	before->pools[0].label = "fe056";
	before->releases[0].pools = "fe056";
	before->releases[0].families = 0;
	before->observations[0] = (struct observation){ .relay = "r1", .observer = "p", .version = "", .uuid = "", .reason = "",
		.pings = "", .names = "", .health = HEALTH_UP, .down = "192.0.2.1", .at = 1 };
	before->fleet.observation_count = 1;
	after = copy(before);
	after->relays[1].state = RELAY_DRAINING;
	struct effect effect = effect_of(before, after); /* what is left is there by IPv6 alone */
	assert_int_equal(effect.stranded_count, 2);
	assert_string_equal(effect.stranded[0].label, "fe056");
}

/* A pool that has relays of its own for old clients, and gives those of another to half of the networks. */
static struct scene *browned_out(void)
{
	struct scene *s = scene();
	s->fleet.now = 1000000;
	s->fleet.release_count = 0;
	s->pools[0].tls = 1;
	s->pools[1].tls = 6;
	for (int i = 0; i < RELAYS; i++)
		s->relays[i].tls = i == 0 ? 1 : 6;
	brown_out(s, "fe4_058", 50);
	return s;
}

static void networks_that_a_brownout_leaves_alone(void **state)
{
	struct scene *before = browned_out(), *after = copy(before);
	(void)state;
	after->relays[0].state = RELAY_DRAINING;
	assert_true(effect_of(before, after).pools[0].empty);
	after = copy(before);
	after->relays[0].weight = 0;
	assert_true(effect_of(before, after).pools[0].weak);
	after->relays[0].weight = 100;
	assert_false(effect_of(before, after).pools[0].weak);
}

static void networks_that_a_brownout_sends_where_there_is_nothing_for_them(void **state)
{
	struct scene *after = browned_out(), *before;
	(void)state;
	for (int i = 1; i < RELAYS; i++)
		after->relays[i].addresses = "2001:db8::1";
	after->pools[1].label = "fe6_058";
	after->pools[0].successor = "fe6_058";
	before = copy(after);
	before->pools[0].brownout = 0;
	assert_true(effect_of(before, after).pools[0].empty);
	assert_int_equal(effect_of(before, after).pools[0].after.members, 1); /* the others are given nowhere */
}

static void what_is_said_of_a_release_now_counts_as_well(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->pools[1].tls = 7;
	before->relays[0].tls = 3;
	after = copy(before);
	after->releases[1].tls = 4;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.misled_count, 1);
	assert_string_equal(effect.misled[0].relay, "r1");
	before = copy(after); /* it is so already */
	assert_int_equal(effect_of(before, after).misled_count, 0);
	after->releases[1].pools = "fe4_056"; /* and where it comes, it counts as well */
	after->pools[0].tls = before->pools[0].tls = 7;
	effect = effect_of(before, after);
	assert_int_equal(effect.misled_count, 1);
	assert_string_equal(effect.misled[0].label, "fe4_056");
}

static void addresses_and_ttl(void **state)
{
	struct scene *before = scene(), *after = copy(before);
	(void)state;
	after->relays[1].addresses = "192.0.2.77";
	after->pools[1].ttl = 60;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].relay_count, 1);
	assert_string_equal(effect.pools[0].relays[0].moved_from, "192.0.2.2");
	assert_string_equal(effect.pools[0].relays[0].moved_to, "192.0.2.77");
	assert_true(effect.pools[0].changed && effect.pools[1].changed);
	after = copy(before);
	after->pools[1].ttl = 60;
	effect = effect_of(before, after);
	assert_true(!effect.pools[0].changed && effect.pools[1].changed);
}

static void a_weight_that_ramps_up(void **state)
{
	struct scene *before = scene(), *after;
	(void)state;
	before->fleet.now = 1000000;
	after = copy(before);
	after->fleet.relay_count = RELAYS + 1;
	after->relays[4].since = 1000000;
	struct effect effect = effect_of(before, after);
	const struct effect_relay *r = &effect.pools[0].relays[4];
	close_to(r->before, 0);
	close_to(r->after, 0.2);
	assert_true(effect.pools[1].relays[4].first < 0.1 && effect.pools[1].relays[4].first > 0.01);
	before->relays[4].since = 1000000 - 60; /* it ramps already: that is no change of ours */
	before->fleet.relay_count = RELAYS + 1;
	assert_false(effect_of(before, before).pools[1].changed);
	after = copy(before);
	after->relays[0].weight = 0;
	effect = effect_of(before, after);
	r = &effect.pools[1].relays[effect.pools[1].relay_count - 1];
	close_to(r->before, 0.2); /* in the long run; it has less now, and right after */
	close_to(r->after, 0.25);
	assert_true(r->now > 0.01 && r->now < 0.1 && r->first > r->now && r->first < 0.12);
}

static void shares_by_weight(void **state)
{
	struct scene *before = scene(), *after = copy(before);
	double sum = 0;
	(void)state;
	after->relays[0].weight = 300;
	struct effect effect = effect_of(before, after);
	assert_int_equal(effect.pools[0].relay_count, 0); /* all are in the answer */
	const struct effect_pool *p = &effect.pools[1];
	assert_int_equal(p->relay_count, RELAYS);
	for (size_t i = 0; i < p->relay_count; i++)
		sum += p->relays[i].after;
	close_to(sum, 1);
	assert_true(p->relays[0].after > 0.36 && p->relays[0].after <= 0.5); /* never twice in an answer */
	close_to(p->moved, p->relays[0].after - 0.25);
}

/* What is expected is what is chosen, over many buckets of many days. */
static void expect_what_is_chosen(struct scene *s, int64_t answers)
{
	enum { DAYS = 300, ALL = DAYS * STEERING_SAMPLES };
	struct offer *offers;
	struct membership m;
	struct error e;
	double shares[RELAYS], counts[RELAYS] = { 0 }, sum = 0;
	s->pools[1].answers = answers;
	assert_done(steering_offers(&s->fleet, &arena, &offers, &e), &e);
	assert_done(steering_pool(&s->fleet, offers, &s->pools[1], &arena, &m, &e), &e);
	assert_done(steering_shares(&m, &arena, shares, &e), &e);
	for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++)
		for (int64_t day = 0; day < DAYS; day++) {
			struct choice choice[ADDRESS_LIST_MOST];
			size_t count = steering_choose(&m, ADDRESS_V4, steering_sample(sample), day * 86400, choice);
			for (size_t i = 0; i < count; i++)
				counts[choice[i].relay - s->relays] += 1.0 / (double)(count * ALL);
		}
	for (int i = 0; i < RELAYS; i++) {
		sum += shares[i];
		if (fabs(shares[i] - counts[i]) > 0.015)
			fail_msg("%d answers, relay %d: %f expected, %f chosen", (int)answers, i, shares[i], counts[i]);
	}
	close_to(sum, 1);
}

static void shares_are_what_is_chosen(void **state)
{
	struct scene *s = scene();
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		s->relays[i].weight = 50 * (i + 1) * (i + 1);
	for (int64_t answers = 1; answers <= RELAYS; answers++)
		expect_what_is_chosen(s, answers);
}

/* Who has more addresses is given no oftener, but for places that nobody else fills. */
static void shares_of_relays_with_several_addresses(void **state)
{
	struct scene *s = scene();
	(void)state;
	s->relays[0].addresses = "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1";
	s->relays[1].addresses = "192.0.2.2 198.51.100.2";
	s->relays[2].addresses = "192.0.2.3 198.51.100.3 203.0.113.3 203.0.113.33";
	s->relays[3].weight = 300;
	s->observations[0] = (struct observation){ .relay = "r3", .observer = "p", .health = HEALTH_UP, .pings = "", .reason = "",
		.down = "198.51.100.3 203.0.113.3", .at = 1 }; /* two are left */
	s->fleet.observation_count = 1;
	for (int64_t answers = 1; answers <= 9; answers++)
		expect_what_is_chosen(s, answers);
}

/* How likely relay I is among the nearest K of those in SET: the first of all is each by its weight, and so on. */
static double among_first(const double *weights, unsigned set, int i, int k)
{
	double total = 0, chance = 0;
	for (int j = 0; j < RELAYS + 1; j++)
		total += (set >> j & 1) != 0 ? weights[j] : 0;
	for (int j = 0; j < RELAYS + 1 && k > 0; j++)
		if ((set >> j & 1) != 0)
			chance += weights[j] / total * (j == i ? 1 : among_first(weights, set & ~(1u << j), i, k - 1));
	return chance;
}

static void shares_are_exact(void **state)
{
	static const double weights[][RELAYS + 1] = { { 100, 100, 100, 100, 100 }, { 1, 2, 3, 4, 5 }, { 10000, 1, 1, 1, 1 },
		{ 1, 1, 1, 5000, 10000 }, { 300, 300, 20, 20, 1 } };
	struct scene *s = scene();
	struct offer *offers;
	struct membership m;
	struct error e;
	double shares[RELAYS + 1];
	(void)state;
	s->fleet.relay_count = RELAYS + 1;
	for (size_t w = 0; w < COUNT_OF(weights); w++)
		for (int k = 1; k <= RELAYS; k++) {
			for (int i = 0; i <= RELAYS; i++)
				s->relays[i].weight = (int64_t)weights[w][i];
			s->pools[1].answers = k;
			assert_done(steering_offers(&s->fleet, &arena, &offers, &e), &e);
			assert_done(steering_pool(&s->fleet, offers, &s->pools[1], &arena, &m, &e), &e);
			assert_done(steering_shares(&m, &arena, shares, &e), &e);
			for (int i = 0; i <= RELAYS; i++)
				if (fabs(shares[i] - among_first(weights[w], 31, i, k) / k) > 1e-5)
					fail_msg("%d of them, relay %d: %f, wanted %f", k, i, shares[i],
						among_first(weights[w], 31, i, k) / k);
		}
}

static uint64_t seed;

static unsigned random_below(unsigned limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % limit;
}

static void shake(struct scene *s)
{
	s->fleet.relay_count = 1 + random_below(RELAYS + 1);
	for (size_t i = 0; i < s->fleet.relay_count; i++) {
		s->relays[i].tls = 1 + random_below(7);
		s->relays[i].state = random_below(3) == 0 ? random_below(5) : RELAY_SERVICE;
		s->relays[i].weight = random_below(4) * 50;
		if (random_below(3) == 0)
			s->observations[s->fleet.observation_count++] = (struct observation){ .reason = "",
				.relay = s->relays[i].name, .observer = "o", .version = "", .uuid = "", .pings = "",
				.names = "", .health = random_below(3) };
	}
	for (size_t i = 0; i < 2; i++) {
		s->pools[i].state = random_below(4) == 0 ? POOL_RETIRED : POOL_OPEN;
		s->pools[i].tombstone = random_below(3);
		s->pools[i].successor = i == 0 ? "fe4_058" : "";
		s->pools[i].size = random_below(3);
		s->pools[i].answers = 1 + random_below(8);
	}
	s->fleet.pool_count = 1 + random_below(2);
}

/* Backwards, what came goes, what was stranded is found again, and each side is seen alike. */
static void there_and_back(const struct effect *there, const struct effect *back)
{
	assert_int_equal(there->pool_count, back->pool_count);
	for (size_t i = 0; i < there->pool_count; i++) {
		const struct effect_pool *p = &there->pools[i], *q = &back->pools[i];
		double before = 0, after = 0;
		assert_int_equal(p->in, q->out);
		assert_int_equal(p->out, q->in);
		assert_int_equal(p->relay_count, q->relay_count);
		assert_int_equal(p->before.members + p->in, p->after.members + p->out);
		assert_int_equal(p->before.well, q->after.well);
		assert_true(p->before.well <= p->before.members);
		assert_true(p->moved > -1e-9 && p->moved < 1 + 1e-6);
		assert_false(p->empty && q->empty);
		for (size_t r = 0; r < p->relay_count; r++) {
			before += p->relays[r].before;
			after += p->relays[r].after;
			assert_true(p->relays[r].was || p->relays[r].is);
		}
		assert_true(before < 1 + 1e-6 && after < 1 + 1e-6);
	}
}

static void whatever_the_fleets_are(void **state)
{
	unsigned harmful = 0, moved = 0;
	(void)state;
	for (seed = 1; seed != 0 && harmful + moved < 3000;) {
		struct scene *before = scene(), *after = copy(before);
		shake(before);
		shake(after);
		struct effect there = effect_of(before, after), back = effect_of(after, before);
		there_and_back(&there, &back);
		for (size_t i = 0; i < there.stranded_count; i++) {
			const char *label = there.stranded[i].label;
			for (size_t j = 0; j < back.stranded_count; j++)
				assert_true(there.stranded[i].release != back.stranded[j].release
					|| strcmp(label, back.stranded[j].label) != 0);
		}
		struct effect none = effect_of(after, after);
		assert_false(effect_harms(&none));
		harmful += effect_harms(&there);
		moved++;
		arena_free(&arena);
	}
	assert_true(harmful > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_changes), cmocka_unit_test(a_relay_drains),
		cmocka_unit_test(who_has_no_weight_is_given_in_one_family),
		cmocka_unit_test(who_has_no_weight_is_given_where_there_is_room),
		cmocka_unit_test(the_last_one_for_a_release), cmocka_unit_test(those_left_look_down),
		cmocka_unit_test(retiring_a_pool), cmocka_unit_test(removing_a_pool),
		cmocka_unit_test(what_looks_down_can_be_lost), cmocka_unit_test(an_address_that_looks_down_can_be_lost),
		cmocka_unit_test(an_end_strands_whoever_looks_the_pool_up),
		cmocka_unit_test(a_release_that_is_known_better_or_no_more), cmocka_unit_test(shares_by_weight),
		cmocka_unit_test(a_release_that_is_forgotten_while_relays_wait),
		cmocka_unit_test(a_relay_for_some_where_none_suits_all),
		cmocka_unit_test(who_is_included_though_he_cannot),
		cmocka_unit_test(who_is_included_and_given_out_as_a_last_resort),
		cmocka_unit_test(who_is_included_and_given_by_a_successor), cmocka_unit_test(who_is_judged_by_others), cmocka_unit_test(a_retired_pool_is_a_pool),
		cmocka_unit_test(a_brownout_is_an_answer),
		cmocka_unit_test(a_brownout_of_a_pool_without_members), cmocka_unit_test(a_brownout_of_one_per_cent), cmocka_unit_test(a_brownout_to_relays_of_another_family),
		cmocka_unit_test(labels_that_nobody_defined), cmocka_unit_test(addresses_and_ttl),
		cmocka_unit_test(labels_that_only_a_release_knows), cmocka_unit_test(addresses_that_look_down),
		cmocka_unit_test(networks_that_a_brownout_leaves_alone),
		cmocka_unit_test(networks_that_a_brownout_sends_where_there_is_nothing_for_them),
		cmocka_unit_test(what_is_said_of_a_release_now_counts_as_well),
		cmocka_unit_test(a_weight_that_ramps_up),
		cmocka_unit_test(shares_are_what_is_chosen), cmocka_unit_test(shares_are_exact),
		cmocka_unit_test(shares_of_relays_with_several_addresses), cmocka_unit_test(whatever_the_fleets_are) };
	return cmocka_run_group_tests_name("steering/effect", tests, NULL, empty_arena);
}
