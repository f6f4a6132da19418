/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "tools/rdata_text.h"
#include "tools/table.h"
#include "tools/transfer.h"
#include "tools/zonefile.h"

enum { TYPE_A = 1, TYPE_NS = 2, TYPE_AAAA = 28, NS_TTL = 86400, ADDRESS_TTL = 3600 };

static int named(struct command *c, const char *name, struct zone *row, struct error *e)
{
	int outcome = row_standard(&zone_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &zone_kind, row, "name", name, e) : outcome;
}

static int add_record(struct command *c, const struct zone *zone, const char *owner, uint16_t type,
	int64_t ttl, const void *rdata, size_t size, struct error *e)
{
	const struct record row = { .zone = zone->name, .owner = owner, .type = type, .ttl = ttl,
		.rdata = { rdata, size } };
	return c->registry->engine->add(c->registry, &record_kind, &row, e);
}

/* NAME or NAME=ADDRESS; the first names the zone's primary if nothing else does. */
static int add_name_server(struct command *c, struct zone *zone, const char *word, size_t length,
	struct error *e)
{
	struct name server, apex;
	struct address address;
	char text[NAME_TEXT];
	const char *equals = memchr(word, '=', length);
	size_t head = equals == NULL ? length : (size_t)(equals - word);
	int outcome = name_read_part(word, head, &server, e);
	if (outcome == DONE)
		outcome = name_read(zone->name, &apex, e);
	if (outcome != DONE)
		return outcome;
	name_write(server.wire, text);
	outcome = add_record(c, zone, zone->name, TYPE_NS, NS_TTL, server.wire, server.size, e);
	if (outcome == EXISTS)
		return fail(e, REFUSED, "--ns %s is there twice", text);
	if (outcome == DONE && equals == NULL && name_within(&server, &apex))
		note("%s is in the zone and has no address: --ns %s=ADDRESS, or zone import", text, text);
	if (outcome != DONE || equals == NULL)
		return outcome;
	if (!name_within(&server, &apex))
		return fail(e, REFUSED, "--ns %s is outside the zone: its address is not ours to say", text);
	if (!address_read(equals + 1, length - head - 1, &address))
		return fail(e, REFUSED, "--ns %.*s: '%.*s' is not an address", (int)length, word,
			(int)(length - head - 1), equals + 1);
	return add_record(c, zone, text, address.family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA, ADDRESS_TTL,
		address.bytes, address_size(&address), e);
}

static int set_authority(struct command *c, struct zone *row, const char *servers, struct error *e)
{
	size_t length;
	const char *rest = servers, *first = text_word(&rest, " ,", &length);
	int outcome = DONE;
	if (*row->primary == '\0' && first != NULL) {
		length = memchr(first, '=', length) == NULL ? length : strcspn(first, "=");
		outcome = set_field(c, &zone_kind, row, "primary",
			arena_text_part(&c->arena, first, length), e);
	}
	if (outcome == DONE && *row->contact == '\0')
		outcome = set_field(c, &zone_kind, row, "contact",
			arena_format(&c->arena, "hostmaster.%s", strcmp(row->name, ".") == 0 ? "" : row->name), e);
	return outcome;
}

static int zone_add(struct command *c, struct error *e)
{
	struct zone row;
	const char *servers = option_all(c, "ns");
	size_t length;
	int outcome = named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &zone_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && servers == NULL)
		outcome = fail(e, REFUSED, "a zone needs a name server: --ns NAME, or --ns NAME=ADDRESS in the zone");
	if (outcome == DONE)
		outcome = set_authority(c, &row, servers, e);
	if (outcome == DONE)
		outcome = add_row(c, &zone_kind, &row, e);
	for (const char *word; outcome == DONE && (word = text_word(&servers, " ,", &length)) != NULL;)
		outcome = add_name_server(c, &row, word, length, e);
	return outcome;
}

static int zone_list(struct command *c, struct error *e)
{
	int outcome = options_done(c, e);
	return outcome == DONE ? print_rows(c, &zone_kind, NULL, e) : outcome;
}

static int zone_show(struct command *c, struct error *e)
{
	struct zone row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &row, &row, e);
	return outcome == DONE ? print_row(c, &zone_kind, &row) : outcome;
}

static int zone_remove(struct command *c, struct error *e)
{
	struct zone row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, c->words[0], &row, e);
	return outcome == DONE ? remove_row(c, &zone_kind, &row, e) : outcome;
}

/* import: what went goes, what came comes, and the log holds no more than that. */

struct merging {
	struct command *command;
	const struct zonefile *file;
	size_t at; /* the first record of the file that is not passed yet */
	struct record *gone;
	size_t gone_count, gone_room, added;
};

static int compare(const struct record *a, const struct record *b)
{
	int order = strcmp(a->owner, b->owner);
	if (order == 0)
		order = (a->type > b->type) - (a->type < b->type);
	size_t least = a->rdata.size < b->rdata.size ? a->rdata.size : b->rdata.size;
	if (order == 0 && least > 0)
		order = memcmp(a->rdata.data, b->rdata.data, least);
	return order != 0 ? order : (a->rdata.size > b->rdata.size) - (a->rdata.size < b->rdata.size);
}

static int note_gone(struct merging *m, const struct record *row, struct error *e)
{
	if (m->gone_count == m->gone_room) {
		size_t room = m->gone_room == 0 ? 64 : m->gone_room * 2;
		struct record *grown = realloc(m->gone, room * sizeof *grown);
		if (grown == NULL)
			return fail(e, FAILED, "out of memory");
		m->gone = grown;
		m->gone_room = room;
	}
	return row_copy(&record_kind, row, &m->gone[m->gone_count++], &m->command->arena, e);
}

/* Both sides are sorted alike: the registry's rows come by here, the file's records stand still. */
static int merge_row(const void *old, void *context, struct error *e)
{
	struct merging *m = context;
	const struct zonefile *f = m->file;
	const struct record *row = old;
	while (m->at < f->count && compare(&f->records[m->at], row) < 0)
		m->at++;
	bool there = m->at < f->count && compare(&f->records[m->at], row) == 0;
	if (there && f->records[m->at].ttl == row->ttl) {
		f->records[m->at].zone = NULL; /* as it was: nothing to write */
		return DONE;
	}
	return note_gone(m, row, e);
}

static int write_changes(struct merging *m, struct error *e)
{
	struct command *c = m->command;
	const struct registry_engine *engine = c->registry->engine;
	int outcome = DONE;
	for (size_t i = 0; i < m->gone_count && outcome == DONE; i++)
		outcome = engine->remove(c->registry, &record_kind, &m->gone[i], e);
	for (size_t i = 0; i < m->file->count && outcome == DONE; i++) {
		if (m->file->records[i].zone == NULL)
			continue;
		outcome = engine->add(c->registry, &record_kind, &m->file->records[i], e);
		progress("records written:", ++m->added, false);
	}
	return outcome;
}

static int import_records(struct command *c, const struct zonefile *f, struct error *e)
{
	struct merging m = { .command = c, .file = f };
	struct record of = { .zone = f->zone.name };
	int outcome = c->registry->engine->each(c->registry, &record_kind, &of, merge_row, &m, e);
	if (outcome == DONE)
		outcome = write_changes(&m, e);
	progress("", 0, true);
	if (outcome == DONE)
		say(c, "zone %s imported: %zu records, %zu added, %zu removed", f->zone.name, f->count,
			m.added, m.gone_count);
	free(m.gone);
	return outcome;
}

/* RFC 1982: the zone's serial never goes back, though it was counted elsewhere before. */
static int raise_serial(struct command *c, uint32_t serial, struct error *e)
{
	int64_t revision;
	int outcome = c->registry->engine->revision(c->registry, &revision, e);
	int32_t ahead = (int32_t)(serial - (uint32_t)revision);
	if (outcome != DONE || ahead < 0)
		return outcome;
	return c->registry->engine->raise(c->registry, revision + ahead + 1, e);
}

static void note_oddities(struct command *c, const struct zonefile *f)
{
	struct pool *pools;
	size_t count, shadowed = 0;
	if (f->skipped > 0)
		note("%zu records of a signer were left out (RRSIG, NSEC, DNSKEY and the like)", f->skipped);
	if (f->differing > 0)
		note("%zu RRsets had differing TTLs: the lowest was taken (RFC 2181 section 5.2)", f->differing);
	if (registry_all(c->registry, &pool_kind, NULL, &c->arena, &pools, &count, NULL) != DONE)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name = arena_format(&c->arena, "%s.%s", pools[i].label, f->zone.name);
		for (size_t j = 0; name != NULL && j < f->count; j++)
			shadowed += (f->records[j].type == TYPE_A || f->records[j].type == TYPE_AAAA)
				&& strcmp(f->records[j].owner, name) == 0;
	}
	if (shadowed > 0)
		note("%zu addresses stand at pools' names and are not served: the pools are", shadowed);
}

static int import_zone(struct command *c, const char *origin, const char *path, struct error *e)
{
	struct zonefile f;
	struct zone row, there;
	const struct registry_engine *engine = c->registry->engine;
	int outcome = named(c, origin, &row, e);
	if (outcome != DONE)
		return outcome;
	outcome = zonefile_read(path, row.name, &f, e);
	if (outcome == DONE) {
		int known = engine->get(c->registry, &zone_kind, &row, &c->arena, &there, e);
		if (known == ABSENT && !f.has_soa)
			outcome = fail(e, REFUSED, "%s: no SOA, and no zone %s whose own could be kept", path, row.name);
		else if (known == ABSENT)
			outcome = engine->add(c->registry, &zone_kind, &f.zone, e);
		else if (known == DONE && f.has_soa)
			outcome = engine->set(c->registry, &zone_kind, &f.zone, e);
		else if (known != DONE)
			outcome = known;
	}
	if (outcome == DONE && f.has_soa)
		outcome = raise_serial(c, f.serial, e);
	if (outcome == DONE)
		note_oddities(c, &f);
	if (outcome == DONE)
		outcome = import_records(c, &f, e);
	zonefile_free(&f);
	return outcome;
}

/* A line a zone: ORIGIN TAB FILE; files are found from the list's own folder. */
static int import_list(struct command *c, const char *path, struct error *e)
{
	FILE *list = fopen(path, "r");
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t length;
	int outcome = DONE;
	if (list == NULL)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
	while (outcome == DONE && (length = getline(&line, &room, list)) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		char *tab = strchr(line, '\t');
		if (tab == NULL || tab[1] == '\0') {
			outcome = fail(e, REFUSED, "%s:%zu: wanted ORIGIN TAB FILE", path, number);
			break;
		}
		*tab = '\0';
		const char *file = tab[1] == '/' || folder == 0 ? tab + 1
			: arena_format(&c->arena, "%.*s%s", folder, path, tab + 1);
		outcome = file == NULL ? fail(e, FAILED, "out of memory") : import_zone(c, line, file, e);
	}
	free(line);
	fclose(list);
	return outcome;
}

static int zone_import(struct command *c, struct error *e)
{
	const char *list = option(c, "list");
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	if (list != NULL && c->word_count == 0)
		return import_list(c, list, e);
	if (list != NULL || c->word_count != 2)
		return fail(e, REFUSED, "usage: windsock zone import ORIGIN FILE, or --list LIST");
	return import_zone(c, c->words[0], c->words[1], e);
}

/* export */

static int export_record(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	const bool *apex = context;
	struct text out = { 0 };
	char type[12];
	if ((strcmp(record->owner, record->zone) == 0) != *apex)
		return DONE;
	type_write((uint16_t)record->type, type);
	text_addf(&out, "%s%s %lld IN %s ", record->owner, strcmp(record->owner, ".") == 0 ? "" : ".",
		(long long)record->ttl, type);
	rdata_write((uint16_t)record->type, record->rdata, &out);
	int outcome = out.broken || puts(out.bytes) < 0 ? fail(e, FAILED, "writing failed") : DONE;
	text_free(&out);
	return outcome;
}

static const char *dotted(struct command *c, const char *name)
{
	return strcmp(name, ".") == 0 ? name : arena_format(&c->arena, "%s.", name);
}

static void print_soa(struct command *c, const struct zone *row, int64_t revision)
{
	printf("%s %lld IN SOA %s %s %u %lld %lld %lld %lld\n", dotted(c, row->name), (long long)row->ttl,
		dotted(c, row->primary), dotted(c, row->contact), (unsigned)(uint32_t)revision,
		(long long)row->refresh, (long long)row->retry, (long long)row->expire,
		(long long)row->minimum);
}

static int zone_export(struct command *c, struct error *e)
{
	struct zone row;
	int64_t revision;
	const struct registry_engine *engine = c->registry->engine;
	bool apex = true;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = engine->revision(c->registry, &revision, e);
	if (outcome != DONE)
		return outcome;
	struct record of = { .zone = row.name };
	print_soa(c, &row, revision);
	outcome = engine->each(c->registry, &record_kind, &of, export_record, &apex, e);
	apex = false;
	return outcome == DONE ? engine->each(c->registry, &record_kind, &of, export_record, &apex, e) : outcome;
}

#define FIELDS                                                                                     \
	"[--primary NAME] [--contact NAME] [--ttl N] [--refresh N] [--retry N] [--expire N] [--minimum N]"

const struct verb zone_verbs[] = {
	{ "zone", "add", VERB_CHANGES, 1, 1, "ORIGIN --ns NAME[=ADDRESS]... " FIELDS,
		"Serves a domain. All pool labels are in it at once.",
		"zone add kites.test --ns ns1.kites.test", zone_add },
	{ "zone", "list", VERB_READS, 0, 0, "", "Shows all zones.", "zone list", zone_list },
	{ "zone", "show", VERB_READS, 1, 1, "ORIGIN", "Shows a zone's SOA.", "zone show b5p.us", zone_show },
	{ "zone", "remove", VERB_CHANGES, 1, 1, "ORIGIN",
		"Serves a domain no longer, and forgets its records.", "zone remove kites.test", zone_remove },
	{ "zone", "import", VERB_CHANGES | VERB_BULK, 0, 2, "ORIGIN FILE | --list LIST",
		"Takes a zone's static data from a zone file (RFC 1035; - for standard input) in the place of\n"
		"what it had; makes the zone if need be. LIST has a line ORIGIN TAB FILE for each zone. When\n"
		"anything is wrong, nothing is changed.", "zone import b5p.us b5p.us.zone", zone_import },
	{ "zone", "export", VERB_READS, 1, 1, "ORIGIN", "Prints a zone's static data as a zone file.",
		"zone export b5p.us", zone_export },
	{ 0 },
};
