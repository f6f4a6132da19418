/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/query.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	TICK = 100,          /* milliseconds between looks */
	APART = 1000,        /* milliseconds between two words about a zone to a secondary */
	AGAIN = 2000,        /* milliseconds until it is told again; double each time */
	TRIES = 6,           /* the last one after a minute */
	PENDING_MOST = 8192, /* words that are not answered yet */
	EACH_TICK = 200,     /* words in one go */
	OPCODE_NOTIFY = 0x20, FLAG_AA = 0x04, FLAG_QR = 0x80, OPCODES = 0x78,
};

/* One word: a zone's to a secondary. */
struct word {
	struct name zone;
	struct secondary_view to;
	uint16_t id;
	unsigned tries;
	int64_t next; /* ticks: when it is to be told again */
};

struct state {
	struct notifier *notifier;
	struct word *words;
	size_t count;
	int64_t quiet_at;
	uint32_t quiet_serial;
	bool full; /* said */
};

static struct word *find_word(struct state *s, const struct name *zone, const struct secondary_view *to)
{
	for (size_t i = 0; i < s->count; i++)
		if (name_equal(&s->words[i].zone, zone) && s->words[i].to.size == to->size
			&& memcmp(&s->words[i].to.endpoint, &to->endpoint, to->size) == 0)
			return &s->words[i];
	return NULL;
}

/* What was not answered yet is told anew; what is told just now waits. */
static void add_word(struct state *s, const struct name *zone, const struct secondary_view *to, int64_t now)
{
	struct word *w = find_word(s, zone, to);
	if (w == NULL && s->count == PENDING_MOST) {
		if (!s->full)
			log_warning("more than %d words to secondaries are not answered; some are not said", PENDING_MOST);
		s->full = true;
		return;
	}
	int64_t next = now;
	if (w == NULL)
		w = &s->words[s->count++];
	else if (w->tries > 0 && w->next - (AGAIN << (w->tries - 1)) + APART > now)
		next = w->next - (AGAIN << (w->tries - 1)) + APART;
	*w = (struct word){ .zone = *zone, .to = *to, .next = next };
}

static void look(struct state *s, const struct snapshot *snapshot, struct zone_view *zone, bool all, int64_t now)
{
	if (!atomic_exchange_explicit(&zone->changed, false, memory_order_relaxed) && !all)
		return;
	for (size_t i = 0; i < snapshot->secondary_count; i++)
		add_word(s, &zone->name, &snapshot->secondaries[i], now);
}

/* In a read-side section. */
static void gather(struct state *s, int64_t now)
{
	const struct snapshot *snapshot = view_snapshot(s->notifier->view);
	uint32_t serial = atomic_load_explicit(&s->notifier->view->serial, memory_order_relaxed);
	bool all = now >= s->quiet_at && serial != s->quiet_serial;
	if (now >= s->quiet_at) {
		s->quiet_at = now + s->notifier->quiet * 1000;
		s->quiet_serial = serial;
	}
	for (size_t i = 0; i < snapshot->zone_count; i++)
		look(s, snapshot, snapshot->zones[i], all, now);
	if (snapshot->catalog != NULL)
		look(s, snapshot, snapshot->catalog, all, now);
}

/* RFC 1996 section 3. */
static size_t write_message(const struct word *w, uint8_t *message)
{
	static const uint8_t soa_in[] = { 0, TYPE_SOA, 0, CLASS_IN };
	const uint8_t header[HEADER_SIZE] = { (uint8_t)(w->id >> 8), (uint8_t)w->id, OPCODE_NOTIFY | FLAG_AA, 0, 0, 1 };
	memcpy(message, header, HEADER_SIZE);
	memcpy(message + HEADER_SIZE, w->zone.wire, w->zone.size);
	memcpy(message + HEADER_SIZE + w->zone.size, soa_in, sizeof soa_in);
	size_t size = HEADER_SIZE + w->zone.size + sizeof soa_in;
	struct tsig_context context;
	if (w->to.has_key)
		tsig_sign_request(&context, &w->to.key, message, &size, (uint64_t)clock_date());
	return size;
}

static void say(struct state *s, struct word *w, int64_t now)
{
	uint8_t message[HEADER_SIZE + NAME_WIRE + 4 + TSIG_ROOM];
	if (getrandom(&w->id, sizeof w->id, 0) != sizeof w->id)
		return;
	size_t size = write_message(w, message);
	int fd = s->notifier->sockets[w->to.endpoint.ss_family == AF_INET6];
	if (size > 0)
		sendto(fd, message, size, MSG_DONTWAIT, (const struct sockaddr *)&w->to.endpoint, w->to.size);
	w->next = now + (AGAIN << w->tries);
	w->tries++;
}

static void give_up(const struct word *w)
{
	char zone[NAME_TEXT], endpoint[ENDPOINT_TEXT];
	name_write(w->zone.wire, zone);
	endpoint_write((const struct sockaddr *)&w->to.endpoint, endpoint);
	log_warning("a secondary does not answer NOTIFY zone=%s secondary=%s", zone, endpoint);
}

static void say_all(struct state *s, int64_t now)
{
	size_t kept = 0, said = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct word *w = &s->words[i];
		bool due = w->next <= now && said < EACH_TICK;
		if (due && w->tries == TRIES) {
			give_up(w);
			continue;
		}
		if (due)
			say(s, w, now);
		said += due;
		if (kept != i)
			s->words[kept] = *w;
		kept++;
	}
	s->count = kept;
	s->full &= kept == PENDING_MOST;
}

static bool same_peer(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	char left[ENDPOINT_TEXT], right[ENDPOINT_TEXT];
	endpoint_write((const struct sockaddr *)a, left);
	endpoint_write((const struct sockaddr *)b, right);
	return strcmp(left, right) == 0;
}

/* Whatever it answers, it was told. */
static void hear(struct state *s, int fd)
{
	uint8_t message[512];
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	ssize_t got;
	while ((got = recvfrom(fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&peer, &size)) >= 0) {
		for (size_t i = 0; got >= HEADER_SIZE && i < s->count; i++) {
			struct word *w = &s->words[i];
			if (w->tries == 0 || w->id != (message[0] << 8 | message[1]) || !same_peer(&peer, &w->to.endpoint)
				|| (message[2] & (FLAG_QR | OPCODES)) != (FLAG_QR | OPCODE_NOTIFY))
				continue;
			*w = s->words[--s->count];
			break;
		}
		size = sizeof peer;
	}
}

static void *run(void *context)
{
	struct state s = { .notifier = context };
	struct notifier *n = context;
	struct pollfd ready[] = { { .fd = n->sockets[0], .events = POLLIN }, { .fd = n->sockets[1], .events = POLLIN } };
	s.words = calloc(PENDING_MOST, sizeof *s.words);
	s.quiet_at = clock_ticks() + n->quiet * 1000;
	rcu_register_thread();
	while (s.words != NULL && !atomic_load_explicit(n->stop, memory_order_relaxed)) {
		gather(&s, clock_ticks());
		rcu_thread_offline();
		say_all(&s, clock_ticks());
		poll(ready, 2, TICK);
		hear(&s, n->sockets[0]);
		hear(&s, n->sockets[1]);
		rcu_thread_online();
	}
	rcu_unregister_thread();
	free(s.words);
	return NULL;
}

int notifier_start(struct notifier *n, struct error *e)
{
	n->sockets[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	n->sockets[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->sockets[0] < 0)
		return fail(e, FAILED, "a socket for NOTIFY: %s", strerror(errno));
	int code = pthread_create(&n->thread, NULL, run, n);
	return code == 0 ? DONE : fail(e, FAILED, "starting a thread for NOTIFY: %s", strerror(code));
}

void notifier_stop(struct notifier *n)
{
	pthread_join(n->thread, NULL);
	for (int i = 0; i < 2; i++)
		if (n->sockets[i] >= 0)
			close(n->sockets[i]);
}
