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

#include "dnsd/catalog.h"
#include "dnsd/transfer_stream.h"
#include "dnsd/zone_content.h"
#include "dnsd/zone_difference.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/log.h"

enum {
	SENDING = 10, /* seconds in which a secondary must take something */
	TICK = 250,   /* milliseconds until `stop` is looked at */
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
	bool allowed, is_catalog, incremental;
	struct name apex;
	char zone[NAME_TEXT];
	uint32_t offset; /* of serials to revisions */
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
	t->offset = atomic_load_explicit(&t->worker->view->offset, memory_order_relaxed);
	t->apex.size = q->name.size;
	memcpy(t->apex.wire, q->name.lower, q->name.size);
	const struct zone_view *catalog = t->worker->snapshot->catalog;
	t->is_catalog = catalog != NULL && name_equal(&t->apex, &catalog->name);
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

/* RFC 1982: whether A is behind B. */
static bool behind(uint32_t a, uint32_t b)
{
	return a != b && b - a < UINT32_C(1) << 31;
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

static int take(const struct zone_rr *rr, void *context, struct error *e)
{
	struct transfer *t = context;
	return stream_add(&t->stream, rr, e);
}

/* With the same serial, all get the same. */
static int find_pools(struct transfer *t, struct registry *r, uint32_t serial, struct rr_list *pools, struct error *e)
{
	if (pool_ledger_find(&t->server->ledger, serial, pools))
		return DONE;
	int outcome = zone_content_pools(r, clock_date(), pools, e);
	if (outcome != DONE)
		return outcome;
	struct rr_list first;
	pool_ledger_keep(&t->server->ledger, serial, pools);
	if (pool_ledger_find(&t->server->ledger, serial, &first)) { /* another thread's, perhaps */
		free(pools->octets);
		*pools = first;
	}
	return DONE;
}

/* The old SOA, what was removed, the new SOA, what was added: RFC 1995 section 4. */
static int put_difference(struct transfer *t, const struct zone_rr *soa, uint32_t from, const struct rr_list *removed,
	const struct rr_list *added, struct error *e)
{
	uint8_t rdata[SOA_RDATA_MOST];
	struct zone_rr old = *soa;
	memcpy(rdata, soa->rdata, soa->length);
	for (int i = 0; i < 4; i++)
		rdata[soa->length - 20 + i] = (uint8_t)(from >> (24 - 8 * i));
	old.rdata = rdata;
	int outcome = stream_add(&t->stream, &old, e);
	if (outcome == DONE)
		outcome = rr_list_walk(removed, take, t, e);
	if (outcome == DONE)
		outcome = stream_add(&t->stream, soa, e);
	return outcome == DONE ? rr_list_walk(added, take, t, e) : outcome;
}

/* ABSENT where only the whole zone will do. */
static int fill_difference(struct transfer *t, struct registry *r, const struct zone *row, const struct zone_rr *soa,
	uint32_t from, int64_t after, const struct rr_list *pools, struct error *e)
{
	struct rr_list former = { 0 }, removed = { 0 }, added = { 0 };
	bool known = pool_ledger_find(&t->server->ledger, from, &former);
	int outcome = zone_content_difference(r, row, after, known ? &former : NULL, pools, &removed, &added, e);
	if (outcome == REFUSED)
		outcome = ABSENT;
	if (outcome == DONE)
		outcome = put_difference(t, soa, from, &removed, &added, e);
	t->incremental = outcome == DONE;
	free(former.octets);
	free(removed.octets);
	free(added.octets);
	return outcome;
}

/* What is between the first SOA and the last. */
static int fill_between(struct transfer *t, struct registry *r, const struct zone *row, const struct zone_rr *soa,
	int64_t revision, struct error *e)
{
	struct rr_list pools = { 0 };
	uint32_t serial = (uint32_t)revision + t->offset, from;
	if (t->is_catalog)
		return catalog_walk(r, t->zone, take, t, e);
	int outcome = find_pools(t, r, serial, &pools, e), whole = ABSENT;
	if (outcome == DONE && clients_serial(t, &from))
		whole = fill_difference(t, r, row, soa, from, revision - (uint32_t)(serial - from), &pools, e);
	if (outcome == DONE)
		outcome = whole == ABSENT ? zone_content_walk(r, row, &pools, take, t, e) : whole;
	free(pools.octets);
	return outcome;
}

static int fill_frozen(struct transfer *t, struct registry *r, struct error *e)
{
	struct arena arena = { 0 };
	struct zone row = { .name = t->zone };
	uint8_t rdata[SOA_RDATA_MOST];
	uint32_t from;
	int64_t revision;
	struct zone_rr soa = { .owner = &t->apex, .type = TYPE_SOA, .rdata = rdata };
	int outcome = r->engine->revision(r, &revision, e);
	if (t->is_catalog)
		row = catalog_row(t->zone);
	else if (outcome == DONE)
		outcome = r->engine->get(r, &zone_kind, &row, &arena, &row, e);
	uint32_t serial = (uint32_t)revision + t->offset;
	if (outcome == DONE && row.signed_ != ZONE_UNSIGNED) /* without signatures, it would be bogus there */
		outcome = fail(e, HARMFUL, "it is signed, and signatures are not transferred yet");
	if (outcome == DONE)
		outcome = zone_content_soa(&row, serial, rdata, &soa.length, e);
	soa.ttl = (uint32_t)row.ttl;
	if (outcome == DONE)
		outcome = stream_add(&t->stream, &soa, e);
	if (outcome == DONE && !(clients_serial(t, &from) && !behind(from, serial))) {
		outcome = fill_between(t, r, &row, &soa, revision, e);
		if (outcome == DONE)
			outcome = stream_add(&t->stream, &soa, e);
	}
	arena_free(&arena);
	return outcome;
}

static int fill(struct transfer *t, struct error *e)
{
	struct registry *r;
	int outcome = registry_open(t->server->registry, REGISTRY_READ, &r, e);
	if (outcome != DONE)
		return FAILED;
	outcome = r->engine->freeze(r, e);
	if (outcome == DONE)
		outcome = fill_frozen(t, r, e);
	r->engine->rollback(r);
	registry_close(r);
	return outcome;
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
	name_write(t->apex.wire, t->zone);
	address_write(&t->job->client, client);
	int outcome = stream_begin(&t->stream, t->packet, t->query.question_end, &t->apex, &e);
	if (outcome == DONE)
		outcome = fill(t, &e);
	if (outcome == ABSENT || outcome == REFUSED)
		answer_error(t, RCODE_NOTAUTH);
	else if (outcome != DONE)
		answer_error(t, outcome == HARMFUL ? RCODE_REFUSED : RCODE_SERVFAIL);
	bool sent = outcome == DONE && send_stream(t);
	if (outcome < 0 || outcome == HARMFUL)
		log_error("a zone cannot be transferred zone=%s client=%s why=\"%s\"", t->zone, client, e.text);
	else
		log_info("transfer zone=%s client=%s form=%s records=%zu ms=%" PRId64 "%s", t->zone, client,
			t->incremental ? "IXFR" : t->stream.records == 1 ? "SOA" : "AXFR", t->stream.records, clock_ticks() - began,
			sent ? "" : " not whole");
	stream_end(&t->stream);
}

static void run_job(struct transfer_server *server, struct worker *worker, const struct transfer_job *job)
{
	struct transfer *t = calloc(1, sizeof *t);
	if (t == NULL)
		return;
	t->server = server;
	t->job = job;
	t->worker = worker;
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
		if (job == NULL)
			continue;
		run_job(s, &worker, job);
		free_job(job);
	}
	rcu_thread_online();
	rcu_unregister_thread();
	return NULL;
}

int transfer_start(struct transfer_server *s, struct error *e)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->ledger.lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	s->queue_end = &s->queue;
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
	pool_ledger_free(&s->ledger);
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
