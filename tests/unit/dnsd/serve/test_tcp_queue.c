/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose time is up, and who gives way. */
#include "dnsd/serve/tcp_queue.h"
#include "tests/unit/check.h"

static const struct tcp_settings settings = { .connections = 6, .per_client = 3,
	.wait = { [TCP_IDLE] = 100, [TCP_READING] = 50, [TCP_WRITING] = 70 } };
static struct tcp_queue queue;
static struct tcp_place places[8];

static struct address client(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	return address;
}

static int empty(void **state)
{
	(void)state;
	queue = (struct tcp_queue){ .settings = &settings };
	return 0;
}

static void add(size_t place, const char *text, int64_t now)
{
	struct address from = client(text);
	tcp_queue_add(&queue, &places[place], &from, false, now);
}

static void add_known(size_t place, const char *text, int64_t now)
{
	struct address from = client(text);
	tcp_queue_add(&queue, &places[place], &from, true, now);
}

/* Who gives way; NULL when there is room. */
static struct tcp_place *victim(const char *text)
{
	struct address from = client(text);
	struct tcp_place *gives_way;
	assert_true(tcp_queue_room(&queue, &from, false, &gives_way));
	return gives_way;
}

static struct tcp_place *victim_of_known(const char *text)
{
	struct address from = client(text);
	struct tcp_place *gives_way;
	assert_true(tcp_queue_room(&queue, &from, true, &gives_way));
	return gives_way;
}

static bool turned_away(const char *text, bool known)
{
	struct address from = client(text);
	struct tcp_place *gives_way;
	return !tcp_queue_room(&queue, &from, known, &gives_way);
}

static void each_wait_has_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add(i, "192.0.2.1", 0);
	tcp_queue_move(&queue, &places[1], TCP_READING, 10);
	tcp_queue_move(&queue, &places[2], TCP_WRITING, 10);
	assert_null(tcp_queue_expired(&queue, 60));
	assert_ptr_equal(tcp_queue_expired(&queue, 61), &places[1]);
	tcp_queue_remove(&queue, &places[1]);
	assert_null(tcp_queue_expired(&queue, 80));
	assert_ptr_equal(tcp_queue_expired(&queue, 81), &places[2]);
	tcp_queue_remove(&queue, &places[2]);
	assert_null(tcp_queue_expired(&queue, 100));
	assert_ptr_equal(tcp_queue_expired(&queue, 101), &places[0]);
	tcp_queue_remove(&queue, &places[0]);
	assert_null(tcp_queue_expired(&queue, 1000));
	assert_int_equal(queue.count, 0);
}

static void a_wait_that_begins_anew_has_all_its_time(void **state)
{
	(void)state;
	add(0, "192.0.2.1", 0);
	add(1, "192.0.2.1", 0);
	tcp_queue_move(&queue, &places[0], TCP_IDLE, 90);
	assert_ptr_equal(tcp_queue_expired(&queue, 101), &places[1]);
	tcp_queue_remove(&queue, &places[1]);
	assert_null(tcp_queue_expired(&queue, 190));
	assert_ptr_equal(tcp_queue_expired(&queue, 191), &places[0]);
}

static void the_longest_wait_gives_way(void **state)
{
	(void)state;
	static const char *const from[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5",
		"192.0.2.6" };
	for (size_t i = 0; i < 6; i++) {
		assert_null(victim("192.0.2.7"));
		add(i, from[i], (int64_t)i);
	}
	assert_ptr_equal(victim("192.0.2.7"), &places[0]);
	tcp_queue_move(&queue, &places[0], TCP_IDLE, 10); /* it asked and was answered */
	assert_ptr_equal(victim("192.0.2.7"), &places[1]);
	tcp_queue_move(&queue, &places[1], TCP_READING, 11);
	tcp_queue_move(&queue, &places[2], TCP_WRITING, 12);
	for (size_t i = 3; i < 6; i++)
		tcp_queue_move(&queue, &places[i], TCP_IDLE, (int64_t)(10 + i));
	assert_ptr_equal(victim("192.0.2.7"), &places[0]);
	tcp_queue_remove(&queue, &places[0]);
	assert_ptr_equal(tcp_queue_oldest(&queue), &places[1]); /* it drips: before all who are idle since */
	tcp_queue_remove(&queue, &places[1]);
	assert_ptr_equal(tcp_queue_oldest(&queue), &places[2]);
}

static void a_client_has_its_share(void **state)
{
	(void)state;
	add(0, "192.0.2.9", 0);
	for (size_t i = 1; i < 4; i++)
		add(i, "192.0.2.1", (int64_t)i);
	assert_null(victim("192.0.2.2"));
	assert_ptr_equal(victim("192.0.2.1"), &places[1]);
	tcp_queue_move(&queue, &places[1], TCP_READING, 9);
	assert_ptr_equal(victim("192.0.2.1"), &places[2]);
	tcp_queue_remove(&queue, &places[3]);
	assert_null(victim("192.0.2.1"));
}

static void of_one_moment_the_first_gives_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add(i, "192.0.2.1", 5);
	assert_ptr_equal(victim("192.0.2.1"), &places[0]);
}

/* Who has one address of an IPv6 /64 has them all: the same is so of wider networks, though more machines may be there. */
static void networks_are_clients(void **state)
{
	static const struct tcp_settings few = { .connections = 100, .per_client = 1, .wait = { 100, 100, 100 } };
	(void)state;
	queue.settings = &few;
	add(0, "2001:db8:0:1::1", 0);
	assert_ptr_equal(victim("2001:db8:0:1:ffff::7"), &places[0]); /* the same /64 */
	assert_null(victim("2001:db8:0:2::7"));
	add(1, "2001:db8:0:2::2", 1);
	assert_ptr_equal(victim("2001:db8:0:3::7"), &places[0]); /* two of the same /56 */
	assert_ptr_equal(victim("2001:db8:0:2::7"), &places[1]);
	assert_null(victim("2001:db8:0:100::7"));
	add(2, "2001:db8:0:100::3", 2);
	add(3, "2001:db8:0:ffff::4", 3);
	assert_ptr_equal(victim("2001:db8:0:7700::7"), &places[0]); /* four of the same /48 */
	assert_null(victim("2001:db8:1::7"));
	assert_null(victim("32.1.13.184")); /* the same octets, another family */
}

/* Who has many places gives way before one who has waited as long and has one. */
static void the_crowd_gives_way(void **state)
{
	(void)state;
	add(0, "192.0.2.1", 0);
	for (size_t i = 1; i < 4; i++)
		add(i, "192.0.2.2", (int64_t)i);
	add(4, "2001:db8::1", 4);
	add(5, "2001:db8::2", 5);
	assert_ptr_equal(victim("192.0.2.7"), &places[1]);
	tcp_queue_remove(&queue, &places[1]);
	tcp_queue_remove(&queue, &places[2]);
	add(1, "192.0.2.8", 6);
	add(2, "192.0.2.9", 7);
	assert_ptr_equal(victim("192.0.2.7"), &places[4]); /* one machine, though by two addresses */
	assert_ptr_equal(tcp_queue_oldest(&queue), &places[0]);
}

static void a_secondary_gives_way_to_no_stranger(void **state)
{
	(void)state;
	add_known(0, "192.0.2.1", 0);
	for (size_t i = 1; i < 6; i++)
		add(i, i < 4 ? "192.0.2.2" : "192.0.2.3", (int64_t)i);
	assert_ptr_equal(victim("192.0.2.9"), &places[1]);
	assert_ptr_equal(victim_of_known("192.0.2.9"), &places[1]);
	for (size_t i = 1; i < 6; i++) {
		tcp_queue_remove(&queue, &places[i]);
		add_known(i, i < 4 ? "192.0.2.2" : "192.0.2.3", (int64_t)i);
	}
	assert_true(turned_away("192.0.2.9", false)); /* there are secondaries alone */
	assert_ptr_equal(tcp_queue_victim(&queue, false), NULL);
	assert_ptr_equal(victim_of_known("192.0.2.9"), &places[0]);
	assert_ptr_equal(victim_of_known("192.0.2.2"), &places[1]); /* its own */
	assert_true(turned_away("192.0.2.2", false));
}

static void a_transfer_is_not_broken_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		add_known(i, i < 3 ? "192.0.2.1" : "192.0.2.2", (int64_t)i);
		tcp_queue_move(&queue, &places[i], TCP_SERVED, (int64_t)(10 + i));
	}
	assert_null(tcp_queue_expired(&queue, 1000000));
	assert_true(turned_away("192.0.2.1", true));
	assert_true(turned_away("192.0.2.9", true));
	tcp_queue_move(&queue, &places[4], TCP_IDLE, 30);
	assert_ptr_equal(victim_of_known("192.0.2.9"), &places[4]);
	assert_true(turned_away("192.0.2.1", true));
	tcp_queue_remove(&queue, &places[5]);
	add(5, "192.0.2.5", 40);
	tcp_queue_move(&queue, &places[5], TCP_SERVED, 41); /* a stranger's is nobody's loss */
	assert_ptr_equal(victim_of_known("192.0.2.9"), &places[5]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_wait_has_its_time, empty),
		cmocka_unit_test_setup(a_wait_that_begins_anew_has_all_its_time, empty),
		cmocka_unit_test_setup(the_longest_wait_gives_way, empty),
		cmocka_unit_test_setup(a_client_has_its_share, empty),
		cmocka_unit_test_setup(of_one_moment_the_first_gives_way, empty),
		cmocka_unit_test_setup(networks_are_clients, empty),
		cmocka_unit_test_setup(the_crowd_gives_way, empty),
		cmocka_unit_test_setup(a_secondary_gives_way_to_no_stranger, empty),
		cmocka_unit_test_setup(a_transfer_is_not_broken_off, empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
