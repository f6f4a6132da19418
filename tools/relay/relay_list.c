/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock relay list`: each relay, how it is, and what it carries. */
#include <string.h>

#include "steering/steering.h"
#include "tools/pool/pool.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

/* What is known of a relay beside its row. */
struct report {
	size_t pools;     /* that give it out */
	int64_t tunnels;  /* by its own word */
	int64_t seen;     /* date of the newest observation; 0 */
};

static int count_pools(const struct fleet *fleet, const struct offer *offers, struct report *reports,
	struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < fleet->pool_count && outcome == DONE; i++) {
		struct arena scratch = { 0 };
		struct membership m;
		outcome = steering_pool(fleet, offers, &fleet->pools[i], &scratch, &m, e);
		for (size_t j = 0; outcome == DONE && j < m.count; j++)
			reports[j].pools += m.seats[j].in; /* seats are in the fleet's order */
		arena_free(&scratch);
	}
	return outcome;
}

/* Observations and relays are both in the order of names. */
static void read_observations(const struct fleet *fleet, struct report *reports)
{
	size_t at = 0;
	for (size_t i = 0; i < fleet->observation_count; i++) {
		const struct observation *o = &fleet->observations[i];
		while (at < fleet->relay_count && strcmp(fleet->relays[at].name, o->relay) < 0)
			at++;
		if (at == fleet->relay_count || strcmp(fleet->relays[at].name, o->relay) != 0)
			continue;
		int64_t date = o->heard != 0 ? o->heard : o->at;
		reports[at].seen = date > reports[at].seen ? date : reports[at].seen;
		reports[at].tunnels += o->load;
	}
}

static const char *health_text(const struct offer *offer)
{
	return kind_field(&observation_kind, "health", 6)->choices[offer->health];
}

static const char *tls_text(struct command *c, const struct offer *offer)
{
	char text[TLS_TEXT];
	tls_write(offer->tls, text);
	return arena_format(&c->arena, "%s%s", text, offer->tls_observed ? "" : " (said)");
}

static void print_report(struct command *c, const struct offer *offer, const struct report *r, struct table_print *table)
{
	const struct relay *relay = offer->relay;
	table_cell(table, relay->name);
	table_cell(table, kind_field(&relay_kind, "state", 5)->choices[relay->state]);
	table_cell(table, health_text(offer));
	table_cell(table, tls_text(c, offer));
	table_cell(table, arena_format(&c->arena, "%lld", (long long)relay->weight));
	table_cell(table, arena_format(&c->arena, "%zu", r->pools));
	table_cell(table, arena_format(&c->arena, "%lld", (long long)r->tunnels));
	table_cell(table, r->seen == 0 ? "never" : date_text(c, r->seen));
	table_cell(table, arena_format(&c->arena, "%lld", (long long)relay->port));
	table_cell(table, *relay->addresses == '\0' ? "-" : relay->addresses);
}

static json_t *report_json(struct command *c, const struct offer *offer, const struct report *r)
{
	json_t *json = row_json(&relay_kind, offer->relay);
	json_object_set_new(json, "health", json_string(health_text(offer)));
	json_object_set_new(json, "pools", json_integer((json_int_t)r->pools));
	json_object_set_new(json, "load", json_integer((json_int_t)r->tunnels));
	json_object_set_new(json, "seen", r->seen == 0 ? json_null() : json_string(date_text(c, r->seen)));
	return json;
}

int relay_list(struct command *c, struct error *e)
{
	struct fleet fleet;
	struct offer *offers;
	struct table_print table = { .heads = { "name", "state", "health", "tls", "weight", "pools", "load", "seen", "port",
		"addresses" }, .columns = 10 };
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_load(c, &fleet, &offers, e);
	if (outcome != DONE)
		return outcome;
	struct report *reports = arena_take(&c->arena, (fleet.relay_count + 1) * sizeof *reports);
	if (reports == NULL)
		return fail(e, FAILED, "out of memory");
	read_observations(&fleet, reports);
	outcome = count_pools(&fleet, offers, reports, e);
	if (outcome != DONE)
		return outcome;
	json_t *array = json_array();
	for (size_t i = 0; i < fleet.relay_count; i++)
		if (c->json)
			json_array_append_new(array, report_json(c, &offers[i], &reports[i]));
		else
			print_report(c, &offers[i], &reports[i], &table);
	if (c->json)
		print_json(c, json_incref(array));
	else
		table_end(c, &table);
	json_decref(array);
	return DONE;
}
