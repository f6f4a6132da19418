/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a signature by the hash of what it signs, or makes one: canonical form, dates, and the budget. */
#include "dnsd/sign/signer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dnsd/store/node.h"
#include "lib/siphash.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "wire/rdata.h"

enum {
	TOKEN = 1000,
	BURST = 100, /* milliseconds: unused budget of so long is kept */
};

int signatures_init(struct signatures *s, size_t octets, struct error *e)
{
	int outcome = signature_cache_init(&s->cache[SIGNER_KEPT], octets, e);
	if (outcome == DONE)
		outcome = signature_cache_init(&s->cache[SIGNER_HAND], octets, e);
	if (outcome == DONE)
		outcome = signature_cache_init(&s->cache[SIGNER_MADE_UP], octets / 4, e);
	if (outcome == DONE && getrandom(s->key, sizeof s->key, 0) != sizeof s->key)
		outcome = fail(e, FAILED, "no randomness to be had");
	return outcome;
}

void signatures_free(struct signatures *s)
{
	for (int i = 0; i < SIGNER_CACHES; i++)
		signature_cache_free(&s->cache[i]);
}

struct signer *signer_new(struct signatures *shared)
{
	struct signer *s = calloc(1, sizeof *s);
	if (s != NULL)
		s->shared = shared;
	return s;
}

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < SIGNER_CONTEXTS; i++)
		if (s->contexts[i].context != NULL)
			signing_context_free(s->contexts[i].algorithm, s->contexts[i].context);
	free(s);
}

/* Canonical RDATA. */

void signer_piece(struct signer *s, size_t which, uint16_t type, const uint8_t *rdata, uint16_t length, uint8_t **room)
{
	s->pieces[which] = (struct rdata_piece){ rdata, length };
	if (!rdata_has_names(type))
		return;
	rdata_canonical(type, (struct blob){ rdata, length }, *room);
	s->pieces[which].rdata = *room;
	*room += length;
}

/* The octets that a signature signs. */

static unsigned labels_of(const struct signed_set *set)
{
	unsigned labels = name_labels(set->owner);
	return set->owner[0] == 1 && set->owner[1] == '*' ? labels - 1 : labels; /* RFC 4034 section 3.1.3 */
}

size_t signer_head(const struct signed_set *set, const struct name *zone, const struct signing_key *key,
	const struct rrsig *signature, uint8_t *rdata)
{
	struct cursor c = cursor_over(rdata, 18 + (size_t)zone->size);
	cursor_put_u16(&c, set->type);
	cursor_put_u8(&c, key->algorithm);
	cursor_put_u8(&c, (uint8_t)labels_of(set));
	cursor_put_u32(&c, set->ttl);
	cursor_put_u32(&c, signature->expiration);
	cursor_put_u32(&c, signature->inception);
	cursor_put_u16(&c, key->tag);
	cursor_put(&c, zone->wire, zone->size);
	return cursor_done(&c);
}

/* A hash of the RRset and the key. It does not depend on the order of the RRs. */
static struct content hash_set(const struct signer *s, const struct signed_set *set, const struct signing_key *key)
{
	struct content content;
	uint8_t head[8 + 2 + 4 + NAME_WIRE];
	memcpy(head, &key->id, 8);
	memcpy(head + 8, &set->type, 2);
	memcpy(head + 10, &set->ttl, 4);
	memcpy(head + 14, set->owner, set->owner_size);
	uint64_t sum[2] = { 0, 0 }, word[2];
	for (size_t p = 0; p < set->count; p++) {
		siphash_wide(s->shared->key[0], s->pieces[p].rdata, s->pieces[p].length, word);
		sum[0] += word[0];
		sum[1] += word[1];
	}
	siphash_wide(s->shared->key[1], head, 14 + set->owner_size, word);
	for (int i = 0; i < 2; i++)
		content.word[i] = word[i] ^ sum[i] * UINT64_C(0x9e3779b97f4a7c15);
	return content;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct rdata_piece *x = a, *y = b;
	return canonical_compare(x->rdata, x->length, y->rdata, y->length);
}

/* Writes the octets that are signed (RFC 4034 section 3.1.8.1). Returns how many; 0 when they do not fit. */
static size_t render(struct signer *s, const struct signed_set *set, const struct name *zone,
	const struct signing_key *key, const struct rrsig *dates)
{
	size_t head = signer_head(set, zone, key, dates, s->octets);
	struct cursor c = cursor_over(s->octets + head, sizeof s->octets - head);
	qsort(s->pieces, set->count, sizeof *s->pieces, compare_pieces);
	for (size_t i = 0; i < set->count; i++) {
		if (i > 0 && compare_pieces(&s->pieces[i - 1], &s->pieces[i]) == 0)
			continue;
		cursor_put(&c, set->owner, set->owner_size);
		cursor_put_u16(&c, set->type);
		cursor_put_u16(&c, CLASS_IN);
		cursor_put_u32(&c, set->ttl);
		cursor_put_u16(&c, s->pieces[i].length);
		cursor_put(&c, s->pieces[i].rdata, s->pieces[i].length);
	}
	return c.broken ? 0 : head + cursor_done(&c);
}

/* Making. */

static bool take_token(struct signer *s, enum signer_kind kind)
{
	bool hand = kind >= SIGNER_HAND;
	enum signer_kind of = hand ? kind - SIGNER_HAND : kind;
	int64_t rate = s->shared->rate[of], now = clock_ticks(), most = rate * BURST;
	if (rate == 0)
		return true;
	s->budget[of].tokens += (now - s->budget[of].at) * rate;
	s->budget[of].at = now;
	if (s->budget[of].tokens > most)
		s->budget[of].tokens = most;
	if (s->budget[of].tokens < TOKEN || (hand && s->budget[of].tokens <= most / 2))
		return false;
	s->budget[of].tokens -= TOKEN;
	return true;
}

static void **context_of(struct signer *s, const struct signing_key *key)
{
	size_t at = key->id % SIGNER_CONTEXTS;
	if (s->contexts[at].id != key->id) {
		if (s->contexts[at].context != NULL)
			signing_context_free(s->contexts[at].algorithm, s->contexts[at].context);
		s->contexts[at].id = key->id;
		s->contexts[at].algorithm = key->algorithm;
		s->contexts[at].context = NULL;
	}
	return &s->contexts[at].context;
}

/* Sets the signature's dates. Expirations are spread, so that signatures made together do not expire together. */
static void date(const struct signer *s, const struct content *content, int64_t now, struct rrsig *signature)
{
	int64_t eighth = s->shared->validity / 8, spread = eighth > 0 ? (int64_t)(content->word[1] % (uint64_t)eighth) : 0;
	signature->inception = (uint32_t)(now - SIGNER_BACKDATED);
	signature->expiration = (uint32_t)(now + s->shared->validity - spread);
}

/* How many seconds the signature is still valid; by serial arithmetic (RFC 1982), for its dates have 32 bits. */
static int64_t left_at(const struct rrsig *signature, int64_t now)
{
	if ((int32_t)((uint32_t)now - signature->inception) < 0)
		return -1; /* the clock went back */
	return (int32_t)(signature->expiration - (uint32_t)now);
}

bool signer_sign(struct signer *s, const struct signed_set *set, const struct name *zone,
	const struct signing_key *key, enum signer_kind kind, int64_t now, struct rrsig *signature)
{
	struct signature_cache *cache = &s->shared->cache[kind == SIGNER_MADE_UP_HAND ? SIGNER_MADE_UP : kind];
	struct content content = hash_set(s, set, key);
	int64_t left = -1;
	if (signature_find(cache, &content, signature)) {
		left = left_at(signature, now);
		if (left > s->shared->validity / 4)
			return true;
	}
	if (!take_token(s, kind)) {
		s->refused++;
		return left > 0;
	}
	date(s, &content, now, signature);
	size_t size = render(s, set, zone, key, signature);
	if (size == 0 || !signing_key_sign(key, context_of(s, key), s->octets, size, signature->octets))
		return false;
	s->made++;
	signature_keep(cache, &content, signature);
	return true;
}
