/* SPDX-License-Identifier: BSD-2-Clause */
/* A dnsd that takes the place of another one, and that gives up its own (link/takeover.h). */
#include "dnsd/daemon.h"
#include "lib/place.h"

_Static_assert((int)COUNTERS <= (int)TAKEOVER_COUNTS, "all counters go over to a successor");

int64_t daemon_count(const struct daemon *d, enum counter which)
{
	uint64_t total = count_read(&d->tcp.counters, which);
	for (size_t i = 0; i < d->udp_count; i++)
		total += count_read(&d->udp[i].counters, which);
	return d->counted[which] + (int64_t)total;
}

static const char *suffix(void)
{
	return place_suffix(PLACE_NAME_SERVER_SUCCESSOR);
}

int replace_ask(struct daemon *d, struct error *e)
{
	return takeover_ask_any(d->settings.registry, suffix(), &d->inherited, &d->predecessor, e);
}

/* What was inherited and is not wanted any more is closed here; the predecessor serves it until it leaves. */
int replace_listen(struct daemon *d, struct error *e)
{
	int outcome = takeover_listen(&d->takeover, d->settings.registry, suffix(), sockets_take(&d->inherited, "successor", NULL), e);
	sockets_close(&d->inherited);
	return outcome;
}

void replace_predecessor(struct daemon *d)
{
	takeover_serve_any(d->predecessor, d->counted);
}

static void tell(const struct daemon *d)
{
	int64_t counts[TAKEOVER_COUNTS] = { 0 };
	for (int i = 0; i < COUNTERS; i++)
		counts[i] = daemon_count(d, (enum counter)i);
	takeover_tell(&d->takeover, counts);
}

/* The names beside the registry can be others' by now, and their sockets new ones. */
static struct sockets offer(const struct daemon *d)
{
	struct sockets all = d->offered;
	if (d->bell.place.fd >= 0)
		sockets_add(&all, "bell", d->bell.place.fd);
	sockets_add(&all, "successor", d->takeover.place.fd);
	return all;
}

static void leave(struct daemon *d)
{
	atomic_store(&d->leave, true);
	udp_join(d->udp, d->udp_count);
	doorbell_hand_over(&d->bell);
	tell(d);
}

bool replace_heed(struct daemon *d)
{
	if (d->predecessor >= 0 && takeover_ended(d->predecessor, d->counted))
		d->predecessor = -1;
	const struct sockets all = offer(d);
	if (!takeover_heed(&d->takeover, &all))
		return false;
	leave(d);
	return true;
}

bool replace_busy(struct daemon *d)
{
	return !atomic_load(&d->tcp.empty) || tls_busy(&d->tls) || transfer_busy(&d->transfers) || forwarder_busy(&d->forwarder);
}

void replace_end(struct daemon *d)
{
	tell(d);
	takeover_leave(&d->takeover);
}
