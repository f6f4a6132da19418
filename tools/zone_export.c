/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone export`: RFC 1035 text. */
#include <string.h>

#include "tools/zone.h"

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
		return zone_served(c, &row, e);
	outcome = registry_each(c->registry, &record_kind, &of, export_record, &apex, e);
	apex = false;
	if (outcome == DONE)
		outcome = registry_each(c->registry, &record_kind, &of, export_record, &apex, e);
	return outcome;
}
