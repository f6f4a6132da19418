/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' expected parts of a pool's answers, as weighted rendezvous hashing deals them. */
#include "steering/share.h"

#include <math.h>
#include <string.h>

#include "steering/label.h"

/* Members of equal weight with as many addresses have the same share. */
struct class {
	int64_t weight, addresses, members; /* no members: the place is free */
	double share;
};

/* A hash table of classes: there may be as many as members, but mostly there are few. */
struct classes {
	struct class *slots;
	uint32_t *used, *of; /* the slots that are taken; each seat's slot */
	size_t size, count;
	int64_t total; /* addresses of all */
};

/* In the normal form, a colon tells the family of a word. */
static int64_t count_addresses(const char *list, uint8_t family)
{
	int64_t count = 0;
	bool word = false, colon = false;
	for (const char *at = list;; at++) {
		if (*at == ' ' || *at == '\0') {
			count += word && colon == (family == ADDRESS_V6);
			word = colon = false;
		} else {
			word = true;
			colon = colon || *at == ':';
		}
		if (*at == '\0')
			return count;
	}
}

static uint32_t find_place(struct classes *c, int64_t weight, int64_t addresses)
{
	uint64_t hash = ((uint64_t)weight * 64 + (uint64_t)addresses) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & (c->size - 1);
	while (c->slots[at].members > 0 && (c->slots[at].weight != weight || c->slots[at].addresses != addresses))
		at = (at + 1) & (c->size - 1);
	return (uint32_t)at;
}

static void enter(struct classes *c, const struct membership *m, size_t i, uint8_t family)
{
	const struct offer *offer = m->seats[i].offer;
	int64_t weight = offer->weight > 0 ? offer->weight : 1;
	int64_t addresses = count_addresses(offer->relay->addresses, family);
	uint32_t place = find_place(c, weight, addresses);
	if (c->slots[place].members++ == 0) {
		c->slots[place].weight = weight;
		c->slots[place].addresses = addresses;
		c->used[c->count++] = place;
	}
	c->of[i] = place;
	c->total += addresses;
}

static int classify(const struct membership *m, uint8_t family, struct arena *arena, struct classes *c,
	struct error *e)
{
	*c = (struct classes){ .size = 16 };
	while (c->size < m->members * 2)
		c->size *= 2;
	c->slots = arena_take(arena, c->size * sizeof *c->slots);
	c->used = arena_take(arena, c->size * sizeof *c->used);
	c->of = arena_take(arena, (m->count + 1) * sizeof *c->of);
	if (c->slots == NULL || c->used == NULL || c->of == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in)
			enter(c, m, i, family);
	return DONE;
}

/* How likely a member is nearer than DISTANCE: its own distance is an exponential variate. */
static double within(const struct class *class, double distance)
{
	return -expm1(-(double)class->weight * distance);
}

/* How many addresses are nearer than DISTANCE, on average. */
static double nearer(const struct classes *c, double distance)
{
	double sum = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct class *class = &c->slots[c->used[i]];
		sum += (double)(class->members * class->addresses) * within(class, distance);
	}
	return sum;
}

/* The distance within which MOST addresses are, on average. */
static double reach(const struct classes *c, int64_t most)
{
	double low = 0, high = 1e-6;
	if (c->total <= most)
		return INFINITY;
	while (nearer(c, high) < (double)most && high < 1e6)
		high *= 2;
	for (int i = 0; i < 40; i++) {
		double middle = (low + high) / 2;
		if (nearer(c, middle) < (double)most)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void add_family(const struct membership *m, const struct classes *c, double part, double *shares)
{
	int64_t most = m->pool->answers < c->total ? m->pool->answers : c->total;
	double distance = reach(c, most);
	for (size_t i = 0; i < c->count; i++) {
		struct class *class = &c->slots[c->used[i]];
		class->share = part * (double)class->addresses / (double)most * within(class, distance);
	}
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in)
			shares[i] += c->slots[c->of[i]].share;
}

int steering_shares(const struct membership *m, struct arena *arena, double *shares, struct error *e)
{
	struct classes v4 = { 0 }, v6 = { 0 };
	int outcome = DONE;
	memset(shares, 0, m->count * sizeof *shares);
	if (m->members == 0 || m->pool->answers <= 0)
		return DONE;
	if ((m->families & FAMILY_4) != 0)
		outcome = classify(m, ADDRESS_V4, arena, &v4, e);
	if (outcome == DONE && (m->families & FAMILY_6) != 0)
		outcome = classify(m, ADDRESS_V6, arena, &v6, e);
	double part = v4.total > 0 && v6.total > 0 ? 0.5 : 1;
	if (outcome == DONE && v4.total > 0)
		add_family(m, &v4, part, shares);
	if (outcome == DONE && v6.total > 0)
		add_family(m, &v6, part, shares);
	return outcome;
}
