/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is in a pool, and why; and which of its members a client network is given. Pure: the same
 * input gives the same answer on every machine. No I/O, no clock. */
#ifndef STEERING_STEERING_H
#define STEERING_STEERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/arena.h"
#include "lib/error.h"
#include "model/fleet.h"
#include "lib/pings.h"

/* What a relay offers, as probers observed it, and else as the operator said. */
struct offer {
	const struct relay *relay;
	tls_set tls;
	bool tls_observed; /* false: tls is what --tls said */
	ping_set pings;    /* forms of the ping that it answers; 0 if nobody looked */
	enum health health;
	const char *health_reason; /* why an observer says that it is down; "" */
	unsigned families;         /* of its addresses: FAMILY_4, FAMILY_6 (steering/label.h) */
	unsigned live;             /* the families with an address that does not look down */
	uint8_t down;              /* addresses that look down: a bit each, by their places in the relay's list */
	enum certificate_use certificate;
	int64_t weight;            /* in hundredths, and ramped (STEERING_RAMP) */
};

enum reason {
	/* in */
	REASON_COMPATIBLE,
	REASON_INCLUDED,
	REASON_LAST_RESORT, /* it does not look well, but too few others do */
	/* out */
	REASON_EXCLUDED,
	REASON_INVITED,
	REASON_TESTING,
	REASON_DRAINING,
	REASON_STATE_OUT,
	REASON_NO_ADDRESS,
	REASON_ROSTER, /* the pool is frozen, and it was no member then */
	REASON_SIZE,   /* the pool has as many members as it wants */
	REASON_EMPTY,  /* the pool is retired and answers nothing */
	REASON_TLS_UNKNOWN,
	REASON_TLS, /* it speaks none of the TLS versions that blocker, or the pool itself, needs */
	REASON_DOWN,
	REASON_NO_WEIGHT,
	REASON_PING, /* it does not answer the ping of blocker, which would never connect */
	REASON_CERTIFICATE, /* the pool wants a certificate that its clients accept, and it has none */
};

struct seat {
	const struct offer *offer;
	const struct release *blocker; /* the release whose TLS it does not speak (NULL: the pool's own --tls), or
	                                * whose ping it does not answer; else NULL */
	enum reason reason;
	bool in;
	bool dark; /* it has no address of the label's families that does not look down */
};

struct membership {
	const struct pool *pool;
	const struct pool *source; /* the pool whose members these are: itself, or a retired pool's successor */
	unsigned families;  /* the families that its label may answer */
	struct seat *seats; /* one for each relay, in the fleet's order */
	size_t count, members;
	unsigned bits; /* how many of a bucket's highest bits decide what it is given */
	bool last_resort; /* too few compatible relays look well, by the pool's settings: all are given out */
	/* Where no relay suits all releases of the pool: those that its members do not suit (seat_compromise). The
	 * arena's. */
	const struct release **left_out;
	size_t left_out_count;
};

/* The offers of all relays, in the fleet's order. Borrows the fleet; FAILED when memory is out. */
int steering_offers(const struct fleet *, struct arena *, struct offer **offers, struct error *);

/* One pool's membership. Borrows fleet and offers; the rest is the arena's. FAILED when memory is out. */
int steering_pool(const struct fleet *, const struct offer *offers, const struct pool *,
	struct arena *, struct membership *, struct error *);

/* The releases that are left out, as "pagekite.py 1.0.0, upagekite 0.1"; "" for none. The arena's. NULL when memory is
 * out. */
char *steering_left_out(const struct membership *, struct arena *);

/* Why a seat is in or out: a sentence without a final stop, such as "speaks 1.2-1.3, but pagekite.py 0.5.6d needs ssl3".
 * The arena's. NULL when memory is out. */
char *steering_reason(const struct membership *, const struct seat *, struct arena *);

/* The weight of a relay that comes into service grows from a quarter to the whole in so many seconds. */
enum { STEERING_RAMP = 1800 };

/* The pool that is to replace this one; NULL when it has none. */
const struct pool *steering_successor(const struct fleet *, const struct pool *);

/* Whether a bucket of client networks gets the successor's answer at fleet->now. During one brownout it is always the
 * same buckets. */
bool steering_browned_out(const struct fleet *, const struct pool *, unsigned bucket);

/* The same whatever the date: whether the bucket is in the pool's last or next brownout. */
bool steering_in_brownout(const struct pool *, unsigned bucket);

/* How many of the STEERING_BUCKETS are in the pool's brownout. */
uint32_t steering_brownout_buckets(const struct pool *);

/* The successor while a brownout runs, whatever part of the networks it takes; else NULL. */
const struct pool *steering_brownout(const struct fleet *, const struct pool *);

/* The TTL, in seconds, of a pool's answers while a brownout runs. It is short and the same for all networks, because
 * those in the brownout are compared with the others by how often they ask. */
int64_t steering_brownout_ttl(const struct pool *);

/* For so many seconds after a brownout's end, networks that were in it are counted, to see whether they came back. */
enum { STEERING_AFTERMATH = 2 * 86400 };

/* The date after fleet->now at which answers change though the registry does not; INT64_MAX for never.
 * The turn of a day, which changes all choices, is not counted. */
int64_t steering_next(const struct fleet *);

/* Client networks (an IPv4 /24, an IPv6 /56) fall into STEERING_BUCKETS buckets, each of which keeps its choice for a
 * day. All buckets with the same STEERING_TURN_BITS highest bits change at the same moment, their turn; the turns are
 * spread evenly over the day, so that no moment moves more than one network in 128. Where so many choices are too many
 * to look at, the first bucket of those with the same STEERING_SAMPLE_BITS highest bits stands for all of them. */
enum { STEERING_BUCKET_BITS = 20, STEERING_BUCKETS = 1 << STEERING_BUCKET_BITS };
enum { STEERING_TURN_BITS = 7, STEERING_TURNS = 1 << STEERING_TURN_BITS, STEERING_TURN = 86400 / STEERING_TURNS };
enum { STEERING_SAMPLE_BITS = 6, STEERING_SAMPLES = 1 << STEERING_SAMPLE_BITS };
unsigned steering_bucket(const struct address *client);

/* The bucket of an IPv4 address, in host order. */
static inline unsigned steering_bucket_4(uint32_t client)
{
	uint64_t hash = ((uint64_t)(client >> 8) + 1) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (unsigned)((hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93) >> (64 - STEERING_BUCKET_BITS));
}

/* The first bucket of a sample, and the sample of a bucket. */
static inline unsigned steering_sample(unsigned sample)
{
	return sample << (STEERING_BUCKET_BITS - STEERING_SAMPLE_BITS);
}
static inline unsigned steering_sample_of(unsigned bucket)
{
	return bucket >> (STEERING_BUCKET_BITS - STEERING_SAMPLE_BITS);
}

/* A bucket's day, since 1970, at a date in seconds; and how many turns of any buckets there were until a date. */
int64_t steering_turn_day(unsigned bucket, int64_t date);
static inline int64_t steering_turns(int64_t date)
{
	return date / STEERING_TURN;
}

/* Days since 1970, from a date in seconds. */
int64_t steering_day(int64_t date);

/* Chooses the addresses of FAMILY (ADDRESS_V4 or ADDRESS_V6) that a bucket is given at a date, nearest first:
 * at most pool->answers, of as many relays as possible. CHOICE has room for ADDRESS_LIST_MOST. Returns how many.
 * By weighted rendezvous hashing (steering/walk.h): when a member comes or goes, only its own clients move. */
struct choice {
	const struct relay *relay;
	struct address address;
};
size_t steering_choose(const struct membership *, uint8_t family, unsigned bucket, int64_t date,
	struct choice *choice);

/* Whether every bucket gets the same choice, for all addresses fit into one answer. */
bool steering_uniform(const struct membership *, uint8_t family);

#endif
