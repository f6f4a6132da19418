/* SPDX-License-Identifier: BSD-2-Clause */
/* All rows of a zone, walked once. */
#include "zone/content.h"

#include <stdlib.h>
#include <string.h>

#include "lib/address.h"
#include "registry/fleet.h"
#include "steering/label.h"
#include "steering/steering.h"
#include "zone/rows.h"

int zone_content_soa(const struct zone *zone, uint32_t serial, uint8_t *rdata, uint16_t *size, struct error *e)
{
	struct name primary, contact;
	const int64_t numbers[] = { serial, zone->refresh, zone->retry, zone->expire, zone->minimum };
	struct cursor soa = cursor_over(rdata, SOA_RDATA_MOST);
	int outcome = name_read(zone->primary, &primary, e);
	if (outcome == DONE)
		outcome = name_read(zone->contact, &contact, e);
	if (outcome != DONE)
		return outcome;
	cursor_put(&soa, primary.wire, primary.size);
	cursor_put(&soa, contact.wire, contact.size);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		cursor_put_u32(&soa, (uint32_t)numbers[i]);
	*size = (uint16_t)cursor_done(&soa);
	return DONE;
}

/* Appends those addresses that the list has not yet, of the families that the pool's label answers. */
static void gather(const char *addresses, unsigned families, struct text *list)
{
	struct address address;
	while (address_next(&addresses, &address)) {
		char text[ADDRESS_TEXT];
		address_write(&address, text);
		if ((families & label_family(address.family)) != 0
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
				      : take_addresses(keep, pools, &owner, pool->ttl, list.bytes, e);
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

/* The whole zone. */

static int take_pool(const struct zone_rr *rr, void *context, struct error *e)
{
	return zone_rows_pool(context, rr, e);
}

static int take_record(const void *row, void *context, struct error *e)
{
	return zone_rows_record(context, row, e);
}

static int take_below(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	return strcmp(record->owner, record->zone) == 0 ? DONE : zone_rows_record(context, row, e);
}

static int walk_records(struct zone_rows *rows, struct error *e)
{
	const struct record apex = { .zone = rows->zone->name, .owner = rows->zone->name };
	int outcome = registry_each_in(rows->registry, &record_kind, &apex, take_record, rows, e);
	if (outcome == DONE)
		outcome = registry_each(rows->registry, &record_kind, &apex, take_below, rows, e);
	return outcome == DONE ? zone_rows_flush(rows, e) : outcome;
}

static int take_host(const void *row, void *context, struct error *e)
{
	return zone_rows_host(context, row, e);
}

int zone_content_walk(struct registry *registry, const struct zone *zone, const struct rr_list *pools,
	zone_rr_taker *take, void *context, struct error *e)
{
	struct zone_rows rows = { .registry = registry, .zone = zone, .take = take, .context = context };
	int outcome = zone_rows_begin(&rows, true, e);
	if (outcome == DONE)
		outcome = walk_records(&rows, e);
	if (outcome == DONE)
		outcome = rr_list_walk(pools, take_pool, &rows, e);
	if (outcome == DONE)
		outcome = registry_each(registry, &host_kind, NULL, take_host, &rows, e);
	zone_rows_end(&rows);
	return outcome;
}
