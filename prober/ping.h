/* SPDX-License-Identifier: BSD-2-Clause */
/* A relay's answer to PageKite's ping (shared contract, section 2). No I/O. */
#ifndef PROBER_PING_H
#define PROBER_PING_H

#include <stdbool.h>
#include <stddef.h>

/* The relay looks for the Host line within the first 64 octets of one read: send it in one write. */
#define PING_REQUEST "HEAD /ping HTTP/1.1\r\nHost: ping.pagekite\r\n\r\n"

enum { PING_REPLY_MOST = 2048, PING_UUID = 64 };

enum ping_verdict { PING_MORE, PING_WELL, PING_WRONG };

struct ping_reply {
	bool overloaded;
	char uuid[PING_UUID + 1]; /* "" if it did not say */
};

/* Judges the SIZE octets read so far. ENDED: nothing will follow, be it by EOF, by a reset (relays do
 * that) or because there is no room for more; then it is never PING_MORE. */
enum ping_verdict ping_read(const char *bytes, size_t size, bool ended, struct ping_reply *);

#endif
