/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that looks for changed zones, sends NOTIFYs and hears what secondaries answer. */
#include "dnsd/serve/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/serve/notify_words.h"
#include "lib/clock.h"
#include "lib/ready.h"

enum { TICK = 100 /* milliseconds between looks */ };

struct state {
	struct notifier *notifier;
	struct words words;
	int64_t quiet_at;
	uint32_t quiet_serial;
};

static void look(struct state *s, const struct snapshot *snapshot, struct zone_view *zone, bool all, int64_t now)
{
	if (!atomic_exchange_explicit(&zone->changed, false, memory_order_relaxed) && !all)
		return;
	for (size_t i = 0; i < snapshot->secondary_count; i++)
		words_add(&s->words, &zone->name, &snapshot->secondaries[i], now);
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

static void say(const struct word *w, void *context)
{
	const struct state *s = context;
	uint8_t message[NOTIFY_MOST];
	size_t size = word_write(w, message, clock_date());
	int fd = s->notifier->sockets[w->to.endpoint.ss_family == AF_INET6];
	if (size > 0)
		sendto(fd, message, size, MSG_DONTWAIT, (const struct sockaddr *)&w->to.endpoint, w->to.size);
}

static void hear(struct state *s, int fd)
{
	uint8_t message[512];
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	ssize_t got;
	while ((got = recvfrom(fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&peer, &size)) >= 0) {
		words_hear(&s->words, message, (size_t)got, &peer);
		size = sizeof peer;
	}
}

static void *run(void *context)
{
	struct state s = { .notifier = context };
	struct notifier *n = context;
	struct pollfd ready[] = { { .fd = n->sockets[0], .events = POLLIN }, { .fd = n->sockets[1], .events = POLLIN } };
	bool well = words_begin(&s.words);
	s.quiet_at = clock_ticks() + n->quiet * 1000;
	rcu_register_thread();
	while (well && !atomic_load_explicit(n->stop, memory_order_relaxed)) {
		gather(&s, clock_ticks());
		rcu_thread_offline();
		words_say(&s.words, clock_ticks(), say, &s);
		ready_wait(ready, 2, TICK);
		hear(&s, n->sockets[0]);
		hear(&s, n->sockets[1]);
		rcu_thread_online();
	}
	rcu_unregister_thread();
	words_end(&s.words);
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
