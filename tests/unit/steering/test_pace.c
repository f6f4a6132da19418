/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups whose paces are known. */
#include "steering/pace.h"

#include <math.h>

#include "tests/unit/check.h"

enum { PARTS = 8 };

static void fill(struct pace_part *part, double networks, const double *each)
{
	for (size_t i = 0; i < PARTS; i++)
		part[i] = (struct pace_part){ networks, networks * each[i] };
}

static const double steady[PARTS] = { 10, 11, 9, 10, 12, 8, 10, 10 }, wild[PARTS] = { 1, 90, 2, 1, 3, 2, 150, 1 };

static void the_same_pace(void **state)
{
	struct pace_part a[PARTS], b[PARTS];
	(void)state;
	fill(a, 5, steady);
	fill(b, 50, steady);
	struct pace p = pace_compare(a, b, PARTS);
	assert_true(p.known && fabs(p.ratio - 1) < 1e-9 && p.low < 1 && p.high > 1 && p.low > 0.8 && p.high < 1.25);
}

static void a_pace_that_is_another(void **state)
{
	struct pace_part a[PARTS], b[PARTS];
	double thrice[PARTS];
	(void)state;
	for (size_t i = 0; i < PARTS; i++)
		thrice[i] = 3 * steady[PARTS - 1 - i];
	fill(a, 5, thrice);
	fill(b, 50, steady);
	struct pace p = pace_compare(a, b, PARTS);
	assert_true(p.known && fabs(p.ratio - 3) < 1e-9 && p.low > 2 && p.high < 4);
	p = pace_compare(b, a, PARTS);
	assert_true(p.known && fabs(p.ratio - 1 / 3.0) < 1e-9 && p.high < 0.5);
}

/* Two networks of sixteen make the mean three times as high: that is chance. */
static void few_who_ask_much(void **state)
{
	struct pace_part a[PARTS], b[PARTS];
	(void)state;
	fill(a, 2, wild);
	fill(b, 50, steady);
	struct pace p = pace_compare(a, b, PARTS);
	assert_true(p.known && p.ratio > 3 && p.low < 1 && p.high > 10);
}

static void too_few_to_tell(void **state)
{
	struct pace_part a[PARTS] = { { 1, 10 }, { 0, 0 }, { 1, 10 }, { 0, 0 }, { 1, 10 } }, b[PARTS];
	(void)state;
	fill(b, 50, steady);
	struct pace p = pace_compare(a, b, PARTS);
	assert_true(!p.known && p.low <= 0 && isinf(p.high));
	a[7] = (struct pace_part){ 1, 10 };
	assert_true(pace_compare(a, b, PARTS).known);
	assert_false(pace_compare(b, (struct pace_part[PARTS]){ { 0, 0 } }, PARTS).known);
}

/* Parts that are alike to the last question leave no doubt. */
static void no_doubt(void **state)
{
	struct pace_part a[PARTS], b[PARTS];
	const double ten[PARTS] = { 10, 10, 10, 10, 10, 10, 10, 10 };
	(void)state;
	fill(a, 1, ten);
	fill(b, 3, ten);
	struct pace p = pace_compare(a, b, PARTS);
	assert_true(p.known && fabs(p.low - 1) < 1e-6 && fabs(p.high - 1) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_pace), cmocka_unit_test(a_pace_that_is_another),
		cmocka_unit_test(few_who_ask_much), cmocka_unit_test(too_few_to_tell), cmocka_unit_test(no_doubt) };
	return cmocka_run_group_tests_name("steering/pace", tests, NULL, NULL);
}
