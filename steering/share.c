/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' expected parts of a pool's answers, as weighted rendezvous hashing deals them: a relay's distance from a network is an
 * exponential variate whose rate is its weight, and the nearest ones are given out. */
#include "steering/share.h"

#include <math.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"

enum { MOST = ADDRESS_LIST_MOST /* addresses in an answer */ };

/* Members of equal weight that give out as many addresses have the same share. */
struct class {
	int64_t weight, addresses;
	size_t members; /* none: the place in the table is free */
	double share;
};

/* A hash table of classes: there may be as many as members, but mostly there are few. */
struct classes {
	struct class *slots;
	uint32_t *used, *of; /* the slots that are taken; each seat's slot */
	size_t size, count, relays;
	int64_t addresses; /* of all */
};

/* Weights of very many kinds are rounded to 2 %, so that there are not as many classes as relays. */
static int64_t kind_of(int64_t weight, size_t members)
{
	enum { MANY = 256, BITS = 6 };
	int64_t unit = 1;
	while (members > MANY && weight / unit >> BITS > 0)
		unit *= 2;
	return (weight + unit / 2) / unit * unit;
}

static uint32_t find_place(struct classes *c, int64_t weight, int64_t addresses)
{
	uint64_t hash = ((uint64_t)weight * 64 + (uint64_t)addresses) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & (c->size - 1);
	while (c->slots[at].members > 0 && (c->slots[at].weight != weight || c->slots[at].addresses != addresses))
		at = (at + 1) & (c->size - 1);
	return (uint32_t)at;
}

static void enter(struct classes *c, const struct membership *m, size_t i, int64_t addresses)
{
	const struct offer *offer = m->seats[i].offer;
	int64_t weight = kind_of(offer->weight > 0 ? offer->weight : 1, m->members);
	uint32_t place = find_place(c, weight, addresses);
	if (c->slots[place].members++ == 0) {
		c->slots[place].weight = weight;
		c->slots[place].addresses = addresses;
		c->used[c->count++] = place;
	}
	c->of[i] = place;
	c->relays++;
	c->addresses += addresses;
}

static int classify(const struct membership *m, uint8_t family, struct arena *arena, struct classes *c,
	struct error *e)
{
	struct address list[CHOOSE_ADDRESSES];
	bool anyway = choose_anyway(m, family);
	*c = (struct classes){ .size = 16 };
	while (c->size < m->members * 2)
		c->size *= 2;
	c->slots = arena_take(arena, c->size * sizeof *c->slots);
	c->used = arena_take(arena, c->size * sizeof *c->used);
	c->of = arena_take(arena, (m->count + 1) * sizeof *c->of);
	if (c->slots == NULL || c->used == NULL || c->of == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < m->count; i++) {
		unsigned count = m->seats[i].in ? choose_addresses(m, m->seats[i].offer, family, anyway, list) : 0;
		c->of[i] = UINT32_MAX;
		if (count > 0)
			enter(c, m, i, count);
	}
	return DONE;
}

/* Who is among the nearest. For some relays, how likely none, one, two, ... of them are within a distance is a list of as many
 * terms as places are given out; that of two sets of relays together is the product of theirs. */

struct race {
	const struct classes *classes;
	int64_t least;   /* who has fewer addresses takes no part */
	size_t places;
	double *before, *behind; /* lists, of the classes before and behind each */
};

static void multiply(const double *a, const double *b, size_t terms, double *product)
{
	for (size_t i = 0; i < terms; i++) {
		product[i] = 0;
		for (size_t j = 0; j <= i; j++)
			product[i] += a[j] * b[i - j];
	}
}

/* MEMBERS relays, of which each is farther than the distance with the chance exp(-REACH). */
static void list_within(double reach, size_t members, size_t terms, double *list)
{
	double inside = log(-expm1(-reach)), ways = 0; /* logarithms */
	memset(list, 0, terms * sizeof *list);
	for (size_t i = 0; i < terms && i <= members; i++) {
		list[i] = exp(ways + (double)i * inside - (double)(members - i) * reach);
		ways += log((double)(members - i) / (double)(i + 1));
	}
}

static struct class *runner(const struct race *r, size_t i)
{
	struct class *class = &r->classes->slots[r->classes->used[i]];
	return class->addresses < r->least ? NULL : class;
}

/* The lists of all classes before each one, and of all behind it. */
static void list_all(const struct race *r, double distance)
{
	double own[MOST];
	size_t count = r->classes->count, terms = r->places;
	for (size_t i = 0; i < terms; i++)
		r->before[i] = r->behind[count * terms + i] = i == 0;
	for (size_t c = 0; c < count; c++) {
		const struct class *ahead = runner(r, c), *back = runner(r, count - 1 - c);
		list_within(ahead == NULL ? 1 : (double)ahead->weight * distance, ahead == NULL ? 0 : ahead->members, terms, own);
		multiply(&r->before[c * terms], own, terms, &r->before[(c + 1) * terms]);
		list_within(back == NULL ? 1 : (double)back->weight * distance, back == NULL ? 0 : back->members, terms, own);
		multiply(&r->behind[(count - c) * terms], own, terms, &r->behind[(count - 1 - c) * terms]);
	}
}

/* How likely fewer others than there are places are within the distance of a relay of class C. */
static double chance_at(const struct race *r, size_t c, double distance)
{
	double own[MOST], others[MOST], all[MOST], sum = 0;
	size_t terms = r->places;
	const struct class *class = runner(r, c);
	list_within((double)class->weight * distance, class->members - 1, terms, own);
	multiply(&r->before[c * terms], &r->behind[(c + 1) * terms], terms, others);
	multiply(others, own, terms, all);
	for (size_t i = 0; i < terms; i++)
		sum += all[i];
	return sum;
}

/* Sums over distances, whose logarithms are STEP apart: so the sum of a smooth function that vanishes at both ends is its
 * integral. What is nearer than the first one is surely among the nearest. */
static void run_race(const struct race *r, double total, double lightest, double *chance)
{
	static const double step = 0.25, near = 1e-6, far = 40;
	double begin = near / total;
	for (size_t c = 0; c < r->classes->count; c++)
		chance[c] = runner(r, c) == NULL ? 0 : -expm1(-(double)runner(r, c)->weight * begin * exp(-step / 2));
	for (double distance = begin; distance < far / lightest; distance *= exp(step)) {
		list_all(r, distance);
		for (size_t c = 0; c < r->classes->count; c++) {
			double reach = runner(r, c) == NULL ? 0 : (double)runner(r, c)->weight * distance;
			if (reach > 0 && reach < far)
				chance[c] += step * reach * exp(-reach) * chance_at(r, c, distance);
		}
	}
}

/* How likely each class' relays are among the PLACES nearest of those that have so many addresses. */
static int find_chances(const struct classes *classes, int64_t least, size_t places, struct arena *arena, double *chance,
	struct error *e)
{
	size_t room = (classes->count + 1) * places, relays = 0;
	struct race r = { classes, least, places, arena_take(arena, room * sizeof(double)), arena_take(arena, room * sizeof(double)) };
	double total = 0, lightest = INFINITY, sum = 0;
	if (r.before == NULL || r.behind == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t c = 0; c < classes->count; c++) {
		const struct class *class = runner(&r, c);
		if (class == NULL)
			continue;
		relays += class->members;
		total += (double)class->weight * (double)class->members;
		lightest = fmin(lightest, (double)class->weight);
	}
	if (relays > places)
		run_race(&r, total, lightest, chance);
	for (size_t c = 0; c < classes->count; c++) {
		chance[c] = runner(&r, c) == NULL ? 0 : relays <= places ? 1 : chance[c];
		sum += chance[c] * (double)classes->slots[classes->used[c]].members;
	}
	for (size_t c = 0; c < classes->count && relays > places; c++)
		chance[c] *= (double)places / sum;
	return DONE;
}

/* Relays give one address each, the nearest first, and then another each, until the answer is full. */
static int share_family(struct classes *c, int64_t answers, struct arena *arena, struct error *e)
{
	int64_t most = answers < c->addresses ? answers : c->addresses, left = most, round = 0, giving = (int64_t)c->relays;
	double *chance = arena_take(arena, (c->count + 1) * sizeof *chance);
	if (chance == NULL)
		return fail(e, FAILED, "out of memory");
	while (giving > 0 && left >= giving) { /* rounds in which nobody is left out */
		left -= giving;
		round++;
		giving = 0;
		for (size_t i = 0; i < c->count; i++)
			giving += c->slots[c->used[i]].addresses > round ? (int64_t)c->slots[c->used[i]].members : 0;
	}
	int outcome = left == 0 ? DONE : find_chances(c, round + 1, (size_t)left, arena, chance, e);
	for (size_t i = 0; i < c->count && outcome == DONE; i++) {
		struct class *class = &c->slots[c->used[i]];
		double given = (double)(class->addresses < round ? class->addresses : round);
		class->share = (given + (left == 0 ? 0 : chance[i])) / (double)most;
	}
	return outcome;
}

static int add_family(const struct membership *m, uint8_t family, struct arena *arena, double *shares, bool *answers,
	struct error *e)
{
	struct classes c;
	int64_t most = m->pool->answers < MOST ? m->pool->answers : MOST;
	int outcome = classify(m, family, arena, &c, e);
	*answers = outcome == DONE && c.addresses > 0;
	if (*answers)
		outcome = share_family(&c, most, arena, e);
	for (size_t i = 0; i < m->count && *answers && outcome == DONE; i++)
		shares[i] += c.of[i] == UINT32_MAX ? 0 : c.slots[c.of[i]].share;
	return outcome;
}

int steering_shares(const struct membership *m, struct arena *arena, double *shares, struct error *e)
{
	bool v4 = false, v6 = false;
	int outcome = DONE;
	memset(shares, 0, m->count * sizeof *shares);
	if (m->members == 0 || m->pool->answers <= 0)
		return DONE;
	if ((m->families & FAMILY_4) != 0)
		outcome = add_family(m, ADDRESS_V4, arena, shares, &v4, e);
	if (outcome == DONE && (m->families & FAMILY_6) != 0)
		outcome = add_family(m, ADDRESS_V6, arena, shares, &v6, e);
	for (size_t i = 0; i < m->count && v4 && v6; i++)
		shares[i] /= 2; /* as many ask for the one as for the other */
	return outcome;
}
