/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose time is up, and who gives way. */
#include "dnsd/tcp_queue.h"
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
	tcp_queue_add(&queue, &places[place], &from, now);
}

static struct tcp_place *victim(const char *text)
{
	struct address from = client(text);
	return tcp_queue_victim(&queue, &from);
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

static void a_site_is_one_client(void **state)
{
	(void)state;
	add(0, "2001:db8:0:1::1", 0);
	add(1, "2001:db8:0:ff:1::2", 1);
	add(2, "2001:db8:0:42::3", 2);
	assert_ptr_equal(victim("2001:db8:0:7::7"), &places[0]);
	assert_null(victim("2001:db8:0:100::7")); /* another /56 */
	assert_null(victim("32.1.13.184"));       /* the same octets, another family */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_wait_has_its_time, empty),
		cmocka_unit_test_setup(a_wait_that_begins_anew_has_all_its_time, empty),
		cmocka_unit_test_setup(the_longest_wait_gives_way, empty),
		cmocka_unit_test_setup(a_client_has_its_share, empty),
		cmocka_unit_test_setup(of_one_moment_the_first_gives_way, empty),
		cmocka_unit_test_setup(a_site_is_one_client, empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
