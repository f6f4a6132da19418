/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS questions to any number of name servers at once, as resolvers ask them: one wait for all. */
#ifndef TOOLS_QUESTIONS_H
#define TOOLS_QUESTIONS_H

#include <ldns/ldns.h>
#include <sys/socket.h>

#include "lib/error.h"

struct question {
	struct sockaddr_storage where; /* of the name server, and its size */
	socklen_t size;
	const char *name;  /* as text; borrowed */
	ldns_rr_type type;
	ldns_pkt *answer;  /* the caller's, by questions_forget; NULL: nobody answered */
};

/* Asks all by UDP, by TCP what is truncated. Each is asked twice, a second apart; who lets an ICMP error say that
 * nobody is there is not waited for. So whoever is silent costs two seconds, all of them together, and that again for
 * each 128 questions. REFUSED for a name that is none, FAILED when memory or sockets are out; then there are no
 * answers. */
int questions_ask(struct question *, size_t count, struct error *);
void questions_forget(struct question *, size_t count);

#endif
