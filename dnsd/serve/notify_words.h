/* SPDX-License-Identifier: BSD-2-Clause */
/* What secondaries are still to be told by NOTIFY (RFC 1996), and when: a word for each zone and secondary, however
 * often the zone changes, said again at growing distances until it is answered. No I/O and no clock: times are
 * clock_ticks() of who calls. One thread. */
#ifndef DNSD_SERVE_NOTIFY_WORDS_H
#define DNSD_SERVE_NOTIFY_WORDS_H

#include "dnsd/view/key_ring.h"
#include "lib/name.h"

enum {
	WORDS_MOST = 8192,      /* not answered yet */
	WORDS_AT_ONCE = 200,    /* said in one go */
	WORD_APART = 1000,      /* milliseconds between two words about a zone to a secondary */
	WORD_AGAIN = 2000,      /* milliseconds until it is said again; double each time */
	WORD_TRIES = 6,         /* the last one after a minute */
	NOTIFY_MOST = 12 + NAME_WIRE + 4 + TSIG_ROOM, /* octets of a message */
};

/* One word: a zone's to a secondary. */
struct word {
	struct name zone;
	struct secondary_view to;
	uint16_t id;
	unsigned tries;
	int64_t said, next; /* ticks: when it was said, and when it is to be said again */
	bool answered;      /* it stays until the next one may be said */
};

struct words {
	struct word *list; /* WORDS_MOST */
	size_t count; /* with those that were answered just now */
	bool full; /* said in the log */
};

/* Zero-initialise it before. False when memory is out. */
bool words_begin(struct words *);
void words_end(struct words *);

/* What was not answered yet is said anew; what was said just now waits, answered or not. */
void words_add(struct words *, const struct name *zone, const struct secondary_view *to, int64_t now);

/* Gives what is due to SAY, each with a new ID; drops what was said in vain. */
void words_say(struct words *, int64_t now, void (*say)(const struct word *, void *context), void *context);

/* What came from a peer: a secondary that answers was told, whatever it says. */
void words_hear(struct words *, const uint8_t *message, size_t size, const struct sockaddr_storage *peer);

/* Writes a word as a message, to be sent at this date; its size, 0 when it cannot be signed. */
size_t word_write(const struct word *, uint8_t message[NOTIFY_MOST], int64_t date);

#endif
