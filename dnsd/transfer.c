/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/forward.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/log.h"

enum {
	SENDING = 10, /* seconds in which a secondary must take something */
	TICK = 250,   /* milliseconds until `stop` is looked at */
	LOOK = 1000,  /* milliseconds between looks at images of signed zones */
};

static uint16_t number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

bool transfer_wanted(const uint8_t *message, size_t size)
{
	size_t name = size > HEADER_SIZE ? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	if (name == 0 || size - HEADER_SIZE - name < 4 || (message[2] & 0xf8) != 0 || number(message + 4) != 1)
		return false;
	uint16_t type = number(message + HEADER_SIZE + name);
	return type == TYPE_AXFR || type == TYPE_IXFR;
}

/* One transfer. */

struct transfer {
	struct transfer_server *server;
	const struct transfer_job *job;
	struct worker *worker;
	struct query query;
	struct tsig_context tsig;
	struct tsig_key key; /* a copy: the snapshot may go */
	bool allowed, incremental;
	struct transfer_wish wish;
	struct signer *signer;
	struct stream stream;
	uint8_t packet[STREAM_MESSAGE + SCAN_BEHIND];
};

/* Verifies the question. What is not allowed is answered as all other questions are: signed, and refused. */
static void look(struct transfer *t)
{
	struct query *q = &t->query;
	memcpy(t->packet, t->job->message, t->job->size);
	*q = (struct query){ .packet = t->packet, .size = t->job->size, .room = STREAM_MESSAGE,
		.client = &t->job->client, .tcp = true };
	query_read(q);
	lookup_begin(t->worker);
	if (q->verdict != QUERY_SIGNED || tsig_find(q->packet, q->size, &t->tsig) != TSIG_THERE)
		return;
	const struct ring_key *key = answer_verify(t->worker, q, &t->tsig, (uint64_t)clock_date());
	if (key == NULL || !key->transfer || q->class != CLASS_IN)
		return;
	t->key = key->tsig;
	t->tsig.key = &t->key;
	t->allowed = true;
	struct transfer_wish *wish = &t->wish;
	wish->offset = atomic_load_explicit(&t->worker->view->offset, memory_order_relaxed);
	wish->apex.size = q->name.size;
	memcpy(wish->apex.wire, q->name.lower, q->name.size);
	name_write(wish->apex.wire, wish->zone);
	const struct zone_view *catalog = t->worker->snapshot->catalog;
	wish->is_catalog = catalog != NULL && name_equal(&wish->apex, &catalog->name);
}

static bool send_all(int fd, const uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, octets, size, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		octets += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool send_message(int fd, uint8_t *message, size_t size)
{
	const uint8_t length[] = { (uint8_t)(size >> 8), (uint8_t)size };
	return send_all(fd, length, 2) && send_all(fd, message, size);
}

/* As any other question, by the ordinary way. Returns the answer's octets. */
static size_t refuse(struct transfer *t)
{
	memcpy(t->packet, t->job->message, t->job->size);
	return respond(t->worker, t->packet, t->job->size, STREAM_MESSAGE, &t->job->client, true);
}

/* An answer of the question alone. */
static void answer_error(struct transfer *t, enum rcode rcode)
{
	size_t size = t->query.question_end;
	stream_header(t->packet, (uint8_t)rcode);
	tsig_sign(&t->tsig, t->packet, &size, (uint64_t)clock_date(), true);
	if (size > 0)
		send_message(t->job->fd, t->packet, size);
}

/* The serial that an IXFR's client has stands in the SOA behind its question; false where there is none. */
static bool clients_serial(const struct transfer *t, uint32_t *serial)
{
	const uint8_t *message = t->job->message;
	struct cursor c = cursor_reading(message + t->query.question_end, t->tsig.at - t->query.question_end);
	if (t->query.type != TYPE_IXFR || number(message + 8) != 1)
		return false;
	for (uint8_t label; (label = cursor_u8(&c)) != 0;) {
		cursor_skip(&c, label >= 0xc0 ? 1 : label);
		if (label >= 0xc0)
			break;
	}
	uint16_t type = cursor_u16(&c);
	cursor_skip(&c, 6);
	uint16_t length = cursor_u16(&c);
	const uint8_t *rdata = cursor_skip(&c, length);
	if (rdata == NULL || type != TYPE_SOA || length < 22)
		return false;
	const uint8_t *at = rdata + length - 20;
	*serial = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	return true;
}

/* Who is too slow is left: what was sent is no whole zone, which the last SOA tells. */
static bool send_stream(struct transfer *t)
{
	bool first = true;
	size_t size;
	while ((size = stream_take(&t->stream, t->packet)) > 0) {
		tsig_sign(&t->tsig, t->packet, &size, (uint64_t)clock_date(), first);
		if (size == 0 || !send_message(t->job->fd, t->packet, size))
			return false;
		first = false;
	}
	return true;
}

static void transfer_zone(struct transfer *t)
{
	struct error e = { "" };
	char client[ADDRESS_TEXT];
	int64_t began = clock_ticks();
	const char *zone = t->wish.zone;
	t->wish.has_serial = clients_serial(t, &t->wish.serial);
	address_write(&t->job->client, client);
	int outcome = stream_begin(&t->stream, t->packet, t->query.question_end, &t->wish.apex, &e);
	if (outcome == DONE)
		outcome = transfer_fill(&t->server->source, &t->wish, t->signer, &t->stream, &t->incremental, &e);
	if (outcome == ABSENT || outcome == REFUSED)
		answer_error(t, RCODE_NOTAUTH);
	else if (outcome != DONE)
		answer_error(t, outcome == HARMFUL ? RCODE_REFUSED : RCODE_SERVFAIL);
	bool sent = outcome == DONE && send_stream(t);
	if (outcome < 0 || outcome == HARMFUL)
		log_error("a zone cannot be transferred zone=%s client=%s why=\"%s\"", zone, client, e.text);
	else
		log_info("transfer zone=%s client=%s form=%s records=%zu ms=%" PRId64 "%s", zone, client,
			t->incremental ? "IXFR" : t->stream.records == 1 ? "SOA" : "AXFR", t->stream.records, clock_ticks() - began,
			sent ? "" : " not whole");
	stream_end(&t->stream);
}

static void run_job(struct transfer_server *server, struct worker *worker, struct signer *signer,
	const struct transfer_job *job)
{
	struct transfer *t = calloc(1, sizeof *t);
	if (t == NULL)
		return;
	t->server = server;
	t->job = job;
	t->worker = worker;
	t->signer = signer;
	rcu_thread_online();
	look(t);
	size_t size = t->allowed ? 0 : refuse(t);
	rcu_thread_offline(); /* nobody waits for us from here on */
	if (t->allowed)
		transfer_zone(t);
	else if (size > 0)
		send_message(t->job->fd, t->packet, size);
	secret_forget(&t->key, sizeof t->key);
	free(t);
}

/* The threads. */

static void free_job(struct transfer_job *job)
{
	if (job == NULL)
		return;
	close(job->fd);
	free(job);
}

/* NULL when there was none for a while. */
static struct transfer_job *next_job(struct transfer_server *s)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TICK * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->lock);
	if (s->queue == NULL)
		pthread_cond_timedwait(&s->moved, &s->lock, &until);
	struct transfer_job *job = s->queue;
	if (job != NULL) {
		s->queue = job->next;
		s->queued--;
		if (s->queue == NULL)
			s->queue_end = &s->queue;
	}
	pthread_mutex_unlock(&s->lock);
	return job;
}

static bool is_signed(void *context, const struct name *apex)
{
	const struct transfer_server *s = context;
	const struct zone_view *zone = snapshot_find(view_snapshot(s->worker.view), apex->wire, apex->size);
	return zone != NULL && zone->signed_ != ZONE_UNSIGNED;
}

/* Whatever is to reach secondaries needs another serial, which the updater makes. One thread at a time looks. */
static void look_after_images(struct transfer_server *s)
{
	int64_t now = clock_ticks(), due = atomic_load_explicit(&s->look_at, memory_order_relaxed);
	if (now < due || !atomic_compare_exchange_strong(&s->look_at, &due, now + LOOK))
		return;
	rcu_thread_online();
	if (zone_images_due(&s->source.images, is_signed, s, clock_date()))
		forwarder_move_serial(s->worker.settings->forwarder);
	rcu_thread_offline();
}

static void *run(void *context)
{
	struct transfer_server *s = context;
	struct counters counters = { 0 };
	struct worker worker = s->worker;
	struct signer *signer = signer_new(&s->source.images.signatures);
	worker.counters = &counters; /* transfers are told in the log */
	rcu_register_thread();
	rcu_thread_offline();
	while (!atomic_load_explicit(s->stop, memory_order_relaxed)) {
		struct transfer_job *job = next_job(s);
		if (job != NULL && signer != NULL)
			run_job(s, &worker, signer, job);
		free_job(job);
		look_after_images(s);
	}
	signer_free(signer);
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

/* Secondaries have signatures that were made by another process: what they have left is not known. */
static bool signs_for_others(const struct transfer_server *s)
{
	const struct snapshot *snapshot = view_snapshot(s->worker.view);
	bool has_signed = false;
	for (size_t i = 0; i < snapshot->zone_count; i++)
		has_signed |= snapshot->zones[i]->signed_ != ZONE_UNSIGNED;
	return has_signed && key_ring_transfers(&snapshot->ring);
}

int transfer_start(struct transfer_server *s, int64_t validity, struct error *e)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->source.ledger.lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	s->queue_end = &s->queue;
	s->source.images.stop = s->stop;
	s->source.images.first_serial = atomic_load(&s->worker.view->serial);
	int outcome = zone_images_init(&s->source.images, validity, e);
	if (outcome != DONE)
		return outcome;
	if (signs_for_others(s))
		forwarder_move_serial(s->worker.settings->forwarder);
	for (; s->started < TRANSFER_THREADS; s->started++) {
		int code = pthread_create(&s->threads[s->started], NULL, run, s);
		if (code != 0)
			return fail(e, FAILED, "starting a thread for transfers: %s", strerror(code));
	}
	return DONE;
}

void transfer_stop(struct transfer_server *s)
{
	for (unsigned i = 0; i < s->started; i++)
		pthread_join(s->threads[i], NULL);
	while (s->queue != NULL) {
		struct transfer_job *job = s->queue;
		s->queue = job->next;
		free_job(job);
	}
	pool_ledger_free(&s->source.ledger);
	zone_images_free(&s->source.images);
}

void transfer_submit(struct transfer_server *s, int fd, const struct address *client, const uint8_t *message,
	size_t size)
{
	const struct timeval patience = { .tv_sec = SENDING };
	struct transfer_job *job = malloc(sizeof *job + size);
	pthread_mutex_lock(&s->lock);
	bool room = job != NULL && s->queued < TRANSFER_QUEUE;
	pthread_mutex_unlock(&s->lock);
	if (!room) {
		free(job);
		close(fd);
		return;
	}
	*job = (struct transfer_job){ .client = *client, .fd = fd, .size = size };
	memcpy(job->message, message, size);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	pthread_mutex_lock(&s->lock);
	*s->queue_end = job;
	s->queue_end = &job->next;
	s->queued++;
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}
