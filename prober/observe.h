/* SPDX-License-Identifier: BSD-2-Clause */
/* From single answers to what is believed of a relay: it rises and falls only after several alike. */
#ifndef PROBER_OBSERVE_H
#define PROBER_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model.h"

enum {
	OBSERVE_RISE = 2,       /* answers in a row before a relay that was down is up */
	OBSERVE_FALL = 3,       /* failures in a row before one is down (one lost packet is none) */
	OBSERVE_REFRESH = 300,  /* seconds after which an unchanged observation is written again */
	OBSERVE_REASON = 200,
};

/* What we believe of one relay, from round to round. */
struct watch {
	char relay[64], uuid[65], reason[OBSERVE_REASON];
	enum health health;
	bool overloaded;
	unsigned good, bad; /* alike, in a row */
	int64_t tls;        /* as it is stored; other probes will tell */
	int64_t written;    /* date; 0 if never */
	bool changed;       /* since it was written, in what DNS answers */
};

/* One round's finding of a relay: well if it answered at any of its addresses. */
struct finding {
	bool well, overloaded;
	const char *uuid, *reason;
};

/* Begins with what is stored. OBSERVATION may be NULL. */
void watch_start(struct watch *, const char *relay, const struct observation *observation);

/* Takes a finding in. AT_ONCE: it is believed without waiting for others. */
void watch_note(struct watch *, const struct finding *, bool at_once);

/* Whether it should be written at this date. */
bool watch_due(const struct watch *, int64_t date);

/* The row to write; borrows the watch and the observer's name. */
struct observation watch_row(const struct watch *, const char *observer, int64_t date);

#endif
