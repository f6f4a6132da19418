/* SPDX-License-Identifier: BSD-2-Clause */
/* What releases reach before and after a change, and which loss is a harm. */
#include "steering/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "steering/label.h"
#include "steering/seat.h"
#include "steering/share.h"

enum side { BEFORE, AFTER, SIDES };

/* The whole comparison. The scratch arena holds what is needed for one pool only. */
struct comparison {
	const struct fleet *fleet[SIDES];
	struct offer *settled[SIDES]; /* with weights as they are when all have ramped up */
	struct offer *present[SIDES]; /* with those of the moment, of which some may still ramp up */
	struct lattice lattice[SIDES];
	bool shares, ramps[SIDES];
	struct arena *arena;
	struct arena scratch;
	struct effect *effect;
	size_t stranded_room, misled_room;
};

/* One label's answers on both sides: the pool's own, and its successor's, which part of the client networks gets in a
 * brownout. Seats and shares are by relay, in the fleet's order. */
struct pair {
	struct membership own[SIDES], other[SIDES];
	struct membership m[SIDES]; /* all relays that some network is given */
	double part[SIDES];         /* the part of networks that gets `other` */
	double *shares[SIDES], *present[SIDES]; /* in the long run, and at the moment of the change */
};

static const struct pool *find_pool(const struct fleet *fleet, const char *label)
{
	size_t low = 0, high = fleet->pool_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(fleet->pools[middle].label, label);
		if (order == 0)
			return &fleet->pools[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The pool that answers a label: its own, or the fallback by lattice_find. */
static const struct pool *answering(const struct comparison *x, enum side side, const char *label)
{
	const struct pool *own = find_pool(x->fleet[side], label);
	long found = own == NULL ? lattice_find(&x->lattice[side], label, strlen(label)) : LATTICE_NONE;
	return found == LATTICE_NONE ? own : &x->fleet[side]->pools[found];
}

static bool looks_well(const struct seat *seat)
{
	return seat->in && seat->reason != REASON_LAST_RESORT;
}

static void weigh_side(const struct membership *m, double brownout, struct effect_side *s)
{
	if (m->pool == NULL)
		return;
	size_t reserve = 0;
	for (size_t i = 0; i < m->count; i++) {
		s->well += looks_well(&m->seats[i]);
		reserve += m->seats[i].reason == REASON_SIZE;
	}
	s->members = m->members;
	s->spare = s->well + reserve > 1;
	s->thin = s->members > 0 && (int64_t)s->well < (m->pool->least > 1 ? m->pool->least : 1);
	s->ttl = brownout > 0 ? steering_brownout_ttl(m->pool) : m->pool->ttl;
	s->brownout = brownout;
}

bool effect_serves(const struct release *release, unsigned families, const struct seat *seat)
{
	const struct offer *offer = seat->offer;
	unsigned own = (unsigned)release->families + 1; /* 4, 6, 46 */
	bool trusted = seat->reason == REASON_INCLUDED && !offer->tls_observed; /* the operator knows */
	bool speaks = trusted || ((tls_set)release->tls & offer->tls) != 0;
	bool hears = offer->pings == 0 || (offer->pings >> release->ping & 1) != 0;
	return seat->in && offer->health != HEALTH_DOWN && speaks && hears
		&& (own & families & offer->live) != 0;
}

static bool serves(const struct membership *m, const struct release *release, const char *label)
{
	unsigned families = label_families(label, strlen(label)) & m->families; /* another label's pool may answer fewer */
	for (size_t i = 0; i < m->count; i++)
		if (effect_serves(release, families, &m->seats[i]))
			return true;
	return false;
}

/* The answer to the networks that a brownout takes first, or to those that it takes last. */
static const struct membership *given(const struct pair *pair, enum side side, bool browned_out)
{
	bool other = browned_out ? pair->part[side] > 0 : pair->part[side] >= 1;
	return other ? &pair->other[side] : &pair->own[side];
}

/* Whether a client with the traits WAS found a usable relay before, and with the traits IS finds none after. */
static bool loses(const struct pair *pair, const struct release *was, const struct release *is, const char *label)
{
	for (int browned_out = 0; browned_out < 2; browned_out++)
		if (serves(given(pair, BEFORE, browned_out != 0), was, label)
			&& !serves(given(pair, AFTER, browned_out != 0), is, label))
			return true;
	return false;
}

static const struct release *same_release(const struct fleet *fleet, const struct release *release)
{
	for (size_t i = 0; i < fleet->release_count; i++)
		if (strcmp(fleet->releases[i].product, release->product) == 0
			&& strcmp(fleet->releases[i].version, release->version) == 0)
			return &fleet->releases[i];
	return NULL;
}

/* Makes room for one more row of a list in the arena. */
static int make_room(struct comparison *x, void *list, size_t count, size_t *room, size_t size, struct error *e)
{
	return array_room_in(x->arena, list, room, count + 1, size) ? DONE : fail(e, FAILED, "out of memory");
}

static int strand(struct comparison *x, const struct release *release, const char *label, struct error *e)
{
	struct effect *effect = x->effect;
	int outcome = make_room(x, &effect->stranded, effect->stranded_count, &x->stranded_room,
		sizeof *effect->stranded, e);
	if (outcome == DONE)
		effect->stranded[effect->stranded_count++] = (struct effect_stranded){ label, release };
	return outcome;
}

static const struct seat *find_seat(const struct membership *m, const char *relay)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->seats[i].offer->relay->name, relay) == 0)
			return &m->seats[i];
	return NULL;
}

/* Whether the operator included the relay with a note that says why, and nobody has seen what TLS it speaks. */
static bool is_vouched_for(const struct fleet *fleet, const struct membership *m, const struct seat *seat)
{
	size_t count;
	if (seat->reason != REASON_INCLUDED || seat->offer->tls_observed)
		return false;
	const struct rule *rules = seat_rules(fleet, m->source, &count);
	const struct rule *rule = seat_rule(rules, count, seat->offer->relay);
	return rule != NULL && rule->note != NULL && *rule->note != '\0';
}

/* Whether a relay is given out that is known to speak none of the release's TLS versions. */
static bool is_foreign(const struct fleet *fleet, const struct membership *m, const struct seat *seat,
	const struct release *release)
{
	tls_set tls = seat->offer->tls;
	return seat->in && tls != 0 && ((tls_set)release->tls & tls) == 0 && !is_vouched_for(fleet, m, seat);
}

/* Whether the release is left out of a compromise: no relay suits it and the pool's other releases. It is then not
 * misled by relays chosen for those; whether it lost a relay of its own, find_stranded says. */
static bool is_left_out(const struct membership *m, const struct release *release)
{
	for (size_t i = 0; i < m->left_out_count; i++)
		if (strcmp(m->left_out[i]->product, release->product) == 0
			&& strcmp(m->left_out[i]->version, release->version) == 0)
			return true;
	return false;
}

/* Notes the first member that misleads a release. Only the pool's own members count, not a successor's. WAS: the
 * release before, NULL if it did not look the pool up; IS: the release after. */
static int find_misled(struct comparison *x, const struct effect_pool *p, const struct pair *pair,
	const struct release *was, const struct release *is, bool *misled, struct error *e)
{
	const struct membership *own = &pair->own[AFTER];
	struct effect *effect = x->effect;
	if (p->after.pool == NULL || is_left_out(own, is))
		return DONE;
	for (size_t i = 0; i < own->count && own->source == p->after.pool; i++) {
		if (!is_foreign(x->fleet[AFTER], own, &own->seats[i], is))
			continue;
		const char *relay = own->seats[i].offer->relay->name;
		const struct seat *before = was == NULL ? NULL : find_seat(&pair->own[BEFORE], relay);
		if (before != NULL && is_foreign(x->fleet[BEFORE], &pair->own[BEFORE], before, was))
			continue;
		int outcome = make_room(x, &effect->misled, effect->misled_count, &x->misled_room,
			sizeof *effect->misled, e);
		if (outcome == DONE)
			effect->misled[effect->misled_count++] = (struct effect_misled){ p->label, relay, is };
		*misled = true;
		return outcome;
	}
	return DONE;
}

/* Judges releases that did not look the label up before: whether they are left out there, or misled. */
static int find_newcomers(struct comparison *x, const struct effect_pool *p, const struct pair *pair, struct error *e)
{
	const struct fleet *after = x->fleet[AFTER];
	int outcome = DONE;
	for (size_t i = 0; i < after->release_count && outcome == DONE; i++) {
		const struct release *is = &after->releases[i];
		bool misled = false;
		if (!text_lists(is->pools, p->label))
			continue;
		const struct release *was = same_release(x->fleet[BEFORE], is);
		if (was != NULL && text_lists(was->pools, p->label))
			continue;
		outcome = is_left_out(&pair->own[AFTER], is) ? strand(x, is, p->label, e)
			: find_misled(x, p, pair, NULL, is, &misled, e);
	}
	return outcome;
}

/* Clients in the field stay what they were, even if the change rewrites or removes their release. */
static int find_stranded(struct comparison *x, const struct effect_pool *p, const struct pair *pair,
	struct error *e)
{
	int outcome = DONE;
	const struct fleet *before = x->fleet[BEFORE];
	for (size_t i = 0; i < before->release_count && outcome == DONE; i++) {
		const struct release *was = &before->releases[i];
		bool misled = false;
		if (!text_lists(was->pools, p->label))
			continue;
		const struct release *is = same_release(x->fleet[AFTER], was);
		if (loses(pair, was, was, p->label) || (is != NULL && loses(pair, was, is, p->label)))
			outcome = strand(x, was, p->label, e);
		if (outcome == DONE)
			outcome = find_misled(x, p, pair, was, was, &misled, e);
		if (outcome == DONE && is != NULL && !misled)
			outcome = find_misled(x, p, pair, was, is, &misled, e);
	}
	/* Where nobody defined the label, and nobody asked for it, nothing gets worse: a registry is filled, say. */
	bool known = p->before.pool != NULL || p->asked;
	return outcome == DONE && known ? find_newcomers(x, p, pair, e) : outcome;
}

/* Whether one of the pool's needs is met by no TLS version outside WANTED. */
static bool needs(const struct fleet *fleet, const struct pool *pool, tls_set wanted)
{
	if (pool->tls != 0)
		return ((tls_set)pool->tls & ~wanted) == 0;
	for (size_t i = 0; i < fleet->release_count; i++)
		if (fleet->releases[i].tls != 0 && ((tls_set)fleet->releases[i].tls & ~wanted) == 0
			&& text_lists(fleet->releases[i].pools, pool->label))
			return true;
	return false;
}

/* The next need of a pool, from *AT on: a set of TLS versions, one of which a member must speak. The needs are the
 * pool's own --tls, or else its releases'. 0 when there are no more. */
static tls_set next_need(const struct fleet *fleet, const struct pool *pool, size_t *at)
{
	while (*at < fleet->release_count && pool->tls == 0) {
		const struct release *release = &fleet->releases[(*at)++];
		if (release->tls != 0 && text_lists(release->pools, pool->label))
			return (tls_set)release->tls;
	}
	return (*at)++ == 0 ? (tls_set)pool->tls : 0;
}

/* Whether the pool has lost a need by the change. *WHOLE: the one need before that met all the others, 0 if none
 * did or nothing was lost. */
static bool is_loosened(const struct comparison *x, const struct pool *was, const struct pool *is, tls_set *whole)
{
	bool loosened = false;
	size_t at = 0;
	tls_set all = (tls_set)~0u, need, least = 0;
	*whole = 0;
	if (was == NULL || is == NULL)
		return false;
	while ((need = next_need(x->fleet[BEFORE], was, &at)) != 0) {
		loosened |= !needs(x->fleet[AFTER], is, need);
		all &= need;
		least = least == 0 || (need & ~least) == 0 ? need : least;
	}
	*whole = loosened && all == least ? least : 0;
	return loosened;
}

/* The part of client networks that gets the successor's answer. */
static double brownout_part(const struct fleet *fleet, const struct pool *pool)
{
	return steering_brownout(fleet, pool) == NULL ? 0 : (double)steering_brownout_buckets(pool) / STEERING_BUCKETS;
}

/* All relays that any network is given: the pool's own, and in a brownout the successor's. */
static int merge_answers(struct comparison *x, enum side side, struct pair *pair, struct error *e)
{
	const struct membership *own = &pair->own[side], *other = &pair->other[side];
	struct membership *m = &pair->m[side];
	*m = *given(pair, side, false);
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
	for (size_t i = 0; i < own->count; i++)
		shares[i] = (1 - part) * shares[i] + part * theirs[i];
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

static int seat_answers(struct comparison *x, enum side side, const struct pool *pool, struct pair *pair,
	struct error *e)
{
	const struct fleet *fleet = x->fleet[side];
	struct membership *own = &pair->own[side], *other = &pair->other[side];
	double part = brownout_part(fleet, pool);
	int outcome = steering_pool(fleet, x->settled[side], pool, &x->scratch, own, e);
	if (outcome == DONE && part > 0) {
		outcome = steering_pool(fleet, x->settled[side], steering_successor(fleet, pool), &x->scratch, other, e);
		pair->part[side] = outcome == DONE && other->members > 0 ? part : 0; /* no brownout to a successor without members */
		if (outcome == DONE)
			keep_families(other, own->families);
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

static int seat_side(struct comparison *x, enum side side, const char *label, struct pair *pair,
	struct error *e)
{
	const struct pool *pool = answering(x, side, label);
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

/* Both sides' seats of one relay; NULL where there is none. */
struct meeting {
	const struct seat *seat[SIDES];
	double share[SIDES], present[SIDES];
};

/* The next relay of either side, in the order of names. */
static bool meet(const struct pair *pair, size_t at[SIDES], struct meeting *meeting)
{
	const char *name[SIDES];
	for (int s = BEFORE; s < SIDES; s++)
		name[s] = at[s] < pair->m[s].count ? pair->m[s].seats[at[s]].offer->relay->name : NULL;
	if (name[BEFORE] == NULL && name[AFTER] == NULL)
		return false;
	int order = name[BEFORE] == NULL ? 1 : name[AFTER] == NULL ? -1 : strcmp(name[BEFORE], name[AFTER]);
	*meeting = (struct meeting){ 0 };
	for (int s = BEFORE; s < SIDES; s++) {
		if (s == BEFORE ? order > 0 : order < 0)
			continue;
		meeting->seat[s] = &pair->m[s].seats[at[s]];
		meeting->present[s] = pair->present[s][at[s]];
		meeting->share[s] = pair->shares[s][at[s]++];
	}
	return true;
}

/* Why a relay is in the pool after the change, or not. */
static const char *clause(struct comparison *x, const struct pair *pair, const struct meeting *meeting)
{
	const struct seat *is = meeting->seat[AFTER];
	const char *why = is == NULL ? "is gone" : steering_reason(&pair->m[AFTER], is, x->arena);
	return why == NULL ? "" : why;
}

/* A relay whose part changes by less is not listed; it still counts in effect_pool.moved. */
static const double least_part = 0.0005;

/* Whether a member gets other addresses. */
static bool moves(const struct meeting *meeting, bool was, bool is)
{
	return was && is && strcmp(meeting->seat[BEFORE]->offer->relay->addresses,
		meeting->seat[AFTER]->offer->relay->addresses) != 0;
}

static bool differs(const struct meeting *meeting, bool was, bool is)
{
	return was != is || moves(meeting, was, is)
		|| fabs(meeting->share[AFTER] - meeting->share[BEFORE]) >= least_part;
}

static struct effect_relay describe(struct comparison *x, const struct pair *pair, const struct meeting *meeting,
	bool was, bool is)
{
	const struct seat *before = meeting->seat[BEFORE], *after = meeting->seat[AFTER];
	struct effect_relay relay = { .name = (after == NULL ? before : after)->offer->relay->name, .was = was, .is = is,
		.before = meeting->share[BEFORE], .after = meeting->share[AFTER], .now = meeting->present[BEFORE],
		.first = meeting->present[AFTER],
		.why = was == is ? "" : clause(x, pair, meeting) };
	if (moves(meeting, was, is)) {
		relay.moved_from = before->offer->relay->addresses;
		relay.moved_to = after->offer->relay->addresses;
	}
	return relay;
}

static void compare_relays(struct comparison *x, const struct pair *pair, struct effect_pool *p)
{
	size_t at[SIDES] = { 0 }, count = 0;
	double gained = 0, lost = 0;
	struct meeting meeting;
	while (meet(pair, at, &meeting)) {
		const struct seat *before = meeting.seat[BEFORE], *after = meeting.seat[AFTER];
		bool was = before != NULL && before->in, is = after != NULL && after->in;
		gained += fmax(meeting.share[AFTER] - meeting.share[BEFORE], 0);
		lost += fmax(meeting.share[BEFORE] - meeting.share[AFTER], 0);
		if (!differs(&meeting, was, is))
			continue;
		p->in += is && !was;
		p->out += was && !is;
		if (p->relays != NULL)
			p->relays[count] = describe(x, pair, &meeting, was, is);
		count++;
	}
	p->relay_count = count;
	p->moved = fmax(gained, lost); /* they are equal, unless the pool is empty before or after */
}

/* Twice: the first time it only counts, for most pools of a big fleet do not change. */
static int list_relays(struct comparison *x, const struct pair *pair, struct effect_pool *p, struct error *e)
{
	compare_relays(x, pair, p);
	if (p->relay_count == 0)
		return DONE;
	p->relays = arena_take(x->arena, p->relay_count * sizeof *p->relays);
	if (p->relays == NULL)
		return fail(e, FAILED, "out of memory");
	p->in = p->out = 0;
	compare_relays(x, pair, p);
	return DONE;
}

static bool same_side(const struct effect_side *a, const struct effect_side *b)
{
	if ((a->pool == NULL) != (b->pool == NULL) || a->members != b->members || a->well != b->well
		|| a->spare != b->spare || a->thin != b->thin || fabs(a->brownout - b->brownout) > 1e-9)
		return false;
	return a->pool == NULL || (a->pool->state == b->pool->state && a->ttl == b->ttl
		&& a->pool->answers == b->pool->answers);
}

static bool answers_nothing(const struct pool *pool)
{
	return pool != NULL && pool->state == POOL_RETIRED && pool->tombstone == TOMBSTONE_EMPTY;
}

static bool anybody_looks_well(const struct membership *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (looks_well(&m->seats[i]))
			return true;
	return false;
}

/* Whether a label is answered with any address: a successor's relays may have none of the label's families. */
static bool answers(const struct membership *m, unsigned families)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in && (m->seats[i].offer->families & m->families & families) != 0)
			return true;
	return false;
}

/* Judges what becomes of the answers, both to networks in a brownout and to the others. */
static void judge_pool(const struct comparison *x, const struct pair *pair, struct effect_pool *p)
{
	unsigned families = label_families(p->label, strlen(p->label));
	bool silenced = false;
	for (int browned_out = 0; browned_out < 2 && (p->before.pool != NULL || p->asked); browned_out++) {
		const struct membership *was = given(pair, BEFORE, browned_out != 0), *is = given(pair, AFTER, browned_out != 0);
		bool still = answers(is, families);
		silenced |= answers(was, families) && !still;
		p->weak |= still && anybody_looks_well(was) && !anybody_looks_well(is) && (p->after.pool != NULL || p->asked);
	}
	p->ends = silenced && answers_nothing(p->after.pool) && !answers_nothing(p->before.pool);
	p->empty = silenced && !p->ends && (p->after.pool != NULL || p->asked);
	p->thins = p->after.thin && !p->before.thin;
	p->loosened = is_loosened(x, p->before.pool, p->after.pool, &p->need);
	p->changed = p->relay_count > 0 || p->moved > 1e-9 || !same_side(&p->before, &p->after);
}

static int compare_pool(struct comparison *x, struct effect_pool *p, struct error *e)
{
	struct pair pair = { .part = { 0 } };
	int outcome = DONE;
	for (int s = BEFORE; s < SIDES && outcome == DONE; s++)
		outcome = seat_side(x, (enum side)s, p->label, &pair, e);
	if (outcome == DONE)
		outcome = find_stranded(x, p, &pair, e);
	if (outcome != DONE)
		return outcome;
	/* an undefined label has no members, unless clients ask for it: then its fallback's members count */
	if (p->before.pool == NULL && !p->asked)
		pair.m[BEFORE] = (struct membership){ 0 };
	if (p->after.pool == NULL && !p->asked)
		pair.m[AFTER] = (struct membership){ 0 };
	weigh_side(&pair.m[BEFORE], pair.part[BEFORE], &p->before);
	weigh_side(&pair.m[AFTER], pair.part[AFTER], &p->after);
	outcome = list_relays(x, &pair, p, e);
	judge_pool(x, &pair, p);
	return outcome;
}

static int compare_labels(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t count_words(const char *words)
{
	size_t count = 0, length;
	while (text_word(&words, " ", &length) != NULL)
		count++;
	return count;
}

/* Labels that clients ask for: the caller's, and those of the releases before; sorted, each once. */
static int find_asked(struct comparison *x, const struct effect_wish *wish, const char ***labels, size_t *count,
	struct error *e)
{
	const struct fleet *before = x->fleet[BEFORE];
	size_t room = wish->label_count, all = 0, length;
	for (size_t i = 0; i < before->release_count; i++)
		room += count_words(before->releases[i].pools);
	const char **list = arena_take(x->arena, (room + 1) * sizeof *list);
	if (list == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < wish->label_count; i++)
		list[all++] = wish->labels[i];
	for (size_t i = 0; i < before->release_count; i++) {
		const char *rest = before->releases[i].pools;
		for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;)
			if ((list[all++] = arena_text_part(x->arena, word, length)) == NULL)
				return fail(e, FAILED, "out of memory");
	}
	if (all > 0)
		qsort(list, all, sizeof *list, compare_labels);
	*count = 0;
	for (size_t i = 0; i < all; i++)
		if (*count == 0 || strcmp(list[*count - 1], list[i]) != 0)
			list[(*count)++] = list[i];
	*labels = list;
	return DONE;
}

/* The least label that is next in any of the lists; NULL at the end of all. */
static const char *next_label(const struct comparison *x, const char *asked, const size_t at[SIDES])
{
	const char *least = asked;
	for (int s = BEFORE; s < SIDES; s++) {
		const char *label = at[s] < x->fleet[s]->pool_count ? x->fleet[s]->pools[at[s]].label : NULL;
		if (label != NULL && (least == NULL || strcmp(label, least) < 0))
			least = label;
	}
	return least;
}

/* Merges the pools of both fleets and the labels that clients ask for, in order of label. */
static int merge_pools(struct comparison *x, const struct effect_wish *wish, struct error *e)
{
	size_t at[SIDES] = { 0 }, asked = 0, count = 0;
	const char **labels = NULL;
	struct effect *effect = x->effect;
	int outcome = find_asked(x, wish, &labels, &count, e);
	if (outcome != DONE)
		return outcome;
	effect->pools = arena_take(x->arena, (x->fleet[BEFORE]->pool_count + x->fleet[AFTER]->pool_count + count + 1)
		* sizeof *effect->pools);
	if (effect->pools == NULL)
		return fail(e, FAILED, "out of memory");
	for (const char *label; (label = next_label(x, asked < count ? labels[asked] : NULL, at)) != NULL;) {
		struct effect_pool *p = &effect->pools[effect->pool_count++];
		p->label = label;
		for (int s = BEFORE; s < SIDES; s++)
			if (at[s] < x->fleet[s]->pool_count && strcmp(x->fleet[s]->pools[at[s]].label, label) == 0)
				(s == BEFORE ? &p->before : &p->after)->pool = &x->fleet[s]->pools[at[s]++];
		p->asked = asked < count && strcmp(labels[asked], label) == 0;
		asked += p->asked;
	}
	return DONE;
}

/* Offers whose weights have ramped up; those of the moment are kept beside. */
static int make_offers(struct comparison *x, enum side side, struct error *e)
{
	size_t count = x->fleet[side]->relay_count;
	int outcome = steering_offers(x->fleet[side], x->arena, &x->present[side], e);
	if (outcome != DONE)
		return outcome;
	struct offer *settled = x->settled[side] = arena_take(x->arena, (count + 1) * sizeof *settled);
	if (settled == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < count; i++) {
		settled[i] = x->present[side][i];
		settled[i].weight = settled[i].relay->weight * 100;
		x->ramps[side] |= settled[i].weight != x->present[side][i].weight;
	}
	return DONE;
}

int effect_find(const struct fleet *before, const struct fleet *after, const struct effect_wish *wish,
	struct arena *arena, struct effect *effect, struct error *e)
{
	static const struct effect_wish nothing;
	struct comparison x = { .fleet = { before, after }, .arena = arena, .effect = effect };
	int outcome = DONE;
	wish = wish == NULL ? &nothing : wish;
	x.shares = wish->shares;
	*effect = (struct effect){ 0 };
	for (int s = BEFORE; s < SIDES && outcome == DONE; s++) {
		outcome = make_offers(&x, (enum side)s, e);
		if (outcome == DONE)
			outcome = lattice_build(x.fleet[s], arena, &x.lattice[s], e);
	}
	if (outcome == DONE)
		outcome = merge_pools(&x, wish, e);
	for (size_t i = 0; i < effect->pool_count && outcome == DONE; i++) {
		outcome = compare_pool(&x, &effect->pools[i], e);
		arena_free(&x.scratch);
	}
	return outcome;
}

bool effect_harms(const struct effect *effect)
{
	for (size_t i = 0; i < effect->pool_count; i++)
		if (effect->pools[i].empty || effect->pools[i].weak)
			return true;
	return effect->stranded_count > 0 || effect->misled_count > 0;
}
