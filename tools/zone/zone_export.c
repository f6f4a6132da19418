/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone export`: RFC 1035 text of a zone's static records, or with --served of what secondaries are given, by the
 * same code (zone/content.h). */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/name.h"
#include "tools/rdata_text.h"
#include "tools/zone/zone.h"
#include "wire/type.h"
#include "zone/content.h"

static int print_rr(const char *owner, int64_t ttl, uint16_t type, struct blob rdata, struct error *e)
{
	struct text data = { 0 };
	char name[TYPE_TEXT];
	type_write(type, name);
	rdata_write(type, rdata, &data);
	if (!data.broken && data.bytes[0] == '\\' && data.bytes[1] == '#') /* RFC 3597's form of RDATA goes with that
	                                                                    * of the type: who has no text for the one
	                                                                    * may not know the other's name */
		sprintf(name, "TYPE%u", type);
	bool written = !data.broken && printf("%s%s %lld IN %s %s\n", owner, strcmp(owner, ".") == 0 ? "" : ".",
		(long long)ttl, name, data.bytes) >= 0;
	text_free(&data);
	return written ? DONE : fail(e, FAILED, "writing failed");
}

static int print(const struct zone_rr *rr, void *context, struct error *e)
{
	char owner[NAME_TEXT];
	(void)context;
	name_write(rr->owner->wire, owner);
	return print_rr(owner, rr->ttl, rr->type, (struct blob){ rr->rdata, rr->length }, e);
}

static int export_served(struct command *c, const struct zone *zone, struct error *e)
{
	struct rr_list pools = { 0 };
	int outcome = zone_content_pools(c->registry, clock_date(), &pools, e);
	if (outcome == DONE)
		outcome = zone_content_walk(c->registry, zone, &pools, print, NULL, e);
	free(pools.octets);
	return outcome;
}

static int export_record(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	const bool *apex = context;
	return (strcmp(record->owner, record->zone) == 0) != *apex ? DONE
		: print_rr(record->owner, record->ttl, (uint16_t)record->type, record->rdata, e);
}

static const char *dotted(struct command *c, const char *name)
{
	return strcmp(name, ".") == 0 ? name : arena_format(&c->arena, "%s.", name);
}

static void print_soa(struct command *c, const struct zone *row, int64_t revision)
{
	fprintf(c->out, "%s %lld IN SOA %s %s %u %lld %lld %lld %lld\n", dotted(c, row->name), (long long)row->ttl,
		dotted(c, row->primary), dotted(c, row->contact), (unsigned)(uint32_t)revision,
		(long long)row->refresh, (long long)row->retry, (long long)row->expire,
		(long long)row->minimum);
}

int zone_export(struct command *c, struct error *e)
{
	struct zone row;
	int64_t revision;
	bool apex = true, served = option_flag(c, "served");
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = zone_named(c, c->words[0], &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = registry_revision(c->registry, &revision, e);
	if (outcome != DONE)
		return outcome;
	struct record of = { .zone = row.name };
	print_soa(c, &row, revision);
	if (served)
		return export_served(c, &row, e);
	outcome = registry_each(c->registry, &record_kind, &of, export_record, &apex, e);
	apex = false;
	if (outcome == DONE)
		outcome = registry_each(c->registry, &record_kind, &of, export_record, &apex, e);
	return outcome;
}
