/* SPDX-License-Identifier: BSD-2-Clause */
/* RRs made of hosts, records and pools, and who owns what where they meet. */
#include "zone/rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/address.h"
#include "lib/array.h"
#include "wire/rdata.h"
#include "zone/form.h"
#include "wire/type.h"

/* Names. */

static int add_name(struct name **names, size_t *count, size_t *room, const struct name *name, struct error *e)
{
	if (!array_room(names, room, *count + 1, sizeof **names))
		return fail(e, FAILED, "out of memory");
	(*names)[(*count)++] = *name;
	return DONE;
}

static int note_below(const void *row, void *context, struct error *e)
{
	struct zone_rows *z = context;
	struct name name;
	if (name_read(((const struct zone *)row)->name, &name, NULL) != DONE || name_equal(&name, &z->apex)
		|| !name_within(&name, &z->apex))
		return DONE;
	return add_name(&z->below, &z->below_count, &z->below_room, &name, e);
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	return x->size != y->size ? x->size - y->size : memcmp(x->wire, y->wire, x->size);
}

static int note_renaming(const void *row, void *context, struct error *e)
{
	struct zone_rows *z = context;
	const struct record *record = row;
	struct name name;
	return record->type != TYPE_DNAME || name_read(record->owner, &name, NULL) != DONE ? DONE
		: add_name(&z->renaming, &z->renaming_count, &z->renaming_room, &name, e);
}

static int note_all_renamings(struct zone_rows *z, struct error *e)
{
	const struct record of = { .zone = z->zone->name, .owner = "" };
	int outcome = registry_each(z->registry, &record_kind, &of, note_renaming, z, e);
	if (z->renaming_count > 1)
		qsort(z->renaming, z->renaming_count, sizeof *z->renaming, compare_names);
	z->whole = true;
	return outcome;
}

int zone_rows_begin(struct zone_rows *z, bool whole, struct error *e)
{
	int outcome = name_read(z->zone->name, &z->apex, e);
	if (outcome == DONE)
		outcome = registry_each(z->registry, &zone_kind, NULL, note_below, z, e);
	if (outcome == DONE && whole)
		outcome = note_all_renamings(z, e);
	return outcome == DONE ? registry_all(z->registry, &pool_kind, NULL, &z->arena, (void **)&z->pools,
		&z->pool_count, e) : outcome;
}

void zone_rows_end(struct zone_rows *z)
{
	free(z->below);
	free(z->renaming);
	free(z->records);
	arena_free(&z->gathered);
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

static int find_host(const struct zone_rows *z, const struct name *name, struct error *e)
{
	char text[NAME_TEXT];
	struct arena arena = { 0 };
	name_write(name->wire, text);
	struct host host = { .name = text };
	int outcome = registry_get(z->registry, &host_kind, &host, &arena, &host, e);
	arena_free(&arena);
	return outcome;
}

static bool is_wildcard(const struct name *name)
{
	return name->wire[0] == 1 && name->wire[1] == '*';
}

static struct name parent_of(const struct name *name)
{
	struct name parent = { .size = (uint8_t)(name->size - 1 - name->wire[0]) };
	memcpy(parent.wire, name->wire + 1 + name->wire[0], parent.size);
	return parent;
}

/* A host's addresses are answered in the place of static ones at its name and at *.HOST. */
int zone_rows_form(const struct zone_rows *z, const struct name *owner, bool host, unsigned *form, struct error *e)
{
	*form = (name_equal(owner, &z->apex) ? FORM_APEX : 0) | (is_wildcard(owner) ? FORM_WILDCARD : 0)
		| (zone_rows_is_pool(z, owner) ? FORM_POOL : 0);
	if ((*form & FORM_APEX) != 0 || (!host && (*form & FORM_WILDCARD) == 0))
		return DONE;
	int outcome = find_host(z, owner, e);
	if (outcome == ABSENT && (*form & FORM_WILDCARD) != 0) {
		struct name above = parent_of(owner);
		outcome = find_host(z, &above, e);
	}
	*form |= outcome == DONE ? FORM_HOST : 0;
	return outcome == ABSENT ? DONE : outcome;
}

/* What stands below a DNAME. */

static bool knows_renaming(const struct zone_rows *z, const struct name *name)
{
	return bsearch(name, z->renaming, z->renaming_count, sizeof *name, compare_names) != NULL;
}

static int is_renaming(const void *row, void *context, struct error *e)
{
	(void)e;
	*(bool *)context |= ((const struct record *)row)->type == TYPE_DNAME;
	return DONE;
}

static int ask_renaming(const struct zone_rows *z, const struct name *name, bool *renaming, struct error *e)
{
	char text[NAME_TEXT];
	name_write(name->wire, text);
	const struct record of = { .zone = z->zone->name, .owner = text };
	return registry_each_in(z->registry, &record_kind, &of, is_renaming, renaming, e);
}

/* Whether NAME, at or below the apex, is below a DNAME, so that what it has is not answered (RFC 6672 section 2.4). */
static int is_renamed(const struct zone_rows *z, const struct name *name, bool *renamed, struct error *e)
{
	int outcome = DONE;
	*renamed = false;
	if (z->whole && z->renaming_count == 0)
		return DONE;
	for (struct name at = *name; outcome == DONE && !*renamed && at.size > z->apex.size;) {
		at = parent_of(&at);
		if (z->whole)
			*renamed = knows_renaming(z, &at);
		else
			outcome = ask_renaming(z, &at, renamed, e);
	}
	return outcome;
}

/* Static records. */

static bool can_be_served(const struct zone_rows *z, const struct record *record, bool at_apex)
{
	uint16_t type = (uint16_t)record->type;
	return row_check(&record_kind, record, NULL) == DONE && type != TYPE_SOA && rdata_whole(type, record->rdata)
		&& (z->zone->signed_ == ZONE_UNSIGNED || !type_of_signing(type, at_apex));
}

/* Whether an earlier one of the name's records says the same, or is the one CNAME or DNAME that is served. */
static bool is_said(const struct zone_rows *z, size_t which)
{
	const struct record *record = &z->records[which];
	uint16_t type = (uint16_t)record->type;
	bool alone = type == TYPE_CNAME || type == TYPE_DNAME;
	if (!alone && !rdata_has_names(type)) /* RDATA without names differs by its octets, and the registry has no row
	                                       * twice */
		return false;
	while (which-- > 0 && z->records[which].type == record->type)
		if (alone || rdata_compare(type, z->records[which].rdata, record->rdata) == 0)
			return true;
	return false;
}

/* A name's records, all that can be served. */
static int give_records(struct zone_rows *z, const struct name *owner, struct error *e)
{
	static const uint8_t nothing[1]; /* for empty RDATA: memcpy may not be given NULL */
	unsigned form = 0, is;
	for (size_t i = 0; i < z->record_count; i++)
		form = form_with(form, (uint16_t)z->records[i].type);
	int outcome = zone_rows_form(z, owner, (form & (FORM_ADDRESS | FORM_ALIAS)) != 0, &is, e);
	if (outcome != DONE || (is & (FORM_WILDCARD | FORM_HOST)) == (FORM_WILDCARD | FORM_HOST))
		return outcome; /* a host answers for all of *.HOST */
	form |= is;
	for (size_t i = 0; i < z->record_count && outcome == DONE; i++) {
		const struct record *record = &z->records[i];
		uint16_t type = (uint16_t)record->type;
		const struct zone_rr rr = { owner, type, (uint16_t)record->rdata.size, (uint32_t)record->ttl,
			record->rdata.size > 0 ? record->rdata.data : nothing };
		if (!form_hides(form, type) && !is_said(z, i))
			outcome = z->take(&rr, z->context, e);
	}
	return outcome;
}

int zone_rows_flush(struct zone_rows *z, struct error *e)
{
	struct name owner;
	bool renamed = true;
	int outcome = DONE;
	if (z->record_count > 0 && name_read(z->records[0].owner, &owner, NULL) == DONE && name_within(&owner, &z->apex))
		outcome = is_renamed(z, &owner, &renamed, e);
	if (outcome == DONE && !renamed)
		outcome = give_records(z, &owner, e);
	z->record_count = 0;
	arena_free(&z->gathered);
	return outcome;
}

int zone_rows_record(struct zone_rows *z, const struct record *record, struct error *e)
{
	int outcome = z->record_count > 0 && strcmp(z->records[0].owner, record->owner) != 0 ? zone_rows_flush(z, e) : DONE;
	if (outcome != DONE || !can_be_served(z, record, strcmp(record->owner, z->zone->name) == 0))
		return outcome;
	if (!array_room(&z->records, &z->record_room, z->record_count + 1, sizeof *z->records))
		return fail(e, FAILED, "out of memory");
	return row_copy(&record_kind, record, &z->records[z->record_count++], &z->gathered, e);
}

/* Addresses. */

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

static int take_host(struct zone_rows *z, const struct host *host, const struct name *owner, struct error *e)
{
	bool renamed;
	int outcome = is_renamed(z, owner, &renamed, e);
	return outcome != DONE || renamed ? outcome
		: take_addresses(z->take, z->context, owner, host->ttl, host_addresses(host), e);
}

/* A host's addresses are answered at its name and, by a wildcard, at all names below it. */
int zone_rows_host(struct zone_rows *z, const struct host *host, struct error *e)
{
	struct name owner, wild = { .size = 2, .wire = "\1*" };
	if (row_check(&host_kind, host, NULL) != DONE || name_read(host->name, &owner, NULL) != DONE
		|| !is_ours(z, &owner) || name_equal(&owner, &z->apex))
		return DONE;
	int outcome = zone_rows_is_pool(z, &owner) ? DONE : take_host(z, host, &owner, e);
	if (outcome != DONE || owner.size > NAME_WIRE - 2)
		return outcome;
	memcpy(wild.wire + 2, owner.wire, owner.size);
	wild.size = (uint8_t)(owner.size + 2);
	return take_host(z, host, &wild, e);
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
	bool renamed;
	int outcome = is_renamed(z, &owner, &renamed, e);
	return outcome != DONE || renamed ? outcome : z->take(&here, z->context, e);
}
