/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock zone: add, list, show, remove. */
#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "tools/zone/delegation.h"
#include "tools/table.h"
#include "tools/zone/zone.h"
#include "wire/type.h"

enum { NS_TTL = 86400, ADDRESS_TTL = 3600 };

int zone_named(struct command *c, const char *name, struct zone *row, struct error *e)
{
	int outcome = row_standard(&zone_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &zone_kind, row, "name", name, e) : outcome;
}

static int add_record(struct command *c, const struct zone *zone, const char *owner, uint16_t type,
	int64_t ttl, const void *rdata, size_t size, struct error *e)
{
	const struct record row = { .zone = zone->name, .owner = owner, .type = type, .ttl = ttl,
		.rdata = { rdata, size } };
	return registry_add(c->registry, &record_kind, &row, e);
}

/* Adds a name server, given as NAME or NAME=ADDRESS; the first one is the zone's primary if nothing else names it. */
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
	if (name_labels(server.wire) == 1 && apex.size > 1)
		return fail(e, REFUSED, "--ns %s is a top-level name: %s.%s is meant, perhaps", text, text, zone->name);
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
	int outcome = zone_named(c, c->words[0], &row, e);
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
	const char *above;
	if (outcome == DONE)
		outcome = delegation_missing(c, row.name, &above, e);
	if (outcome == DONE && above != NULL)
		note("%s has no NS records for %s: its secondaries deny that zone until it has", above, row.name);
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
		outcome = zone_named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &row, &row, e);
	return outcome == DONE ? print_row(c, &zone_kind, &row) : outcome;
}

static int zone_set(struct command *c, struct error *e)
{
	struct zone row;
	bool changed = false;
	int outcome = zone_named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &zone_kind, &row, &changed, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock zone set --help'");
	return outcome == DONE ? set_row(c, &zone_kind, &row, "changed", e) : outcome;
}

/* Asks the parent for a DS: while there is one, validating resolvers take the zone for bogus, wherever it is served. */
static int look_at_parent(struct command *c, const struct zone *zone, struct error *e)
{
	struct delegation *d = arena_take(&c->arena, sizeof *d);
	struct zone row;
	c->prepared = d;
	if (d == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = registry_get(c->registry, &zone_kind, zone, &c->arena, &row, e);
	if (outcome == ABSENT) /* said when it is to be removed */
		return DONE;
	return outcome == DONE ? delegation_find(c, row.name, row.signed_ != ZONE_UNSIGNED, d, e) : outcome;
}

static int judge_parent(struct command *c, const struct zone *zone, struct error *e)
{
	const struct delegation *d = c->prepared;
	if (d != NULL && !d->known && d->source != NULL)
		remark(c, "whether its parent has a DS of %s is not known: %s does not say", zone->name, d->source);
	if (d == NULL || d->count == 0)
		return DONE;
	return harm(c, e, "its parent has a DS of %s still, says %s", zone->name, d->source);
}

/* Remarks that secondaries keep a removed zone, unless they follow a catalog zone (RFC 9432). */
static int remark_secondaries(struct command *c, const struct zone *zone, struct error *e)
{
	struct secondary *rows;
	size_t count;
	int outcome = registry_all(c->registry, &secondary_kind, NULL, &c->arena, &rows, &count, e);
	if (outcome != DONE || count == 0)
		return outcome;
	remark(c, "%s%s may answer for %s until it expires there, unless a catalog tells them that it is gone",
		rows[0].name, count == 1 ? ", a secondary," : " and other secondaries", zone->name);
	return DONE;
}

static int zone_remove(struct command *c, struct error *e)
{
	struct zone row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = zone_named(c, c->words[0], &row, e);
	if (outcome == DONE && c->preparing)
		return look_at_parent(c, &row, e);
	if (outcome == DONE)
		outcome = judge_parent(c, &row, e);
	if (outcome == DONE)
		outcome = remark_secondaries(c, &row, e);
	return outcome == DONE ? remove_row(c, &zone_kind, &row, e) : outcome;
}

#define FIELDS                                                                                     \
	"[--primary NAME] [--contact NAME] [--ttl N] [--refresh N] [--retry N] [--expire N] [--minimum N]"

const struct verb zone_verbs[] = {
	{ "zone", "add", VERB_CHANGES | VERB_ZONES, 1, 1, "ORIGIN --ns NAME[=ADDRESS]... " FIELDS,
		"Serves a domain. All pool labels are in it at once.",
		"zone add kites.test --ns ns1.kites.test", zone_add },
	{ "zone", "list", VERB_READS, 0, 0, "", "Shows all zones.", "zone list", zone_list },
	{ "zone", "show", VERB_READS, 1, 1, "ORIGIN", "Shows a zone's SOA.", "zone show b5p.us", zone_show },
	{ "zone", "set", VERB_CHANGES, 1, 1, "ORIGIN " FIELDS, "Changes a zone's SOA. Its serial is the registry's revision.",
		"zone set kites.test --primary ns2.kites.test", zone_set },
	{ "zone", "remove", VERB_CHANGES | VERB_ZONES | VERB_PREPARES, 1, 1, "ORIGIN [--telemetry FILE]...",
		"Serves a domain no longer, and forgets its records. Refused while hosts are in no other zone, clients ask for\n"
		"its pools in this zone, or its parent has a DS.", "zone remove kites.test", zone_remove },
	{ "zone", "check", VERB_READS, 1, 1, "ORIGIN [--keys DIR]",
		"Asks the DNS whether it leads to a zone: delegation and glue at the parent, the zone's name servers and their\n"
		"serials, DS, and CAA; and prints what is to be published where something is wrong. Exit status 1 then.",
		"zone check kites.test", zone_check },
	{ "zone", "import", VERB_CHANGES | VERB_ZONES | VERB_BULK | VERB_PREPARES, 0, 2,
		"ORIGIN FILE | ORIGIN --from ADDRESS[:PORT] [--tsig KEY] | --list LIST",
		"Takes a zone's static data from a zone file (RFC 1035; - for standard input) in the place of\n"
		"what it had; makes the zone if need be. With --from, by a transfer (AXFR) from another name\n"
		"server, signed with one of our keys ('windsock tsig'). LIST has a line ORIGIN TAB FILE for\n"
		"each zone. When anything is wrong, nothing is changed.", "zone import b5p.us b5p.us.zone", zone_import },
	{ "zone", "export", VERB_READS, 1, 1, "ORIGIN [--served]",
		"Prints a zone's static data as a zone file; with --served, what pools and hosts answer now, too.",
		"zone export b5p.us", zone_export },
	{ 0 },
};
