/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/observe.h"

#include <stdio.h>
#include <string.h>

void watch_start(struct watch *w, const char *relay, const struct observation *o)
{
	*w = (struct watch){ 0 };
	snprintf(w->relay, sizeof w->relay, "%s", relay);
	if (o == NULL)
		return;
	w->health = (enum health)o->health;
	w->overloaded = o->overloaded != 0;
	w->tls = o->tls;
	w->written = o->at;
	snprintf(w->uuid, sizeof w->uuid, "%s", o->uuid);
	snprintf(w->reason, sizeof w->reason, "%s", o->reason);
}

static void believe(struct watch *w, enum health health)
{
	w->changed |= w->health != health;
	w->health = health;
}

void watch_note(struct watch *w, const struct finding *f, bool at_once)
{
	w->good = f->well ? w->good + 1 : 0;
	w->bad = f->well ? 0 : w->bad + 1;
	snprintf(w->reason, sizeof w->reason, "%s", f->reason);
	if (!f->well) {
		if (at_once || w->bad >= OBSERVE_FALL)
			believe(w, HEALTH_DOWN);
		return;
	}
	/* nobody was told anything yet: the first answer is news enough */
	if (at_once || w->good >= OBSERVE_RISE || w->health == HEALTH_UNKNOWN)
		believe(w, HEALTH_UP);
	w->changed |= w->overloaded != f->overloaded;
	w->overloaded = f->overloaded;
	if (*f->uuid != '\0')
		snprintf(w->uuid, sizeof w->uuid, "%s", f->uuid);
}

bool watch_due(const struct watch *w, int64_t date)
{
	if (w->health == HEALTH_UNKNOWN)
		return false;
	return w->changed || w->written == 0 || date - w->written >= OBSERVE_REFRESH || date < w->written;
}

struct observation watch_row(const struct watch *w, const char *observer, int64_t date)
{
	return (struct observation){ .relay = w->relay, .observer = observer, .version = "", .pings = "",
		.names = "",
		.uuid = w->uuid, .reason = w->reason, .health = w->health, .tls = w->tls,
		.overloaded = w->overloaded, .at = date };
}
