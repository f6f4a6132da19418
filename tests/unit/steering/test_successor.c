/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose relays a pool answers with: its own, its successor's, or those of the end of a chain of successors. */
#include "steering/successor.h"

#include "tests/unit/check.h"

static struct pool pools[3];
static const struct fleet fleet = { .pools = pools, .pool_count = 3 };

static int make_pools(void **state)
{
	(void)state;
	pools[0] = (struct pool){ .label = "a", .successor = "b", .state = POOL_RETIRED, .tombstone = TOMBSTONE_SUCCESSOR };
	pools[1] = (struct pool){ .label = "b", .successor = "c", .state = POOL_RETIRED, .tombstone = TOMBSTONE_SUCCESSOR };
	pools[2] = (struct pool){ .label = "c" };
	return 0;
}

static void is_found_by_its_label(void **state)
{
	(void)state;
	assert_ptr_equal(successor_of(&fleet, &pools[0]), &pools[1]);
	assert_ptr_equal(successor_of(&fleet, &pools[1]), &pools[2]);
	assert_null(successor_of(&fleet, &pools[2]));
	static const char *const none[] = { "", "nobody", "A", "a" };
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		pools[0].successor = none[i];
		assert_null(successor_of(&fleet, &pools[0]));
	}
}

static void a_chain_is_followed_while_pools_are_retired(void **state)
{
	(void)state;
	assert_ptr_equal(successor_source(&fleet, &pools[0]), &pools[2]);
	pools[1].tombstone = TOMBSTONE_EMPTY; /* where it ends with nothing */
	assert_ptr_equal(successor_source(&fleet, &pools[0]), &pools[1]);
	pools[1].state = POOL_OPEN;
	pools[1].tombstone = TOMBSTONE_SUCCESSOR;
	assert_ptr_equal(successor_source(&fleet, &pools[0]), &pools[1]);
	pools[0].state = POOL_FROZEN;
	assert_ptr_equal(successor_source(&fleet, &pools[0]), &pools[0]);
}

static void a_circle_leads_back_to_the_pool_itself(void **state)
{
	(void)state;
	pools[2] = (struct pool){ .label = "c", .successor = "b", .state = POOL_RETIRED, .tombstone = TOMBSTONE_SUCCESSOR };
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(successor_source(&fleet, &pools[i]), &pools[i]);
}

#define CASE(test) cmocka_unit_test_setup(test, make_pools)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(is_found_by_its_label), CASE(a_chain_is_followed_while_pools_are_retired),
		CASE(a_circle_leads_back_to_the_pool_itself) };
	return cmocka_run_group_tests_name("steering/successor", tests, NULL, NULL);
}
