/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections in lists by what they wait for, the one that waits longest first. */
#include "dnsd/serve/tcp_queue.h"

#include "dnsd/store/hash.h"

enum {
	SUSPECTS = 16, /* how many strangers are compared, of which one gives way */
	LOOKS = 256,   /* most places that are looked at to find them */
};

/* The chain of a client's connections, to count them (RFC 9210 section 4.1). All of an IPv6 site are in one chain, so that
 * they can be counted by its networks. */
static size_t slot(const struct address *client)
{
	return hash_name(client->bytes, client->family == ADDRESS_V4 ? 4 : ADDRESS_SITE_SIZE) % TCP_CLIENTS;
}

static void unlink_wait(struct tcp_queue *q, struct tcp_place *p)
{
	*(p->older == NULL ? &q->oldest[p->wait] : &p->older->newer) = p->newer;
	*(p->newer == NULL ? &q->newest[p->wait] : &p->newer->older) = p->older;
}

static void link_wait(struct tcp_queue *q, struct tcp_place *p, enum tcp_wait wait, int64_t now)
{
	p->wait = wait;
	p->since = now;
	p->newer = NULL;
	p->older = q->newest[wait];
	*(p->older == NULL ? &q->oldest[wait] : &p->older->newer) = p;
	q->newest[wait] = p;
}

void tcp_queue_add(struct tcp_queue *q, struct tcp_place *p, const struct address *client, bool known, int64_t now)
{
	p->client = *client;
	p->known = known;
	link_wait(q, p, TCP_IDLE, now);
	p->link = &q->client[slot(client)];
	p->next = *p->link;
	*p->link = p;
	if (p->next != NULL)
		p->next->link = &p->next;
	q->count++;
}

void tcp_queue_remove(struct tcp_queue *q, struct tcp_place *p)
{
	unlink_wait(q, p);
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	q->count--;
}

void tcp_queue_move(struct tcp_queue *q, struct tcp_place *p, enum tcp_wait wait, int64_t now)
{
	unlink_wait(q, p);
	link_wait(q, p, wait, now);
}

struct tcp_place *tcp_queue_expired(const struct tcp_queue *q, int64_t now)
{
	for (int wait = 0; wait < TCP_SERVED; wait++) {
		struct tcp_place *p = q->oldest[wait];
		if (p != NULL && now - p->since > q->settings->wait[wait])
			return p;
	}
	return NULL;
}

/* Takes the oldest of the connections in AT, one for each list, and puts the next of that list in its place. */
static struct tcp_place *next_oldest(struct tcp_place *at[TCP_WAITS])
{
	int first = -1;
	for (int wait = 0; wait < TCP_WAITS; wait++)
		if (at[wait] != NULL && (first < 0 || at[wait]->since < at[first]->since))
			first = wait;
	if (first < 0)
		return NULL;
	struct tcp_place *p = at[first];
	at[first] = p->newer;
	return p;
}

struct tcp_place *tcp_queue_oldest(const struct tcp_queue *q)
{
	struct tcp_place *at[TCP_WAITS];
	memcpy(at, q->oldest, sizeof at);
	return next_oldest(at);
}

static unsigned crowd(const struct tcp_queue *q, const struct tcp_place *of)
{
	unsigned count = 0;
	for (const struct tcp_place *p = q->client[slot(&of->client)]; p != NULL; p = p->next)
		count += address_near(&p->client, &of->client) == ADDRESS_MACHINE;
	return count;
}

static struct tcp_place *stranger(const struct tcp_queue *q)
{
	struct tcp_place *at[TCP_WAITS], *victim = NULL, *p;
	unsigned most = 0, suspects = 0;
	memcpy(at, q->oldest, sizeof at);
	for (unsigned i = 0; i < LOOKS && suspects < SUSPECTS && (p = next_oldest(at)) != NULL; i++) {
		unsigned others = p->known ? 0 : crowd(q, p);
		suspects += !p->known;
		if (others <= most)
			continue;
		most = others;
		victim = p;
	}
	return victim;
}

struct tcp_place *tcp_queue_victim(const struct tcp_queue *q, bool known)
{
	struct tcp_place *victim = stranger(q), *at[TCP_WAITS];
	if (victim != NULL || !known)
		return victim;
	memcpy(at, q->oldest, sizeof at);
	at[TCP_SERVED] = NULL;
	return next_oldest(at);
}

static bool yields(const struct tcp_place *p, bool to_known)
{
	return !p->known || (to_known && p->wait != TCP_SERVED);
}

bool tcp_queue_room(const struct tcp_queue *q, const struct address *client, bool known, struct tcp_place **victim)
{
	struct tcp_place *own[ADDRESS_FAR] = { NULL };
	int64_t same[ADDRESS_FAR] = { 0 };
	*victim = NULL;
	for (struct tcp_place *p = q->client[slot(client)]; p != NULL; p = p->next)
		for (enum address_near near = address_near(&p->client, client); near < ADDRESS_FAR; near++) {
			same[near]++;
			if (yields(p, known) && (own[near] == NULL || p->since <= own[near]->since)) /* the later in the chain came earlier */
				own[near] = p;
		}
	for (enum address_near near = ADDRESS_MACHINE; near < ADDRESS_FAR; near++)
		if (same[near] >= address_share(near, q->settings->per_client)) {
			*victim = own[near];
			return own[near] != NULL;
		}
	if (q->count < q->settings->connections)
		return true;
	*victim = tcp_queue_victim(q, known);
	return *victim != NULL;
}
