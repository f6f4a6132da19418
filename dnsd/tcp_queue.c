/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tcp_queue.h"

#include "dnsd/hash.h"

/* RFC 9210 section 4.1 counts by client: an IPv4 address, an IPv6 network of a site. */
static size_t client_size(const struct address *a)
{
	return a->family == ADDRESS_V4 ? 4 : 7;
}

static bool same_client(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, client_size(a)) == 0;
}

static size_t slot(const struct address *client)
{
	return hash_name(client->bytes, client_size(client)) % TCP_CLIENTS;
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

void tcp_queue_add(struct tcp_queue *q, struct tcp_place *p, const struct address *client, int64_t now)
{
	p->client = *client;
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
	for (int wait = 0; wait < TCP_WAITS; wait++) {
		struct tcp_place *p = q->oldest[wait];
		if (p != NULL && now - p->since > q->settings->wait[wait])
			return p;
	}
	return NULL;
}

struct tcp_place *tcp_queue_oldest(const struct tcp_queue *q)
{
	struct tcp_place *oldest = NULL;
	for (int wait = 0; wait < TCP_WAITS; wait++) {
		struct tcp_place *p = q->oldest[wait];
		if (p != NULL && (oldest == NULL || p->since < oldest->since))
			oldest = p;
	}
	return oldest;
}

struct tcp_place *tcp_queue_victim(const struct tcp_queue *q, const struct address *client)
{
	struct tcp_place *own = NULL;
	int64_t same = 0;
	for (struct tcp_place *p = q->client[slot(client)]; p != NULL; p = p->next) {
		if (!same_client(&p->client, client))
			continue;
		own = own == NULL || p->since <= own->since ? p : own; /* the later in the chain came earlier */
		same++;
	}
	if (same >= q->settings->per_client)
		return own;
	return q->count >= q->settings->connections ? tcp_queue_oldest(q) : NULL;
}
