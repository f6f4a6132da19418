/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets one of the few places over TLS, who waits, and who gives way. */
#include "dnsd/serve/tls_places.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

enum { ENDS = 64 };

static struct fixture f;
static struct peers peers;
static struct tls_places places;
static struct network home[1];
static const struct networks networks = { home, 1 };
static struct secondary_view secondary;
static int end[ENDS];
static size_t ends;

static int set_up(void **state)
{
	(void)state;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc6336407) /* 198.51.100.7 */ };
	fixture_make(&f);
	memcpy(&secondary.endpoint, &at, sizeof at);
	f.view.snapshot->secondaries = &secondary;
	f.view.snapshot->secondary_count = 1;
	assert_true(network_read("203.0.113.0/24", 14, home));
	peers_init(&peers, &networks);
	tls_places_init(&places, &peers);
	ends = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tls_places_close(&places);
	assert_null(tls_places_take(&places));
	assert_int_equal(places.queue.count, 0);
	for (size_t i = 0; i < ends; i++)
		close(end[i]);
	f.view.snapshot->secondaries = NULL;
	f.view.snapshot->secondary_count = 0;
	fixture_free(&f);
	return 0;
}

static struct address client(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	return address;
}

/* Connects; returns our end. */
static int come(const char *from)
{
	int pair[2];
	struct address address = client(from);
	assert_true(ends < ENDS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	tls_places_enter(&places, f.view.snapshot, pair[1], &address);
	return end[ends++] = pair[0];
}

static bool hung_up(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	return poll(&ready, 1, 0) == 1;
}

static void strangers(unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		char text[32];
		snprintf(text, sizeof text, "10.0.%u.%u", i / 200, i % 200 + 1);
		come(text);
	}
}

/* Beside the threads nobody waits but secondaries: the oldest stranger goes, whether a thread has it or not. */
static void strangers_give_way(void **state)
{
	(void)state;
	strangers(0, 2);
	struct tls_place *one = tls_places_take(&places), *two = tls_places_take(&places);
	usleep(2000); /* ticks tell who has waited for longer */
	strangers(2, TLS_THREADS - 2);
	assert_int_equal(places.waiting->place.client.bytes[3], 3);
	usleep(2000);
	assert_true(tls_places_wait(&places, one, TCP_IDLE)); /* it is the newest now */
	strangers(TLS_THREADS, 2);
	assert_int_equal(places.queue.count, TLS_THREADS);
	assert_true(hung_up(end[1]) && hung_up(end[2]) && !hung_up(end[0]) && !hung_up(end[3]));
	assert_false(tls_places_wait(&places, two, TCP_IDLE));
	tls_places_leave(&places, two);
	tls_places_leave(&places, one);
	assert_int_equal(places.queue.count, TLS_THREADS - 1);
}

static void secondaries_stay(void **state)
{
	static const char *const known[] = { "198.51.100.7", "203.0.113.9", "192.0.2.77" };
	struct address shown = client("192.0.2.77");
	(void)state;
	strangers(0, TLS_THREADS);
	for (size_t i = 0; i < 3; i++)
		come(known[i]);
	peers_add(&peers, &shown); /* once it is in: by its key */
	peers_add(&peers, &shown);
	assert_int_equal(peers.next, 1);
	strangers(100, 40);
	for (size_t i = 0; i < ends - 40; i++)
		assert_int_equal(hung_up(end[i]), i < TLS_THREADS);
	assert_int_equal(places.queue.count, TLS_THREADS);
}

static void a_secondary_waits_for_others(void **state)
{
	struct tls_place *taken[TLS_THREADS];
	char text[32];
	(void)state;
	for (unsigned i = 0; i < TLS_THREADS + TLS_WAITING; i++) {
		snprintf(text, sizeof text, "203.0.113.%u", i);
		int fd = come(text);
		assert_false(hung_up(fd));
		if (i >= TLS_THREADS)
			continue;
		taken[i] = tls_places_take(&places);
		assert_int_equal(taken[i]->place.wait, TCP_READING); /* for its handshake, which is the client's to do */
		assert_true(tls_places_wait(&places, taken[i], TCP_SERVED));
	}
	for (int i = 0; i < TLS_WAITING; i++)
		assert_false(hung_up(end[i]));
	assert_true(hung_up(come("10.0.0.1")));
	assert_true(hung_up(come("203.0.113.200"))); /* there is an end to it */
	assert_true(tls_places_wait(&places, taken[3], TCP_IDLE)); /* it was transferred */
	assert_false(hung_up(come("203.0.113.201")));
	assert_true(hung_up(end[3]));
	for (unsigned i = 0; i < TLS_THREADS; i++) {
		assert_int_equal(hung_up(end[i]), i == 3);
		tls_places_leave(&places, taken[i]);
	}
	struct tls_place *next = tls_places_take(&places);
	assert_int_equal(next->place.client.bytes[3], TLS_THREADS);
	tls_places_leave(&places, next);
}

static void a_client_has_four(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		come("2001:db8::1");
	assert_true(hung_up(end[0]) && !hung_up(end[1]));
	come("2001:db8::ffff");
	assert_true(hung_up(end[1]));
	for (int i = 0; i < 4; i++)
		come("2001:db8:0:1::1");
	assert_false(hung_up(end[2]));
	come("2001:db8:0:2::1"); /* of a /56, eight */
	assert_true(hung_up(end[2]) && !hung_up(end[3]));
}

static void those_who_showed_a_key_are_few(void **state)
{
	struct address first = client("192.0.2.1");
	(void)state;
	assert_false(peers_know(&peers, f.view.snapshot, &first));
	for (unsigned i = 0; i < PEERS_SHOWN; i++) {
		char text[32];
		snprintf(text, sizeof text, "192.0.2.%u", i + 1);
		struct address address = client(text);
		peers_add(&peers, &address);
	}
	assert_true(peers_know(&peers, f.view.snapshot, &first));
	struct address other = client("2001:db8::1");
	peers_add(&peers, &other);
	assert_true(peers_know(&peers, f.view.snapshot, &other));
	assert_false(peers_know(&peers, f.view.snapshot, &first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strangers_give_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(secondaries_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_secondary_waits_for_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_has_four, set_up, tear_down),
		cmocka_unit_test_setup_teardown(those_who_showed_a_key_are_few, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
