/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may transfer what, and the threads that read the registry and send. */
#include "dnsd/serve/transfer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/serve/transfer_channel.h"
#include "dnsd/serve/forward.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/log.h"
#include "wire/octets.h"

enum {
	SENDING = 10000, /* milliseconds within which a secondary must take some octets */
	TICK = 250,   /* milliseconds until `stop` is looked at */
	LOOK = 1000,  /* milliseconds between looks at images of signed zones */
};

bool transfer_wanted(const uint8_t *message, size_t size)
{
	size_t name = size > HEADER_SIZE ? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	if (name == 0 || size - HEADER_SIZE - name < 4 || (message[HEADER_FLAGS] & (FLAG_QR | OPCODE_MASK)) != 0 || octets_16(message + HEADER_QUESTIONS) != 1)
		return false;
	uint16_t type = octets_16(message + HEADER_SIZE + name);
	return type == TYPE_AXFR || type == TYPE_IXFR;
}

/* One transfer. */

struct transfer {
	struct transfer_server *server;
	const struct transfer_channel *channel;
	const struct address *client;
	const uint8_t *message; /* the question's, as it came */
	size_t size;
	struct worker *worker;
	struct query query;
	struct tsig_context tsig;
	struct tsig_key key; /* a copy, for the snapshot may be freed */
	bool allowed, keyed, incremental;
	struct transfer_wish wish;
	struct stream stream;
	uint8_t packet[STREAM_MESSAGE + SCAN_BEHIND];
};

static bool may_by_key(struct transfer *t)
{
	const struct query *q = &t->query;
	t->keyed = tsig_find(q->packet, q->size, &t->tsig) == TSIG_THERE;
	if (!t->keyed)
		return false;
	const struct ring_key *key = answer_verify(t->worker, q, &t->tsig, (uint64_t)clock_date());
	if (key == NULL || !key->transfer)
		return false;
	peers_add(&t->server->peers, t->client);
	t->key = *t->tsig.key;
	t->tsig.key = &t->key;
	return true;
}

/* Whether the client may transfer by its address. A transfer without a key has RCODE_REFUSED from query_read, unless
 * something else is wrong with it. */
static bool may_by_address(const struct transfer *t)
{
	return t->query.verdict == QUERY_ERROR && t->query.rcode == RCODE_REFUSED
		&& networks_hold(t->server->peers.networks, t->client);
}

/* Reads and verifies the query, and finds whether it is allowed. */
static void look(struct transfer *t)
{
	struct query *q = &t->query;
	memcpy(t->packet, t->message, t->size);
	query_take(q, t->packet, t->size, STREAM_MESSAGE, NULL, t->client, true);
	query_read(q);
	lookup_begin(t->worker);
	t->allowed = q->class == CLASS_IN && (q->verdict == QUERY_TSIG ? may_by_key(t) : may_by_address(t));
	if (!t->allowed)
		return;
	struct transfer_wish *wish = &t->wish;
	wish->offset = atomic_load_explicit(&t->worker->view->offset, memory_order_relaxed);
	wish->apex.size = q->name.size;
	memcpy(wish->apex.wire, q->name.lower, q->name.size);
	name_write(wish->apex.wire, wish->zone);
	const struct zone_view *catalog = t->worker->snapshot->catalog;
	wish->is_catalog = catalog != NULL && name_equal(&wish->apex, &catalog->name);
}

/* Answers a query that is not allowed like any other query: refused, and signed if it was. Returns the answer's octets. */
static size_t refuse(struct transfer *t)
{
	return respond(t->worker, t->packet, t->size, STREAM_MESSAGE, t->client, true);
}

static void sign_message(struct transfer *t, size_t *size, bool first)
{
	if (t->keyed)
		tsig_sign(&t->tsig, t->packet, size, (uint64_t)clock_date(), first);
}

/* Sends an answer with an rcode and nothing but the question. */
static void answer_error(struct transfer *t, enum rcode rcode)
{
	size_t size = t->query.question_end;
	stream_header(t->packet, (uint8_t)rcode);
	sign_message(t, &size, true);
	if (size > 0)
		transfer_channel_send(t->channel, t->packet, size);
}

/* Reads the serial that an IXFR's client has, from the SOA behind its question; false when there is none. */
static bool clients_serial(const struct transfer *t, uint32_t *serial)
{
	const uint8_t *message = t->message;
	size_t end = t->keyed ? t->tsig.at : t->size;
	struct cursor c = cursor_reading(message + t->query.question_end, end - t->query.question_end);
	if (t->query.type != TYPE_IXFR || octets_16(message + HEADER_AUTHORITIES) != 1)
		return false;
	cursor_skip_name(&c);
	const struct record_fixed soa = record_fixed(&c);
	const uint8_t *rdata = cursor_skip(&c, soa.length);
	if (rdata == NULL || soa.type != TYPE_SOA || soa.length < 2 + SOA_NUMBERS) /* its two names are one octet each at least */
		return false;
	*serial = octets_32(rdata + soa.length - SOA_NUMBERS);
	return true;
}

/* Sends the stream. It stops if the client is too slow; the client sees by the missing last SOA that the transfer is not
 * whole. */
static bool send_stream(struct transfer *t)
{
	bool first = true;
	size_t size;
	while ((size = stream_take(&t->stream, t->packet)) > 0) {
		sign_message(t, &size, first);
		if (size == 0 || !transfer_channel_send(t->channel, t->packet, size))
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
	address_write(t->client, client);
	int outcome = stream_begin(&t->stream, t->packet, t->query.question_end, &t->wish.apex, &e);
	if (outcome == DONE)
		outcome = transfer_fill(&t->server->source, &t->wish, &t->stream, &t->incremental, &e);
	if (outcome == ABSENT || outcome == REFUSED)
		answer_error(t, RCODE_NOTAUTH);
	else if (outcome != DONE)
		answer_error(t, outcome == HARMFUL ? RCODE_REFUSED : RCODE_SERVFAIL);
	bool sent = outcome == DONE && send_stream(t);
	if (outcome < 0 || outcome == HARMFUL)
		log_error("a zone cannot be transferred zone=%s client=%s why=\"%s\"", zone, client, e.text);
	else
		log_info("transfer zone=%s client=%s%s form=%s records=%zu ms=%" PRId64 "%s", zone, client,
			t->channel->tls != NULL ? " over=TLS" : "",
			t->incremental ? "IXFR" : t->stream.records == 1 ? "SOA" : "AXFR", t->stream.records, clock_ticks() - began,
			sent ? "" : " not whole");
	stream_end(&t->stream);
}

/* Sends a refusal without waiting for the client to take it, for secondaries' transfers wait behind it. */
static void refuse_stranger(const struct transfer *t, size_t answer)
{
	struct transfer_channel hurried = *t->channel;
	hurried.patience = 0;
	transfer_channel_send(&hurried, t->packet, answer);
}

void transfer_answer(struct transfer_server *server, struct worker *worker, const struct transfer_channel *channel,
	const struct address *client, const uint8_t *message, size_t size)
{
	struct transfer *t = calloc(1, sizeof *t);
	if (t == NULL)
		return;
	t->server = server;
	t->channel = channel;
	t->client = client;
	t->message = message;
	t->size = size;
	t->worker = worker;
	rcu_thread_online();
	look(t);
	size_t answer = t->allowed ? 0 : refuse(t);
	rcu_thread_offline(); /* grace periods do not wait for this thread from here on */
	if (t->allowed)
		transfer_zone(t);
	else if (answer > 0)
		refuse_stranger(t, answer);
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

static void run_job(struct transfer_server *s, struct worker *worker, const struct transfer_job *job)
{
	const struct transfer_channel channel = transfer_channel_over(job->fd, SENDING);
	transfer_answer(s, worker, &channel, &job->client, job->message, job->size);
}

/* Takes the next job; NULL when none came for a while. */
static struct transfer_job *next_job(struct transfer_server *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->queue == NULL)
		clock_wait(&s->moved, &s->lock, TICK);
	struct transfer_job *job = s->queue;
	if (job != NULL) {
		s->queue = job->next;
		s->queued--;
		s->running++;
		if (s->queue == NULL)
			s->queue_end = &s->queue;
	}
	pthread_mutex_unlock(&s->lock);
	return job;
}

static void end_job(struct transfer_server *s, struct transfer_job *job)
{
	free_job(job);
	pthread_mutex_lock(&s->lock);
	s->running--;
	pthread_mutex_unlock(&s->lock);
}

bool transfer_busy(struct transfer_server *s)
{
	pthread_mutex_lock(&s->lock);
	bool busy = s->queued + s->running > 0;
	pthread_mutex_unlock(&s->lock);
	return busy;
}

static bool is_signed(void *context, const struct name *apex)
{
	const struct transfer_server *s = context;
	const struct zone_view *zone = snapshot_find(view_snapshot(s->worker.view), apex->wire, apex->size);
	return zone != NULL && zone->signed_ != ZONE_UNSIGNED;
}

/* Asks the updater for a new serial when images have something new for secondaries. One thread at a time looks. */
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
	worker.counters = &counters; /* transfers are told in the log */
	rcu_register_thread();
	rcu_thread_offline();
	while (!atomic_load_explicit(s->stop, memory_order_relaxed)) {
		struct transfer_job *job = next_job(s);
		if (job != NULL) {
			run_job(s, &worker, job);
			end_job(s, job);
		}
		look_after_images(s);
	}
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

/* Whether secondaries may have signatures of an earlier process, of which we do not know when they expire. */
static bool signs_for_others(const struct transfer_server *s)
{
	const struct snapshot *snapshot = view_snapshot(s->worker.view);
	bool has_signed = false;
	for (size_t i = 0; i < snapshot->zone_count; i++)
		has_signed |= snapshot->zones[i]->signed_ != ZONE_UNSIGNED;
	return has_signed && key_ring_transfers(&snapshot->ring);
}

int transfer_start(struct transfer_server *s, int64_t validity, size_t journals, struct error *e)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->source.ledger.lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	s->queue_end = &s->queue;
	s->source.images.stop = s->stop;
	s->source.images.first_serial = atomic_load(&s->worker.view->serial);
	int outcome = zone_images_init(&s->source.images, validity, journals, e);
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

/* Under the lock: takes a stranger's job out of a queue that is full. NULL if all are secondaries'. */
static struct transfer_job *take_stranger(struct transfer_server *s)
{
	for (struct transfer_job **at = &s->queue; *at != NULL; at = &(*at)->next) {
		struct transfer_job *job = *at;
		if (job->known)
			continue;
		*at = job->next;
		if (job->next == NULL)
			s->queue_end = at;
		s->queued--;
		return job;
	}
	return NULL;
}

void transfer_submit(struct transfer_server *s, int fd, const struct address *client, const uint8_t *message,
	size_t size, bool known)
{
	struct transfer_job *job = malloc(sizeof *job + size), *left = NULL;
	if (job == NULL) {
		close(fd);
		return;
	}
	*job = (struct transfer_job){ .client = *client, .fd = fd, .known = known, .size = size };
	memcpy(job->message, message, size);
	pthread_mutex_lock(&s->lock);
	if (s->queued >= TRANSFER_QUEUE && known)
		left = take_stranger(s);
	if (s->queued >= TRANSFER_QUEUE) {
		left = job;
	} else {
		*s->queue_end = job;
		s->queue_end = &job->next;
		s->queued++;
		pthread_cond_signal(&s->moved);
	}
	pthread_mutex_unlock(&s->lock);
	free_job(left);
}
