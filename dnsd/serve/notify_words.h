/* SPDX-License-Identifier: BSD-2-Clause */
/* Which NOTIFYs (RFC 1996) are still to be sent, and when: a word for each zone and secondary, however often the zone
 * changes. It is said again at growing intervals until the secondary answers. No I/O and no clock: times are the
 * caller's clock_ticks(). One thread. */
#ifndef DNSD_SERVE_NOTIFY_WORDS_H
#define DNSD_SERVE_NOTIFY_WORDS_H

#include "dnsd/view/key_ring.h"
#include "lib/name.h"

enum {
	WORDS_MOST = 8192,      /* most words that wait */
	WORDS_AT_ONCE = 200,    /* most words said by one call */
	WORD_APART = 1000,      /* milliseconds between two words about a zone to a secondary */
	WORD_AGAIN = 2000,      /* milliseconds until it is said again; double each time */
	WORD_TRIES = 6,         /* the last one after a minute */
	NOTIFY_MOST = QUESTION_MOST + TSIG_ROOM, /* octets of a message */
};

/* One word: a zone's to a secondary. */
struct word {
	struct name zone;
	struct secondary_view to;
	uint16_t id;
	unsigned tries;
	int64_t said, next; /* ticks: when it was said, and when it is to be said again */
	bool answered;      /* it is kept until WORD_APART has passed, to hold the next one back */
};

struct words {
	struct word *list; /* WORDS_MOST */
	size_t count; /* including those that were answered just now */
	bool full; /* the log has said that there is no more room */
};

/* Zero-initialise it before. False when memory is out. */
bool words_begin(struct words *);
void words_end(struct words *);

/* Adds a word, or begins it anew if there is one already. It is not said before WORD_APART has passed since the last. */
void words_add(struct words *, const struct name *zone, const struct secondary_view *to, int64_t now);

/* Gives each word that is due to SAY, with a new ID; drops words that were said WORD_TRIES times in vain. */
void words_say(struct words *, int64_t now, void (*say)(const struct word *, void *context), void *context);

/* Takes a message from a peer. A secondary that answers has been told, whatever its rcode is. */
void words_hear(struct words *, const uint8_t *message, size_t size, const struct sockaddr_storage *peer);

/* Writes a word as a NOTIFY that is sent at DATE, in seconds since 1970. Returns its size, 0 when it cannot be signed. */
size_t word_write(const struct word *, uint8_t message[NOTIFY_MOST], int64_t date);

#endif
