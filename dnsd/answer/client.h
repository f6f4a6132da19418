/* SPDX-License-Identifier: BSD-2-Clause */
/* The network that a query comes from, as pools and their counts ask for it. Most clients have IPv4, whose address is taken
 * from where the socket left it. */
#ifndef DNSD_ANSWER_CLIENT_H
#define DNSD_ANSWER_CLIENT_H

#include <netinet/in.h>
#include <string.h>

#include "dnsd/answer/query.h"
#include "dnsd/view/usage.h"
#include "steering/bucket.h"

/* The octets of an IPv4 client as they stand in memory; false for a client with IPv6. */
static inline bool client_word(const struct query *q, uint32_t *word)
{
	const struct sockaddr_in *peer = (const struct sockaddr_in *)(const void *)q->peer;
	if (peer != NULL ? peer->sin_family != AF_INET : q->client->family != ADDRESS_V4)
		return false;
	memcpy(word, peer != NULL ? (const void *)&peer->sin_addr : q->client->bytes, sizeof *word);
	return true;
}

/* The same as what follows, for IPv6. */
unsigned client_bucket_aside(const struct query *);
uint64_t client_network_aside(const struct query *);

/* Which of the buckets that hands are dealt to is the client's. */
static inline unsigned client_bucket(const struct query *q)
{
	uint32_t word;
	return client_word(q, &word) ? steering_bucket_4(ntohl(word)) : client_bucket_aside(q);
}

/* The hash of the client's network under which usage counts it. */
static inline uint64_t client_network(const struct query *q)
{
	uint32_t word;
	return client_word(q, &word) ? usage_network_4(word) : client_network_aside(q);
}

#endif
