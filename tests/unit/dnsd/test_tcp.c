/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP loop: who is let in, who gives way, whose time is up, what is handed over. */
#include "dnsd/tcp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/forward.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

enum { PATIENCE = 20000, LONG = 600000 };

static struct fixture f;
static struct forwarder forwarder;
static struct transfer_server transfers;
static struct tcp_server server;
static struct tcp_settings settings;
static struct network home[1];
static const struct networks networks = { home, 1 };
static struct sockaddr_in at;
static _Atomic bool stop, stop_others;
static int listener;
static struct error e;

static int set_up(void **state)
{
	(void)state;
	socklen_t size = sizeof at;
	fixture_make(&f);
	assert_true(network_read("127.0.9.0/24", 12, home));
	atomic_store(&stop, false);
	atomic_store(&stop_others, false);
	assert_done(forwarder_start(&forwarder, "/nonexistent/registry", &stop_others, &e), &e);
	f.settings.forwarder = &forwarder;
	transfers = (struct transfer_server){ .source.registry = "/nonexistent/registry", .worker = f.worker,
		.stop = &stop_others };
	peers_init(&transfers.peers, &networks);
	assert_done(transfer_start(&transfers, 86400, 1 << 20, &e), &e);
	settings = (struct tcp_settings){ .connections = 8, .per_client = 3, .wait = { LONG, LONG, LONG } };
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_done(tcp_open((const struct sockaddr *)&at, sizeof at, &listener, &e), &e);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	server = (struct tcp_server){ .fds = &listener, .fd_count = 1, .settings = &settings, .transfers = &transfers,
		.stop = &stop, .worker = f.worker };
	server.worker.usage = usage_bank_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	atomic_store(&stop, true);
	pthread_join(server.thread, NULL);
	atomic_store(&stop_others, true);
	transfer_stop(&transfers);
	forwarder_stop(&forwarder);
	usage_bank_free(server.worker.usage);
	close(listener);
	fixture_free(&f);
	return 0;
}

static void start(void)
{
	assert_done(tcp_start(&server, &e), &e);
}

static int connect_from(const char *from)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(inet_pton(AF_INET, from, &own.sin_addr), 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof own), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

static bool receive(int fd, uint8_t *to, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	while (size > 0) {
		assert_int_equal(poll(&ready, 1, PATIENCE), 1);
		ssize_t got = recv(fd, to, size, 0);
		if (got <= 0)
			return false;
		to += got;
		size -= (size_t)got;
	}
	return true;
}

/* The size of the next message; 0 when there is none any more. */
static size_t hear(int fd, uint8_t *answer)
{
	uint8_t length[2];
	if (!receive(fd, length, 2))
		return 0;
	size_t size = (size_t)length[0] << 8 | length[1];
	return receive(fd, answer, size) ? size : 0;
}

static void say(int fd, const uint8_t *message, size_t size)
{
	uint8_t framed[1026] = { (uint8_t)(size >> 8), (uint8_t)size };
	memcpy(framed + 2, message, size);
	assert_int_equal(send(fd, framed, size + 2, MSG_NOSIGNAL), (ssize_t)size + 2);
}

/* Asks for a host, and is answered. */
static void ask(int fd)
{
	uint8_t message[512], answer[4096];
	size_t size = fixture_query(message, "kite.b5p.us", TYPE_A, 0);
	say(fd, message, size);
	assert_true(hear(fd, answer) > HEADER_SIZE);
	assert_int_equal(answer[7], 1);
}

static bool hung_up(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint8_t octet;
	return poll(&ready, 1, 0) == 1 && recv(fd, &octet, 1, MSG_DONTWAIT) <= 0;
}

static void assert_hung_up(int fd)
{
	for (int i = 0; i < PATIENCE / 10 && !hung_up(fd); i++)
		usleep(10000);
	assert_true(hung_up(fd));
	close(fd);
}

static int enter(const char *from)
{
	int fd = connect_from(from);
	ask(fd);
	return fd;
}

static void a_connection_stays(void **state)
{
	(void)state;
	start();
	int fd = enter("127.0.0.1");
	for (int i = 0; i < 100; i++)
		ask(fd);
	assert_int_equal(count_read(&server.counters, COUNT_TCP_CONNECTIONS), 1);
	assert_false(hung_up(fd));
	close(fd);
	fd = enter("127.0.0.1");
	assert_int_equal(count_read(&server.counters, COUNT_TCP_CONNECTIONS), 2);
	close(fd);
}

static void a_client_has_its_share(void **state)
{
	int own[4];
	(void)state;
	start();
	int other = enter("127.0.0.2");
	for (int i = 0; i < 4; i++)
		own[i] = enter("127.0.0.1");
	assert_hung_up(own[0]);
	for (int i = 1; i < 4; i++) {
		assert_false(hung_up(own[i]));
		close(own[i]);
	}
	ask(other);
	close(other);
}

static void who_has_most_gives_way_but_no_secondary(void **state)
{
	int many[3], rest[5];
	(void)state;
	start();
	rest[0] = enter("127.0.9.1"); /* a secondary, and the oldest */
	for (int i = 1; i < 5; i++) {
		char from[32];
		snprintf(from, sizeof from, "127.0.1.%d", i);
		rest[i] = enter(from);
	}
	for (int i = 0; i < 3; i++)
		many[i] = enter("127.0.0.1");
	int more[4];
	more[0] = enter("127.0.2.1");
	assert_hung_up(many[0]);
	more[1] = enter("127.0.2.2");
	assert_hung_up(many[1]);
	more[2] = enter("127.0.2.3"); /* all have one: the oldest stranger */
	assert_hung_up(rest[1]);
	more[3] = enter("127.0.9.2");
	assert_hung_up(rest[2]);
	ask(rest[0]);
	ask(more[3]);
	for (int i = 0; i < 4; i++)
		close(more[i]);
	close(rest[0]);
	close(rest[3]);
	close(rest[4]);
	close(many[2]);
}

static void where_there_are_secondaries_alone(void **state)
{
	int inside[2];
	(void)state;
	settings.connections = 2;
	start();
	inside[0] = enter("127.0.9.1");
	inside[1] = enter("127.0.9.2");
	int fd = connect_from("127.0.0.1");
	assert_int_equal(send(fd, "\0", 1, MSG_NOSIGNAL), 1); /* it is not let in before it says something */
	assert_hung_up(fd);
	fd = enter("127.0.9.3");
	assert_hung_up(inside[0]);
	ask(inside[1]);
	close(inside[1]);
	close(fd);
}

static void times_are_up(void **state)
{
	(void)state;
	settings.wait[TCP_IDLE] = 300;
	settings.wait[TCP_READING] = 600;
	start();
	int idle = enter("127.0.0.1"), reading = connect_from("127.0.0.2");
	assert_int_equal(send(reading, "\0\x40half", 6, MSG_NOSIGNAL), 6);
	assert_hung_up(idle);
	assert_hung_up(reading);
	ask(idle = connect_from("127.0.0.1"));
	close(idle);
}

static void transfers_are_handed_over(void **state)
{
	uint8_t message[512], answer[4096];
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256);
	struct tsig_context tsig;
	(void)state;
	start();
	int fd = enter("127.0.0.1");
	size_t size = fixture_query(message, "b5p.us", TYPE_AXFR, 0);
	tsig_sign_request(&tsig, &key, message, &size, (uint64_t)time(NULL));
	say(fd, message, size);
	size = hear(fd, answer);
	assert_int_equal(answer[3] & 15, RCODE_SERVFAIL); /* for there is no registry */
	assert_true(tsig_verify_answer(&tsig, answer, size, (uint64_t)time(NULL)));
	assert_int_equal(hear(fd, answer), 0);
	close(fd);
	fd = enter("127.0.0.2");
	size = fixture_query(message, "b5p.us", TYPE_AXFR, 0);
	say(fd, message, size);
	assert_true(hear(fd, answer) > 0);
	assert_int_equal(answer[3] & 15, RCODE_REFUSED);
	close(fd);
}

/* There is no updater: who asked is told so, and goes on. */
static void updates_come_back(void **state)
{
	static const uint8_t update[] = "\0\7\x28\0\0\1\0\0\0\1\0\0\3b5p\2us\0\0\6\0\1\1a\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\300\0\2\1";
	uint8_t message[1024], answer[4096];
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256);
	struct tsig_context tsig;
	size_t size = sizeof update - 1;
	(void)state;
	start();
	int fd = enter("127.0.0.1");
	memcpy(message, update, size);
	tsig_sign_request(&tsig, &key, message, &size, (uint64_t)time(NULL));
	for (int i = 0; i < 20; i++) {
		struct tsig_context copy = tsig;
		say(fd, message, size);
		size_t answered = hear(fd, answer);
		assert_int_equal(answer[3] & 15, RCODE_SERVFAIL);
		assert_true(tsig_verify_answer(&copy, answer, answered, (uint64_t)time(NULL)));
		ask(fd);
	}
	say(fd, message, size); /* its client does not wait for it */
	close(fd);
	fd = enter("127.0.0.1");
	close(fd);
}

static void it_ends_with_everybody_in(void **state)
{
	(void)state;
	start();
	int fd = enter("127.0.0.1");
	atomic_store(&stop, true);
	assert_hung_up(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_connection_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_has_its_share, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_has_most_gives_way_but_no_secondary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(where_there_are_secondaries_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(transfers_are_handed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(updates_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_ends_with_everybody_in, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("dnsd/tcp", tests, NULL, NULL);
}
