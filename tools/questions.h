/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks any number of name servers at the same time, as resolvers do, and waits for all of them together. */
#ifndef TOOLS_QUESTIONS_H
#define TOOLS_QUESTIONS_H

#include <ldns/ldns.h>
#include <sys/socket.h>

#include "lib/error.h"
#include "wire/record.h"

struct question {
	struct sockaddr_storage where; /* the name server's address; its size */
	socklen_t size;
	const char *name;  /* as text; borrowed */
	ldns_rr_type type;
	ldns_pkt *answer;  /* to be freed with questions_forget; NULL: there was no answer */
};

/* Asks all questions by UDP, and again by TCP if the answer is truncated. A question without an answer is asked twice, a
 * second apart, unless an ICMP error says that nobody listens. So all silent servers together cost two seconds for each
 * 128 questions. REFUSED for a name that is not valid, FAILED when memory or sockets are out; then there are no
 * answers. */
int questions_ask(struct question *, size_t count, struct error *);
void questions_forget(struct question *, size_t count);

#endif
