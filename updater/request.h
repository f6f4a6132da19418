/* SPDX-License-Identifier: BSD-2-Clause */
/* What was asked, taken apart without I/O: the target, its arguments, credentials. Everything here
 * is from outside and hostile; lengths are kept, for a NUL may hide in what was percent-encoded. */
#ifndef UPDATER_REQUEST_H
#define UPDATER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/address.h"
#include "lib/error.h"

enum {
	REQUEST_TARGET = 4096,  /* 20 host names and 32 addresses take less */
	REQUEST_BODY = 8192,    /* a relay's facts take less than 1 KB */
	REQUEST_ARGUMENTS = 32, /* the chattiest dyndns2 client sends nine */
	CREDENTIALS = 384,      /* octets of Basic credentials, decoded; a token has 35 */
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OTHER };

/* Bytes that somebody else owns. AT[SIZE] is a NUL, where this file made them. */
struct piece {
	const char *at;
	size_t size;
};

struct argument {
	struct piece name, value; /* percent-decoded once; '+' stays as it is */
	struct piece raw;         /* the value as it stood in the target; no NUL behind */
};

struct request {
	enum method method;
	struct piece path; /* as sent, without query, scheme and authority */
	struct argument arguments[REQUEST_ARGUMENTS];
	size_t argument_count;
	struct piece body, type; /* type: of the body, "" if not said */
	const char *api_user, *api_key;    /* X-Api-User and X-Api-Key (updater/acme.h); "" if there was no such header */
	const char *authorization, *agent, *host; /* "" if there was no such header */
	struct address caller; /* the peer, or what a trusted proxy says of it */
	bool direct;           /* nothing in its head speaks of a proxy */
	bool privileged;       /* the caller may have what its network may: nobody else can stand behind it */
	bool exempt;           /* it is, and in a network without limits */
};

/* Takes a target apart into path and arguments; decoded texts go to ROOM, which has room for SIZE + 1
 * bytes. REFUSED for a byte that is not allowed in a target, a broken percent escape, a decoded NUL,
 * too many arguments, or one given twice. */
int request_target(struct request *, const char *target, size_t size, char *room, struct error *);

/* The same for a form in a body (application/x-www-form-urlencoded): adds to the arguments. */
int request_form(struct request *, const char *form, size_t size, char *room, struct error *);

/* The argument of that name; NULL when it was not given. */
const struct argument *request_argument(const struct request *, const char *name);

/* Its value; "" when it was not given. */
struct piece request_value(const struct request *, const char *name);

/* Basic credentials (RFC 7617) out of an Authorization header. False when it is not that. TEXT has
 * room for CREDENTIALS and holds secrets afterwards: forget it. */
bool request_basic(const char *authorization, char *text, struct piece *user, struct piece *password);

/* The token of a Bearer header (RFC 6750). */
bool request_bearer(const char *authorization, struct piece *token);

/* The client in a list that proxies have added to, each at its end: the right-most address that is no trusted
 * proxy's; if all are, the first. The list is one of addresses, or of RFC 7239's elements. False, and the address
 * as it was, when the element that counts names no address. */
bool request_forwarded(const char *list, bool rfc7239, const struct networks *proxies, struct address *);

#endif
