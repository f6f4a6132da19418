/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's ping, in the form of each client generation, and a relay's answer to it: HTTP, on the port of its tunnels,
 * and 503 when all is well. No I/O. */
#ifndef PROBER_PING_H
#define PROBER_PING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/pings.h"

/* In the order of lib/pings.h. */
enum ping_form {
	PING_PING_10,
	PING_HEAD_10,
	PING_HEAD_11,
	PING_GET_11,
	PING_GET_10,
	PING_TODAY = PING_HEAD_11, /* the one that says most */
};

/* To be sent in one write: the relay looks for the Host line within the first 64 octets of one read. */
extern const char *const ping_requests[PING_FORMS];

enum { PING_REPLY_MOST = 2048, PING_UUID = 64 };

enum ping_verdict { PING_MORE, PING_WELL, PING_WRONG };

struct ping_reply {
	bool overloaded;
	char uuid[PING_UUID + 1]; /* "" if it did not say */
};

/* Judges the SIZE octets read so far. ENDED: nothing will follow, be it by EOF, by a reset (relays do
 * that) or because there is no room for more; then it is never PING_MORE. The clients of the 1.0
 * forms take anything for an answer, even a close. */
enum ping_verdict ping_read(enum ping_form, const char *bytes, size_t size, bool ended,
	struct ping_reply *);

#endif
