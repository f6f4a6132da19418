/* SPDX-License-Identifier: BSD-2-Clause */
/* A channel's TLS against OpenSSL's client over a pair of sockets, and the threads of handshakes. */
#include "updater/channel.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/lib/identity.h"
#include "updater/handshakes.h"
#include "updater/tls_port.h"

static char folder[] = "/tmp/windsock-test-XXXXXX";
static struct certificates certificates;
static struct tls_port port;
static struct channel server;
static struct handshakes threads;
static SSL_CTX *context;
static SSL *client;
static int client_fd;
static struct error e;

static int set_up(void **state)
{
	EVP_PKEY *key;
	(void)state;
	assert_non_null(mkdtemp(folder));
	X509 *x = identity_certificate("a.test", NULL, 4000000000, &key);
	identity_write(folder, "a.pem", x, key);
	X509_free(x);
	EVP_PKEY_free(key);
	assert_done(certificates_open(&certificates, folder, &e), &e);
	assert_done(tls_port_open(&port, 1 << 3 | 1 << 4, &certificates, &e), &e);
	context = SSL_CTX_new(TLS_client_method());
	return 0;
}

static int tear_down(void **state)
{
	char path[64];
	(void)state;
	SSL_CTX_free(context);
	tls_port_close(&port);
	certificates_close(&certificates);
	snprintf(path, sizeof path, "%s/a.pem", folder);
	remove(path);
	return rmdir(folder);
}

static int meet(void **state)
{
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	client_fd = fds[0];
	server = (struct channel){ .fd = fds[1] };
	client = SSL_new(context);
	SSL_set_fd(client, client_fd);
	SSL_set_connect_state(client);
	assert_true(channel_secure(&server, tls_port_session(&port, 0)));
	return 0;
}

static int part(void **state)
{
	(void)state;
	if (server.fd >= 0)
		channel_close(&server);
	SSL_free(client);
	close(client_fd);
	return 0;
}

static void agree(void)
{
	while (!server.agreed) {
		SSL_do_handshake(client);
		assert_true(channel_shake(&server, &e) != CHANNEL_BROKEN);
	}
	assert_int_equal(SSL_do_handshake(client), 1);
}

static void octets_both_ways(void **state)
{
	char room[40000], text[20000];
	(void)state;
	memset(text, 'x', sizeof text);
	agree();
	assert_int_equal(channel_receive(&server, room, sizeof room), CHANNEL_LATER);
	assert_int_equal(SSL_write(client, "hello", 5), 5);
	assert_int_equal(channel_receive(&server, room, 2), 2); /* the rest is not forgotten */
	assert_int_equal(channel_receive(&server, room + 2, sizeof room), 3);
	assert_memory_equal(room, "hello", 5);
	const struct iovec small[2] = { { room, 3 }, { text, 4 } }, none[2] = { { NULL, 0 }, { text, 6 } };
	assert_int_equal(channel_send(&server, small), 7);
	assert_int_equal(SSL_read(client, room, sizeof room), 7); /* as one record */
	assert_memory_equal(room, "helxxxx", 7);
	assert_int_equal(channel_send(&server, none), 6);
	const struct iovec large[2] = { { room, 100 }, { text, sizeof text } };
	assert_int_equal(channel_send(&server, large), 16384);
	SSL_shutdown(client);
	assert_int_equal(channel_receive(&server, room, sizeof room), CHANNEL_ENDED);
}

/* A client that reads nothing: what did not go is to be sent again, and comes once. */
static void a_full_socket(void **state)
{
	static char text[4000], room[8000];
	size_t sent = 0, got = 0;
	long said;
	(void)state;
	agree();
	const struct iovec parts[2] = { { text, sizeof text }, { NULL, 0 } };
	while ((said = channel_send(&server, parts)) > 0)
		sent += (size_t)said;
	assert_int_equal(said, CHANNEL_LATER);
	for (int n; (n = SSL_read(client, room, sizeof room)) > 0;)
		got += (size_t)n;
	assert_int_equal(channel_send(&server, parts), sizeof text);
	for (int n; (n = SSL_read(client, room, sizeof room)) > 0;)
		got += (size_t)n;
	assert_int_equal(got, sent + sizeof text);
}

static void new_keys_without_end(void **state)
{
	char room[100];
	int rounds = 0;
	(void)state;
	agree();
	do {
		SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED);
		assert_int_equal(SSL_write(client, "x", 1), 1);
		rounds++;
	} while (channel_receive(&server, room, sizeof room) == 1);
	assert_int_equal(rounds, 33);
	assert_true(server.broken);
	assert_int_equal(channel_receive(&server, room, sizeof room), CHANNEL_BROKEN);
}

/* Many in one go do not keep it busy, either. */
static void new_keys_at_once(void **state)
{
	char room[100];
	(void)state;
	agree();
	for (int i = 0; i < 50; i++) {
		SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
		assert_int_equal(SSL_do_handshake(client), 1);
	}
	assert_int_equal(SSL_write(client, "x", 1), 1);
	assert_int_equal(channel_receive(&server, room, sizeof room), CHANNEL_BROKEN);
	assert_int_equal(server.messages, 33);
}

/* One is fine, and what comes behind it is read at once. */
static void a_new_key(void **state)
{
	char room[100];
	(void)state;
	agree();
	SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
	assert_int_equal(SSL_do_handshake(client), 1);
	assert_int_equal(SSL_write(client, "x", 1), 1);
	assert_int_equal(channel_receive(&server, room, sizeof room), 1);
	const struct iovec parts[2] = { { room, 1 }, { NULL, 0 } };
	assert_int_equal(channel_send(&server, parts), 1);
	assert_int_equal(SSL_read(client, room, sizeof room), 1);
}

static void what_stands_first(void **state)
{
	char junk[200];
	(void)state;
	assert_int_equal(channel_peek(&server), CHANNEL_LATER);
	assert_int_equal(write(client_fd, "G", 1), 1);
	assert_int_equal(channel_peek(&server), CHANNEL_PLAIN);
	channel_bare(&server);
	assert_int_equal(channel_receive(&server, junk, sizeof junk), 1);
	const struct iovec parts[2] = { { junk, 1 }, { NULL, 0 } };
	assert_int_equal(channel_send(&server, parts), 1);
	channel_finish(&server);
	assert_int_equal(read(client_fd, junk, sizeof junk), 1);
	assert_int_equal(read(client_fd, junk, sizeof junk), 0);
}

/* Letters within a handshake that has begun are its own. */
static void a_letter_later(void **state)
{
	(void)state;
	assert_int_equal(write(client_fd, "\x16\x03", 2), 2);
	assert_int_equal(channel_peek(&server), CHANNEL_AGREED);
	assert_int_equal(channel_shake(&server, &e), CHANNEL_LATER);
	assert_int_equal(write(client_fd, "G", 1), 1);
	assert_int_equal(channel_peek(&server), CHANNEL_AGREED);
	shutdown(client_fd, SHUT_WR);
	assert_int_equal(channel_shake(&server, &e), CHANNEL_BROKEN);
	assert_int_equal(channel_peek(&server), CHANNEL_ENDED);
}

static struct handshake *await(void)
{
	struct pollfd ready = { .fd = threads.fd, .events = POLLIN };
	struct handshake *h;
	while ((h = handshakes_answer(&threads)) == NULL)
		poll(&ready, 1, 10000);
	return h;
}

static void by_threads(void **state)
{
	struct handshake h = { .channel = &server };
	(void)state;
	assert_done(handshakes_start(&threads, &e), &e);
	do {
		SSL_do_handshake(client);
		handshakes_ask(&threads, &h);
		assert_true(h.away);
		assert_ptr_equal(await(), &h);
		assert_false(h.away);
	} while (h.said == CHANNEL_LATER);
	assert_int_equal(h.said, CHANNEL_AGREED);
	assert_null(handshakes_answer(&threads));
	handshakes_stop(&threads);
}

static void whom_nobody_waits_for(void **state)
{
	struct handshake h = { .channel = &server };
	(void)state;
	assert_done(handshakes_start(&threads, &e), &e);
	SSL_do_handshake(client);
	h.left = true;
	handshakes_ask(&threads, &h);
	assert_ptr_equal(await(), &h);
	assert_int_equal(h.said, CHANNEL_BROKEN);
	assert_true(SSL_in_before(server.tls)); /* no work was done for it */
	handshakes_stop(&threads);
}

static void all_come_back_at_the_end(void **state)
{
	enum { MANY = 200 };
	static struct handshake h[MANY];
	static struct channel channels[MANY];
	size_t back = 0;
	(void)state;
	assert_done(handshakes_start(&threads, &e), &e);
	for (size_t i = 0; i < MANY; i++) {
		channels[i].fd = dup(server.fd);
		assert_true(channel_secure(&channels[i], tls_port_session(&port, 0)));
		h[i].channel = &channels[i];
		handshakes_ask(&threads, &h[i]);
	}
	handshakes_stop(&threads);
	while (handshakes_answer(&threads) != NULL)
		back++;
	assert_int_equal(back, MANY);
	for (size_t i = 0; i < MANY; i++)
		channel_close(&channels[i]);
}

static void tickets_are_sealed_anew_each_day(void **state)
{
	(void)state;
	const SSL_CTX *first = port.context;
	SSL_free(tls_port_session(&port, port.made + 86399999));
	assert_ptr_equal(port.context, first);
	SSL_free(tls_port_session(&port, port.made + 86400000));
	assert_ptr_not_equal(port.context, first);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, meet, part)
	const struct CMUnitTest tests[] = { CASE(octets_both_ways), CASE(a_full_socket), CASE(new_keys_without_end), CASE(new_keys_at_once), CASE(a_new_key),
		CASE(what_stands_first), CASE(a_letter_later), CASE(by_threads), CASE(whom_nobody_waits_for),
		CASE(all_come_back_at_the_end), CASE(tickets_are_sealed_anew_each_day) };
	return cmocka_run_group_tests_name("updater/channel", tests, set_up, tear_down);
}
