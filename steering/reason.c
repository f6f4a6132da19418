/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a relay is in a pool or not, in words. */
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

static char *weak_reason(const struct seat *seat, struct arena *arena)
{
	const char *why = seat->offer->health_reason;
	switch (seat_weakness(seat)) {
	case REASON_DOWN:
		return arena_format(arena, "looks down%s%s", *why == '\0' ? "" : ": ", why);
	case REASON_PING:
		return arena_format(arena, "does not answer %s, the ping of %s %s",
			ping_name((int)seat->blocker->ping), seat->blocker->product, seat->blocker->version);
	default:
		return arena_text(arena, "has weight 0");
	}
}

char *steering_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
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
		return arena_format(arena, "%s, and %s", weak_reason(seat, arena),
			seat_weakness(seat) == REASON_DOWN ? "so do all others" : "no other is better");
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
		return weak_reason(seat, arena);
	}
	return arena_text(arena, "?");
}
