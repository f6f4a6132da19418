/* SPDX-License-Identifier: BSD-2-Clause */
/* From single findings to what is believed of a relay: it rises and falls only after several alike,
 * and gains or loses a capability only when that was seen twice. No I/O. */
#ifndef PROBER_OBSERVE_H
#define PROBER_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "prober/visit.h"

enum {
	OBSERVE_REFRESH = 60,  /* seconds after which an unchanged observation is written again */
	OBSERVE_REASON = 400,
	OBSERVE_WARN = 14 * 86400, /* seconds before its end, from when on a certificate is warned of */
	OBSERVE_RECENT = 86400,    /* seconds for which a restart is told */
	OBSERVE_FRESH = 3600,      /* seconds after a fall in which it is to be asked as often as others */
	OBSERVE_PRESSING = 10,     /* the same for a relay that is tested, whose admission waits for it */
	OBSERVE_DOWN = VISIT_ADDRESSES * ADDRESS_TEXT,
};

/* After how many findings a relay is believed to be up or down. */
struct rules {
	unsigned rise, fall; /* findings alike in a row */
	bool at_once;        /* one is enough, for capabilities too */
};

/* What DNS may answer by. */
struct belief {
	enum health health;
	tls_set tls;    /* 0: not known */
	unsigned pings; /* a bit a form; 0: not known */
	bool overloaded;
};

/* What is believed of one of its addresses. */
struct watch_address {
	struct address address;
	enum health health;
	unsigned good, bad;
};

/* What we believe of one relay, from visit to visit. */
struct watch {
	char relay[64], uuid[65];
	struct belief belief;
	unsigned good, bad;   /* findings alike, in a row */
	tls_set tls_doubt;    /* contradicted by the last finding that asked */
	unsigned pings_doubt;
	bool mute;            /* it spoke TLS once and speaks none now */
	bool look;            /* the next visit should ask for everything */
	bool split;           /* its addresses are different relays */
	int route;
	int64_t restarted;    /* date; 0 if we did not see it */
	char twin[64];        /* another relay that is the same machine, by the UUID; "" */
	char trouble[VISIT_REASON]; /* what was not well in the last visit; "" */
	char flaw[VISIT_REASON];    /* in the last that asked for everything */
	struct certificate certificate;
	bool misnamed;        /* the clients of no zone of ours accept its certificate */
	enum certificate_use use;
	struct watch_address places[VISIT_ADDRESSES];
	size_t count;
	size_t denied;        /* names for CONNECT that it denied, while others are to be tried */
	size_t turn;          /* which other SNI it is asked for next */
	char refused[VIA_NAME]; /* that it has no TLS for; "" */
	int64_t fell;         /* date at which it fell; 0 */
	bool pressing;        /* somebody waits for what we say of it */

	int64_t seen;         /* date of the last finding; 0 if there was none */
	int64_t written;      /* the same, as it is stored; 0 if never */
	bool changed;         /* since it was written, in the belief or the notes */
	char notes[OBSERVE_REASON]; /* as they were written or will be */
	char down[OBSERVE_DOWN];    /* addresses that do not answer, while others do */
};

/* Begins with what is stored. OBSERVATION may be NULL. */
void watch_start(struct watch *, const char *relay, const struct observation *observation);

/* Where it is asked from now on. What is believed of an address that stays, stays. */
void watch_at(struct watch *, const struct address *, size_t count);

/* Whether other findings than the last are to be expected soon, so that it is to be asked at the ordinary pace
 * whoever wants it: it is tested, fell not long ago, or something is not known or in doubt. */
bool watch_unsettled(const struct watch *, int64_t date);

/* Takes a finding in; one that was not able to tell anything changes nothing. */
void watch_note(struct watch *, const struct finding *, const struct rules *, int64_t date);

/* Puts what a reader should know into words: why it is down, or what is odd about one that is up.
 * True if they changed. */
bool watch_describe(struct watch *, int64_t date);

/* Whether it should be written at this date. What was not seen anew is not written anew. */
bool watch_due(const struct watch *, int64_t date);

/* The row to write; borrows the watch, the observer's name and PINGS. */
struct observation watch_row(const struct watch *, const char *observer, int64_t date,
	char pings[PINGS_TEXT]);

#endif
