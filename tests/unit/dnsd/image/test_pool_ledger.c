/* SPDX-License-Identifier: BSD-2-Clause */
/* What went with which serial is found again, until there are too many. */
#include "dnsd/image/pool_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/store/node.h"
#include "tests/unit/check.h"

/* A list of one address, which ends with LAST. */
static struct rr_list list_of(uint8_t last)
{
	struct rr_list list = { 0 };
	struct name owner = { .size = 3, .wire = "\1p" };
	const uint8_t rdata[] = { 192, 0, 2, last };
	const struct zone_rr rr = { &owner, TYPE_A, 4, 60, rdata };
	assert_true(rr_list_add(&list, &rr));
	return list;
}

static void keep(struct pool_ledger *ledger, uint32_t serial, uint8_t last)
{
	struct rr_list list = list_of(last);
	pool_ledger_keep(ledger, serial, &list);
	free(list.octets);
}

/* The last octet of what is found; -1 where nothing is. */
static int found(struct pool_ledger *ledger, uint32_t serial)
{
	struct rr_list copy = { 0 };
	struct name owner = { 0 };
	struct zone_rr rr;
	size_t at = 0;
	if (!pool_ledger_find(ledger, serial, &copy))
		return -1;
	assert_true(rr_list_next(&copy, &at, &rr, &owner));
	int last = rr.rdata[3];
	free(copy.octets);
	return last;
}

static void test_found_again(void **state)
{
	static struct pool_ledger ledger = { .lock = PTHREAD_MUTEX_INITIALIZER };
	(void)state;
	assert_int_equal(found(&ledger, 1), -1);
	keep(&ledger, 1, 7);
	keep(&ledger, 2, 7); /* the same octets, held twice */
	keep(&ledger, 5, 8);
	keep(&ledger, 5, 9); /* who came first is right */
	assert_int_equal(found(&ledger, 1), 7);
	assert_int_equal(found(&ledger, 2), 7);
	assert_int_equal(found(&ledger, 5), 8);
	assert_int_equal(found(&ledger, 3), -1);
	pool_ledger_free(&ledger);
}

static void test_the_oldest_go(void **state)
{
	static struct pool_ledger ledger = { .lock = PTHREAD_MUTEX_INITIALIZER };
	(void)state;
	for (uint32_t serial = 1; serial <= POOL_LEDGER + 10; serial++)
		keep(&ledger, serial, (uint8_t)(serial / 3));
	assert_int_equal(found(&ledger, 10), -1);
	for (uint32_t serial = 11; serial <= POOL_LEDGER + 10; serial++)
		assert_int_equal(found(&ledger, serial), (uint8_t)(serial / 3));
	pool_ledger_free(&ledger);
}

static void test_nothing_is_something(void **state)
{
	static struct pool_ledger ledger = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct rr_list none = { 0 }, copy;
	(void)state;
	pool_ledger_keep(&ledger, 1, &none);
	pool_ledger_keep(&ledger, 2, &none);
	assert_true(pool_ledger_find(&ledger, 1, &copy));
	assert_int_equal(copy.size, 0);
	free(copy.octets);
	pool_ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_again), cmocka_unit_test(test_the_oldest_go),
		cmocka_unit_test(test_nothing_is_something),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
