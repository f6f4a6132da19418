/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock secondary`: name servers that transfer our zones. */
#include "tools/table.h"
#include "tools/watch/check.h"

static int named(struct command *c, struct secondary *row, struct error *e)
{
	int outcome = row_standard(&secondary_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &secondary_kind, row, "name", c->words[0], e) : outcome;
}

/* Refuses a TSIG key that does not exist, by its name; the database's foreign key would not say which it is. */
static int check_key(struct command *c, const struct secondary *row, struct error *e)
{
	struct tsig key = { .name = row->tsig };
	return *row->tsig == '\0' ? DONE : fetch(c, &tsig_kind, &key, &key, e);
}

static int secondary_add(struct command *c, struct error *e)
{
	struct secondary row;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &secondary_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && *row.address == '\0')
		outcome = fail(e, REFUSED, "a secondary needs an address: --address ADDRESS");
	if (outcome == DONE)
		outcome = check_key(c, &row, e);
	return outcome == DONE ? add_row(c, &secondary_kind, &row, e) : outcome;
}

static int secondary_set(struct command *c, struct error *e)
{
	struct secondary row;
	bool changed = false;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &secondary_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &secondary_kind, &row, &changed, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock secondary set --help'");
	if (outcome == DONE)
		outcome = check_key(c, &row, e);
	return outcome == DONE ? set_row(c, &secondary_kind, &row, "changed", e) : outcome;
}

static bool has_serial(const struct follower *f)
{
	return f != NULL && f->server.wrong == NULL && !f->server.silent;
}

static void print_follower(struct command *c, const struct secondary *row, const struct follower *f, struct table_print *table)
{
	const char *cells[] = { row->name, row->address, arena_format(&c->arena, "%lld", (long long)row->port),
		*row->tsig == '\0' ? "-" : row->tsig, "-", f == NULL ? "-" : follower_words(f, &c->arena) };
	if (has_serial(f))
		cells[4] = arena_format(&c->arena, "%u", f->server.serial);
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		table_cell(table, cells[i]);
}

/* With the serial of the zone that is worst off. */
static json_t *follower_json(struct command *c, const struct secondary *row, const struct follower *f)
{
	json_t *json = row_json(&secondary_kind, row);
	bool known = has_serial(f);
	json_object_set_new(json, "serial", known ? json_integer(f->server.serial) : json_null());
	json_object_set_new(json, "behind", known ? json_boolean(f->behind) : json_null());
	json_object_set_new(json, "words", f == NULL ? json_null() : json_string(follower_words(f, &c->arena)));
	return json;
}

/* Secondaries are asked now; where there is no zone yet, there is nothing to ask for. */
static int find_followers(struct command *c, struct follower **followers, size_t *count, struct error *e)
{
	const char *const *zones;
	int64_t revision;
	size_t zone_count;
	int outcome = registry_revision(c->registry, &revision, e);
	if (outcome == DONE)
		outcome = check_zones(c, &zones, &zone_count, e);
	return outcome == DONE ? followers_find(c, revision, zones, zone_count, followers, count, e) : outcome;
}

static int secondary_list(struct command *c, struct error *e)
{
	struct secondary *rows;
	struct follower *followers = NULL;
	size_t count, known = 0;
	struct table_print table = { .heads = { "name", "address", "port", "tsig", "serial", "state" }, .columns = 6 };
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = registry_all(c->registry, &secondary_kind, NULL, &c->arena, &rows, &count, e);
	if (outcome == DONE)
		outcome = find_followers(c, &followers, &known, e);
	if (outcome != DONE)
		return outcome;
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct follower *f = i < known ? &followers[i] : NULL;
		if (c->json)
			json_array_append_new(array, follower_json(c, &rows[i], f));
		else
			print_follower(c, &rows[i], f, &table);
	}
	if (c->json)
		print_json(c, json_incref(array));
	else
		table_end(c, &table);
	json_decref(array);
	return DONE;
}

/* It goes on to answer: from what it has. */
static int remark_zones(struct command *c, const struct secondary *row, struct error *e)
{
	struct zone *zones;
	size_t count;
	int outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, (void **)&zones, &count, e);
	if (outcome == DONE && count > 0)
		remark(c, "%s is told of changes no more: where NS records name it, it may answer for %s%s as of now until that "
			"expires there, and who asks it is counted nowhere", row->name, zones[0].name,
			count == 1 ? "" : " and other zones");
	return outcome;
}

static int secondary_remove(struct command *c, struct error *e)
{
	struct secondary row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = remark_zones(c, &row, e);
	return outcome == DONE ? remove_row(c, &secondary_kind, &row, e) : outcome;
}

#define FIELDS "[--port PORT] [--tsig NAME] [--note TEXT]"

const struct verb secondary_verbs[] = {
	{ "secondary", "add", VERB_CHANGES, 1, 1, "NAME --address ADDRESS " FIELDS,
		"Says that a name server is a secondary, and which key of TSIG it shares with us.",
		"secondary add ns2 --address 192.0.2.53 --tsig xfr.key", secondary_add },
	{ "secondary", "list", VERB_READS, 0, 0, "", "Shows all secondaries, and which serial each has: they are asked.", "secondary list", secondary_list },
	{ "secondary", "set", VERB_CHANGES, 1, 1, "NAME [--address ADDRESS] " FIELDS, "Changes a secondary.",
		"secondary set ns2 --port 5353", secondary_set },
	{ "secondary", "remove", VERB_CHANGES, 1, 1, "NAME", "Forgets a secondary.",
		"secondary remove ns2", secondary_remove },
	{ 0 },
};
