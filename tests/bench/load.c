/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a server over UDP, a fixed number of questions in flight, and says what came back.
 * The id is the question's slot: an answer frees its slot; one that is a second old is lost.
 * usage: load PORT QUERIES SECONDS FLIGHT [fresh]      QUERIES: lines of hex, one whole message each
 * SIGINT ends it sooner.
 * fresh: the first label's last eight octets are others in each question, so that no name is asked for twice */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 64, SLOTS = 4096, QUESTIONS = 100000, SIZE = 300, LONGEST = 4096, FRESH = 8 };

struct question {
	unsigned char text[SIZE];
	size_t size;
};

static struct question questions[QUESTIONS];
static size_t known, next;
static double asked[SLOTS]; /* when; 0: the slot is free */
static unsigned short turn[SLOTS]; /* tells a late answer from the slot's present question */
static unsigned long answered, lost, truncated, rcodes[16];
static bool fresh;
static volatile sig_atomic_t stopped;
static unsigned long strays;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool read_questions(const char *path)
{
	char line[2 * SIZE + 2];
	FILE *file = fopen(path, "r");

	while (file != NULL && known < QUESTIONS && fgets(line, sizeof(line), file) != NULL) {
		struct question *q = &questions[known++];
		unsigned byte;

		while (q->size < SIZE && sscanf(line + 2 * q->size, "%2x", &byte) == 1)
			q->text[q->size++] = (unsigned char)byte;
	}
	if (file != NULL)
		fclose(file);
	return known > 0;
}

/* The id: the slot in the low bits, the slot's turn above. */
static unsigned id_of(unsigned slot)
{
	return (slot | ((unsigned)turn[slot] << 12)) & 0xffff;
}

static void make_fresh(unsigned char *text)
{
	static unsigned long long count;
	unsigned long long mixed = (++count ^ (unsigned long long)getpid() << 24) * 0x9e3779b97f4a7c15ULL;

	for (unsigned char *at = text + 13 + text[12] - FRESH, *end = at + FRESH; at < end; at++, mixed >>= 4)
		*at = (unsigned char)('a' + (mixed >> 28 & 15));
}

static void ask(int fd, const unsigned *slots, unsigned count)
{
	static unsigned char text[AT_ONCE][SIZE];
	struct iovec part[AT_ONCE];
	struct mmsghdr batch[AT_ONCE];
	double at = now();

	memset(batch, 0, sizeof(batch));
	for (unsigned i = 0; i < count; i++) {
		const struct question *q = &questions[next++ % known];
		unsigned id;

		turn[slots[i]]++;
		id = id_of(slots[i]);
		memcpy(text[i], q->text, q->size);
		text[i][0] = (unsigned char)(id >> 8);
		text[i][1] = (unsigned char)id;
		if (fresh && q->size > 12 && text[i][12] >= FRESH)
			make_fresh(text[i]);
		part[i] = (struct iovec){ .iov_base = text[i], .iov_len = q->size };
		batch[i].msg_hdr.msg_iov = &part[i];
		batch[i].msg_hdr.msg_iovlen = 1;
		asked[slots[i]] = at;
	}
	for (unsigned sent = 0; sent < count;) {
		int n = sendmmsg(fd, batch + sent, count - sent, 0);

		if (n <= 0)
			return; /* they count as lost in a second */
		sent += (unsigned)n;
	}
}

/* Takes what has come; frees slots into `slots` and says how many. */
static unsigned take(int fd, unsigned *slots)
{
	static unsigned char text[AT_ONCE][LONGEST];
	struct iovec part[AT_ONCE];
	struct mmsghdr batch[AT_ONCE];
	unsigned count = 0;
	int n;

	memset(batch, 0, sizeof(batch));
	for (int i = 0; i < AT_ONCE; i++) {
		part[i] = (struct iovec){ .iov_base = text[i], .iov_len = LONGEST };
		batch[i].msg_hdr.msg_iov = &part[i];
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, batch, AT_ONCE, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		unsigned id = (unsigned)text[i][0] << 8 | text[i][1], slot = id % SLOTS;

		if (batch[i].msg_len < 12 || asked[slot] == 0 || id != id_of(slot)) {
			strays++;
			continue;
		}
		asked[slot] = 0;
		rcodes[text[i][3] & 15]++;
		truncated += (text[i][2] & 2) != 0;
		answered++;
		slots[count++] = slot;
	}
	return count;
}

static void ask_again(int fd, unsigned flight)
{
	double old = now() - 1;

	for (unsigned slot = 0; slot < flight; slot++)
		if (asked[slot] != 0 && asked[slot] < old) {
			lost++;
			ask(fd, &slot, 1);
		}
}

static void stop(int number)
{
	stopped = number;
}

static void run(int fd, double seconds, unsigned flight)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	double start = now(), swept = start, at;
	unsigned slots[AT_ONCE];

	for (unsigned slot = 0; slot < flight; slot++)
		ask(fd, &slot, 1);
	while ((at = now()) - start < seconds && stopped == 0) {
		if (at - swept > 0.1) {
			ask_again(fd, flight);
			swept = at;
		}
		if (poll(&ready, 1, 50) > 0)
			ask(fd, slots, take(fd, slots));
	}
	for (unsigned slot = 0; slot < flight; slot++) /* one that was asked long before the end */
		if (asked[slot] != 0 && asked[slot] < at - 1)
			lost++;
	printf("seconds=%.4f answered=%lu lost=%lu strays=%lu truncated=%lu", at - start, answered, lost, strays,
		truncated);
	for (int i = 0; i < 16; i++)
		if (rcodes[i] != 0)
			printf(" rcode%d=%lu", i, rcodes[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
	unsigned flight = argc >= 5 ? (unsigned)atoi(argv[4]) : 0;

	fresh = argc == 6 && strcmp(argv[5], "fresh") == 0;
	if (flight == 0 || flight > SLOTS || !read_questions(argv[2])) {
		fputs("usage: load PORT QUERIES SECONDS FLIGHT [fresh]\n", stderr);
		return 2;
	}
	there.sin_port = htons((unsigned short)atoi(argv[1]));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof(there)) != 0) {
		perror("load");
		return 1;
	}
	signal(SIGINT, stop);
	run(fd, atof(argv[3]), flight);
	return 0;
}
