/* SPDX-License-Identifier: BSD-2-Clause */
/* What libmicrohttpd 0.9.75 lets through and another server before or behind us may read otherwise:
 * the stuff of request smuggling. */
#ifndef UPDATER_STRICT_H
#define UPDATER_STRICT_H

#include <microhttpd.h>

#include "lib/error.h"

/* Checks a request's head on the first call of the handler. METHOD and VERSION are the handler's
 * arguments, TARGET is what the URI callback was given (its place in libmicrohttpd's buffer) and SIZE
 * its length then. REFUSED for: a line that does not end in CR LF, a folded line, anything between a
 * header's name and its colon, more than one Host or Content-Length, HTTP/1.1 without Host,
 * Transfer-Encoding, a Content-Length that is not plain digits or more than MOST. */
int strict_check(struct MHD_Connection *, const char *method, const char *target, size_t size,
	const char *version, size_t most, struct error *);

#endif
