/* SPDX-License-Identifier: BSD-2-Clause */
/* Ringing for dnsd, and hearing it. */
#include "updater/bell.h"

#include <unistd.h>

enum { RING_AGAIN = 20 }; /* milliseconds after which dnsd is asked once more */

void bell_start(struct bell *b)
{
	b->fd = -1;
}

void bell_hang_up(struct bell *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

/* A commit's hosts are told if they are all that it changed: then each row of the change log is one of them. */
static int ring_once(const struct bell *b, const struct transaction *t, int64_t revision)
{
	if (t == NULL || t->hosts.broken || t->hosts.count == 0
		|| t->revision_before + (int64_t)t->hosts.count != revision)
		return doorbell_ring(b->fd, revision, NULL);
	return doorbell_ring_with(b->fd, t->revision_before, revision, t->hosts.octets, t->hosts.size, NULL);
}

bool bell_ring(struct bell *b, const char *path, const struct transaction *committed, int64_t revision, int64_t now)
{
	for (int try = 0; try < 2; try++) {
		if (b->fd < 0) {
			b->serial++;
			if (doorbell_open(path, &b->fd, NULL) != DONE) {
				b->fd = -1;
				return false;
			}
		}
		if (ring_once(b, committed, revision) == DONE) {
			b->next = now + RING_AGAIN;
			return true;
		}
		bell_hang_up(b); /* dnsd was started anew: its socket is another */
	}
	return false;
}

void bell_hear(struct bell *b, int64_t now)
{
	struct doorbell said;
	int outcome;
	while (b->fd >= 0 && (outcome = doorbell_take(b->fd, &said)) != UNCHANGED)
		if (outcome == ABSENT) {
			bell_hang_up(b); /* dnsd ended: it is rung for anew */
			b->next = now;
		} else if (outcome == DONE) {
			b->heard = said;
			b->heard_at = now;
		}
}

int64_t bell_served(const struct bell *b)
{
	return b->heard_at == 0 ? 0 : b->heard.revision;
}
