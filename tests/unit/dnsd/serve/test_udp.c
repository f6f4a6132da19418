/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDP loop: however many messages of whatever kind went through its slots, each is answered as if it were the first. */
#include "dnsd/serve/udp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsd/serve/forward.h"
#include "lib/clock.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/messages.h"

enum { BURST = 96, ROUNDS = 60, PATIENCE = 20000 /* milliseconds */ };

static struct fixture f;
static struct forwarder forwarder;
static struct udp_server server;
static struct message burst[BURST];
static _Atomic bool stop;
static int client;

static int connect_to(int fd)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	int mine = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	if (at.sin_addr.s_addr == htonl(INADDR_ANY)) /* the answer must come from where the question went */
		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	setsockopt(mine, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	assert_int_equal(connect(mine, (const struct sockaddr *)&at, size), 0);
	return mine;
}

static const struct networks nobody;

static void start_limited(bool any_address, int64_t limit, bool spares_loopback, const struct networks *exempt)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(any_address ? INADDR_ANY : INADDR_LOOPBACK) };
	struct error e = { "" };
	server = (struct udp_server){ .any_address = any_address, .leave = &stop, .rate_limit = limit, .rate_workers = 1,
		.rate_spares_loopback = spares_loopback, .rate_exempt = exempt, .worker = f.worker };
	server.worker.usage = usage_bank_new();
	server.worker.signer = signer_new(&f.signatures);
	assert_non_null(server.worker.usage);
	assert_non_null(server.worker.signer);
	assert_done(udp_open((const struct sockaddr *)&at, sizeof at, any_address, false, &server.fd, &e), &e);
	assert_done(udp_start(&server, "test", &e), &e);
	client = connect_to(server.fd);
}

static void start(bool any_address)
{
	start_limited(any_address, 0, false, &nobody);
}

static int set_up(void **state)
{
	struct error e = { "" };
	(void)state;
	fixture_make(&f);
	fixture_sign(&f, true); /* Ed25519: the same is signed the same */
	assert_true(address_read("127.0.0.1", 9, &f.client));
	atomic_store(&stop, false);
	assert_done(forwarder_start(&forwarder, "/nonexistent/registry", &stop, &e), &e);
	f.settings.forwarder = &forwarder;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	atomic_store(&stop, true);
	pthread_join(server.thread, NULL);
	forwarder_stop(&forwarder);
	usage_bank_free(server.worker.usage);
	signer_free(server.worker.signer);
	close(server.fd);
	close(client);
	fixture_free(&f);
	return 0;
}

/* IDs of keyed messages are as they were signed: so all of a burst that are keyed are told apart by trying. */
static struct message *asked(const uint8_t *answer, size_t size, const bool *open)
{
	for (size_t i = 0; i < BURST; i++)
		if (open[i] && memcmp(burst[i].octets, answer, 2) == 0
			&& message_answered(&burst[i], &f, 1232, false, answer, size))
			return &burst[i];
	return NULL;
}

static void hear(size_t wanted, bool *open)
{
	uint8_t answer[4096];
	struct pollfd ready = { .fd = client, .events = POLLIN };
	while (wanted > 0) {
		if (poll(&ready, 1, PATIENCE) != 1) {
			for (size_t i = 0; i < BURST; i++)
				if (open[i])
					print_error("no answer to message %zu of kind %d\n", i, (int)burst[i].kind);
			fail_msg("silence");
		}
		ssize_t size = recv(client, answer, sizeof answer, 0);
		assert_true(size >= HEADER_SIZE);
		struct message *m = asked(answer, (size_t)size, open);
		if (m == NULL)
			fail_msg("an answer of %zd octets, rcode %d, to nothing that was asked", size, answer[3] & 15);
		open[m - burst] = false;
		wanted--;
	}
	assert_int_equal(poll(&ready, 1, 0), 0);
}

static void one_burst(uint64_t *state, unsigned round)
{
	bool open[BURST];
	size_t wanted = 0;
	for (size_t i = 0; i < BURST; i++) {
		/* all kinds through all slots; now and then many of one kind, as a flood has them */
		unsigned kind = round % 3 == 2 ? round / 3 : (unsigned)(*state >> 40) + (unsigned)i;
		message_make(&burst[i], (enum message_kind)(kind % MESSAGE_KINDS), (uint16_t)(0x8000 + i), state);
		message_expect(&burst[i], &f, 1232, false, 0);
		open[i] = burst[i].answer_size > 0;
		wanted += open[i];
	}
	for (size_t i = 0; i < BURST; i++)
		assert_int_equal(send(client, burst[i].octets, burst[i].size, 0), (ssize_t)burst[i].size);
	hear(wanted, open);
}

static void each_as_if_it_were_the_first(void **state)
{
	uint64_t seed = 20261130;
	(void)state;
	start(false);
	for (unsigned round = 0; round < ROUNDS; round++)
		one_burst(&seed, round);
}

static void at_the_unspecified_address_too(void **state)
{
	uint64_t seed = 7;
	(void)state;
	start(true);
	for (unsigned round = 0; round < ROUNDS / 2; round++)
		one_burst(&seed, round);
}

/* Whatever was in a query before, or in the memory behind a message, is of no account. */
static void nothing_is_left_of_another_message(void **state)
{
	static uint8_t packet[65535 + SCAN_BEHIND];
	uint64_t seed = 42;
	(void)state;
	start(false);
	struct query q;
	for (unsigned i = 0; i < 6000; i++) {
		static struct message m;
		size_t room = i % 2 == 0 ? 1232 : 65535;
		message_make(&m, (enum message_kind)(i % MESSAGE_KINDS), (uint16_t)i, &seed);
		size_t size = m.size < room ? m.size : room;
		memset(&q, (int)(i % 256), sizeof q);
		memset(packet, (int)((i + 90) % 256), 4096);
		memcpy(packet, m.octets, size);
		query_take(&q, packet, size, room, NULL, &f.client, i % 2 != 0);
		message_expect(&m, &f, room, i % 2 != 0, 0);
		memset(f.worker.turns, 0, sizeof f.worker.turns);
		size_t got = answer_alone(&f.worker, &q);
		if (m.answer_size == 0 ? got != 0 : !message_answered(&m, &f, room, i % 2 != 0, packet, got))
			fail_msg("message %u of kind %d is answered otherwise", i, (int)m.kind);
	}
}

struct flood {
	unsigned full, truncated;
};

/* Names below a host, made up at will, in bursts; a last question, whose answer is never limited, tells their end. */
static struct flood flood(unsigned questions, bool keyed)
{
	struct flood got = { 0 };
	uint8_t packet[512], answer[4096];
	struct pollfd ready = { .fd = client, .events = POLLIN };
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256);
	struct tsig_context tsig;
	for (unsigned i = 1; i <= questions; i++) {
		char name[64];
		snprintf(name, sizeof name, "x%u.demo.b5p.us", i);
		size_t size = fixture_query(packet, name, TYPE_A, 0);
		packet[0] = packet[1] = 0;
		if (keyed)
			tsig_sign_request(&tsig, &key, packet, &size, (uint64_t)time(NULL));
		assert_int_equal(send(client, packet, size, 0), (ssize_t)size);
		if (i % 50 != 0)
			continue;
		size = fixture_query(packet, "b5p.us", TYPE_SOA, 0);
		tsig_sign_request(&tsig, &key, packet, &size, (uint64_t)time(NULL));
		assert_int_equal(send(client, packet, size, 0), (ssize_t)size);
		do {
			assert_int_equal(poll(&ready, 1, PATIENCE), 1);
			assert_true(recv(client, answer, sizeof answer, 0) > HEADER_SIZE);
			bool end = memcmp(answer + HEADER_SIZE, "\3b5p\2us", 8) == 0;
			got.full += !end && answer[7] > 0;
			got.truncated += (answer[2] & 2) != 0;
			if (end)
				break;
		} while (true);
	}
	return got;
}

static void a_flood_is_limited(void **state)
{
	enum { QUESTIONS = 4000, LIMIT = 20 };
	(void)state;
	start_limited(false, LIMIT, false, &nobody);
	int64_t began = clock_ticks();
	struct flood got = flood(QUESTIONS, false);
	int64_t most = LIMIT * ((clock_ticks() - began) / 1000 + 2);
	assert_in_range(got.full, LIMIT, most);
	assert_in_range(got.truncated, (QUESTIONS - got.full) / 2 - 1, (QUESTIONS - got.full) / 2 + 1);
	assert_int_equal(count_read(&server.counters, COUNT_RATE_TRUNCATED), got.truncated);
	assert_int_equal(count_read(&server.counters, COUNT_RATE_DROPPED), QUESTIONS - got.full - got.truncated);
	got = flood(500, true); /* who has a key is where it says */
	assert_int_equal(got.full, 500);
}

static void whom_the_limit_spares(void **state)
{
	struct network home[1];
	const struct networks exempt = { home, 1 };
	(void)state;
	assert_true(network_read("127.0.0.0/8", 11, home));
	start_limited(false, 20, *state != NULL, *state != NULL ? &nobody : &exempt);
	assert_int_equal(flood(500, false).full, 500);
}

static int loopback_is_spared(void **state)
{
	*state = &server;
	return set_up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_as_if_it_were_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(at_the_unspecified_address_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_is_limited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whom_the_limit_spares, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whom_the_limit_spares, loopback_is_spared, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_left_of_another_message, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
