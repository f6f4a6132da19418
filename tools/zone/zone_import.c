/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone import`: makes the zone's records those of a file or transfer, and changes only rows that differ. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/array.h"
#include "registry/serial.h"
#include "tools/lines.h"
#include "tools/registry/line.h"
#include "tools/registry/transfer.h"
#include "tools/table.h"
#include "tools/zone/zone.h"
#include "tools/zone/zone_axfr.h"
#include "tools/zone/zonefile.h"
#include "zone/judge.h"
#include "wire/type.h"


/* Whether a record may conflict with hosts or pools. */
static bool form_meets(const char *owner, int64_t type)
{
	return type == TYPE_NS || type == TYPE_CNAME || type == TYPE_DNAME || strncmp(owner, "*.", 2) == 0;
}

struct merging {
	struct command *command;
	struct zone_records *file;
	struct record *gone;
	size_t gone_count, gone_room, added;
};

static int note_gone(struct merging *m, const struct record *row, struct error *e)
{
	if (!array_room(&m->gone, &m->gone_room, m->gone_count + 1, sizeof *m->gone))
		return fail(e, FAILED, "out of memory");
	return row_copy(&record_kind, row, &m->gone[m->gone_count++], &m->command->arena, e);
}

static int compare_rows(const void *row, const void *record)
{
	return record_compare(row, &((const struct zone_record *)record)->row);
}

/* Compares one row of the registry with the file's records. A record that differs only in the case of names in its RDATA
 * stays as it is. */
static int merge_row(const void *row, void *context, struct error *e)
{
	struct merging *m = context;
	struct zone_records *f = m->file;
	struct zone_record *there = f->count == 0 ? NULL
		: bsearch(row, f->records, f->count, sizeof *there, compare_rows);
	if (there == NULL || there->row.zone == NULL || there->row.ttl != ((const struct record *)row)->ttl)
		return note_gone(m, row, e);
	there->row.zone = NULL; /* nothing to write */
	return DONE;
}

static int write_changes(struct merging *m, struct error *e)
{
	struct command *c = m->command;
	int outcome = DONE;
	for (size_t i = 0; i < m->gone_count && outcome == DONE; i++)
		outcome = registry_remove(c->registry, &record_kind, &m->gone[i], e);
	for (size_t i = 0; i < m->file->count && outcome == DONE; i++) {
		const struct record *row = &m->file->records[i].row;
		if (row->zone == NULL)
			continue;
		outcome = registry_add(c->registry, &record_kind, row, e);
		progress("records written:", ++m->added, false);
	}
	return outcome;
}

static int import_records(struct command *c, struct zone_records *f, struct error *e)
{
	struct merging m = { .command = c, .file = f };
	struct record of = { .zone = f->zone.name };
	int outcome = registry_each(c->registry, &record_kind, &of, merge_row, &m, e);
	if (outcome == DONE)
		outcome = write_changes(&m, e);
	progress("", 0, true);
	if (outcome == DONE)
		say(c, "zone %s imported: %zu records, %zu added, %zu removed", f->zone.name, f->count,
			m.added, m.gone_count);
	free(m.gone);
	return outcome;
}

enum { REMEMBERED = 28 * 86400 /* seconds; a secondary that did not follow for so long has long expired its zones */ };
static const int64_t FARTHEST = 0x7fffffff; /* the most that a serial may be raised at once: RFC 1982 section 3.2 */

/* Checks that a serial may be raised to GOAL. All zones have one serial, so what counts is the least serial that a
 * secondary of any zone may still have. That is kept in the registry, so that raises in succession count as one. */
static int serial_reach(struct command *c, const char *origin, int64_t least, int64_t goal, struct error *e)
{
	struct registry *r = c->registry;
	const char *text;
	long long kept, since;
	int64_t now = clock_date(), zones;
	char value[64];
	int outcome = registry_meta_get(r, "oldest", &c->arena, &text, e);
	if (outcome == DONE && sscanf(text, "%lld %lld", &kept, &since) == 2 && since + REMEMBERED > now && since <= now
		&& kept < least)
		least = kept;
	else
		since = now;
	if (outcome >= 0)
		outcome = registry_count(r, &zone_kind, &zones, e);
	if (outcome == DONE && zones > 1 && goal - least > FARTHEST)
		outcome = harm(c, e, "with zone %s the serials of all zones would go from %u, which secondaries may have until %s, to "
			"%u: too far ahead, and so back (RFC 1982). Wait until then, or import it with a serial up to %u",
			origin, (unsigned)(uint32_t)least, date_text(c, since + REMEMBERED), (unsigned)(uint32_t)goal,
			(unsigned)(uint32_t)(least + FARTHEST - 2));
	snprintf(value, sizeof value, "%lld %lld", (long long)least, (long long)since);
	return outcome == DONE ? registry_meta_set(r, "oldest", value, e) : outcome;
}

/* Raises the serial past that of the file, for a zone's serial must not go back (RFC 1982), even if another server counted
 * it before. */
static int raise_serial(struct command *c, const char *origin, uint32_t serial, struct error *e)
{
	int64_t revision;
	int outcome = registry_revision(c->registry, &revision, e);
	int32_t ahead = (int32_t)(serial - (uint32_t)revision);
	int64_t of_file = revision + ahead; /* the serial that the zone's secondaries have, as a revision */
	if (outcome == DONE)
		outcome = serial_reach(c, origin, of_file < revision ? of_file : revision, ahead < 0 ? revision : of_file + 2, e);
	return outcome != DONE || ahead < 0 ? outcome : serial_raise(c->registry, of_file, e);
}

static bool renames(const struct zone_records *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->records[i].row.type == TYPE_DNAME && strcmp(f->records[i].row.owner, f->zone.name) == 0)
			return true;
	return false;
}

/* How many address records of the file stand at names of hosts, or at *.HOST. */
static size_t count_hosts(struct command *c, const struct zone_records *f)
{
	struct arena arena = { 0 };
	int64_t hosts = 0;
	size_t count = 0;
	if (registry_count(c->registry, &host_kind, &hosts, NULL) != DONE || hosts == 0)
		return 0;
	for (size_t i = 0; i < f->count; i++) {
		struct host host = { .name = f->records[i].row.owner };
		int64_t type = f->records[i].row.type;
		host.name += strncmp(host.name, "*.", 2) == 0 ? 2 : 0;
		count += (type == TYPE_A || type == TYPE_AAAA)
			&& registry_get(c->registry, &host_kind, &host, &arena, &host, NULL) == DONE;
		arena_free(&arena);
	}
	return count;
}

static void note_oddities(struct command *c, const struct zone_records *f)
{
	struct pool *pools;
	size_t count, shadowed = 0;
	if (f->skipped > 0)
		note("%zu records of a signer were left out (RRSIG, NSEC, DNSKEY, CDS and the like)", f->skipped);
	if (f->left_out > 0)
		note("%zu records say no TTL, and no $TTL does: they got the last one stated, else the SOA's minimum", f->left_out);
	if (f->differing > 0)
		note("%zu RRsets had differing TTLs: the lowest was taken (RFC 2181 section 5.2)", f->differing);
	if (registry_all(c->registry, &pool_kind, NULL, &c->arena, &pools, &count, NULL) != DONE)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name = arena_format(&c->arena, "%s.%s", pools[i].label, f->zone.name);
		for (size_t j = 0; name != NULL && j < f->count; j++) {
			const struct record *row = &f->records[j].row;
			shadowed += (row->type == TYPE_A || row->type == TYPE_AAAA)
				&& strcmp(row->owner, name) == 0;
		}
	}
	if (shadowed > 0)
		note("%zu addresses stand at pools' names and are not served: the pools are", shadowed);
	if (count > 0 && renames(f))
		note("a DNAME at the apex renames pools, too: this zone has none");
	shadowed = count_hosts(c, f);
	if (shadowed > 0)
		note("%zu addresses stand at hosts' names and are not served: the hosts' own are", shadowed);
}

/* Writes the zone's own row: by the file's SOA, or as it was. */
static int import_soa(struct command *c, struct zone_records *f, const char *source, struct error *e)
{
	struct zone there;
	int known = registry_get(c->registry, &zone_kind, &f->zone, &c->arena, &there, e);
	if (known == DONE)
		f->zone.signed_ = there.signed_; /* zone files do not say */
	if (known == ABSENT && !f->has_soa)
		return fail(e, REFUSED, "%s: no SOA, and no zone %s whose own could be kept", source, f->zone.name);
	if (known == ABSENT)
		return registry_add(c->registry, &zone_kind, &f->zone, e);
	if (known == DONE && f->has_soa && !lines_same(&zone_kind, &f->zone, &there))
		return registry_set(c->registry, &zone_kind, &f->zone, e);
	return known;
}

/* Judges whether the file conflicts with hosts and pools; by itself it was checked before. */
static int judge(struct command *c, const struct zone_records *f, struct error *e)
{
	struct zone_judge j = { .registry = c->registry };
	struct error why;
	int outcome = DONE;
	c->judged = true;
	for (size_t i = 0; i < f->count && outcome == DONE; i++) {
		const struct zone_record *record = &f->records[i];
		bool apex = strcmp(record->row.owner, f->zone.name) == 0;
		if (form_meets(record->row.owner, record->row.type) && (!apex || record->row.type == TYPE_DNAME))
			outcome = zone_judge_name(&j, f->zone.name, record->row.owner, &why);
		if (outcome != DONE)
			return zone_records_refuse(f, record, outcome, why.text, e);
	}
	return outcome;
}

static int import_whole(struct command *c, struct zone_records *f, const char *source, struct error *e)
{
	int outcome = import_soa(c, f, source, e);
	if (outcome == DONE && f->has_soa)
		outcome = raise_serial(c, f->zone.name, f->serial, e);
	if (outcome == DONE)
		note_oddities(c, f);
	if (outcome == DONE)
		outcome = import_records(c, f, e);
	return outcome == DONE ? judge(c, f, e) : outcome;
}

/* Imports one zone of a list. */
static int import_file_of(struct command *c, const char *origin, const char *path, struct error *e)
{
	struct zone_records f;
	struct zone row;
	int outcome = zone_named(c, origin, &row, e);
	if (outcome != DONE)
		return outcome;
	outcome = zonefile_read(path, row.name, &f, e);
	if (outcome == DONE)
		outcome = import_whole(c, &f, path, e);
	zone_records_free(&f);
	return outcome;
}

struct zone_list {
	struct command *command;
	const char *path;
};

/* Takes a line of a list, ORIGIN TAB FILE. Relative paths begin at the list's own directory. */
static int import_listed(char *line, void *context, struct error *e)
{
	struct zone_list *list = context;
	struct command *c = list->command;
	char *tab = strchr(line, '\t');
	if (*line == '\0' || *line == '#')
		return DONE;
	if (tab == NULL || tab[1] == '\0')
		return fail(e, REFUSED, "wanted ORIGIN TAB FILE");
	*tab = '\0';
	const char *slash = strrchr(list->path, '/'), *file = tab + 1;
	if (*file != '/' && slash != NULL)
		file = arena_format(&c->arena, "%.*s%s", (int)(slash - list->path) + 1, list->path, file);
	return file == NULL ? fail(e, FAILED, "out of memory") : import_file_of(c, line, file, e);
}

static void discard(struct command *c)
{
	zone_records_free(c->prepared);
}

/* Reads the records before the transaction, for a transfer or pipe may take long, and others are to write meanwhile. */
static int prepare(struct command *c, struct error *e)
{
	const char *list = option(c, "list"), *from = option(c, "from"), *key = option(c, "tsig");
	struct zone row;
	int outcome = options_done(c, e);
	if (outcome != DONE || (list != NULL && c->word_count == 0 && from == NULL && key == NULL))
		return outcome;
	if (list != NULL || c->word_count != (from != NULL ? 1 : 2) || (key != NULL && from == NULL))
		return fail(e, REFUSED, "usage: windsock zone import ORIGIN FILE, or ORIGIN --from ADDRESS[:PORT] [--tsig KEY], "
			"or --list LIST");
	outcome = zone_named(c, c->words[0], &row, e);
	struct zone_records *records = outcome == DONE ? arena_take(&c->arena, sizeof *records) : NULL;
	if (outcome == DONE && records == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome != DONE)
		return outcome;
	c->prepared = records;
	c->discard = discard;
	c->reading = from == NULL;
	return from != NULL ? zone_axfr(c, from, key, row.name, records, e) : zonefile_read(c->words[1], row.name, records, e);
}

int zone_import(struct command *c, struct error *e)
{
	const char *list = option(c, "list");
	if (c->preparing)
		return prepare(c, e);
	if (c->prepared != NULL)
		return import_whole(c, c->prepared, ((struct zone_records *)c->prepared)->source, e);
	c->reading = true;
	return each_line(list, import_listed, &(struct zone_list){ c, list }, e);
}
