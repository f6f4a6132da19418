/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/lookup.h"

#include "dnsd/relay_auth.h"
#include "dnsd/evidence.h"
#include "lib/text.h"

enum { CHAIN_MOST = 16 }; /* aliases followed before we give up: a loop, or as good as one */

/* One name on the way: the question's, or what an alias led to. */
struct step {
	struct worker *worker;
	const struct query *query;
	struct reply *reply;
	const struct scan *name;
	size_t name_at; /* where the name stands in the message */
	const struct zone_view *zone;
	unsigned depth;  /* labels of the name below the zone's apex */
	unsigned cut;    /* the label at which find_cut found one */
	size_t alias_at; /* with NEXT_FOLLOW: where the target stands, uncompressed */
};

enum next { NEXT_DONE, NEXT_FOLLOW };

/* Where the name's label number LABEL stands in the message. */
static size_t label_at(const struct step *s, unsigned label)
{
	return s->name_at + s->name->offset[label];
}

ASIDE static void truncate(struct step *s)
{
	struct reply *r = s->reply;
	r->flags |= REPLY_TRUNCATED;
	r->at = s->query->question_end;
	r->answers = r->authorities = r->additional = 0;
}

/* The SOA with its serial; a denial's lives as long as RFC 2308 section 3 says. */
static bool put_soa(struct step *s, uint32_t ttl)
{
	const struct zone_view *zone = s->zone;
	size_t rdata = reply_rr(s->reply, label_at(s, s->depth), TYPE_SOA, ttl, zone->soa, zone->soa_size);
	if (rdata == 0)
		return false;
	uint32_t serial = atomic_load_explicit(&s->worker->view->serial, memory_order_relaxed);
	uint8_t *at = s->reply->packet + rdata + zone->soa_size - 20;
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(serial >> (24 - 8 * i));
	return true;
}

/* What a proof that something is not there needs to know is said to the worker's signer: only where there will be
 * one. */

static bool will_seal(const struct step *s)
{
	return query_dnssec_ok(s->query) && s->worker->seal != NULL && zone_keys(s->zone) != NULL;
}

static void add_type(struct step *s, uint16_t type)
{
	struct denial *d = &s->worker->seal->denial;
	if (d->count < SIGNER_TYPES - 8)
		d->types[d->count++] = type;
}

/* The types that are there. At a cut, NS alone is the parent's (RFC 4035 section 2.3), and a DS if there is one:
 * nothing is denied there then. */
static void add_types(struct step *s, const struct node *node, bool addresses)
{
	bool cut = (node->flags & NODE_CUT) != 0;
	const uint8_t *at = node_first(node);
	for (unsigned i = 0; i < node->rrsets; i++) {
		struct rrset set = rrset_at(at);
		bool is_address = set.type == TYPE_A || set.type == TYPE_AAAA;
		bool counts = cut ? set.type == TYPE_NS : set.type != TYPE_SECRET && (addresses || !is_address);
		if (counts)
			add_type(s, set.type);
		at = rrset_next(&set);
	}
}

static void add_apex_types(struct step *s)
{
	const struct signing_keys *keys = zone_keys(s->zone);
	add_type(s, TYPE_SOA);
	add_type(s, TYPE_DNSKEY);
	if (keys->cds.count > 0) {
		add_type(s, TYPE_CDS);
		add_type(s, TYPE_CDNSKEY);
	}
}

/* A zone of ours below this one that nobody delegated to: its DS is asked of us nevertheless. */
static bool is_child(const struct step *s)
{
	const struct zone_view *zone = snapshot_zone(s->worker->snapshot, s->name, s->name->labels);
	return s->query->type == TYPE_DS && zone != s->zone; /* DS is looked up above the name */
}

/* HOST and NODE are what is known of the name, as put_data has them. */
ASIDE static void note_denial(struct step *s, enum rcode *rcode, const struct node *host, const struct node *node)
{
	struct denial *d = &s->worker->seal->denial;
	bool dynamic = host != NULL && (host->flags & NODE_HOST) != 0;
	d->zone = s->zone;
	d->name_at = s->name_at;
	if (dynamic)
		add_types(s, host, true);
	if (node != NULL)
		add_types(s, node, !dynamic && !d->owns_addresses);
	if (s->depth == 0)
		add_apex_types(s);
	if (*rcode == RCODE_NXDOMAIN && is_child(s)) {
		*rcode = RCODE_NOERROR;
		add_type(s, TYPE_NS);
	}
	d->missing = *rcode == RCODE_NXDOMAIN;
}

ASIDE static enum next deny(struct step *s, enum rcode rcode, const struct node *host, const struct node *node)
{
	if (will_seal(s))
		note_denial(s, &rcode, host, node);
	s->reply->rcode = (uint8_t)rcode;
	if (rcode == RCODE_NXDOMAIN) /* such names are made up at will: the zone counts */
		s->reply->limit_key = s->zone->hash;
	if (put_soa(s, s->zone->negative_ttl))
		s->reply->authorities++;
	else
		truncate(s);
	return NEXT_DONE;
}

/* Additional data: addresses of names that stand in the records just written. */

static const struct node *find_data(const struct step *s, const struct scan *name,
	const struct node **host)
{
	const struct zone_view *zone = snapshot_zone(s->worker->snapshot, name, name->labels);
	*host = zone == NULL ? NULL
		: table_find(s->worker->hosts, name->hash, name->lower, name->size);
	return zone == NULL ? NULL : table_find(&zone->names, name->hash, name->lower, name->size);
}

/* False when something that was there did not fit. */
static bool put_addresses(struct step *s, const struct scan *name, size_t name_at)
{
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA };
	const struct node *host, *node = find_data(s, name, &host);
	bool whole = true;
	if (host != NULL && (host->flags & NODE_HOST) != 0)
		node = host;
	for (size_t i = 0; i < 2 && node != NULL; i++) {
		struct rrset set;
		if (!node_find(node, types[i], &set))
			continue;
		if (reply_rrset(s->reply, &set, name_at))
			s->reply->additional = (uint16_t)(s->reply->additional + set.count);
		else
			whole = false;
	}
	return whole;
}

/* For each RR from FROM to END, of a type that rdata_target knows. GLUE_BELOW: an address
 * of a name below this cut must be there, or the answer is truncated (RFC 9471); NULL otherwise. */
ASIDE static bool put_additional(struct step *s, uint16_t type, size_t from, size_t end,
	const struct name *glue_below)
{
	size_t target = (size_t)rdata_target(type);
	struct scan name;
	bool whole = true;
	while (from < end) {
		uint16_t length;
		const uint8_t *rdata = rr_rdata(s->reply->packet + from, &length);
		size_t name_at = from + RR_FIXED + target;
		from += RR_FIXED + (size_t)length;
		if (!scan_name(rdata + target, length - target, &name))
			continue;
		struct name plain = { .size = name.size };
		memcpy(plain.wire, name.lower, name.size);
		bool needed = glue_below != NULL && name_within(&plain, glue_below);
		whole &= put_addresses(s, &name, name_at) || !needed;
	}
	return whole;
}

/* Positive answers. */

static inline enum next put_rrset(struct step *s, const struct rrset *set)
{
	struct reply *r = s->reply;
	if (reply_rrset(r, set, s->name_at))
		r->answers = (uint16_t)(r->answers + set->count);
	else
		truncate(s);
	return NEXT_DONE;
}

static inline enum next put_answer(struct step *s, const struct rrset *set)
{
	size_t from = s->reply->at;
	put_rrset(s, set);
	if (rdata_target(set->type) >= 0)
		put_additional(s, set->type, from, s->reply->at, NULL);
	return NEXT_DONE;
}

ASIDE static enum next put_alias(struct step *s, const struct rrset *set)
{
	size_t at = s->reply->at;
	if (s->reply->answers >= CHAIN_MOST)
		return NEXT_DONE;
	if (!reply_rrset(s->reply, set, s->name_at)) {
		truncate(s);
		return NEXT_DONE;
	}
	s->reply->answers = (uint16_t)(s->reply->answers + set->count);
	s->alias_at = at + RR_FIXED;
	return NEXT_FOLLOW;
}

/* RFC 8482 section 4.2: one small record instead of all. */
ASIDE static enum next put_any(struct step *s)
{
	static const uint8_t hinfo[] = "\007RFC8482"; /* its NUL is the empty second string */
	if (reply_rr(s->reply, s->name_at, TYPE_HINFO, 3600, hinfo, sizeof hinfo) == 0)
		truncate(s);
	else
		s->reply->answers++;
	return NEXT_DONE;
}

/* A dynamic host owns A and AAAA: static data of its name are of no account then. */
static bool answers_alone(const struct step *s, const struct node *host)
{
	return (host->flags & NODE_HOST) != 0 && (s->query->type == TYPE_A || s->query->type == TYPE_AAAA);
}

/* The static data of the name. */
static const struct node *find_node(const struct step *s)
{
	const struct scan *name = s->name;
	return table_find(&s->zone->names, name->hash, name->lower, name->size);
}

ASIDE static enum next deny_host(struct step *s, const struct node *host)
{
	return deny(s, RCODE_NOERROR, host, will_seal(s) ? find_node(s) : NULL);
}

static inline enum next put_host(struct step *s, const struct node *host)
{
	struct rrset set;
	count_add(s->worker->counters, COUNT_HOST, 1);
	return node_find(host, s->query->type, &set) ? put_rrset(s, &set) : deny_host(s, host);
}

/* RFC 4035 section 2.5: these two may stand beside a CNAME, so what is asked is the alias' own. */
static bool beside_alias(uint16_t type)
{
	return type == TYPE_RRSIG || type == TYPE_NSEC;
}

/* Answers from what is known of the name, by a dynamic host and by static data; either may be NULL. */
ASIDE static enum next put_data(struct step *s, const struct node *host, const struct node *node)
{
	uint16_t type = s->query->type;
	struct rrset set;
	bool dynamic = host != NULL && (host->flags & NODE_HOST) != 0;
	if (dynamic && answers_alone(s, host))
		return put_host(s, host);
	if (type == TYPE_ANY)
		return (dynamic && host->rrsets > 0) || (node != NULL && node->rrsets > 0)
			? put_any(s) : deny(s, RCODE_NOERROR, host, node);
	if (node == NULL)
		return deny(s, RCODE_NOERROR, host, NULL);
	if (node_find(node, type, &set))
		return put_answer(s, &set);
	if ((node->flags & NODE_CNAME) != 0 && !beside_alias(type) && node_find(node, TYPE_CNAME, &set))
		return put_alias(s, &set);
	return deny(s, RCODE_NOERROR, host, node);
}

/* Pools. */

static const struct rrset *pick(const struct step *s, const struct variants *variants)
{
	if (variants->count == 1)
		return variants->sets;
	struct address client = query_client(s->query);
	return &variants->sets[steering_bucket(&client)]; /* empty, where a brownout has no such addresses */
}

/* Copies the RRs beginning with another one each time, so that clients that only try the first
 * spread (surface: the order rotates). */
static enum next put_rotated(struct step *s, const struct rrset *set)
{
	size_t each = set->type == TYPE_A ? RR_FIXED + 4 : RR_FIXED + 16;
	struct rrset rotated = *set;
	rotated.rrs += s->worker->turn++ % set->count * each; /* behind the last one comes the first again */
	return put_rrset(s, &rotated);
}

/* What this client is given of a family; nothing perhaps, in a brownout. */
static void add_pool_type(struct step *s, const struct variants *variants, bool answers, uint16_t type)
{
	if (answers && variants->count > 0 && pick(s, variants)->count > 0)
		add_type(s, type);
}

static void add_pool_types(struct step *s, const struct pool_view *pool, unsigned families)
{
	s->worker->seal->denial.owns_addresses = true;
	add_pool_type(s, &pool->a, (families & FAMILY_4) != 0, TYPE_A);
	add_pool_type(s, &pool->aaaa, (families & FAMILY_6) != 0, TYPE_AAAA);
}

/* Other types than addresses at a pool's name are static data, if the name itself is there. */
ASIDE static enum next put_pool_data(struct step *s, const struct pool_view *pool, unsigned families)
{
	const struct scan *name = s->name;
	if (will_seal(s))
		add_pool_types(s, pool, families);
	return s->query->type == TYPE_ANY
		? put_any(s)
		: put_data(s, NULL, table_find(&s->zone->names, name->hash, name->lower, name->size));
}

ASIDE static enum next deny_pool(struct step *s, const struct pool_view *pool, unsigned families)
{
	bool seals = will_seal(s);
	if (seals)
		add_pool_types(s, pool, families);
	return deny(s, RCODE_NOERROR, NULL, seals ? find_node(s) : NULL);
}

static inline struct usage_bank *usage_of(const struct step *s)
{
	return atomic_load_explicit(&s->worker->usage, memory_order_consume);
}

/* What is so of few pools. */
ASIDE static void remark(struct step *s, const struct pool_view *pool)
{
	struct address client = query_client(s->query);
	if (pool->retired)
		reply_explain(s->reply, EXTENDED_OTHER, "this pool is retired");
	if (pool->usage_browned_out != 0)
		usage_count(usage_of(s), (pool->browned_out >> steering_bucket(&client) & 1) != 0
			? pool->usage_browned_out : pool->usage_others, s->query);
}

static inline __attribute__((always_inline)) enum next put_pool(struct step *s,
	const struct pool_view *pool, unsigned families)
{
	const struct variants none = { 0 }, *variants = &none;
	uint16_t type = s->query->type;
	usage_count(usage_of(s), pool->usage, s->query);
	if (pool->remarkable)
		remark(s, pool);
	if (type != TYPE_A && type != TYPE_AAAA)
		return put_pool_data(s, pool, families);
	if (type == TYPE_A && (families & FAMILY_4) != 0)
		variants = &pool->a;
	else if (type == TYPE_AAAA && (families & FAMILY_6) != 0)
		variants = &pool->aaaa;
	const struct rrset *set = variants->count == 0 ? NULL : pick(s, variants);
	return set == NULL || set->count == 0 ? deny_pool(s, pool, families) : put_rotated(s, set);
}

static inline __attribute__((always_inline)) const struct pool_view *find_pool(const struct step *s,
	unsigned label)
{
	const struct pools *pools = &s->worker->snapshot->pools;
	const uint8_t *at = s->name->lower + s->name->offset[label];
	return pools_may_hold(pools, at) ? pools_find(pools, at) : NULL;
}

/* The same where it is not the straight way. */
ASIDE static const struct pool_view *find_pool_aside(const struct step *s, unsigned label)
{
	return find_pool(s, label);
}

/* A version that nobody defined: never NXDOMAIN, as long as there is a pool for it. */
ASIDE static const struct pool_view *find_fallback(const struct step *s, unsigned label)
{
	const struct pools *pools = &s->worker->snapshot->pools;
	const uint8_t *at = s->name->lower + s->name->offset[label];
	long found = pools->count == 0 ? LATTICE_NONE
		: lattice_find(&pools->lattice, (const char *)at + 1, at[0]);
	return found == LATTICE_NONE ? NULL : &pools->pool[found];
}

static unsigned families_of(const struct step *s)
{
	const uint8_t *at = s->name->lower + s->name->offset[0];
	return label_families((const char *)at + 1, at[0]);
}

/* Delegations and DNAMEs above or at the name. */

/* The DS, or what proves that there is none (RFC 4035 section 3.1.4). */
static bool prove_delegation(struct step *s, const struct node *cut, unsigned label)
{
	struct rrset set;
	struct denial *d = &s->worker->seal->denial;
	if (node_find(cut, TYPE_DS, &set)) {
		s->reply->authorities = (uint16_t)(s->reply->authorities + set.count);
		return reply_rrset(s->reply, &set, label_at(s, label));
	}
	d->zone = s->zone;
	d->name_at = label_at(s, label);
	add_types(s, cut, false);
	return true;
}

ASIDE static enum next refer(struct step *s, const struct node *cut, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	size_t from = r->at;
	if (r->answers == 0)
		r->flags &= (uint8_t)~REPLY_AUTHORITATIVE;
	if (!node_find(cut, TYPE_NS, &set) || !reply_rrset(r, &set, label_at(s, label))) {
		truncate(s);
		return NEXT_DONE;
	}
	r->authorities = (uint16_t)(r->authorities + set.count);
	size_t end = r->at;
	if (will_seal(s) && !prove_delegation(s, cut, label)) {
		truncate(s);
		return NEXT_DONE;
	}
	struct name below = { .size = cut->name_size };
	memcpy(below.wire, cut->bytes, cut->name_size);
	if (!put_additional(s, TYPE_NS, from, end, &below))
		truncate(s);
	return NEXT_DONE;
}

/* RFC 6672 section 3.1: the DNAME, and the CNAME made of it. */
ASIDE static enum next rename_below(struct step *s, const struct node *node, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	uint16_t length;
	if (r->answers >= 2 * CHAIN_MOST || !node_find(node, TYPE_DNAME, &set))
		return NEXT_DONE;
	const uint8_t *target = rr_rdata(set.rrs, &length);
	size_t kept = s->name->offset[label];
	set.count = 1; /* a second DNAME is an error that the import refuses */
	set.size = (uint16_t)(RR_FIXED + length);
	if (!reply_rrset(r, &set, label_at(s, label))) {
		truncate(s);
		return NEXT_DONE;
	}
	r->answers = (uint16_t)(r->answers + 1);
	if (kept + length > NAME_WIRE) {
		r->rcode = RCODE_YXDOMAIN;
		return NEXT_DONE;
	}
	uint8_t name[NAME_WIRE];
	memcpy(name, r->packet + s->name_at, kept); /* in the question's own case */
	memcpy(name + kept, target, length);
	s->alias_at =
		reply_rr(r, s->name_at, TYPE_CNAME, rr_ttl(set.rrs), name, (uint16_t)(kept + length));
	if (s->alias_at == 0) {
		truncate(s);
		return NEXT_DONE;
	}
	r->answers = (uint16_t)(r->answers + 1);
	return s->query->type == TYPE_CNAME ? NEXT_DONE : NEXT_FOLLOW;
}

/* The uppermost cut or DNAME that the name is at or below; s->cut is where it stands. DS is asked
 * of the parent's side of a cut, and a DNAME does not rename its own owner. */
ASIDE static const struct node *find_cut(struct step *s)
{
	if ((s->zone->apex->flags & NODE_DNAME) != 0) { /* RFC 6672 section 2.3: it may stand there */
		s->cut = s->depth;
		return s->zone->apex;
	}
	for (unsigned i = s->depth; i-- > 0;) {
		size_t size;
		const uint8_t *suffix = scan_suffix(s->name, i, &size);
		const struct node *node =
			table_find(&s->zone->names, scan_hash(s->name, i), suffix, size);
		if (node == NULL)
			return NULL; /* what does not exist has nothing below it */
		bool cut = (node->flags & NODE_CUT) != 0 && (i > 0 || s->query->type != TYPE_DS);
		bool renamed = (node->flags & NODE_DNAME) != 0 && i > 0;
		if (cut || renamed) {
			s->cut = i;
			return node;
		}
	}
	return NULL;
}

/* The name does not exist: what does above it? */

ASIDE static enum next wildcard(struct step *s, unsigned encloser)
{
	uint8_t name[NAME_WIRE + SCAN_BEHIND];
	size_t size;
	const uint8_t *suffix = scan_suffix(s->name, encloser, &size);
	name[0] = 1; /* at least one label of two octets stood before SUFFIX: there is room for these */
	name[1] = '*';
	memcpy(name + 2, suffix, size);
	memset(name + 2 + size, 0, 8);
	const struct node *node =
		table_find(&s->zone->names,
			hash_name(name, size + 2), name, size + 2);
	return node == NULL ? deny(s, RCODE_NXDOMAIN, NULL, NULL) : put_data(s, NULL, node);
}

ASIDE static enum next missing(struct step *s)
{
	const struct table *hosts = s->worker->hosts;
	unsigned label = 1;
	if (will_seal(s))
		s->worker->seal->made_up = true;
	for (; label < s->depth; label++) {
		size_t size;
		const uint8_t *suffix = scan_suffix(s->name, label, &size);
		uint64_t hash = scan_hash(s->name, label);
		const struct node *host = table_find(hosts, hash, suffix, size);
		if (host != NULL && (host->flags & NODE_HOST) != 0)
			return put_data(s, host, NULL); /* a host answers for *.HOST */
		if (host != NULL || table_find(&s->zone->names, hash, suffix, size) != NULL)
			break;
		if (label == s->depth - 1 && find_pool_aside(s, label) != NULL)
			break;
	}
	const struct pool_view *pool = s->depth == 1 ? find_fallback(s, 0) : NULL;
	if (pool != NULL) {
		usage_count_unknown(usage_of(s), s->name->lower + s->name->offset[0]);
		return put_pool(s, pool, families_of(s));
	}
	return s->zone->has_wildcards ? wildcard(s, label) : deny(s, RCODE_NXDOMAIN, NULL, NULL);
}

/* The zone's own keys, and what they say to its parent; NULL. */
static const struct rrset *key_records(const struct step *s)
{
	const struct signing_keys *keys = zone_keys(s->zone);
	if (keys == NULL)
		return NULL;
	const struct rrset *set = s->query->type == TYPE_DNSKEY ? &keys->dnskey
		: s->query->type == TYPE_CDS ? &keys->cds
		: s->query->type == TYPE_CDNSKEY ? &keys->cdnskey
		: NULL;
	return set == NULL || set->count == 0 ? NULL : set;
}

ASIDE static enum next apex(struct step *s)
{
	const struct rrset *keys = key_records(s);
	if (keys != NULL)
		return put_rrset(s, keys);
	if (s->query->type != TYPE_SOA)
		return put_data(s, NULL, s->zone->apex);
	if (put_soa(s, s->zone->ttl))
		s->reply->answers++;
	else
		truncate(s);
	return NEXT_DONE;
}

/* Such a name has this type and no other. */
static void note_special(struct step *s, uint16_t type)
{
	if (!will_seal(s))
		return;
	s->worker->seal->made_up = true;
	add_type(s, type);
}

/* Names that are made of others': relay authentication, and the pools' own evidence. True when the
 * name is one of them. */
ASIDE static bool special(struct step *s)
{
	if (s->depth < 2 || s->worker->snapshot->pools.count == 0)
		return false;
	const uint8_t *first = s->name->lower + s->name->offset[0];
	if (!s->zone->owns_auth && scan_label_is(s->name, s->depth - 1, "auth")) {
		note_special(s, TYPE_A);
		if (!relay_auth_answer(s->worker, s->query, s->name, s->depth - 1, s->reply))
			deny(s, RCODE_NOERROR, NULL, NULL);
		return true;
	}
	bool named = first[1] == '_' && s->depth == 2 && evidence_named(s->name);
	const struct pool_view *pool = named ? find_pool_aside(s, 1) : NULL;
	if (named && pool == NULL)
		pool = find_fallback(s, 1);
	if (pool == NULL)
		return false;
	note_special(s, TYPE_TXT);
	if (!evidence_answer(s->worker, pool, s->query, s->name, s->reply))
		deny(s, RCODE_NOERROR, NULL, NULL);
	return true;
}

ASIDE static enum next resolve_cut(struct step *s, const struct node *cut)
{
	return (cut->flags & NODE_CUT) != 0 ? refer(s, cut, s->cut) : rename_below(s, cut, s->cut);
}

/* Neither a host's addresses nor records of the type that is asked for. */
ASIDE static enum next resolve_rest(struct step *s, const struct node *host, const struct node *node)
{
	if (host != NULL || node != NULL)
		return put_data(s, host, node);
	return special(s) ? NEXT_DONE : missing(s);
}

static inline __attribute__((always_inline)) enum next resolve(struct step *s)
{
	const struct scan *name = s->name;
	const struct node *node;
	if (s->depth == 0)
		return apex(s);
	if (s->zone->has_cuts && (node = find_cut(s)) != NULL)
		return resolve_cut(s, node);
	const struct pool_view *pool = s->depth == 1 ? find_pool(s, 0) : NULL;
	if (pool != NULL)
		return put_pool(s, pool, FAMILY_4 | FAMILY_6);
	struct rrset set;
	const struct node *host = table_find(s->worker->hosts, name->hash, name->lower, name->size);
	if (host != NULL && answers_alone(s, host))
		return put_host(s, host);
	node = table_find(&s->zone->names, name->hash, name->lower, name->size);
	return node != NULL && node_find(node, s->query->type, &set) ? put_answer(s, &set)
								     : resolve_rest(s, host, node);
}

/* DS of a zone's apex belongs to the parent, if we serve that, too (RFC 4035 section 3.1.4.1). */
ASIDE static const struct zone_view *zone_of_ds(const struct step *s, const struct zone_view *zone)
{
	unsigned labels = s->name->labels;
	if (zone == NULL || zone->labels != labels || labels == 0)
		return zone;
	const struct zone_view *parent = snapshot_zone(s->worker->snapshot, s->name, labels - 1u);
	return parent != NULL ? parent : zone;
}

static inline __attribute__((always_inline)) enum next look_up(struct step *s)
{
	if (s->query->type == TYPE_DS)
		s->zone = zone_of_ds(s, s->zone);
	if (s->zone != NULL) {
		s->depth = (unsigned)(s->name->labels - s->zone->labels);
		return resolve(s);
	}
	if (s->reply->answers == 0) {
		s->reply->flags = 0;
		s->reply->rcode = RCODE_REFUSED;
		reply_explain(s->reply, EXTENDED_NOT_AUTHORITATIVE, "");
	}
	return NEXT_DONE;
}

/* What was said of an alias' name is not of its target's. */
static void forget_alias(struct signer *signer)
{
	signer->denial.count = 0;
	signer->denial.owns_addresses = false;
}

/* After an alias: its target is the name, until there is none. */
ASIDE static void follow(struct step *s)
{
	const struct reply *r = s->reply;
	struct scan target;
	do {
		if (!scan_name(r->packet + s->alias_at, r->at - s->alias_at, &target))
			return;
		if (s->worker->seal != NULL)
			forget_alias(s->worker->seal);
		s->name = &target;
		s->name_at = s->alias_at;
		s->zone = snapshot_zone(s->worker->snapshot, &target, target.labels);
	} while (look_up(s) == NEXT_FOLLOW);
}

void lookup_answer(struct worker *worker, const struct query *q, struct reply *r)
{
	struct step s;
	s.worker = worker;
	s.query = q;
	s.reply = r;
	s.name = &q->name;
	s.name_at = HEADER_SIZE;
	s.zone = q->zone;
	r->flags = REPLY_AUTHORITATIVE;
	r->limit_key = q->name.hash ^ q->type;
	if (look_up(&s) == NEXT_FOLLOW)
		follow(&s);
}
