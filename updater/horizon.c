/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving the horizon of the change log. */
#include "updater/horizon.h"

enum { SPEED = 2, SECOND = 1000 };

int64_t horizon_move(struct horizon *h, int64_t wanted, int64_t oldest, int64_t ticks, int64_t keep)
{
	if (!h->begun || oldest - h->date > keep)
		*h = (struct horizon){ true, oldest, ticks };
	int64_t seconds = SPEED * (ticks - h->ticks) / SECOND, most = h->date + seconds;
	h->ticks += seconds * SECOND / SPEED;
	h->date = wanted < most ? wanted : most;
	return h->date;
}
