/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone built from its records: nodes with rendered RRsets, empty non-terminals, and flags of what it holds. */
#include "dnsd/view/zone_view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "wire/compress.h"
#include "dnsd/store/nodes.h"
#include "dnsd/store/scan.h"
#include "dnsd/view/usage.h"
#include "wire/rdata.h"
#include "zone/content.h"
#include "zone/form.h"

struct zone_builder {
	struct zone_view *zone;
	struct name owner;  /* whose records are being gathered; size 0 for none yet */
	char owner_text[NAME_TEXT];
	unsigned form; /* of the owner, so far (zone/form.h) */
	uint16_t rrsets, type, count;
	size_t head, used, room; /* of bytes: where the current RRset begins, what is filled */
	uint8_t *bytes;
};

/* As in a message whose question is the owner. */
static void shorten_soa(struct zone_view *zone)
{
	uint8_t message[QUESTION_NAME + NAME_WIRE + RR_FIXED + SOA_RDATA_MOST];
	struct compression known;
	struct short_soa *soa = &zone->short_soa;
	size_t from = QUESTION_NAME + (size_t)zone->name.size, at = from + RR_FIXED;
	memcpy(message + QUESTION_NAME, zone->name.wire, zone->name.size);
	compress_begin(&known, message, QUESTION_NAME);
	size_t end = compress_rdata(&known, message, at, sizeof message, TYPE_SOA, zone->soa, zone->soa_size);
	soa->size = (uint16_t)(rr_render(soa->rr, TYPE_SOA, zone->negative_ttl, message + at, (uint16_t)(end - at)) - soa->rr);
	struct short_soa_pointer *pointer = soa->pointer;
	while (at + SOA_NUMBERS < end) {
		size_t octet = message[at];
		if (octet <= NAME_LABEL) {
			at += octet + 1;
			continue;
		}
		size_t to = octets_16(message + at) & POINTER_MOST;
		bool within = to >= from;
		*pointer++ = (struct short_soa_pointer){ (uint16_t)(at - from),
			(uint16_t)(to - (within ? from : QUESTION_NAME)), within };
		at += 2;
	}
}

static int read_soa(const struct zone *row, struct zone_view *zone, struct error *e)
{
	int outcome = name_read(row->name, &zone->name, e);
	if (outcome == DONE)
		outcome = zone_content_soa(row, 0, zone->soa, &zone->soa_size, e); /* the serial is patched into each answer */
	if (outcome != DONE)
		return outcome;
	zone->hash = hash_name(zone->name.wire, zone->name.size);
	zone->usage = usage_zone_place(usage_zone_slot(row->name));
	zone->labels = (uint8_t)name_labels(zone->name.wire);
	zone->ttl = (uint32_t)row->ttl;
	zone->signed_ = row->signed_;
	zone->negative_ttl = (uint32_t)(row->ttl < row->minimum ? row->ttl : row->minimum);
	shorten_soa(zone);
	return DONE;
}

int zone_build_begin(const struct zone *row, struct zone_builder **builder, struct error *e)
{
	struct zone_builder *b = calloc(1, sizeof *b);
	if (b != NULL)
		b->zone = calloc(1, sizeof *b->zone);
	if (b == NULL || b->zone == NULL || !name_table_init(&b->zone->names, 1, 16)) {
		zone_build_cancel(b);
		return fail(e, FAILED, "out of memory");
	}
	int outcome = read_soa(row, b->zone, e);
	if (outcome == DONE)
		outcome = row_check(&zone_kind, row, e);
	if (outcome != DONE) {
		zone_build_cancel(b);
		return outcome;
	}
	*builder = b;
	return DONE;
}

void zone_build_cancel(struct zone_builder *b)
{
	if (b == NULL)
		return;
	zone_view_free(b->zone);
	free(b->bytes);
	free(b);
}

void zone_view_free(struct zone_view *zone)
{
	if (zone == NULL)
		return;
	signing_keys_free(zone->keys);
	name_table_free(&zone->names);
	arena_free(&zone->arena);
	free(zone);
}

static int put_node(struct zone_view *zone, const struct node_draft *draft, struct error *e)
{
	void *room = arena_take(&zone->arena, node_draft_size(draft) + SCAN_BEHIND);
	const struct node *old;
	struct slots *old_slots = NULL;
	if (room == NULL || !name_table_put(&zone->names, node_write(draft, room), &old, &old_slots))
		return fail(e, FAILED, "out of memory");
	free(old_slots); /* nobody reads yet */
	return DONE;
}

/* NAME is within a struct name. */
static const struct node *find(const struct zone_view *zone, const uint8_t *name, size_t size)
{
	return name_table_find(&zone->names, hash_name(name, size), name, size);
}

static bool is_wildcard(const uint8_t *wire)
{
	return wire[0] == 1 && wire[1] == '*';
}

/* RFC 4592 section 2.2.2: every name between a name and its apex exists, be it empty. */
static int put_empty_non_terminals(struct zone_view *zone, const struct name *owner, struct error *e)
{
	const uint8_t *at = owner->wire;
	for (;;) {
		at = name_above(at);
		size_t size = owner->size - (size_t)(at - owner->wire);
		if (size <= zone->name.size || find(zone, at, size) != NULL)
			return DONE;
		struct node_draft draft = { .name = at, .name_size = (uint8_t)size };
		int outcome = put_node(zone, &draft, e);
		if (outcome != DONE)
			return outcome;
		zone->has_wildcards |= is_wildcard(at); /* an empty one, too: RFC 4592 section 4.2 */
	}
}

static void note_cut(struct zone_view *zone, const struct name *owner)
{
	zone->has_cuts = true;
	zone->cut_starts[owner->wire[0] & 7] |= UINT64_C(1) << (owner->wire[1] & 63);
	if (owner->size == zone->name.size) /* all names are below it */
		memset(zone->cut_starts, 0xff, sizeof zone->cut_starts);
}

static void note_kind(struct zone_view *zone, const struct name *owner, uint8_t flags)
{
	if ((flags & (NODE_CUT | NODE_DNAME)) != 0)
		note_cut(zone, owner);
	zone->has_wildcards |= is_wildcard(owner->wire);
	const uint8_t *at = owner->wire, *apex = owner->wire + owner->size - zone->name.size;
	while (at < apex && name_above(at) < apex)
		at = name_above(at);
	if (at < apex && *at == 4 && memcmp(at + 1, "auth", 4) == 0)
		zone->owns_auth = true;
}

static void close_rrset(struct zone_builder *b)
{
	if (b->count == 0)
		return;
	rrset_head(b->bytes + b->head, b->type, b->count, (uint16_t)(b->used - b->head - RRSET_HEAD));
	b->rrsets++;
	b->count = 0;
}

static uint8_t flag_of(const struct zone_builder *b, uint16_t type)
{
	bool apex = b->owner.size == b->zone->name.size;
	return type == TYPE_NS && !apex  ? NODE_CUT
		: type == TYPE_DNAME     ? NODE_DNAME
		: type == TYPE_CNAME     ? NODE_CNAME
					 : 0;
}

/* Leaves out the RRsets that cannot stand beside the name's others (zone/form.h). Returns the node's flags, which say
 * what those make of the name. */
static uint8_t drop_hidden(struct zone_builder *b)
{
	uint8_t *at = b->bytes, *end = b->bytes + b->used, flags = 0;
	for (unsigned left = b->rrsets; left > 0; left--) {
		struct rrset set = rrset_at(at);
		uint8_t *next = at + RRSET_HEAD + set.size;
		if (!form_hides(b->form, set.type)) {
			flags |= flag_of(b, set.type);
			at = next;
			continue;
		}
		memmove(at, next, (size_t)(end - next));
		end -= next - at;
		b->rrsets--;
		b->zone->records -= set.count;
		b->zone->refused += set.count;
	}
	b->used = (size_t)(end - b->bytes);
	return flags;
}

static int close_owner(struct zone_builder *b, struct error *e)
{
	close_rrset(b);
	if (b->rrsets == 0)
		return DONE;
	b->form |= (b->owner.size == b->zone->name.size ? FORM_APEX : 0) | (is_wildcard(b->owner.wire) ? FORM_WILDCARD : 0);
	struct node_draft draft = { .name = b->owner.wire, .name_size = b->owner.size, .flags = drop_hidden(b),
		.rrsets = b->rrsets, .bytes = b->bytes, .size = b->used };
	note_kind(b->zone, &b->owner, draft.flags);
	int outcome = draft.rrsets > 0 ? put_node(b->zone, &draft, e) : DONE;
	b->rrsets = 0;
	b->used = 0;
	b->form = 0;
	return outcome == DONE ? put_empty_non_terminals(b->zone, &b->owner, e) : outcome;
}

static int open_owner(struct zone_builder *b, const char *text, struct error *e)
{
	struct name owner;
	if (b->owner.size != 0 && strcmp(text, b->owner_text) == 0)
		return DONE;
	int outcome = close_owner(b, e);
	if (outcome == DONE)
		outcome = name_read(text, &owner, e);
	if (outcome != DONE)
		return outcome;
	if (!name_within(&owner, &b->zone->name))
		return fail(e, REFUSED, "record %s is outside its zone", text);
	b->owner = owner;
	strcpy(b->owner_text, text);
	return DONE;
}

static bool make_room(struct zone_builder *b, size_t more)
{
	return array_room(&b->bytes, &b->room, b->used + more, 1);
}

/* Whether the RRset that is being gathered has this record already, or is of a type of which there is only one. */
static bool is_said(const struct zone_builder *b, uint16_t type, struct blob rdata)
{
	if (b->count == 0 || type == TYPE_CNAME || type == TYPE_DNAME)
		return b->count > 0;
	uint16_t length;
	const uint8_t *at = b->bytes + b->head + RRSET_HEAD, *end = b->bytes + b->used;
	for (; rdata_has_names(type) && at < end; at += RR_FIXED + length) { /* else octets tell them apart */
		const uint8_t *there = rr_rdata(at, &length);
		if (rdata_compare(type, (struct blob){ there, length }, rdata) == 0)
			return true;
	}
	return false;
}

static int add(struct zone_builder *b, const struct record *row, struct error *e)
{
	int outcome = open_owner(b, row->owner, e);
	if (outcome != DONE)
		return outcome;
	uint16_t type = (uint16_t)row->type, size = (uint16_t)row->rdata.size;
	if (row->type < 1 || row->type > 65535 || type == TYPE_SOA || !type_of_data(type))
		return fail(e, REFUSED, "record %s: type %lld cannot stand in a zone", row->owner,
			(long long)row->type);
	if (row->rdata.size > RRSET_MOST || !rdata_whole(type, row->rdata))
		return fail(e, REFUSED, "record %s: the RDATA of its type %u is not whole", row->owner, type);
	if (b->count > 0 && b->type != type)
		close_rrset(b);
	b->form = form_with(b->form, type);
	if (is_said(b, type, row->rdata))
		return DONE;
	if (!make_room(b, RRSET_HEAD + RR_FIXED + (size_t)size))
		return fail(e, FAILED, "out of memory");
	if (b->count > 0 && b->used - b->head + RR_FIXED + size > RRSET_MOST)
		return fail(e, REFUSED, "record %s: more of type %u than fit into a message", row->owner, type);
	if (b->count == 0) {
		b->head = b->used;
		b->used += RRSET_HEAD;
		b->type = type;
	}
	uint32_t ttl = (uint32_t)row->ttl;
	uint8_t *end = rr_render(b->bytes + b->used, type, ttl, row->rdata.data, size);
	b->used = (size_t)(end - b->bytes);
	b->count++;
	b->zone->records++;
	return DONE;
}

int zone_build_record(struct zone_builder *b, const struct record *row, struct error *e)
{
	int outcome = add(b, row, e);
	b->zone->refused += outcome == REFUSED;
	return outcome;
}

int zone_build_end(struct zone_builder *b, struct zone_view **zone, struct error *e)
{
	int outcome = close_owner(b, e);
	struct zone_view *z = b->zone;
	if (outcome == DONE && (z->apex = find(z, z->name.wire, z->name.size)) == NULL) {
		struct node_draft draft = { .name = z->name.wire, .name_size = z->name.size };
		outcome = put_node(z, &draft, e);
		z->apex = outcome == DONE ? find(z, z->name.wire, z->name.size) : NULL;
	}
	if (outcome == DONE) {
		atomic_init(&z->changed, true);
		*zone = z;
		b->zone = NULL;
	}
	zone_build_cancel(b);
	return outcome;
}
