/* SPDX-License-Identifier: BSD-2-Clause */
/* Name servers, and what each answers for our zones. */
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
	const char *zone;  /* the one that is in the worst way: the first with a wrong answer, else that of the oldest serial */
	const char *wrong; /* with the answer for it; NULL */
	uint32_t serial;   /* of it, when nothing is wrong */
	bool silent;       /* it did not answer */
	size_t zones;      /* so many were asked for, */
	size_t failed;     /* and of so many the answer was wrong */
};

/* Sets all from its name. REFUSED when it is none. */
int server_place(struct server *, const char *name, struct arena *, struct error *);

/* Asks all for the SOA of each zone, of which there is one at least, by one wait for all; who is silent is asked for the
 * first alone. Texts are the arena's. */
int servers_ask(struct server *, size_t count, const char *const *zones, size_t zone_count, struct arena *, struct error *);

/* RFC 1982. */
bool serial_before(uint32_t, uint32_t);

/* "name server 192.0.2.53, asked for b5p.us, is silent", of one with a wrong answer. */
const char *server_words(const struct server *, struct arena *);

#endif
