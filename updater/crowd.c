/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of who is connected, and who has to go for a newcomer. */
#include "updater/crowd.h"

#include <string.h>

void crowd_add(struct crowd *c, struct crowd_place *p, int64_t now)
{
	p->since = now;
	p->newer = NULL;
	p->older = c->newest;
	*(p->older == NULL ? &c->oldest : &p->older->newer) = p;
	c->newest = p;
	c->count++;
}

void crowd_remove(struct crowd *c, struct crowd_place *p)
{
	*(p->older == NULL ? &c->oldest : &p->older->newer) = p->newer;
	*(p->newer == NULL ? &c->newest : &p->newer->older) = p->older;
	c->count--;
}

void crowd_begin(struct crowd *c, struct crowd_place *p, int64_t now)
{
	crowd_remove(c, p);
	crowd_add(c, p, now);
}

struct crowd_place *crowd_oldest(const struct crowd *c)
{
	struct crowd_place *p = c->oldest;
	while (p != NULL && p->held)
		p = p->newer;
	return p;
}

/* The networks that a client is counted by: their octets, and how many times EACH they may have. */
struct network_share {
	size_t octets, times;
};
static const struct network_share shares_v4[] = { { 4, 1 } }, shares_v6[] = { { 8, 1 }, { 7, 2 }, { 6, 4 } };

/* Whether that network has room; its own oldest that may go otherwise. */
static bool share_fits(const struct crowd *c, const struct address *client, struct network_share share, size_t each,
	struct crowd_place **own)
{
	size_t count = 0;
	*own = NULL;
	for (struct crowd_place *p = c->oldest; p != NULL; p = p->newer) {
		if (p->exempt || p->client.family != client->family
			|| memcmp(p->client.bytes, client->bytes, share.octets) != 0)
			continue;
		if (*own == NULL && !p->held)
			*own = p;
		count++;
	}
	return count < each * share.times;
}

bool crowd_fits(const struct crowd *c, const struct address *client, bool exempt, size_t most, size_t each,
	struct crowd_place **victim)
{
	bool v4 = client->family == ADDRESS_V4;
	const struct network_share *shares = v4 ? shares_v4 : shares_v6;
	size_t count = exempt ? 0 : v4 ? 1 : sizeof shares_v6 / sizeof shares_v6[0];
	for (size_t i = 0; i < count; i++)
		if (!share_fits(c, client, shares[i], each, victim))
			return *victim != NULL;
	*victim = c->count < most ? NULL : crowd_oldest(c);
	return c->count < most || *victim != NULL;
}
