/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock host: dynamic hosts by hand. */
#include <string.h>

#include "lib/clock.h"
#include "lib/place.h"
#include "lib/secret.h"
#include "tools/dates.h"
#include "tools/lines.h"
#include "tools/plan/names.h"
#include "tools/relay/relay.h"
#include "tools/table.h"
#include "tools/registry/transfer.h"
#include "zone/judge.h"

static int named(struct command *c, struct host *row, struct error *e)
{
	int outcome = row_standard(&host_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &host_kind, row, "name", c->words[0], e) : outcome;
}

static int seal(struct command *c, struct host *row, struct error *e)
{
	struct keys keys;
	const char *secret;
	int outcome = keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	if (outcome == DONE)
		outcome = read_secret(c, "secret", &secret, e);
	if (outcome == DONE)
		outcome = secret_seal(&keys, row->name, secret, strlen(secret), &c->arena, &row->secret, e);
	secret_forget(&keys, sizeof keys);
	return outcome;
}

static int take_options(struct command *c, struct host *row, bool *changed, struct error *e)
{
	const char *addresses = option_all(c, "address"), before[] = "";
	const char *had = row->addresses == NULL ? before : row->addresses;
	bool secret = option_flag(c, "secret-stdin");
	int outcome = options_to_row(c, &host_kind, row, changed, e);
	if (outcome == DONE && addresses != NULL)
		outcome = set_field(c, &host_kind, row, "addresses", addresses, e);
	if (outcome == DONE)
		outcome = addresses_usable(row->addresses, false, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && secret)
		outcome = seal(c, row, e);
	*changed |= addresses != NULL || secret;
	if (outcome == DONE && secret)
		row->sign = (struct blob){ 0 };
	if (outcome == DONE && strcmp(had, row->addresses) != 0) {
		row->updated = clock_date();
		row->sign = (struct blob){ 0 }; /* what a client signed is superseded */
	}
	return outcome;
}

/* Refuses an account that does not exist, by its name; the database's foreign key would not say which it is. */
static int check_account(struct command *c, const struct host *row, struct error *e)
{
	struct account account = { .name = row->account };
	return *row->account == '\0' ? DONE : fetch(c, &account_kind, &account, &account, e);
}

static int host_add(struct command *c, struct error *e)
{
	struct host row;
	struct host_rules rules;
	bool changed = false;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = host_rules_load(c, &rules, e);
	if (outcome == DONE)
		outcome = host_name_free(&rules, row.name, e);
	if (outcome == DONE)
		outcome = take_options(c, &row, &changed, e);
	if (outcome == DONE)
		outcome = check_account(c, &row, e);
	return outcome == DONE ? add_row(c, &host_kind, &row, e) : outcome;
}

static int host_set(struct command *c, struct error *e)
{
	struct host row;
	bool changed = false;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &host_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = take_options(c, &row, &changed, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock host set --help'");
	if (outcome == DONE)
		outcome = check_account(c, &row, e);
	return outcome == DONE ? set_row(c, &host_kind, &row, "changed", e) : outcome;
}

/* Which hosts are listed; NULL and 0 for all. */
struct host_filter {
	const char *account, *addresses; /* of which it has one */
	int64_t before; /* the date of its last update */
};

static bool is_wanted(const void *row, const void *context)
{
	const struct host *host = row;
	const struct host_filter *f = context;
	return (f->account == NULL || strcmp(host->account, f->account) == 0)
		&& (f->addresses == NULL || addresses_meet(host->addresses, f->addresses))
		&& (f->before == 0 || host->updated < f->before);
}

static int host_list(struct command *c, struct error *e)
{
	struct host_filter filter = { .account = option(c, "account") };
	struct relay relay = { .name = option(c, "relay") };
	int outcome = date_option(c, "older-than", &filter.before, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && filter.account != NULL)
		outcome = check_account(c, &(struct host){ .account = filter.account }, e);
	if (outcome == DONE && relay.name != NULL)
		outcome = fetch(c, &relay_kind, &relay, &relay, e);
	filter.addresses = relay.addresses;
	return outcome == DONE ? print_rows_if(c, &host_kind, is_wanted, &filter, e) : outcome;
}

/* The relays at its addresses: where its kite flies. */
static int print_relays(struct command *c, const struct host *host, json_t *json, struct error *e)
{
	struct relay *relays;
	size_t count;
	const struct field *state = kind_field(&relay_kind, "state", 5);
	json_t *array = json_array();
	int outcome = registry_all(c->registry, &relay_kind, NULL, &c->arena, &relays, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++) {
		const char *said = state->choices[relays[i].state];
		if (!addresses_meet(host->addresses, relays[i].addresses))
			continue;
		json_array_append_new(array, json_pack("{s:s, s:s}", "name", relays[i].name, "state", said));
		if (!c->json)
			fprintf(c->out, "relay: %s, in state %s\n", relays[i].name, said);
	}
	if (outcome == DONE && json != NULL)
		json_object_set(json, "relays", array);
	json_decref(array);
	return outcome;
}

static int host_show(struct command *c, struct error *e)
{
	struct host row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &host_kind, &row, &row, e);
	if (outcome != DONE)
		return outcome;
	json_t *json = c->json ? row_json(&host_kind, &row) : NULL;
	if (!c->json)
		print_row(c, &host_kind, &row);
	outcome = print_relays(c, &row, json, e);
	if (outcome == DONE && c->json)
		print_json(c, json_incref(json));
	json_decref(json);
	return outcome;
}

static int host_remove(struct command *c, struct error *e)
{
	struct host row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	return outcome == DONE ? remove_row(c, &host_kind, &row, e) : outcome;
}

/* `host import`, whose lines are NAME TAB ADDRESS[,ADDRESS] [TAB ACCOUNT]. */
struct host_import {
	struct command *command;
	struct host_rules rules;
	struct zone_judge judge;
	struct arena arena;
	struct host standard;
	size_t count;
};

enum { ARENA_MOST = 1 << 20 };

static int import_host(char *line, void *context, struct error *e)
{
	struct host_import *m = context;
	struct command *c = m->command;
	struct host row = m->standard;
	char *rest = line, *name = strsep(&rest, "\t"), *list = strsep(&rest, "\t"), *account = strsep(&rest, "\t");
	if (*name == '\0' || *name == '#')
		return DONE;
	if (list == NULL || rest != NULL)
		return fail(e, REFUSED, "wanted NAME TAB ADDRESS,... and perhaps TAB ACCOUNT");
	int outcome = field_read(kind_field(&host_kind, "name", 4), name, &row, &m->arena, e);
	if (outcome == DONE)
		outcome = field_read(kind_field(&host_kind, "addresses", 9), list, &row, &m->arena, e);
	if (outcome == DONE && account != NULL)
		outcome = field_read(kind_field(&host_kind, "account", 7), account, &row, &m->arena, e);
	if (outcome == DONE)
		outcome = host_name_free(&m->rules, row.name, e);
	if (outcome != DONE)
		return outcome;
	outcome = registry_add(c->registry, &host_kind, &row, e);
	if (outcome == DONE)
		outcome = zone_judge_host(&m->judge, row.name, e);
	else if (outcome == EXISTS) { /* what the file does not tell is kept: secret, TTL */
		struct host there;
		outcome = registry_get(c->registry, &host_kind, &row, &m->arena, &there, e);
		there.addresses = row.addresses;
		there.account = account == NULL ? there.account : row.account;
		there.updated = row.updated;
		there.sign = (struct blob){ 0 };
		if (outcome == DONE)
			outcome = registry_set(c->registry, &host_kind, &there, e);
	}
	progress("hosts imported:", ++m->count, false);
	if (m->arena.total > ARENA_MOST)
		arena_free(&m->arena);
	return outcome;
}

static int host_import(struct command *c, struct error *e)
{
	struct host_import m = { .command = c, .judge.registry = c->registry };
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = host_rules_load(c, &m.rules, e);
	if (outcome == DONE)
		outcome = row_standard(&host_kind, &m.standard, &c->arena, e);
	if (outcome != DONE)
		return outcome;
	m.standard.updated = clock_date();
	c->reading = c->judged = true;
	outcome = each_line(c->words[0], import_host, &m, e);
	progress("", 0, true);
	if (outcome == DONE)
		say(c, "%zu hosts imported", m.count);
	arena_free(&m.arena);
	return outcome;
}

#define FIELDS "[--account NAME] [--address ADDR]... [--ttl SECONDS] [--secret-stdin] [--suspended yes|no] " \
	"[--quota-kb N] [--quota-days N] [--quota-conns N]"

const struct verb host_verbs[] = {
	{ "host", "add", VERB_CHANGES, 1, 1, "NAME " FIELDS,
		"Adds a dynamic host. A PageKite secret comes on standard input.",
		"host add demo.b5p.us --account demo --secret-stdin", host_add },
	{ "host", "list", VERB_READS, 0, 0, "[--relay RELAY] [--account NAME] [--older-than TIME]",
		"Shows all hosts, or those that point at a relay, are an account's, or were not updated since a time.",
		"host list --relay r1 --older-than 30d", host_list },
	{ "host", "show", VERB_READS, 1, 1, "NAME", "Shows a host, and the relay that it points at.", "host show demo.b5p.us", host_show },
	{ "host", "set", VERB_CHANGES, 1, 1, "NAME " FIELDS, "Changes a host.",
		"host set demo.b5p.us --address 192.0.2.7", host_set },
	{ "host", "remove", VERB_CHANGES, 1, 1, "NAME", "Forgets a host.", "host remove demo.b5p.us",
		host_remove },
	{ "host", "import", VERB_CHANGES | VERB_BULK, 1, 1, "FILE",
		"Adds or changes hosts, a line each: NAME TAB ADDRESS,... and perhaps TAB ACCOUNT; - for\n"
		"standard input. All or nothing.", "host import hosts.tsv", host_import },
	{ 0 },
};
