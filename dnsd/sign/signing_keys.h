/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signed zone's keys come to at a time: the records of its apex that tell of them, and who signs what.
 * Immutable once made. */
#ifndef DNSD_SIGN_SIGNING_KEYS_H
#define DNSD_SIGN_SIGNING_KEYS_H

#include <openssl/evp.h>

#include "dnsd/store/node.h"
#include "model/model.h"
#include "dnssec/zone_key.h"

struct signing_key {
	EVP_PKEY *key;
	uint64_t id; /* the same for the same key of the same zone while we run */
	uint16_t tag;
	uint8_t algorithm, signs; /* enum key_signs */
};

struct signing_keys {
	struct name zone;
	unsigned count;
	struct signing_key key[ZONE_KEYS_MOST]; /* that sign now */
	struct rrset dnskey, cds, cdnskey; /* count 0: there is none */
	int64_t since, next; /* between these dates they come to this */
	unsigned published; /* DNSKEYs, */
	uint16_t tags[ZONE_KEYS_MOST]; /* and their tags */
	unsigned holders; /* zones' views; loader thread only */
	uint64_t print; /* the same for the same files, at the same time */
	uint8_t bytes[]; /* of the RRsets */
};

/* From the key files of a zone's directory. LEAVING: CDS and CDNSKEY ask to remove the DS (RFC 8078 section 4).
 * ABSENT when no key signs; REFUSED for files that are not right. */
int signing_keys_read(const char *directory, const struct name *zone, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **, struct error *);

/* The same from keys that are there. */
int signing_keys_make(const struct zone_key *, size_t count, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **, struct error *);

/* For one holder less: the last one frees it. NULL is passed over. */
void signing_keys_free(struct signing_keys *);

/* Whether a key of the zone signs RRsets of this type, whose owner's name has so many octets. Elsewhere than at the
 * apex, CDS and CDNSKEY are data as others are (RFC 7344 section 4.1). */
static inline bool signing_key_signs(const struct signing_keys *keys, const struct signing_key *key, size_t owner_size,
	uint16_t type)
{
	bool of_keys = type == TYPE_DNSKEY
		|| ((type == TYPE_CDS || type == TYPE_CDNSKEY) && owner_size == keys->zone.size);
	return (key->signs & (of_keys ? SIGNS_KEYS : SIGNS_DATA)) != 0;
}

/* Makes a key's signature of OCTETS, by OpenSSL. CONTEXT is the caller's thread's own, made at the first use of
 * the key: EVP_PKEY_CTX of ECDSA, EVP_MD_CTX of Ed25519. */
bool signing_key_sign(const struct signing_key *, void **context, const uint8_t *octets, size_t size,
	uint8_t signature[KEY_SIGNATURE]);
void signing_context_free(uint8_t algorithm, void *context);

#endif
