/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of memory taken, given back and used again, and nodes written and measured. */
#include "dnsd/store/nodes.h"

#include <string.h>

#include "tests/unit/check.h"

enum { CHUNK = 2 << 20, LARGEST = (SLAB_CLASSES - 1) * SLAB_CLASS };

static void pieces_are_aligned_and_apart(void **state)
{
	struct slab slab = { 0 };
	uint8_t *pieces[LARGEST + 40];
	(void)state;
	for (size_t size = 1; size < COUNT_OF(pieces); size++) {
		pieces[size] = slab_take(&slab, size);
		assert_non_null(pieces[size]);
		assert_int_equal((uintptr_t)pieces[size] % 16, 0);
		memset(pieces[size], (int)(size & 255), size);
	}
	for (size_t size = 1; size < COUNT_OF(pieces); size++)
		for (size_t i = 0; i < size; i++)
			assert_int_equal(pieces[size][i], size & 255);
	for (size_t size = 1; size < COUNT_OF(pieces); size++)
		slab_give(&slab, pieces[size], size);
	assert_int_equal(slab.live, 0);
	slab_free(&slab);
}

static void what_is_given_back_is_used_again_in_its_class(void **state)
{
	struct slab slab = { 0 };
	(void)state;
	void *first = slab_take(&slab, 17), *second = slab_take(&slab, 32);
	assert_int_equal(slab.live, 64);
	slab_give(&slab, first, 17);
	assert_int_equal(slab.live, 32);
	assert_ptr_not_equal(slab_take(&slab, 33), first);
	assert_ptr_not_equal(slab_take(&slab, 16), first);
	assert_ptr_equal(slab_take(&slab, 32), first);
	slab_give(&slab, first, 32);
	slab_give(&slab, second, 32);
	assert_ptr_equal(slab_take(&slab, 20), second); /* the last one first: it is in the cache */
	assert_ptr_equal(slab_take(&slab, 20), first);
	slab_free(&slab);
}

static void large_pieces_are_given_back_to_the_system(void **state)
{
	struct slab slab = { 0 };
	(void)state;
	void *largest = slab_take(&slab, LARGEST);
	assert_int_equal(slab.bytes, CHUNK);
	void *larger = slab_take(&slab, LARGEST + 1);
	assert_int_equal(slab.bytes, CHUNK + LARGEST + 1);
	assert_int_equal(slab.live, 2 * LARGEST + 1);
	slab_give(&slab, larger, LARGEST + 1);
	assert_int_equal(slab.bytes, CHUNK);
	slab_give(&slab, largest, LARGEST);
	assert_int_equal(slab.bytes, CHUNK); /* it is kept */
	assert_int_equal(slab.live, 0);
	slab_free(&slab);
	assert_int_equal(slab.bytes, 0);
	assert_null(slab.chunks);
}

/* No piece reaches beyond its chunk, and a chunk is used up before there is another. */
static void chunks_follow_one_another(void **state)
{
	struct slab slab = { 0 };
	size_t taken = 0;
	(void)state;
	do {
		uint8_t *piece = slab_take(&slab, LARGEST);
		memset(piece, 0xff, LARGEST);
		taken++;
	} while (slab.bytes == CHUNK);
	assert_int_equal(taken - 1, (CHUNK - SLAB_CLASS) / LARGEST);
	assert_int_equal(slab.bytes, 2 * CHUNK);
	slab_free(&slab);
}

/* "h.b" with an A of one record and a TXT of two octets. */
static const uint8_t name[] = "\1h\1b";

static size_t rrsets(uint8_t *room)
{
	rrset_head(room, 1, 1, 4);
	memcpy(room + RRSET_HEAD, "\300\0\2\1", 4);
	rrset_head(room + RRSET_HEAD + 4, 16, 1, 2);
	memcpy(room + 2 * RRSET_HEAD + 4, "\1x", 2);
	return 2 * RRSET_HEAD + 6;
}

static void a_node_holds_what_was_drafted(void **state)
{
	uint8_t bytes[64];
	const struct node_draft draft = { name, sizeof name, NODE_HOST, 2, bytes, rrsets(bytes) };
	struct slab slab = { 0 };
	struct rrset set;
	(void)state;
	struct node *node = node_write(&draft, slab_take(&slab, node_draft_size(&draft)));
	assert_int_equal(node_size(node), node_draft_size(&draft)); /* or it would go back into another class */
	assert_int_equal(node->children, 0);
	assert_int_equal(node->flags, NODE_HOST);
	assert_int_equal(node->name_size, sizeof name);
	assert_memory_equal(node->bytes, name, sizeof name);
	assert_true(node_find(node, 16, &set));
	assert_int_equal(set.size, 2);
	assert_memory_equal(set.rrs, "\1x", 2);
	assert_true(node_find(node, 1, &set));
	assert_memory_equal(set.rrs, "\300\0\2\1", 4);
	assert_false(node_find(node, 28, &set));
	slab_free(&slab);
}

/* A name is compared by eight octets at a time, so behind one that nothing follows there is room that may be read. */
static void an_empty_node_has_octets_behind_it(void **state)
{
	const struct node_draft draft = { .name = name, .name_size = sizeof name };
	uint8_t room[64];
	struct rrset set;
	(void)state;
	struct node *node = node_write(&draft, memset(room, 0xff, sizeof room));
	assert_int_equal(node_draft_size(&draft), sizeof *node + sizeof name + 7);
	assert_int_equal(node_size(node), node_draft_size(&draft));
	assert_false(node_find(node, 1, &set));
	assert_int_equal(room[sizeof *node + sizeof name], 0xff); /* no octet of it is written */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pieces_are_aligned_and_apart),
		cmocka_unit_test(what_is_given_back_is_used_again_in_its_class),
		cmocka_unit_test(large_pieces_are_given_back_to_the_system), cmocka_unit_test(chunks_follow_one_another),
		cmocka_unit_test(a_node_holds_what_was_drafted), cmocka_unit_test(an_empty_node_has_octets_behind_it) };
	return cmocka_run_group_tests_name("dnsd/store/nodes", tests, NULL, NULL);
}
