/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions by OpenSSL, and the threads that serve one connection each. */
#include "dnsd/serve/tls.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/serve/transfer_stream.h"
#include "dnsd/view/usage.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ready.h"
#include "lib/tls_server.h"

enum {
	TICK = 250,        /* milliseconds until `stop` is looked at */
	HANDSHAKE = 5000,  /* milliseconds for all of it */
	LOOK = 1000,       /* milliseconds between looks at the certificate's file */
	TLS_ONLY_1_3 = 1 << 4,
	QUESTIONS = 1000,  /* most questions of one connection, so that others have their turn */
};

/* The certificate. */

/* Secondaries speak TLS 1.3 (RFC 9103 section 7.2), and "dot", if they say what they speak (section 7.1). */
static int make_context(const struct tls_server *s, SSL_CTX **made, struct error *e)
{
	struct tls_identity identity;
	int outcome = tls_identity_read(s->certificate, s->key, &identity, e);
	if (outcome == DONE)
		outcome = tls_server_context(TLS_ONLY_1_3, "dot", made, e);
	if (outcome == DONE && SSL_CTX_use_cert_and_key(*made, identity.certificate, identity.key, identity.chain, 1) != 1) {
		SSL_CTX_free(*made);
		outcome = fail(e, REFUSED, "the certificate %s cannot be used", s->certificate);
	}
	tls_identity_free(&identity);
	if (outcome == DONE)
		SSL_CTX_set_num_tickets(*made, 0);
	return outcome;
}

static int read_certificate(struct tls_server *s, struct error *e)
{
	SSL_CTX *context;
	s->read_at = clock_changed(s->certificate);
	int outcome = make_context(s, &context, e);
	if (outcome != DONE)
		return outcome;
	SSL_CTX_free(s->context);
	s->context = context;
	return DONE;
}

/* Begins a TLS session. Reads the certificate anew if its file changed; if that fails, keeps the old one. */
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
	struct tls_place *place;
	struct worker worker;
	struct counters counters;
	struct transfer_channel channel;
	uint8_t message[STREAM_MESSAGE + SCAN_BEHIND];
};

static bool is_soa(const uint8_t *message, size_t size)
{
	size_t name = size > HEADER_SIZE ? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	return name > 0 && size - HEADER_SIZE - name >= 4 && message[HEADER_SIZE + name] == 0
		&& message[HEADER_SIZE + name + 1] == TYPE_SOA;
}

/* Answers a question for SOA. All others are refused, for they belong to another port (RFC 9103 section 7.4). */
static size_t answer_soa(struct session *s, size_t size)
{
	rcu_thread_online();
	size_t answered = respond(&s->worker, s->message, size, STREAM_MESSAGE, &s->place->place.client, true);
	rcu_thread_offline();
	return answered;
}

static size_t refuse(struct session *s, size_t size)
{
	struct query q;
	query_take(&q, s->message, size, STREAM_MESSAGE, NULL, &s->place->place.client, true);
	rcu_thread_online();
	size_t answered = answer_refused(&s->worker, &q);
	rcu_thread_offline();
	return answered;
}

static bool wait_for(struct session *s, enum tcp_wait wait)
{
	return tls_places_wait(&s->server->places, s->place, wait);
}

static bool serve_one(struct session *s)
{
	size_t size = wait_for(s, TCP_IDLE) ? transfer_channel_receive(&s->channel, s->message) : 0, answered;
	if (size == 0)
		return false;
	memset(s->message + size, 0, SCAN_BEHIND);
	if (transfer_wanted(s->message, size)) {
		uint8_t *copy = malloc(size);
		if (copy == NULL || !wait_for(s, TCP_SERVED)) {
			free(copy);
			return false;
		}
		memcpy(copy, s->message, size);
		transfer_answer(s->server->transfers, &s->worker, &s->channel, &s->place->place.client, copy, size);
		free(copy);
		return true;
	}
	answered = is_soa(s->message, size) ? answer_soa(s, size) : refuse(s, size);
	return answered > 0 && transfer_channel_send(&s->channel, s->message, answered);
}

static void serve(struct session *s, SSL *tls)
{
	if (!transfer_channel_accept(&s->channel, tls))
		return;
	s->channel.patience = s->server->idle;
	for (int i = 0; i < QUESTIONS && !atomic_load_explicit(s->server->stop, memory_order_relaxed) && serve_one(s);)
		i++;
	SSL_shutdown(s->channel.tls);
}

/* The threads. */

static void serve_place(struct session *s, struct tls_place *place)
{
	SSL *tls = new_session(s->server);
	s->place = place;
	s->channel = transfer_channel_over(place->fd, HANDSHAKE);
	if (tls != NULL)
		serve(s, tls);
	SSL_free(tls);
}

static struct session *new_thread(struct tls_server *server)
{
	struct session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->server = server;
	s->worker = server->transfers->worker;
	s->worker.counters = &s->counters; /* not the server's, for secondaries' queries are not counted as clients' */
	s->worker.usage = usage_bank_new();
	if (s->worker.usage != NULL)
		return s;
	free(s);
	return NULL;
}

static void *run(void *context)
{
	struct tls_server *server = context;
	struct session *s = new_thread(server);
	rcu_register_thread();
	rcu_thread_offline();
	while (s != NULL && !atomic_load_explicit(server->stop, memory_order_relaxed)) {
		struct tls_place *place = tls_places_take(&server->places);
		if (place == NULL)
			continue;
		serve_place(s, place);
		tls_places_leave(&server->places, place);
	}
	if (s != NULL)
		usage_bank_free(s->worker.usage);
	free(s);
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

/* The porter accepts connections in a thread of its own, for all others may be busy. */

static void take(struct tls_server *server, int listener)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
	if (fd < 0) {
		if (!ready_passes(errno))
			ready_wait(NULL, 0, TICK); /* what is out will not be there at once */
		return;
	}
	struct address client = address_of((const struct sockaddr *)&peer);
	rcu_thread_online();
	tls_places_enter(&server->places, view_snapshot(server->transfers->worker.view), fd, &client);
	rcu_thread_offline();
}

static void *let_in(void *context)
{
	struct tls_server *server = context;
	struct pollfd ready[64];
	for (size_t i = 0; i < server->fd_count; i++)
		ready[i] = (struct pollfd){ .fd = server->fds[i], .events = POLLIN };
	rcu_register_thread();
	rcu_thread_offline();
	while (!atomic_load_explicit(server->leave, memory_order_relaxed)) {
		ready_wait(ready, server->fd_count, TICK);
		for (size_t i = 0; i < server->fd_count; i++)
			if (ready[i].revents != 0)
				take(server, ready[i].fd);
	}
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

int tls_open(struct tls_server *s, struct error *e)
{
	pthread_mutex_init(&s->lock, NULL);
	return read_certificate(s, e);
}

int tls_start(struct tls_server *s, struct error *e)
{
	int code = 0;
	tls_places_init(&s->places, &s->transfers->peers);
	for (unsigned i = 0; i < TLS_THREADS && code == 0; i++)
		code = pthread_create(&s->threads[i], NULL, run, s);
	if (code == 0)
		code = pthread_create(&s->porter, NULL, let_in, s);
	return code == 0 ? DONE : fail(e, FAILED, "starting a thread for TLS: %s", strerror(code));
}

bool tls_busy(struct tls_server *s)
{
	return s->fd_count > 0 && tls_places_taken(&s->places);
}

void tls_stop(struct tls_server *s)
{
	tls_places_close(&s->places);
	pthread_join(s->porter, NULL);
	for (unsigned i = 0; i < TLS_THREADS; i++)
		pthread_join(s->threads[i], NULL);
	SSL_CTX_free(s->context);
	pthread_mutex_destroy(&s->lock);
}
