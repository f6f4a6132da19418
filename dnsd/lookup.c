/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/lookup_step.h"

#include "dnsd/evidence.h"
#include "dnsd/relay_auth.h"
#include "lib/text.h"

ASIDE void step_truncate(struct step *s)
{
	struct reply *r = s->reply;
	r->flags |= REPLY_TRUNCATED;
	r->at = s->query->question_end;
	r->answers = r->authorities = r->additional = 0;
}

/* Positive answers. */

static inline enum next put_rrset(struct step *s, const struct rrset *set)
{
	struct reply *r = s->reply;
	if (reply_rrset(r, set, s->name_at))
		r->answers = (uint16_t)(r->answers + set->count);
	else
		step_truncate(s);
	return NEXT_DONE;
}

static inline enum next put_answer(struct step *s, const struct rrset *set)
{
	size_t from = s->reply->at;
	put_rrset(s, set);
	if (rdata_target(set->type) >= 0)
		step_put_additional(s, set->type, from, s->reply->at, NULL);
	return NEXT_DONE;
}

ASIDE static enum next put_alias(struct step *s, const struct rrset *set)
{
	size_t at = s->reply->at;
	if (s->reply->answers >= CHAIN_MOST)
		return NEXT_DONE;
	reply_count_as(s->reply, s->source, TYPE_CNAME);
	if (!reply_rrset(s->reply, set, s->name_at)) {
		step_truncate(s);
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
		step_truncate(s);
	else
		s->reply->answers++;
	return NEXT_DONE;
}

/* A dynamic host owns A and AAAA: static data of its name are of no account then. */
static bool answers_alone(const struct step *s, const struct node *host)
{
	return (host->flags & NODE_HOST) != 0 && (s->query->type == TYPE_A || s->query->type == TYPE_AAAA);
}

ASIDE static enum next deny_host(struct step *s, const struct node *host)
{
	return step_deny(s, RCODE_NOERROR, host, will_seal(s) ? find_node(s) : NULL);
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
			? put_any(s) : step_deny(s, RCODE_NOERROR, host, node);
	if (node == NULL)
		return step_deny(s, RCODE_NOERROR, host, NULL);
	if (node_find(node, type, &set))
		return put_answer(s, &set);
	if ((node->flags & NODE_CNAME) != 0 && !beside_alias(type) && node_find(node, TYPE_CNAME, &set))
		return put_alias(s, &set);
	return step_deny(s, RCODE_NOERROR, host, node);
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
		step_add_type(s, type);
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
	return step_deny(s, RCODE_NOERROR, NULL, seals ? find_node(s) : NULL);
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
	uint64_t hash = hash_name(name, size + 2);
	const struct node *node = table_find(&s->zone->names, hash, name, size + 2);
	step_come_from(s, hash);
	return node == NULL ? step_deny(s, RCODE_NXDOMAIN, NULL, NULL) : put_data(s, NULL, node);
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
		if (host != NULL && (host->flags & NODE_HOST) != 0) {
			step_come_from(s, hash);
			return put_data(s, host, NULL); /* a host answers for *.HOST */
		}
		if (host != NULL || table_find(&s->zone->names, hash, suffix, size) != NULL)
			break;
		if (label == s->depth - 1 && find_pool_aside(s, label) != NULL)
			break;
	}
	const struct pool_view *pool = s->depth == 1 ? find_fallback(s, 0) : NULL;
	if (pool != NULL) {
		usage_count_unknown(usage_of(s), s->name->lower + s->name->offset[0]);
		step_come_from(s, s->zone->hash ^ pool->hash);
		return put_pool(s, pool, families_of(s));
	}
	return s->zone->has_wildcards ? wildcard(s, label) : step_deny(s, RCODE_NXDOMAIN, NULL, NULL);
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
	if (step_put_soa(s, s->zone->ttl))
		s->reply->answers++;
	else
		step_truncate(s);
	return NEXT_DONE;
}

/* Such a name has this type and no other. */
static void note_special(struct step *s, uint16_t type)
{
	if (!will_seal(s))
		return;
	s->worker->seal->made_up = true;
	step_add_type(s, type);
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
		step_come_from(s, s->zone->hash ^ REPLY_AUTH);
		if (!relay_auth_answer(s->worker, s->query, s->name, s->depth - 1, s->reply))
			step_deny(s, RCODE_NOERROR, NULL, NULL);
		return true;
	}
	bool named = first[1] == '_' && s->depth == 2 && evidence_named(s->name);
	const struct pool_view *pool = named ? find_pool_aside(s, 1) : NULL;
	if (named && pool == NULL)
		pool = find_fallback(s, 1);
	if (pool == NULL)
		return false;
	note_special(s, TYPE_TXT);
	step_come_from(s, s->zone->hash ^ pool->hash);
	if (!evidence_answer(s->worker, pool, s->query, s->name, s->reply))
		step_deny(s, RCODE_NOERROR, NULL, NULL);
	return true;
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
	if (s->zone->has_cuts && (node = step_find_cut(s)) != NULL)
		return step_resolve_cut(s, node);
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

/* After an alias: its target is the name, until there is none. The answer is counted as what the first name came from. */
ASIDE static void follow(struct step *s)
{
	struct reply *r = s->reply;
	uint64_t counted = r->limit_key;
	struct scan target;
	do {
		if (!scan_name(r->packet + s->alias_at, r->at - s->alias_at, &target))
			break;
		if (s->worker->seal != NULL)
			forget_alias(s->worker->seal);
		s->name = &target;
		s->name_at = s->alias_at;
		s->zone = snapshot_zone(s->worker->snapshot, &target, target.labels);
	} while (look_up(s) == NEXT_FOLLOW);
	r->limit_key = counted;
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
	s.source = q->name.hash;
	reply_count_as(r, s.source, q->type);
	if (look_up(&s) == NEXT_FOLLOW)
		follow(&s);
}
