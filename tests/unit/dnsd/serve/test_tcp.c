/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP loop: who is let in, who gives way, whose time is up, what is handed over. */
#include "dnsd/serve/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/serve/forward.h"
#include "link/sockets.h"
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
static _Atomic bool stop, leave, stop_others;
static int listener;
static struct error e;

/* What the kernel seldom says, said here: the loop's calls come by. */
static _Atomic int watches_fail_of, watches_first, accepts_fail, nobody_fails, accepts, lingers;

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation == watches_fail_of && --watches_first < 0) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

int accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
	accepts++;
	if (accepts_fail != 0) {
		errno = accepts_fail;
		if (accepts_fail == EMFILE)
			accepts_fail = 0;
		return -1;
	}
	int got = (int)syscall(SYS_accept4, fd, peer, size, flags);
	if (got < 0 && nobody_fails != 0)
		errno = nobody_fails;
	return got;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	lingers += level == SOL_SOCKET && option == SO_LINGER;
	return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

static int set_up(void **state)
{
	(void)state;
	socklen_t size = sizeof at;
	fixture_make(&f);
	watches_fail_of = watches_first = accepts_fail = nobody_fails = accepts = lingers = 0;
	assert_true(network_read("127.0.9.0/24", 12, home));
	atomic_store(&stop, false);
	atomic_store(&leave, false);
	atomic_store(&stop_others, false);
	assert_done(forwarder_start(&forwarder, "/nonexistent/registry", &stop_others, &e), &e);
	f.settings.forwarder = &forwarder;
	transfers = (struct transfer_server){ .source.registry = "/nonexistent/registry", .worker = f.worker,
		.stop = &stop_others };
	peers_init(&transfers.peers, &networks);
	assert_done(transfer_start(&transfers, 86400, 1 << 20, &e), &e);
	settings = (struct tcp_settings){ .connections = 8, .per_client = 3, .wait = { LONG, LONG, LONG } };
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_done(sockets_listen((const struct sockaddr *)&at, sizeof at, false, true, &listener, &e), &e);
	tcp_prepare(listener);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	server = (struct tcp_server){ .fds = &listener, .fd_count = 1, .settings = &settings, .transfers = &transfers,
		.stop = &stop, .leave = &leave, .worker = f.worker };
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

/* Its successor holds the same listening socket: the newcomer stays in the kernel's queue for it. */
static void one_that_is_replaced_serves_those_who_are_here(void **state)
{
	(void)state;
	start();
	int fd = enter("127.0.0.1"), successor = dup(listener), newcomer;
	atomic_store(&leave, true);
	usleep(600000); /* two of its ticks */
	newcomer = connect_from("127.0.0.2");
	uint8_t message[512];
	say(newcomer, message, fixture_query(message, "kite.b5p.us", TYPE_A, 0));
	ask(fd);
	assert_false(atomic_load(&server.empty));
	assert_int_equal(count_read(&server.counters, COUNT_TCP_CONNECTIONS), 1);
	close(fd);
	for (int i = 0; i < PATIENCE / 10 && !atomic_load(&server.empty); i++)
		usleep(10000);
	assert_true(atomic_load(&server.empty));
	int accepted = accept(successor, NULL, NULL);
	assert_true(accepted >= 0);
	close(accepted);
	close(newcomer);
	close(successor);
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

/* Its client does not read, until it does: then all is there. */
static void answers_that_wait_are_sent(void **state)
{
	enum { ASKED = 800 };
	uint8_t message[512], answer[4096];
	const int little = 4096;
	(void)state;
	start();
	int fd = connect_from("127.0.0.1");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
	size_t size = fixture_query(message, "text.kites.example", TYPE_TXT, 0);
	for (int i = 0; i < ASKED; i++)
		say(fd, message, size);
	for (int i = 0; i < ASKED; i++) {
		assert_true(hear(fd, answer) > 1000);
		assert_int_equal(answer[7], 6);
	}
	ask(fd);
	close(fd);
}

/* What a client that never reads did not take is thrown away; who took all is let go as usual. */
static void who_does_not_read_is_cut_off(void **state)
{
	uint8_t message[512];
	(void)state;
	settings.wait[TCP_WRITING] = 300;
	settings.wait[TCP_IDLE] = 300;
	start();
	int fd = enter("127.0.0.2");
	assert_hung_up(fd);
	assert_int_equal(lingers, 0);
	fd = connect_from("127.0.0.1");
	size_t size = fixture_query(message, "text.kites.example", TYPE_TXT, 0);
	for (int i = 0; i < 2000; i++) {
		uint8_t framed[514] = { 0, (uint8_t)size };
		memcpy(framed + 2, message, size);
		if (send(fd, framed, size + 2, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	}
	for (int i = 0; i < PATIENCE / 10 && lingers == 0; i++)
		usleep(10000);
	assert_int_equal(lingers, 1);
	close(fd);
}

/* EMFILE, while somebody waits: who was longest in gives way. While nobody does, it is no matter. */
static void without_descriptors_the_oldest_gives_way(void **state)
{
	(void)state;
	start();
	nobody_fails = EMFILE;
	int first = enter("127.0.0.1"), second = enter("127.0.0.2");
	ask(first); /* now the second waits for longest */
	nobody_fails = 0;
	int secondary = enter("127.0.9.1");
	accepts_fail = EMFILE;
	int third = enter("127.0.0.3");
	assert_hung_up(second);
	ask(first);
	ask(secondary);
	ask(third);
	close(first);
	close(secondary);
	close(third);
}

/* What else is lacking nobody inside can help: newcomers wait for a tick, and the loop rests. */
static void without_memory_newcomers_wait(void **state)
{
	(void)state;
	start();
	int first = enter("127.0.0.1");
	accepts = 0;
	accepts_fail = ENOBUFS;
	int second = connect_from("127.0.0.2");
	assert_int_equal(send(second, "\0", 1, MSG_NOSIGNAL), 1);
	for (int i = 0; i < PATIENCE / 10 && accepts < 2; i++)
		usleep(10000);
	ask(first);
	usleep(300000);
	assert_true(accepts >= 2 && accepts < 1000);
	accepts_fail = 0;
	assert_int_equal(send(second, "\0", 1, MSG_NOSIGNAL), 1); /* of a message without octets */
	assert_hung_up(second);
	ask(first);
	close(first);
}

/* There is no updater: who asked is told so, and goes on. */
static const uint8_t update[] = "\0\7\x28\0\0\1\0\0\0\1\0\0\3b5p\2us\0\0\6\0\1\1a\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\300\0\2\1";

static size_t signed_update(uint8_t *message, struct tsig_context *tsig)
{
	static struct tsig_key key;
	size_t size = sizeof update - 1;
	key = fixture_key("xfr.key", TSIG_SHA256);
	memcpy(message, update, size);
	tsig_sign_request(tsig, &key, message, &size, (uint64_t)time(NULL));
	return size;
}

/* An UPDATE, and in the same octets or just behind them something else. */
static int update_and(const char *from, const uint8_t *more, size_t more_size, bool apart)
{
	uint8_t framed[2048], answer[4096];
	struct tsig_context tsig;
	size_t size = signed_update(framed + 2, &tsig);
	int fd = connect_from(from);
	framed[0] = (uint8_t)(size >> 8);
	framed[1] = (uint8_t)size;
	memcpy(framed + 2 + size, more, more_size);
	if (apart)
		assert_int_equal(send(fd, framed, size + 2, MSG_NOSIGNAL), (ssize_t)size + 2);
	const uint8_t *rest = apart ? framed + size + 2 : framed;
	size_t left = apart ? more_size : size + 2 + more_size;
	assert_int_equal(send(fd, rest, left, MSG_NOSIGNAL), (ssize_t)left);
	size = hear(fd, answer);
	assert_int_equal(answer[3] & 15, RCODE_SERVFAIL);
	assert_true(tsig_verify_answer(&tsig, answer, size, (uint64_t)time(NULL)));
	return fd;
}

static void what_is_behind_an_update_has_its_turn(void **state)
{
	uint8_t query[514] = { 0 }, transfer[514] = { 0 }, answer[4096];
	(void)state;
	start();
	query[1] = (uint8_t)fixture_query(query + 2, "kite.b5p.us", TYPE_A, 0);
	transfer[1] = (uint8_t)fixture_query(transfer + 2, "b5p.us", TYPE_AXFR, 0);
	for (int i = 0; i < 20; i++) {
		int fd = update_and("127.0.0.1", query, query[1] + 2u, i % 2 == 0);
		assert_true(hear(fd, answer) > HEADER_SIZE);
		assert_int_equal(answer[7], 1);
		ask(fd);
		close(fd);
	}
	int fd = update_and("127.0.0.2", transfer, transfer[1] + 2u, false);
	assert_true(hear(fd, answer) > 0);
	assert_int_equal(answer[3] & 15, RCODE_REFUSED);
	close(fd);
	assert_hung_up(update_and("127.0.0.3", (const uint8_t *)"\0\3\1\2\3", 5, false));
}

/* Whom the kernel will not watch is let go, and nobody else. */
static void who_cannot_be_watched_is_let_go(void **state)
{
	uint8_t message[1026] = { 0 }, answer[4096];
	struct tsig_context tsig;
	(void)state;
	start();
	int other = enter("127.0.0.2"), fd = connect_from("127.0.0.1");
	watches_fail_of = EPOLL_CTL_ADD;
	assert_int_equal(send(fd, "\0", 1, MSG_NOSIGNAL), 1);
	assert_hung_up(fd);
	for (int first = 0; first < 2; first++) { /* while its UPDATE is under way, and behind it */
		watches_fail_of = 0;
		size_t size = signed_update(message, &tsig);
		fd = enter("127.0.0.1");
		watches_first = first;
		watches_fail_of = EPOLL_CTL_MOD;
		say(fd, message, size);
		assert_int_equal(hear(fd, answer) > 0, first);
		assert_hung_up(fd);
	}
	watches_fail_of = 0;
	ask(other);
	close(other);
}

static void updates_come_back(void **state)
{
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
		cmocka_unit_test_setup_teardown(one_that_is_replaced_serves_those_who_are_here, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_has_its_share, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_has_most_gives_way_but_no_secondary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(where_there_are_secondaries_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(transfers_are_handed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_that_wait_are_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_descriptors_the_oldest_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_memory_newcomers_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_behind_an_update_has_its_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_cannot_be_watched_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(updates_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_ends_with_everybody_in, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("dnsd/serve/tcp", tests, NULL, NULL);
}
