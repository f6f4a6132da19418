/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that takes UPDATEs from workers, sends them on, and answers their clients. */
#include "dnsd/serve/forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/ready.h"
#include "lib/secret.h"
#include "wire/update.h"

enum { TICK = 100 /* milliseconds between looks at deadlines and *stop */ };

static void wake(int fd)
{
	const uint64_t one = 1;
	ssize_t written = write(fd, &one, sizeof one);
	(void)written; /* an eventfd's counter is far from full */
}

static void slept(int fd)
{
	uint64_t count;
	ssize_t taken = read(fd, &count, sizeof count);
	(void)taken;
}

/* Giving. */

static struct forward_job *new_job(const struct tsig_key *key, const uint8_t *message, size_t size)
{
	struct forward_job *job = calloc(1, sizeof *job + size);
	if (job == NULL)
		return NULL;
	memcpy(job->message, message, size);
	job->size = size;
	job->key = *key;
	job->head.form = FORWARD_FORM;
	job->deadline = clock_ticks() + FORWARD_DEADLINE;
	return job;
}

/* Frees the job if there are too many. */
static bool give(struct forwarder *f, struct forward_job *job)
{
	pthread_mutex_lock(&f->lock);
	bool room = f->count < FORWARD_MOST;
	if (room) {
		f->count++;
		*f->fresh_end = job;
		f->fresh_end = &job->next;
	}
	pthread_mutex_unlock(&f->lock);
	if (room)
		wake(f->wake);
	else
		forward_free(job);
	return room;
}

bool forward_udp(struct forwarder *f, const struct tsig_key *key, const uint8_t *message, size_t size, int fd,
	const struct msghdr *from)
{
	struct forward_job *job = new_job(key, message, size);
	if (job == NULL || from->msg_controllen > sizeof job->control || from->msg_namelen > sizeof job->peer) {
		forward_free(job);
		return false;
	}
	job->fd = fd;
	job->peer_size = from->msg_namelen;
	memcpy(&job->peer, from->msg_name, from->msg_namelen);
	job->head.client = address_of((const struct sockaddr *)&job->peer);
	job->control_size = from->msg_control == NULL ? 0 : from->msg_controllen;
	if (job->control_size > 0)
		memcpy(job->control, from->msg_control, job->control_size);
	return give(f, job);
}

struct forward_job *forward_tcp(struct forwarder *f, const struct tsig_key *key, const uint8_t *message, size_t size,
	const struct address *client, void *connection)
{
	struct forward_job *job = new_job(key, message, size);
	if (job == NULL)
		return NULL;
	job->fd = -1;
	job->head.client = *client;
	job->head.tcp = 1;
	job->connection = connection;
	return give(f, job) ? job : NULL;
}

struct forward_job *forward_done(struct forwarder *f)
{
	slept(f->tcp);
	pthread_mutex_lock(&f->lock);
	struct forward_job *done = f->done;
	f->done = NULL;
	pthread_mutex_unlock(&f->lock);
	return done;
}

void forward_free(struct forward_job *job)
{
	if (job == NULL)
		return;
	secret_forget(&job->key, sizeof job->key);
	free(job->answer);
	free(job);
}

bool forwarder_busy(struct forwarder *f)
{
	pthread_mutex_lock(&f->lock);
	bool busy = f->count > 0;
	pthread_mutex_unlock(&f->lock);
	return busy;
}

/* Answering. */

static void answer_udp(const struct forward_job *job, uint8_t *answer, size_t size)
{
	struct iovec part = { answer, size };
	struct forward_job *j = (struct forward_job *)(uintptr_t)job; /* sendmsg does not write there */
	const struct msghdr header = { .msg_name = &j->peer, .msg_namelen = job->peer_size, .msg_iov = &part,
		.msg_iovlen = 1, .msg_control = job->control_size > 0 ? j->control : NULL,
		.msg_controllen = job->control_size };
	sendmsg(job->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL); /* lost is lost, as any datagram */
}

static void answer_tcp(struct forwarder *f, struct forward_job *job, const uint8_t *answer, size_t size)
{
	job->answer = malloc(size + 2);
	if (job->answer != NULL) {
		octets_put_16(job->answer, (uint16_t)size);
		memcpy(job->answer + 2, answer, size);
		job->answer_size = size + 2;
	}
	pthread_mutex_lock(&f->lock);
	job->next = f->done;
	f->done = job;
	pthread_mutex_unlock(&f->lock);
	wake(f->tcp);
}

/* Signs the answer with the key that signed the message: this answers an UPDATE as a server that is asked directly
 * does (RFC 2136 section 6.2). */
static void sign(const struct forward_job *job, uint8_t *answer, size_t *size)
{
	struct tsig_context t;
	uint64_t now = (uint64_t)clock_date();
	tsig_find(job->message, job->size, &t);
	t.key = &job->key;
	tsig_verify(&t, job->message, now);
	t.error = TSIG_WELL; /* it was well when it came */
	tsig_sign(&t, answer, size, now, true);
}

/* The job is out of its slot. ANSWER has room for a TSIG. */
static void finish(struct forwarder *f, struct forward_job *job, uint8_t *answer, size_t size)
{
	sign(job, answer, &size);
	pthread_mutex_lock(&f->lock);
	f->count--;
	pthread_mutex_unlock(&f->lock);
	if (job->fd < 0) {
		answer_tcp(f, job, answer, size);
		return;
	}
	answer_udp(job, answer, size);
	forward_free(job);
}

static void finish_failed(struct forwarder *f, struct forward_job *job)
{
	uint8_t answer[UPDATE_ANSWER + TSIG_ROOM];
	size_t size = update_answer(job->message, job->size, RCODE_SERVFAIL, false, EXTENDED_OTHER, NULL, answer);
	finish(f, job, answer, size);
}

static struct forward_job *take_slot(struct forwarder *f, uint32_t number)
{
	struct forward_job *job = f->slots[number % FORWARD_MOST];
	if (job == NULL || job->head.number != number)
		return NULL; /* it was given up */
	f->slots[number % FORWARD_MOST] = NULL;
	return job;
}

/* The updater. */

/* It is gone, and what it had in hand with it, done or not. */
static void hang_up(struct forwarder *f)
{
	if (f->updater >= 0)
		close(f->updater);
	f->updater = -1;
	for (size_t i = 0; i < FORWARD_MOST; i++)
		if (f->slots[i] != NULL && f->slots[i]->sent)
			finish_failed(f, take_slot(f, f->slots[i]->head.number));
}

static bool connected(struct forwarder *f)
{
	if (f->updater < 0 && forward_connect(f->registry, &f->updater, NULL) != DONE)
		f->updater = -1;
	return f->updater >= 0;
}

/* False when the socket takes no more for now. */
static bool send_one(struct forwarder *f, struct forward_job *job)
{
	int outcome = ABSENT;
	for (int try = 0; try < 2 && outcome == ABSENT && connected(f); try++) {
		outcome = forward_send(f->updater, &job->head, job->message, job->size);
		if (outcome == ABSENT)
			hang_up(f); /* the updater was started anew: its socket is another */
	}
	job->sent = outcome == DONE;
	if (outcome == ABSENT)
		finish_failed(f, take_slot(f, job->head.number));
	return outcome != UNCHANGED;
}

void forwarder_move_serial(struct forwarder *f)
{
	atomic_store(&f->move, true);
	wake(f->wake);
}

/* It is asked again for until it was said. */
static void ask_to_move(struct forwarder *f)
{
	const struct forward_head head = { .form = FORWARD_FORM, .wish = FORWARD_MOVE_SERIAL };
	if (!atomic_load_explicit(&f->move, memory_order_relaxed) || !connected(f))
		return;
	int outcome = forward_send(f->updater, &head, "", 0);
	if (outcome == DONE)
		atomic_store(&f->move, false);
	else if (outcome == ABSENT)
		hang_up(f);
}

/* In the order in which they came, as far as numbers tell: what does not go now goes when there is room. */
static bool send_all(struct forwarder *f)
{
	for (uint32_t i = 0; i < FORWARD_MOST; i++) {
		struct forward_job *job = f->slots[(f->number + i) % FORWARD_MOST];
		if (job != NULL && !job->sent && !send_one(f, job))
			return false;
	}
	return true;
}

/* There are no more jobs than slots. */
static void number(struct forwarder *f, struct forward_job *job)
{
	while (f->slots[f->number % FORWARD_MOST] != NULL)
		f->number++;
	job->head.number = f->number++;
	f->slots[job->head.number % FORWARD_MOST] = job;
}

static void take_fresh(struct forwarder *f)
{
	slept(f->wake);
	pthread_mutex_lock(&f->lock);
	struct forward_job *job = f->fresh;
	f->fresh = NULL;
	f->fresh_end = &f->fresh;
	pthread_mutex_unlock(&f->lock);
	while (job != NULL) {
		struct forward_job *next = job->next;
		number(f, job);
		job = next;
	}
}

static void hear(struct forwarder *f)
{
	struct forward_head head;
	size_t size;
	int outcome;
	while ((outcome = forward_take(f->updater, &head, f->scratch, &size)) != UNCHANGED) {
		struct forward_job *job = outcome == DONE ? take_slot(f, head.number) : NULL;
		if (outcome == ABSENT) {
			hang_up(f);
			return;
		}
		if (job != NULL && size >= HEADER_SIZE && size <= UPDATE_ANSWER)
			finish(f, job, f->scratch, size);
		else if (job != NULL)
			finish_failed(f, job);
	}
}

static void expire(struct forwarder *f, int64_t now)
{
	for (size_t i = 0; i < FORWARD_MOST; i++)
		if (f->slots[i] != NULL && f->slots[i]->deadline <= now)
			finish_failed(f, take_slot(f, f->slots[i]->head.number));
}

static void *run(void *context)
{
	struct forwarder *f = context;
	bool room = true;
	int64_t looked = 0;
	while (!atomic_load_explicit(f->stop, memory_order_relaxed)) {
		struct pollfd ready[] = { { .fd = f->wake, .events = POLLIN },
			{ .fd = f->updater, .events = room ? POLLIN : POLLIN | POLLOUT } };
		ready_wait(ready, 2, TICK);
		if (ready[0].revents != 0)
			take_fresh(f);
		if (f->updater >= 0 && ready[1].revents != 0)
			hear(f);
		room = send_all(f);
		ask_to_move(f);
		int64_t now = clock_ticks();
		if (now - looked >= TICK)
			expire(f, looked = now);
	}
	return NULL;
}

int forwarder_start(struct forwarder *f, const char *registry, const _Atomic bool *stop, struct error *e)
{
	*f = (struct forwarder){ .registry = registry, .stop = stop, .updater = -1,
		.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .tcp = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	f->fresh_end = &f->fresh;
	if (f->wake < 0 || f->tcp < 0)
		return fail(e, FAILED, "eventfd: %s", strerror(errno));
	pthread_mutex_init(&f->lock, NULL);
	int code = pthread_create(&f->thread, NULL, run, f);
	return code == 0 ? DONE : fail(e, FAILED, "starting the thread for updates: %s", strerror(code));
}

static void free_all(struct forward_job *job)
{
	while (job != NULL) {
		struct forward_job *next = job->next;
		forward_free(job);
		job = next;
	}
}

void forwarder_stop(struct forwarder *f)
{
	pthread_join(f->thread, NULL);
	free_all(f->fresh);
	free_all(f->done);
	for (size_t i = 0; i < FORWARD_MOST; i++)
		if (f->slots[i] != NULL)
			forward_free(f->slots[i]);
	if (f->updater >= 0)
		close(f->updater);
	close(f->wake);
	close(f->tcp);
	pthread_mutex_destroy(&f->lock);
}
