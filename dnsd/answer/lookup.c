/* SPDX-License-Identifier: BSD-2-Clause */
/* The lookup by RFC 1034 section 4.3.2, name by name: hosts, static data, pools, wildcards, aliases. */
#include "dnsd/answer/lookup.h"

#include "dnsd/answer/client.h"
#include "dnsd/answer/evidence.h"
#include "dnsd/answer/lookup_hop.h"
#include "dnsd/answer/relay_auth.h"
#include "dnsd/view/rotation.h"
#include "lib/text.h"
#include "steering/brownout.h"
#include "wire/rdata.h"

/* Positive answers. */

static inline enum next put_rrset(struct hop *s, const struct rrset *set)
{
	struct reply *r = s->reply;
	if (!reply_rrset(r, &r->answers, set, s->name_at))
		hop_truncate(s);
	return NEXT_DONE;
}

/* Writes an RRset with names in its RDATA, and adds those names' addresses. */
ASIDE static enum next put_named(struct hop *s, const struct rrset *set)
{
	struct reply *r = s->reply;
	size_t from = r->at;
	if (!reply_named_rrset(r, &r->answers, set, s->name_at))
		hop_truncate(s);
	else if (rdata_target(set->type) >= 0)
		hop_put_additional(s, set, from, NULL);
	return NEXT_DONE;
}

ASIDE static enum next put_other(struct hop *s, const struct rrset *set)
{
	return compress_names(set->type).count > 0 ? put_named(s, set) : put_rrset(s, set);
}

/* Writes an RRset. Most are addresses, which hold no names. */
static inline enum next put_answer(struct hop *s, const struct rrset *set)
{
	return set->type == TYPE_A || set->type == TYPE_AAAA ? put_rrset(s, set) : put_other(s, set);
}

ASIDE static enum next put_alias(struct hop *s, const struct rrset *set)
{
	uint16_t length;
	const uint8_t *target = rr_rdata(set->rrs, &length);
	if (!hop_link(s, NULL))
		return NEXT_DONE;
	reply_count_as(s->reply, s->source, TYPE_CNAME);
	s->alias_at = s->reply->at + RR_FIXED;
	if (reply_named_rrset(s->reply, &s->reply->answers, set, s->name_at))
		return rdata_whole(TYPE_CNAME, (struct blob){ target, length }) ? NEXT_FOLLOW : NEXT_DONE;
	hop_truncate(s);
	return NEXT_DONE;
}

/* Answers ANY with one small record instead of all (RFC 8482 section 4.2). */
ASIDE static enum next put_small(struct hop *s)
{
	static const uint8_t hinfo[] = "\007RFC8482"; /* its NUL is the empty second string */
	if (reply_rr(s->reply, &s->reply->answers, s->name_at, TYPE_HINFO, 3600, hinfo, sizeof hinfo) == 0)
		hop_truncate(s);
	return NEXT_DONE;
}

/* Whether a dynamic host's data are the whole answer: it owns A and AAAA, whatever static data its name has. */
static bool answers_alone(const struct hop *s, const struct node *host)
{
	return (host->flags & NODE_HOST) != 0 && (s->query->type == TYPE_A || s->query->type == TYPE_AAAA);
}

ASIDE static enum next deny_host(struct hop *s, const struct node *host)
{
	return hop_deny(s, RCODE_NOERROR, host, will_sign(s) ? find_node(s) : NULL);
}

static inline enum next put_host(struct hop *s, const struct node *host)
{
	struct rrset set;
	count_add(s->worker->counters, COUNT_HOST, 1);
	return node_find(host, s->query->type, &set) ? put_rrset(s, &set) : deny_host(s, host);
}

/* Whether the type may stand beside a CNAME (RFC 4035 section 2.5), so that a question for it is not redirected. */
static bool beside_alias(uint16_t type)
{
	return type == TYPE_RRSIG || type == TYPE_NSEC;
}

static bool owns_data(const struct node *node)
{
	return node != NULL && node->rrsets > 0;
}

/* Answers from what the name has: a dynamic host and static data (NODE); either may be NULL. BESIDE: the name has
 * addresses that are not the node's; a CNAME of the node does not count then (RFC 1034 section 3.6.2). */
ASIDE static enum next put_data(struct hop *s, const struct node *host, const struct node *node, bool beside)
{
	uint16_t type = s->query->type;
	struct rrset set;
	bool alias = node != NULL && (node->flags & NODE_CNAME) != 0;
	if (type == TYPE_ANY && (beside || !alias))
		return owns_data(host) || owns_data(node) ? put_small(s) : hop_deny(s, RCODE_NOERROR, host, node);
	if (alias && beside && type == TYPE_CNAME)
		return hop_deny(s, RCODE_NOERROR, host, node);
	if (node != NULL && node_find(node, type, &set))
		return put_answer(s, &set);
	if (!alias || beside || beside_alias(type) || !node_find(node, TYPE_CNAME, &set))
		return hop_deny(s, RCODE_NOERROR, host, node);
	return type == TYPE_ANY ? put_named(s, &set) : put_alias(s, &set); /* RFC 8482 section 4.2 */
}

/* Pools. */

/* Copies the RRs beginning with another one each time, so that clients that only try the first one are spread. */
static inline __attribute__((always_inline)) enum next put_rotated(struct hop *s, const struct rrset *set,
	uint32_t turn)
{
	size_t each = set->type == TYPE_A ? RR_FIXED + 4 : RR_FIXED + 16;
	struct rrset rotated = *set;
	rotated.rrs += rotation_first(turn, set->count) * each;
	return put_rrset(s, &rotated);
}

/* EACH is a constant where this is called: 16 octets, or 28. */
static inline __attribute__((always_inline)) void copy_one(uint8_t *to, const uint8_t *rrs, unsigned index, size_t each)
{
	enum { STEP = 16 };
	memcpy(to, rrs + index * each, STEP);
	if (each > STEP)
		memcpy(to + each - STEP, rrs + index * each + each - STEP, STEP);
}

static inline __attribute__((always_inline)) uint8_t *copy_some(uint8_t *to, const uint8_t *rrs, const uint16_t *hand,
	const uint16_t *end, size_t each)
{
	for (; end - hand >= 4; hand += 4, to += 4 * each) {
		copy_one(to, rrs, hand[0], each);
		copy_one(to + each, rrs, hand[1], each);
		copy_one(to + 2 * each, rrs, hand[2], each);
		copy_one(to + 3 * each, rrs, hand[3], each);
	}
	for (; hand < end; hand++, to += each)
		copy_one(to, rrs, *hand, each);
	return to;
}

/* The hand that the client's network was dealt, RR by RR. It stands twice: behind the last comes the first again. The
 * name is in a pointer's reach: before it there is nothing but CHAIN_MOST aliases. */
static inline __attribute__((always_inline)) enum next copy_hand(struct hop *s, const struct variants *v,
	const uint16_t *hand, unsigned count, size_t each)
{
	struct reply *r = s->reply;
	if (count * each > r->limit - r->at) {
		hop_truncate(s);
		return NEXT_DONE;
	}
	uint8_t *from = r->packet + r->at, *to = copy_some(from, v->rrs, hand, hand + count, each);
	r->at += count * each;
	r->answers = (uint16_t)(r->answers + count);
	if (s->name_at != QUESTION_NAME)
		reply_own(from, to, s->name_at);
	return NEXT_DONE;
}

ASIDE static void note_hand(const struct hop *s, const struct variants *v, unsigned bucket, uint32_t turn)
{
	s->worker->signer->dealt = (struct dealt){ v, s->reply->at, bucket, turn };
}

static __attribute__((noinline)) enum next put_hand(struct hop *s, const struct variants *v, uint32_t turn)
{
	enum { A_SIZE = RR_FIXED + 4, AAAA_SIZE = RR_FIXED + 16 };
	unsigned bucket = client_bucket(s->query);
	if (will_sign(s))
		note_hand(s, v, bucket, turn);
	const uint16_t *hand = hands_of(&v->hands, bucket);
	unsigned count = hands_count(&v->hands, hand);
	hand += rotation_first(turn, count);
	return v->each == A_SIZE ? copy_hand(s, v, hand, count, A_SIZE) : copy_hand(s, v, hand, count, AAAA_SIZE);
}

static inline __attribute__((always_inline)) enum next put_addresses(struct hop *s, const struct variants *v)
{
	uint32_t turn = s->worker->turns[v->turn]++;
	return v->kind == VARIANTS_ONE ? put_rotated(s, &v->set, turn) : put_hand(s, v, turn);
}

ASIDE static bool is_browned_out(const struct hop *s, const struct pool_view *pool)
{
	return pool->browned != NULL && brownout_takes(pool->browned, client_bucket(s->query));
}

/* What this client is given of a family; nothing perhaps, in a brownout. */
static inline const struct variants *variants_of(const struct hop *s, const struct pool_view *pool, uint16_t type)
{
	if (pool->remarkable && is_browned_out(s, pool))
		return type == TYPE_A ? &pool->given_a : &pool->given_aaaa;
	return type == TYPE_A ? &pool->a : &pool->aaaa;
}

static void add_pool_type(struct hop *s, const struct pool_view *pool, bool answers, uint16_t type)
{
	if (answers && variants_of(s, pool, type)->kind != VARIANTS_NONE)
		hop_add_type(s, type);
}

static void add_pool_types(struct hop *s, const struct pool_view *pool, unsigned families)
{
	s->worker->signer->denial.owns_addresses = true;
	add_pool_type(s, pool, (families & FAMILY_4) != 0, TYPE_A);
	add_pool_type(s, pool, (families & FAMILY_6) != 0, TYPE_AAAA);
}

/* Other types than addresses at a pool's name are static data, if the name itself is there. */
ASIDE static enum next put_pool_data(struct hop *s, const struct pool_view *pool, unsigned families)
{
	const struct scan *name = s->name;
	if (will_sign(s))
		add_pool_types(s, pool, families);
	return s->query->type == TYPE_ANY
		? put_small(s)
		: put_data(s, NULL, name_table_find(&s->zone->names, name->hash, name->lower, name->size), true);
}

ASIDE static enum next deny_pool(struct hop *s, const struct pool_view *pool, unsigned families)
{
	bool signs = will_sign(s);
	if (signs)
		add_pool_types(s, pool, families);
	return hop_deny(s, RCODE_NOERROR, NULL, signs ? find_node(s) : NULL);
}

static inline struct usage_bank *usage_of(const struct hop *s)
{
	return atomic_load_explicit(&s->worker->usage, memory_order_consume);
}

/* What only few pools need: a remark that the pool is retired, and a brownout's counts. */
ASIDE static void remark(struct hop *s, const struct pool_view *pool)
{
	if (pool->retired)
		reply_explain(s->reply, EXTENDED_OTHER, "this pool is retired");
	if (pool->counted != NULL) {
		unsigned bucket = client_bucket(s->query), lot = pool_lot(bucket);
		usage_add(usage_of(s), brownout_takes(pool->counted->pool, bucket) ? pool->counted->given[lot]
			: pool->counted->others[lot], client_network(s->query));
	}
}

static inline __attribute__((always_inline)) enum next put_pool(struct hop *s,
	const struct pool_view *pool, unsigned families)
{
	uint16_t type = s->query->type;
	usage_count(usage_of(s), pool->usage, s->zone->usage, client_network(s->query));
	if (pool->remarkable)
		remark(s, pool);
	if (type != TYPE_A && type != TYPE_AAAA)
		return put_pool_data(s, pool, families);
	if ((families & (type == TYPE_A ? FAMILY_4 : FAMILY_6)) == 0)
		return deny_pool(s, pool, families);
	const struct variants *variants = variants_of(s, pool, type);
	return variants->kind == VARIANTS_NONE ? deny_pool(s, pool, families) : put_addresses(s, variants);
}

/* The same where it is not the straight way. */
ASIDE static const struct pool_view *find_pool_aside(const struct hop *s, unsigned label)
{
	return find_pool(s->worker->snapshot, s->name, label);
}

/* The pool for a label of an unknown version, which is answered by the nearest pool instead of NXDOMAIN, and instead of
 * nothing where the name has no addresses; NULL when there is none. */
ASIDE static const struct pool_view *find_fallback(const struct hop *s, unsigned label)
{
	const struct pools *pools = &s->worker->snapshot->pools;
	const uint8_t *at = s->name->lower + s->name->offset[label];
	long found = pools->count == 0 ? LATTICE_NONE
		: lattice_find(&pools->lattice, (const char *)at + 1, at[0]);
	return found == LATTICE_NONE ? NULL : &pools->pool[found];
}

static unsigned families_asked(const struct hop *s)
{
	const uint8_t *at = s->name->lower + s->name->offset[0];
	return label_families((const char *)at + 1, at[0]);
}

static enum next put_fallback(struct hop *s, const struct pool_view *pool)
{
	usage_count_unknown(usage_of(s), s->name->lower + s->name->offset[0]);
	return put_pool(s, pool, families_asked(s));
}

/* Whether the name has addresses, or says where they are. */
static bool leads_to_addresses(const struct node *host, const struct node *node)
{
	struct rrset set;
	return (host != NULL && (host->flags & NODE_HOST) != 0)
		|| (node != NULL && ((node->flags & NODE_CNAME) != 0 || node_find(node, TYPE_A, &set) || node_find(node, TYPE_AAAA, &set)));
}

/* Names that do not exist: what is above them may answer. */

ASIDE static const struct node *find_wildcard(const struct hop *s, unsigned encloser)
{
	uint8_t name[NAME_WIRE + SCAN_BEHIND];
	size_t size;
	const uint8_t *suffix = scan_suffix(s->name, encloser, &size);
	name[0] = 1; /* at least one label of two octets stood before SUFFIX: there is room for these */
	name[1] = '*';
	memcpy(name + 2, suffix, size);
	memset(name + 2 + size, 0, 8);
	return name_table_find(&s->zone->names, hash_name(name, size + 2), name, size + 2);
}

/* Answers a name below a host, which answers addresses for *.HOST; other types of *.HOST are static data. Names below
 * *.HOST itself do not exist, for a wildcard does not match below itself (RFC 4592 section 3.3.1). */
static enum next put_below_host(struct hop *s, const struct node *host, unsigned label)
{
	struct rrset set;
	if (label > 1 && scan_label_is(s->name, label - 1, "*"))
		return hop_deny(s, RCODE_NXDOMAIN, NULL, NULL);
	const struct node *wild = find_wildcard(s, label);
	if (!answers_alone(s, host))
		return put_data(s, host, wild, true);
	count_add(s->worker->counters, COUNT_HOST, 1);
	return node_find(host, s->query->type, &set) ? put_rrset(s, &set) : hop_deny(s, RCODE_NOERROR, host, wild);
}

ASIDE static enum next missing(struct hop *s)
{
	const struct name_table *hosts = s->worker->hosts;
	unsigned label = 1;
	if (will_sign(s))
		s->worker->signer->made_up = true;
	for (; label < s->depth; label++) {
		size_t size;
		const uint8_t *suffix = scan_suffix(s->name, label, &size);
		uint64_t hash = scan_hash(s->name, label);
		const struct node *host = name_table_find(hosts, hash, suffix, size);
		if (host != NULL && (host->flags & NODE_HOST) != 0) {
			hop_come_from(s, hash);
			return put_below_host(s, host, label);
		}
		if (host != NULL || name_table_find(&s->zone->names, hash, suffix, size) != NULL)
			break;
		if (label == s->depth - 1 && find_pool_aside(s, label) != NULL)
			break;
	}
	const struct pool_view *pool = s->depth == 1 ? find_fallback(s, 0) : NULL;
	if (pool != NULL) {
		hop_come_from(s, s->zone->hash ^ pool->hash);
		return put_fallback(s, pool);
	}
	const struct node *wild = s->zone->has_wildcards ? find_wildcard(s, label) : NULL;
	if (wild == NULL)
		return hop_deny(s, RCODE_NXDOMAIN, NULL, NULL);
	hop_come_from(s, hash_name(wild->bytes, wild->name_size));
	return put_data(s, NULL, wild, false);
}

/* The signed zone's own DNSKEY, CDS or CDNSKEY RRset, if that is asked for; else NULL. */
static const struct rrset *key_records(const struct hop *s)
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

ASIDE static enum next apex(struct hop *s)
{
	const struct rrset *keys = key_records(s);
	if (keys != NULL)
		return put_rrset(s, keys);
	if (s->query->type != TYPE_SOA)
		return put_data(s, NULL, s->zone->apex, false);
	if (!hop_put_soa(s, &s->reply->answers, s->zone->ttl))
		hop_truncate(s);
	return NEXT_DONE;
}

/* Answers names that are computed: relay authentication (below auth.ZONE) and evidence of pools. Each has one type only;
 * "auth" itself has none, but exists, for it has names below it. False when the name is none of these. */
ASIDE static bool special(struct hop *s)
{
	const struct scan *name = s->name;
	uint16_t type = 0;
	const struct pool_view *pool = NULL;
	if (!s->zone->owns_auth && scan_label_is(name, s->depth - 1, "auth")) {
		type = s->depth == 1 ? 0 : TYPE_A;
	} else if (s->depth == 2 && evidence_named(name)) {
		type = TYPE_TXT;
		pool = find_pool_aside(s, 1);
		if (pool == NULL)
			pool = find_fallback(s, 1);
		if (pool == NULL)
			return false;
	} else {
		return false;
	}
	hop_come_from(s, s->zone->hash ^ (pool == NULL ? REPLY_AUTH : pool->hash));
	if (will_sign(s)) {
		s->worker->signer->made_up = true;
		if (type != 0)
			hop_add_type(s, type);
	}
	if (pool != NULL && !evidence_allowed(s))
		evidence_refuse(s);
	else if (type == 0 || s->query->type != type)
		hop_deny(s, RCODE_NOERROR, NULL, NULL);
	else if (pool != NULL)
		evidence_answer(s, pool);
	else
		relay_auth_answer(s, s->depth - 1);
	return true;
}

/* Whether the name may be special. */
static inline bool looks_special(const struct hop *s)
{
	return s->name->lower[1] == '_' || (scan_label_is(s->name, s->depth - 1, "auth") && s->worker->snapshot->pools.count > 0);
}

/* The name has neither a host's addresses nor static data of the type asked for: an alias, a denial, or what is above. */
ASIDE static enum next resolve_rest(struct hop *s, const struct node *host, const struct node *node)
{
	if (s->depth == 1 && (host != NULL || node != NULL) && !leads_to_addresses(host, node)) {
		/* a name below it, which anybody may own, or a TXT beside it takes nothing from those who look it up */
		const struct pool_view *pool = find_fallback(s, 0);
		if (pool != NULL)
			return put_fallback(s, pool);
	}
	if (host != NULL || node != NULL)
		return put_data(s, host, node, host != NULL && (host->flags & NODE_HOST) != 0);
	return looks_special(s) && special(s) ? NEXT_DONE : missing(s);
}

static inline bool asks_for_wildcard(const struct scan *name)
{
	return name->lower[0] == 1 && name->lower[1] == '*';
}

/* A question for a name *.X itself that has static data: if X is a host, the host's addresses answer, too. */
ASIDE static enum next resolve_wildcard(struct hop *s, const struct node *host, const struct node *node)
{
	size_t size;
	const uint8_t *above = scan_suffix(s->name, 1, &size);
	const struct node *of = s->depth == 1 ? NULL : name_table_find(s->worker->hosts, hash_name(above, size), above, size);
	if (of != NULL && (of->flags & NODE_HOST) != 0)
		return put_below_host(s, of, 1);
	return resolve_rest(s, host, node);
}

static inline bool may_be_cut(const struct hop *s)
{
	const struct scan *name = s->name;
	if (!s->zone->has_cuts)
		return false;
	for (unsigned i = 0; i < s->depth; i++)
		if (zone_may_cut(s->zone, name->lower + name->offset[i]))
			return true;
	return false;
}

static inline __attribute__((always_inline)) enum next resolve(struct hop *s)
{
	const struct scan *name = s->name;
	const struct node *node;
	if (s->depth == 0)
		return apex(s);
	if (may_be_cut(s) && (node = hop_find_cut(s)) != NULL)
		return hop_resolve_cut(s, node);
	const struct pool_view *pool = s->depth == 1 ? find_pool(s->worker->snapshot, name, 0) : NULL;
	if (pool != NULL)
		return put_pool(s, pool, FAMILY_4 | FAMILY_6);
	struct rrset set;
	const struct node *host = name_table_find(s->worker->hosts, name->hash, name->lower, name->size);
	if (host != NULL && answers_alone(s, host))
		return put_host(s, host);
	node = name_table_find(&s->zone->names, name->hash, name->lower, name->size);
	if (node != NULL && asks_for_wildcard(name))
		return resolve_wildcard(s, host, node);
	return host == NULL && node != NULL && node_find(node, s->query->type, &set) ? put_answer(s, &set)
										     : resolve_rest(s, host, node);
}

/* Answers DS for the apex of one of our zones, from our zone above it (s->zone). The name counts as delegated even
 * without NS there, since we serve the child, and nothing else that the parent has at this name counts (RFC 4035 section
 * 2.3). If the name is below a delegation of the parent, it is not the parent's to answer. */
ASIDE static enum next resolve_child(struct hop *s)
{
	struct rrset set;
	s->depth = (unsigned)(s->name->labels - s->zone->labels);
	const struct node *node = s->zone->has_cuts ? hop_find_cut(s) : NULL;
	if (node != NULL && (node->flags & NODE_CUT) != 0)
		return hop_resolve_cut(s, node);
	node = find_node(s);
	if (node != NULL && node_find(node, TYPE_DS, &set))
		return put_rrset(s, &set);
	if (will_sign(s))
		hop_add_type(s, TYPE_NS);
	return hop_deny(s, RCODE_NOERROR, NULL, NULL);
}

/* DS of a zone's apex belongs to the parent zone (RFC 4035 section 3.1.4.1). If we serve that, it becomes s->zone. */
ASIDE static bool ask_parent(struct hop *s)
{
	unsigned labels = s->name->labels;
	if (s->zone->labels != labels || labels == 0)
		return false;
	const struct zone_view *parent = snapshot_zone(s->worker->snapshot, s->name, labels - 1u);
	if (parent != NULL)
		s->zone = parent;
	return parent != NULL;
}

static inline __attribute__((always_inline)) enum next look_up(struct hop *s)
{
	if (s->zone != NULL) {
		if (s->query->type == TYPE_DS && ask_parent(s))
			return resolve_child(s);
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

/* Forgets what the signer was told of an alias' owner, for it does not hold for the target. */
static void forget_alias(struct signer *signer)
{
	signer->denial.count = 0;
	signer->denial.owns_addresses = false;
}

/* Follows aliases to their last target. For rate limiting, the answer still counts as the first name's. */
ASIDE static void follow(struct hop *s)
{
	uint64_t counted = s->reply->limit_key;
	uint8_t name[NAME_WIRE + SCAN_BEHIND];
	struct scan target;
	do {
		compress_read(s->reply->packet, s->alias_at, name);
		scan_name(name, NAME_WIRE, &target);
		if (s->worker->signer != NULL)
			forget_alias(s->worker->signer);
		s->name = &target;
		s->name_at = s->alias_at;
		s->zone = snapshot_zone(s->worker->snapshot, &target, target.labels);
	} while (look_up(s) == NEXT_FOLLOW);
	s->reply->limit_key = counted;
}

void lookup_answer(struct worker *worker, const struct query *q, struct reply *r)
{
	struct hop s;
	s.worker = worker;
	s.query = q;
	s.reply = r;
	s.name = &q->name;
	s.name_at = HEADER_SIZE;
	s.zone = q->zone;
	s.links = 0;
	r->flags = FLAG_AA;
	s.source = q->name.hash;
	reply_count_as(r, s.source, q->type);
	if (look_up(&s) == NEXT_FOLLOW)
		follow(&s);
}
