/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks name servers for our zones' SOA, and judges what they answer. */
#ifndef TOOLS_SERVERS_H
#define TOOLS_SERVERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/arena.h"
#include "lib/error.h"

struct server {
	const char *name;  /* as it was given, ADDRESS or ADDRESS:PORT; borrowed */
	struct sockaddr_storage where;
	socklen_t size;
	const char *zone;  /* the zone that is worst off: the first with a wrong answer, else the one with the oldest serial */
	const char *wrong; /* what is wrong with the answer for that zone; NULL for nothing */
	uint32_t serial;   /* that zone's serial, when nothing is wrong */
	bool silent;       /* it did not answer */
	size_t zones;      /* how many zones it was asked for */
	size_t failed;     /* for how many of them its answer was wrong */
};

/* Sets all members from a server's name, ADDRESS or ADDRESS:PORT, which is borrowed. REFUSED when it is not that. */
int server_place(struct server *, const char *name, struct error *);

/* Asks all servers at the same time for the SOA of each zone, at least one. A silent server is asked for the first zone
 * only. Texts are the arena's. */
int servers_ask(struct server *, size_t count, const char *const *zones, size_t zone_count, struct arena *, struct error *);

/* Whether the first serial is less than the second (RFC 1982). */
bool serial_before(uint32_t, uint32_t);

/* Says what is wrong with a server that is silent or answers wrongly: "name server 192.0.2.53, asked for b5p.us, is
 * silent". The arena's. */
const char *server_words(const struct server *, struct arena *);

#endif
