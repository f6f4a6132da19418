/* SPDX-License-Identifier: BSD-2-Clause */
/* What steering decides, as facts: what each relay offers, the seats of a pool, and the reason for each. */
#ifndef STEERING_MEMBERSHIP_H
#define STEERING_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/pings.h"
#include "model/fleet.h"

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
	bool included; /* by the operator, though it may be given out, or not, for another reason */
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

#endif
