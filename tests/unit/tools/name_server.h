/* SPDX-License-Identifier: BSD-2-Clause */
/* A name server that behaves as a question's first label says, for those who ask name servers. */
#ifndef TESTS_UNIT_TOOLS_NAME_SERVER_H
#define TESTS_UNIT_TOOLS_NAME_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/check.h"

/* One thread; FD holds sockets for UDP and TCP at one port, and a pipe that ends it. */
struct name_server {
	pthread_t thread;
	int fd[2], quit[2];
	uint16_t port;
	unsigned asked; /* by UDP; read it when the server has ended */
	bool late;      /* what is late was asked for before */
};

enum { NS_ANSWER = 0x84, NS_CUT = 0x02 };

/* Makes an answer of a question: s7 has a SOA of serial 7; meek has one without authority; lame, none; fault, an RCODE. */
static inline size_t ns_answer(uint8_t *m, size_t size, bool cut)
{
	static const uint8_t soa[] = { 0xc0, 0x0c, 0, 6, 0, 1, 0, 0, 0, 9, 0, 22, 0, 0 };
	size_t end = 12;
	const uint8_t *label = m + 13;
	bool fault = m[12] == 5 && memcmp(label, "fault", 5) == 0, meek = m[12] == 4 && memcmp(label, "meek", 4) == 0;
	while (end < size && m[end] != 0)
		end += m[end] + 1u;
	end += 5;
	memset(m + 4, 0, 8);
	m[2] = meek ? 0x80 : NS_ANSWER;
	m[2] |= cut ? NS_CUT : 0;
	m[3] = fault ? 2 : 0;
	m[5] = 1;
	if (cut || fault || (m[12] == 4 && memcmp(label, "lame", 4) == 0))
		return end;
	char digits[12] = "";
	for (size_t i = 1; i < m[12] && i < sizeof digits; i++)
		digits[i - 1] = (char)label[i];
	uint32_t serial = htonl((uint32_t)strtoul(digits, NULL, 10));
	m[7] = 1;
	memcpy(m + end, soa, sizeof soa);
	memcpy(m + end + sizeof soa, &serial, 4);
	memset(m + end + sizeof soa + 4, 0, 16);
	return end + sizeof soa + 20;
}

static inline void ns_say(struct name_server *s, const uint8_t *m, size_t size, const struct sockaddr_in *to)
{
	(void)!sendto(s->fd[0], m, size, 0, (const struct sockaddr *)to, sizeof *to);
}

static inline bool ns_is(const uint8_t *m, const char *label)
{
	return m[12] == strlen(label) && memcmp(m + 13, label, m[12]) == 0;
}

/* By UDP: silent says nothing; late, nothing at first; cut and torn, that there is more; noise, first what is no answer. */
static inline void ns_hear(struct name_server *s)
{
	uint8_t m[2048], other[2048];
	struct sockaddr_in from;
	socklen_t length = sizeof from;
	ssize_t got = recvfrom(s->fd[0], m, 512, 0, (struct sockaddr *)&from, &length);
	if (got < 17)
		return;
	s->asked++;
	bool late = ns_is(m, "late") && !s->late;
	s->late |= late;
	if (late || ns_is(m, "silent"))
		return;
	if (ns_is(m, "noise")) {
		ns_say(s, m, 0, &from);
		ns_say(s, m, 1, &from);
		ns_say(s, m, (size_t)got, &from); /* a question */
		memset(other, 0xff, sizeof other);
		memcpy(other, m, 2);
		ns_say(s, other, 600, &from);
		memcpy(other, m, (size_t)got);
		other[0] ^= 1; /* another ID */
		other[14] = '9';
		ns_say(s, other, ns_answer(other, (size_t)got, false), &from);
	}
	ns_say(s, m, ns_answer(m, (size_t)got, ns_is(m, "cut") || ns_is(m, "torn")), &from);
}

/* By TCP, torn hangs up. */
static inline void ns_accept(struct name_server *s)
{
	uint8_t m[2048];
	int fd = accept(s->fd[1], NULL, NULL);
	ssize_t got = recv(fd, m, 2, MSG_WAITALL);
	if (got == 2)
		got = recv(fd, m + 2, (size_t)(m[0] << 8 | m[1]) & 511, MSG_WAITALL);
	if (got >= 17 && !ns_is(m + 2, "torn")) {
		size_t size = ns_answer(m + 2, (size_t)got, false);
		m[0] = (uint8_t)(size >> 8);
		m[1] = (uint8_t)size;
		(void)!send(fd, m, size + 2, MSG_NOSIGNAL);
	}
	close(fd);
}

static inline void *ns_run(void *context)
{
	struct name_server *s = context;
	for (;;) {
		struct pollfd ready[] = { { s->fd[0], POLLIN, 0 }, { s->fd[1], POLLIN, 0 }, { s->quit[0], POLLIN, 0 } };
		poll(ready, 3, -1);
		if (ready[2].revents != 0)
			return NULL;
		if (ready[0].revents != 0)
			ns_hear(s);
		if (ready[1].revents != 0)
			ns_accept(s);
	}
}

/* Takes a port of 127.0.0.1 that is free for both. */
static inline void ns_begin(struct name_server *s)
{
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof where;
	*s = (struct name_server){ .port = 0 };
	for (int tries = 0; s->port == 0; tries++) {
		assert_true(tries < 100);
		where.sin_port = 0;
		s->fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
		s->fd[1] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(bind(s->fd[1], (struct sockaddr *)&where, sizeof where), 0);
		assert_int_equal(getsockname(s->fd[1], (struct sockaddr *)&where, &length), 0);
		if (bind(s->fd[0], (struct sockaddr *)&where, sizeof where) == 0) {
			s->port = ntohs(where.sin_port);
			break;
		}
		close(s->fd[0]);
		close(s->fd[1]);
	}
	assert_int_equal(listen(s->fd[1], 16), 0);
	assert_int_equal(pipe(s->quit), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, ns_run, s), 0);
}

static inline void ns_end(struct name_server *s)
{
	close(s->quit[1]);
	pthread_join(s->thread, NULL);
	close(s->quit[0]);
	close(s->fd[0]);
	close(s->fd[1]);
}

#endif
