/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zone_rows.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/zone_view.h"
#include "lib/address.h"
#include "wire/rdata.h"

enum { TYPE_NSEC3 = 50, TYPE_NSEC3PARAM = 51 };

static int note_below(const void *row, void *context, struct error *e)
{
	struct zone_rows *z = context;
	struct name name;
	if (name_read(((const struct zone *)row)->name, &name, NULL) != DONE || name_equal(&name, &z->apex)
		|| !name_within(&name, &z->apex))
		return DONE;
	if (z->below_count == z->below_room) {
		size_t room = z->below_room * 2 + 8;
		struct name *more = realloc(z->below, room * sizeof *more);
		if (more == NULL)
			return fail(e, FAILED, "out of memory");
		z->below = more;
		z->below_room = room;
	}
	z->below[z->below_count++] = name;
	return DONE;
}

int zone_rows_begin(struct zone_rows *z, struct error *e)
{
	int outcome = name_read(z->zone->name, &z->apex, e);
	if (outcome == DONE)
		outcome = z->registry->engine->each(z->registry, &zone_kind, NULL, note_below, z, e);
	return outcome == DONE ? registry_all(z->registry, &pool_kind, NULL, &z->arena, (void **)&z->pools,
		&z->pool_count, e) : outcome;
}

void zone_rows_end(struct zone_rows *z)
{
	free(z->below);
	arena_free(&z->arena);
}

static bool is_ours(const struct zone_rows *z, const struct name *name)
{
	if (!name_within(name, &z->apex))
		return false;
	for (size_t i = 0; i < z->below_count; i++)
		if (name_within(name, &z->below[i]))
			return false;
	return true;
}

bool zone_rows_is_pool(const struct zone_rows *z, const struct name *name)
{
	if (name->size != z->apex.size + 1u + name->wire[0])
		return false;
	for (size_t i = 0; i < z->pool_count; i++)
		if (strlen(z->pools[i].label) == name->wire[0]
			&& memcmp(z->pools[i].label, name->wire + 1, name->wire[0]) == 0)
			return true;
	return false;
}

int zone_rows_find_host(const struct zone_rows *z, const struct name *name, struct error *e)
{
	char text[NAME_TEXT];
	struct arena arena = { 0 };
	name_write(name->wire, text);
	struct host host = { .name = text };
	int outcome = z->registry->engine->get(z->registry, &host_kind, &host, &arena, &host, e);
	arena_free(&arena);
	return outcome;
}

/* A host's addresses stand in for static ones of its name, and of *.HOST. */
static int host_owns(const struct zone_rows *z, const struct name *owner, struct error *e)
{
	int outcome = zone_rows_find_host(z, owner, e);
	if (outcome != ABSENT || owner->wire[0] != 1 || owner->wire[1] != '*')
		return outcome;
	struct name above = { .size = (uint8_t)(owner->size - 2) };
	memcpy(above.wire, owner->wire + 2, above.size);
	return zone_rows_find_host(z, &above, e);
}

/* What signing makes, or has made elsewhere. */
static bool is_of_signing(uint16_t type, bool at_apex)
{
	return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_DNSKEY || type == TYPE_NSEC3
		|| type == TYPE_NSEC3PARAM || (at_apex && (type == TYPE_CDS || type == TYPE_CDNSKEY));
}

int zone_rows_record(struct zone_rows *z, const struct record *record, struct error *e)
{
	struct name owner;
	uint16_t type = (uint16_t)record->type;
	if (row_check(&record_kind, record, NULL) != DONE || name_read(record->owner, &owner, NULL) != DONE
		|| !name_within(&owner, &z->apex) || type == TYPE_SOA
		|| !rdata_whole(type, record->rdata)
		|| (z->zone->signed_ != ZONE_UNSIGNED && is_of_signing(type, name_equal(&owner, &z->apex))))
		return DONE;
	bool address = type == TYPE_A || type == TYPE_AAAA;
	int outcome = !address ? ABSENT : zone_rows_is_pool(z, &owner) ? DONE : host_owns(z, &owner, e);
	if (outcome != ABSENT)
		return outcome;
	static const uint8_t nothing[1]; /* in the place of a NULL that no memcpy likes */
	const struct zone_rr rr = { &owner, type, (uint16_t)record->rdata.size, (uint32_t)record->ttl,
		record->rdata.size > 0 ? record->rdata.data : nothing };
	return z->take(&rr, z->context, e);
}

static int take_family(zone_rr_taker *take, void *context, const struct name *owner, int64_t ttl,
	const char *addresses, uint8_t family, struct error *e)
{
	struct address address;
	int outcome = DONE;
	while (outcome == DONE && address_next(&addresses, &address)) {
		const struct zone_rr rr = { owner, family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA,
			(uint16_t)address_size(&address), (uint32_t)ttl, address.bytes };
		if (address.family == family)
			outcome = take(&rr, context, e);
	}
	return outcome;
}

int take_addresses(zone_rr_taker *take, void *context, const struct name *owner, int64_t ttl, const char *addresses,
	struct error *e)
{
	int outcome = take_family(take, context, owner, ttl, addresses, ADDRESS_V4, e);
	return outcome == DONE ? take_family(take, context, owner, ttl, addresses, ADDRESS_V6, e) : outcome;
}

/* A host answers for all names below it, too. */
int zone_rows_host(struct zone_rows *z, const struct host *host, struct error *e)
{
	struct name owner, wild = { .size = 2, .wire = "\1*" };
	if (row_check(&host_kind, host, NULL) != DONE || name_read(host->name, &owner, NULL) != DONE
		|| !is_ours(z, &owner))
		return DONE;
	int outcome = zone_rows_is_pool(z, &owner) ? DONE
		: take_addresses(z->take, z->context, &owner, host->ttl, host->addresses, e);
	if (outcome != DONE || owner.size > NAME_WIRE - 2)
		return outcome;
	memcpy(wild.wire + 2, owner.wire, owner.size);
	wild.size = (uint8_t)(owner.size + 2);
	return take_addresses(z->take, z->context, &wild, host->ttl, host->addresses, e);
}

int zone_rows_pool(struct zone_rows *z, const struct zone_rr *rr, struct error *e)
{
	size_t label = rr->owner->size - 1u;
	struct name owner = *rr->owner;
	if (label + z->apex.size > NAME_WIRE)
		return DONE;
	memcpy(owner.wire + label, z->apex.wire, z->apex.size);
	owner.size = (uint8_t)(label + z->apex.size);
	struct zone_rr here = *rr;
	here.owner = &owner;
	return z->take(&here, z->context, e);
}
