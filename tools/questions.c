/* SPDX-License-Identifier: BSD-2-Clause */
/* Many questions in flight: by UDP with retries, by TCP where an answer was cut off. */
#include "tools/questions.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/ready.h"

enum {
	AT_ONCE = 128,   /* sockets */
	PATIENCE = 1000, /* milliseconds until a question is asked again, or given up */
	RESPITE = 200,   /* milliseconds until the same where nobody listens: a name server that restarts is back then */
	UDP_SIZE = 1232,
};

/* One question under way. */
struct talk {
	struct question *question;
	int fd;
	uint8_t *wire; /* ldns' */
	size_t size;
	bool refused;
};

static int write_question(struct talk *t, struct error *e)
{
	ldns_rdf *name = ldns_dname_new_frm_str(t->question->name);
	if (name == NULL)
		return fail(e, REFUSED, "'%s' is no name to ask for", t->question->name);
	ldns_pkt *packet = ldns_pkt_query_new(name, t->question->type, LDNS_RR_CLASS_IN, 0); /* the name is its own now */
	if (packet == NULL) {
		ldns_rdf_deep_free(name);
		return fail(e, FAILED, "out of memory");
	}
	ldns_pkt_set_random_id(packet);
	ldns_pkt_set_edns_udp_size(packet, UDP_SIZE);
	ldns_status status = ldns_pkt2wire(&t->wire, packet, &t->size);
	ldns_pkt_free(packet);
	return status == LDNS_STATUS_OK ? DONE : fail(e, FAILED, "out of memory");
}

static int begin(struct talk *t, struct question *question, struct error *e)
{
	*t = (struct talk){ .question = question, .fd = -1 };
	int outcome = write_question(t, e);
	if (outcome != DONE)
		return outcome;
	t->fd = socket(question->where.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return fail(e, FAILED, "socket: %s", strerror(errno));
	/* connected: answers come from there alone, and so do errors */
	t->refused = connect(t->fd, (const struct sockaddr *)&question->where, question->size) != 0;
	return DONE;
}

static void end(struct talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	free(t->wire);
	*t = (struct talk){ .fd = -1 };
}

/* Asks again by TCP, for which the name server has as much time. */
static void ask_whole(struct talk *t)
{
	ldns_buffer *wire = ldns_buffer_new(t->size);
	uint8_t *answer = NULL;
	size_t size = 0;
	if (wire != NULL) {
		ldns_buffer_write(wire, t->wire, t->size);
		if (ldns_tcp_send(&answer, wire, &t->question->where, t->question->size, (struct timeval){ .tv_sec = PATIENCE / 1000 },
			    &size) == LDNS_STATUS_OK)
			(void)ldns_wire2pkt(&t->question->answer, answer, size);
	}
	free(answer);
	ldns_buffer_free(wire);
}

/* Receives a datagram, and keeps it if it is the answer. */
static void hear(struct talk *t)
{
	static uint8_t bytes[MESSAGE_MOST];
	ldns_pkt *packet = NULL;
	ssize_t size = recv(t->fd, bytes, sizeof bytes, 0);
	t->refused = size < 0 && errno != EAGAIN;
	if (size < 2 || memcmp(bytes, t->wire, 2) != 0 || ldns_wire2pkt(&packet, bytes, (size_t)size) != LDNS_STATUS_OK)
		return;
	if (ldns_pkt_qr(packet) && !ldns_pkt_tc(packet)) {
		t->question->answer = packet;
		return;
	}
	if (ldns_pkt_qr(packet))
		ask_whole(t);
	ldns_pkt_free(packet);
}

/* Lists questions that wait for an answer; *HOPING counts those that may still get one. */
static size_t list_waiting(struct talk *talks, size_t count, struct pollfd *ready, struct talk **of, size_t *hoping)
{
	size_t waiting = 0;
	*hoping = 0;
	for (size_t i = 0; i < count; i++) {
		if (talks[i].question->answer != NULL)
			continue;
		*hoping += !talks[i].refused;
		of[waiting] = &talks[i];
		ready[waiting++] = (struct pollfd){ .fd = talks[i].refused ? -1 : talks[i].fd, .events = POLLIN };
	}
	return waiting;
}

static void ask_once(struct talk *talks, size_t count)
{
	struct pollfd ready[AT_ONCE];
	struct talk *of[AT_ONCE];
	size_t hoping;
	int64_t until = clock_ticks() + PATIENCE, left;
	for (size_t i = 0; i < count; i++)
		if (talks[i].question->answer == NULL)
			talks[i].refused = send(talks[i].fd, talks[i].wire, talks[i].size, MSG_NOSIGNAL) < 0;
	while ((left = until - clock_ticks()) > 0) {
		size_t waiting = list_waiting(talks, count, ready, of, &hoping);
		if (hoping == 0)
			return;
		ready_wait(ready, (nfds_t)waiting, (int)left);
		for (size_t i = 0; i < waiting; i++)
			if (ready[i].revents != 0)
				hear(of[i]);
	}
}

static void converse(struct talk *talks, size_t count)
{
	struct pollfd ready[AT_ONCE];
	struct talk *of[AT_ONCE];
	size_t hoping;
	ask_once(talks, count);
	if (list_waiting(talks, count, ready, of, &hoping) == 0)
		return;
	if (hoping == 0)
		poll(NULL, 0, RESPITE);
	ask_once(talks, count);
}

int questions_ask(struct question *questions, size_t count, struct error *e)
{
	struct talk talks[AT_ONCE];
	int outcome = DONE;
	for (size_t i = 0; i < count; i++)
		questions[i].answer = NULL;
	for (size_t done = 0; done < count && outcome == DONE; done += AT_ONCE) {
		size_t now = count - done < AT_ONCE ? count - done : AT_ONCE, open = 0;
		while (open < now && outcome == DONE) {
			outcome = begin(&talks[open], &questions[done + open], e);
			open++;
		}
		if (outcome == DONE)
			converse(talks, now);
		while (open > 0)
			end(&talks[--open]);
	}
	if (outcome != DONE)
		questions_forget(questions, count);
	return outcome;
}

void questions_forget(struct question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ldns_pkt_free(questions[i].answer);
		questions[i].answer = NULL;
	}
}
