/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6 addresses, sockets' end points and networks. */
#ifndef LIB_ADDRESS_H
#define LIB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/error.h"

enum address_family { ADDRESS_NONE = 0, ADDRESS_V4 = 4, ADDRESS_V6 = 6 };

enum { ADDRESS_TEXT = 46, ENDPOINT_TEXT = 56 };

struct address {
	uint8_t family;    /* enum address_family */
	uint8_t bytes[16]; /* network order; the first 4 for IPv4 */
};

/* Strict: dotted quad without leading zeros, or RFC 4291 text without a zone. */
bool address_read(const char *text, size_t length, struct address *);

/* The normal form: RFC 5952 for IPv6. TEXT has room for ADDRESS_TEXT. Returns its length. */
size_t address_write(const struct address *, char *text);

size_t address_size(const struct address *);
bool address_equal(const struct address *, const struct address *);

/* How near two addresses are, for whoever counts clients: the same IPv4 address or IPv6 /64, which one machine may
 * have; the same /56, as homes are given; the same /48, as sites are. All three are to be counted, and the wider ones
 * may have address_share times what one machine may. */
enum address_near { ADDRESS_MACHINE, ADDRESS_HOME, ADDRESS_SITE, ADDRESS_FAR };
enum { ADDRESS_SITE_SIZE = 6 /* octets that all of a site have in common */ };
enum address_near address_near(const struct address *, const struct address *);
static inline int64_t address_share(enum address_near near, int64_t machine)
{
	return machine << near;
}

/* Globally reachable unicast, by the IANA special-purpose registries (RFC 6890): an address that
 * somebody elsewhere could connect to. */
bool address_public(const struct address *);

/* An address that can be published at all, be it private: unicast, not unspecified. */
bool address_unicast(const struct address *);

/* Where an address leads. Networks for documentation and benchmarks count as global: they lead nowhere, and
 * examples need some. */
enum address_scope { SCOPE_GLOBAL, SCOPE_PRIVATE, SCOPE_SHARED, SCOPE_LOOPBACK, SCOPE_LINK_LOCAL, SCOPE_UNSPECIFIED,
	SCOPE_MULTICAST, SCOPE_RESERVED };
enum address_scope address_scope(const struct address *);

/* Judges a list in normal form that is to be where clients elsewhere reach a relay. With PRIVATE, addresses of
 * private, shared, loopback and link-local networks pass, too. REFUSED cites the first one that does not. */
int addresses_judge(const char *list, bool private, struct error *);

/* ::ffff:a.b.c.d becomes a.b.c.d: a dual-stack socket shows IPv4 peers so. */
void address_unmap(struct address *);

/* The address in a socket's address; an IPv4 address that is mapped to IPv6 is unmapped. */
struct address address_of(const struct sockaddr *);

/* A list in normal form: addresses separated by one space, each once, in the order given.
 * Reads TEXT, where commas and spaces separate. NORMAL has room for ADDRESS_LIST. At most MOST
 * addresses. REFUSED cites the word that was wrong; nothing is skipped. */
enum { ADDRESS_LIST_MOST = 32, ADDRESS_LIST = ADDRESS_LIST_MOST * ADDRESS_TEXT };
int address_list(const char *text, size_t most, char *normal, struct error *);

/* The next address of a list in normal form; false at its end or at something else. */
bool address_next(const char **rest, struct address *);

/* A network: ADDRESS or ADDRESS/LENGTH. */
struct network {
	struct address address;
	uint8_t length; /* bits */
};
bool network_read(const char *text, size_t length, struct network *);
bool network_holds(const struct network *, const struct address *);

struct networks {
	struct network *network;
	size_t count;
};

/* 127.0.0.0/8 and ::1. */
static inline bool address_loopback(const struct address *address)
{
	static const uint8_t one[16] = { [15] = 1 };
	return address->family == ADDRESS_V4 ? address->bytes[0] == 127
					     : memcmp(address->bytes, one, sizeof one) == 0;
}

bool networks_hold(const struct networks *, const struct address *);

/* ADDRESS:PORT or [ADDRESS]:PORT; the port alone, as ":53", listens on all of IPv6 and IPv4. */
int endpoint_read(const char *text, struct sockaddr_storage *, socklen_t *size, struct error *);

/* Somebody to send to: ADDRESS, [ADDRESS], ADDRESS:PORT or [ADDRESS]:PORT; without a port, PORT. REFUSED for a port alone,
 * which would be this machine's, and for port 0, at which nobody listens. */
int endpoint_read_peer(const char *text, uint16_t port, struct sockaddr_storage *, socklen_t *size, struct error *);

/* TEXT has room for ENDPOINT_TEXT. */
void endpoint_write(const struct sockaddr *, char *text);

#endif
