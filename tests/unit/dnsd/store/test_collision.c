/* SPDX-License-Identifier: BSD-2-Clause */
/* Names whose hashes are equal in all bits, and what was removed: neither is taken for another. */
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* What hash_name folds last, but for the last eight octets. */
static uint64_t before_last(const uint8_t *wire, size_t size)
{
	uint64_t hash = hash_seed ^ size;
	for (size_t at = 0; at + 8 < size; at += 8)
		hash = hash_fold(hash ^ hash_load(wire + at), UINT64_C(0x9e3779b97f4a7c15));
	return hash;
}

static bool has_capitals(const uint8_t *wire, size_t size)
{
	for (size_t i = 1; i < size; i++)
		if (wire[i] >= 'A' && wire[i] <= 'Z')
			return true;
	return false;
}

/* Makes OTHER a name, or without ROOT a label, of SIZE octets, a multiple of eight, that has the hash of
 * NAME: its last eight octets follow from those before, until they are such as may stand there. */
static void collide(const uint8_t *name, size_t name_octets, uint8_t *other, size_t size, bool root)
{
	uint64_t wanted = before_last(name, name_octets) ^ hash_load(name + name_octets - 8);
	memset(other, 'a', size);
	other[0] = (uint8_t)(size - 1 - root);
	for (uint32_t i = 0;; i++) {
		memcpy(other + 2, &i, sizeof i);
		uint64_t last = wanted ^ before_last(other, size);
		memcpy(other + size - 8, &last, sizeof last);
		if ((!root || other[size - 1] == 0) && !has_capitals(other, size)
			&& (size != name_octets || memcmp(name, other, size) != 0))
			break;
	}
	assert_true(hash_name(name, name_octets) == hash_name(other, size));
}

enum { SHORT = 16, LONG = 24 };
static const uint8_t name[SHORT + 8] = "\16abcdefghijklmn";

static struct node *make_node(const uint8_t *wire, size_t size)
{
	struct node *node = calloc(1, sizeof *node + size + 8);
	assert_non_null(node);
	node->name_size = (uint8_t)size;
	memcpy(node->bytes, wire, size);
	return node;
}

static const struct node *find(const struct name_table *table, const uint8_t *wire, size_t size)
{
	return name_table_find(table, hash_name(wire, size), wire, size);
}

static void in_a_table(void **state)
{
	(void)state;
	uint8_t same[SHORT + 8] = { 0 }, longer[LONG + 8] = { 0 };
	collide(name, SHORT, same, SHORT, true);
	collide(name, SHORT, longer, LONG, true);
	struct node *nodes[] = { make_node(name, SHORT), make_node(same, SHORT), make_node(longer, LONG) };
	const uint8_t *names[] = { name, same, longer };
	const size_t sizes[] = { SHORT, SHORT, LONG };
	struct name_table table;
	const struct node *old;
	struct slots *slots;
	assert_true(name_table_init(&table, 1, 8));
	for (size_t i = 0; i < 3; i++) {
		assert_null(find(&table, names[i], sizes[i]));
		assert_true(name_table_put(&table, nodes[i], &old, &slots));
		assert_null(old);
	}
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(find(&table, names[i], sizes[i]), nodes[i]);
	name_table_remove(&table, nodes[0]);
	assert_null(find(&table, name, SHORT));
	assert_ptr_equal(find(&table, same, SHORT), nodes[1]);
	name_table_remove(&table, nodes[0]); /* it is not there: nothing happens */
	assert_int_equal(table.count, 2);
	assert_ptr_equal(find(&table, longer, LONG), nodes[2]);
	name_table_free(&table);
	for (size_t i = 0; i < 3; i++)
		free(nodes[i]);
}

static void among_zones_and_pools(void **state)
{
	(void)state;
	struct fixture f;
	uint8_t other[LONG + 8] = { 0 };
	fixture_make(&f);
	struct zone_view *zone = fixture_zone("abcdefghijklmn", "@ NS ns1.b5p.us.\n");
	fixture_serve(&f, &zone, 1);
	const struct snapshot *snapshot = f.view.snapshot;
	assert_ptr_equal(snapshot_find(snapshot, name, SHORT), zone);
	collide(name, SHORT, other, SHORT, true);
	assert_null(snapshot_find(snapshot, other, SHORT));
	collide(name, SHORT, other, LONG, true);
	assert_null(snapshot_find(snapshot, other, LONG));
	static const uint8_t label[10 + 8] = "\11frontends";
	assert_non_null(pools_find(&snapshot->pools, label));
	collide(label, 10, other, SHORT, false);
	assert_null(pools_find(&snapshot->pools, other));
	fixture_free(&f);
}

/* A tomb and an empty slot have the bits of a hash that is zero there: a name with such a hash is not
 * found in it, and nothing is made of the pointer. */
static void a_tomb_is_nobody(void **state)
{
	(void)state;
	uint8_t wire[8 + 8] = "\6";
	struct name_table table;
	const struct node *old;
	struct slots *slots;
	for (uint32_t i = 1; i == 1 || name_table_tag(hash_name(wire, 8)) != 0; i++)
		memcpy(wire + 1, &i, sizeof i);
	struct node *node = make_node(wire, 8);
	assert_true(name_table_init(&table, 1, 8));
	name_table_prefetch(&table, hash_name(wire, 8));
	assert_null(find(&table, wire, 8));
	assert_true(name_table_put(&table, node, &old, &slots));
	assert_ptr_equal(find(&table, wire, 8), node);
	name_table_remove(&table, node);
	name_table_prefetch(&table, hash_name(wire, 8));
	assert_null(find(&table, wire, 8));
	assert_true(name_table_put(&table, node, &old, &slots));
	assert_ptr_equal(find(&table, wire, 8), node);
	name_table_free(&table);
	free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_table),
		cmocka_unit_test(among_zones_and_pools),
		cmocka_unit_test(a_tomb_is_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
