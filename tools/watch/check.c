/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock check`, by the convention of monitoring plugins. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/address.h"
#include "link/forward.h"
#include "registry/serial.h"
#include "steering/quorum.h"
#include "tools/watch/check.h"
#include "tools/zone/delegation.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"

static const char *const levels[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

void find(struct findings *v, enum level level, const char *what)
{
	if (level > v->worst) {
		v->worst = level;
		v->first.length = 0;
		text_add(&v->first, what);
	}
	text_addf(&v->details, "%s: %s\n", levels[level], what);
	json_array_append_new(v->list, json_pack("{s:s, s:s}", "level", levels[level], "what", what));
	v->count++;
}

static void check_name_server(struct findings *v, const struct survey *s, struct arena *arena)
{
	const struct doorbell *b = &s->bell;
	if (!s->answers) {
		find(v, LEVEL_CRITICAL, arena_format(arena, "the name server is silent: %s", s->silence.text));
		return;
	}
	if (*b->trouble != '\0')
		find(v, LEVEL_WARNING, arena_format(arena, "the name server answers from memory: %s", b->trouble));
	else if (b->revision < s->revision)
		find(v, LEVEL_WARNING, arena_format(arena, "the name server serves revision %lld of %lld",
			(long long)b->revision, (long long)s->revision));
	if (b->closed_hosts > 0)
		find(v, LEVEL_WARNING, arena_format(arena, "secrets of hosts cannot be opened (%lld): is it the key file of this "
			"registry? Their relays are not authenticated", (long long)b->closed_hosts));
	if (b->bare_zones > 0)
		find(v, LEVEL_CRITICAL, arena_format(arena, "zones to be signed are served unsigned (%lld): %s",
			(long long)b->bare_zones, b->keys_trouble));
	if (b->stuck_zones > b->bare_zones)
		find(v, LEVEL_WARNING, arena_format(arena, "signed zones' keys cannot be read anew (%lld): %s",
			(long long)(b->stuck_zones - b->bare_zones), b->keys_trouble));
	if (b->refused_rows > 0)
		find(v, LEVEL_WARNING, arena_format(arena, "%lld rows of the registry cannot be served",
			(long long)b->refused_rows));
}

/* Warns when serials are ahead of revisions: the registry went back, and nobody has written to it since. */
static void check_serials(struct findings *v, struct command *c)
{
	struct serial_mark mark;
	struct error e;
	int64_t offset = 0;
	if (serial_mark_read(c->registry_path, &mark, &e) == DONE && serial_judge(c->registry, &mark, &offset, &e) >= 0
		&& offset != 0)
		find(v, LEVEL_WARNING, arena_format(&c->arena, "the registry is of another history than what was served (a "
			"backup?): serials go on %lld ahead of its revision; the updater, or any change by the command, raises it",
			(long long)offset));
}

/* Only the updater notes how far dnsd has read (registry reader) and takes relays' heartbeats. If such a trace shows that
 * one was there lately, it should be there still. */
void check_updater(struct command *c, struct findings *v, const struct survey *s)
{
	enum { LATELY = 30 * 86400 };
	struct reader *readers;
	size_t count = 0;
	struct error why;
	int fd = -1;
	bool expected = false;
	if (registry_all(c->registry, &reader_kind, NULL, &c->arena, &readers, &count, &why) != DONE)
		return;
	for (size_t i = 0; i < count; i++)
		expected |= readers[i].at > s->fleet.now - LATELY;
	for (size_t i = 0; i < s->fleet.observation_count; i++)
		expected |= strcmp(s->fleet.observations[i].observer, "lease") == 0
			&& s->fleet.observations[i].at > s->fleet.now - LATELY;
	int outcome = expected ? forward_connect(c->registry_path, &fd, &why) : DONE;
	if (outcome == ABSENT)
		find(v, LEVEL_CRITICAL, "the updater is silent: no host and no relay can say where it is");
	if (fd >= 0)
		close(fd);
}

static void print_verdict(const struct command *c, const struct findings *v, const struct survey *s)
{
	const char *level = levels[v->worst];
	if (c->json)
		print_json(c, json_pack("{s:s, s:i, s:I, s:O}", "level", level, "status", (int)v->worst,
			"revision", (json_int_t)s->revision, "findings", v->list));
	else if (v->worst == LEVEL_OK)
		fprintf(c->out, "WINDSOCK OK - revision %lld served, %lld pools, %lld relays\n", (long long)s->revision,
			(long long)s->pools, (long long)s->relays);
	else
		fprintf(c->out, "WINDSOCK %s - %s%s\n%s", level, v->first.bytes, v->count > 1 ? " (and more)" : "",
			v->details.bytes);
}

int check_zones(struct command *c, const char *const **names, size_t *count, struct error *e)
{
	struct zone *zones;
	int outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, (void **)&zones, count, e);
	if (outcome != DONE)
		return outcome;
	const char **list = arena_take(&c->arena, (*count + 1) * sizeof *list);
	size_t kept = 0;
	struct error damaged; /* the name server does not serve it, and says so */
	for (size_t i = 0; i < *count && list != NULL; i++)
		if (row_check(&zone_kind, &zones[i], &damaged) == DONE)
			list[kept++] = zones[i].name;
	*names = list;
	*count = kept;
	return list == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* Warns of missing delegations between our zones. Our own name server answers without them; secondaries that serve only
 * the parent zone do not. */
static int check_delegations(struct command *c, struct findings *v, const char *const *zones, size_t count, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		const char *above;
		outcome = delegation_missing(c, zones[i], &above, e);
		if (outcome == DONE && above != NULL)
			find(v, LEVEL_WARNING, arena_format(&c->arena, "zone %s is not delegated: %s has no NS records for it, so that "
				"secondaries of %s deny it", zones[i], above, above));
	}
	return outcome;
}

/* Judges whether the secondaries that get NOTIFYs follow. */
static int check_secondaries(struct command *c, struct findings *v, const char *const *zones, size_t zone_count,
	const struct survey *s, struct error *e)
{
	struct follower *all;
	size_t count;
	int outcome = followers_find(c, s->revision, zones, zone_count, &all, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		if (all[i].server.wrong != NULL || follower_late(&all[i]))
			find(v, all[i].server.wrong != NULL ? LEVEL_CRITICAL : LEVEL_WARNING, follower_words(&all[i], &c->arena));
	return outcome;
}

/* All that is checked by asking DNS. */
static int check_names(struct command *c, struct findings *v, const struct survey *s, struct error *e)
{
	const char *servers = option_all(c, "server"), *const *zones;
	size_t count;
	int outcome = check_zones(c, &zones, &count, e);
	if (outcome == DONE)
		outcome = check_delegations(c, v, zones, count, e);
	if (outcome == DONE)
		outcome = check_secondaries(c, v, zones, count, s, e);
	if (outcome != DONE || servers == NULL)
		return outcome;
	return count == 0 ? fail(e, REFUSED, "--server: there is no zone to ask for")
			  : check_servers(c, v, servers, zones, count, s, e);
}

int verb_check(struct command *c, struct error *e)
{
	struct survey s;
	struct findings v = { 0 };
	struct error why = { "" };
	(void)option_all(c, "server"); /* taken later */
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	v.list = json_array();
	if (survey_take(c, &s, &why) != DONE) {
		find(&v, LEVEL_UNKNOWN, why.text);
	} else {
		check_name_server(&v, &s, &c->arena);
		check_serials(&v, c);
		check_updater(c, &v, &s);
		check_updaters_certificates(c, &v, &s);
		check_fleet(&v, &s, &c->arena);
		outcome = check_names(c, &v, &s, e);
		if (s.refused > 0)
			find(&v, LEVEL_WARNING, s.first_refused.text);
	}
	if (outcome == DONE)
		print_verdict(c, &v, &s);
	c->status = (int)v.worst;
	json_decref(v.list);
	text_free(&v.details);
	text_free(&v.first);
	return outcome;
}
