/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of the other family that are added to a relay's. */
#include "tests/unit/updater/house.h"

#include "updater/families.h"

static struct exchange x;

static void fresh(const char *authorization)
{
	arena_free(&x.arena);
	x = (struct exchange){ .request = { .authorization = authorization, .agent = "", .caller = { ADDRESS_V4, { 192, 0, 2, 7 } } } };
}

static void check_families(const char *given, const char *ipv, const char *wanted)
{
	const char *all;
	fresh("");
	assert_done(families_add(house, &x, given, (struct piece){ ipv, strlen(ipv) }, &all, &house_error), &house_error);
	assert_string_equal(all, wanted);
}

static void a_relays_other_family(void **state)
{
	(void)state;
	house_relays();
	check_families("9.9.9.9", "", "9.9.9.9");
	check_families("9.9.9.9", "46", "9.9.9.9 2620:fe::fe");
	check_families("9.9.9.9", "4", "9.9.9.9");
	check_families("2620:fe::fe", "4", "2620:fe::fe 9.9.9.9");
	check_families("9.9.9.9 2620:fe::fe", "46", "9.9.9.9 2620:fe::fe");
	check_families("8.8.8.8", "46", "8.8.8.8"); /* fd00::1 is not public */
	check_families("fd00::1", "46", "fd00::1 8.8.8.8");
	check_families("1.1.1.1", "46", "1.1.1.1");
	families_forget(house);
}

static int leave(void **state)
{
	arena_free(&x.arena);
	return house_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_relays_other_family, house_open, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
