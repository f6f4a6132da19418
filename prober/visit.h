/* SPDX-License-Identifier: BSD-2-Clause */
/* A visit to one relay: which question to ask next, by the answers so far, and what they come to. One
 * question at a time, each on a connection of its own, at each of its addresses in turn. No I/O.
 *
 * How TLS is asked for. Debian's relay (1.5.2.201011 under Python 3) crashes and restarts on any TLS
 * that does not begin with CONNECT, and takes all its tunnels with it. So who answers the ping as
 * PageKite does is asked by CONNECT, and directly only if it does not know that; one that knows
 * CONNECT but grants none of our names is not asked at all. */
#ifndef PROBER_VISIT_H
#define PROBER_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/tls.h"
#include "prober/certificate.h"
#include "prober/talk.h"

/* A name that relays may grant CONNECT to, and the zone whose clients use it. */
enum { VIA_NAME = 256 };
struct via {
	char name[VIA_NAME], zone[VIA_NAME];
};
struct vias {
	const struct via *list;
	size_t count;
};

/* ROUTE_LATER: not all names were tried yet. */
enum route { ROUTE_UNKNOWN = -1, ROUTE_DIRECT = -2, ROUTE_NONE = -3, ROUTE_LATER = -4 /* else an index into vias */ };

/* So many names are tried for CONNECT in one visit; the next goes on behind them. */
enum { VISIT_ADDRESSES = 8, VISIT_REASON = 200, VISIT_NAMES = 8 };

struct orders {
	struct address addresses[VISIT_ADDRESSES];
	size_t count;
	uint16_t port;
	bool full;               /* all versions and forms; else only whether it is well */
	tls_set tls;             /* that it is believed to speak; 0 if nobody looked */
	int route;               /* as it went last time */
	size_t denied;           /* names that were denied in a row before: the first ones are not tried again */
	const char *uuid;        /* of last time, "" if there was none */
	const char *sni;
	const char *other_sni;   /* what other clients of ours send: to be asked for once, too; NULL for none */
	const struct vias *vias; /* lives longer than the visit */
};

/* What came of one address. */
struct spot {
	bool able, well; /* as a finding's */
	bool mute;       /* all versions were asked for, and it spoke none */
	tls_set tls_yes, tls_no;
	unsigned pings_yes, pings_no;
};

/* What a visit came to. */
struct finding {
	bool able;       /* false: trouble of our own, which says nothing of the relay */
	bool well;       /* at one of its addresses at least */
	bool pinged;     /* well by the ping; else by TLS alone */
	bool overloaded;
	bool split;      /* two of its addresses have different UUIDs: they are two relays */
	bool full;       /* all versions and forms were asked for */
	tls_set tls_yes, tls_no; /* offered, refused; neither is "not known" */
	unsigned pings_yes, pings_no;
	struct spot spots[VISIT_ADDRESSES];
	size_t count;
	int route;
	size_t denied; /* names, with those of visits before; ROUTE_LATER only */
	enum { SNI_UNASKED, SNI_TAKEN, SNI_REFUSED } other_sni; /* where there is TLS without it */
	char uuid[PING_UUID + 1]; /* "" if it was not told */
	char reason[VISIT_REASON]; /* what was not well, be it at one address of several; "" */
	struct certificate certificate; /* expires is 0 if none was seen */
};

/* What was heard at one address. */
struct heard {
	bool able, lost, pinged, settled, hung_up, shown, named; /* shown, named: the certificate, and by the
		other SNI it was asked for */
	unsigned silent; /* questions that were not answered in time */
	tls_set tls_asked, tls_yes, tls_no;
	unsigned pings_asked, pings_yes, pings_no;
	char uuid[PING_UUID + 1], ping_reason[ANSWER_REASON], tls_reason[ANSWER_REASON];
};

struct visit {
	struct orders orders;
	size_t at, denials; /* address; names that CONNECT was denied to, in this visit and those before */
	size_t tried;       /* in this one */
	struct heard heard;
	struct finding finding;
};

void visit_begin(struct visit *, const struct orders *);

/* The next question, and at which address; false when the visit is over and its finding stands. */
bool visit_next(struct visit *, struct question *, struct address *);
void visit_answer(struct visit *, const struct question *, const struct answer *);

#endif
