/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone export --served`: behind the static data, what pools and hosts answer now. */
#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "steering/label.h"
#include "tools/names.h"
#include "tools/pool.h"
#include "tools/zone.h"

/* One record an address of a list in normal form; FAMILIES as in steering/label.h. */
static void print_addresses(const char *owner, int64_t ttl, const char *list, unsigned families)
{
	struct address address;
	while (address_next(&list, &address)) {
		char text[ADDRESS_TEXT];
		bool v4 = address.family == ADDRESS_V4;
		if ((families & (v4 ? FAMILY_4 : FAMILY_6)) == 0)
			continue;
		address_write(&address, text);
		printf("%s. %lld IN %s %s\n", owner, (long long)ttl, v4 ? "A" : "AAAA", text);
	}
}

/* All that clients may be given; each network is given some of them. */
static int print_pools(struct command *c, const char *zone, struct error *e)
{
	struct fleet fleet;
	struct offer *offers;
	int outcome = pool_load(c, &fleet, &offers, e);
	for (size_t i = 0; outcome == DONE && i < fleet.pool_count; i++) {
		struct membership m;
		const struct pool *pool = &fleet.pools[i];
		const char *owner = arena_format(&c->arena, "%s.%s", pool->label, zone);
		outcome = owner == NULL ? fail(e, FAILED, "out of memory")
					: steering_pool(&fleet, offers, pool, &c->arena, &m, e);
		for (size_t seat = 0; outcome == DONE && seat < m.count; seat++)
			if (m.seats[seat].in)
				print_addresses(owner, pool->ttl, m.seats[seat].offer->relay->addresses, m.families);
	}
	return outcome;
}

struct printing {
	struct host_rules rules;
	const char *zone;
};

static int print_host(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	const struct printing *p = context;
	const char *zone = host_zone(&p->rules, host->name);
	(void)e;
	if (zone == NULL || strcmp(zone, p->zone) != 0)
		return DONE;
	char below[NAME_TEXT + 2];
	snprintf(below, sizeof below, "*.%s", host->name);
	print_addresses(host->name, host->ttl, host->addresses, FAMILY_4 | FAMILY_6);
	print_addresses(below, host->ttl, host->addresses, FAMILY_4 | FAMILY_6);
	return DONE;
}

int zone_served(struct command *c, const char *zone, struct error *e)
{
	struct printing p = { .zone = zone };
	int outcome = print_pools(c, zone, e);
	if (outcome == DONE)
		outcome = host_rules_load(c, &p.rules, e);
	return outcome == DONE ? c->registry->engine->each(c->registry, &host_kind, NULL, print_host, &p, e)
			       : outcome;
}
