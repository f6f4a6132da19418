/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS cookies (RFC 7873), in the form that different servers can share (RFC 9018). A valid one shows that the client's
 * address is not forged. Cookies are never required. */
#ifndef DNSD_ANSWER_COOKIE_H
#define DNSD_ANSWER_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/error.h"

enum {
	COOKIE_CLIENT = 8,            /* octets of the client's part */
	COOKIE_SERVER = 16,           /* of ours: version, reserved, time, hash (RFC 9018 section 4) */
	COOKIE_LEAST = 16,            /* of an option with both parts (RFC 7873 section 4) */
	COOKIE_MOST = 40,
	COOKIE_SECRET = 16,
	COOKIE_SECRETS = 4,
};

/* Cookies are made with the first secret, and accepted with any. To roll secrets over, put the new one second on all
 * servers, then first, then remove the old one. Immutable while in use. */
struct cookie_secrets {
	uint8_t secret[COOKIE_SECRETS][COOKIE_SECRET];
	size_t count;
};

/* Reads a file with a secret of 32 hexadecimal digits a line. REFUSED cites file and line. */
int cookie_secrets_read(const char *path, struct cookie_secrets *, struct error *);

/* Whether the option's server part is one of ours for this client, and fresh: not older than an hour,
 * not more than five minutes ahead (RFC 9018 section 4.3). NOW in seconds since 1970. */
bool cookie_good(const struct cookie_secrets *, const struct address *client, const uint8_t *option,
	size_t size, uint32_t now);

/* Writes a whole cookie, client's and server's part, for a client's PART. NOW in seconds since 1970. */
void cookie_make(const struct cookie_secrets *, const struct address *client,
	const uint8_t part[COOKIE_CLIENT], uint32_t now, uint8_t option[COOKIE_CLIENT + COOKIE_SERVER]);

#endif
