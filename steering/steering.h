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

/* What a relay offers, of what was observed and what the operator said. */
struct offer {
	const struct relay *relay;
	tls_set tls;
	bool tls_observed; /* else it is what --tls said */
	ping_set pings;    /* forms of the ping that it answers; 0 if nobody looked */
	enum health health;
	const char *health_reason; /* of the observer that says so; "" */
	unsigned families;         /* FAMILY_4, FAMILY_6 (steering/label.h) */
	unsigned live;             /* those of them in which an address does not look down */
	uint8_t down;              /* addresses that do: a bit each, by their places in the relay's list */
	enum certificate_use certificate;
	int64_t weight;            /* hundredths: one that comes into service ramps up */
};

enum reason {
	/* in */
	REASON_COMPATIBLE,
	REASON_INCLUDED,
	REASON_LAST_RESORT, /* it looks down, has no weight or is deaf, and so are all others */
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
	REASON_TLS, /* blocker, or the pool itself, speaks none of its versions */
	REASON_DOWN,
	REASON_NO_WEIGHT,
	REASON_PING, /* it does not answer the ping of blocker, which would never connect */
	REASON_CERTIFICATE, /* the pool asks for a certificate that clients of ours accept */
};

struct seat {
	const struct offer *offer;
	const struct release *blocker; /* with REASON_TLS; NULL if the pool's own setting says so. And of
	                                * one that is deaf */
	enum reason reason;
	bool in;
	bool dark; /* all of its addresses that the label may answer look down, though others do not */
};

struct membership {
	const struct pool *pool;
	const struct pool *source; /* whose relays these are: the pool, or the successor of one retired */
	unsigned families;  /* that its label may answer */
	struct seat *seats; /* one for each relay, in the fleet's order */
	size_t count, members;
	unsigned bits; /* so many of a bucket's highest bits decide what it is given */
	bool last_resort; /* fewer compatible relays look well than the pool wants at least: all are given out */
	/* Releases of the pool that its members do not suit: no relay suits them all, and these are the fewest
	 * clients. The arena's. */
	const struct release **left_out;
	size_t left_out_count;
};

/* The offers of all relays, in the fleet's order. Borrows the fleet; FAILED when memory is out. */
int steering_offers(const struct fleet *, struct arena *, struct offer **offers, struct error *);

/* One pool's membership. Borrows fleet and offers. */
int steering_pool(const struct fleet *, const struct offer *offers, const struct pool *,
	struct arena *, struct membership *, struct error *);

/* "pagekite.py 1.0.0, upagekite 0.1": whom it leaves out; "" for nobody. NULL when memory is out. */
char *steering_left_out(const struct membership *, struct arena *);

/* A sentence without a final stop, such as "speaks 1.2-1.3, but pagekite.py 0.5.6d needs ssl3". */
char *steering_reason(const struct membership *, const struct seat *, struct arena *);

/* A new member's weight grows from a quarter to the whole in so many seconds. */
enum { STEERING_RAMP = 1800 };

/* The pool that a retired or browned-out one leads to; NULL when it has none. */
const struct pool *steering_successor(const struct fleet *, const struct pool *);

/* Whether a bucket of client networks gets the successor's answer: a stable share, until the brownout
 * ends by itself. */
bool steering_browned_out(const struct fleet *, const struct pool *, unsigned bucket);

/* The same whenever it was, or will be. */
bool steering_in_brownout(const struct pool *, unsigned bucket);

/* How many of STEERING_BUCKETS that are, while it runs. */
uint32_t steering_brownout_buckets(const struct pool *);

/* The successor while a brownout runs, whichever part of the networks gets its answer; else NULL. */
const struct pool *steering_brownout(const struct fleet *, const struct pool *);

/* The TTL of what a pool answers while a brownout runs: it is to be asked again soon, by all networks alike, for who is given the
 * successor's answer is compared with who is not by how often they ask. */
int64_t steering_brownout_ttl(const struct pool *);

/* For so long after a brownout's end those who were in it are counted: whether they came back. */
enum { STEERING_AFTERMATH = 2 * 86400 };

/* The date after fleet->now at which answers change though the registry does not; INT64_MAX for never.
 * The turn of a day, which changes all choices, is not counted. */
int64_t steering_next(const struct fleet *);

/* Client networks (an IPv4 /24, an IPv6 /56) fall into this many buckets, each of which is given the same choice
 * for a day. The day of the buckets with the same STEERING_TURN_BITS highest bits begins at a moment of their own:
 * so many turns, evenly over the day, that no moment moves more than one network in 128. Where choices cannot be
 * told apart so finely, all buckets with the same highest bits are given what their first is: STEERING_SAMPLES. */
enum { STEERING_BUCKET_BITS = 20, STEERING_BUCKETS = 1 << STEERING_BUCKET_BITS };
enum { STEERING_TURN_BITS = 7, STEERING_TURNS = 1 << STEERING_TURN_BITS, STEERING_TURN = 86400 / STEERING_TURNS };
enum { STEERING_SAMPLE_BITS = 6, STEERING_SAMPLES = 1 << STEERING_SAMPLE_BITS };
unsigned steering_bucket(const struct address *client);

/* The same of an IPv4 address, in host order. */
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

/* The day of a bucket at a date; and how many turns there were until then, of all buckets. */
int64_t steering_turn_day(unsigned bucket, int64_t date);
static inline int64_t steering_turns(int64_t date)
{
	return date / STEERING_TURN;
}

/* Days since 1970, from a date in seconds. */
int64_t steering_day(int64_t date);

/* The addresses of FAMILY (ADDRESS_V4 or ADDRESS_V6) that a bucket is given at a date, best first:
 * at most pool->answers, of as many relays as can be. CHOICE has room for ADDRESS_LIST_MOST. Returns how many.
 * Weighted rendezvous hashing (steering/walk.h): when a member comes or goes, only its own clients move. */
struct choice {
	const struct relay *relay;
	struct address address;
};
size_t steering_choose(const struct membership *, uint8_t family, unsigned bucket, int64_t date,
	struct choice *choice);

/* Whether every bucket gets the same choice, for all addresses fit into one answer. */
bool steering_uniform(const struct membership *, uint8_t family);

#endif
