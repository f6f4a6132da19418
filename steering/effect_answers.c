/* SPDX-License-Identifier: BSD-2-Clause */
/* What a label answers: its pool's members, in a brownout its successor's beside them, and the part that each relay gets. */
#include "steering/brownout.h"
#include "steering/effect.h"
#include "steering/effect_parts.h"
#include "steering/seat.h"
#include "steering/share.h"
#include "steering/successor.h"

const struct membership *pair_given(const struct pair *pair, enum side side, bool browned_out)
{
	bool other = browned_out ? pair->part[side] > 0 : pair->part[side] >= 1;
	return other ? &pair->other[side] : &pair->own[side];
}

bool pair_answers(const struct membership *m, unsigned families)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in && (m->seats[i].offer->families & m->families & families) != 0)
			return true;
	return false;
}

/* The part of client networks that gets the successor's answer. */
static double brownout_part(const struct fleet *fleet, const struct pool *pool)
{
	return brownout_successor(fleet, pool) == NULL ? 0 : (double)brownout_buckets(pool) / STEERING_BUCKETS;
}

/* All relays that any network is given: the pool's own, and in a brownout the successor's. */
static int merge_answers(struct comparison *x, enum side side, struct pair *pair, struct error *e)
{
	const struct membership *own = &pair->own[side], *other = &pair->other[side];
	struct membership *m = &pair->m[side];
	*m = *pair_given(pair, side, false);
	m->pool = own->pool;
	if (pair->part[side] <= 0 || pair->part[side] >= 1)
		return DONE;
	m->seats = arena_take(&x->scratch, (m->count + 1) * sizeof *m->seats);
	if (m->seats == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < m->count; i++) {
		m->seats[i] = own->seats[i].in || !other->seats[i].in ? own->seats[i] : other->seats[i];
		m->members += m->seats[i].in && !own->seats[i].in;
	}
	return DONE;
}

static void weigh_by(struct membership *m, const struct offer *offers)
{
	for (size_t i = 0; i < m->count; i++)
		m->seats[i].offer = &offers[i];
}

/* What each relay gets of the answers, by the weights of OFFERS. */
static int share_out(struct comparison *x, enum side side, struct pair *pair, const struct offer *offers,
	double *shares, struct error *e)
{
	double part = pair->part[side];
	struct membership *own = &pair->own[side], *other = &pair->other[side];
	double *theirs = arena_take(&x->scratch, (own->count + 1) * sizeof *theirs);
	if (theirs == NULL)
		return fail(e, FAILED, "out of memory");
	weigh_by(own, offers);
	int outcome = steering_shares(own, &x->scratch, shares, e);
	if (outcome != DONE || part <= 0)
		return outcome;
	weigh_by(other, offers);
	outcome = steering_shares(other, &x->scratch, theirs, e);
	double given = 0; /* less than 1 where the one or the other gives nothing out: networks without an answer have no part in it */
	for (size_t i = 0; i < own->count; i++)
		given += shares[i] = (1 - part) * shares[i] + part * theirs[i];
	for (size_t i = 0; i < own->count && given > 0; i++)
		shares[i] /= given;
	return outcome;
}

/* The successor's members have addresses of the families that its own label answers: those that have none of the label's
 * that it stands in for are not given out there. */
static void keep_families(struct membership *m, unsigned families)
{
	m->families = families;
	for (struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in && (seat->offer->families & families) == 0) {
			seat->in = false;
			seat->reason = REASON_NO_ADDRESS;
			m->members--;
		}
}

/* What the operator vouched for at a label is true of the relay whoever's members answer there: he knows its clients. */
static void include_at_label(const struct fleet *fleet, const struct pool *pool, struct membership *m)
{
	size_t count;
	const struct rule *rules = seat_rules(fleet, pool, &count);
	for (size_t i = 0; i < m->count && count > 0; i++) {
		const struct rule *rule = seat_rule(rules, count, m->seats[i].offer->relay);
		m->seats[i].included |= rule != NULL && rule->verdict == RULE_INCLUDE;
	}
}

static int seat_answers(struct comparison *x, enum side side, const struct pool *pool, struct pair *pair,
	struct error *e)
{
	const struct fleet *fleet = x->fleet[side];
	struct membership *own = &pair->own[side], *other = &pair->other[side];
	double part = brownout_part(fleet, pool);
	int outcome = steering_pool(fleet, x->settled[side], pool, &x->scratch, own, e);
	if (outcome == DONE)
		include_at_label(fleet, pool, own);
	if (outcome == DONE && part > 0) {
		outcome = steering_pool(fleet, x->settled[side], successor_of(fleet, pool), &x->scratch, other, e);
		pair->part[side] = outcome == DONE && other->members > 0 ? part : 0; /* no brownout to a successor without members */
		if (outcome == DONE)
			keep_families(other, own->families);
		if (outcome == DONE)
			include_at_label(fleet, pool, other);
	}
	return outcome == DONE ? merge_answers(x, side, pair, e) : outcome;
}

int effect_given(const struct fleet *fleet, struct offer *offers, const struct pool *pool, struct arena *arena,
	struct membership *m, struct error *e)
{
	struct comparison x = { .fleet = { fleet, fleet }, .settled = { offers, offers }, .scratch = *arena };
	struct pair pair = { .part = { 0 } };
	int outcome = seat_answers(&x, AFTER, pool, &pair, e);
	*m = pair.m[AFTER];
	*arena = x.scratch;
	return outcome;
}

int effect_seat_side(struct comparison *x, enum side side, const struct pool *pool, struct pair *pair,
	struct error *e)
{
	double **shares = &pair->shares[side];
	*shares = arena_take(&x->scratch, (x->fleet[side]->relay_count + 1) * sizeof **shares);
	if (*shares == NULL)
		return fail(e, FAILED, "out of memory");
	pair->present[side] = *shares;
	if (pool == NULL)
		return DONE;
	int outcome = seat_answers(x, side, pool, pair, e);
	if (outcome == DONE && x->shares && x->ramps[side]) {
		double *present = arena_take(&x->scratch, (pair->own[side].count + 1) * sizeof *present);
		pair->present[side] = present;
		outcome = present == NULL ? fail(e, FAILED, "out of memory") : share_out(x, side, pair, x->present[side], present, e);
	}
	return outcome == DONE && x->shares ? share_out(x, side, pair, x->settled[side], *shares, e) : outcome;
}
