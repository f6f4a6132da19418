/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock pool holdouts`: who still depends on a pool. Only a relay knows the versions of its clients, and it tells how
 * many tunnels of each version it has; a host's addresses tell which relay it is connected to. */
#include <math.h>
#include <string.h>

#include "steering/label.h"
#include "tools/pool/pool.h"
#include "tools/relay/relay.h"
#include "tools/table.h"
#include "tools/telemetry.h"

/* A relay that may have clients which depend on the pool. */
struct place {
	const struct relay *relay;
	const char *versions; /* "0.5.6d:12 0.5.6a:3"; "" if the relay does not tell */
};

struct search {
	struct command *command;
	struct pool pool;
	struct fleet fleet;
	struct membership m;
	struct telemetry_relay *told;
	size_t told_count;
	double networks; /* that asked in the last week; -1: nobody counts them */
	struct place *places;
	size_t place_count, hosts;
	struct table_print table;
	json_t *array;
	bool csv;
};

static bool looks_it_up(const struct search *s, const char *version)
{
	for (size_t i = 0; i < s->fleet.release_count; i++) {
		const struct release *release = &s->fleet.releases[i];
		if (label_is_release(release, version) && text_lists(release->pools, s->pool.label))
			return true;
	}
	return false;
}

/* Versions that a relay has tunnels of and that look the pool up, as text; NULL when memory is out. */
static const char *versions_at(const struct search *s, const char *relay)
{
	struct text out = { 0 };
	text_add(&out, "");
	for (size_t i = 0; i < s->told_count; i++)
		if (strcmp(s->told[i].relay, relay) == 0 && looks_it_up(s, s->told[i].version))
			text_addf(&out, "%s%s:%lld", out.length == 0 ? "" : " ", s->told[i].version,
				(long long)s->told[i].sessions);
	const char *copy = out.bytes == NULL ? NULL : arena_text(&s->command->arena, out.bytes);
	text_free(&out);
	return copy;
}

static bool is_member(const struct search *s, const struct relay *relay)
{
	for (size_t i = 0; i < s->m.count; i++)
		if (s->m.seats[i].in && s->m.seats[i].offer->relay == relay)
			return true;
	return false;
}

static bool tells(const struct search *s, const char *relay)
{
	for (size_t i = 0; i < s->told_count; i++)
		if (strcmp(s->told[i].relay, relay) == 0)
			return true;
	return false;
}

static int find_places(struct search *s, struct error *e)
{
	s->places = arena_take(&s->command->arena, (s->fleet.relay_count + 1) * sizeof *s->places);
	for (size_t i = 0; i < s->fleet.relay_count && s->places != NULL; i++) {
		const struct relay *relay = &s->fleet.relays[i];
		const char *versions = versions_at(s, relay->name);
		if (versions == NULL)
			return fail(e, FAILED, "out of memory");
		if (*versions != '\0' || (!tells(s, relay->name) && is_member(s, relay)))
			s->places[s->place_count++] = (struct place){ relay, versions };
	}
	return s->places == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

static int find_told(struct search *s, struct error *e)
{
	struct telemetry_files files;
	int outcome = telemetry_take(s->command, &files, e);
	if (outcome == DONE)
		outcome = telemetry_relays(&files, telemetry_today() - TELEMETRY_WEEK + 1, &s->command->arena, &s->told,
			&s->told_count, e);
	if (outcome == DONE)
		s->networks = telemetry_week(&files, s->pool.label);
	telemetry_drop(&files);
	return outcome;
}

static void show(struct search *s, const struct host *host, const struct place *place)
{
	const char *account = host->account == NULL || *host->account == '\0' ? "-" : host->account;
	const char *updated = host->updated == 0 ? "-" : date_text(s->command, host->updated);
	const char *cells[] = { host->name, account, place->relay->name,
		*place->versions == '\0' ? "-" : place->versions, updated };
	if (s->array != NULL)
		json_array_append_new(s->array, json_pack("{s:s, s:s, s:s, s:s, s:s}", "host", cells[0], "account",
			cells[1], "relay", cells[2], "versions", place->versions, "updated", cells[4]));
	else if (s->csv)
		fprintf(s->command->out, "%s,%s,%s,%s,%s\n", cells[0], cells[1], cells[2], cells[3], cells[4]);
	else
		for (int i = 0; i < 5; i++)
			table_cell(&s->table, cells[i]);
}

static int look(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	struct search *s = context;
	(void)e;
	for (size_t i = 0; i < s->place_count; i++)
		if (addresses_meet(host->addresses, s->places[i].relay->addresses)) {
			show(s, host, &s->places[i]);
			s->hosts++;
			break;
		}
	return DONE;
}

static void print_head(const struct search *s)
{
	if (s->networks >= 0)
		fprintf(s->command->out, "%s: %.0f network%s asked in the last week\n", s->pool.label, round(s->networks),
			lround(s->networks) == 1 ? "" : "s");
	for (size_t i = 0; i < s->place_count; i++)
		fprintf(s->command->out, "relay %s: %s\n", s->places[i].relay->name, *s->places[i].versions == '\0'
			? "does not tell which versions it has" : s->places[i].versions);
	if (s->place_count == 0)
		fprintf(s->command->out, "no relay has tunnels of a version that looks it up\n");
}

static int search(struct search *s, struct error *e)
{
	struct command *c = s->command;
	struct offer *offers;
	int outcome = pool_named(c, &s->pool, e);
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &s->pool, &s->pool, e);
	if (outcome == DONE)
		outcome = pool_load(c, &s->fleet, &offers, e);
	if (outcome == DONE)
		outcome = steering_pool(&s->fleet, offers, &s->pool, &c->arena, &s->m, e);
	if (outcome == DONE)
		outcome = find_told(s, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	return outcome == DONE ? find_places(s, e) : outcome;
}

int pool_holdouts(struct command *c, struct error *e)
{
	struct search s = { .command = c, .networks = -1, .csv = option_flag(c, "csv"),
		.table = { .heads = { "host", "account", "relay", "versions", "updated" }, .columns = 5 } };
	int outcome = search(&s, e);
	if (outcome != DONE)
		return outcome;
	s.array = c->json ? json_array() : NULL;
	if (s.array == NULL && s.csv)
		fprintf(c->out, "host,account,relay,versions,updated\n");
	else if (s.array == NULL)
		print_head(&s);
	outcome = registry_each(c->registry, &host_kind, NULL, look, &s, e);
	if (s.array != NULL)
		print_json(c, s.array);
	else if (!s.csv && s.hosts > 0)
		table_end(c, &s.table);
	return outcome;
}
