/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/transfer_stream.h"
#include "dnsd/usage.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	TICK = 250,        /* milliseconds until `stop` is looked at */
	HANDSHAKE = 5000,  /* milliseconds for all of it */
	LOOK = 1000,       /* milliseconds between looks at the certificate's file */
	QUESTIONS = 1000,  /* of one connection: then others have their turn */
};

/* The certificate. */

/* RFC 9103 section 7.1: who names protocols must name this one. */
static int choose_protocol(SSL *tls, const unsigned char **out, unsigned char *size, const unsigned char *offered,
	unsigned offered_size, void *context)
{
	static const unsigned char dot[] = "\3dot";
	unsigned char *chosen;
	(void)tls;
	(void)context;
	if (SSL_select_next_proto(&chosen, size, dot, sizeof dot - 1, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int refuse_file(struct error *e, const char *what, const char *path)
{
	char why[256];
	ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
	ERR_clear_error();
	return fail(e, REFUSED, "%s %s: %s", what, path, why);
}

static int read_files(const struct tls_server *s, SSL_CTX *context, struct error *e)
{
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION); /* RFC 9103 section 7.2 */
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_num_tickets(context, 0);
	if (SSL_CTX_use_certificate_chain_file(context, s->certificate) != 1)
		return refuse_file(e, "the certificate", s->certificate);
	if (SSL_CTX_use_PrivateKey_file(context, s->key, SSL_FILETYPE_PEM) != 1)
		return refuse_file(e, "the key", s->key);
	if (SSL_CTX_check_private_key(context) != 1)
		return refuse_file(e, "the key does not fit the certificate", s->certificate);
	return DONE;
}

static int read_certificate(struct tls_server *s, struct error *e)
{
	int64_t changed = clock_changed(s->certificate);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int outcome = context == NULL ? fail(e, FAILED, "out of memory") : read_files(s, context, e);
	s->read_at = changed;
	if (outcome != DONE) {
		SSL_CTX_free(context);
		return outcome;
	}
	SSL_CTX_free(s->context);
	s->context = context;
	return DONE;
}

/* A certificate that was renewed is taken up; where that fails, the old one stays. */
static SSL *new_session(struct tls_server *s)
{
	struct error e;
	pthread_mutex_lock(&s->lock);
	int64_t now = clock_ticks();
	if (now - s->looked >= LOOK) {
		s->looked = now;
		if (clock_changed(s->certificate) != s->read_at && read_certificate(s, &e) != DONE)
			log_error("the certificate of transfers cannot be read; the old one stays why=\"%s\"", e.text);
	}
	SSL *tls = SSL_new(s->context);
	pthread_mutex_unlock(&s->lock);
	return tls;
}

/* A connection. */

struct session {
	struct tls_server *server;
	struct worker worker;
	struct counters counters;
	struct channel channel;
	struct address client;
	uint8_t message[STREAM_MESSAGE + SCAN_BEHIND];
};

static bool is_soa(const uint8_t *message, size_t size)
{
	size_t name = size > HEADER_SIZE ? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	return name > 0 && size - HEADER_SIZE - name >= 4 && message[HEADER_SIZE + name] == 0
		&& message[HEADER_SIZE + name + 1] == TYPE_SOA;
}

/* Any other question is for another port (RFC 9103 section 7.4). */
static size_t answer_soa(struct session *s, size_t size)
{
	rcu_thread_online();
	size_t answered = respond(&s->worker, s->message, size, STREAM_MESSAGE, &s->client, true);
	rcu_thread_offline();
	return answered;
}

static size_t refuse(struct session *s, size_t size)
{
	if (size < HEADER_SIZE || (s->message[2] & 0x80) != 0)
		return 0;
	stream_header(s->message, RCODE_REFUSED);
	memset(s->message + 4, 0, HEADER_SIZE - 4);
	return HEADER_SIZE;
}

static bool serve_one(struct session *s)
{
	size_t size = channel_receive(&s->channel, s->message), answered;
	if (size == 0)
		return false;
	memset(s->message + size, 0, SCAN_BEHIND);
	if (transfer_wanted(s->message, size)) {
		uint8_t *copy = malloc(size);
		if (copy == NULL)
			return false;
		memcpy(copy, s->message, size);
		transfer_answer(s->server->transfers, &s->worker, &s->channel, &s->client, copy, size);
		free(copy);
		return true;
	}
	answered = is_soa(s->message, size) ? answer_soa(s, size) : refuse(s, size);
	return answered > 0 && channel_send(&s->channel, s->message, answered);
}

static void serve(struct session *s, SSL *tls)
{
	if (!channel_accept(&s->channel, tls))
		return;
	s->channel.patience = s->server->idle;
	for (int i = 0; i < QUESTIONS && !atomic_load_explicit(s->server->stop, memory_order_relaxed) && serve_one(s);)
		i++;
	SSL_shutdown(s->channel.tls);
}

/* The threads. */

/* False when the address has connections enough. */
static bool enter(struct tls_server *s, unsigned which, int fd, const struct address *client)
{
	unsigned others = 0;
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < TLS_THREADS; i++)
		others += s->seats[i].fd >= 0 && address_equal(&s->seats[i].client, client);
	s->seats[which] = (struct tls_seat){ fd, *client };
	pthread_mutex_unlock(&s->lock);
	return others < TLS_PER_CLIENT;
}

static void leave(struct tls_server *s, unsigned which)
{
	pthread_mutex_lock(&s->lock);
	s->seats[which].fd = -1;
	pthread_mutex_unlock(&s->lock);
}

static void take(struct session *s, int listener, unsigned which)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
	if (fd < 0)
		return; /* another thread's */
	SSL *tls;
	s->channel = channel_over(fd, HANDSHAKE);
	s->client = address_of((const struct sockaddr *)&peer);
	if (enter(s->server, which, fd, &s->client) && (tls = new_session(s->server)) != NULL) {
		serve(s, tls);
		SSL_free(tls);
	}
	leave(s->server, which);
	close(fd);
}

static unsigned number_of(struct tls_server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned number = s->started++;
	pthread_mutex_unlock(&s->lock);
	return number;
}

static void *run(void *context)
{
	struct tls_server *server = context;
	unsigned which = number_of(server);
	struct session *s = calloc(1, sizeof *s);
	struct pollfd ready[64];
	for (size_t i = 0; i < server->fd_count; i++)
		ready[i] = (struct pollfd){ .fd = server->fds[i], .events = POLLIN };
	rcu_register_thread();
	rcu_thread_offline();
	if (s != NULL) {
		s->server = server;
		s->worker = server->transfers->worker;
		s->worker.counters = &s->counters; /* secondaries are no clients: they are not counted */
		s->worker.usage = usage_bank_new();
	}
	while (s != NULL && s->worker.usage != NULL && !atomic_load_explicit(server->stop, memory_order_relaxed)) {
		poll(ready, server->fd_count, TICK);
		for (size_t i = 0; i < server->fd_count; i++)
			if (ready[i].revents != 0)
				take(s, ready[i].fd, which);
	}
	if (s != NULL)
		usage_bank_free(s->worker.usage);
	free(s);
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

int tls_open(struct tls_server *s, struct error *e)
{
	pthread_mutex_init(&s->lock, NULL);
	for (unsigned i = 0; i < TLS_THREADS; i++)
		s->seats[i].fd = -1;
	return read_certificate(s, e);
}

int tls_start(struct tls_server *s, struct error *e)
{
	for (unsigned i = 0; i < TLS_THREADS; i++) {
		int code = pthread_create(&s->threads[i], NULL, run, s);
		if (code != 0)
			return fail(e, FAILED, "starting a thread for TLS: %s", strerror(code));
	}
	return DONE;
}

void tls_stop(struct tls_server *s)
{
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < TLS_THREADS; i++)
		if (s->seats[i].fd >= 0)
			shutdown(s->seats[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < TLS_THREADS; i++)
		pthread_join(s->threads[i], NULL);
	SSL_CTX_free(s->context);
	pthread_mutex_destroy(&s->lock);
}
