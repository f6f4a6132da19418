/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures for answers, found or made. A signer is one thread's; what was made is shared by all.
 *
 * Making costs twenty times an answer, so it has a budget, and names that are made up at will (denials,
 * wildcards, names below hosts) one of their own and a cache of their own: a flood of those neither takes the time of
 * answers nor puts out what is kept for names that are there.
 *
 * What pools deal to each network (steering/hands.h) is kept apart, too, for there may be as many of those as networks. Their
 * signatures can be done without (dnsd/answer/sign.h): they are made while more than half of what the budget saves is there. */
#ifndef DNSD_SIGN_SIGNER_H
#define DNSD_SIGN_SIGNER_H

#include "wire/canonical.h"
#include "dnsd/sign/signature_cache.h"
#include "dnsd/sign/signing_keys.h"

struct variants;
struct zone_view;

enum signer_kind { SIGNER_KEPT, SIGNER_MADE_UP, SIGNER_HAND, SIGNER_MADE_UP_HAND };

enum { SIGNER_BUDGETS = SIGNER_MADE_UP + 1, SIGNER_CACHES = SIGNER_HAND + 1 };

/* What all threads share. */
enum { SIGNER_BACKDATED = 3600 /* seconds: clocks that are behind believe us nevertheless */ };

struct signatures {
	struct signature_cache cache[SIGNER_CACHES];
	int64_t validity; /* seconds; the last quarter of them, a signature is made anew */
	int64_t rate[SIGNER_BUDGETS]; /* signatures a second and thread; 0: no limit */
	uint8_t key[2][16]; /* of the hashes of RDATA and of all else */
};

enum {
	SIGNER_CONTEXTS = 64,
	SIGNER_RRS = 5500,         /* RRs that fit into a message */
	SIGNER_ROOM = 3 << 16,     /* an RRset as it is signed: whole owners instead of pointers */
	SIGNER_TYPES = 512,
};

/* What lookup says of a name that has no such data,  for sign_answer (dnsd/answer/sign.h) to prove. */
struct denial {
	const struct zone_view *zone; /* NULL: nothing is denied */
	size_t name_at;               /* in the message */
	bool missing;                 /* there is no such name */
	bool owns_addresses;          /* static A and AAAA of the name are of no account */
	unsigned count;
	uint16_t types[SIGNER_TYPES]; /* that there are, in any order; some may be there twice */
};

/* What a pool dealt to who asks: sign_answer takes another hand where this one's signature has no budget. */
struct dealt {
	const struct variants *variants; /* NULL: nothing */
	size_t at;                       /* in the message, whose end it is */
	unsigned bucket;
	uint32_t turn;
};

struct signer {
	struct signatures *shared;
	struct denial denial;
	struct dealt dealt;
	bool made_up; /* of the answer: its name is */
	struct {
		uint64_t id; /* of the key */
		uint8_t algorithm;
		void *context;
	} contexts[SIGNER_CONTEXTS];
	struct {
		int64_t tokens, at; /* a signature costs 1000 of them; milliseconds */
	} budget[SIGNER_BUDGETS];
	uint64_t made, refused; /* signatures made; for which there was no budget */
	struct rdata_piece {
		const uint8_t *rdata;
		uint16_t length;
	} pieces[SIGNER_RRS];
	uint8_t scratch[65536]; /* the message before it was signed */
	uint16_t moved[65536];  /* where a label of it stands in the message, if it is in an RDATA that was written */
	uint8_t lower[65536];   /* RDATA in canonical form */
	uint8_t octets[SIGNER_ROOM];
};

/* An RRset in canonical form: PIECES of the signer, in any order. */
struct signed_set {
	const uint8_t *owner; /* lower case */
	size_t owner_size;
	uint16_t type;
	uint32_t ttl; /* the zone's: an answer's may be less */
	size_t count;
};

/* What lookup said of an answer. */
static inline void signer_forget(struct signer *s)
{
	s->denial.zone = NULL;
	s->denial.count = 0;
	s->denial.missing = s->denial.owns_addresses = s->made_up = false;
	s->dealt.variants = NULL;
}

/* OCTETS for what is kept; as many for hands, and a quarter for what is made up. */
int signatures_init(struct signatures *, size_t octets, struct error *);
void signatures_free(struct signatures *);

/* NULL when memory is out. */
struct signer *signer_new(struct signatures *);
void signer_free(struct signer *);

/* Of the RRset, by one key of the zone. False when there is no budget for it, or OpenSSL fails. */
bool signer_sign(struct signer *, const struct signed_set *, const struct name *zone, const struct signing_key *,
	enum signer_kind, int64_t now, struct rrsig *);

/* Writes the RDATA of an RRSIG up to the signature (RFC 4034 section 3.1). Returns its size: 18 octets and the zone's
 * name. */
size_t signer_head(const struct signed_set *, const struct name *zone, const struct signing_key *,
	const struct rrsig *, uint8_t *rdata);

/* Makes piece number WHICH of RDATA that stays where it is: in canonical form (RFC 4034 section 6.2). ROOM moves on
 * in the signer's own memory where names had to be lowered. */
void signer_piece(struct signer *, size_t which, uint16_t type, const uint8_t *rdata, uint16_t length, uint8_t **room);

#endif
