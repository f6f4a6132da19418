/* SPDX-License-Identifier: BSD-2-Clause */
/* Both fleets compared label by label: what their answers are before and after a change, and which loss is a harm. */
#include "steering/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "steering/brownout.h"
#include "steering/effect_parts.h"

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
	s->ttl = brownout > 0 ? brownout_ttl(m->pool) : m->pool->ttl;
	s->brownout = brownout;
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

/* Whether a relay that looked well is still given out, though others judge it now: pools see for themselves whether a relay
 * hears their clients, and a successor's members were judged by the successor. */
static bool keeps_one(const struct membership *was, const struct membership *is)
{
	if (strcmp(was->source->label, is->source->label) == 0)
		return false;
	for (size_t i = 0; i < was->count; i++)
		for (size_t j = 0; looks_well(&was->seats[i]) && j < is->count; j++)
			if (is->seats[j].in && is->seats[j].offer->relay->weight > 0
				&& strcmp(was->seats[i].offer->relay->name, is->seats[j].offer->relay->name) == 0)
				return true;
	return false;
}

/* Judges what becomes of the answers, both to networks in a brownout and to the others. */
static void judge_pool(const struct comparison *x, const struct pair *pair, struct effect_pool *p)
{
	unsigned families = label_families(p->label, strlen(p->label));
	bool silenced = false;
	for (int browned_out = 0; browned_out < 2 && (p->before.pool != NULL || p->asked); browned_out++) {
		const struct membership *was = pair_given(pair, BEFORE, browned_out != 0), *is = pair_given(pair, AFTER, browned_out != 0);
		bool still = pair_answers(is, families);
		silenced |= pair_answers(was, families) && !still;
		p->weak |= still && anybody_looks_well(was) && !anybody_looks_well(is) && !keeps_one(was, is)
			&& (p->after.pool != NULL || p->asked);
	}
	p->ends = silenced && answers_nothing(p->after.pool) && !answers_nothing(p->before.pool);
	p->empty = silenced && !p->ends && (p->after.pool != NULL || p->asked);
	p->thins = p->after.thin && !p->before.thin;
	p->loosened = effect_loosened(x, p->before.pool, p->after.pool, &p->need);
	p->changed = p->relay_count > 0 || p->moved > 1e-9 || !same_side(&p->before, &p->after);
}

static int compare_pool(struct comparison *x, struct effect_pool *p, struct error *e)
{
	struct pair pair = { .part = { 0 } };
	int outcome = DONE;
	for (int s = BEFORE; s < SIDES && outcome == DONE; s++)
		outcome = effect_seat_side(x, (enum side)s, answering(x, (enum side)s, p->label), &pair, e);
	if (outcome == DONE)
		outcome = effect_find_clients(x, p, &pair, e);
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

int effect_asked(const struct fleet *before, const struct effect_wish *wish, struct arena *arena, const char ***labels,
	size_t *count, struct error *e)
{
	size_t room = wish->label_count, all = 0, length;
	for (size_t i = 0; i < before->release_count; i++)
		room += count_words(before->releases[i].pools);
	const char **list = arena_take(arena, (room + 1) * sizeof *list);
	if (list == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < wish->label_count; i++)
		list[all++] = wish->labels[i];
	for (size_t i = 0; i < before->release_count; i++) {
		const char *rest = before->releases[i].pools;
		for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;)
			if ((list[all++] = arena_text_part(arena, word, length)) == NULL)
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
	int outcome = effect_asked(x->fleet[BEFORE], wish, x->arena, &labels, &count, e);
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
