/* SPDX-License-Identifier: BSD-2-Clause */
/* Secondaries by address: those of the settings and the registry, and those seen, in a small table. */
#include "dnsd/serve/peers.h"

void peers_init(struct peers *p, const struct networks *networks)
{
	*p = (struct peers){ .networks = networks };
	pthread_mutex_init(&p->lock, NULL);
}

/* The lock is held. */
static bool has_shown(const struct peers *p, const struct address *address)
{
	for (size_t i = 0; i < PEERS_SHOWN; i++)
		if (address_equal(&p->shown[i], address))
			return true;
	return false;
}

void peers_add(struct peers *p, const struct address *address)
{
	pthread_mutex_lock(&p->lock);
	if (!has_shown(p, address))
		p->shown[p->next++ % PEERS_SHOWN] = *address;
	pthread_mutex_unlock(&p->lock);
}

static bool is_secondary(const struct snapshot *s, const struct address *address)
{
	for (size_t i = 0; i < s->secondary_count; i++) {
		struct address secondary = address_of((const struct sockaddr *)&s->secondaries[i].endpoint);
		if (address_equal(&secondary, address))
			return true;
	}
	return false;
}

bool peers_know(struct peers *p, const struct snapshot *snapshot, const struct address *address)
{
	if (networks_hold(p->networks, address) || is_secondary(snapshot, address))
		return true;
	pthread_mutex_lock(&p->lock);
	bool shown = has_shown(p, address);
	pthread_mutex_unlock(&p->lock);
	return shown;
}
