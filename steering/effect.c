/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/effect.h"

#include <math.h>
#include <string.h>

#include "steering/label.h"
#include "steering/share.h"

enum side { BEFORE, AFTER, SIDES };

/* What is compared; what lives for one pool only is in the scratch arena. */
struct comparison {
	const struct fleet *fleet[SIDES];
	struct offer *offers[SIDES];
	struct lattice lattice[SIDES];
	bool shares;
	struct arena *arena;
	struct arena scratch;
	struct effect *effect;
	size_t stranded_room;
};

/* One pool's memberships, and their shares by seat. */
struct pair {
	struct membership m[SIDES];
	double *shares[SIDES];
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

/* The pool that answers a label: its own, or the nearest. */
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

static void weigh_side(const struct membership *m, struct effect_side *s)
{
	size_t reserve = 0;
	for (size_t i = 0; i < m->count; i++) {
		s->well += looks_well(&m->seats[i]);
		reserve += m->seats[i].reason == REASON_SIZE;
	}
	s->members = m->members;
	s->spare = s->well + reserve > 1;
	s->thin = s->members > 0 && (int64_t)s->well < (s->pool->least > 1 ? s->pool->least : 1);
}

bool effect_serves(const struct release *release, unsigned families, const struct seat *seat)
{
	const struct offer *offer = seat->offer;
	unsigned own = (unsigned)release->families + 1; /* 4, 6, 46 */
	bool trusted = seat->reason == REASON_INCLUDED && !offer->tls_observed; /* the operator knows */
	bool speaks = trusted || ((tls_set)release->tls & offer->tls) != 0;
	bool hears = offer->pings == 0 || (offer->pings >> release->ping & 1) != 0;
	return seat->in && offer->health != HEALTH_DOWN && speaks && hears
		&& (own & families & offer->families) != 0;
}

static bool served(const struct membership *m, const struct release *release, const char *label)
{
	unsigned families = label_families(label, strlen(label));
	for (size_t i = 0; i < m->count; i++)
		if (effect_serves(release, families, &m->seats[i]))
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

static int strand(struct comparison *x, const struct release *release, const char *label, struct error *e)
{
	struct effect *effect = x->effect;
	if (effect->stranded_count == x->stranded_room) {
		size_t room = x->stranded_room == 0 ? 16 : x->stranded_room * 2;
		struct effect_stranded *more = arena_take(x->arena, room * sizeof *more);
		if (more == NULL)
			return fail(e, FAILED, "out of memory");
		if (effect->stranded_count > 0)
			memcpy(more, effect->stranded, effect->stranded_count * sizeof *more);
		effect->stranded = more;
		x->stranded_room = room;
	}
	effect->stranded[effect->stranded_count++] = (struct effect_stranded){ label, release };
	return DONE;
}

/* A release that was forgotten has no clients; one that is known better now is judged by what is known. */
static int find_stranded(struct comparison *x, const struct effect_pool *p, const struct pair *pair,
	struct error *e)
{
	int outcome = DONE;
	const struct fleet *before = x->fleet[BEFORE];
	if (p->before.pool == NULL || (p->before.pool->state == POOL_RETIRED
			&& p->after.pool != NULL && p->after.pool->state == POOL_RETIRED))
		return DONE;
	for (size_t i = 0; i < before->release_count && outcome == DONE; i++) {
		const struct release *was = &before->releases[i];
		if (!text_lists(was->pools, p->label) || !served(&pair->m[BEFORE], was, p->label))
			continue;
		const struct release *is = same_release(x->fleet[AFTER], was);
		if (is != NULL && !served(&pair->m[AFTER], is, p->label))
			outcome = strand(x, is, p->label, e);
	}
	return outcome;
}

static int seat_side(struct comparison *x, enum side side, const char *label, struct pair *pair,
	struct error *e)
{
	const struct pool *pool = answering(x, side, label);
	struct membership *m = &pair->m[side];
	*m = (struct membership){ 0 };
	pair->shares[side] = arena_take(&x->scratch, (x->fleet[side]->relay_count + 1) * sizeof(double));
	if (pair->shares[side] == NULL)
		return fail(e, FAILED, "out of memory");
	if (pool == NULL)
		return DONE;
	int outcome = steering_pool(x->fleet[side], x->offers[side], pool, &x->scratch, m, e);
	if (outcome == DONE && x->shares)
		outcome = steering_shares(m, &x->scratch, pair->shares[side], e);
	return outcome;
}

/* Both sides' seats of one relay; NULL where there is none. */
struct meeting {
	const struct seat *seat[SIDES];
	double share[SIDES];
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
		meeting->share[s] = pair->shares[s][at[s]++];
	}
	return true;
}

/* Why a relay is in now, or out. One that is gone needs no reason. */
static const char *clause(struct comparison *x, const struct pair *pair, const struct meeting *meeting)
{
	const struct seat *is = meeting->seat[AFTER];
	const char *why = is == NULL ? "is gone" : steering_reason(&pair->m[AFTER], is, x->arena);
	return why == NULL ? "" : why;
}

/* A smaller part of the answers is not worth a line; all of them count for what moves. */
static const double least_part = 0.0005;

static bool differs(const struct meeting *meeting, bool was, bool is)
{
	return was != is || fabs(meeting->share[AFTER] - meeting->share[BEFORE]) >= least_part;
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
			p->relays[count] = (struct effect_relay){ .name = (after == NULL ? before : after)->offer->relay->name,
				.was = was, .is = is, .before = meeting.share[BEFORE], .after = meeting.share[AFTER],
				.why = was == is ? "" : clause(x, pair, &meeting) };
		count++;
	}
	p->relay_count = count;
	p->moved = fmax(gained, lost); /* alike, but for a pool that was empty or is */
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
	return (a->pool == NULL) == (b->pool == NULL) && a->members == b->members && a->well == b->well
		&& a->spare == b->spare && a->thin == b->thin
		&& (a->pool == NULL || a->pool->state == b->pool->state);
}

static int compare_pool(struct comparison *x, struct effect_pool *p, struct error *e)
{
	struct pair pair;
	int outcome = DONE;
	for (int s = BEFORE; s < SIDES && outcome == DONE; s++)
		outcome = seat_side(x, (enum side)s, p->label, &pair, e);
	if (outcome != DONE)
		return outcome;
	if (p->before.pool != NULL)
		weigh_side(&pair.m[BEFORE], &p->before);
	else
		pair.m[BEFORE].count = 0; /* who fell back to another pool was no member of this one */
	if (p->after.pool != NULL)
		weigh_side(&pair.m[AFTER], &p->after);
	outcome = find_stranded(x, p, &pair, e);
	if (p->after.pool == NULL)
		pair.m[AFTER].count = 0;
	if (outcome == DONE)
		outcome = list_relays(x, &pair, p, e);
	p->empty = p->before.members > 0 && p->after.pool != NULL && p->after.members == 0
		&& p->after.pool->state != POOL_RETIRED;
	p->thins = p->after.thin && !p->before.thin;
	p->changed = p->relay_count > 0 || p->moved > 1e-9 || !same_side(&p->before, &p->after);
	return outcome;
}

/* The pools of both fleets, by label. */
static void merge_pools(const struct comparison *x, struct effect *effect)
{
	const struct fleet *before = x->fleet[BEFORE], *after = x->fleet[AFTER];
	size_t b = 0, a = 0;
	while (b < before->pool_count || a < after->pool_count) {
		struct effect_pool *p = &effect->pools[effect->pool_count++];
		const struct pool *was = b < before->pool_count ? &before->pools[b] : NULL;
		const struct pool *is = a < after->pool_count ? &after->pools[a] : NULL;
		int order = was == NULL ? 1 : is == NULL ? -1 : strcmp(was->label, is->label);
		if (order <= 0) {
			p->before.pool = was;
			b++;
		}
		if (order >= 0) {
			p->after.pool = is;
			a++;
		}
		p->label = order > 0 ? is->label : was->label;
	}
}

int effect_find(const struct fleet *before, const struct fleet *after, bool shares, struct arena *arena,
	struct effect *effect, struct error *e)
{
	struct comparison x = { .fleet = { before, after }, .shares = shares, .arena = arena, .effect = effect };
	int outcome = DONE;
	*effect = (struct effect){ .pools = arena_take(arena,
		(before->pool_count + after->pool_count + 1) * sizeof *effect->pools) };
	if (effect->pools == NULL)
		return fail(e, FAILED, "out of memory");
	for (int s = BEFORE; s < SIDES && outcome == DONE; s++) {
		outcome = steering_offers(x.fleet[s], arena, &x.offers[s], e);
		if (outcome == DONE)
			outcome = lattice_build(x.fleet[s], arena, &x.lattice[s], e);
	}
	if (outcome == DONE)
		merge_pools(&x, effect);
	for (size_t i = 0; i < effect->pool_count && outcome == DONE; i++) {
		outcome = compare_pool(&x, &effect->pools[i], e);
		arena_free(&x.scratch);
	}
	return outcome;
}

bool effect_harms(const struct effect *effect)
{
	for (size_t i = 0; i < effect->pool_count; i++)
		if (effect->pools[i].empty)
			return true;
	return effect->stranded_count > 0;
}
