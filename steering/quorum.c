/* SPDX-License-Identifier: BSD-2-Clause */
/* Observations folded into one verdict by the majority of probers that were heard lately. */
#include "steering/quorum.h"

#include <string.h>

#include "lib/address.h"
#include "lib/text.h"

static bool is_lease(const struct observation *o)
{
	return strcmp(o->observer, "lease") == 0;
}

bool quorum_is_prober(const struct observation *o)
{
	return !is_lease(o) && o->health != HEALTH_UNKNOWN;
}

int64_t quorum_date(const struct observation *o)
{
	return o->heard > 0 ? o->heard : o->at;
}

static int64_t newest_date(const struct observation *from, size_t count)
{
	int64_t newest = 0;
	for (size_t i = 0; i < count; i++)
		if (quorum_is_prober(&from[i]) && quorum_date(&from[i]) > newest)
			newest = quorum_date(&from[i]);
	return newest;
}

static bool has_voice(const struct observation *o, int64_t newest)
{
	return quorum_is_prober(o) && newest - quorum_date(o) <= QUORUM_STALE;
}

static unsigned tls_of(const struct observation *o)
{
	return (unsigned)o->tls;
}

static unsigned pings_of(const struct observation *o)
{
	return pings_read(o->pings);
}

/* A set by majority: a bit is set if more of those who looked see it than do not. If that leaves nothing, the newest set
 * is believed: of the probers with a vote, else of all that ever looked. */
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
		if (voice > last_voice || (voice == last_voice && quorum_date(&from[i]) > last_at)) {
			last = seen;
			last_at = quorum_date(&from[i]);
			last_voice = voice;
		}
	}
	for (unsigned bit = 0; bit < 8; bit++)
		set |= votes[bit] > 0 ? 1u << bit : 0;
	return set != 0 ? set : last;
}

/* The places of the addresses that most probers with a vote say are down. */
static uint8_t fold_down(const struct observation *from, size_t count, int64_t newest, const char *addresses)
{
	uint8_t down = 0;
	size_t length;
	unsigned place = 0;
	for (const char *word; place < 8 && (word = text_word(&addresses, " ", &length)) != NULL; place++) {
		char address[ADDRESS_TEXT];
		int votes = 0;
		if (length >= sizeof address)
			continue;
		memcpy(address, word, length);
		address[length] = '\0';
		for (size_t i = 0; i < count; i++)
			if (has_voice(&from[i], newest))
				votes += from[i].health == HEALTH_DOWN
						|| (from[i].down != NULL && text_lists(from[i].down, address)) ? 1 : -1;
		down |= (uint8_t)((votes > 0) << place);
	}
	return down;
}

static enum certificate_use fold_certificate(const struct observation *from, size_t count, int64_t newest)
{
	int votes = 0;
	bool known = false;
	for (size_t i = 0; i < count; i++) {
		if (!has_voice(&from[i], newest) || from[i].certificate == CERTIFICATE_UNKNOWN)
			continue;
		known = true;
		votes += from[i].certificate == CERTIFICATE_FOREIGN ? 1 : -1;
	}
	return !known ? CERTIFICATE_UNKNOWN : votes > 0 ? CERTIFICATE_FOREIGN : CERTIFICATE_SERVES;
}

void quorum_fold(const struct observation *from, size_t count, const char *addresses, struct verdict *v)
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
		if (from[i].health == HEALTH_DOWN && (last_down == NULL || quorum_date(&from[i]) > quorum_date(last_down)))
			last_down = &from[i];
	}
	*v = (struct verdict){ .reason = "", .tls = (tls_set)majority(from, count, newest, tls_of),
		.pings = (ping_set)majority(from, count, newest, pings_of),
		.down = fold_down(from, count, newest, addresses),
		.certificate = fold_certificate(from, count, newest) };
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
