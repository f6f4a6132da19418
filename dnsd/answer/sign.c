/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer signed in place: RRsets are grouped, copied behind each other with their signatures, and denials proved. */
#include "dnsd/answer/sign.h"

#include <stdlib.h>

#include "dnsd/answer/lookup.h"
#include "dnsd/sign/signer.h"
#include "lib/clock.h"
#include "wire/octets.h"
#include "wire/rdata.h"

enum { RRSIG_HEAD = 18, SECTIONS = 3, ANSWER = 0, AUTHORITY = 1, ADDITIONAL = 2, OWNER_POINTER = 2 };

/* The message as it was, and as it becomes. */
struct signing {
	struct worker *worker;
	struct signer *signer;
	const struct query *query;
	struct reply *reply;
	const uint8_t *old;
	size_t from[SECTIONS + 1]; /* where sections of the old message begin */
	uint16_t *count[SECTIONS]; /* RRs of the new one */
	struct scan cut;           /* of a referral: its size is 0 where there is none */
	int64_t now;
	enum signer_kind kind;
	bool whole;
};

/* RRs of one owner and type that stand together. */
struct group {
	size_t from, end; /* in the old message */
	uint16_t type, count;
	uint32_t ttl;     /* the least of them (RFC 2181 section 5.2) */
	struct scan owner;
	const struct zone_view *zone;
};

static size_t rr_end(const uint8_t *message, size_t at)
{
	return at + RR_FIXED + octets_16(message + at + 10);
}

/* Where what a pointer of the old message points to stands in the new one. */
static size_t moved(const struct signing *s, size_t at)
{
	return at < s->query->question_end ? at : s->signer->moved[at];
}

static size_t pointer(const uint8_t *rr)
{
	return octets_16(rr) & POINTER_MOST;
}

/* Grouping. */

static void find_sections(struct signing *s, const struct reply *r)
{
	const uint16_t counts[] = { r->answers, r->authorities, r->additional };
	size_t at = s->query->question_end;
	for (int section = 0; section < SECTIONS; section++) {
		s->from[section] = at;
		for (unsigned i = 0; i < counts[section]; i++)
			at = rr_end(s->old, at);
	}
	s->from[SECTIONS] = at;
}

/* A cut at the name or above it: what is there is the child's, but for the DS; and a CNAME was made of a DNAME. */
static bool occluded(const struct zone_view *zone, const struct scan *name)
{
	unsigned label;
	return zone->has_cuts && lookup_find_cut(zone, name, true, &label) != NULL;
}

static const struct zone_view *zone_of(const struct signing *s, const struct group *g, int section)
{
	const struct snapshot *snapshot = s->worker->snapshot;
	const struct scan *name = &g->owner;
	if (section == AUTHORITY && g->type != TYPE_SOA && g->type != TYPE_DS)
		return NULL;
	const struct zone_view *zone = NULL;
	if (g->type == TYPE_DS) /* asked of the zone above */
		zone = snapshot_zone(snapshot, name, name->labels - 1u);
	if (zone == NULL)
		zone = snapshot_zone(snapshot, name, name->labels);
	bool hidden = section == ADDITIONAL || g->type == TYPE_CNAME; /* such a CNAME is not signed: RFC 6672 section 5.3.1 */
	return zone != NULL && hidden && occluded(zone, name) ? NULL : zone;
}

static bool same_set(const struct signing *s, size_t a, size_t b)
{
	return memcmp(s->old + a, s->old + b, 4) == 0; /* the owner's pointer, and the type */
}

static void take_group(const struct signing *s, int section, size_t at, struct group *g)
{
	g->from = at;
	g->type = octets_16(s->old + at + OWNER_POINTER);
	g->count = 0;
	g->ttl = UINT32_MAX;
	for (g->end = at; g->end < s->from[section + 1] && same_set(s, at, g->end); g->end = rr_end(s->old, g->end)) {
		uint32_t ttl = rr_ttl(s->old + g->end);
		g->ttl = ttl < g->ttl ? ttl : g->ttl;
		g->count++;
	}
	g->zone = NULL;
	if (scan_name(s->old + pointer(s->old + at), NAME_WIRE, &g->owner))
		g->zone = zone_of(s, g, section);
}

/* Writing. */

static bool fits(const struct signing *s, size_t size)
{
	return size <= s->reply->limit - s->reply->at;
}

/* Where the labels of an RDATA's name have gone, the root's too, to which other RRs' owners may point. FROM and TO: the RDATA, in the
 * old message, where it ends at END, and in the new one. */
static void note_name(struct signing *s, uint16_t type, size_t from, size_t end, size_t to)
{
	int target = type == TYPE_CNAME ? 0 : rdata_target(type);
	if (target < 0 || !rdata_whole(type, (struct blob){ s->old + from, end - from }))
		return;
	from += (size_t)target;
	to += (size_t)target;
	for (;;) {
		to = compress_label_at(s->reply->packet, to, 0);
		s->signer->moved[from] = (uint16_t)to;
		if (s->old[from] == 0)
			return;
		to += s->reply->packet[to] + 1u;
		from += s->old[from] + 1u;
	}
}

static bool copy_group(struct signing *s, const struct group *g, uint16_t *count)
{
	struct reply *r = s->reply;
	size_t owner = moved(s, pointer(s->old + g->from)), from = r->at;
	uint16_t before = *count;
	for (size_t at = g->from; at < g->end; at = rr_end(s->old, at)) {
		uint32_t ttl = g->zone != NULL ? g->ttl : rr_ttl(s->old + at);
		size_t rdata = at + RR_FIXED, end = rr_end(s->old, at);
		size_t to = reply_named_rr(r, count, owner, g->type, ttl, s->old + rdata, (uint16_t)(end - rdata));
		if (to == 0) {
			r->at = from;
			r->compresses = false;
			*count = before;
			return false;
		}
		note_name(s, g->type, rdata, end, to);
	}
	return true;
}

static struct signed_set canonical(struct signing *s, const struct group *g)
{
	uint8_t *room = s->signer->lower;
	size_t at = g->from;
	for (size_t i = 0; i < g->count; i++, at = rr_end(s->old, at))
		signer_piece(s->signer, i, g->type, s->old + at + RR_FIXED, octets_16(s->old + at + 10), &room);
	return (struct signed_set){ g->owner.lower, g->owner.size, g->type, g->ttl, g->count };
}

static enum next_step { WENT_WELL, NO_ROOM, NO_BUDGET } put_signature(struct signing *s, const struct signed_set *set,
	const struct signing_keys *keys, const struct signing_key *key, size_t owner, uint32_t ttl, enum signer_kind kind)
{
	struct rrsig signature;
	struct reply *r = s->reply;
	size_t length = RRSIG_HEAD + (size_t)keys->zone.size + KEY_SIGNATURE;
	if (!fits(s, RR_FIXED + length) || owner > POINTER_MOST)
		return NO_ROOM;
	if (!signer_sign(s->signer, set, &keys->zone, key, kind, s->now, &signature))
		return NO_BUDGET;
	uint8_t *at = r->packet + r->at;
	octets_put_16(at, pointer_to(owner));
	record_put_fixed(at + 2, TYPE_RRSIG, ttl, (uint16_t)length);
	size_t head = signer_head(set, &keys->zone, key, &signature, at + RR_FIXED);
	memcpy(at + RR_FIXED + head, signature.octets, KEY_SIGNATURE);
	r->at += RR_FIXED + length;
	return WENT_WELL;
}

/* All RRSIGs of a set, or none. TTL is the answer's. */
static enum next_step put_signatures(struct signing *s, const struct signed_set *set, const struct zone_view *zone,
	size_t owner, int section, uint32_t ttl, enum signer_kind kind)
{
	const struct signing_keys *keys = zone_keys(zone);
	size_t from = s->reply->at;
	uint16_t count = *s->count[section];
	for (unsigned i = 0; keys != NULL && i < keys->count; i++) {
		if (!signing_key_signs(keys, &keys->key[i], set->owner_size, set->type))
			continue;
		enum next_step went = put_signature(s, set, keys, &keys->key[i], owner, ttl, kind);
		if (went != WENT_WELL) {
			s->reply->at = from;
			*s->count[section] = count;
			return went;
		}
		++*s->count[section];
	}
	return WENT_WELL;
}

/* The denial. */

/* The next name in canonical order, which nothing lies before (RFC 9824 section 3.1); of names that are too long
 * for that, the least that can be said (RFC 4470 section 3.1.2). */
static size_t next_name(const struct scan *name, const struct zone_view *zone, uint8_t *next)
{
	if (name->size + 2 <= NAME_WIRE) {
		next[0] = 1;
		next[1] = 0;
		memcpy(next + 2, name->lower, name->size);
		return name->size + 2u;
	}
	for (unsigned label = 0; label < (unsigned)(name->labels - zone->labels); label++) {
		size_t size;
		const uint8_t *from = scan_suffix(name, label, &size);
		memcpy(next, from, size);
		uint8_t *last = next + next[0];
		if (*last != 0xff) { /* those that are below this name are before that one, and are not there either */
			*last = *last + 1 == 'A' ? 'Z' + 1 : (uint8_t)(*last + 1);
			return size;
		}
	}
	memcpy(next, zone->name.wire, zone->name.size);
	return zone->name.size;
}

static int compare_types(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static size_t make_nsec(struct denial *d, const struct scan *name, uint8_t *rdata)
{
	size_t size = next_name(name, d->zone, rdata), count = 0;
	d->types[d->count++] = TYPE_RRSIG;
	d->types[d->count++] = TYPE_NSEC;
	if (d->missing)
		d->types[d->count++] = TYPE_NXNAME;
	qsort(d->types, d->count, sizeof d->types[0], compare_types);
	for (unsigned i = 0; i < d->count; i++)
		if (count == 0 || d->types[count - 1] != d->types[i])
			d->types[count++] = d->types[i];
	return size + type_bitmap(d->types, count, rdata + size);
}

/* Whether the NSEC or its signature is what was asked for: then it is the answer. */
static int section_of_denial(const struct signing *s)
{
	bool asked = s->query->type == TYPE_NSEC || s->query->type == TYPE_RRSIG;
	return asked && !s->signer->denial.missing ? ANSWER : AUTHORITY;
}

static enum next_step put_nsec(struct signing *s, int section)
{
	uint8_t rdata[NAME_WIRE + BITMAP_MOST];
	struct denial *d = &s->signer->denial;
	struct scan name;
	struct reply *r = s->reply;
	size_t owner = moved(s, d->name_at);
	if (!scan_name(s->old + d->name_at, NAME_WIRE, &name))
		return NO_ROOM;
	size_t size = make_nsec(d, &name, rdata);
	uint32_t ttl = d->zone->negative_ttl;
	if (section == AUTHORITY || s->query->type != TYPE_RRSIG) {
		if (reply_rr(r, s->count[section], owner, TYPE_NSEC, ttl, rdata, (uint16_t)size) == 0)
			return NO_ROOM;
	}
	s->signer->pieces[0] = (struct rdata_piece){ rdata, (uint16_t)size };
	const struct signed_set set = { name.lower, name.size, TYPE_NSEC, ttl, 1 };
	return put_signatures(s, &set, d->zone, owner, section, ttl, d->missing ? SIGNER_MADE_UP : s->kind);
}

/* Sections. */

/* Addresses of a referral's servers at or below the cut: nobody gets there without them (RFC 9471). */
static bool is_needed(const struct signing *s, const struct scan *owner)
{
	size_t cut = s->cut.size;
	return cut != 0 && owner->size >= cut && memcmp(owner->lower + owner->size - cut, s->cut.lower, cut) == 0;
}

static enum next_step copy_section(struct signing *s, int section)
{
	struct group g = { 0 };
	for (size_t at = s->from[section]; at < s->from[section + 1]; at = g.end) {
		take_group(s, section, at, &g);
		if (section == AUTHORITY && g.type == TYPE_NS)
			s->cut = g.owner;
		bool copied = copy_group(s, &g, s->count[section]);
		if (!copied && (section != ADDITIONAL || is_needed(s, &g.owner)))
			return NO_ROOM;
		s->whole &= copied;
	}
	return WENT_WELL;
}

/* Somebody asks for pools of the zone with DO: from now on they are signed ahead (dnsd/answer/presign.h). */
static void note_pool(const struct signing *s, const struct group *g)
{
	const struct pools *pools = &s->worker->snapshot->pools;
	_Atomic bool *asked = (_Atomic bool *)(uintptr_t)&g->zone->pools_asked; /* all else of it is constant */
	if (atomic_load_explicit(asked, memory_order_relaxed) || g->owner.labels != g->zone->labels + 1
		|| !pools_may_hold(pools, g->owner.lower) || pools_find(pools, g->owner.lower) == NULL)
		return;
	atomic_store_explicit(asked, true, memory_order_relaxed);
}

static enum signer_kind sort_of(const struct signing *s, const struct group *g)
{
	const struct dealt *dealt = &s->signer->dealt;
	if (dealt->variants == NULL || g->from != dealt->at)
		return s->kind;
	return s->kind == SIGNER_KEPT ? SIGNER_HAND : SIGNER_MADE_UP_HAND;
}

/* Additional data without signatures are better than none (RFC 4035 section 3.1.1). */
static enum next_step sign_section(struct signing *s, int section)
{
	struct group g = { 0 };
	for (size_t at = s->from[section]; at < s->from[section + 1]; at = g.end) {
		take_group(s, section, at, &g);
		if (g.zone == NULL || zone_keys(g.zone) == NULL)
			continue;
		note_pool(s, &g);
		struct signed_set set = canonical(s, &g);
		if (section == AUTHORITY && g.type == TYPE_SOA) /* what denies lives shorter, but the set's TTL is signed */
			set.ttl = g.zone->ttl;
		size_t owner = moved(s, pointer(s->old + at));
		enum next_step went = put_signatures(s, &set, g.zone, owner, section, g.ttl, sort_of(s, &g));
		if (went != WENT_WELL && section != ADDITIONAL)
			return went;
	}
	return WENT_WELL;
}

static void begin(struct signing *s)
{
	struct reply *r = s->reply;
	r->at = s->query->question_end;
	r->answers = r->authorities = r->additional = 0;
	r->compresses = false;
	s->cut.size = 0;
	s->whole = true;
}

static enum next_step rewrite(struct signing *s)
{
	const struct denial *d = &s->signer->denial;
	int denied = d->zone == NULL ? -1 : section_of_denial(s);
	enum next_step went = WENT_WELL;
	begin(s);
	if (denied == ANSWER) /* the SOA of the denial that it is none */
		s->from[ADDITIONAL] = s->from[SECTIONS] = s->from[AUTHORITY];
	for (int section = 0; section < SECTIONS && went == WENT_WELL; section++) {
		went = copy_section(s, section);
		if (went == WENT_WELL && denied == section)
			went = put_nsec(s, section);
		if (went == WENT_WELL && s->whole)
			went = sign_section(s, section);
	}
	return went;
}

/* Another hand instead, the first of the sample that the network falls into: it is signed ahead. False where nothing was dealt, or
 * that is what had no budget. */
ASIDE static bool take_sample(struct signing *s)
{
	struct dealt *d = &s->signer->dealt;
	if (d->variants == NULL)
		return false;
	uint8_t *at = s->signer->scratch + d->at;
	size_t owner = pointer(at);
	struct rrset set = variants_hand(d->variants, steering_sample(steering_sample_of(d->bucket)), d->turn, at);
	reply_own(at, at + set.size, owner);
	s->from[AUTHORITY] = s->from[ADDITIONAL] = s->from[SECTIONS] = d->at + set.size;
	d->variants = NULL;
	count_add(s->worker->counters, COUNT_SAMPLES, 1);
	return true;
}

static void fall_short(struct signing *s, enum next_step went)
{
	struct reply *r = s->reply;
	begin(s);
	if (went == NO_BUDGET && s->query->tcp)
		r->rcode = RCODE_SERVFAIL;
	else
		reply_truncate(r);
	if (r->rcode == RCODE_NXDOMAIN && (s->query->dnssec & DNSSEC_COMPACT) == 0)
		r->rcode = RCODE_NOERROR; /* as it would be if it were whole */
	if (went == NO_BUDGET)
		count_add(s->worker->counters, COUNT_UNSIGNED, 1);
}

/* The rcode of a name that is not there: validators take the proof for no data (RFC 9824 section 3.2). */
static bool hides_rcode(const struct denial *d, const struct query *q)
{
	return d->zone != NULL && d->missing && (q->dnssec & DNSSEC_COMPACT) == 0 && zone_keys(d->zone) != NULL;
}

void sign_answer(struct worker *w, const struct query *q, const struct reply *from, struct reply *r)
{
	struct signer *signer = w->signer;
	struct signing s = { .worker = w, .signer = signer, .query = q, .reply = r, .old = from->packet,
		.count = { &r->answers, &r->authorities, &r->additional },
		.kind = signer->made_up ? SIGNER_MADE_UP : SIGNER_KEPT };
	r->flags = from->flags;
	r->rcode = from->rcode;
	r->limit_key = from->limit_key;
	r->why = from->why;
	r->why_code = from->why_code;
	r->compression = &w->compression;
	if (from->at > q->question_end && (r->flags & FLAG_TC) == 0) {
		s.now = clock_date();
		find_sections(&s, from);
		uint64_t made = signer->made;
		enum next_step went;
		do
			went = rewrite(&s);
		while (went == NO_BUDGET && take_sample(&s));
		count_add(w->counters, COUNT_SIGNATURES, signer->made - made);
		if (went != WENT_WELL)
			fall_short(&s, went);
		else if (r->rcode == RCODE_NXDOMAIN && hides_rcode(&signer->denial, q))
			r->rcode = RCODE_NOERROR;
	}
	signer_forget(signer);
}

bool sign_ahead(struct signer *signer, const struct zone_view *zone, const uint8_t *owner, size_t owner_size,
	const struct rrset *rrset)
{
	const struct signing_keys *keys = zone_keys(zone);
	struct signed_set set = { owner, owner_size, rrset->type, UINT32_MAX, rrset->count };
	struct rrsig signature;
	uint8_t *room = signer->lower;
	const uint8_t *rr = rrset->rrs;
	bool well = rrset->count <= SIGNER_RRS;
	for (size_t i = 0; well && i < rrset->count; i++) {
		uint16_t length;
		const uint8_t *rdata = rr_rdata(rr, &length);
		uint32_t ttl = rr_ttl(rr);
		set.ttl = ttl < set.ttl ? ttl : set.ttl;
		signer_piece(signer, i, rrset->type, rdata, length, &room);
		rr = rdata + length;
	}
	for (unsigned i = 0; well && keys != NULL && i < keys->count; i++)
		if (signing_key_signs(keys, &keys->key[i], owner_size, rrset->type))
			well = signer_sign(signer, &set, &keys->zone, &keys->key[i], SIGNER_KEPT, clock_date(), &signature);
	return well;
}
