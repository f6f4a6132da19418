/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's journal: differences that follow each other, as many as there is room for. */
#include "dnsd/image/zone_journal.h"

#include <stdlib.h>

#include "tests/unit/check.h"

static struct zone_journal journal;
static struct error e;

static void add_rr(struct rr_list *list, uint32_t serial)
{
	static const struct name owner = { 1, { 0 } };
	const struct zone_rr rr = { &owner, 6, 4, serial, (const uint8_t *)"soa" };
	assert_true(rr_list_add(list, &rr));
}

static void add(uint32_t from, uint32_t to)
{
	struct rr_list removed = { 0 }, added = { 0 };
	add_rr(&removed, from);
	add_rr(&added, to);
	assert_true(zone_journal_add(&journal, from, to, &removed, &added));
	assert_null(removed.octets); /* they are the journal's now */
	assert_null(added.octets);
}

static size_t size_of_one(void)
{
	struct rr_list list = { 0 };
	add_rr(&list, 1);
	size_t size = list.size;
	free(list.octets);
	return 2 * size;
}

static int make(void **state)
{
	(void)state;
	journal = (struct zone_journal){ .most = 3 * size_of_one() };
	return 0;
}

static int drop(void **state)
{
	(void)state;
	zone_journal_free(&journal);
	return journal.size != 0;
}

/* The serials that a walk from one meets, each twice but for the ends. */
static uint32_t met[32];
static size_t met_count;

static int meet(const struct zone_rr *rr, void *context, struct error *error)
{
	size_t *most = context;
	met[met_count++] = rr->ttl;
	return met_count == *most ? fail(error, FAILED, "enough") : DONE;
}

static int walk(uint32_t from, size_t most)
{
	met_count = 0;
	return zone_journal_walk(&journal, from, meet, &most, &e);
}

static void differences_follow_each_other(void **state)
{
	(void)state;
	assert_outcome(walk(1, 0), ABSENT, &e);
	add(1, 2);
	add(2, 5);
	add(5, 6);
	assert_done(walk(1, 0), &e);
	assert_int_equal(met_count, 6);
	for (size_t i = 1; i + 1 < met_count; i += 2)
		assert_int_equal(met[i], met[i + 1]);
	assert_int_equal(met[0], 1);
	assert_int_equal(met[5], 6);
	assert_done(walk(5, 0), &e);
	assert_int_equal(met_count, 2);
	assert_outcome(walk(3, 0), ABSENT, &e); /* nobody was served that */
	assert_outcome(walk(6, 0), ABSENT, &e); /* the newest: nothing comes behind */
	assert_outcome(walk(1, 3), FAILED, &e);
	assert_int_equal(met_count, 3);
}

static void the_oldest_go_when_room_is_short(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		add(i, i + 1);
	assert_int_equal(journal.size, journal.most);
	assert_outcome(walk(2, 0), ABSENT, &e);
	assert_done(walk(3, 0), &e);
	assert_int_equal(met_count, 6);
	zone_journal_shorten(&journal);
	assert_outcome(walk(3, 0), ABSENT, &e);
	assert_done(walk(4, 0), &e);
	zone_journal_shorten(&journal);
	zone_journal_shorten(&journal);
	zone_journal_shorten(&journal); /* there is none any more */
	assert_int_equal(journal.size, 0);
	add(9, 10);
	assert_done(walk(9, 0), &e);
}

static void a_gap_empties_it(void **state)
{
	(void)state;
	add(1, 2);
	add(3, 4);
	assert_outcome(walk(1, 0), ABSENT, &e);
	assert_done(walk(3, 0), &e);
	assert_int_equal(journal.size, size_of_one());
}

static void what_is_larger_than_all_room_leaves_nothing(void **state)
{
	(void)state;
	add(1, 2);
	journal.most = size_of_one() - 1;
	add(2, 3);
	assert_null(journal.oldest);
	assert_null(journal.newest);
	assert_int_equal(journal.size, 0);
	assert_outcome(walk(2, 0), ABSENT, &e);
}

/* RFC 1982 section 3.2. */
static void serials_go_round(void **state)
{
	(void)state;
	assert_true(serial_behind(1, 2));
	assert_false(serial_behind(2, 1));
	assert_false(serial_behind(2, 2));
	assert_true(serial_behind(UINT32_MAX, 0));
	assert_true(serial_behind(0, 0x7fffffff));
	assert_false(serial_behind(0, 0x80000000)); /* neither is less */
	assert_false(serial_behind(0x80000000, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(differences_follow_each_other, make, drop),
		cmocka_unit_test_setup_teardown(the_oldest_go_when_room_is_short, make, drop),
		cmocka_unit_test_setup_teardown(a_gap_empties_it, make, drop),
		cmocka_unit_test_setup_teardown(what_is_larger_than_all_room_leaves_nothing, make, drop),
		cmocka_unit_test(serials_go_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
