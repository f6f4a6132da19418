/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed zone as its secondaries get it: RRsets in canonical order, chained by NSEC (RFC 4034 section 4, RFC 4035
 * section 2), each with its signatures; and a journal of the RRs that changed from serial to serial, for IXFR (RFC
 * 1995). What is published changes only when it must: a signature is made once for an RRset, and again before it
 * expires.
 *
 * This knows no registry, no keys and no messages. One thread at a time. */
#ifndef DNSD_IMAGE_SIGNED_ZONE_H
#define DNSD_IMAGE_SIGNED_ZONE_H

#include "dnsd/image/zone_journal.h"

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

/* Makes an empty zone. NSEC_TTL is the TTL of its NSECs: the lesser of the SOA's TTL and MINIMUM (RFC 9077). The journal
 * keeps JOURNAL octets at most, and no more than the zone has, for a transfer of the whole zone is as good then. FAILED
 * when memory is out. */
int signed_zone_new(const struct name *apex, uint32_t nsec_ttl, size_t journal, const struct zone_signer *,
	struct signed_zone **, struct error *);

/* NULL is passed over. */
void signed_zone_free(struct signed_zone *);

/* Sets an RRset of the zone as of the next commit; without RDATAs, removes it. RDATAs may be in any order, and occur twice.
 * The SOA with its serial is put like any other. REFUSED for an owner that is not in the zone; FAILED when memory is
 * out. */
int signed_zone_put(struct signed_zone *, const struct zone_rrset *, struct error *);

/* Replaces the whole content: call signed_zone_replace, put all RRsets, and call signed_zone_replaced, which removes those
 * that were not put. FAILED when memory is out. */
void signed_zone_replace(struct signed_zone *);
int signed_zone_replaced(struct signed_zone *, struct error *);

/* Lets the next commit renew all signatures that expire before a date; INT64_MAX for all. FAILED when memory is out. */
int signed_zone_refresh(struct signed_zone *, int64_t before, struct error *);

/* Publishes what was put: makes the NSEC chain, signs, and adds the difference from the last commit to the journal. After
 * anything but DONE the zone can only be freed. */
int signed_zone_commit(struct signed_zone *, uint32_t serial, int64_t now, struct error *);

/* How many octets the journal has; removes its oldest difference, and returns how many octets that had. */
size_t signed_zone_journal(const struct signed_zone *);
size_t signed_zone_shorten(struct signed_zone *);

/* The serial of the last commit. */
uint32_t signed_zone_serial(const struct signed_zone *);

/* Gives every RR to the taker, in canonical order. */
int signed_zone_walk(const struct signed_zone *, zone_rr_taker *, void *context, struct error *);

/* Gives the differences since a serial to the taker, as in IXFR: for each one, the old SOA, the removed RRs, the new SOA,
 * the added RRs. ABSENT when the journal does not reach back so far. */
int signed_zone_differences(const struct signed_zone *, uint32_t from, zone_rr_taker *, void *context,
	struct error *);

#endif
