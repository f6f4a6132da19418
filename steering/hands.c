/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays walked to all buckets at once, until each bucket has as many as it may hold. */
#include "steering/hands.h"

#include <math.h>
#include <string.h>

#include "steering/walk.h"

enum { TURN_BITS = STEERING_BUCKET_BITS - STEERING_TURN_BITS };

static bool taken_before(const struct address *const *had, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(had[i], address))
			return true;
	return false;
}

size_t hands_take(const struct hands_relay *const *nearest, size_t count, size_t most, unsigned bucket,
	uint32_t *index)
{
	const struct address *had[ADDRESS_LIST_MOST];
	size_t taken = 0;
	bool more = true;
	for (unsigned round = 0; more && taken < most; round++) {
		more = false;
		for (size_t i = 0; i < count && taken < most; i++) {
			const struct hands_relay *r = nearest[i];
			if (round >= r->count)
				continue;
			unsigned first = r->count == 1 ? 0 : walk_first(walk_key(r->relay->name), bucket, r->count);
			unsigned at = (first + round) % r->count;
			more = true;
			if (taken_before(had, taken, &r->address[at]))
				continue;
			had[taken] = &r->address[at];
			index[taken++] = r->first + at;
		}
	}
	return taken;
}

struct near {
	double distance;
	uint32_t relay;
};

/* One turn's buckets, while they are dealt. */
struct dealing {
	const struct hands_relay *relays;
	size_t count, most; /* most: relays in a hand */
	unsigned bits;      /* of the turn's buckets */
	double horizon;
	uint64_t *key;
	struct walk *walk;
	struct near *near;  /* MOST for each bucket */
	uint8_t *got;
};

/* Offers a relay to a bucket's nearest. Of two equally near relays the earlier one comes first, as in steering_choose. */
static void meet(struct dealing *d, uint32_t bucket, uint32_t relay, double distance)
{
	struct near *near = &d->near[bucket * d->most];
	size_t at = d->got[bucket];
	if (at == d->most && near[at - 1].distance <= distance)
		return;
	if (at < d->most)
		d->got[bucket]++;
	else
		at--;
	for (; at > 0 && near[at - 1].distance > distance; at--)
		near[at] = near[at - 1];
	near[at] = (struct near){ distance, relay };
}

/* Each relay walks so far that nearly all buckets meet enough relays; the few others are filled one by one. */
static void walk_all(struct dealing *d, unsigned turn, int64_t day)
{
	uint32_t size = 1u << d->bits;
	memset(d->got, 0, size);
	for (uint32_t i = 0; i < d->count; i++) {
		walk_begin(&d->walk[i], d->key[i], d->relays[i].weight, d->bits, turn, day);
		for (uint32_t step = 0; step < size; step++) {
			double distance = walk_distance(&d->walk[i], step);
			if (distance > d->horizon)
				break;
			meet(d, walk_at(&d->walk[i], step), i, distance);
		}
	}
	for (uint32_t bucket = 0; bucket < size; bucket++) {
		if (d->got[bucket] == d->most)
			continue;
		d->got[bucket] = 0;
		for (uint32_t i = 0; i < d->count; i++)
			meet(d, bucket, i, walk_distance(&d->walk[i], walk_step(&d->walk[i], bucket)));
	}
}

static void deal_turn(struct dealing *d, const struct hands *h, unsigned turn, uint16_t *index)
{
	const struct hands_relay *nearest[ADDRESS_LIST_MOST];
	uint32_t taken[ADDRESS_LIST_MOST];
	walk_all(d, turn, h->day[turn]);
	for (uint32_t bucket = 0; bucket >> d->bits == 0; bucket++, index += 2 * h->each) {
		unsigned whole = (turn << d->bits | bucket) << (STEERING_BUCKET_BITS - h->bits);
		for (size_t i = 0; i < d->most; i++)
			nearest[i] = &d->relays[d->near[bucket * d->most + i].relay];
		size_t count = hands_take(nearest, d->most, h->each, whole, taken);
		for (size_t i = 0; i < 2 * (size_t)h->each; i++)
			index[i] = i < 2 * count ? (uint16_t)taken[i % count] : HANDS_NONE;
	}
}

static double within(const struct hands_relay *relays, size_t count, double distance)
{
	double sum = 0;
	for (size_t r = 0; r < count; r++)
		sum -= expm1(-distance * (double)(relays[r].weight > 0 ? relays[r].weight : 1));
	return sum;
}

/* The distance within which WANTED relays are, on average; INFINITY where that is nearly all of them. */
static double reach(const struct hands_relay *relays, size_t count, double wanted)
{
	double low = 0, high = 1e-9;
	if (wanted > 0.9 * (double)count)
		return INFINITY;
	while (within(relays, count, high) < wanted)
		high *= 2;
	for (int i = 0; i < 12; i++) {
		double middle = (low + high) / 2;
		if (within(relays, count, middle) < wanted)
			low = middle;
		else
			high = middle;
	}
	return high;
}

uint64_t hands_print(const struct hands_relay *relays, size_t count, unsigned each, unsigned bits)
{
	uint64_t print = each * 64 + bits;
	for (size_t i = 0; i < count; i++) {
		print = (print ^ walk_key(relays[i].relay->name)) * UINT64_C(0x9e3779b97f4a7c15);
		print = (print ^ print >> 29 ^ (uint64_t)relays[i].weight) * UINT64_C(0xff51afd7ed558ccd);
		print = (print ^ print >> 31 ^ relays[i].count) * UINT64_C(0xc4ceb9fe1a85ec53);
	}
	return print ^ print >> 32;
}

static int begin(struct dealing *d, struct arena *scratch, struct error *e)
{
	size_t buckets = (size_t)1 << d->bits;
	d->key = arena_take(scratch, (d->count + 1) * sizeof *d->key);
	d->walk = arena_take(scratch, (d->count + 1) * sizeof *d->walk);
	d->near = arena_take(scratch, buckets * d->most * sizeof *d->near);
	d->got = arena_bytes(scratch, buckets);
	if (d->key == NULL || d->walk == NULL || d->near == NULL || d->got == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < d->count; i++)
		d->key[i] = walk_key(d->relays[i].relay->name);
	/* the mean is four standard deviations above MOST: hardly one bucket in a thousand meets fewer than MOST */
	d->horizon = reach(d->relays, d->count, (double)d->most + 4 * sqrt((double)d->most) + 2);
	return DONE;
}

int hands_deal(const struct hands_relay *relays, size_t count, unsigned each, unsigned bits, int64_t date,
	const struct hands *earlier, struct arena *arena, struct hands *h, struct error *e)
{
	struct arena scratch = { 0 };
	struct dealing d = { .relays = relays, .count = count, .most = count < each ? count : each,
		.bits = bits - STEERING_TURN_BITS };
	*h = (struct hands){ .print = hands_print(relays, count, each, bits), .bits = bits, .each = each,
		.index = arena_take(arena, (2 * (size_t)each << bits) * sizeof *h->index) };
	h->day = arena_take(arena, STEERING_TURNS * sizeof *h->day);
	if (h->index == NULL || h->day == NULL)
		return fail(e, FAILED, "out of memory");
	bool same = earlier != NULL && earlier->index != NULL && earlier->print == h->print;
	int outcome = DONE;
	for (unsigned turn = 0; turn < STEERING_TURNS && outcome == DONE; turn++) {
		size_t hands = (size_t)1 << d.bits, from = turn * hands * 2 * each, size = hands * 2 * each * sizeof *h->index;
		h->day[turn] = steering_turn_day(turn << TURN_BITS, date);
		if (same && earlier->day[turn] == h->day[turn]) {
			memcpy(h->index + from, earlier->index + from, size);
			continue;
		}
		if (d.near == NULL)
			outcome = begin(&d, &scratch, e);
		if (outcome == DONE)
			deal_turn(&d, h, turn, h->index + from);
	}
	arena_free(&scratch);
	return outcome;
}
