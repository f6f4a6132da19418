/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that sign a zone: files K<zone>.+<algorithm>+<tag>.key and .private in a directory, as BIND's tools
 * write and read them. What a key is to do follows from the dates in its file and the clock (RFC 7583). */
#ifndef DNSSEC_ZONE_KEY_H
#define DNSSEC_ZONE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/name.h"

enum {
	ALGORITHM_P256 = 13,    /* RFC 6605 */
	ALGORITHM_ED25519 = 15, /* RFC 8080 */
	KEY_ZONE = 256, KEY_ENTRY = 257, /* flags of a ZSK, and of a KSK or CSK: the secure entry point */
	KEY_SECRET = 32,
	KEY_SIGNATURE = 64,
	KEY_RDATA_MOST = 4 + 64, /* of a DNSKEY */
	KEY_DIGEST = 4 + 32,     /* RDATA of a DS with SHA-256 */
	ZONE_KEYS_MOST = 16,     /* files of a zone that count */
};

/* The dates of a key file, in its order; 0: none. */
enum key_date { KEY_CREATED, KEY_PUBLISH, KEY_ACTIVATE, KEY_INACTIVE, KEY_DELETE, KEY_SYNC_PUBLISH, KEY_SYNC_DELETE,
	KEY_DATES };

struct zone_key {
	struct name zone;
	uint16_t flags, tag;
	uint8_t algorithm;
	bool closed; /* there is no .private: it is published, and signs nothing */
	uint8_t secret[KEY_SECRET], open[64]; /* open: 64 octets of P-256, 32 of Ed25519 */
	int64_t date[KEY_DATES];
};

/* A new key; the dates are the caller's to set. */
int zone_key_make(const struct name *zone, uint16_t flags, uint8_t algorithm, struct zone_key *, struct error *);

/* Writes both files in the place of what they were, whole and durable, for the registry's owner (lib/owner.h). Makes
 * the directory. */
int zone_key_write(const char *directory, const char *registry, const struct zone_key *, struct error *);

/* The files of a zone's keys, those of algorithms that we do not know left out; at most ZONE_KEYS_MOST. ABSENT
 * when there is none; REFUSED cites the file. */
int zone_keys_read(const char *directory, const struct name *zone, struct zone_key keys[ZONE_KEYS_MOST], size_t *count,
	struct error *);

/* Forgets the secrets. */
void zone_keys_forget(struct zone_key *, size_t count);

/* RDATA: of DNSKEY and CDNSKEY (returns its size), and of DS and CDS, which has KEY_DIGEST octets. */
uint16_t zone_key_rdata(const struct zone_key *, uint8_t rdata[KEY_RDATA_MOST]);
void zone_key_digest(const struct zone_key *, uint8_t rdata[KEY_DIGEST]);

/* "ecdsap256sha256", "ed25519"; 0 and NULL for what is neither. */
uint8_t algorithm_read(const char *text);
const char *algorithm_text(uint8_t algorithm);

/* What a key is to do at a time. */
static inline bool key_between(const struct zone_key *k, enum key_date from, enum key_date to, int64_t now)
{
	return k->date[from] != 0 && k->date[from] <= now && (k->date[to] == 0 || now < k->date[to]);
}

static inline bool key_published(const struct zone_key *k, int64_t now)
{
	return key_between(k, KEY_PUBLISH, KEY_DELETE, now);
}

static inline bool key_active(const struct zone_key *k, int64_t now)
{
	return !k->closed && key_published(k, now) && key_between(k, KEY_ACTIVATE, KEY_INACTIVE, now);
}

/* Whether the parent is to have its DS: CDS and CDNSKEY say so. */
static inline bool key_at_parent(const struct zone_key *k, int64_t now)
{
	return k->flags == KEY_ENTRY && key_published(k, now) && key_between(k, KEY_SYNC_PUBLISH, KEY_SYNC_DELETE, now);
}

/* What each key of a zone signs (RFC 6781 section 3.1): ZSKs the data and KSKs the keys; of an algorithm that has
 * only the one or the other, those sign all. */
enum key_signs { SIGNS_NOTHING = 0, SIGNS_KEYS = 1, SIGNS_DATA = 2 };
enum key_signs zone_key_signs(const struct zone_key *keys, size_t count, size_t which, int64_t now);

/* The next date of any key after NOW; INT64_MAX when there is none. */
int64_t zone_keys_next(const struct zone_key *keys, size_t count, int64_t now);

#endif
