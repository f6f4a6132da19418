/* SPDX-License-Identifier: BSD-2-Clause */
/* When a relay that drains can be powered off: when resolvers and clients have forgotten it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "registry/fleet.h"
#include "steering/steering.h"
#include "tools/relay/relay.h"
#include "tools/relay/served.h"
#include "tools/table.h"
#include "tools/watch/check.h"

enum {
	LINE_EVERY = 60, /* seconds from one line of --wait to the next, when nothing happens */
	LOOK_EVERY = 5,
	ASK_EVERY = 60, /* secondaries, while it is too early anyway */
};

struct drain {
	struct relay relay;
	int64_t ttl;      /* of the answer that held it and lasts longest */
	int64_t forgotten; /* the date from which no resolver has it, nor a host that pointed at it */
	int64_t safe;      /* the date from which no client has, either */
	int64_t sessions;  /* tunnels that it said to carry; -1 when nobody knows */
	bool silent;       /* what it said is of no use: its lease has ended since, or clients could still come then */
	struct pointing hosts;
	const char *behind; /* a secondary that gives it out still, or may, in words; NULL */
};

/* What one look leaves to the next: what was answered before that does not change. */
struct memory {
	struct served served;
	char *addresses; /* the relay's, then */
	int64_t asked;   /* the date at which secondaries were asked last; 0 */
	int64_t behind;  /* that at which one of them was behind; 0 */
};

/* What was answered counts, whatever would be answered now. */
static int find_answers(struct command *c, struct memory *m, struct drain *d, int64_t now, struct error *e)
{
	struct fleet fleet;
	size_t refused;
	if (m->addresses == NULL || strcmp(m->addresses, d->relay.addresses) != 0) {
		free(m->addresses);
		*m = (struct memory){ .addresses = strdup(d->relay.addresses), .behind = m->behind };
	}
	int outcome = registry_fleet(c->registry, &c->arena, &fleet, &refused, e);
	if (outcome == DONE)
		outcome = m->addresses == NULL ? fail(e, FAILED, "out of memory")
					       : served_find(c, &fleet, &d->relay, now, &m->served, e);
	if (outcome != DONE)
		return outcome;
	d->ttl = m->served.ttl;
	d->forgotten = m->served.pool_until + SERVED_SLACK;
	d->safe = d->forgotten + SERVED_MEMORY;
	if (m->served.pool_until == 0) /* no answer held it */
		d->forgotten = d->safe = d->relay.since;
	if (m->served.host_until > 0 && m->served.host_until + SERVED_SLACK > d->forgotten)
		d->forgotten = m->served.host_until + SERVED_SLACK; /* visitors know hosts by resolvers alone */
	d->safe = d->safe > d->forgotten ? d->safe : d->forgotten;
	return DONE;
}

/* Finds how many tunnels it has, by its own word. When its lease ended, nobody knows whether those that it told of
 * last are gone. And that it had none says little as long as clients could still come: a later word is waited for. */
static int find_sessions(struct command *c, struct drain *d, struct error *e)
{
	struct observation lease = { .relay = d->relay.name, .observer = "lease" };
	d->sessions = -1;
	int outcome = registry_get(c->registry, &observation_kind, &lease, &c->arena, &lease, e);
	if (outcome == DONE && (lease.health == HEALTH_UP || lease.load > 0))
		d->sessions = lease.load;
	d->silent = outcome == DONE && (lease.health == HEALTH_DOWN || lease.at < d->safe);
	return outcome == ABSENT ? DONE : outcome;
}

/* A secondary that has not heard that it drains gives it out as before. One that is silent may be asked by others. */
static int ask_secondaries(struct command *c, struct memory *m, struct drain *d, int64_t now, struct error *e)
{
	const char *const *zones;
	struct follower *followers;
	size_t zone_count, count = 0;
	int outcome = check_zones(c, &zones, &zone_count, e);
	if (outcome == DONE)
		outcome = followers_find(c, m->served.gone, zones, zone_count, &followers, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		if (followers[i].behind || followers[i].server.silent) {
			d->behind = follower_words(&followers[i], &c->arena);
			m->behind = now;
		}
	m->asked = now;
	return outcome;
}

/* What a secondary answered while it was behind lasts as long as any such answer. */
static int find_secondaries(struct command *c, struct memory *m, struct drain *d, int64_t now, struct error *e)
{
	int outcome = DONE;
	if (now >= d->safe || (c->then != NULL && now - m->asked >= ASK_EVERY))
		outcome = ask_secondaries(c, m, d, now, e);
	if (m->behind == 0)
		return outcome;
	int64_t ttl = d->ttl > 0 ? d->ttl : SERVED_TTL_MOST, lasts = ttl > m->served.host_ttl ? ttl : m->served.host_ttl;
	int64_t forgotten = m->behind + lasts + SERVED_SLACK, safe = m->behind + ttl + SERVED_SLACK + SERVED_MEMORY;
	d->forgotten = d->forgotten > forgotten ? d->forgotten : forgotten;
	d->safe = d->safe > safe ? d->safe : safe;
	d->safe = d->safe > d->forgotten ? d->safe : d->forgotten;
	return outcome;
}

/* Takes one whole look. ABSENT when the relay is gone. */
static int look(struct command *c, const char *name, int64_t now, struct memory *m, struct drain *d, struct error *e)
{
	*d = (struct drain){ .relay = { .name = name } };
	int outcome = registry_get(c->registry, &relay_kind, &d->relay, &c->arena, &d->relay, e);
	if (outcome == DONE)
		outcome = find_answers(c, m, d, now, e);
	if (outcome == DONE)
		outcome = find_secondaries(c, m, d, now, e);
	if (outcome == DONE)
		outcome = find_sessions(c, d, e);
	if (outcome == DONE)
		outcome = relay_pointing(c, &d->relay, &d->hosts, e);
	return outcome;
}

static bool is_safe(const struct drain *d, int64_t now)
{
	bool empty = d->sessions < 0 || (d->sessions == 0 && !d->silent);
	return now >= d->safe && empty && d->hosts.count == 0;
}

static void add_sessions(const struct drain *d, struct text *out)
{
	if (d->sessions >= 0)
		text_addf(out, "%lld tunnel%s%s, ", (long long)d->sessions, d->sessions == 1 ? "" : "s",
			d->silent ? " when it was heard last" : "");
	text_addf(out, "%zu host%s at it", d->hosts.count, d->hosts.count == 1 ? " points" : "s point");
}

/* What there is to wait for, without the time that is left. */
static void describe(const struct drain *d, int64_t now, struct text *out)
{
	if (now < d->forgotten)
		text_add(out, "resolvers may know it still; ");
	else if (now < d->safe)
		text_add(out, "no resolver knows it, but clients may; ");
	else if (!is_safe(d, now))
		text_add(out, "whoever asks DNS has forgotten it, but not all who are there; ");
	else
		text_add(out, "safe to power off; ");
	add_sessions(d, out);
	if (d->behind != NULL)
		text_addf(out, "; %s", d->behind);
}

static json_t *drain_json(struct command *c, const struct drain *d, int64_t now)
{
	json_t *object = row_json(&relay_kind, &d->relay);
	json_object_set_new(object, "safe", json_boolean(is_safe(d, now)));
	json_object_set_new(object, "safe_at", json_string(date_text(c, d->safe)));
	json_object_set_new(object, "ttl", json_integer((json_int_t)d->ttl));
	json_object_set_new(object, "seconds_left", json_integer((json_int_t)(d->safe > now ? d->safe - now : 0)));
	json_object_set_new(object, "tunnels", d->sessions < 0 ? json_null() : json_integer(d->sessions));
	json_object_set_new(object, "hosts", pointing_json(&d->hosts));
	json_object_set_new(object, "secondary", d->behind == NULL ? json_null() : json_string(d->behind));
	return object;
}

static int look_apart(struct command *c, const char *name, int64_t now, struct memory *m, struct drain *d, struct error *e)
{
	int outcome = registry_freeze(c->registry, e);
	if (outcome == DONE)
		outcome = look(c, name, now, m, d, e);
	registry_rollback(c->registry);
	if (outcome == ABSENT)
		return fail(e, FAILED, "relay %s is gone", name);
	if (outcome == DONE && d->relay.state != RELAY_DRAINING)
		return fail(e, FAILED, "relay %s drains no more: somebody gave it another state", name);
	return outcome;
}

/* From one look to the next: what is remembered, the last line that was printed, and when. */
struct progress {
	struct memory memory;
	struct text line;
	int64_t at;
};

static void print_progress(struct command *c, const struct drain *d, struct progress *p, int64_t now)
{
	struct text line = { 0 };
	describe(d, now, &line);
	bool same = p->line.bytes != NULL && line.bytes != NULL && strcmp(p->line.bytes, line.bytes) == 0;
	if (!line.broken && !c->json && (!same || now - p->at >= LINE_EVERY)) {
		if (now < d->safe)
			fprintf(c->out, "%lld min left: ", (long long)(d->safe - now + 59) / 60);
		fprintf(c->out, "%s\n", line.bytes);
		fflush(stdout);
		p->at = now;
	}
	text_free(&p->line);
	p->line = line;
}

/* Looks, and tells what is new; *nap is how long to sleep until the next look. */
static int wait_a_little(struct command *c, const char *name, struct progress *p, int64_t *nap, bool *safe,
	struct error *e)
{
	struct drain d;
	int64_t now = clock_date();
	int outcome = look_apart(c, name, now, &p->memory, &d, e);
	if (outcome != DONE)
		return outcome;
	print_progress(c, &d, p, now);
	*safe = is_safe(&d, now);
	*nap = d.safe > now && d.safe - now < LOOK_EVERY ? d.safe - now : LOOK_EVERY;
	if (*safe && c->json)
		print_json(c, drain_json(c, &d, now));
	return DONE;
}

/* Until UNTIL, by clock_ticks(): no clock setting makes it longer. */
static int wait_until_safe(struct command *c, const char *name, int64_t until, struct error *e)
{
	struct arena kept = c->arena; /* each look has its own, for there may be thousands */
	struct progress p = { .at = 0 };
	int outcome = DONE;
	bool safe = false;
	while (outcome == DONE && !safe) {
		int64_t nap = 0;
		c->arena = (struct arena){ 0 };
		outcome = wait_a_little(c, name, &p, &nap, &safe, e);
		arena_free(&c->arena);
		int64_t left = (until - clock_ticks() + 999) / 1000;
		if (outcome == DONE && !safe && left <= 0)
			outcome = fail(e, FAILED, "not safe yet: the same command goes on waiting");
		if (outcome == DONE && !safe)
			sleep((unsigned)(left < nap ? left : nap));
	}
	c->arena = kept;
	text_free(&p.line);
	free(p.memory.addresses);
	return outcome;
}

static int then_wait(struct command *c, struct error *e)
{
	struct relay row;
	int64_t seconds = INT64_MAX / 2000;
	const char *length = option(c, "for");
	int outcome = relay_named(c, &row, e);
	if (length != NULL)
		text_duration(length, &seconds);
	return outcome == DONE ? wait_until_safe(c, row.name, clock_ticks() + seconds * 1000, e) : outcome;
}

int drain_options(struct command *c, struct error *e)
{
	int64_t seconds;
	const char *length = option(c, "for");
	if (option_flag(c, "wait"))
		c->then = then_wait;
	if (c->then != NULL && c->dry_run && !c->planning)
		return fail(e, REFUSED, "--wait waits for what --dry-run does not do");
	if (length != NULL && c->then == NULL)
		return fail(e, REFUSED, "--for says how long to --wait, which is not there");
	if (length != NULL && !text_duration(length, &seconds))
		return fail(e, REFUSED, "--for '%s': wanted how long, as 30m, 2h or 1d", length);
	return DONE;
}

int drain_tell(struct command *c, const struct relay *row, struct error *e)
{
	struct drain d;
	struct memory memory = { .addresses = NULL };
	struct text out = { 0 };
	int64_t now = clock_date();
	if (c->then != NULL)
		return DONE; /* it looks when the change is committed */
	int outcome = look(c, row->name, now, &memory, &d, e);
	free(memory.addresses);
	if (outcome != DONE)
		return outcome;
	if (c->json) {
		print_json(c, drain_json(c, &d, now));
		return DONE;
	}
	add_sessions(&d, &out);
	if (d.behind != NULL)
		text_addf(&out, "; %s", d.behind);
	if (is_safe(&d, now))
		say(c, "safe to power off; %s", out.bytes);
	else
		say(c, "safe to power off from %s (TTL of %lld s, %d min for resolvers, %d h that clients remember), "
			"when it has no tunnels; %s", date_text(c, d.safe), (long long)d.ttl, SERVED_SLACK / 60, SERVED_MEMORY / 3600,
			out.bytes);
	text_free(&out);
	return DONE;
}
