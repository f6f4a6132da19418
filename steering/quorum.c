/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/quorum.h"

#include <string.h>

static bool is_lease(const struct observation *o)
{
	return strcmp(o->observer, "lease") == 0;
}

bool quorum_is_prober(const struct observation *o)
{
	return !is_lease(o) && o->health != HEALTH_UNKNOWN;
}

static int64_t newest_date(const struct observation *from, size_t count)
{
	int64_t newest = 0;
	for (size_t i = 0; i < count; i++)
		if (quorum_is_prober(&from[i]) && from[i].at > newest)
			newest = from[i].at;
	return newest;
}

static bool has_voice(const struct observation *o, int64_t newest)
{
	return quorum_is_prober(o) && newest - o->at <= QUORUM_STALE;
}

static unsigned tls_of(const struct observation *o)
{
	return (unsigned)o->tls;
}

static unsigned pings_of(const struct observation *o)
{
	return pings_read(o->pings);
}

/* A set by majority: a member is in if more see it than not, among those who looked. If nobody with a
 * voice looked, the newest of all probers who ever did is believed. */
static unsigned majority(const struct observation *from, size_t count, int64_t newest,
	unsigned (*set_of)(const struct observation *))
{
	int votes[8] = { 0 };
	unsigned set = 0, last = 0;
	int64_t last_at = -1;
	bool last_voice = false;
	for (size_t i = 0; i < count; i++) {
		unsigned seen = set_of(&from[i]);
		bool voice = has_voice(&from[i], newest);
		if (seen == 0 || is_lease(&from[i]))
			continue;
		for (unsigned bit = 0; voice && bit < 8; bit++)
			votes[bit] += (seen >> bit & 1) != 0 ? 1 : -1;
		if (voice > last_voice || (voice == last_voice && from[i].at > last_at)) {
			last = seen;
			last_at = from[i].at;
			last_voice = voice;
		}
	}
	for (unsigned bit = 0; bit < 8; bit++)
		set |= votes[bit] > 0 ? 1u << bit : 0;
	return set != 0 ? set : last;
}

void quorum_fold(const struct observation *from, size_t count, struct verdict *v)
{
	int64_t newest = newest_date(from, count);
	size_t up = 0, down = 0;
	const struct observation *lease = NULL, *last_down = NULL;
	for (size_t i = 0; i < count; i++) {
		if (is_lease(&from[i]))
			lease = &from[i];
		if (!has_voice(&from[i], newest))
			continue;
		up += from[i].health == HEALTH_UP;
		down += from[i].health == HEALTH_DOWN;
		if (from[i].health == HEALTH_DOWN && (last_down == NULL || from[i].at > last_down->at))
			last_down = &from[i];
	}
	*v = (struct verdict){ .reason = "", .tls = (tls_set)majority(from, count, newest, tls_of),
		.pings = (ping_set)majority(from, count, newest, pings_of) };
	if (lease != NULL && v->tls == 0)
		v->tls = (tls_set)lease->tls;
	if (lease != NULL && lease->health == HEALTH_DOWN)
		last_down = lease;
	else if (down <= up)
		last_down = NULL;
	if (last_down != NULL) {
		v->health = HEALTH_DOWN;
		v->reason = last_down->reason;
	} else if (up > 0 || (lease != NULL && lease->health == HEALTH_UP)) {
		v->health = HEALTH_UP;
	}
}
