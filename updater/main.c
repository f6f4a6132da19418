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

#include "lib/background.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/options_reread.h"
#include "lib/service.h"
#include "settings/tables.h"
#include "steering/steering.h"
#include "updater/batch.h"
#include "updater/families.h"
#include "updater/forwarded.h"
#include "updater/housekeeping.h"
#include "updater/http.h"
#include "updater/replace.h"
#include "updater/status.h"
#include "updater/walls.h"

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

/* The old settings' texts stay in the arena: reloads are rare, and requests may hold on to them. */
static void reread(struct updater *u, int argc, char **argv)
{
	struct settings fresh = { 0 };
	struct error e;
	rereading = false;
	if (settings_read(argc, argv, &fresh, &u->arena, &e) != DONE) {
		log_error("the old settings stay: %s", e.text);
		return;
	}
	options_reread(&settings_updater, &u->settings, &fresh);
	u->settings = fresh;
	log_limit((enum log_level)fresh.log_level);
	log_notice("read the settings anew");
}

static bool watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Watches the doorbell's socket, which may be another one each turn; a closed one has left the epoll set by itself. */
static void watch_bell(struct updater *u, int epoll, int *watched)
{
	if (u->bell.fd >= 0 && u->bell.serial != *watched)
		watch(epoll, u->bell.fd);
	*watched = u->bell.serial;
}

/* All of the daemon. */
struct daemon {
	struct updater updater;
	const char *config; /* the file that the settings were read from */
	struct batch batch;
	struct housekeeping housekeeping;
	struct http *http;             /* NULL until it was opened, as the next */
	struct forwarders *forwarders;
	int epoll, signals;
	struct replace replace;
	int64_t alive_at; /* ticks: when the service manager was last told that we are */
	int takeover, successor; /* which of its descriptors are watched */
	int bell; /* which of our doorbells is watched */
};

static void turn(struct daemon *d)
{
	struct updater *u = &d->updater;
	struct epoll_event events[EVENTS];
	int64_t now = clock_ticks();
	int64_t wait = batch_timeout(u, now, LOOK_EACH);
	int count = epoll_wait(d->epoll, events, EVENTS, (int)wait);
	now = clock_ticks();
	bool heard = false;
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == d->signals)
			read_signals(d->signals);
		heard = heard || events[i].data.fd == u->bell.fd;
	}
	http_run(d->http);
	forwarded_run(d->forwarders);
	bool any = heard && batch_hear(u, now);
	if (batch_run(u, now) || any)
		http_run(d->http);
	watch_bell(u, d->epoll, &d->bell);
	housekeeping_run(&d->housekeeping, now);
}

/* A successor's steps are taken at once, even if nobody asks for anything. */
static void watch_takeover(struct daemon *d)
{
	const struct takeover *t = &d->replace.takeover;
	if (t->place.fd >= 0 && t->place.fd != d->takeover)
		watch(d->epoll, t->place.fd);
	if (t->successor >= 0 && t->successor != d->successor)
		watch(d->epoll, t->successor);
	d->takeover = t->place.fd;
	d->successor = t->successor;
}

/* Tells the service manager once a second that the loop goes on. It does, too, while the committer waits for the disk. */
static void say_alive(struct daemon *d)
{
	int64_t now = clock_ticks();
	if (now - d->alive_at < LOOK_EACH)
		return;
	d->alive_at = now;
	service_alive();
}

/* Serves to the end those that are here. */
static void finish(struct daemon *d)
{
	int64_t most = clock_ticks() + TAKEOVER_FINISH;
	while (!stopping && clock_ticks() < most
		&& (http_busy(d->http) || forwarded_busy(d->forwarders) || !batch_is_empty(&d->updater)))
		turn(d);
}

/* What a turn waits for. It is there before anybody is told that we are ready. */
static int watch_all(struct daemon *d, struct error *e)
{
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0 || !watch(d->epoll, d->signals) || !watch(d->epoll, d->batch.committer.fd)
		|| !watch(d->epoll, forwarded_descriptor(d->forwarders)) || !watch(d->epoll, http_descriptor(d->http)))
		return fail(e, FAILED, "epoll: %s", strerror(errno));
	return DONE;
}

static void serve(struct daemon *d, int argc, char **argv)
{
	bool replaced = false;
	while (!stopping && !replaced) {
		turn(d);
		if (rereading)
			reread(&d->updater, argc, argv);
		replaced = replace_heed(&d->replace, d->http, d->forwarders);
		watch_takeover(d);
		say_alive(d);
	}
	if (replaced)
		finish(d);
	else
		service_stopping();
	log_notice("stopping");
	http_quiesce(d->http);
	forwarded_quiesce(d->forwarders);
	int64_t end = clock_ticks() + LINGER;
	while (!batch_is_empty(&d->updater) && clock_ticks() < end)
		turn(d);
	http_run(d->http);
	close(d->epoll);
}

static int start(struct daemon *d, struct error *e)
{
	struct updater *u = &d->updater;
	uint64_t seeds[3];
	u->counters.started = clock_ticks();
	u->counters.started_date = clock_date();
	batch_start(u, &d->batch);
	d->housekeeping.updater = u;
	int outcome = secret_random(seeds, sizeof seeds, e);
	if (outcome == DONE)
		outcome = limit_make(&u->limits.requests, REQUEST_SOURCES, seeds[0], e);
	if (outcome == DONE)
		outcome = limit_make(&u->limits.faults, FAULT_SOURCES, seeds[1], e);
	if (outcome == DONE)
		outcome = limit_make(&u->limits.hosts, HOST_NAMES, seeds[2], e);
	if (outcome == DONE)
		outcome = take_signals(&d->signals, e);
	if (outcome == DONE)
		outcome = replace_begin(&d->replace, u->settings.registry, u->settings.replace, e);
	if (outcome == DONE)
		outcome = http_open(&d->http, u, &d->replace.inherited, e);
	if (outcome == DONE)
		outcome = forwarded_open(&d->forwarders, u, &d->replace.inherited, e);
	if (outcome == DONE)
		outcome = replace_listen(&d->replace, u->settings.registry, e);
	if (outcome == DONE && seen_open(&u->seen, u->settings.registry, clock_date(), e) != DONE)
		log_warning("which UPDATEs were done is forgotten when this process ends: %s", e->text);
	if (outcome == DONE)
		outcome = updater_walls_enter(&u->settings, d->config, e);
	if (outcome == DONE)
		outcome = committer_start(&d->batch.committer, e);
	if (outcome == DONE)
		outcome = http_start(d->http, e);
	return outcome == DONE ? watch_all(d, e) : outcome;
}

static void say_ready(const struct daemon *d)
{
	struct text where = { 0 };
	http_addresses(d->http, &where);
	log_notice("ready at %s registry=%s%s", where.broken ? "?" : where.bytes, d->updater.settings.registry,
		d->updater.access.registry == NULL ? " (which cannot be opened yet)" : "");
	text_free(&where);
}

static void stop(struct daemon *d)
{
	struct updater *u = &d->updater;
	if (d->batch.committer.fd > 0) {
		batch_settle(u, true, clock_ticks());
		committer_stop(&d->batch.committer);
	}
	if (d->http != NULL)
		http_close(d->http);
	if (d->forwarders != NULL)
		forwarded_close(d->forwarders);
	bell_hang_up(&u->bell);
	int64_t today = steering_day(clock_date());
	sessions_store(&u->sessions, u->settings.telemetry, u->settings.registry, today, INT64_MAX);
	tls_uses_store(&u->tls_uses, u->settings.telemetry, u->settings.registry, today, INT64_MAX);
	sessions_free(&u->sessions);
	status_forget(u);
	families_forget(u);
	lease_free(&u->leases);
	limit_free(&u->limits.requests);
	limit_free(&u->limits.faults);
	limit_free(&u->limits.hosts);
	seen_close(&u->seen);
	access_free(&u->access);
	arena_free(&u->arena);
}

int main(int argc, char **argv)
{
	static struct daemon d = { .signals = -1, .replace = { .predecessor = -1, .takeover = { .successor = -1, .place.fd = -1 } } };
	struct settings *s = &d.updater.settings;
	struct error e;
	int ready = -1;
	log_start("windsock-updater");
	int outcome = settings_read(argc, argv, s, &d.updater.arena, &e);
	if (outcome != DONE) {
		if (outcome != OPTIONS_SHOWN)
			fprintf(stderr, "windsock-updater: %s\n", e.text);
		arena_free(&d.updater.arena);
		return outcome == OPTIONS_SHOWN ? 0 : outcome == REFUSED ? 2 : 1;
	}
	log_limit((enum log_level)s->log_level);
	d.config = options_file(argc, argv);
	if (s->background)
		outcome = background_enter(&ready, &e);
	if (outcome == DONE)
		outcome = start(&d, &e);
	if (outcome == DONE) {
		batch_open(&d.updater);
		replace_serve(&d.replace, d.http);
		say_ready(&d);
		if (ready >= 0)
			background_ready(ready);
		serve(&d, argc, argv);
	} else {
		log_error("%s", e.text);
	}
	replace_end(&d.replace);
	stop(&d);
	return outcome == DONE ? 0 : outcome == REFUSED ? 2 : 1;
}
