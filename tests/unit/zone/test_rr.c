/* SPDX-License-Identifier: BSD-2-Clause */
/* RRs in a row: they come out as they went in, in order, empty and longest ones among them. */
#include "zone/rr.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static struct rr_list list;

static void add(const struct name *owner, uint16_t type, uint32_t ttl, const uint8_t *rdata, uint16_t length)
{
	const struct zone_rr rr = { owner, type, length, ttl, rdata };
	assert_true(rr_list_add(&list, &rr));
}

static int drop(void **state)
{
	(void)state;
	free(list.octets);
	list = (struct rr_list){ 0 };
	return 0;
}

static void what_went_in_comes_out(void **state)
{
	static uint8_t longest[65535];
	struct name root, name, owner = { 0 };
	struct zone_rr rr;
	size_t at = 0;
	(void)state;
	memset(longest, 0xab, sizeof longest);
	assert_false(rr_list_next(&list, &at, &rr, &owner)); /* nothing yet */
	assert_done(name_read(".", &root, NULL), &(struct error){ "" });
	assert_done(name_read("a.z.example", &name, NULL), &(struct error){ "" });
	add(&root, 6, UINT32_MAX, (const uint8_t *)"", 0);
	add(&name, 16, 0, longest, sizeof longest);
	add(&name, 65535, 60, (const uint8_t *)"\300\0\2\1", 4);

	assert_true(rr_list_next(&list, &at, &rr, &owner));
	assert_true(name_equal(rr.owner, &root));
	assert_int_equal(rr.type, 6);
	assert_int_equal(rr.ttl, UINT32_MAX);
	assert_int_equal(rr.length, 0);
	assert_true(rr_list_next(&list, &at, &rr, &owner));
	assert_ptr_equal(rr.owner, &owner);
	assert_true(name_equal(&owner, &name));
	assert_int_equal(rr.length, sizeof longest);
	assert_memory_equal(rr.rdata, longest, sizeof longest);
	assert_true(rr_list_next(&list, &at, &rr, &owner));
	assert_int_equal(rr.type, 65535);
	assert_memory_equal(rr.rdata, "\300\0\2\1", 4);
	assert_false(rr_list_next(&list, &at, &rr, &owner));
	assert_int_equal(at, list.size);
	assert_false(rr_list_next(&list, &at, &rr, &owner)); /* and stays there */
}

static int count_until(const struct zone_rr *rr, void *context, struct error *e)
{
	int *count = context;
	(void)rr;
	return ++*count == 2 ? fail(e, FAILED, "enough") : DONE;
}

static void a_walk_ends_with_its_taker(void **state)
{
	struct name name;
	struct error e;
	int count = 0;
	(void)state;
	assert_done(rr_list_walk(&list, count_until, &count, &e), &e);
	assert_int_equal(count, 0);
	assert_done(name_read("z.example", &name, NULL), &e);
	for (int i = 0; i < 3; i++)
		add(&name, 1, 60, (const uint8_t *)"\1\2\3\4", 4);
	assert_outcome(rr_list_walk(&list, count_until, &count, &e), FAILED, &e);
	assert_string_equal(e.text, "enough");
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(what_went_in_comes_out, drop),
		cmocka_unit_test_teardown(a_walk_ends_with_its_taker, drop) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
