/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfers from the question to the last message: who may, what comes, and who waits for whom. */
#include "dnsd/serve/transfer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "lib/clock.h"
#include "lib/cursor.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

enum { PATIENCE = 20000, HOSTS = 600, ANSWER = 65535 };

#define CALL(function, ...) registry_##function(r, __VA_ARGS__)

static char folder[64], path[128];
static struct registry *r;
static struct arena arena;
static struct error e;
static struct fixture f;
static struct transfer_server server;
static _Atomic bool stop;
static struct network home[1];
static const struct networks networks = { home, 1 };
static struct address near_by, stranger;

static void put(const struct kind *kind, const void *row)
{
	assert_done(CALL(begin, &e), &e);
	assert_done(registry_put(r, kind, row, &e), &e);
	assert_done(CALL(commit, &e), &e);
}

static void put_host(const char *name)
{
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	host.addresses = "192.0.2.7 2001:db8::7";
	put(&host_kind, &host);
}

static void make_registry(void)
{
	struct zone zone;
	strcpy(folder, "/tmp/windsock-transfer-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = "b5p.us";
	zone.primary = "ns1.b5p.us";
	zone.contact = "hostmaster.b5p.us";
	put(&zone_kind, &zone);
	assert_done(CALL(begin, &e), &e);
	for (int i = 0; i < HOSTS; i++) {
		char name[64];
		struct host host;
		assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
		snprintf(name, sizeof name, "a-host-of-number-%d.b5p.us", i);
		host.name = name;
		host.addresses = "192.0.2.7 2001:db8::7";
		assert_done(registry_put(r, &host_kind, &host, &e), &e);
	}
	assert_done(CALL(commit, &e), &e);
}

static int set_up(void **state)
{
	(void)state;
	make_registry();
	fixture_make(&f);
	assert_true(network_read("198.51.100.0/24", 15, home) && address_read("198.51.100.9", 12, &near_by)
		&& address_read("203.0.113.9", 11, &stranger));
	atomic_store(&stop, false);
	server = (struct transfer_server){ .source.registry = path, .worker = f.worker, .stop = &stop };
	server.source.images.key_directory = folder;
	peers_init(&server.peers, &networks);
	assert_done(transfer_start(&server, 86400, 1 << 20, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	char command[96];
	(void)state;
	atomic_store(&stop, true);
	transfer_stop(&server);
	fixture_free(&f);
	registry_close(r);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	return 0;
}

/* A question, and what comes back. */
struct asking {
	int fd;
	uint8_t message[1024];
	size_t size;
	struct tsig_key key;
	struct tsig_context tsig;
	uint8_t answer[ANSWER];
	size_t answer_size;
};
static struct asking a;

static void question(const char *zone, uint16_t type)
{
	memset(&a, 0, offsetof(struct asking, answer));
	a.size = fixture_query(a.message, zone, type, 0);
}

/* RFC 1995 section 3: the SOA that the client has. */
static void add_serial(uint32_t serial)
{
	struct cursor c = cursor_over(a.message + a.size, sizeof a.message - a.size);
	cursor_put_u16(&c, 0xc00c);
	cursor_put_u16(&c, TYPE_SOA);
	cursor_put_u16(&c, CLASS_IN);
	cursor_put_u32(&c, 0);
	cursor_put_u16(&c, 22);
	cursor_put_u16(&c, 0); /* two names, of the root */
	cursor_put_u32(&c, serial);
	for (int i = 0; i < 4; i++)
		cursor_put_u32(&c, 0);
	a.size += cursor_done(&c);
	a.message[9] = 1;
}

static void sign(const char *name, enum tsig_algorithm algorithm)
{
	a.key = fixture_key(name, algorithm);
	tsig_sign_request(&a.tsig, &a.key, a.message, &a.size, (uint64_t)time(NULL));
}

static void submit(const struct address *client)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	a.fd = pair[0];
	transfer_submit(&server, pair[1], client, a.message, a.size, false);
}

static bool receive(uint8_t *at, size_t size)
{
	struct pollfd ready = { .fd = a.fd, .events = POLLIN };
	while (size > 0) {
		assert_int_equal(poll(&ready, 1, PATIENCE), 1);
		ssize_t got = recv(a.fd, at, size, 0);
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

/* The next message; false when the connection was closed. */
static bool next(void)
{
	uint8_t length[2];
	if (!receive(length, 2))
		return false;
	a.answer_size = (size_t)length[0] << 8 | length[1];
	assert_true(receive(a.answer, a.answer_size));
	assert_memory_equal(a.answer, a.message, 2); /* its ID */
	assert_true((a.answer[2] & 0x80) != 0);
	return true;
}

static int rcode(void)
{
	return a.answer[3] & 15;
}

static void close_asking(void)
{
	assert_false(next());
	close(a.fd);
}

/* One answer that ends it. */
static void assert_refused(int wanted, bool verified)
{
	assert_true(next());
	assert_int_equal(rcode(), wanted);
	assert_int_equal(a.answer[7], 0);
	assert_int_equal(a.answer[5], 1); /* with its question */
	if (verified)
		assert_true(tsig_verify_answer(&a.tsig, a.answer, a.answer_size, (uint64_t)time(NULL)));
	close_asking();
}

struct heard {
	unsigned messages, records, soas;
	uint16_t first, last;
	uint32_t serial;
};

static void hear_record(struct cursor *c, struct heard *h)
{
	for (uint8_t label; (label = cursor_u8(c)) != 0;) {
		cursor_skip(c, label >= 0xc0 ? 1 : label);
		if (label >= 0xc0)
			break;
	}
	uint16_t type = cursor_u16(c);
	cursor_skip(c, 6);
	uint16_t length = cursor_u16(c);
	const uint8_t *rdata = cursor_skip(c, length);
	assert_non_null(rdata);
	h->first = h->records == 0 ? type : h->first;
	h->last = type;
	h->soas += type == TYPE_SOA;
	if (h->records++ == 0 && type == TYPE_SOA)
		h->serial = (uint32_t)rdata[length - 20] << 24 | (uint32_t)rdata[length - 19] << 16
			| (uint32_t)rdata[length - 18] << 8 | rdata[length - 17];
}

/* Messages until the connection is closed; each verified where they are signed. */
static struct heard hear(bool keyed)
{
	struct heard h = { 0 };
	while (next()) {
		assert_int_equal(rcode(), 0);
		assert_true((a.answer[2] & 4) != 0);
		if (keyed)
			assert_true(tsig_verify_stream(&a.tsig, h.messages == 0, NULL, 0, a.answer, a.answer_size,
				(uint64_t)time(NULL)));
		struct cursor c = cursor_reading(a.answer, a.answer_size);
		cursor_skip(&c, HEADER_SIZE + 8 + 4); /* of b5p.us */
		unsigned records = (unsigned)(a.answer[6] << 8 | a.answer[7]);
		for (unsigned i = 0; i < records; i++)
			hear_record(&c, &h);
		assert_false(c.broken);
		h.messages++;
	}
	close(a.fd);
	return h;
}

static uint32_t serial(void)
{
	int64_t now;
	assert_done(CALL(revision, &now, &e), &e);
	return (uint32_t)now;
}

static void whole(const struct heard *h)
{
	assert_true(h->messages > 1 && h->records >= 2 * HOSTS + 2);
	assert_int_equal(h->first, TYPE_SOA);
	assert_int_equal(h->last, TYPE_SOA);
	assert_int_equal(h->soas, 2);
	assert_int_equal(h->serial, serial());
}

static void a_key_gets_the_zone(void **state)
{
	(void)state;
	assert_false(peers_know(&server.peers, f.view.snapshot, &stranger));
	question("b5p.us", TYPE_AXFR);
	sign("xfr.key", TSIG_SHA256);
	submit(&stranger);
	struct heard h = hear(true);
	whole(&h);
	assert_true(peers_know(&server.peers, f.view.snapshot, &stranger)); /* from now on it is a secondary's address */
}

static void a_network_gets_it_without(void **state)
{
	(void)state;
	question("b5p.us", TYPE_AXFR);
	submit(&near_by);
	struct heard h = hear(false);
	whole(&h);
	question("b5p.us", TYPE_IXFR); /* whose serial is not said */
	submit(&near_by);
	h = hear(false);
	whole(&h);
}

static void nobody_else_does(void **state)
{
	(void)state;
	question("b5p.us", TYPE_AXFR);
	submit(&stranger);
	assert_refused(RCODE_REFUSED, false);
	question("b5p.us", TYPE_IXFR);
	add_serial(serial() - 1);
	submit(&stranger);
	assert_refused(RCODE_REFUSED, false);
	question("b5p.us", TYPE_AXFR);
	sign("other", TSIG_SHA512); /* which may not */
	submit(&stranger);
	assert_refused(RCODE_REFUSED, true);
	question("b5p.us", TYPE_AXFR);
	sign("other", TSIG_SHA512); /* nor by its address: who signs is judged by the key */
	submit(&near_by);
	assert_refused(RCODE_REFUSED, true);
	question("b5p.us", TYPE_AXFR);
	sign("nobody", TSIG_SHA256);
	submit(&near_by);
	assert_refused(RCODE_NOTAUTH, false);
	question("b5p.us", TYPE_AXFR);
	sign("xfr.key", TSIG_SHA256);
	a.message[a.size - 8] ^= 1; /* the MAC's last octets stand before the ID, the error and other data */
	submit(&near_by);
	assert_refused(RCODE_NOTAUTH, false);
	question("b5p.us", TYPE_AXFR);
	a.message[a.size - 1] = CLASS_CH;
	submit(&near_by);
	assert_refused(RCODE_REFUSED, false);
	question("b5p.us", TYPE_AXFR);
	a.message[7] = 1; /* an answer is claimed */
	submit(&near_by);
	assert_true(next());
	assert_int_equal(rcode(), RCODE_FORMERR);
	close_asking();
	assert_false(peers_know(&server.peers, f.view.snapshot, &stranger));
}

static void a_zone_that_is_not_there(void **state)
{
	(void)state;
	question("elsewhere.test", TYPE_AXFR);
	sign("xfr.key", TSIG_SHA256);
	submit(&stranger);
	assert_refused(RCODE_NOTAUTH, true);
	question("elsewhere.test", TYPE_AXFR);
	submit(&near_by);
	assert_refused(RCODE_NOTAUTH, false);
}

static void the_catalog_lists_zones(void **state)
{
	(void)state;
	question("cat.invalid", TYPE_AXFR);
	submit(&near_by);
	assert_true(next());
	assert_int_equal(rcode(), 0);
	assert_int_equal(a.answer[7], 5); /* SOA, NS, version, one member, SOA */
	close_asking();
}

static void what_changed_since(void **state)
{
	uint32_t before = serial();
	(void)state;
	question("b5p.us", TYPE_IXFR);
	add_serial(before);
	sign("xfr.key", TSIG_SHA256);
	submit(&stranger);
	struct heard h = hear(true);
	assert_int_equal(h.records, 1); /* nothing is new: the SOA alone */
	assert_int_equal(h.serial, before);
	put_host("new.b5p.us");
	for (int keyed = 0; keyed < 2; keyed++) {
		question("b5p.us", TYPE_IXFR);
		add_serial(before);
		if (keyed)
			sign("xfr.key", TSIG_SHA256);
		submit(keyed ? &stranger : &near_by);
		h = hear(keyed);
		assert_int_equal(h.serial, serial());
		assert_int_equal(h.soas, 4);
		assert_int_equal(h.records, 4 + 4); /* its addresses, and those of all names below it */
		assert_int_equal(h.messages, 1);
	}
	question("b5p.us", TYPE_IXFR);
	add_serial(before - 100000); /* which the log does not tell */
	submit(&near_by);
	h = hear(false);
	whole(&h);
	question("b5p.us", TYPE_IXFR);
	add_serial(before);
	a.message[a.size - 31] = TYPE_NS; /* no SOA */
	submit(&near_by);
	h = hear(false);
	whole(&h);
}

static void without_a_registry(void **state)
{
	(void)state;
	server.source.registry = "/nonexistent/registry";
	question("b5p.us", TYPE_AXFR);
	sign("xfr.key", TSIG_SHA256);
	submit(&stranger);
	assert_refused(RCODE_SERVFAIL, true);
}

/* A socket that takes nothing more, and a question that is refused: as many as there are threads. */
static void who_takes_no_refusal_is_left(void **state)
{
	int ends[TRANSFER_THREADS];
	static uint8_t noise[4096];
	(void)state;
	for (int i = 0; i < TRANSFER_THREADS; i++) {
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		ends[i] = pair[0];
		fcntl(pair[1], F_SETFL, O_NONBLOCK);
		while (send(pair[1], noise, sizeof noise, 0) > 0)
			;
		while (send(pair[1], noise, 1, 0) > 0)
			;
		question("b5p.us", TYPE_AXFR);
		transfer_submit(&server, pair[1], &stranger, a.message, a.size, false);
	}
	int64_t began = clock_ticks();
	question("b5p.us", TYPE_AXFR);
	submit(&near_by);
	struct heard h = hear(false);
	whole(&h);
	assert_true(clock_ticks() - began < 9500); /* not the ten seconds that are a secondary's */
	for (int i = 0; i < TRANSFER_THREADS; i++)
		close(ends[i]);
}

static bool hung_up(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	return poll(&ready, 1, 0) == 1;
}

static int wait_in_line(bool known)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	transfer_submit(&server, pair[1], known ? &near_by : &stranger, a.message, a.size, known);
	return pair[0];
}

/* Nobody serves: the line is full. */
static void strangers_wait_for_no_secondary(void **state)
{
	static int line[TRANSFER_QUEUE];
	(void)state;
	server.queue_end = &server.queue;
	pthread_mutex_init(&server.lock, NULL);
	pthread_cond_init(&server.moved, NULL);
	question("b5p.us", TYPE_AXFR);
	for (int i = 0; i < TRANSFER_QUEUE; i++)
		line[i] = wait_in_line(i < 100);
	int late = wait_in_line(false);
	assert_true(hung_up(late));
	close(late);
	for (int i = 0; i < TRANSFER_QUEUE - 100; i++) {
		int fd = wait_in_line(true);
		assert_false(hung_up(fd));
		assert_true(hung_up(line[100 + i]) && !hung_up(line[i < 100 ? i : 99]));
		close(line[100 + i]);
		line[100 + i] = fd;
	}
	late = wait_in_line(true);
	assert_true(hung_up(late));
	close(late);
	assert_int_equal(server.queued, TRANSFER_QUEUE);
	transfer_stop(&server);
	for (int i = 0; i < TRANSFER_QUEUE; i++) {
		assert_true(hung_up(line[i]));
		close(line[i]);
	}
}

static int no_threads(void **state)
{
	(void)state;
	server = (struct transfer_server){ 0 };
	return 0;
}

static void what_is_wanted(void **state)
{
	uint8_t message[512];
	size_t size = fixture_query(message, "b5p.us", TYPE_AXFR, 0);
	(void)state;
	assert_true(transfer_wanted(message, size));
	assert_false(transfer_wanted(message, size - 1));
	assert_false(transfer_wanted(message, HEADER_SIZE));
	assert_false(transfer_wanted(message, 3));
	message[2] ^= 0x80; /* an answer */
	assert_false(transfer_wanted(message, size));
	message[2] ^= 0x80 | 0x28; /* an UPDATE */
	assert_false(transfer_wanted(message, size));
	message[2] ^= 0x28;
	message[5] = 2;
	assert_false(transfer_wanted(message, size));
	message[5] = 1;
	message[HEADER_SIZE] = 0xc0;
	assert_false(transfer_wanted(message, size));
	for (uint16_t type = 249; type < 256; type++) {
		size = fixture_query(message, "b5p.us", type, 0);
		assert_int_equal(transfer_wanted(message, size), type == TYPE_AXFR || type == TYPE_IXFR);
	}
	size = fixture_query(message, "b5p.us", 256 + TYPE_AXFR, 0);
	assert_false(transfer_wanted(message, size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted),
		cmocka_unit_test_setup_teardown(a_key_gets_the_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_network_gets_it_without, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_else_does, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_zone_that_is_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_catalog_lists_zones, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_changed_since, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_registry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_takes_no_refusal_is_left, set_up, tear_down),
		cmocka_unit_test_setup(strangers_wait_for_no_secondary, no_threads),
	};
	return cmocka_run_group_tests_name("dnsd/serve/transfer", tests, NULL, NULL);
}
