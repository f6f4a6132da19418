/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zone_content.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/zone_view.h"
#include "lib/address.h"
#include "registry/fleet.h"
#include "steering/label.h"
#include "steering/steering.h"

struct content {
	struct registry *registry;
	const struct zone *zone;
	struct name apex;
	struct arena arena;
	struct name *below; /* zones of ours below this one: what is in them is theirs */
	size_t below_count, below_room;
	struct fleet fleet;
	struct offer *offers;
	zone_rr_taker *take;
	void *context;
};

int zone_content_soa(const struct zone *zone, uint32_t serial, uint8_t *rdata, uint16_t *size, struct error *e)
{
	struct name primary, contact;
	const int64_t numbers[] = { serial, zone->refresh, zone->retry, zone->expire, zone->minimum };
	int outcome = name_read(zone->primary, &primary, e);
	if (outcome == DONE)
		outcome = name_read(zone->contact, &contact, e);
	if (outcome != DONE)
		return outcome;
	memcpy(rdata, primary.wire, primary.size);
	memcpy(rdata + primary.size, contact.wire, contact.size);
	uint8_t *at = rdata + primary.size + contact.size;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		for (int shift = 24; shift >= 0; shift -= 8)
			*at++ = (uint8_t)(numbers[i] >> shift);
	*size = (uint16_t)(at - rdata);
	return DONE;
}

static int take_rr(struct content *c, const struct name *owner, uint16_t type, int64_t ttl, const void *rdata,
	size_t size, struct error *e)
{
	const struct zone_rr rr = { owner, type, (uint16_t)size, (uint32_t)ttl, rdata };
	return c->take(&rr, c->context, e);
}

static int note_below(const void *row, void *context, struct error *e)
{
	struct content *c = context;
	struct name name;
	if (name_read(((const struct zone *)row)->name, &name, NULL) != DONE || name_equal(&name, &c->apex)
		|| !name_within(&name, &c->apex))
		return DONE;
	if (c->below_count == c->below_room) {
		size_t room = c->below_room * 2 + 8;
		struct name *more = realloc(c->below, room * sizeof *more);
		if (more == NULL)
			return fail(e, FAILED, "out of memory");
		c->below = more;
		c->below_room = room;
	}
	c->below[c->below_count++] = name;
	return DONE;
}

static bool is_ours(const struct content *c, const struct name *name)
{
	if (!name_within(name, &c->apex))
		return false;
	for (size_t i = 0; i < c->below_count; i++)
		if (name_within(name, &c->below[i]))
			return false;
	return true;
}

/* The pool whose label, in front of the apex, is the name; NULL. */
static const struct pool *pool_at(const struct content *c, const struct name *name)
{
	if (name->size != c->apex.size + 1u + name->wire[0])
		return NULL;
	for (size_t i = 0; i < c->fleet.pool_count; i++)
		if (strlen(c->fleet.pools[i].label) == name->wire[0]
			&& memcmp(c->fleet.pools[i].label, name->wire + 1, name->wire[0]) == 0)
			return &c->fleet.pools[i];
	return NULL;
}

/* Addresses at a pool's label are the pool's. */
static int take_record(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	struct content *c = context;
	struct name owner;
	uint16_t type = (uint16_t)record->type;
	if (row_check(&record_kind, row, NULL) != DONE || name_read(record->owner, &owner, NULL) != DONE
		|| !name_within(&owner, &c->apex) || type == TYPE_SOA
		|| !rdata_whole(type, record->rdata.data, record->rdata.size))
		return DONE;
	if ((type == TYPE_A || type == TYPE_AAAA) && pool_at(c, &owner) != NULL)
		return DONE;
	return take_rr(c, &owner, type, record->ttl, record->rdata.data, record->rdata.size, e);
}

static int take_family(struct content *c, const struct name *owner, int64_t ttl, const char *addresses, uint8_t family,
	struct error *e)
{
	struct address address;
	int outcome = DONE;
	while (outcome == DONE && address_next(&addresses, &address))
		if (address.family == family)
			outcome = take_rr(c, owner, family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA, ttl, address.bytes,
				address_size(&address), e);
	return outcome;
}

static int take_addresses(struct content *c, const struct name *owner, int64_t ttl, const char *addresses,
	struct error *e)
{
	int outcome = take_family(c, owner, ttl, addresses, ADDRESS_V4, e);
	return outcome == DONE ? take_family(c, owner, ttl, addresses, ADDRESS_V6, e) : outcome;
}

/* A host answers for all names below it, too. */
static int take_host(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	struct content *c = context;
	struct name owner, wild = { .size = 2, .wire = "\1*" };
	if (row_check(&host_kind, row, NULL) != DONE || name_read(host->name, &owner, NULL) != DONE
		|| !is_ours(c, &owner))
		return DONE;
	int outcome = take_addresses(c, &owner, host->ttl, host->addresses, e);
	if (outcome != DONE || owner.size > NAME_WIRE - 2)
		return outcome;
	memcpy(wild.wire + 2, owner.wire, owner.size);
	wild.size = (uint8_t)(owner.size + 2);
	return take_addresses(c, &wild, host->ttl, host->addresses, e);
}

/* LABEL in front of the apex; false where that would be no name. */
static bool pool_name(const struct content *c, const struct pool *pool, struct name *owner)
{
	size_t length = strlen(pool->label);
	if (length > NAME_LABEL || length + 1 + c->apex.size > NAME_WIRE)
		return false;
	memset(owner, 0, sizeof *owner);
	owner->size = (uint8_t)(length + 1 + c->apex.size);
	owner->wire[0] = (uint8_t)length;
	memcpy(owner->wire + 1, pool->label, length);
	memcpy(owner->wire + 1 + length, c->apex.wire, c->apex.size);
	return true;
}

/* Appends those addresses that the list has not yet, of the families that the pool's label answers. */
static void gather(const char *addresses, unsigned families, struct text *list)
{
	struct address address;
	while (address_next(&addresses, &address)) {
		char text[ADDRESS_TEXT];
		address_write(&address, text);
		if ((families & (address.family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6)) != 0
			&& !text_lists(list->bytes, text))
			text_addf(list, "%s%s", list->length == 0 ? "" : " ", text);
	}
}

/* All members' addresses. */
static int take_pool(struct content *c, const struct pool *pool, struct error *e)
{
	struct arena scratch = { 0 };
	struct text list = { 0 };
	struct membership m;
	struct name owner;
	if (!pool_name(c, pool, &owner))
		return DONE;
	text_add(&list, "");
	int outcome = steering_pool(&c->fleet, c->offers, pool, &scratch, &m, e);
	for (size_t i = 0; outcome == DONE && !list.broken && i < m.count; i++)
		if (m.seats[i].in)
			gather(m.seats[i].offer->relay->addresses, m.families, &list);
	if (outcome == DONE)
		outcome = list.broken ? fail(e, FAILED, "out of memory")
				      : take_addresses(c, &owner, pool->ttl, list.bytes, e);
	text_free(&list);
	arena_free(&scratch);
	return outcome;
}

static int walk(struct content *c, int64_t now, struct error *e)
{
	const struct registry_engine *engine = c->registry->engine;
	const struct record of = { .zone = c->zone->name, .owner = "" };
	struct error why;
	size_t refused;
	int outcome = name_read(c->zone->name, &c->apex, e);
	if (outcome == DONE)
		outcome = engine->each(c->registry, &zone_kind, NULL, note_below, c, e);
	if (outcome == DONE && registry_fleet(c->registry, &c->arena, &c->fleet, &refused, &why) != DONE)
		outcome = fail(e, FAILED, "%s", why.text);
	c->fleet.now = now;
	if (outcome == DONE)
		outcome = steering_offers(&c->fleet, &c->arena, &c->offers, e);
	if (outcome == DONE)
		outcome = engine->each(c->registry, &record_kind, &of, take_record, c, e);
	for (size_t i = 0; i < c->fleet.pool_count && outcome == DONE; i++)
		outcome = take_pool(c, &c->fleet.pools[i], e);
	return outcome == DONE ? engine->each(c->registry, &host_kind, NULL, take_host, c, e) : outcome;
}

int zone_content_walk(struct registry *registry, const struct zone *zone, int64_t now, zone_rr_taker *take,
	void *context, struct error *e)
{
	struct content c = { .registry = registry, .zone = zone, .take = take, .context = context };
	int outcome = walk(&c, now, e);
	free(c.below);
	arena_free(&c.arena);
	return outcome;
}
