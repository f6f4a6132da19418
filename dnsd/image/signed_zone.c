/* SPDX-License-Identifier: BSD-2-Clause */
/* RRsets put in, chained and signed where they changed, and the difference written to the journal. */
#include "dnsd/image/signed_zone.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/store/node.h"
#include "dnsd/image/zone_owners.h"

struct signed_zone {
	struct name apex;
	struct zone_owner *top; /* the apex */
	uint32_t nsec_ttl, serial;
	bool published; /* there has been a commit */
	bool turn;      /* of the sets that belong to the zone, but for NSEC; outside of a replacement, all have it */
	struct zone_signer signer;
	struct owners owners;
	struct zone_owner *dirty, **dirty_end;
	struct zone_journal journal;
	size_t size, journal_most; /* octets of what is published; of its journal, at most */
};

enum { JOURNAL_LEAST = 16 << 10 /* octets that a small zone's journal may have */ };

static int out_of_memory(struct error *e)
{
	return fail(e, FAILED, "out of memory");
}

/* Notes that a name will change, and keeps what is published of it. */
static bool mark(struct signed_zone *z, struct zone_owner *owner)
{
	if (owner->dirty)
		return true;
	owner->dirty = true;
	owner->next_dirty = NULL;
	*z->dirty_end = owner;
	z->dirty_end = &owner->next_dirty;
	return owner_render(owner, &owner->was);
}

/* The next owner in the NSEC chain; after the last, the first. */
static const struct zone_owner *chained_after(const struct signed_zone *z, const struct zone_owner *owner)
{
	for (const struct zone_owner *at = owner;;) {
		at = at->next;
		if (at == NULL)
			at = z->owners.first;
		if (at->chained)
			return at;
	}
}

static int put_in(struct signed_zone *z, struct zone_owner *owner, const struct zone_rrset *set, struct error *e)
{
	size_t size;
	uint8_t *rdatas = rdatas_sort(set->rdatas, &size);
	if (rdatas == NULL)
		return out_of_memory(e);
	struct zone_set *there = owner_set(owner, set->type);
	bool same = set_same(there, set->ttl, rdatas, size), well = same || mark(z, owner);
	if (well && !same) {
		well = owner_put(owner, set->type, set->ttl, rdatas, size);
		there = owner_set(owner, set->type);
	} else {
		free(rdatas);
	}
	if (there != NULL)
		there->turn = z->turn;
	return well ? DONE : out_of_memory(e);
}

int signed_zone_put(struct signed_zone *z, const struct zone_rrset *set, struct error *e)
{
	uint8_t octets[CANONICAL_MOST];
	if (!name_within(&set->owner, &z->apex))
		return fail(e, REFUSED, "a name that is not in the zone");
	if (set->type == TYPE_RRSIG || set->type == TYPE_NSEC)
		return fail(e, REFUSED, "RRSIG and NSEC are the zone's own");
	const struct owner_key key = { octets, canonical_key(&set->owner, octets) };
	struct zone_owner *owner = owners_find(&z->owners, &key);
	if (owner == NULL && set->rdatas.size == 0)
		return DONE;
	if (owner == NULL)
		owner = owners_add(&z->owners, &key);
	return owner == NULL ? out_of_memory(e) : put_in(z, owner, set, e);
}

void signed_zone_replace(struct signed_zone *z)
{
	z->turn = !z->turn;
}

/* Removes an owner's sets that were not put in this replacement. */
static int drop_others(struct signed_zone *z, struct zone_owner *owner, struct error *e)
{
	for (struct zone_set *s = owner->sets, *next; s != NULL; s = next) {
		next = s->next;
		if (s->turn == z->turn || s->type == TYPE_NSEC)
			continue;
		if (!mark(z, owner) || !owner_put(owner, s->type, 0, NULL, 0))
			return out_of_memory(e);
	}
	return DONE;
}

int signed_zone_replaced(struct signed_zone *z, struct error *e)
{
	int outcome = DONE;
	for (struct zone_owner *o = z->owners.first; o != NULL && outcome == DONE; o = o->next)
		outcome = drop_others(z, o, e);
	return outcome;
}

/* The chain. */

static bool descends(const struct zone_owner *owner, const struct zone_owner *from)
{
	return owner->key.size > from->key.size && memcmp(owner->key.octets, from->key.octets, from->key.size) == 0;
}

/* Marks all names below an owner that begins or ceases to cover them. */
static bool find_cover(struct signed_zone *z, struct zone_owner *owner)
{
	bool covers = owner_set(owner, TYPE_DNAME) != NULL || (owner != z->top && owner_set(owner, TYPE_NS) != NULL);
	bool well = true;
	if (covers == owner->covers)
		return true;
	owner->covers = covers;
	for (struct zone_owner *o = owner->next; well && o != NULL && descends(o, owner); o = o->next)
		well = mark(z, o);
	return well;
}

static bool is_below(const struct signed_zone *z, const struct zone_owner *owner)
{
	struct owner_key key = owner->key;
	while (key.size > z->top->key.size) {
		key.size = canonical_parent(key.octets, key.size);
		const struct zone_owner *above = owners_find(&z->owners, &key);
		if (above != NULL && above->covers)
			return true;
	}
	return false;
}

static void find_place(struct signed_zone *z, struct zone_owner *owner)
{
	owner->below = is_below(z, owner);
	bool chained = !owner->below && owner->sets != NULL
		&& (owner->sets->type != TYPE_NSEC || owner->sets->next != NULL);
	owner->turned = chained != owner->chained;
	owner->chained = chained;
}

/* Marks the owner whose NSEC leads to one that came or went, for that NSEC changes. */
static bool mark_before(struct signed_zone *z, struct zone_owner *owner)
{
	if (!owner->turned)
		return true;
	struct zone_owner *before = owner_before(&z->owners, owner);
	while (before != owner && !before->chained && !before->turned)
		before = owner_before(&z->owners, before);
	return !before->chained || mark(z, before);
}

/* Whether a type at a name is the zone's own: at a delegation, only NS, DS and NSEC are (RFC 4035 section 2.3). */
static bool is_ours(const struct signed_zone *z, const struct zone_owner *owner, uint16_t type)
{
	bool cut = owner->covers && owner != z->top && owner_set(owner, TYPE_NS) != NULL;
	return !cut || type == TYPE_NS || type == TYPE_DS || type == TYPE_NSEC;
}

static size_t bitmap_of(const struct signed_zone *z, const struct zone_owner *owner, uint16_t *types, uint8_t *bitmap)
{
	size_t count = 0;
	const struct zone_set *s = owner->sets;
	for (; s != NULL && s->type < TYPE_RRSIG; s = s->next)
		if (is_ours(z, owner, s->type))
			types[count++] = s->type;
	types[count++] = TYPE_RRSIG;
	types[count++] = TYPE_NSEC;
	for (; s != NULL; s = s->next)
		if (s->type != TYPE_NSEC && is_ours(z, owner, s->type))
			types[count++] = s->type;
	return type_bitmap(types, count, bitmap);
}

/* The RDATA of the NSEC behind its length (RFC 4034 section 4.1). NULL when memory is out. */
static uint8_t *nsec_of(const struct signed_zone *z, const struct zone_owner *owner, size_t *size)
{
	size_t sets = 2;
	for (const struct zone_set *s = owner->sets; s != NULL; s = s->next)
		sets++;
	uint16_t *types = malloc(sets * sizeof *types);
	uint8_t *rdata = malloc(2 + NAME_WIRE + BITMAP_MOST);
	if (types == NULL || rdata == NULL) {
		free(types);
		free(rdata);
		return NULL;
	}
	const struct zone_owner *after = chained_after(z, owner);
	struct name next;
	canonical_name(after->key.octets, after->key.size, &next);
	memcpy(rdata + 2, next.wire, next.size);
	size_t length = next.size + bitmap_of(z, owner, types, rdata + 2 + next.size);
	octets_put_16(rdata, (uint16_t)length);
	*size = 2 + length;
	free(types);
	uint8_t *fitting = realloc(rdata, *size); /* every name has one, so no memory is wasted */
	return fitting == NULL ? rdata : fitting;
}

static bool chain(struct signed_zone *z, struct zone_owner *owner)
{
	size_t size = 0;
	uint8_t *nsec = NULL;
	if (owner->chained && (nsec = nsec_of(z, owner, &size)) == NULL)
		return false;
	if (set_same(owner_set(owner, TYPE_NSEC), z->nsec_ttl, nsec, size)) {
		free(nsec);
		return true;
	}
	return owner_put(owner, TYPE_NSEC, z->nsec_ttl, nsec, size);
}

/* Signatures. */

static int sign_set(struct signed_zone *z, const struct name *owner, struct zone_set *set, int64_t now, struct error *e)
{
	uint8_t signatures[SIGNATURES_MOST];
	const struct zone_rrset what = { *owner, set->type, set->ttl, { set->rdatas, set->size } };
	size_t size = 0;
	int outcome = z->signer.sign(z->signer.context, &what, now, signatures, &size, &set->expires, e);
	if (outcome != DONE)
		return outcome;
	set->signatures = rdatas_sort((struct rdatas){ signatures, size }, &set->signatures_size);
	return set->signatures == NULL ? out_of_memory(e) : DONE;
}

static int sign(struct signed_zone *z, struct zone_owner *owner, int64_t now, struct error *e)
{
	struct name name;
	int outcome = DONE;
	canonical_name(owner->key.octets, owner->key.size, &name);
	for (struct zone_set *s = owner->sets; s != NULL && outcome == DONE; s = s->next) {
		bool wanted = !owner->below && is_ours(z, owner, s->type)
			&& (s->type != TYPE_NS || owner == z->top);
		if (!wanted)
			set_unsign(s);
		else if (s->signatures == NULL)
			outcome = sign_set(z, &name, s, now, e);
	}
	return outcome;
}

/* The journal. */

static int compare_rrs(const struct zone_rr *a, const struct zone_rr *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	int order = canonical_compare(a->rdata, a->length, b->rdata, b->length);
	return order != 0 ? order : (a->ttl > b->ttl) - (a->ttl < b->ttl);
}

/* A step through a list; at its end, `there` is false. */
struct hop {
	const struct rr_list *list;
	size_t at;
	struct name owner;
	struct zone_rr rr;
	bool there;
};

static void advance(struct hop *s)
{
	s->there = rr_list_next(s->list, &s->at, &s->rr, &s->owner);
}

/* Adds an RR to a list, except the SOA, which the list begins with. */
static bool list_rr(struct rr_list *list, const struct zone_rr *rr)
{
	return rr->type == TYPE_SOA || rr_list_add(list, rr);
}

static bool compare_lists(const struct rr_list *before, const struct rr_list *after, struct rr_list *removed,
	struct rr_list *added)
{
	struct hop old = { .list = before }, new = { .list = after };
	bool well = true;
	advance(&old);
	advance(&new);
	while (well && (old.there || new.there)) {
		int order = !new.there ? -1 : !old.there ? 1 : compare_rrs(&old.rr, &new.rr);
		if (order < 0)
			well = list_rr(removed, &old.rr);
		else if (order > 0)
			well = list_rr(added, &new.rr);
		if (order <= 0)
			advance(&old);
		if (order >= 0)
			advance(&new);
	}
	return well;
}

static bool list_soa(const struct rr_list *from, struct rr_list *to)
{
	struct hop s = { .list = from };
	for (advance(&s); s.there; advance(&s))
		if (s.rr.type == TYPE_SOA)
			return rr_list_add(to, &s.rr);
	return true;
}

static bool difference_of(const struct signed_zone *z, struct rr_list *removed, struct rr_list *added)
{
	struct rr_list after = { 0 };
	bool well = owner_render(z->top, &after) && list_soa(&z->top->was, removed) && list_soa(&after, added);
	for (const struct zone_owner *o = z->dirty; o != NULL && well; o = o->next_dirty) {
		after.size = 0;
		well = owner_render(o, &after) && compare_lists(&o->was, &after, removed, added);
	}
	free(after.octets);
	return well;
}

static void clean(struct signed_zone *z)
{
	for (struct zone_owner *o = z->dirty, *next; o != NULL; o = next) {
		next = o->next_dirty;
		free(o->was.octets);
		o->was = (struct rr_list){ 0 };
		o->dirty = o->turned = false;
		if (o->sets != NULL || o == z->top)
			continue;
		owners_remove(&z->owners, o);
	}
	z->dirty = NULL;
	z->dirty_end = &z->dirty;
}

/* Measures all RRs once; later the differences tell how much the size changes. */
static bool measure(struct signed_zone *z)
{
	struct rr_list list = { 0 };
	bool well = true;
	z->size = 0;
	for (const struct zone_owner *o = z->owners.first; o != NULL && well; o = o->next) {
		list.size = 0;
		well = owner_render(o, &list);
		z->size += list.size;
	}
	free(list.octets);
	return well;
}

static bool keep_difference(struct signed_zone *z, uint32_t serial, struct rr_list *removed, struct rr_list *added)
{
	if (!difference_of(z, removed, added))
		return false;
	z->size = z->size + added->size > removed->size ? z->size + added->size - removed->size : 0;
	size_t own = z->size > JOURNAL_LEAST ? z->size : JOURNAL_LEAST;
	z->journal.most = own < z->journal_most ? own : z->journal_most;
	return zone_journal_add(&z->journal, z->serial, serial, removed, added);
}

size_t signed_zone_journal(const struct signed_zone *z)
{
	return z->journal.size;
}

size_t signed_zone_shorten(struct signed_zone *z)
{
	size_t before = z->journal.size;
	zone_journal_shorten(&z->journal);
	return before - z->journal.size;
}

static int publish(struct signed_zone *z, uint32_t serial, struct error *e)
{
	struct rr_list removed = { 0 }, added = { 0 };
	bool well = z->published ? keep_difference(z, serial, &removed, &added) : measure(z);
	free(removed.octets);
	free(added.octets);
	clean(z);
	z->published = true;
	z->serial = serial;
	return well ? DONE : out_of_memory(e);
}

/* Each loop may add names to the list of dirty ones, and reaches these, too. */
int signed_zone_commit(struct signed_zone *z, uint32_t serial, int64_t now, struct error *e)
{
	bool well = mark(z, z->top);
	int outcome = DONE;
	for (struct zone_owner *o = z->dirty; o != NULL && well; o = o->next_dirty)
		well = find_cover(z, o);
	for (struct zone_owner *o = z->dirty; o != NULL && well; o = o->next_dirty)
		find_place(z, o);
	for (struct zone_owner *o = z->dirty; o != NULL && well; o = o->next_dirty)
		well = mark_before(z, o);
	for (struct zone_owner *o = z->dirty; o != NULL && well; o = o->next_dirty)
		well = chain(z, o);
	for (struct zone_owner *o = z->dirty; o != NULL && well && outcome == DONE; o = o->next_dirty)
		outcome = sign(z, o, now, e);
	if (!well)
		return out_of_memory(e);
	return outcome == DONE ? publish(z, serial, e) : outcome;
}

int signed_zone_refresh(struct signed_zone *z, int64_t before, struct error *e)
{
	for (struct zone_owner *o = z->owners.first; o != NULL; o = o->next)
		for (struct zone_set *s = o->sets; s != NULL; s = s->next) {
			if (s->signatures == NULL || s->expires >= before)
				continue;
			if (!mark(z, o))
				return out_of_memory(e);
			set_unsign(s);
		}
	return DONE;
}

uint32_t signed_zone_serial(const struct signed_zone *z)
{
	return z->serial;
}

int signed_zone_walk(const struct signed_zone *z, zone_rr_taker *take, void *context, struct error *e)
{
	struct rr_list list = { 0 };
	int outcome = DONE;
	for (const struct zone_owner *o = z->owners.first; o != NULL && outcome == DONE; o = o->next) {
		list.size = 0;
		outcome = owner_render(o, &list) ? rr_list_walk(&list, take, context, e) : out_of_memory(e);
	}
	free(list.octets);
	return outcome;
}

int signed_zone_differences(const struct signed_zone *z, uint32_t from, zone_rr_taker *take, void *context,
	struct error *e)
{
	return zone_journal_walk(&z->journal, from, take, context, e);
}

int signed_zone_new(const struct name *apex, uint32_t nsec_ttl, size_t journal, const struct zone_signer *signer,
	struct signed_zone **zone, struct error *e)
{
	uint8_t octets[CANONICAL_MOST];
	struct signed_zone *z = calloc(1, sizeof *z);
	if (z == NULL)
		return out_of_memory(e);
	z->apex = *apex;
	z->nsec_ttl = nsec_ttl;
	z->signer = *signer;
	z->journal_most = journal;
	z->dirty_end = &z->dirty;
	const struct owner_key key = { octets, canonical_key(apex, octets) };
	z->top = owners_add(&z->owners, &key);
	if (z->top == NULL) {
		free(z);
		return out_of_memory(e);
	}
	*zone = z;
	return DONE;
}

void signed_zone_free(struct signed_zone *z)
{
	if (z == NULL)
		return;
	owners_free(&z->owners);
	zone_journal_free(&z->journal);
	free(z);
}
