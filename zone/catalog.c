/* SPDX-License-Identifier: BSD-2-Clause */
/* What the catalog zone consists of: NS, version, and a PTR for each zone. */
#include "zone/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/type.h"

enum { TTL = 0 };

static const uint8_t nobody[] = "\7invalid"; /* section 4.1: its NS names no server */

struct zone catalog_row(const char *name)
{
	return (struct zone){ .name = name, .primary = "invalid", .contact = "invalid", .ttl = TTL, .refresh = 3600,
		.retry = 600, .expire = 2147483646, .minimum = TTL };
}

struct record catalog_ns(const char *name)
{
	return (struct record){ .zone = name, .owner = name, .type = TYPE_NS, .ttl = TTL, .rdata = { nobody, sizeof nobody } };
}

struct walk {
	const char *name;
	zone_rr_taker *take;
	void *context;
};

static int put(const struct walk *w, const char *owner, uint16_t type, const void *rdata, size_t size, struct error *e)
{
	struct name name;
	int outcome = name_read(owner, &name, e);
	const struct zone_rr rr = { &name, type, (uint16_t)size, TTL, rdata };
	return outcome == DONE ? w->take(&rr, w->context, e) : outcome;
}

/* FNV-1a will do: the zones are the operator's own, and nobody else can choose names that meet. */
static uint64_t member_of(const char *zone)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (; *zone != '\0'; zone++)
		hash = (hash ^ (uint8_t)*zone) * UINT64_C(1099511628211);
	return hash;
}

static int put_member(const void *row, void *context, struct error *e)
{
	const struct zone *zone = row;
	const struct walk *w = context;
	struct name member;
	char owner[NAME_TEXT + 32];
	if (row_check(&zone_kind, row, NULL) != DONE || name_read(zone->name, &member, NULL) != DONE)
		return DONE; /* it is not served, either */
	snprintf(owner, sizeof owner, "%016" PRIx64 ".zones.%s", member_of(zone->name), w->name);
	return put(w, owner, TYPE_PTR, member.wire, member.size, e);
}

int catalog_walk(struct registry *registry, const char *name, zone_rr_taker *take, void *context, struct error *e)
{
	struct walk w = { name, take, context };
	char version[NAME_TEXT + 16];
	snprintf(version, sizeof version, "version.%s", name);
	int outcome = put(&w, name, TYPE_NS, nobody, sizeof nobody, e);
	if (outcome == DONE)
		outcome = put(&w, version, TYPE_TXT, "\0012", 2, e);
	return outcome == DONE ? registry_each(registry, &zone_kind, NULL, put_member, &w, e) : outcome;
}
