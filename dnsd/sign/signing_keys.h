/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signed zone's keys mean at a time: the apex records that publish them, and which key signs what. Immutable once
 * made. */
#ifndef DNSD_SIGN_SIGNING_KEYS_H
#define DNSD_SIGN_SIGNING_KEYS_H

#include <openssl/evp.h>

#include "dnsd/store/node.h"
#include "model/model.h"
#include "dnssec/zone_key.h"

struct signing_key {
	EVP_PKEY *key;
	uint64_t id; /* stays the same for a key of a zone while this process runs */
	uint16_t tag;
	uint8_t algorithm, signs; /* enum key_signs */
};

struct signing_keys {
	struct name zone;
	unsigned count;
	struct signing_key key[ZONE_KEYS_MOST]; /* the keys that sign now */
	struct rrset dnskey, cds, cdnskey; /* count 0: there is none */
	int64_t since, next; /* all this holds between these dates, in seconds since 1970 */
	unsigned published; /* how many DNSKEYs there are */
	uint16_t tags[ZONE_KEYS_MOST]; /* the DNSKEYs' tags */
	unsigned holders; /* zone views that share this; loader thread only */
	uint64_t print; /* a hash: equal if made from equal files, with the same meaning */
	uint8_t bytes[]; /* what the RRsets point to */
};

/* Makes them from a zone's key files in a directory, for NOW in seconds since 1970. TTL is that of the records. LEAVING:
 * CDS and CDNSKEY ask to remove the DS (RFC 8078 section 4). ABSENT when no key signs; REFUSED when a file is wrong. They
 * have one holder, and are freed with signing_keys_free. */
int signing_keys_read(const char *directory, const struct name *zone, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **, struct error *);

/* The same from keys in memory, at least one. */
int signing_keys_make(const struct zone_key *, size_t count, uint32_t ttl, bool leaving, int64_t now,
	struct signing_keys **, struct error *);

/* Takes one holder away, and frees them with the last. NULL is ignored. */
void signing_keys_free(struct signing_keys *);

/* Whether a key signs an RRset of this type in the zone, whose owner's name has OWNER_SIZE octets. CDS and CDNSKEY are
 * ordinary data unless they are at the apex (RFC 7344 section 4.1). */
static inline bool signing_key_signs(const struct signing_keys *keys, const struct signing_key *key, size_t owner_size,
	uint16_t type)
{
	bool of_keys = type == TYPE_DNSKEY
		|| ((type == TYPE_CDS || type == TYPE_CDNSKEY) && owner_size == keys->zone.size);
	return (key->signs & (of_keys ? SIGNS_KEYS : SIGNS_DATA)) != 0;
}

/* Signs OCTETS with a key, by OpenSSL; false when that fails. *CONTEXT belongs to the calling thread and to this key;
 * it is NULL at first, then an EVP_PKEY_CTX (ECDSA) or EVP_MD_CTX (Ed25519), to be freed by signing_context_free. */
bool signing_key_sign(const struct signing_key *, void **context, const uint8_t *octets, size_t size,
	uint8_t signature[KEY_SIGNATURE]);
void signing_context_free(uint8_t algorithm, void *context);

#endif
