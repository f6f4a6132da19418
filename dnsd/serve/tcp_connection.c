/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection's octets read, its messages answered, and what could not be sent yet kept. */
#include "dnsd/serve/tcp_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "dnsd/serve/forward.h"
#include "dnsd/serve/transfer.h"
#include "wire/octets.h"

enum { INPUT_FIRST = 512 /* a query's buffer; it grows when a longer one is announced */ };

struct tcp_connection *tcp_connection_new(int fd)
{
	struct tcp_connection *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->input = malloc(INPUT_FIRST);
	if (c->input == NULL) {
		free(c);
		return NULL;
	}
	c->fd = fd;
	c->room = INPUT_FIRST;
	return c;
}

void tcp_connection_release(struct tcp_connection *c)
{
	if (c->job != NULL)
		c->job->connection = NULL;
	free(c->input);
	free(c->unsent);
	free(c);
}

void tcp_connection_free(struct tcp_connection *c)
{
	close(c->fd); /* which takes it out of an epoll set, too */
	tcp_connection_release(c);
}

/* Sends answers, and keeps what the socket does not take. */
static bool send_answers(struct tcp_connection *c, const uint8_t *answers, size_t size)
{
	ssize_t sent = send(c->fd, answers, size, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		return false;
	size_t done = sent < 0 ? 0 : (size_t)sent;
	if (done == size)
		return true;
	c->unsent = malloc(size - done);
	if (c->unsent == NULL)
		return false;
	memcpy(c->unsent, answers + done, size - done);
	c->unsent_size = size - done;
	c->unsent_at = 0;
	return true;
}

static bool send_unsent(struct tcp_connection *c)
{
	ssize_t sent = send(c->fd, c->unsent + c->unsent_at, c->unsent_size - c->unsent_at, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN;
	c->unsent_at += (size_t)sent;
	if (c->unsent_at == c->unsent_size) {
		free(c->unsent);
		c->unsent = NULL;
	}
	return true;
}

/* Answers a message into OUT, with the length in front. Returns the octets of both; 0 when there is no answer. Then the
 * message is an UPDATE, if w->update_key is set; else it was not DNS, and what follows cannot be trusted to be. */
static size_t answer_message(const struct tcp_connection *c, struct worker *w, const uint8_t *message,
	size_t size, uint8_t *out)
{
	memcpy(out + 2, message, size);
	w->update_key = NULL;
	size_t length = respond(w, out + 2, size, TCP_MESSAGE, &c->place.client, true);
	octets_put_16(out, (uint16_t)length);
	return length == 0 ? 0 : length + 2;
}

/* Forwards an UPDATE. False when the forwarder has no room. */
static bool forward(struct tcp_connection *c, const struct worker *w, const uint8_t *message, size_t size)
{
	c->job = forward_tcp(w->settings->forwarder, w->update_key, message, size, &c->place.client, c);
	return c->job != NULL;
}

/* Answers an UPDATE for which the forwarder has no room: SERVFAIL. */
static bool send_failed(struct tcp_connection *c, struct worker *w, const uint8_t *message, size_t size, uint8_t *scratch)
{
	w->forwards = false;
	size_t filled = answer_message(c, w, message, size, scratch);
	w->forwards = true;
	return filled > 0 && send_answers(c, scratch, filled);
}

/* Answers whole messages from *AT on, as many as fit into SCRATCH, and sends the answers together. */
static bool answer_some(struct tcp_connection *c, struct worker *w, uint8_t *scratch, size_t *at)
{
	size_t filled = 0;
	bool sound = true;
	while (c->have - *at >= 2 && filled < TCP_ANSWERS) {
		size_t size = octets_16(c->input + *at), more;
		if (c->have - *at - 2 < size || transfer_wanted(c->input + *at + 2, size))
			break;
		more = answer_message(c, w, c->input + *at + 2, size, scratch + filled);
		if (more == 0 && w->update_key != NULL && filled > 0)
			break; /* send the answers so far first, for nothing may wait beside an UPDATE */
		if (more == 0 && w->update_key != NULL) {
			const uint8_t *update = c->input + *at + 2;
			*at += 2 + size;
			return forward(c, w, update, size) || send_failed(c, w, update, size, scratch);
		}
		sound = more > 0;
		if (!sound)
			break;
		filled += more;
		*at += 2 + size;
	}
	return send_answers(c, scratch, filled) && sound;
}

static bool whole_message(const struct tcp_connection *c, size_t at)
{
	return c->have - at >= 2 && c->have - at - 2 >= octets_16(c->input + at);
}

/* Answers all whole messages in the input, in order, but stops when answers wait for the client to take them. *ANSWERED
 * tells whether there was a message. */
static bool answer_input(struct tcp_connection *c, struct worker *w, uint8_t *scratch, bool *answered)
{
	size_t at = 0;
	bool sound = true;
	while (sound && c->unsent == NULL && c->job == NULL && whole_message(c, at)
		&& !transfer_wanted(c->input + at + 2, octets_16(c->input + at)))
		sound = answer_some(c, w, scratch, &at);
	*answered = at > 0;
	memmove(c->input, c->input + at, c->have - at);
	c->have -= at;
	return sound;
}

static bool grow_input(struct tcp_connection *c)
{
	size_t room = c->have < 2 ? INPUT_FIRST : 2 + octets_16(c->input);
	if (room <= c->room)
		return true;
	uint8_t *input = realloc(c->input, room);
	if (input == NULL)
		return false;
	c->input = input;
	c->room = room;
	return true;
}

/* Reads more input. This happens only when all whole messages were answered and their answers taken, so that a client that
 * closes its side has nothing to come. */
static bool read_input(struct tcp_connection *c)
{
	if (!grow_input(c))
		return false;
	ssize_t got = recv(c->fd, c->input + c->have, c->room - c->have, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	c->have += (size_t)got;
	return got > 0;
}

/* Notes what the connection waits for. Its time begins anew if that changes, or if something came (ANEW). */
static void wait_on(struct tcp_connection *c, struct tcp_queue *queue, bool anew, int64_t now)
{
	enum tcp_wait wait = c->unsent != NULL || c->job != NULL ? TCP_WRITING : c->have > 0 ? TCP_READING : TCP_IDLE;
	if (anew || wait != c->place.wait)
		tcp_queue_move(queue, &c->place, wait, now);
}

const uint8_t *tcp_connection_message(const struct tcp_connection *c, size_t *size)
{
	*size = octets_16(c->input);
	return c->input + 2;
}

/* Answers as much of the input as it can. ANEW: something came that was waited for. */
static enum tcp_fate go_on(struct tcp_connection *c, struct tcp_queue *queue, struct worker *w, uint8_t *scratch,
	bool anew, int64_t now)
{
	bool answered = false;
	if (c->unsent == NULL && !answer_input(c, w, scratch, &answered))
		return TCP_OVER;
	if (c->unsent == NULL && c->job == NULL && whole_message(c, 0))
		return TCP_TRANSFERS;
	wait_on(c, queue, anew || answered, now);
	return TCP_STAYS;
}

enum tcp_fate tcp_connection_serve(struct tcp_connection *c, struct tcp_queue *queue, struct worker *w,
	uint8_t *scratch, int64_t now)
{
	if (c->job != NULL)
		return TCP_OVER; /* nothing is read beside an UPDATE, so the client hung up */
	if (c->unsent != NULL ? !send_unsent(c) : !read_input(c))
		return TCP_OVER;
	return go_on(c, queue, w, scratch, false, now);
}

enum tcp_fate tcp_connection_resume(struct tcp_connection *c, struct tcp_queue *queue, struct worker *w,
	uint8_t *scratch, int64_t now)
{
	struct forward_job *job = c->job;
	c->job = NULL;
	job->connection = NULL;
	if (job->answer == NULL || !send_answers(c, job->answer, job->answer_size))
		return TCP_OVER;
	count_add(w->counters, COUNT_ANSWERS, 1);
	return go_on(c, queue, w, scratch, true, now);
}
