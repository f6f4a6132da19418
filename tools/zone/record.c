/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock record`: a zone's static data, record by record, in one zone or in all of them. */
#include <string.h>

#include "lib/array.h"
#include "tools/rdata_text.h"
#include "tools/table.h"
#include "tools/zone/zone.h"
#include "tools/zone/zonefile.h"
#include "wire/rdata.h"
#include "wire/type.h"

/* What the words say. */
struct asked {
	struct command *command;
	const char *owner, *type; /* as typed */
	const char *const *data;
	int data_count;
	int64_t ttl; /* -1: not given */
	bool everywhere;
	size_t zones, changed, same; /* that were looked at, that changed, and that were so already */
};

/* Names. */

/* The owner in a zone: "@" is the apex, a name within the zone is itself, and any other is below the apex. */
static int owner_in(const struct asked *a, const char *zone, char *owner, struct error *e)
{
	struct name name, origin;
	char joined[2 * NAME_TEXT + 2];
	if (strcmp(a->owner, "@") == 0)
		return name_normal(zone, owner, e);
	int outcome = name_read(zone, &origin, e);
	if (outcome == DONE)
		outcome = name_read(a->owner, &name, e);
	if (outcome != DONE)
		return outcome;
	size_t length = strlen(a->owner);
	if (name_within(&name, &origin)) {
		name_write(name.wire, owner);
		return DONE;
	}
	if (length > NAME_TEXT || (length > 0 && a->owner[length - 1] == '.'))
		return fail(e, REFUSED, "%.200s is not in zone %s", a->owner, zone);
	snprintf(joined, sizeof joined, "%s.%s", a->owner, strcmp(zone, ".") == 0 ? "" : zone);
	return name_normal(joined, owner, e);
}

/* Whether the label was typed with a dot behind it: then it is meant so. */
static bool is_meant(const struct asked *a, const char *name)
{
	size_t length = strlen(name);
	for (int i = 0; i < a->data_count; i++)
		if (strncasecmp(a->data[i], name, length) == 0 && strcmp(a->data[i] + length, ".") == 0)
			return true;
	return false;
}

/* A name of one label is a slip of those who write zone files, where it would be relative. */
static int check_names(const struct asked *a, const struct record *row, struct error *e)
{
	struct blob rest = row->rdata;
	char text[NAME_TEXT];
	for (const char *part = rdata_parts((uint16_t)row->type); *part != '\0'; part++) {
		size_t size = rdata_part(*part, rest);
		if ((*part == 'N' || *part == 'n') && name_labels(rest.data) == 1) {
			name_write(rest.data, text);
			if (!is_meant(a, text))
				return fail(e, REFUSED, "%s is a top-level name: %s.%s is meant, perhaps, or else '%s.'", text, text, row->zone,
					text);
		}
		rest = (struct blob){ (const uint8_t *)rest.data + size, rest.size - size };
		if (size == 0)
			break;
	}
	return DONE;
}

/* What stands at a name. */

struct set {
	struct arena *arena;
	int64_t type; /* 0: all */
	struct record *rows;
	size_t count, room;
};

static int take_row(const void *row, void *context, struct error *e)
{
	struct set *s = context;
	if (s->type != 0 && ((const struct record *)row)->type != s->type)
		return DONE;
	if (!array_room_in(s->arena, &s->rows, &s->room, s->count + 1, sizeof *s->rows))
		return fail(e, FAILED, "out of memory");
	return row_copy(&record_kind, row, &s->rows[s->count++], s->arena, e);
}

/* Reads the RRset of this owner and type; all of the owner's for type 0. */
static int read_set(const struct asked *a, const char *zone, const char *owner, int64_t type, struct set *s, struct error *e)
{
	const struct record of = { .zone = zone, .owner = owner };
	*s = (struct set){ .arena = &a->command->arena, .type = type };
	return registry_each_in(a->command->registry, &record_kind, &of, take_row, s, e);
}

/* Changes in one zone. RECORD is what was typed, whose TTL is -1 where none was. */

/* An RRset has one TTL (RFC 2181 section 5.2). */
static int set_ttl(const struct asked *a, const struct set *s, int64_t ttl, bool *changed, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < s->count && outcome == DONE; i++) {
		if (s->rows[i].ttl == ttl)
			continue;
		s->rows[i].ttl = ttl;
		*changed = true;
		outcome = registry_set(a->command->registry, &record_kind, &s->rows[i], e);
	}
	return outcome;
}

static const struct record *find(const struct set *s, const struct record *record)
{
	for (size_t i = 0; i < s->count; i++)
		if (record_compare(&s->rows[i], record) == 0)
			return &s->rows[i];
	return NULL;
}

static int64_t ttl_of(const struct asked *a, const struct zone *zone, const struct set *s)
{
	return a->ttl >= 0 ? a->ttl : s->count > 0 ? s->rows[0].ttl : zone->ttl;
}

static int add_to(const struct asked *a, const struct zone *zone, struct record *record, bool *changed, struct error *e)
{
	struct set s;
	int outcome = read_set(a, zone->name, record->owner, record->type, &s, e);
	record->ttl = outcome == DONE ? ttl_of(a, zone, &s) : 0;
	if (outcome == DONE)
		outcome = set_ttl(a, &s, record->ttl, changed, e);
	if (outcome != DONE || find(&s, record) != NULL)
		return outcome;
	*changed = true;
	return registry_add(a->command->registry, &record_kind, record, e);
}

static int remove_from(const struct asked *a, const struct zone *zone, struct record *record, bool *changed, struct error *e)
{
	struct set s;
	int outcome = read_set(a, zone->name, record->owner, record->type, &s, e);
	for (size_t i = 0; outcome == DONE && i < s.count; i++) {
		if (a->data_count > 0 && record_compare(&s.rows[i], record) != 0)
			continue;
		outcome = registry_remove(a->command->registry, &record_kind, &s.rows[i], e);
		*changed = true;
	}
	return outcome;
}

/* The new one first, so that the set is never seen empty by what judges the change. */
static int set_to(const struct asked *a, const struct zone *zone, struct record *record, bool *changed, struct error *e)
{
	struct set s;
	int outcome = read_set(a, zone->name, record->owner, record->type, &s, e);
	if (outcome != DONE)
		return outcome;
	record->ttl = ttl_of(a, zone, &s);
	if (a->data_count == 0 && s.count == 0)
		return DONE;
	if (a->data_count == 0)
		return set_ttl(a, &s, record->ttl, changed, e);
	outcome = add_to(a, zone, record, changed, e);
	for (size_t i = 0; outcome == DONE && i < s.count; i++) {
		if (record_compare(&s.rows[i], record) == 0)
			continue;
		outcome = registry_remove(a->command->registry, &record_kind, &s.rows[i], e);
		*changed = true;
	}
	return outcome;
}

/* A zone's own name servers: one is left, and those in the zone have an address. */
static int check_servers(const struct asked *a, const struct zone *zone, const struct record *record, struct error *e)
{
	struct set servers, glue;
	struct name target, origin;
	char text[NAME_TEXT];
	if (record->type != TYPE_NS || strcmp(record->owner, zone->name) != 0)
		return DONE;
	int outcome = read_set(a, zone->name, zone->name, TYPE_NS, &servers, e);
	if (outcome == DONE && servers.count == 0)
		return fail(e, REFUSED, "zone %s would have no name server: add another one first", zone->name);
	if (outcome == DONE)
		outcome = name_read(zone->name, &origin, e);
	for (size_t i = 0; outcome == DONE && i < servers.count; i++) {
		target = (struct name){ .size = (uint8_t)servers.rows[i].rdata.size };
		memcpy(target.wire, servers.rows[i].rdata.data, target.size);
		name_write(target.wire, text);
		if (!name_within(&target, &origin))
			continue;
		outcome = read_set(a, zone->name, text, 0, &glue, e);
		bool known = false;
		for (size_t j = 0; outcome == DONE && j < glue.count; j++)
			known |= glue.rows[j].type == TYPE_A || glue.rows[j].type == TYPE_AAAA;
		if (outcome == DONE && !known)
			remark(a->command, "%s is a name server of its zone %s, and has no address there", text, zone->name);
	}
	return outcome;
}

typedef int change_zone(const struct asked *, const struct zone *, struct record *, bool *changed, struct error *);

static int read_typed(const struct asked *a, const struct zone *zone, const char *owner, struct zone_records *z, struct error *e)
{
	const struct zonefile_typed typed = { owner, a->type, a->data, a->data_count, 0 };
	struct error why;
	int outcome = zonefile_read_typed(&typed, zone->name, z, &why);
	if (outcome == DONE)
		return check_names(a, &z->records[0].row, e);
	struct text data = { 0 };
	for (int i = 0; i < a->data_count; i++)
		text_addf(&data, " %s", a->data[i]);
	fail(e, outcome, "record %s %s%.200s: %.200s", a->owner, a->type, data.broken ? "" : data.bytes, why.text);
	text_free(&data);
	return outcome;
}

static int change_in(struct asked *a, const struct zone *zone, change_zone *how, struct error *e)
{
	char owner[NAME_TEXT];
	struct zone_records z = { 0 };
	struct record record = { .zone = zone->name, .owner = owner, .type = type_read(a->type) };
	bool changed = false;
	int outcome = owner_in(a, zone->name, owner, e);
	if (outcome == DONE && record.type == 0)
		outcome = fail(e, REFUSED, "'%.40s' is not a type of records", a->type);
	if (outcome == DONE && a->data_count > 0)
		outcome = read_typed(a, zone, owner, &z, e);
	if (outcome == DONE && a->data_count > 0)
		record = z.records[0].row;
	if (outcome == DONE)
		outcome = how(a, zone, &record, &changed, e);
	if (outcome == DONE)
		outcome = check_servers(a, zone, &record, e);
	zone_records_free(&z);
	a->zones++;
	a->changed += changed;
	a->same += !changed;
	return outcome;
}

/* The words: ORIGIN NAME TYPE DATA..., and without the first with --all-zones. */
static int take_words(struct asked *a, struct command *c, struct error *e)
{
	const char *ttl = option(c, "ttl");
	*a = (struct asked){ .command = c, .everywhere = option_flag(c, "all-zones"), .ttl = -1 };
	int first = a->everywhere ? 0 : 1;
	int outcome = options_done(c, e);
	if (outcome == DONE && ttl != NULL && !text_number(ttl, 0, INT32_MAX, &a->ttl))
		outcome = fail(e, REFUSED, "--ttl '%s': wanted seconds, 0 to 2147483647", ttl);
	if (outcome == DONE && c->word_count < first + 2)
		return fail(e, REFUSED, "wanted %sNAME TYPE and the data: see 'windsock record %s --help'", first == 0 ? "" : "ORIGIN ",
			c->verb->name);
	a->owner = c->words[first];
	a->type = c->words[first + 1];
	a->data = c->words + first + 2;
	a->data_count = c->word_count - first - 2;
	return outcome;
}

static int change_zones(struct asked *a, change_zone *how, struct error *e)
{
	struct command *c = a->command;
	struct zone one, *zones = &one;
	size_t count = 1;
	int outcome;
	if (a->everywhere)
		outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, &zones, &count, e);
	else if ((outcome = zone_named(c, c->words[0], &one, e)) == DONE)
		outcome = fetch(c, &zone_kind, &one, &one, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		outcome = change_in(a, &zones[i], how, e);
	return outcome;
}

/* Says it in the words that were typed. */
static void tell(const struct asked *a, const char *done)
{
	struct command *c = a->command;
	struct text text = { 0 };
	text_addf(&text, "record %s %s", a->owner, a->type);
	for (int i = 0; i < a->data_count; i++)
		text_addf(&text, " %s", a->data[i]);
	if (!text.broken && a->everywhere)
		say(c, "%s %s in %s%s", text.bytes, done, counted(c, (int64_t)a->changed, "zone"),
			a->same == 0 ? "" : arena_format(&c->arena, "; %s had nothing to change", counted(c, (int64_t)a->same, "zone")));
	else if (!text.broken)
		say(c, "%s %s in zone %s", text.bytes, done, c->words[0]);
	text_free(&text);
}

/* NOTHING says what it is that there is not to do. */
static int change(struct command *c, change_zone *how, const char *done, bool needs_data, const char *nothing, struct error *e)
{
	struct asked a;
	int outcome = take_words(&a, c, e);
	if (outcome == DONE && needs_data && a.data_count == 0)
		outcome = fail(e, REFUSED, "the data is missing: see 'windsock record %s --help'", c->verb->name);
	if (outcome == DONE)
		outcome = change_zones(&a, how, e);
	if (outcome == DONE && a.changed == 0)
		outcome = fail(e, UNCHANGED, "%s in %s", nothing, a.everywhere ? "any zone" : c->words[0]);
	if (outcome == DONE)
		tell(&a, done);
	return outcome;
}

static int record_add(struct command *c, struct error *e)
{
	return change(c, add_to, "added", true, "that record is there already", e);
}

static int record_remove(struct command *c, struct error *e)
{
	return change(c, remove_from, "removed", false, "there is no such record", e);
}

static int record_set(struct command *c, struct error *e)
{
	bool needs_data = option(c, "ttl") == NULL;
	return change(c, set_to, "set", needs_data, "there is nothing to change", e);
}

static int print_record(const struct command *c, const struct record *row, struct table_print *table, json_t *array)
{
	struct text data = { 0 };
	char type[TYPE_TEXT], ttl[24];
	type_write((uint16_t)row->type, type);
	rdata_write((uint16_t)row->type, row->rdata, &data);
	snprintf(ttl, sizeof ttl, "%lld", (long long)row->ttl);
	bool well = !data.broken;
	if (well && c->json)
		json_array_append_new(array, json_pack("{s:s, s:I, s:s, s:s}", "name", row->owner, "ttl", (json_int_t)row->ttl, "type",
			type, "data", data.bytes));
	for (size_t i = 0; well && !c->json && i < 4; i++)
		table_cell(table, (const char *[]){ row->owner, ttl, type, data.bytes }[i]);
	text_free(&data);
	return well ? DONE : FAILED;
}

static int print_set(struct command *c, const struct set *s, struct error *e)
{
	struct table_print table = { .heads = { "name", "ttl", "type", "data" }, .columns = 4 };
	json_t *array = json_array();
	int outcome = DONE;
	for (size_t i = 0; outcome == DONE && i < s->count; i++)
		outcome = print_record(c, &s->rows[i], &table, array);
	if (outcome == DONE && c->json)
		print_json(c, json_incref(array));
	if (outcome == DONE && !c->json)
		table_end(c, &table);
	json_decref(array);
	return outcome == DONE ? DONE : fail(e, FAILED, "out of memory");
}

static int record_list(struct command *c, struct error *e)
{
	struct asked a = { .command = c, .owner = c->word_count > 1 ? c->words[1] : NULL };
	struct zone zone;
	struct set s = { .arena = &c->arena };
	char owner[NAME_TEXT];
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = zone_named(c, c->words[0], &zone, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &zone, &zone, e);
	if (outcome == DONE && c->word_count > 2 && (s.type = type_read(c->words[2])) == 0)
		outcome = fail(e, REFUSED, "'%.40s' is not a type of records", c->words[2]);
	if (outcome == DONE && a.owner != NULL)
		outcome = owner_in(&a, zone.name, owner, e);
	const struct record of = { .zone = zone.name, .owner = owner };
	if (outcome == DONE)
		outcome = a.owner == NULL ? registry_each(c->registry, &record_kind, &of, take_row, &s, e)
					  : registry_each_in(c->registry, &record_kind, &of, take_row, &s, e);
	return outcome == DONE ? print_set(c, &s, e) : outcome;
}

#define WHERE "ORIGIN NAME TYPE"
#define CHANGES (VERB_CHANGES | VERB_ZONES | VERB_BULK)

const struct verb record_verbs[] = {
	{ "record", "list", VERB_READS, 1, 3, "ORIGIN [NAME] [TYPE]", "Shows a zone's static data, or what a name has of it.",
		"record list b5p.us www", record_list },
	{ "record", "add", CHANGES, 2, WORDS_MOST, WHERE " DATA... [--ttl SECONDS] | NAME TYPE DATA... --all-zones",
		"Adds a record to a zone's static data, or to that of all zones. @ is the zone itself, another name is below it;\n"
		"names in the data are whole. The TTL is that of the name's records of this type, or else the zone's.",
		"record add --all-zones @ NS ns3.example.net", record_add },
	{ "record", "set", CHANGES, 2, WORDS_MOST, WHERE " [DATA...] [--ttl SECONDS] | NAME TYPE [DATA...] --all-zones",
		"Makes a record the only one of its name and type, or changes the TTL of those that there are.",
		"record set b5p.us www A 192.0.2.80 --ttl 300", record_set },
	{ "record", "remove", CHANGES, 2, WORDS_MOST, WHERE " [DATA...] | NAME TYPE [DATA...] --all-zones",
		"Removes a record, or without data all of a name and type.", "record remove b5p.us www A 192.0.2.80", record_remove },
	{ 0 },
};
