/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed zone as its secondaries get it: its RRsets in canonical order, chained by NSEC (RFC 4034
 * section 4, RFC 4035 section 2), each with its signatures; and a journal of what changed from serial to
 * serial, RR by RR, for IXFR (RFC 1995). What is published stays as it is until it must change: a
 * signature is made once for an RRset, and again only before it expires.
 *
 * It knows no registry, no keys and no messages. One thread at a time. */
#ifndef DNSD_IMAGE_SIGNED_ZONE_H
#define DNSD_IMAGE_SIGNED_ZONE_H

#include "dnsd/image/zone_journal.h"

struct zone_rrset {
	struct name owner; /* lower case */
	uint16_t type;
	uint32_t ttl;
	struct rdatas rdatas;
};

/* Makes the RRSIGs of an RRset, whose RDATAs are in canonical order: writes their RDATAs, each behind two
 * octets of length, to SIGNATURES, which has room for SIGNATURES_MOST octets, and says how many octets they
 * are and when the first of them expires. */
struct zone_signer {
	int (*sign)(void *context, const struct zone_rrset *, int64_t now, uint8_t *signatures, size_t *size,
		int64_t *expires, struct error *);
	void *context;
};
enum { SIGNATURES_MOST = 8192 };

struct signed_zone;

/* An empty zone. NSEC_TTL is that of its NSECs: the lesser of the SOA's TTL and minimum (RFC 9077). The
 * journal keeps JOURNAL octets at most, and no more than the zone has: who is so far behind is as well served by it. FAILED when memory is out. */
int signed_zone_new(const struct name *apex, uint32_t nsec_ttl, size_t journal, const struct zone_signer *,
	struct signed_zone **, struct error *);

/* NULL is passed over. */
void signed_zone_free(struct signed_zone *);

/* The RRset that the zone is to have from the next commit on; without RDATAs, none. They may be in any order
 * and occur twice. The SOA, with its serial, is put as all else is. REFUSED for an owner that is not in the zone;
 * FAILED when memory is out. */
int signed_zone_put(struct signed_zone *, const struct zone_rrset *, struct error *);

/* From `replace` on, all that the zone is to have is put; `replaced` takes away what was not. FAILED when memory is
 * out. */
void signed_zone_replace(struct signed_zone *);
int signed_zone_replaced(struct signed_zone *, struct error *);

/* Signatures that expire before a date are made anew by the next commit; all, with INT64_MAX. FAILED when memory
 * is out. */
int signed_zone_refresh(struct signed_zone *, int64_t before, struct error *);

/* Publishes what was put: chains, signs, and writes to the journal what became of the last commit's serial.
 * After anything but DONE the zone is of no more use. */
int signed_zone_commit(struct signed_zone *, uint32_t serial, int64_t now, struct error *);

/* Octets of the journal, and takes its oldest difference out: how many it is shorter then. */
size_t signed_zone_journal(const struct signed_zone *);
size_t signed_zone_shorten(struct signed_zone *);

/* The serial of the last commit. */
uint32_t signed_zone_serial(const struct signed_zone *);

/* Every RR in canonical order. */
int signed_zone_walk(const struct signed_zone *, zone_rr_taker *, void *context, struct error *);

/* The differences from a serial on, as IXFR has them: each one is the old SOA, what is removed, the new SOA,
 * what is added. ABSENT when the journal does not reach back so far. */
int signed_zone_differences(const struct signed_zone *, uint32_t from, zone_rr_taker *, void *context,
	struct error *);

#endif
