/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gives way to a newcomer, and who counts for whom. */
#include "tests/unit/check.h"

#include <string.h>

#include "updater/crowd.h"

enum { PLACES = 16 };

static struct crowd crowd;
static struct crowd_place places[PLACES];
static size_t used;

static int set_up(void **state)
{
	(void)state;
	crowd = (struct crowd){ 0 };
	memset(places, 0, sizeof places);
	used = 0;
	return 0;
}

static struct address address(const char *text)
{
	struct address a;
	assert_true(address_read(text, strlen(text), &a));
	return a;
}

static struct crowd_place *come(const char *client)
{
	struct crowd_place *p = &places[used++];
	p->client = address(client);
	crowd_add(&crowd, p, (int64_t)used);
	return p;
}

/* Whether a newcomer fits, and who goes for it. */
static void check(const char *client, size_t most, size_t each, bool fits, const struct crowd_place *goes)
{
	const struct address a = address(client);
	struct crowd_place *victim;
	assert_int_equal(crowd_fits(&crowd, &a, false, most, each, &victim), fits);
	if (fits)
		assert_ptr_equal(victim, goes);
}

static void test_the_oldest_of_all_goes(void **state)
{
	(void)state;
	struct crowd_place *a = come("192.0.2.1"), *b = come("192.0.2.2"), *c = come("192.0.2.3");
	check("192.0.2.4", 4, 2, true, NULL);
	check("192.0.2.4", 3, 2, true, a);
	crowd_begin(&crowd, a, 9);
	assert_int_equal(a->since, 9);
	check("192.0.2.4", 3, 2, true, b);
	b->held = true;
	check("192.0.2.4", 3, 2, true, c);
	a->held = c->held = true;
	check("192.0.2.4", 3, 2, false, NULL);
	assert_null(crowd_oldest(&crowd));
	crowd_remove(&crowd, b);
	check("192.0.2.4", 3, 2, true, NULL);
	assert_int_equal(crowd.count, 2);
}

static void test_a_client_gives_way_to_itself(void **state)
{
	(void)state;
	come("192.0.2.9");
	struct crowd_place *first = come("192.0.2.1"), *second = come("192.0.2.1");
	check("192.0.2.1", 9, 3, true, NULL);
	check("192.0.2.1", 9, 2, true, first);
	first->held = true;
	check("192.0.2.1", 9, 2, true, second);
	second->held = true;
	check("192.0.2.1", 9, 2, false, NULL);
	check("192.0.2.2", 9, 2, true, NULL);
}

/* Two for a /64, four for its /56, eight for its /48. */
static void test_networks_of_sites(void **state)
{
	static const char *const clients[] = { "2001:db8:1:0::1", "2001:db8:1:0::2", "2001:db8:1:1::1", "2001:db8:1:2::1",
		"2001:db8:1:100::1", "2001:db8:1:200::1", "2001:db8:1:300::1", "2001:db8:1:400::1" };
	(void)state;
	for (size_t i = 0; i < 2; i++)
		come(clients[i]);
	check("2001:db8:1:0::3", 99, 2, true, &places[0]); /* the /64 */
	check("2001:db8:1:3::1", 99, 2, true, NULL);
	for (size_t i = 2; i < 4; i++)
		come(clients[i]);
	check("2001:db8:1:3::1", 99, 2, true, &places[0]); /* the /56 */
	check("2001:db8:1:500::1", 99, 2, true, NULL);
	for (size_t i = 4; i < 8; i++)
		come(clients[i]);
	check("2001:db8:1:500::1", 99, 2, true, &places[0]); /* the /48 */
	check("2001:db8:2:500::1", 99, 2, true, NULL);
}

static void test_who_is_exempt(void **state)
{
	const struct address a = address("192.0.2.1");
	struct crowd_place *victim;
	(void)state;
	struct crowd_place *first = come("192.0.2.1");
	come("192.0.2.1")->exempt = true;
	check("192.0.2.1", 9, 2, true, NULL); /* one of them counts */
	assert_true(crowd_fits(&crowd, &a, true, 9, 1, &victim));
	assert_null(victim);
	assert_true(crowd_fits(&crowd, &a, true, 2, 1, &victim));
	assert_ptr_equal(victim, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_oldest_of_all_goes, set_up),
		cmocka_unit_test_setup(test_a_client_gives_way_to_itself, set_up),
		cmocka_unit_test_setup(test_networks_of_sites, set_up),
		cmocka_unit_test_setup(test_who_is_exempt, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
