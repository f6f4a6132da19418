/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: looking at the registry, visiting whom is due, writing what was found. */
#include "prober/prober.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/options_reread.h"
#include "lib/secret.h"
#include "prober/engine.h"
#include "prober/report.h"
#include "prober/walls.h"
#include "registry/fleet.h"
#include "settings/tables.h"

enum { /* milliseconds */
	LOOK_EVERY = 500,     /* at the registry, whether relays came or went */
	WRITE_EVERY = 200,    /* news, so that those of a moment share a transaction */
	REFRESH_EVERY = 5000, /* what is no news */
	WEIGH_EVERY = 10000,  /* which relays are wanted, and which probers live */
	COMPLAIN_EVERY = 60000, /* of the same */
	COMPLAIN_APART = 1000,
	PATIENCE = 2000,      /* with another writer of the registry */
	IDLE_FACTOR = 10,     /* the interval for relays that no pool wants */
	SPARE_DESCRIPTORS = 64,
	SHARE = 20, /* looking at the registry takes one part in so many of our time at most, and so does weighing */
};

struct prober {
	struct settings *settings;
	int argc; /* the command line, which SIGHUP reads again with the file */
	char **argv;
	struct arena *arena; /* the settings' */
	struct rules rules;
	struct roster roster;
	struct witnesses witnesses;
	struct engine *engine;
	struct registry *registry; /* NULL while it can't be opened */
	int signals;               /* signalfd */
	bool reload, unread, news, uuids_moved; /* unread: the registry may have moved */
	struct error complaint;    /* the last that was logged */
	int64_t look_at, weigh_at, wrote_at, complained_at, lagged_at; /* ticks; 0: never yet */
};

static uint32_t any_number(void)
{
	uint32_t random = 0;
	secret_random(&random, sizeof random, NULL);
	return random;
}

static void complain(struct prober *p, int outcome, const struct error *e)
{
	int64_t now = clock_ticks();
	bool same = strcmp(e->text, p->complaint.text) == 0;
	bool again = p->complained_at != 0
		&& now - p->complained_at < (same ? COMPLAIN_EVERY : COMPLAIN_APART);
	if (outcome == DONE || p->settings->once || again)
		return;
	p->complained_at = now;
	p->complaint = *e;
	log_warning("%s", e->text);
}

/* What changed, in words. */

static void tell_tls(const struct watch *w, const struct belief *before)
{
	char had[TLS_TEXT], has[TLS_TEXT];
	tls_write(before->tls, had);
	tls_write(w->belief.tls, has);
	if (before->tls == 0)
		log_info("relay %s speaks %s relay=%s tls=%s", w->relay, has, w->relay, has);
	else if ((before->tls & ~(unsigned)w->belief.tls) != 0)
		log_warning("relay %s lost capabilities: it spoke %s, and now %s relay=%s tls=%s", w->relay, had,
			has, w->relay, has);
	else
		log_notice("relay %s gained capabilities: it spoke %s, and now %s relay=%s tls=%s", w->relay,
			had, has, w->relay, has);
}

static void tell(const struct watch *w, const struct belief *before)
{
	bool up = w->belief.health == HEALTH_UP;
	if (w->belief.health != before->health)
		log_notice("relay %s looks %s relay=%s reason=\"%s\"", w->relay, up ? "up" : "down", w->relay,
			w->trouble);
	if (w->belief.tls != before->tls)
		tell_tls(w, before);
	if (up && w->belief.overloaded != before->overloaded)
		log_notice("relay %s %s relay=%s", w->relay,
			w->belief.overloaded ? "is overloaded" : "is overloaded no longer", w->relay);
}

static void describe(struct prober *p, struct charge *c)
{
	if (!watch_describe(&c->watch, clock_date()))
		return;
	p->news = true;
	if (c->watch.belief.health == HEALTH_UP && c->watch.notes[0] != '\0')
		log_warning("relay %s: %s relay=%s", c->watch.relay, c->watch.notes, c->watch.relay);
}

static int64_t until_next(const struct prober *p, const struct charge *c)
{
	int64_t seconds = p->settings->interval * (roster_presses(c, clock_date()) ? 1 : IDLE_FACTOR);
	return schedule_jitter(seconds * 1000, any_number());
}

/* Notes what came of asking by another server name; the next full visit takes the next name. */
static void note_sni(const struct prober *p, struct watch *w, const struct finding *f)
{
	const char *asked = roster_sni(&p->roster, w->turn);
	if (f->other_sni == SNI_UNASKED || asked == NULL)
		return;
	if (f->other_sni == SNI_REFUSED)
		snprintf(w->refused, sizeof w->refused, "%s", asked);
	else if (strcmp(w->refused, asked) == 0)
		w->refused[0] = '\0';
	w->turn++;
}

static void take_finding(void *subject, const struct finding *f, void *context)
{
	struct prober *p = context;
	struct charge *c = subject;
	struct watch *w = &c->watch;
	struct belief before = w->belief;
	int64_t now = clock_ticks();
	char uuid[sizeof w->uuid];
	c->visiting = false;
	if (c->gone) {
		charge_free(c);
		return;
	}
	if (c->fresh) /* its addresses are others by now, and the finding is of the old ones */
		return;
	memcpy(uuid, w->uuid, sizeof uuid);
	if (!f->able)
		log_debug("relay %s could not be asked: %s relay=%s", w->relay, f->reason, w->relay);
	watch_note(w, f, &p->rules, clock_date());
	if (f->well && f->full) {
		roster_judge(&p->roster, w);
		note_sni(p, w, f);
		c->look_at = now + schedule_jitter(p->settings->look * 1000, any_number());
	}
	p->uuids_moved |= strcmp(uuid, w->uuid) != 0 || before.health != w->belief.health;
	p->news |= w->changed;
	tell(w, &before);
	describe(p, c);
	if (!p->settings->once && c->asked)
		schedule_put(&p->roster.schedule, &c->due, now + until_next(p, c));
}

/* The registry. */

static int reach_registry(struct prober *p, bool *moved, struct error *e)
{
	*moved = true;
	if (p->registry != NULL) {
		int outcome = registry_news(p->registry, moved, e);
		if (outcome == DONE)
			return DONE;
		registry_close(p->registry);
		p->registry = NULL;
	}
	*moved = true;
	int outcome = registry_open(p->settings->registry, REGISTRY_WRITE, &p->registry, e);
	if (outcome == DONE)
		registry_patience(p->registry, PATIENCE);
	else
		p->registry = NULL;
	return outcome;
}

/* Schedules new relays: those that somebody has seen before within the next interval, all others now. */
static void admit(struct prober *p)
{
	const struct settings *s = p->settings;
	int64_t now = clock_ticks();
	for (size_t i = 0; i < p->roster.count; i++) {
		struct charge *c = p->roster.charges[i];
		if (!c->fresh || !c->asked || c->visiting)
			continue;
		bool hurry = !c->known || s->once != 0;
		if (!c->watch.look)
			c->look_at = now + (int64_t)any_number() % (s->look * 1000);
		schedule_put(&p->roster.schedule, &c->due,
			now + (hurry ? 0 : (int64_t)any_number() % (s->interval * 1000)));
		c->fresh = false;
	}
}

static int weigh(struct prober *p, struct error *e)
{
	const struct settings *s = p->settings;
	struct arena arena = { 0 };
	struct fleet fleet;
	size_t refused;
	/* others are taken to have an interval like ours */
	int64_t patience = s->stale > 3 * s->interval ? s->stale : 3 * s->interval;
	int outcome = registry_freeze(p->registry, e);
	if (outcome == DONE)
		outcome = registry_fleet(p->registry, &arena, &fleet, &refused, e);
	registry_rollback(p->registry);
	if (outcome == DONE) {
		roster_hear(&p->roster, &fleet);
		outcome = roster_want(&p->roster, &fleet, e);
	}
	if (outcome == DONE && !s->once)
		outcome = report_witnesses(&p->witnesses, &p->roster, p->registry, &fleet, clock_ticks(),
			patience * 1000, clock_date(), e);
	arena_free(&arena);
	return outcome;
}

/* When to do again what was begun at BEGUN and is done now: after EVERY milliseconds, or after SHARE times as long as
 * it took, if that is longer. */
static int64_t again_at(int64_t begun, int64_t every)
{
	int64_t now = clock_ticks(), pause = (now - begun) * SHARE;
	return now + (pause > every ? pause : every);
}

static int look(struct prober *p, struct error *e)
{
	int64_t now = clock_ticks();
	bool moved;
	if (now < p->look_at && !p->reload)
		return DONE;
	int outcome = reach_registry(p, &moved, e);
	if (outcome == DONE && (moved || p->reload || p->unread))
		outcome = roster_read(&p->roster, p->registry, e);
	p->unread = outcome != DONE;
	p->reload = false;
	admit(p);
	p->look_at = again_at(now, LOOK_EVERY);
	if (outcome == DONE && now >= p->weigh_at) {
		now = clock_ticks();
		outcome = weigh(p, e);
		p->weigh_at = again_at(now, WEIGH_EVERY);
	}
	return outcome;
}

static int pair(struct prober *p, struct error *e)
{
	int outcome = p->uuids_moved ? roster_pair(&p->roster, e) : DONE;
	for (size_t i = 0; p->uuids_moved && outcome == DONE && i < p->roster.count; i++)
		describe(p, p->roster.charges[i]);
	p->uuids_moved &= outcome != DONE;
	return outcome;
}

static int settle(struct prober *p, bool at_last, struct error *e)
{
	int64_t now = clock_ticks();
	if (!at_last && now - p->wrote_at < (p->news ? WRITE_EVERY : REFRESH_EVERY))
		return DONE;
	int outcome = pair(p, e);
	p->wrote_at = now;
	if (outcome == DONE && p->registry != NULL)
		outcome = report_write(&p->roster, p->registry, clock_date(), e);
	p->news &= outcome != DONE || p->registry == NULL;
	return outcome;
}

/* Visits. */

static void start_visit(struct prober *p, struct charge *c, int64_t now)
{
	struct orders orders = { .count = c->count, .port = c->port, .denied = c->watch.denied,
		.full = c->watch.look || now >= c->look_at || p->settings->once, .tls = c->watch.belief.tls,
		.route = c->watch.route, .uuid = c->watch.uuid, .sni = p->settings->sni,
		.other_sni = *p->settings->sni == '\0' ? roster_sni(&p->roster, c->watch.turn) : NULL,
		.vias = &p->roster.vias };
	memcpy(orders.addresses, c->addresses, sizeof orders.addresses);
	c->visiting = true;
	engine_start(p->engine, &orders, c);
}

static struct charge *due_charge(const struct prober *p)
{
	struct due *due = schedule_first(&p->roster.schedule);
	return due == NULL ? NULL : (struct charge *)((char *)due - offsetof(struct charge, due));
}

/* Starts who is due while there is room; returns the milliseconds until the next one is. */
static int start_due(struct prober *p)
{
	int64_t now = clock_ticks();
	struct charge *c;
	while ((c = due_charge(p)) != NULL && c->due.at <= now && !engine_full(p->engine)) {
		schedule_remove(&p->roster.schedule, &c->due);
		start_visit(p, c, now);
	}
	if (c == NULL || engine_full(p->engine) || c->due.at - now > LOOK_EVERY)
		return p->news ? WRITE_EVERY : LOOK_EVERY;
	int wait = c->due.at <= now ? 0 : (int)(c->due.at - now);
	return p->news && wait > WRITE_EVERY ? WRITE_EVERY : wait;
}

static void tell_lag(struct prober *p)
{
	const struct charge *c = due_charge(p);
	int64_t now = clock_ticks();
	if (p->settings->once || c == NULL || now - c->due.at < p->settings->interval * 1000
		|| (p->lagged_at != 0 && now - p->lagged_at < COMPLAIN_EVERY))
		return;
	p->lagged_at = now;
	log_warning("visits begin %lld s late: %lld sockets are too few for %zu relays (--sockets)",
		(long long)((now - c->due.at) / 1000), (long long)p->settings->sockets, p->roster.count);
}

static void reread(struct prober *p)
{
	struct settings fresh = { 0 };
	struct error e;
	if (options_read(&settings_prober, p->argc, p->argv, &fresh, p->arena, &e) != DONE) {
		log_error("the old settings stay: %s", e.text);
		return;
	}
	options_reread(&settings_prober, p->settings, &fresh);
	*p->settings = fresh;
	p->rules.rise = (unsigned)fresh.rise;
	p->rules.fall = (unsigned)fresh.fall;
	log_limit((enum log_level)fresh.log_level);
}

/* True when it is time to end. SIGHUP looks at the registry and the settings anew. */
static bool signalled(struct prober *p)
{
	struct signalfd_siginfo info;
	if (read(p->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return false;
	if (info.ssi_signo != SIGHUP)
		return true;
	p->reload = true;
	reread(p);
	return false;
}

/* One turn; UNCHANGED when it was told to end, or nothing is left to do. */
static int turn(struct prober *p, struct error *e)
{
	int64_t before = clock_ticks();
	int outcome = look(p, e);
	complain(p, outcome, e);
	if (outcome != DONE && p->settings->once)
		return outcome;
	outcome = settle(p, false, e);
	complain(p, outcome, e);
	engine_excuse(p->engine, clock_ticks() - before);
	int wait = start_due(p);
	tell_lag(p);
	if (p->settings->once && engine_idle(p->engine) && due_charge(p) == NULL)
		return UNCHANGED;
	outcome = engine_wait(p->engine, wait, e);
	return outcome == DONE && signalled(p) ? UNCHANGED : outcome;
}

static int open_signals(struct prober *p, struct error *e)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	p->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signals < 0 ? fail(e, FAILED, "signalfd: %s", strerror(errno)) : DONE;
}

/* Raises the limit of descriptors as far as the sockets need and we may. If it does not suffice, visits say so. */
static void allow_sockets(const struct settings *s)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)s->sockets + SPARE_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_prober(struct prober *p, struct error *e)
{
	const struct settings *s = p->settings;
	int outcome = open_signals(p, e);
	const struct engine_limits limits = { (size_t)s->sockets, (int)s->timeout * 1000, p->signals };
	if (outcome != DONE)
		return outcome;
	allow_sockets(s);
	outcome = prober_walls_enter(s->registry, options_file(p->argc, p->argv), s->sandbox != 0, e);
	return outcome == DONE ? engine_open(&p->engine, &limits, take_finding, p, e) : outcome;
}

static void close_prober(struct prober *p)
{
	if (p->engine != NULL)
		engine_close(p->engine);
	roster_free(&p->roster);
	free(p->witnesses.list);
	registry_close(p->registry);
	if (p->signals >= 0)
		close(p->signals);
}

int prober_run(struct settings *s, int argc, char **argv, struct arena *arena, struct error *e)
{
	struct prober p = { .settings = s, .argc = argc, .argv = argv, .arena = arena, .signals = -1, .unread = true,
		.rules = { (unsigned)s->rise, (unsigned)s->fall, s->once != 0 },
		.roster = { .observer = s->name, .connect = s->connect } };
	int outcome = open_prober(&p, e);
	while (outcome == DONE)
		outcome = turn(&p, e);
	if (outcome == UNCHANGED)
		outcome = settle(&p, true, e);
	close_prober(&p);
	return outcome;
}
