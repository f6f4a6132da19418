/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's records checked alone and together, and put in order. */
#include "tools/zone/zone_records.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "tools/rdata_text.h"
#include "tools/registry/transfer.h"
#include "wire/rdata.h"
#include "zone/form.h"
#include "wire/record.h"

enum {
	TTL_MOST = 2147483647,
};

/* Fails with what is wrong, and its place. */
static int cite(const struct zone_records *z, int outcome, size_t place, const char *owner, const char *what, struct error *e)
{
	const char *space = *owner == '\0' ? "" : " ";
	if (z->source == NULL)
		return fail(e, outcome, "%s%s%s", owner, space, what);
	return fail(e, outcome, z->is_file ? "%s:%zu: %s%s%s" : "%s: record %zu: %s%s%s", z->source, place, owner, space, what);
}

static int refuse(const struct zone_records *z, size_t place, const char *what, struct error *e)
{
	return cite(z, REFUSED, place, "", what, e);
}

static int refuse_record(const struct zone_records *z, const struct zone_record *record, const char *what, struct error *e)
{
	return cite(z, REFUSED, record->place, record->row.owner, what, e);
}

int zone_records_refuse(const struct zone_records *z, const struct zone_record *record, int outcome, const char *what,
	struct error *e)
{
	return cite(z, outcome, record->place, "", what, e);
}

/* One record. */

static int take_soa(struct zone_records *z, const struct zone_rr_read *rr, struct error *e)
{
	char text[NAME_TEXT];
	struct error why;
	const uint8_t *rdata = rr->rdata.data;
	if (z->has_soa)
		return refuse(z, rr->place, "a second SOA", e);
	size_t primary = name_size(rdata, rr->rdata.size);
	size_t contact = primary == 0 ? 0 : name_size(rdata + primary, rr->rdata.size - primary);
	if (contact == 0 || rr->rdata.size != primary + contact + SOA_NUMBERS)
		return refuse(z, rr->place, "the SOA is not whole", e);
	name_write(rdata, text);
	z->zone.primary = arena_text(&z->arena, text);
	name_write(rdata + primary, text);
	z->zone.contact = arena_text(&z->arena, text);
	struct cursor times = cursor_reading(rdata + primary + contact, SOA_NUMBERS);
	z->serial = cursor_u32(&times);
	z->zone.refresh = cursor_u32(&times);
	z->zone.retry = cursor_u32(&times);
	z->zone.expire = cursor_u32(&times);
	z->zone.minimum = cursor_u32(&times);
	z->zone.ttl = rr->ttl;
	z->has_soa = true;
	return row_check(&zone_kind, &z->zone, &why) == DONE ? DONE : refuse(z, rr->place, why.text, e);
}

/* Whether a signer makes this type: RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, ZONEMD, and at the apex CDS and CDNSKEY
 * (RFC 7344 section 4.1), which would tell the parent of another signer's keys. */
static bool of_a_signer(uint16_t type, bool at_apex)
{
	return type_of_signing(type, at_apex) || type == TYPE_ZONEMD;
}

static int keep(struct zone_records *z, const struct zone_rr_read *rr, struct error *e)
{
	char owner[NAME_TEXT];
	name_write(rr->owner.wire, owner);
	if (z->owner_copy == NULL || strcmp(owner, z->owner_copy) != 0)
		z->owner_copy = arena_text(&z->arena, owner); /* most records have the same owner as the last one */
	void *rdata = arena_bytes(&z->arena, rr->rdata.size + 1);
	if (z->owner_copy == NULL || rdata == NULL || !array_room(&z->records, &z->room, z->count + 1, sizeof *z->records))
		return fail(e, FAILED, "out of memory");
	if (rr->rdata.size > 0)
		memcpy(rdata, rr->rdata.data, rr->rdata.size);
	z->records[z->count++] = (struct zone_record){ .place = rr->place,
		.row = { .zone = z->zone.name, .owner = z->owner_copy, .type = rr->type, .ttl = rr->ttl,
			.rdata = { rdata, rr->rdata.size } } };
	progress("records read:", z->count, false);
	return DONE;
}

int zone_records_take(struct zone_records *z, const struct zone_rr_read *rr, struct error *e)
{
	const char *wrong = NULL;
	if (rr->class != CLASS_IN)
		wrong = "only class IN is served";
	else if (!name_within(&rr->owner, &z->origin))
		wrong = "the record is outside the zone";
	else if (rr->ttl > TTL_MOST)
		wrong = "the TTL is beyond 2147483647 (RFC 2181 section 8)";
	else if (rr->type == TYPE_SOA && !name_equal(&rr->owner, &z->origin))
		wrong = "an SOA that is not at the zone's apex";
	if (wrong != NULL)
		return refuse(z, rr->place, wrong, e);
	if (rr->type == TYPE_SOA)
		return take_soa(z, rr, e);
	if (of_a_signer(rr->type, name_equal(&rr->owner, &z->origin))) {
		z->skipped++;
		return DONE;
	}
	if (!type_of_data(rr->type))
		return refuse(z, rr->place, "a type that cannot stand in a zone", e);
	if (!rdata_whole(rr->type, rr->rdata))
		return refuse(z, rr->place, "the RDATA is not of its type's form", e);
	return keep(z, rr, e);
}

/* The zone. */

int record_compare(const struct record *a, const struct record *b)
{
	int order = strcmp(a->owner, b->owner);
	if (order == 0)
		order = (a->type > b->type) - (a->type < b->type);
	return order != 0 ? order : rdata_compare((uint16_t)a->type, a->rdata, b->rdata);
}

static int compare(const void *left, const void *right)
{
	const struct zone_record *a = left, *b = right;
	return record_compare(&a->row, &b->row);
}

static bool same_owner(const struct zone_record *a, const struct zone_record *b)
{
	return strcmp(a->row.owner, b->row.owner) == 0;
}

static bool same_set(const struct zone_record *a, const struct zone_record *b)
{
	return a->row.type == b->row.type && same_owner(a, b);
}

/* Removes duplicates from the sorted records, and gives each RRset one TTL. */
static void settle(struct zone_records *z)
{
	struct zone_record *records = z->records;
	size_t kept = 0;
	for (size_t i = 0; i < z->count; i++)
		if (kept == 0 || compare(&records[kept - 1], &records[i]) != 0)
			records[kept++] = records[i];
		else if (records[i].row.ttl < records[kept - 1].row.ttl)
			records[kept - 1].row.ttl = records[i].row.ttl;
	z->count = kept;
	for (size_t first = 0, end; first < kept; first = end) {
		int64_t lowest = records[first].row.ttl;
		bool differ = false;
		for (end = first + 1; end < kept && same_set(&records[first], &records[end]); end++) {
			differ |= records[end].row.ttl != lowest;
			lowest = records[end].row.ttl < lowest ? records[end].row.ttl : lowest;
		}
		for (size_t i = first; differ && i < end; i++)
			records[i].row.ttl = lowest;
		z->differing += differ;
	}
}

/* Checks whether one owner's records can stand side by side (zone/form.h). The last of them is cited. */
static int check_owner(const struct zone_records *z, size_t first, size_t end, struct error *e)
{
	const struct zone_record *last = &z->records[first];
	const char *owner = last->row.owner;
	unsigned form = (strcmp(owner, z->zone.name) == 0 ? FORM_APEX : 0) | (strncmp(owner, "*.", 2) == 0 ? FORM_WILDCARD : 0);
	for (size_t i = first; i < end; i++) {
		form = form_with(form, (uint16_t)z->records[i].row.type);
		if (z->records[i].place > last->place)
			last = &z->records[i];
	}
	const char *fault = form_fault(form);
	return fault == NULL ? DONE : refuse_record(z, last, fault, e);
}

static int compare_owner(const void *owner, const void *record)
{
	return strcmp(owner, ((const struct zone_record *)record)->row.owner);
}

/* Whether the name owns a DNAME. Records are sorted by owner, so the search finds one of the owner's, and the others are
 * beside it. */
static bool renames(const struct zone_records *z, const char *owner)
{
	const struct zone_record *end = z->records + z->count,
		*found = bsearch(owner, z->records, z->count, sizeof *found, compare_owner);
	if (found == NULL)
		return false;
	while (found > z->records && strcmp(found[-1].row.owner, owner) == 0)
		found--;
	for (; found < end && strcmp(found->row.owner, owner) == 0; found++)
		if (found->row.type == TYPE_DNAME)
			return true;
	return false;
}

static int check_renamed(const struct zone_records *z, struct error *e)
{
	bool any = false;
	for (size_t i = 0; i < z->count; i++)
		any |= z->records[i].row.type == TYPE_DNAME;
	for (size_t i = 0; i < z->count && any; i++) {
		const struct zone_record *record = &z->records[i];
		for (const char *at = name_parent(record->row.owner); at != NULL; at = name_parent(at))
			if (renames(z, at))
				return refuse_record(z, record, form_fault_below(FORM_RENAMING), e);
	}
	return DONE;
}

/* The RRset that begins at FIRST must fit into a message. */
static int check_size(const struct zone_records *z, size_t first, struct error *e)
{
	size_t size = 0;
	if (first > 0 && same_set(&z->records[first - 1], &z->records[first]))
		return DONE;
	for (size_t i = first; i < z->count && same_set(&z->records[first], &z->records[i]); i++) {
		size += RR_FIXED + z->records[i].row.rdata.size;
		if (size > RRSET_MOST)
			return refuse_record(z, &z->records[i], "has more of this type than fit into a message", e);
	}
	return DONE;
}

static int check_zone(const struct zone_records *z, struct error *e)
{
	bool served = false;
	int outcome = DONE;
	for (size_t first = 0, end; first < z->count && outcome == DONE; first = end) {
		for (end = first + 1; end < z->count; end++)
			if (!same_owner(&z->records[first], &z->records[end]))
				break;
		outcome = check_owner(z, first, end, e);
		bool apex = strcmp(z->records[first].row.owner, z->zone.name) == 0;
		for (size_t i = first; i < end && outcome == DONE; i++) {
			served |= apex && z->records[i].row.type == TYPE_NS;
			outcome = check_size(z, i, e);
		}
	}
	if (outcome == DONE)
		outcome = check_renamed(z, e);
	if (outcome == DONE && !served)
		outcome = fail(e, REFUSED, "%s: the zone has no NS at its apex, %s", z->source, z->zone.name);
	return outcome;
}

int zone_records_begin(struct zone_records *z, const char *source, bool is_file, const char *origin, struct error *e)
{
	*z = (struct zone_records){ .source = source, .is_file = is_file };
	z->zone.name = arena_text(&z->arena, origin);
	return z->zone.name == NULL ? fail(e, FAILED, "out of memory") : name_read(origin, &z->origin, e);
}

int zone_records_end(struct zone_records *z, struct error *e)
{
	progress("", 0, true);
	if (z->count > 0)
		qsort(z->records, z->count, sizeof *z->records, compare);
	settle(z);
	return check_zone(z, e);
}

void zone_records_free(struct zone_records *z)
{
	free(z->records);
	arena_free(&z->arena);
}
