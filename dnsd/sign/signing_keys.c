/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys made into OpenSSL's form, and the DNSKEY, CDS and CDNSKEY records that publish them. */
#include "dnsd/sign/signing_keys.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#include "dnsd/store/hash.h"
#include "lib/digest.h"
#include "lib/siphash.h"

enum { SETS_MOST = ZONE_KEYS_MOST * (2 * (RR_FIXED + KEY_RDATA_MOST) + RR_FIXED + KEY_DIGEST) };

/* OpenSSL's form of the keys. */

static EVP_PKEY *open_p256(const struct zone_key *key)
{
	uint8_t point[65] = { 4 /* uncompressed */ };
	memcpy(point + 1, key->open, 64);
	BIGNUM *secret = BN_bin2bn(key->secret, KEY_SECRET, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *made = NULL;
	if (secret != NULL && build != NULL && context != NULL
		&& OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0)
		&& OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret)
		&& OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point)
		&& (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(context) > 0)
		EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	BN_clear_free(secret);
	return made;
}

static EVP_PKEY *open_key(const struct zone_key *key)
{
	return key->algorithm == ALGORITHM_P256 ? open_p256(key)
		: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->secret, KEY_SECRET);
}

/* Writes an INTEGER of a DER-encoded ECDSA signature as 32 octets. Returns what is behind it; NULL when it is none. */
static const uint8_t *put_integer(const uint8_t *der, const uint8_t *end, uint8_t out[32])
{
	if (end - der < 2 || der[0] != 2 || der[1] > end - der - 2)
		return NULL;
	size_t size = der[1];
	der += 2;
	for (; size > 32; size--, der++)
		if (*der != 0)
			return NULL;
	memset(out, 0, 32 - size);
	memcpy(out + 32 - size, der, size);
	return der + size;
}

static bool sign_p256(EVP_PKEY *key, void **context, const uint8_t *octets, size_t size, uint8_t *signature)
{
	uint8_t digest[DIGEST_SHA256_SIZE], der[80];
	size_t length = sizeof der;
	if (*context == NULL) {
		*context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
		if (*context == NULL || EVP_PKEY_sign_init(*context) <= 0)
			return false;
	}
	digest_sha256(octets, size, digest);
	if (EVP_PKEY_sign(*context, der, &length, digest, sizeof digest) <= 0 || length < 8)
		return false;
	const uint8_t *s = put_integer(der + 2, der + length, signature);
	return s != NULL && put_integer(s, der + length, signature + 32) != NULL;
}

static bool sign_ed25519(EVP_PKEY *key, void **context, const uint8_t *octets, size_t size, uint8_t *signature)
{
	size_t length = KEY_SIGNATURE;
	if (*context == NULL)
		*context = EVP_MD_CTX_new();
	return *context != NULL && EVP_DigestSignInit(*context, NULL, NULL, NULL, key) > 0
		&& EVP_DigestSign(*context, signature, &length, octets, size) > 0;
}

bool signing_key_sign(const struct signing_key *key, void **context, const uint8_t *octets, size_t size,
	uint8_t signature[KEY_SIGNATURE])
{
	return key->algorithm == ALGORITHM_P256 ? sign_p256(key->key, context, octets, size, signature)
						: sign_ed25519(key->key, context, octets, size, signature);
}

void signing_context_free(uint8_t algorithm, void *context)
{
	if (algorithm == ALGORITHM_P256)
		EVP_PKEY_CTX_free(context);
	else
		EVP_MD_CTX_free(context);
}

/* Whether the public half belongs to the secret one: files may have been mixed up. */
static bool check_pair(const struct signing_key *key, const struct zone_key *of)
{
	static const uint8_t octets[] = "windsock";
	uint8_t signature[KEY_SIGNATURE];
	void *context = NULL;
	uint8_t open[32];
	size_t size = sizeof open;
	if (of->algorithm == ALGORITHM_ED25519)
		return EVP_PKEY_get_raw_public_key(key->key, open, &size) > 0 && memcmp(open, of->open, size) == 0;
	EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
	bool well = check != NULL && EVP_PKEY_pairwise_check(check) > 0
		&& signing_key_sign(key, &context, octets, sizeof octets, signature);
	EVP_PKEY_CTX_free(check);
	signing_context_free(of->algorithm, context);
	return well;
}

/* The apex' records. */

struct rendering {
	uint8_t *at;
	uint32_t ttl;
};

static void render(struct rendering *r, struct rrset *set, uint16_t type, const uint8_t *rdata, uint16_t size)
{
	if (set->count == 0)
		*set = (struct rrset){ .type = type, .rrs = r->at };
	r->at = rr_render(r->at, type, r->ttl, rdata, size);
	set->count++;
	set->size = (uint16_t)(set->size + RR_FIXED + size);
}

/* Renders one RRset after the other, so that each one's RRs are contiguous. */
static void render_sets(struct signing_keys *s, const struct zone_key *keys, size_t count, uint32_t ttl, bool leaving,
	int64_t now)
{
	static const uint8_t no_key[] = { 0, 0, 3, 0, 0 }, no_ds[] = { 0, 0, 0, 0, 0 };
	struct rendering r = { s->bytes, ttl };
	uint8_t rdata[KEY_RDATA_MOST];
	for (size_t i = 0; i < count; i++)
		if (key_published(&keys[i], now)) {
			render(&r, &s->dnskey, TYPE_DNSKEY, rdata, zone_key_rdata(&keys[i], rdata));
			s->tags[s->published++] = keys[i].tag;
		}
	if (leaving) {
		render(&r, &s->cds, TYPE_CDS, no_ds, sizeof no_ds);
		render(&r, &s->cdnskey, TYPE_CDNSKEY, no_key, sizeof no_key);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (key_at_parent(&keys[i], now)) {
			zone_key_digest(&keys[i], rdata);
			render(&r, &s->cds, TYPE_CDS, rdata, KEY_DIGEST);
		}
	for (size_t i = 0; i < count; i++)
		if (key_at_parent(&keys[i], now))
			render(&r, &s->cdnskey, TYPE_CDNSKEY, rdata, zone_key_rdata(&keys[i], rdata));
}

/* Keyed by the process' random seed, which nobody outside knows. */
static uint64_t hash_octets(const void *octets, size_t size)
{
	const uint64_t key[2] = { hash_seed, ~hash_seed };
	return siphash((const uint8_t *)key, octets, size);
}

static int add_key(struct signing_keys *s, const struct zone_key *of, enum key_signs signs, struct error *e)
{
	uint8_t octets[KEY_RDATA_MOST + NAME_WIRE] = { 0 };
	struct signing_key *key = &s->key[s->count++];
	size_t size = zone_key_rdata(of, octets);
	memcpy(octets + size, of->zone.wire, of->zone.size);
	*key = (struct signing_key){ .key = open_key(of), .id = hash_octets(octets, size + of->zone.size), .tag = of->tag,
		.algorithm = of->algorithm, .signs = (uint8_t)signs };
	if (key->key == NULL || !check_pair(key, of))
		return fail(e, REFUSED, "key %u: its two halves do not fit together", of->tag);
	return DONE;
}

int signing_keys_make(const struct zone_key *keys, size_t count, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **made, struct error *e)
{
	struct signing_keys *s = calloc(1, sizeof *s + SETS_MOST);
	int outcome = s == NULL ? fail(e, FAILED, "out of memory") : DONE;
	unsigned signs_all = 0;
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		enum key_signs signs = zone_key_signs(keys, count, i, now);
		if (signs != SIGNS_NOTHING)
			outcome = add_key(s, &keys[i], signs, e);
		signs_all |= signs;
	}
	if (outcome == DONE && signs_all != (SIGNS_KEYS | SIGNS_DATA))
		outcome = fail(e, ABSENT, "no key of the zone is active");
	if (outcome != DONE) {
		signing_keys_free(s);
		return outcome;
	}
	s->holders = 1;
	s->zone = keys[0].zone;
	s->since = now;
	s->next = zone_keys_next(keys, count, now);
	render_sets(s, keys, count, ttl, leaving, now);
	const uint64_t parts[] = { hash_octets(keys, count * sizeof *keys), hash_octets(s->bytes, SETS_MOST),
		(uint64_t)s->next, ttl };
	s->print = hash_octets(parts, sizeof parts);
	*made = s;
	return DONE;
}

int signing_keys_read(const char *directory, const struct name *zone, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **made, struct error *e)
{
	struct zone_key keys[ZONE_KEYS_MOST];
	size_t count;
	memset(keys, 0, sizeof keys);
	int outcome = zone_keys_read(directory, zone, keys, &count, e);
	if (outcome != DONE)
		return outcome;
	outcome = signing_keys_make(keys, count, ttl, leaving, now, made, e);
	zone_keys_forget(keys, count);
	return outcome;
}

void signing_keys_free(struct signing_keys *s)
{
	if (s == NULL || s->holders-- > 1)
		return;
	for (unsigned i = 0; i < s->count; i++)
		EVP_PKEY_free(s->key[i].key);
	free(s);
}
