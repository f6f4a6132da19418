/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP connection: messages of all kinds, in whatever pieces they come, each answered as if it were the first. */
#include "dnsd/serve/tcp_connection.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsd/serve/forward.h"
#include "dnsd/serve/transfer.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/messages.h"

enum { MESSAGES = 3000, PATIENCE = 20000 };

static const struct tcp_settings settings = { .connections = 6, .per_client = 3,
	.wait = { [TCP_IDLE] = 100, [TCP_READING] = 50, [TCP_WRITING] = 70 } };
static struct fixture f;
static struct forwarder forwarder;
static _Atomic bool stop;
static struct tcp_queue queue;
static struct tcp_connection *connection;
static struct message m;
static uint8_t scratch[TCP_SCRATCH];
static int client;

static int set_up(void **state)
{
	struct error e = { "" };
	int ends[2];
	(void)state;
	fixture_make(&f);
	fixture_sign(&f, true);
	f.worker.forwards = true;
	atomic_store(&stop, false);
	assert_done(forwarder_start(&forwarder, "/nonexistent/registry", &stop, &e), &e);
	f.settings.forwarder = &forwarder;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = ends[0];
	queue = (struct tcp_queue){ .settings = &settings };
	assert_non_null(connection = tcp_connection_new(ends[1]));
	tcp_queue_add(&queue, &connection->place, &f.client, false, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (connection != NULL)
		tcp_connection_free(connection);
	atomic_store(&stop, true);
	forwarder_stop(&forwarder);
	close(client);
	fixture_free(&f);
	return 0;
}

/* The server's turn; an UPDATE that is forwarded comes back. */
static enum tcp_fate serve(void)
{
	enum tcp_fate fate = tcp_connection_serve(connection, &queue, &f.worker, scratch, 0);
	while (connection->job != NULL) {
		struct pollfd ready = { .fd = forwarder.tcp, .events = POLLIN };
		assert_int_equal(poll(&ready, 1, PATIENCE), 1);
		for (struct forward_job *job = forward_done(&forwarder), *next; job != NULL; job = next) {
			next = job->next;
			assert_ptr_equal(job->connection, connection);
			fate = tcp_connection_resume(connection, &queue, &f.worker, scratch, 0);
			assert_null(job->connection); /* nobody's any more */
			forward_free(job);
		}
	}
	return fate;
}

static void put(const uint8_t *octets, size_t size)
{
	assert_int_equal(send(client, octets, size, 0), (ssize_t)size);
}

static bool is_ready(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	return poll(&ready, 1, 0) == 1;
}

static void put_message(uint64_t *seed)
{
	uint8_t framed[2 + TEST_MESSAGE] = { (uint8_t)(m.size >> 8), (uint8_t)m.size };
	memcpy(framed + 2, m.octets, m.size);
	size_t all = m.size + 2;
	for (size_t at = 0, piece; at < all; at += piece) {
		*seed = *seed * 25214903917 + 11;
		piece = (*seed >> 20) % 3 == 0 ? 1 + (*seed >> 24) % all : all;
		piece = piece > all - at ? all - at : piece;
		put(framed + at, piece);
		do
			assert_int_equal(serve(), TCP_STAYS);
		while (is_ready(connection->fd));
	}
}

static size_t take(uint8_t *answer)
{
	uint8_t length[2];
	if (recv(client, length, 2, 0) != 2)
		return 0;
	size_t size = (size_t)length[0] << 8 | length[1], have = 0;
	while (have < size) {
		ssize_t got = recv(client, answer + have, size - have, 0);
		if (got > 0)
			have += (size_t)got;
		else
			assert_int_equal(serve(), TCP_STAYS); /* what it did not take */
	}
	return size;
}

/* What has no answer closes the connection, and is not for this test; nor are transfers. */
static bool answered(void)
{
	f.worker.forwards = false;
	message_expect(&m, &f, TCP_MESSAGE, true, 0);
	f.worker.forwards = true;
	return m.answer_size > 0 && !transfer_wanted(m.octets, m.size);
}

static void each_as_if_it_were_the_first(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint64_t seed = 1130;
	(void)state;
	for (unsigned i = 0; i < MESSAGES; i++) {
		message_make(&m, (enum message_kind)(i % MESSAGE_KINDS), (uint16_t)i, &seed);
		if (!answered())
			continue;
		put_message(&seed);
		size_t size = take(answer);
		f.worker.forwards = false;
		if (!message_answered(&m, &f, TCP_MESSAGE, true, answer, size))
			fail_msg("message %u of kind %d is answered by %zu octets", i, (int)m.kind, size);
		f.worker.forwards = true;
	}
}

/* Many at once: their answers come in their order. */
static void many_in_one_go(void **state)
{
	static uint8_t answer[TCP_MESSAGE], framed[8192];
	uint8_t query[512];
	size_t filled = 0;
	(void)state;
	for (uint8_t i = 0; i < 100; i++) {
		size_t size = fixture_query(query, "kite.b5p.us", TYPE_A, i % 2 * 1232);
		query[1] = i;
		framed[filled + 1] = (uint8_t)size;
		memcpy(framed + filled + 2, query, size);
		filled += size + 2;
	}
	put(framed, filled);
	for (uint8_t i = 0; i < 100; i++) {
		for (int turns = 0; turns < 20 && recv(client, answer, 1, MSG_PEEK) != 1; turns++)
			assert_int_equal(serve(), TCP_STAYS);
		assert_true(take(answer) > HEADER_SIZE);
		assert_int_equal(answer[1], i);
		assert_int_equal(answer[7], 1);
	}
	assert_int_equal(connection->place.wait, TCP_IDLE);
}

/* What each waits for is said to the queue: an answer begins its client's time anew, half a message does not. */
static void waits(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[512];
	(void)state;
	size_t size = fixture_query(framed + 2, "kite.b5p.us", TYPE_A, 0);
	framed[0] = 0;
	framed[1] = (uint8_t)size;
	put(framed, 1);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 10), TCP_STAYS);
	assert_int_equal(connection->place.wait, TCP_READING);
	assert_int_equal(connection->place.since, 10);
	put(framed + 1, 5);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 20), TCP_STAYS);
	assert_int_equal(connection->place.since, 10);
	put(framed + 6, size - 4);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 30), TCP_STAYS);
	assert_int_equal(connection->place.wait, TCP_IDLE);
	assert_int_equal(connection->place.since, 30);
	assert_true(take(answer) > HEADER_SIZE);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 40), TCP_STAYS); /* nothing came */
	assert_int_equal(connection->place.since, 30);
	put(framed, size + 2);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 50), TCP_STAYS);
	assert_int_equal(connection->place.wait, TCP_IDLE);
	assert_int_equal(connection->place.since, 50);
}

/* A client that takes nothing is read no further, and loses nothing once it takes. */
static void who_does_not_read_is_not_read(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[512];
	unsigned asked = 0, heard = 0;
	(void)state;
	size_t size = fixture_query(framed + 2, "text.kites.example", TYPE_TXT, 0);
	framed[0] = 0;
	framed[1] = (uint8_t)size;
	while (connection->unsent == NULL && asked < 5000) {
		put(framed, size + 2);
		asked++;
		assert_int_equal(serve(), TCP_STAYS);
	}
	assert_non_null(connection->unsent);
	assert_int_equal(connection->place.wait, TCP_WRITING);
	assert_int_equal(serve(), TCP_STAYS); /* there is no room still */
	put(framed, size + 2);
	asked++;
	while (heard < asked) {
		ssize_t got = recv(client, answer, 1, MSG_PEEK);
		if (got != 1) {
			assert_int_equal(serve(), TCP_STAYS);
			continue;
		}
		assert_true(take(answer) > 1000);
		assert_int_equal(answer[7], 6);
		heard++;
	}
	assert_null(connection->unsent);
	assert_int_equal(recv(client, answer, 1, 0), -1);
}

static void who_hangs_up_unread_is_let_go(void **state)
{
	uint8_t framed[512];
	(void)state;
	size_t size = fixture_query(framed + 2, "text.kites.example", TYPE_TXT, 0);
	framed[0] = 0;
	framed[1] = (uint8_t)size;
	while (connection->unsent == NULL) {
		put(framed, size + 2);
		assert_int_equal(serve(), TCP_STAYS);
	}
	close(client);
	client = -1;
	assert_int_equal(serve(), TCP_OVER);
}

static void a_transfer_is_handed_over(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[1024];
	(void)state;
	size_t one = fixture_query(framed + 2, "b5p.us", TYPE_SOA, 0), two;
	framed[0] = 0;
	framed[1] = (uint8_t)one;
	two = fixture_query(framed + one + 4, "b5p.us", TYPE_AXFR, 0);
	framed[one + 2] = 0;
	framed[one + 3] = (uint8_t)two;
	put(framed, one + two + 4);
	assert_int_equal(serve(), TCP_TRANSFERS);
	assert_true(take(answer) > HEADER_SIZE); /* what came before it */
	assert_int_equal(answer[7], 1);
	size_t size;
	const uint8_t *message = tcp_connection_message(connection, &size);
	assert_int_equal(size, two);
	assert_memory_equal(message, framed + one + 4, two);
	int fd = connection->fd;
	tcp_connection_release(connection);
	connection = NULL;
	assert_int_equal(close(fd), 0); /* it was somebody else's */
}

/* A framed query; returns the octets of both. */
static size_t frame(uint8_t *framed, uint8_t id, const char *name, uint16_t type)
{
	size_t size = fixture_query(framed + 2, name, type, 0);
	framed[0] = 0;
	framed[1] = (uint8_t)size;
	framed[3] = id;
	return size + 2;
}

static size_t frame_update(uint8_t *framed, uint16_t id)
{
	uint64_t seed = 7;
	message_make(&m, MESSAGE_UPDATE_KEYED, id, &seed);
	framed[0] = (uint8_t)(m.size >> 8);
	framed[1] = (uint8_t)m.size;
	memcpy(framed + 2, m.octets, m.size);
	return m.size + 2;
}

static bool is_answered(void)
{
	uint8_t octet;
	return recv(client, &octet, 1, MSG_PEEK) == 1;
}

/* Answers that the socket takes in parts come as they were, one after the other, however much was asked at once. */
static void what_was_taken_in_part_goes_on_where_it_ended(void **state)
{
	enum { QUERIES = 60 };
	static uint8_t framed[QUERIES * 64], answers[QUERIES * 2048], one[TCP_MESSAGE + SCAN_BEHIND];
	const int small = 4096;
	size_t filled = 0, have = 0;
	(void)state;
	assert_int_equal(setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	connection->input = realloc(connection->input, sizeof framed); /* as after a long message */
	connection->room = sizeof framed;
	size_t asked = fixture_query(one, "text.kites.example", TYPE_TXT, 0);
	size_t size = respond(&f.worker, one, asked, TCP_MESSAGE, &f.client, true);
	for (uint8_t i = 0; i < QUERIES; i++)
		filled += frame(framed + filled, i, "text.kites.example", TYPE_TXT);
	put(framed, filled);
	for (int turns = 0; have < QUERIES * (size + 2) && turns < 100000; turns++) {
		assert_int_equal(serve(), TCP_STAYS);
		ssize_t got = recv(client, answers + have, 777, 0);
		have += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(have, QUERIES * (size + 2));
	for (size_t i = 0; i < QUERIES; i++) {
		const uint8_t *at = answers + i * (size + 2);
		assert_int_equal((size_t)at[0] << 8 | at[1], size);
		assert_int_equal(at[3], i);
		assert_memory_equal(at + 4, one + 2, size - 2);
	}
	assert_null(connection->unsent);
}

/* Of two messages in one go, the second one octet short, one is answered. */
static void a_message_that_lacks_an_octet_waits_for_it(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[512];
	(void)state;
	size_t first = frame(framed, 1, "kite.b5p.us", TYPE_A), second = frame(framed + first, 2, "kite.b5p.us", TYPE_A);
	put(framed, first + second - 1);
	assert_int_equal(serve(), TCP_STAYS);
	assert_true(take(answer) > HEADER_SIZE);
	assert_false(is_answered());
	assert_int_equal(connection->have, second - 1);
	put(framed + first + second - 1, 1);
	assert_int_equal(serve(), TCP_STAYS);
	assert_true(take(answer) > HEADER_SIZE);
	assert_int_equal(answer[1], 2);
}

/* What came before an UPDATE is answered first, what comes behind it, transfers too, waits until it is answered. */
static void nothing_overtakes_an_update(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[2 * TEST_MESSAGE];
	(void)state;
	size_t filled = frame(framed, 1, "kite.b5p.us", TYPE_A);
	filled += frame_update(framed + filled, 2);
	filled += frame(framed + filled, 3, "kite.b5p.us", TYPE_A);
	filled += frame(framed + filled, 4, "b5p.us", TYPE_AXFR);
	connection->input = realloc(connection->input, sizeof framed);
	connection->room = sizeof framed;
	put(framed, filled);
	uint64_t before = count_read(&f.counters, COUNT_ANSWERS);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_STAYS);
	assert_non_null(connection->job);
	assert_int_equal(connection->place.wait, TCP_WRITING);
	assert_true(take(answer) > HEADER_SIZE);
	assert_int_equal(answer[1], 1);
	assert_false(is_answered());
	struct pollfd ready = { .fd = forwarder.tcp, .events = POLLIN };
	assert_int_equal(poll(&ready, 1, PATIENCE), 1);
	struct forward_job *job = forward_done(&forwarder);
	assert_int_equal(tcp_connection_resume(connection, &queue, &f.worker, scratch, 0), TCP_TRANSFERS);
	forward_free(job);
	assert_true(take(answer) >= HEADER_SIZE);
	assert_int_equal(answer[2] >> 3 & 15, OPCODE_UPDATE);
	assert_true(take(answer) > HEADER_SIZE);
	assert_int_equal(answer[1], 3);
	assert_false(is_answered());
	assert_int_equal(count_read(&f.counters, COUNT_ANSWERS), before + 3);
	tcp_connection_release(connection); /* the descriptor is the transfer's */
	connection = NULL;
}

/* An UPDATE for which the forwarder has no room is answered at once, and the next one is forwarded again. */
static void an_update_without_room_has_failed(void **state)
{
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[TEST_MESSAGE];
	(void)state;
	pthread_mutex_lock(&forwarder.lock);
	forwarder.count += FORWARD_MOST;
	pthread_mutex_unlock(&forwarder.lock);
	size_t size = frame_update(framed, 5);
	put(framed, size);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_STAYS);
	assert_null(connection->job);
	assert_true(take(answer) >= HEADER_SIZE);
	assert_int_equal(answer[3] & 15, RCODE_SERVFAIL);
	pthread_mutex_lock(&forwarder.lock);
	forwarder.count -= FORWARD_MOST;
	pthread_mutex_unlock(&forwarder.lock);
	put(framed, size);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_STAYS);
	assert_non_null(connection->job);
	assert_int_equal(serve(), TCP_STAYS); /* it comes back */
}

/* Whose client is gone while its UPDATE is under way is told nothing, and the job knows. */
static void a_connection_may_end_before_its_update(void **state)
{
	uint8_t framed[TEST_MESSAGE];
	(void)state;
	put(framed, frame_update(framed, 6));
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_STAYS);
	struct forward_job *job = connection->job;
	assert_non_null(job);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_OVER); /* it hung up */
	tcp_connection_free(connection);
	connection = NULL;
	struct pollfd ready = { .fd = forwarder.tcp, .events = POLLIN };
	assert_int_equal(poll(&ready, 1, PATIENCE), 1);
	assert_ptr_equal(forward_done(&forwarder), job);
	assert_null(job->connection);
	forward_free(job);
}

/* Behind an UPDATE, noise is no second one. */
static void noise_behind_an_update_is_noise(void **state)
{
	static const uint8_t noise[] = { 0, 3, 1, 2, 3 };
	static uint8_t answer[TCP_MESSAGE];
	uint8_t framed[TEST_MESSAGE];
	(void)state;
	put(framed, frame_update(framed, 7));
	assert_int_equal(serve(), TCP_STAYS);
	assert_true(take(answer) >= HEADER_SIZE);
	put(noise, sizeof noise);
	assert_int_equal(tcp_connection_serve(connection, &queue, &f.worker, scratch, 0), TCP_OVER);
	assert_null(connection->job);
}

static void who_closes_is_let_go(void **state)
{
	(void)state;
	close(client);
	client = -1;
	assert_int_equal(serve(), TCP_OVER);
}

static void ends(void **state)
{
	static const uint8_t noise[] = { 0, 3, 1, 2, 3 };
	(void)state;
	put(noise, sizeof noise);
	assert_int_equal(serve(), TCP_OVER); /* no DNS */
	close(client);
	client = -1;
	assert_int_equal(serve(), TCP_OVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_as_if_it_were_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_in_one_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_hangs_up_unread_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_transfer_is_handed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_taken_in_part_goes_on_where_it_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_that_lacks_an_octet_waits_for_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_overtakes_an_update, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_update_without_room_has_failed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_connection_may_end_before_its_update, set_up, tear_down),
		cmocka_unit_test_setup_teardown(noise_behind_an_update_is_noise, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_closes_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ends, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
