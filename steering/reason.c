/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a relay is in a pool or not, in words. */
#include "steering/steering.h"

#include "steering/label.h"
#include "steering/seat.h"

static char *tls_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	char offered[TLS_TEXT], needed[TLS_TEXT];
	tls_write(seat->offer->tls, offered);
	if (seat->blocker == NULL) {
		tls_write((tls_set)m->source->tls, needed);
		return arena_format(arena, "speaks %s, but the pool requires %s", offered, needed);
	}
	tls_write((tls_set)seat->blocker->tls, needed);
	return arena_format(arena, "speaks %s, but %s %s needs %s", offered, seat->blocker->product,
		seat->blocker->version, needed);
}

/* The addresses that look down, of those that the label may answer: "192.0.2.1 and 192.0.2.2". */
static const char *down_addresses(const struct membership *m, const struct offer *offer, struct arena *arena)
{
	const char *rest = offer->relay->addresses;
	char *words = NULL, text[ADDRESS_TEXT];
	struct address address;
	for (unsigned place = 0; address_next(&rest, &address); place++) {
		unsigned family = label_family(address.family);
		if ((offer->down >> place & 1) == 0 || (m->families & family) == 0)
			continue;
		address_write(&address, text);
		words = words == NULL ? arena_text(arena, text) : arena_format(arena, "%s, %s", words, text);
	}
	return words;
}

static enum reason weakness_of(const struct membership *m, const struct seat *seat)
{
	const struct seating s = { .pool = m->source };
	return seat_weakness(&s, seat);
}

static char *weak_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	const char *why = seat->offer->health_reason, *where;
	switch (weakness_of(m, seat)) {
	case REASON_DOWN:
		where = seat->offer->health == HEALTH_DOWN ? NULL : down_addresses(m, seat->offer, arena);
		if (where != NULL)
			return arena_format(arena, "looks down at %s", where);
		return arena_format(arena, "looks down%s%s", *why == '\0' ? "" : ": ", why);
	case REASON_PING:
		return arena_format(arena, "does not answer %s, the ping of %s %s",
			ping_name((int)seat->blocker->ping), seat->blocker->product, seat->blocker->version);
	case REASON_CERTIFICATE:
		return arena_text(arena, "has no certificate that clients of a zone here accept");
	default:
		return arena_text(arena, "has weight 0");
	}
}

char *steering_left_out(const struct membership *m, struct arena *arena)
{
	char *words = arena_text(arena, "");
	for (size_t i = 0; i < m->left_out_count && words != NULL; i++)
		words = arena_format(arena, "%s%s%s %s", words, i == 0 ? "" : ", ", m->left_out[i]->product,
			m->left_out[i]->version);
	return words;
}

/* Says whether all others look down, or so many that all are given out. */
static const char *resort_words(const struct membership *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in && m->seats[i].reason != REASON_LAST_RESORT)
			return "so do too many others";
	return "so do all others";
}

static char *bare_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	char tls[TLS_TEXT];
	switch (seat->reason) {
	case REASON_COMPATIBLE:
		tls_write(seat->offer->tls, tls);
		return arena_format(arena, "speaks %s%s", tls,
			seat->offer->tls_observed ? "" : ", says the operator");
	case REASON_INCLUDED:
		return arena_text(arena, "the operator included it");
	case REASON_LAST_RESORT:
		return arena_format(arena, "%s, and %s", weak_reason(m, seat, arena),
			weakness_of(m, seat) == REASON_DOWN ? resort_words(m) : "no other is better");
	case REASON_EXCLUDED:
		return arena_text(arena, "the operator excluded it");
	case REASON_INVITED:
		return arena_text(arena, "is invited and has not registered yet");
	case REASON_TESTING:
		return arena_text(arena, "is tested before it is given out");
	case REASON_DRAINING:
		return arena_text(arena, "is draining");
	case REASON_STATE_OUT:
		return arena_text(arena, "is out of service");
	case REASON_NO_ADDRESS:
		return arena_format(arena, "has no %s address",
			m->families == FAMILY_4 ? "IPv4" : m->families == FAMILY_6 ? "IPv6" : "IP");
	case REASON_ROSTER:
		return arena_format(arena, "was no member when the pool was %s",
			m->source->state == POOL_FROZEN ? "frozen" : "told to shrink");
	case REASON_SIZE:
		return arena_format(arena, "the pool wants %lld members, and has them",
			(long long)m->source->size);
	case REASON_EMPTY:
		return arena_text(arena, "the pool is retired and answers nothing");
	case REASON_TLS_UNKNOWN:
		return arena_text(arena, "nobody knows what TLS versions it speaks");
	case REASON_TLS:
		return tls_reason(m, seat, arena);
	case REASON_DOWN:
	case REASON_NO_WEIGHT:
	case REASON_PING:
	case REASON_CERTIFICATE:
		return weak_reason(m, seat, arena);
	}
	return arena_text(arena, "?");
}

char *steering_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	char *reason = bare_reason(m, seat, arena);
	const char *down = seat->in && !seat->dark && seat->offer->health != HEALTH_DOWN
		? down_addresses(m, seat->offer, arena) : NULL;
	if (reason != NULL && down != NULL)
		reason = arena_format(arena, "%s; not given out, for it looks down: %s", reason, down);
	if (reason == NULL || !seat->in || m->left_out_count == 0)
		return reason;
	return arena_format(arena, "%s; no relay suits all releases, and this leaves out %s", reason,
		steering_left_out(m, arena));
}
