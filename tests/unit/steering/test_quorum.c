/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of observations in, a verdict out. */
#include "steering/quorum.h"

#include <string.h>

#include "tests/unit/check.h"

enum { U, UP, DOWN, NOW = 1000000, OLD = NOW - QUORUM_STALE - 1 };

static struct observation of(const char *observer, int health, int64_t at, tls_set tls, const char *pings)
{
	return (struct observation){ .relay = "r1", .observer = observer, .version = "", .uuid = "", .names = "",
		.reason = observer, .health = health, .at = at, .tls = tls, .pings = pings };
}

static struct verdict fold(const struct observation *list, size_t count)
{
	struct verdict v;
	quorum_fold(list, count, "192.0.2.1 2001:db8::1", &v);
	return v;
}

static void health(void **state)
{
	static const struct {
		struct { const char *observer; int health; int64_t at; } seen[4];
		int wanted;
		const char *reason;
	} cases[] = {
		{ { { 0 } }, U, "" },
		{ { { "a", UP, NOW } }, UP, "" },
		{ { { "a", DOWN, NOW } }, DOWN, "a" },
		{ { { "a", DOWN, NOW }, { "b", UP, NOW } }, UP, "" }, /* a tie leaves it up */
		{ { { "a", DOWN, NOW }, { "b", UP, NOW }, { "c", DOWN, NOW - 1 } }, DOWN, "a" },
		{ { { "a", DOWN, NOW }, { "b", UP, NOW }, { "c", U, NOW } }, UP, "" },
		/* those that fell silent have no voice, whatever they said */
		{ { { "a", DOWN, OLD }, { "b", DOWN, OLD }, { "c", UP, NOW } }, UP, "" },
		{ { { "a", UP, OLD }, { "b", UP, OLD }, { "c", DOWN, NOW } }, DOWN, "c" },
		{ { { "a", DOWN, OLD + 1 }, { "b", DOWN, NOW }, { "c", UP, NOW } }, DOWN, "b" },
		/* but if all did, what they said last stays */
		{ { { "a", UP, 10 } }, UP, "" },
		{ { { "a", UP, 10 }, { "b", UP, 9 } }, UP, "" },
		/* one that was silenced (unknown) does not make the others stale */
		{ { { "a", U, NOW }, { "b", UP, OLD } }, UP, "" },
		/* the relay's own lease */
		{ { { "a", UP, NOW }, { "lease", DOWN, 5 } }, DOWN, "lease" },
		{ { { "a", DOWN, NOW }, { "lease", UP, NOW } }, DOWN, "a" },
		{ { { "lease", UP, 5 } }, UP, "" },
		{ { { "a", DOWN, OLD }, { "lease", UP, NOW } }, DOWN, "a" }, /* the lease makes no prober stale */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct observation list[4];
		size_t count = 0;
		for (; count < 4 && cases[i].seen[count].observer != NULL; count++)
			list[count] = of(cases[i].seen[count].observer, cases[i].seen[count].health,
				cases[i].seen[count].at, 0, "");
		struct verdict v = fold(list, count);
		if ((int)v.health != cases[i].wanted)
			fail_msg("case %zu: %d instead of %d", i, v.health, cases[i].wanted);
		assert_string_equal(v.reason, cases[i].reason);
	}
}

static void capabilities(void **state)
{
	struct observation list[4];
	(void)state;
	list[0] = of("a", UP, NOW, 6, "head-1.0 ping-1.0");
	list[1] = of("b", UP, NOW, 12, "head-1.0");
	list[2] = of("c", UP, NOW, 4, "");
	list[3] = of("lease", UP, NOW, 16, "");
	assert_int_equal(fold(list, 1).tls, 6);
	assert_int_equal(fold(list, 2).tls, 4); /* what one of two denies is not counted on */
	assert_int_equal(fold(list, 3).tls, 4);
	assert_int_equal(fold(list, 3).pings, 2);
	list[2].tls = 10;
	assert_int_equal(fold(list, 4).tls, 14); /* two of three for each */
	list[0].tls = list[1].tls = list[2].tls = 0;
	assert_int_equal(fold(list, 4).tls, 16); /* nobody looked: the relay's own word */
	list[0].tls = 2;
	assert_int_equal(fold(list, 4).tls, 2);
}

static void disagreement_leaves_something(void **state)
{
	struct observation list[2] = { of("a", UP, NOW - 5, 2, ""), of("b", UP, NOW, 8, "") };
	(void)state;
	assert_int_equal(fold(list, 2).tls, 8); /* the newest */
	list[1].at = NOW - 6;
	assert_int_equal(fold(list, 2).tls, 2);
	list[1].at = OLD;
	list[0].tls = 0;
	assert_int_equal(fold(list, 2).tls, 8); /* silent, but the only one that looked */
	list[1].health = U;
	assert_int_equal(fold(list, 2).tls, 8);
}

/* The order of the rows and a shift of all dates change nothing. */
static void only_what_was_said_counts(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 5000; seed++) {
		struct observation list[3], turned[3];
		static const char *const names[] = { "a", "b", "lease" };
		unsigned n = seed * 2654435761u;
		for (unsigned i = 0; i < 3; i++)
			list[i] = of(names[i], (int)((n >> 3 * i) % 3), NOW - (int64_t)((n >> (10 + i)) % 2000), (tls_set)(n >> (20 - i) & 31), "");
		struct verdict v = fold(list, 3), w;
		for (unsigned i = 0; i < 3; i++) {
			turned[2 - i] = list[i];
			turned[2 - i].at += 12345;
		}
		w = fold(turned, 3);
		if (list[0].at != list[1].at)
			assert_true(v.health == w.health && v.tls == w.tls && strcmp(v.reason, w.reason) == 0);
		unsigned all = (unsigned)(list[0].tls | list[1].tls | list[2].tls);
		assert_int_equal(v.tls & ~all, 0); /* nothing that nobody saw */
		assert_true((v.tls == 0) == (all == 0));
	}
}

/* What is said of single addresses; who says that the relay is down says it of each. */
static void addresses(void **state)
{
	struct observation list[3];
	(void)state;
	list[0] = of("a", UP, NOW, 0, "");
	list[0].down = "192.0.2.1";
	assert_int_equal(fold(list, 1).down, 1);
	list[1] = of("b", UP, NOW, 0, "");
	list[1].down = "";
	assert_int_equal(fold(list, 2).down, 0); /* a tie leaves it up */
	list[2] = of("c", DOWN, NOW, 0, "");
	assert_int_equal(fold(list, 3).down, 1);
	list[1].down = "2001:db8::1";
	assert_int_equal(fold(list, 3).down, 3);
	list[2].at = OLD;
	assert_int_equal(fold(list, 3).down, 0);
	list[0].at = list[1].at = OLD;
	list[2].health = UP;
	list[2].at = NOW;
	assert_int_equal(fold(list, 3).down, 0);
}

/* A prober whose own clock is wrong has one voice, as every other. */
static void clocks_of_probers_do_not_count(void **state)
{
	struct observation list[3];
	(void)state;
	list[0] = of("a", UP, NOW, 0, "");
	list[1] = of("b", UP, NOW - 3600, 0, "");
	list[2] = of("ahead", DOWN, NOW + 3600, 0, "");
	for (size_t i = 0; i < 3; i++)
		list[i].heard = NOW + 3600;
	assert_int_equal(fold(list, 3).health, UP);
	list[0].heard = list[1].heard = NOW + 3600 - QUORUM_STALE - 1; /* they fell silent */
	assert_int_equal(fold(list, 3).health, DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(health), cmocka_unit_test(addresses),
		cmocka_unit_test(clocks_of_probers_do_not_count), cmocka_unit_test(capabilities),
		cmocka_unit_test(disagreement_leaves_something), cmocka_unit_test(only_what_was_said_counts) };
	return cmocka_run_group_tests_name("steering/quorum", tests, NULL, NULL);
}
