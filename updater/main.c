/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock-updater: one loop, and a thread beside it that waits for the disk. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/sandbox.h"
#include "steering/steering.h"
#include "updater/batch.h"
#include "updater/door.h"
#include "updater/families.h"
#include "updater/forwarded.h"
#include "updater/housekeeping.h"
#include "updater/http.h"
#include "updater/settings.h"
#include "updater/status.h"
#include "updater/updater.h"

enum {
	EVENTS = 64,
	LOOK_EACH = 1000,      /* milliseconds after which housekeeping has its turn though nothing happens */
	LINGER = 2000,         /* milliseconds for replies to leave after SIGTERM */
	REQUEST_SOURCES = 65536, FAULT_SOURCES = 65536, HOST_NAMES = 65536, /* 32 bytes each */
};

static volatile bool stopping, rereading;

static int take_signals(int *fd, struct error *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return *fd >= 0 ? DONE : fail(e, FAILED, "signalfd: %s", strerror(errno));
}

static void read_signals(int fd)
{
	struct signalfd_siginfo info;
	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
		stopping = stopping || info.ssi_signo != SIGHUP;
		rereading = rereading || info.ssi_signo == SIGHUP;
	}
}

/* New settings for all but the registry and the sockets. The old ones' texts stay in the arena:
 * reloads are rare, and requests may hold on to them. */
static void reread(struct updater *u, int argc, char **argv)
{
	struct settings fresh = { 0 };
	struct error e;
	rereading = false;
	if (settings_read(argc, argv, &fresh, &u->arena, &e) != DONE) {
		log_error("the old settings stay: %s", e.text);
		return;
	}
	if (strcmp(fresh.listen, u->settings.listen) != 0
		|| strcmp(fresh.registry, u->settings.registry) != 0 || strcmp(fresh.key, u->settings.key) != 0)
		log_warning("where to listen and what registry to use change only by a restart");
	fresh.listen = u->settings.listen;
	fresh.registry = u->settings.registry;
	fresh.key = u->settings.key;
	u->settings = fresh;
	log_limit((enum log_level)fresh.log_level);
	log_notice("read the settings anew");
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* The doorbell's socket comes and goes; a closed one leaves the set by itself. */
static void watch_bell(struct updater *u, int epoll, int *watched)
{
	if (u->bell >= 0 && u->bell_serial != *watched)
		watch(epoll, u->bell);
	*watched = u->bell_serial;
}

static void turn(struct updater *u, int epoll, int signals, int *watched)
{
	struct epoll_event events[EVENTS];
	int64_t now = clock_ticks();
	int64_t wait = batch_timeout(u, now, LOOK_EACH);
	int count = epoll_wait(epoll, events, EVENTS, (int)wait);
	now = clock_ticks();
	bool heard = false;
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == signals)
			read_signals(signals);
		heard = heard || events[i].data.fd == u->bell;
	}
	http_run(u->http);
	forwarded_run(u->forwarders);
	bool any = heard && batch_hear(u, now);
	if (batch_run(u, now) || any)
		http_run(u->http);
	watch_bell(u, epoll, watched);
	housekeeping_run(u, now);
}

static int serve(struct updater *u, int signals, int argc, char **argv, struct error *e)
{
	int watched = 0;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return fail(e, FAILED, "epoll: %s", strerror(errno));
	watch(epoll, signals);
	watch(epoll, u->committer.fd);
	watch(epoll, forwarded_descriptor(u->forwarders));
	watch(epoll, http_descriptor(u->http));
	while (!stopping) {
		turn(u, epoll, signals, &watched);
		if (rereading)
			reread(u, argc, argv);
	}
	log_notice("stopping");
	http_quiesce(u->http);
	forwarded_quiesce(u->forwarders);
	int64_t end = clock_ticks() + LINGER;
	while ((u->queue != NULL || u->flight != NULL || u->waiting != NULL) && clock_ticks() < end)
		turn(u, epoll, signals, &watched);
	http_run(u->http);
	close(epoll);
	return DONE;
}

static int start(struct updater *u, int *signals, struct error *e)
{
	uint64_t seeds[3];
	u->started = clock_ticks();
	u->started_date = clock_date();
	batch_start(u);
	int outcome = secret_random(seeds, sizeof seeds, e);
	if (outcome == DONE)
		outcome = limit_make(&u->requests, REQUEST_SOURCES, seeds[0], e);
	if (outcome == DONE)
		outcome = limit_make(&u->faults, FAULT_SOURCES, seeds[1], e);
	if (outcome == DONE)
		outcome = limit_make(&u->hosts, HOST_NAMES, seeds[2], e);
	if (outcome == DONE)
		outcome = take_signals(signals, e);
	if (outcome == DONE)
		outcome = http_open(u, e);
	if (outcome == DONE)
		outcome = forwarded_open(u, e);
	if (outcome == DONE)
		outcome = sandbox_enter(e);
	if (outcome == DONE)
		outcome = committer_start(&u->committer, e);
	return outcome;
}

static void say_ready(struct updater *u)
{
	struct text where = { 0 };
	http_addresses(u->http, &where);
	log_notice("ready at %s registry=%s%s", where.broken ? "?" : where.bytes, u->settings.registry,
		u->registry == NULL ? " (which cannot be opened yet)" : "");
	text_free(&where);
}

static void stop(struct updater *u)
{
	if (u->committer.fd > 0) {
		batch_settle(u, true, clock_ticks());
		committer_stop(&u->committer);
	}
	if (u->http != NULL)
		http_close(u->http);
	if (u->forwarders != NULL)
		forwarded_close(u->forwarders);
	if (u->bell >= 0)
		close(u->bell);
	sessions_store(&u->sessions, u->settings.telemetry, u->settings.registry, steering_day(clock_date()),
		INT64_MAX);
	sessions_free(&u->sessions);
	door_close(u);
	status_forget(u);
	families_forget(u);
	lease_free(&u->leases);
	limit_free(&u->requests);
	limit_free(&u->faults);
	limit_free(&u->hosts);
	secret_forget(&u->keys, sizeof u->keys);
	arena_free(&u->arena);
}

int main(int argc, char **argv)
{
	static struct updater u;
	struct error e;
	int signals = -1;
	log_start("windsock-updater");
	int outcome = settings_read(argc, argv, &u.settings, &u.arena, &e);
	if (outcome != DONE) {
		if (outcome != OPTIONS_SHOWN)
			fprintf(stderr, "windsock-updater: %s\n", e.text);
		arena_free(&u.arena);
		return outcome == OPTIONS_SHOWN ? 0 : outcome == REFUSED ? 2 : 1;
	}
	log_limit((enum log_level)u.settings.log_level);
	outcome = start(&u, &signals, &e);
	if (outcome == DONE) {
		door_open(&u);
		say_ready(&u);
		outcome = serve(&u, signals, argc, argv, &e);
	}
	if (outcome != DONE)
		log_error("%s", e.text);
	stop(&u);
	return outcome == DONE ? 0 : outcome == REFUSED ? 2 : 1;
}
