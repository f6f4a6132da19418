/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of a zone are found, and stand in their canonical order, in whichever order they come and go; their sets stand in
 * the order of types. */
#include "dnsd/image/zone_owners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "wire/type.h"

enum { NAMES = 500, STEPS = 20000 };

static uint8_t keys[NAMES][CANONICAL_MOST];
static size_t sizes[NAMES];

static void make_keys(void)
{
	for (int i = 0; i < NAMES; i++) {
		char text[64];
		struct name name;
		snprintf(text, sizeof text, "%sn%d.z.test", i % 3 == 0 ? "a." : i % 7 == 0 ? "\\000." : "", i / 2);
		assert_int_equal(name_read(text, &name, NULL), DONE);
		sizes[i] = canonical_key(&name, keys[i]);
	}
}

static void check_order(const struct owners *owners, size_t count)
{
	size_t seen = 0;
	const struct zone_owner *before = NULL;
	for (const struct zone_owner *o = owners->first; o != NULL; before = o, o = o->next, seen++) {
		assert_ptr_equal(o->before, before);
		assert_ptr_equal(owner_before(owners, o), before != NULL ? before : owners->last);
		if (before != NULL)
			assert_true(canonical_compare(before->key.octets, before->key.size, o->key.octets, o->key.size) < 0);
	}
	assert_ptr_equal(owners->last, before);
	assert_int_equal(seen, count);
}

static void they_come_and_go_in_any_order(void **state)
{
	struct owners owners = { 0 };
	bool there[NAMES] = { false };
	size_t count = 0;
	(void)state;
	make_keys();
	srand(7);
	for (int step = 0; step < STEPS; step++) {
		int i = rand() % NAMES;
		const struct owner_key key = { keys[i], sizes[i] };
		struct zone_owner *found = owners_find(&owners, &key);
		bool same = false; /* some names are given twice */
		for (int k = 0; k < NAMES; k++)
			same |= there[k] && sizes[k] == sizes[i] && memcmp(keys[k], keys[i], sizes[i]) == 0;
		assert_int_equal(found != NULL, same);
		if (found == NULL) {
			struct zone_owner *owner = owners_add(&owners, &key);
			assert_non_null(owner);
			assert_true(owner_put(owner, TYPE_A, 1, malloc(1), 1));
			there[i] = true;
			count++;
		} else if (step % 3 == 0) {
			for (int k = 0; k < NAMES; k++)
				there[k] = there[k] && !(sizes[k] == sizes[i] && memcmp(keys[k], keys[i], sizes[i]) == 0);
			owners_remove(&owners, found);
			count--;
		}
		if (step % 500 == 0)
			check_order(&owners, count);
	}
	check_order(&owners, count);
	assert_true(count > 20);
	owners_free(&owners);
	assert_null(owners.first);
}

static void the_first_and_the_last(void **state)
{
	struct owners owners = { 0 };
	const struct owner_key b = { (const uint8_t *)"b", 1 }, a = { (const uint8_t *)"a", 1 }, c = { (const uint8_t *)"c", 1 };
	(void)state;
	check_order(&owners, 0);
	struct zone_owner *only = owners_add(&owners, &b);
	assert_ptr_equal(owner_before(&owners, only), only);
	assert_non_null(owners_add(&owners, &a));
	assert_non_null(owners_add(&owners, &c));
	check_order(&owners, 3);
	assert_ptr_equal(owners.first->next, only);
	owners_remove(&owners, owners.first);
	owners_remove(&owners, owners.last);
	check_order(&owners, 1);
	owners_remove(&owners, only);
	check_order(&owners, 0);
	owners_free(&owners);
}

static uint8_t *rdatas(const char *octets, size_t size)
{
	return memcpy(malloc(size), octets, size);
}

static void sets_stand_in_the_order_of_types(void **state)
{
	struct owners owners = { 0 };
	struct rr_list list = { 0 };
	struct name name, owner_name = { 0 };
	struct zone_rr rr;
	uint8_t key[CANONICAL_MOST];
	static const uint16_t order[] = { TYPE_A, TYPE_A, TYPE_TXT, TYPE_RRSIG, TYPE_NSEC };
	(void)state;
	assert_int_equal(name_read("a.test", &name, NULL), DONE);
	struct zone_owner *owner = owners_add(&owners, &(struct owner_key){ key, canonical_key(&name, key) });
	assert_true(owner_put(owner, TYPE_NSEC, 5, rdatas("\0\1n", 3), 3));
	assert_true(owner_put(owner, TYPE_TXT, 60, rdatas("\0\2\1x", 4), 4));
	assert_true(owner_put(owner, TYPE_A, 60, rdatas("\0\4aaaa\0\4bbbb", 12), 12));
	owner_set(owner, TYPE_TXT)->signatures = rdatas("\0\1s", 3);
	owner_set(owner, TYPE_TXT)->signatures_size = 3;
	assert_true(owner_render(owner, &list));
	size_t at = 0;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		assert_true(rr_list_next(&list, &at, &rr, &owner_name));
		assert_int_equal(rr.type, order[i]);
		assert_true(name_equal(rr.owner, &name));
	}
	assert_false(rr_list_next(&list, &at, &rr, &owner_name));
	assert_true(set_same(owner_set(owner, TYPE_TXT), 60, (const uint8_t *)"\0\2\1x", 4));
	assert_false(set_same(owner_set(owner, TYPE_TXT), 61, (const uint8_t *)"\0\2\1x", 4));
	assert_false(set_same(owner_set(owner, TYPE_TXT), 60, (const uint8_t *)"\0\2\1y", 4));
	assert_true(set_same(NULL, 60, NULL, 0));
	assert_true(owner_put(owner, TYPE_TXT, 0, NULL, 0)); /* and its signatures go with it */
	assert_null(owner_set(owner, TYPE_TXT));
	free(list.octets);
	owners_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_and_go_in_any_order),
		cmocka_unit_test(the_first_and_the_last),
		cmocka_unit_test(sets_stand_in_the_order_of_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
