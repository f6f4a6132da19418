/* SPDX-License-Identifier: BSD-2-Clause */
/* The secondaries that are told of changes, and whether they follow. */
#include <string.h>

#include "lib/clock.h"
#include "tools/watch/check.h"

enum { LATE = 600 };

static int take_date(const struct change *change, void *context, struct error *e)
{
	int64_t *at = context;
	(void)e;
	*at = change->at;
	return UNCHANGED;
}

/* Finds since when a secondary lacks what the registry has. */
static int find_age(struct command *c, struct follower *f, int64_t revision, struct error *e)
{
	int64_t at = 0, behind = (uint32_t)revision - f->server.serial;
	struct error why;
	int walk = registry_touched(c->registry, revision - behind, take_date, &at, &why);
	if (walk < 0 && walk != ABSENT)
		return fail(e, walk, "%s", why.text);
	f->behind = true;
	f->age = walk == UNCHANGED ? clock_date() - at : -1;
	return DONE;
}

static int place(struct command *c, const struct secondary *row, struct server *server, struct error *e)
{
	const char *name = arena_format(&c->arena, strchr(row->address, ':') != NULL ? "[%s]:%d" : "%s:%d", row->address,
		(int)row->port);
	return name == NULL ? fail(e, FAILED, "out of memory") : server_place(server, name, e);
}

/* Puts secondaries that can be asked into SERVERS, and what is wrong with the others into FOLLOWERS. */
static int place_all(struct command *c, const struct secondary *rows, size_t count, const char *zone, struct server *servers,
	size_t *placed, struct follower *followers, struct error *e)
{
	int outcome = DONE;
	struct error damaged;
	for (size_t i = 0; outcome == DONE && i < count; i++) {
		followers[i] = (struct follower){ .name = rows[i].name, .server = { .name = rows[i].address, .zone = zone, .zones = 1,
			.failed = 1, .wrong = "cannot be asked: its row in the registry is damaged" } };
		if (row_check(&secondary_kind, &rows[i], &damaged) == DONE)
			outcome = place(c, &rows[i], &servers[(*placed)++], e);
	}
	return outcome;
}

int followers_find(struct command *c, int64_t revision, const char *const *zones, size_t zone_count,
	struct follower **followers, size_t *count, struct error *e)
{
	struct secondary *rows;
	size_t placed = 0, at = 0;
	struct error damaged;
	int outcome = registry_all(c->registry, &secondary_kind, NULL, &c->arena, (void **)&rows, count, e);
	if (outcome != DONE)
		return outcome;
	*count = zone_count == 0 ? 0 : *count;
	struct follower *all = *followers = arena_take(&c->arena, (*count + 1) * sizeof *all);
	struct server *servers = arena_take(&c->arena, (*count + 1) * sizeof *servers);
	if (all == NULL || servers == NULL)
		return fail(e, FAILED, "out of memory");
	outcome = place_all(c, rows, *count, zones[0], servers, &placed, all, e);
	if (outcome == DONE && placed > 0)
		outcome = servers_ask(servers, placed, zones, zone_count, &c->arena, e);
	for (size_t i = 0; outcome == DONE && i < *count; i++) {
		if (row_check(&secondary_kind, &rows[i], &damaged) != DONE)
			continue;
		all[i].server = servers[at++];
		if (all[i].server.wrong == NULL && serial_before(all[i].server.serial, (uint32_t)revision))
			outcome = find_age(c, &all[i], revision, e);
	}
	return outcome;
}

bool follower_late(const struct follower *f)
{
	return f->behind && (f->age < 0 || f->age >= LATE);
}

const char *follower_words(const struct follower *f, struct arena *arena)
{
	const struct server *s = &f->server;
	if (s->wrong != NULL)
		return server_words(s, arena);
	if (!f->behind && s->zones > 1)
		return arena_format(arena, "secondary %s has %zu zones of serial %u", f->name, s->zones, s->serial);
	if (!f->behind)
		return arena_format(arena, "secondary %s has %s of serial %u", f->name, s->zone, s->serial);
	return f->age < 0 ? arena_format(arena, "secondary %s is behind: it has %s of serial %u, which is older than the "
		"change log", f->name, s->zone, s->serial)
		: arena_format(arena, "secondary %s is behind: it has %s of serial %u, and not what changed since %lld minutes",
			f->name, s->zone, s->serial, (long long)f->age / 60);
}
