/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zone_content.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/zone_view.h"
#include "lib/address.h"
#include "registry/difference.h"
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
	struct pool *pools; /* for their labels */
	size_t pool_count;
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

/* Whether the name is a pool's label in front of the apex. */
static bool is_pool(const struct content *c, const struct name *name)
{
	if (name->size != c->apex.size + 1u + name->wire[0])
		return false;
	for (size_t i = 0; i < c->pool_count; i++)
		if (strlen(c->pools[i].label) == name->wire[0]
			&& memcmp(c->pools[i].label, name->wire + 1, name->wire[0]) == 0)
			return true;
	return false;
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
	if ((type == TYPE_A || type == TYPE_AAAA) && is_pool(c, &owner))
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

/* Pools. */

static int keep(const struct zone_rr *rr, void *context, struct error *e)
{
	return rr_list_add(context, rr) ? DONE : fail(e, FAILED, "out of memory");
}

/* All members' addresses. */
static int list_pool(const struct fleet *fleet, const struct offer *offers, const struct pool *pool,
	struct rr_list *pools, struct error *e)
{
	struct content c = { .take = keep, .context = pools };
	struct arena scratch = { 0 };
	struct text list = { 0 };
	struct membership m;
	struct name owner;
	if (name_read(pool->label, &owner, NULL) != DONE || owner.size != strlen(pool->label) + 2)
		return DONE;
	text_add(&list, "");
	int outcome = steering_pool(fleet, offers, pool, &scratch, &m, e);
	for (size_t i = 0; outcome == DONE && !list.broken && i < m.count; i++)
		if (m.seats[i].in)
			gather(m.seats[i].offer->relay->addresses, m.families, &list);
	if (outcome == DONE)
		outcome = list.broken ? fail(e, FAILED, "out of memory")
				      : take_addresses(&c, &owner, pool->ttl, list.bytes, e);
	text_free(&list);
	arena_free(&scratch);
	return outcome;
}

int zone_content_pools(struct registry *registry, int64_t now, struct rr_list *pools, struct error *e)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	struct offer *offers;
	struct error why;
	size_t refused;
	int outcome = registry_fleet(registry, &arena, &fleet, &refused, &why) == DONE ? DONE
		: fail(e, FAILED, "%s", why.text);
	fleet.now = now;
	if (outcome == DONE)
		outcome = steering_offers(&fleet, &arena, &offers, e);
	for (size_t i = 0; outcome == DONE && i < fleet.pool_count; i++)
		outcome = list_pool(&fleet, offers, &fleet.pools[i], pools, e);
	arena_free(&arena);
	return outcome;
}

/* A pool's RR in this zone. */
static int take_pool(const struct zone_rr *rr, void *context, struct error *e)
{
	struct content *c = context;
	size_t label = rr->owner->size - 1u;
	struct name owner = *rr->owner;
	if (label + c->apex.size > NAME_WIRE)
		return DONE;
	memcpy(owner.wire + label, c->apex.wire, c->apex.size);
	owner.size = (uint8_t)(label + c->apex.size);
	return take_rr(c, &owner, rr->type, rr->ttl, rr->rdata, rr->length, e);
}

/* The whole zone. */

static int begin(struct content *c, struct error *e)
{
	int outcome = name_read(c->zone->name, &c->apex, e);
	if (outcome == DONE)
		outcome = c->registry->engine->each(c->registry, &zone_kind, NULL, note_below, c, e);
	return outcome == DONE ? registry_all(c->registry, &pool_kind, NULL, &c->arena, (void **)&c->pools,
		&c->pool_count, e) : outcome;
}

static void end(struct content *c)
{
	free(c->below);
	arena_free(&c->arena);
}

int zone_content_walk(struct registry *registry, const struct zone *zone, const struct rr_list *pools,
	zone_rr_taker *take, void *context, struct error *e)
{
	struct content c = { .registry = registry, .zone = zone, .take = take, .context = context };
	const struct record of = { .zone = zone->name, .owner = "" };
	int outcome = begin(&c, e);
	if (outcome == DONE)
		outcome = registry->engine->each(registry, &record_kind, &of, take_record, &c, e);
	if (outcome == DONE)
		outcome = rr_list_walk(pools, take_pool, &c, e);
	if (outcome == DONE)
		outcome = registry->engine->each(registry, &host_kind, NULL, take_host, &c, e);
	end(&c);
	return outcome;
}

/* Differences. */

struct difference_of {
	struct content *content;
	struct rr_list was, is, *removed, *added;
};

static bool same_rr(const struct zone_rr *a, const struct zone_rr *b)
{
	return a->type == b->type && a->ttl == b->ttl && a->length == b->length
		&& memcmp(a->rdata, b->rdata, a->length) == 0 && name_equal(a->owner, b->owner);
}

/* Gives those of LIST that OTHER does not have to ONLY. */
static bool without(const struct rr_list *list, const struct rr_list *other, struct rr_list *only)
{
	struct name owner = { 0 }, others = { 0 };
	struct zone_rr rr, o;
	bool well = true;
	for (size_t at = 0; well && rr_list_next(list, &at, &rr, &owner);) {
		bool there = false;
		for (size_t i = 0; !there && rr_list_next(other, &i, &o, &others);)
			there = same_rr(&rr, &o);
		well = there || rr_list_add(only, &rr);
	}
	return well;
}

static int compare(struct difference_of *d, struct error *e)
{
	bool well = without(&d->was, &d->is, d->removed) && without(&d->is, &d->was, d->added);
	d->was.size = d->is.size = 0;
	return well ? DONE : fail(e, FAILED, "out of memory");
}

static int differ_host(void *context, const struct host *was, const struct host *is, struct error *e)
{
	struct difference_of *d = context;
	d->content->context = &d->was;
	int outcome = was == NULL ? DONE : take_host(was, d->content, e);
	d->content->context = &d->is;
	if (outcome == DONE && is != NULL)
		outcome = take_host(is, d->content, e);
	return outcome == DONE ? compare(d, e) : outcome;
}

static int differ_record(void *context, const struct record *was, const struct record *is, struct error *e)
{
	struct difference_of *d = context;
	d->content->context = &d->was;
	int outcome = was == NULL ? DONE : take_record(was, d->content, e);
	d->content->context = &d->is;
	if (outcome == DONE && is != NULL)
		outcome = take_record(is, d->content, e);
	return outcome == DONE ? compare(d, e) : outcome;
}

static int differ_pools(struct difference_of *d, const struct rr_list *former, const struct rr_list *pools,
	struct error *e)
{
	struct rr_list went = { 0 }, came = { 0 };
	int outcome = without(former, pools, &went) && without(pools, former, &came) ? DONE
		: fail(e, FAILED, "out of memory");
	d->content->context = d->removed;
	if (outcome == DONE)
		outcome = rr_list_walk(&went, take_pool, d->content, e);
	d->content->context = d->added;
	if (outcome == DONE)
		outcome = rr_list_walk(&came, take_pool, d->content, e);
	free(went.octets);
	free(came.octets);
	return outcome;
}

int zone_content_difference(struct registry *registry, const struct zone *zone, int64_t after,
	const struct rr_list *former, const struct rr_list *pools, struct rr_list *removed, struct rr_list *added,
	struct error *e)
{
	struct content c = { .registry = registry, .zone = zone, .take = keep };
	struct difference_of d = { .content = &c, .removed = removed, .added = added };
	const struct difference_taker taker = { differ_host, differ_record, &d };
	struct difference_else also;
	int outcome = begin(&c, e);
	if (outcome == DONE)
		outcome = registry_difference(registry, after, zone->name, &taker, &also, e);
	if (outcome == DONE && (also.zones || also.pools || (also.fleet && former == NULL)))
		outcome = fail(e, ABSENT, "more than hosts and records changed");
	if (outcome == DONE && former != NULL)
		outcome = differ_pools(&d, former, pools, e);
	free(d.was.octets);
	free(d.is.octets);
	end(&c);
	return outcome;
}
