/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone export --served`: what secondaries are given, by the same code. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/name.h"
#include "tools/rdata_text.h"
#include "tools/zone.h"
#include "wire/type.h"
#include "zone/content.h"

int print_rr(const char *owner, int64_t ttl, uint16_t type, struct blob rdata, struct error *e)
{
	struct text data = { 0 };
	char name[12];
	type_write(type, name);
	rdata_write(type, rdata, &data);
	if (!data.broken && data.bytes[0] == '\\' && data.bytes[1] == '#') /* who has no text for it may not know its name */
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

int zone_served(struct command *c, const struct zone *zone, struct error *e)
{
	struct rr_list pools = { 0 };
	int outcome = zone_content_pools(c->registry, clock_date(), &pools, e);
	if (outcome == DONE)
		outcome = zone_content_walk(c->registry, zone, &pools, print, NULL, e);
	free(pools.octets);
	return outcome;
}
