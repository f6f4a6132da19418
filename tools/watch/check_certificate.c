/* SPDX-License-Identifier: BSD-2-Clause */
/* When `windsock check` warns of a certificate's end: relays', as probers saw it, and those that the updater shows. */
#include <stdlib.h>
#include <string.h>

#include "link/forward.h"
#include "steering/quorum.h"
#include "tools/watch/check.h"

/* The observation of the prober that looked last; NULL where none did. */
static const struct observation *last_look(const struct fleet *fleet, const struct relay *relay)
{
	const struct observation *last = NULL;
	for (size_t i = 0; i < fleet->observation_count; i++) {
		const struct observation *o = &fleet->observations[i];
		if (o->expires != 0 && strcmp(o->relay, relay->name) == 0 && (last == NULL || quorum_date(o) > quorum_date(last)))
			last = o;
	}
	return last;
}

/* As in "2 hours", and never "0". */
static const char *until(int64_t seconds, struct arena *arena)
{
	if (seconds < 3600)
		return "less than an hour";
	int64_t hours = seconds / 3600;
	return arena_format(arena, "%lld %s%s", (long long)(hours < 48 ? hours : hours / 24), hours < 48 ? "hour" : "days",
		hours < 48 && hours != 1 ? "s" : "");
}

/* WHOSE is as in "of relay r1"; within URGENT seconds of its end it is critical. */
static void judge(struct findings *v, const char *whose, int64_t left, int64_t urgent, struct arena *arena)
{
	enum { SOON = 14 * 86400 };
	if (left > SOON)
		return;
	find(v, left <= urgent ? LEVEL_CRITICAL : LEVEL_WARNING, left <= 0
		? arena_format(arena, "the certificate %s has expired", whose)
		: arena_format(arena, "the certificate %s expires in %s", whose, until(left, arena)));
}

void check_relays_certificates(struct findings *v, const struct survey *s, struct arena *arena)
{
	for (size_t i = 0; i < s->fleet.relay_count; i++) {
		const struct relay *relay = &s->fleet.relays[i];
		const struct observation *o = last_look(&s->fleet, relay);
		if (o != NULL && relay->state != RELAY_OUT && relay->state != RELAY_INVITED)
			judge(v, arena_format(arena, "of relay %s", relay->name), o->expires - s->fleet.now, 0, arena);
	}
}

/* Of what an ACME client renews a month ahead, three days are a last call. */
void check_updaters_certificates(struct command *c, struct findings *v, const struct survey *s)
{
	enum { WAIT = 1000 /* milliseconds */, URGENT = 3 * 86400 };
	struct forward_certificate *list;
	size_t count;
	struct error why;
	if (forward_certificates(c->registry_path, WAIT, &list, &count, &why) != DONE)
		return; /* who is silent is said elsewhere */
	for (size_t i = 0; i < count; i++) {
		const char *whose = arena_format(&c->arena, "of HTTPS for %s", list[i].names);
		if (list[i].expires != 0)
			judge(v, whose, list[i].expires - s->fleet.now, URGENT, &c->arena);
		if (*list[i].trouble != '\0')
			find(v, list[i].expires == 0 ? LEVEL_CRITICAL : LEVEL_WARNING,
				arena_format(&c->arena, "the certificate %s cannot be taken up: %s", whose, list[i].trouble));
	}
	free(list);
}
