/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of an HTTP request, taken apart without I/O and strictly: what two readers could take for
 * two different things is refused, for a proxy may stand before us (RFC 9112 section 11). */
#ifndef UPDATER_HEAD_H
#define UPDATER_HEAD_H

#include "updater/request.h"

enum {
	HEAD_MOST = 16 * 1024, /* octets of a head */
	HEAD_LINES = 64,
};

struct head_line {
	struct piece name, value; /* a NUL stands behind a value */
};

struct head {
	const char *method;   /* NUL-terminated, as is the target */
	struct piece target;
	bool keep;            /* the client lets the connection live on: RFC 9112 section 9.3 */
	bool old;             /* HTTP/1.0 */
	bool expects;         /* 100-continue, before it sends the body (RFC 9110 section 10.1.1) */
	size_t body;          /* octets that follow */
	size_t count;
	struct head_line lines[HEAD_LINES];
};

/* Where the head at the start of SIZE octets ends: behind its empty line, or behind a line that already
 * makes it wrong. 0: it goes on. *SEEN is 0 at a head's beginning, and kept between calls. */
size_t head_end(const char *bytes, size_t size, size_t *seen);

/* Takes apart the SIZE octets that head_end found, and writes NULs into them; the head points there. Returns
 * DONE, or an HTTP status, with what was wrong in the error. */
int head_read(char *bytes, size_t size, struct head *, struct error *);

/* The value of the first line of that name (case does not matter), "" when there is none. */
const char *head_value(const struct head *, const char *name);

/* The next line of that name at or after *AT, which is left behind it; NULL when there is none. */
const struct head_line *head_next(const struct head *, const char *name, size_t *at);

#endif
