/* SPDX-License-Identifier: BSD-2-Clause */
/* updates [-c CONNECTIONS] [-r RATE] [-s SECONDS] [-n HOSTS] [-u USER:TOKEN] [-z SUFFIX] ADDR:PORT
 *
 * Keep-alive HTTP clients, one request in flight each, that change the address of a random host
 * h0.SUFFIX ... with each; RATE a second in all, or as fast as they are answered. Prints good updates a second and the times from request to reply. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/address.h"
#include "lib/text.h"

enum { SAMPLES_MOST = 1 << 24, REPLY_ROOM = 4096, CLIENTS_MOST = 4096 };

struct client {
	int fd;
	size_t got;
	int64_t sent; /* nanoseconds */
	char reply[REPLY_ROOM];
};

static const char *suffix = "bench.test", *user = "bench:bench-token";
static long hosts = 1000, connections = 64, seconds = 5, rate;
static char authorization[256];
static uint32_t *micros;
static size_t samples, good, other;
static uint64_t random_state;
static struct client *resting[CLIENTS_MOST];

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void ask(struct client *c)
{
	char request[600];
	uint64_t r = draw();
	int size = snprintf(request, sizeof request,
		"GET /nic/update?hostname=h%ld.%s&myip=10.%u.%u.%u HTTP/1.1\r\nHost: bench\r\n"
		"Authorization: Basic %s\r\n\r\n", (long)(r % (uint64_t)hosts), suffix,
		(unsigned)(r >> 20 & 255), (unsigned)(r >> 28 & 255), (unsigned)(r >> 36 & 255),
		authorization);
	c->got = 0;
	c->sent = now();
	if (send(c->fd, request, (size_t)size, MSG_NOSIGNAL) != size) {
		perror("send");
		exit(1);
	}
}

/* True when the reply is whole: its body is one line. */
static bool hear(struct client *c)
{
	ssize_t size = recv(c->fd, c->reply + c->got, REPLY_ROOM - 1 - c->got, MSG_DONTWAIT);
	if (size <= 0 && errno == EAGAIN)
		return false;
	if (size <= 0) {
		fprintf(stderr, "a connection was closed\n");
		exit(1);
	}
	c->got += (size_t)size;
	c->reply[c->got] = '\0';
	const char *body = strstr(c->reply, "\r\n\r\n");
	if (body == NULL || strchr(body + 4, '\n') == NULL)
		return false;
	bool fine = strncmp(body + 4, "good", 4) == 0;
	good += fine;
	other += !fine;
	if (!fine && other < 4)
		fprintf(stderr, "%s", c->reply);
	if (samples < SAMPLES_MOST)
		micros[samples++] = (uint32_t)((now() - c->sent) / 1000);
	return true;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void run(struct client *clients, int epoll)
{
	struct epoll_event events[256];
	int64_t start = now(), end = start + seconds * 1000000000, asked = 0;
	long idle = 0;
	for (long i = 0; i < connections; i++)
		resting[idle++] = &clients[i];
	for (int64_t time = start; time < end; time = now()) {
		int64_t due = rate == 0 ? INT64_MAX : (time - start) / 1000 * rate / 1000000 + 1;
		for (; idle > 0 && asked < due; asked++)
			ask(resting[--idle]);
		int count = epoll_wait(epoll, events, 256, rate == 0 ? 100 : 1);
		for (int i = 0; i < count; i++)
			if (hear(events[i].data.ptr))
				resting[idle++] = events[i].data.ptr;
	}
	double took = (double)(now() - start) / 1e9;
	qsort(micros, samples, sizeof *micros, compare);
	if (samples == 0)
		return;
	printf("%.0f good/s  other %zu  p50 %.2f ms  p99 %.2f ms  max %.2f ms  (%ld connections, %ld hosts)\n",
		(double)good / took, other, micros[samples / 2] / 1e3, micros[samples * 99 / 100] / 1e3,
		micros[samples - 1] / 1e3, connections, hosts);
}

static void join(struct client *c, const char *where, int epoll)
{
	struct sockaddr_storage address;
	socklen_t size;
	struct error e;
	if (endpoint_read(where, &address, &size, &e) != DONE) {
		fprintf(stderr, "%s\n", e.text);
		exit(2);
	}
	c->fd = socket(address.ss_family, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, size) != 0) {
		perror(where);
		exit(1);
	}
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

int main(int argc, char **argv)
{
	int option;
	while ((option = getopt(argc, argv, "c:r:s:n:u:z:")) != -1) {
		if (option == 'c')
			connections = atol(optarg);
		else if (option == 'r')
			rate = atol(optarg);
		else if (option == 's')
			seconds = atol(optarg);
		else if (option == 'n')
			hosts = atol(optarg);
		else if (option == 'u')
			user = optarg;
		else if (option == 'z')
			suffix = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc || connections < 1 || connections > CLIENTS_MOST || hosts < 1)
		return 2;
	struct text credentials = { 0 };
	base64_write(user, strlen(user), &credentials);
	snprintf(authorization, sizeof authorization, "%s", credentials.bytes);
	text_free(&credentials);
	struct client *clients = calloc((size_t)connections, sizeof *clients);
	micros = malloc(SAMPLES_MOST * sizeof *micros);
	int epoll = epoll_create1(0);
	random_state = (uint64_t)now() | 1;
	for (long i = 0; clients != NULL && micros != NULL && i < connections; i++)
		join(&clients[i], argv[optind], epoll);
	run(clients, epoll);
	free(clients);
	free(micros);
	return 0;
}
