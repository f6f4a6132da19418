/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock-prober: asks each relay at each of its addresses, and writes what it saw. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/sandbox.h"
#include "lib/secret.h"
#include "prober/observe.h"
#include "prober/round.h"
#include "registry/registry.h"

struct settings {
	const char *registry, *name;
	int64_t interval, timeout, sockets, once, log_level;
};

#define AT(member) .offset = offsetof(struct settings, member)
static const struct option_row rows[] = {
	{ "registry", OPTION_TEXT, AT(registry), .standard = OPTION_REGISTRY, .argument = "FILE",
		.help = "the registry" },
	{ "name", OPTION_TEXT, AT(name), .standard = "prober", .argument = "OBSERVER",
		.help = "under which its observations stand" },
	{ "interval", OPTION_NUMBER, AT(interval), 1, 3600, "15", "SECONDS",
		"from one round to the next, 10 % more or less" },
	{ "timeout", OPTION_NUMBER, AT(timeout), 1, 60, "5", "SECONDS", "for one answer" },
	{ "sockets", OPTION_NUMBER, AT(sockets), 1, 1000, "64", "N", "open at once" },
	{ "once", OPTION_FLAG, AT(once), .help = "one round, whose findings are believed at once" },
	{ "log-level", OPTION_NUMBER, AT(log_level), 3, 7, "6", "N", "3 errors only, 7 everything" },
};
static const struct option_table table = { "windsock-prober", "prober",
	"Asks the relays what they can do, and writes it into the registry.", rows,
	sizeof rows / sizeof rows[0] };

struct prober {
	const struct settings *settings;
	struct watch *watches; /* of all relays ever asked; few and small */
	size_t count;
	int stop; /* signalfd */
};

static struct watch *watch_of(struct prober *p, const char *relay)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->watches[i].relay, relay) == 0)
			return &p->watches[i];
	return NULL;
}

/* The watch of a relay, begun with what is stored when it is new. */
static int watch(struct prober *p, struct registry *r, const char *relay, struct arena *arena,
	struct error *e)
{
	if (watch_of(p, relay) != NULL)
		return DONE;
	struct observation stored = { .relay = relay, .observer = p->settings->name };
	int outcome = r->engine->get(r, &observation_kind, &stored, arena, &stored, e);
	if (outcome != DONE && outcome != ABSENT)
		return outcome;
	struct watch *more = reallocarray(p->watches, p->count + 1, sizeof *more);
	if (more == NULL)
		return fail(e, FAILED, "out of memory");
	p->watches = more;
	watch_start(&more[p->count++], relay, outcome == DONE ? &stored : NULL);
	return DONE;
}

static bool asked(const struct relay *relay)
{
	return relay->state == RELAY_SERVICE || relay->state == RELAY_TESTING
		|| relay->state == RELAY_DRAINING;
}

struct plan {
	struct relay *relays;
	struct target *targets;
	size_t relay_count, target_count;
};

static int make_plan(struct prober *p, struct registry *r, struct arena *arena, struct plan *plan,
	struct error *e)
{
	enum { ADDRESSES = 8 }; /* of one relay (lib/model.c) */
	int outcome = registry_all(r, &relay_kind, NULL, arena, &plan->relays, &plan->relay_count, e);
	if (outcome != DONE)
		return outcome;
	plan->targets = arena_take(arena, (plan->relay_count * ADDRESSES + 1) * sizeof *plan->targets);
	if (plan->targets == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < plan->relay_count; i++) {
		const struct relay *relay = &plan->relays[i];
		const char *rest = relay->addresses;
		struct address address;
		if (!asked(relay) || row_check(&relay_kind, relay, NULL) != DONE)
			continue;
		while (address_next(&rest, &address))
			plan->targets[plan->target_count++] = (struct target){ .relay = i,
				.address = address, .port = (uint16_t)relay->port };
		if ((outcome = watch(p, r, relay->name, arena, e)) != DONE)
			return outcome;
	}
	return DONE;
}

/* A prober without IPv6 must not call every relay down: one address that answers is enough. */
static void judge(struct prober *p, const struct plan *plan)
{
	for (size_t at = 0, end; at < plan->target_count; at = end) {
		struct finding finding = { .uuid = "", .reason = "" };
		char reason[OBSERVE_REASON], address[ADDRESS_TEXT];
		for (end = at; end < plan->target_count && plan->targets[end].relay == plan->targets[at].relay;
			end++) {
			const struct target *t = &plan->targets[end];
			address_write(&t->address, address);
			if (!t->well && *finding.reason == '\0') {
				snprintf(reason, sizeof reason, "%s: %s", address, t->reason);
				finding.reason = reason;
			}
			if (!t->well)
				continue;
			finding.well = true;
			finding.overloaded |= t->reply.overloaded;
			finding.uuid = t->reply.uuid;
		}
		struct watch *w = watch_of(p, plan->relays[plan->targets[at].relay].name);
		enum health before = w->health;
		watch_note(w, &finding, p->settings->once != 0);
		if (w->health != before)
			log_notice("relay %s looks %s relay=%s reason=\"%s\"", w->relay,
				w->health == HEALTH_UP ? "up" : "down", w->relay, w->reason);
	}
}

/* A relay that was removed meanwhile is passed over: its row would refer to nothing. */
static int write_due(struct prober *p, struct registry *r, int64_t date, struct error *e)
{
	const struct act act = { .actor = p->settings->name, .origin = "windsock-prober", .verb = "observe" };
	int outcome = r->engine->begin(r, e);
	if (outcome == DONE)
		outcome = r->engine->act(r, &act, e);
	for (size_t i = 0; i < p->count && outcome == DONE; i++) {
		if (!watch_due(&p->watches[i], date))
			continue;
		struct observation row = watch_row(&p->watches[i], p->settings->name, date);
		outcome = registry_put(r, &observation_kind, &row, e);
		if (outcome == REFUSED)
			outcome = DONE;
	}
	if (outcome == DONE)
		outcome = r->engine->commit(r, e);
	if (outcome != DONE)
		r->engine->rollback(r);
	for (size_t i = 0; i < p->count && outcome == DONE; i++)
		if (watch_due(&p->watches[i], date)) {
			p->watches[i].written = date;
			p->watches[i].changed = false;
		}
	return outcome;
}

static int settle(struct prober *p, struct registry *r, struct error *e)
{
	int64_t date = clock_date();
	for (size_t i = 0; i < p->count; i++)
		if (watch_due(&p->watches[i], date))
			return write_due(p, r, date, e);
	return DONE;
}

/* The registry is opened anew each round: it may have been replaced. */
static int probe(struct prober *p, struct error *e)
{
	struct arena arena = { 0 };
	struct plan plan = { 0 };
	struct registry *r;
	const struct round_limits limits = { (int)p->settings->timeout * 1000, (size_t)p->settings->sockets,
		p->stop };
	int outcome = registry_open(p->settings->registry, REGISTRY_WRITE, &r, e);
	if (outcome != DONE)
		return outcome;
	outcome = make_plan(p, r, &arena, &plan, e);
	if (outcome == DONE)
		outcome = round_run(plan.targets, plan.target_count, &limits, e);
	if (outcome == DONE) {
		judge(p, &plan);
		outcome = settle(p, r, e);
	}
	registry_close(r);
	arena_free(&arena);
	return outcome;
}

/* True when it is time to end. SIGHUP only cuts the wait short: nothing is kept that could be stale. */
static bool stopped(int fd, int milliseconds)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct signalfd_siginfo info;
	if (poll(&ready, 1, milliseconds) <= 0 || read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		return false;
	return info.ssi_signo != SIGHUP;
}

static int pause_length(int64_t seconds)
{
	uint32_t random = 0;
	secret_random(&random, sizeof random, NULL);
	return (int)(seconds * 900 + (int64_t)random % (seconds * 200 + 1));
}

static int run(const struct settings *settings, struct error *e)
{
	struct prober p = { .settings = settings };
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	p.stop = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p.stop < 0)
		return fail(e, FAILED, "signalfd: %s", strerror(errno));
	int outcome = sandbox_enter(e);
	while (outcome == DONE) {
		outcome = probe(&p, e);
		if (settings->once)
			break;
		if (outcome != DONE && outcome != UNCHANGED)
			log_warning("%s", e->text);
		outcome = DONE;
		if (stopped(p.stop, pause_length(settings->interval)))
			break;
	}
	close(p.stop);
	free(p.watches);
	return outcome;
}

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct arena arena = { 0 };
	struct error e = { "" };
	log_start("windsock-prober");
	int outcome = options_read(&table, argc, argv, &settings, &arena, &e);
	bool shown = (int)outcome == OPTIONS_SHOWN;
	if (outcome == DONE && strcmp(settings.name, "lease") == 0)
		outcome = fail(&e, REFUSED, "--name lease: that is windsock-updater's");
	struct observation named = { .relay = "x", .observer = settings.name };
	if (outcome == DONE)
		outcome = row_check(&observation_kind, &named, &e);
	int status = outcome == DONE || shown ? EXIT_SUCCESS : 2;
	if (outcome == DONE) {
		log_limit((enum log_level)settings.log_level);
		outcome = run(&settings, &e);
		status = outcome == DONE ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (status != EXIT_SUCCESS)
		log_error("%s", e.text);
	arena_free(&arena);
	return status;
}
