/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service manager is told: a server whose threads hang is to be started anew, though its process lives. */
#include "dnsd/daemon.h"
#include "lib/clock.h"
#include "lib/service.h"

enum { LOOK = 1000 /* milliseconds: workers go on four times in that time, even if nobody asks */ };

void supervise_ready(const struct daemon *d)
{
	service_ready();
	sockets_store(&d->offered);
}

/* Each worker is remembered by its own count of rounds. */
static bool goes_on(_Atomic uint32_t *rounds, uint32_t *seen)
{
	uint32_t now = atomic_load_explicit(rounds, memory_order_relaxed);
	bool moved = now != *seen;
	*seen = now;
	return moved;
}

void supervise_alive(struct daemon *d)
{
	int64_t now = clock_ticks();
	if (now - d->alive_at < LOOK)
		return;
	d->alive_at = now;
	bool all = goes_on(&d->tcp.rounds, &d->tcp_rounds_seen);
	for (size_t i = 0; i < d->udp_count; i++)
		all &= goes_on(&d->udp[i].rounds, &d->udp[i].rounds_seen);
	if (all)
		service_alive();
}
