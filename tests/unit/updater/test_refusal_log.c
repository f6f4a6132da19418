/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log may say of a refused request, and how often. */
#include "tests/unit/updater/house.h"

#include "updater/refusal_log.h"

static struct exchange x;

static void fresh(const char *authorization)
{
	arena_free(&x.arena);
	x = (struct exchange){ .request = { .authorization = authorization, .agent = "", .caller = { ADDRESS_V4, { 192, 0, 2, 7 } } } };
}

static void what_is_noted_is_the_first_and_cannot_look_like_more(void **state)
{
	(void)state;
	fresh("");
	refusal_note(&x, "demo from=1", "a\n b=\x1b\"c\\d.example", "first");
	refusal_note(&x, "other", "other", "second");
	assert_string_equal(x.refusal.account, "demo?from?1");
	assert_string_equal(x.refusal.host, "a??b???c?d.example");
	assert_string_equal(x.refusal.why, "first");
	assert_int_equal(x.refusal.more, 1);
	char longer[500];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	fresh("");
	refusal_note(&x, longer, longer, longer);
	assert_int_equal(strlen(x.refusal.host), sizeof x.refusal.host - 1);
	for (int i = 0; i < 20; i++)
		refusal_log(&house->limits, &house->access, &x);
	assert_int_equal(house->limits.refusals_left_out, 15); /* five at once */
}

static int leave(void **state)
{
	arena_free(&x.arena);
	return house_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_noted_is_the_first_and_cannot_look_like_more, house_open, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
