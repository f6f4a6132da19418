/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/pool_view.h"

#include "lib/text.h"

/* The RRs stand twice, one behind the other: in whichever order they rotate, they are copied at once. */
static int render(const struct choice *choice, size_t count, uint32_t ttl, struct arena *arena,
	struct rrset *set, struct error *e)
{
	uint16_t length = (uint16_t)address_size(&choice->address);
	uint16_t type = choice->address.family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA;
	size_t size = count * (RR_FIXED + (size_t)length);
	uint8_t *at = arena_bytes(arena, 2 * size);
	if (at == NULL)
		return fail(e, FAILED, "out of memory");
	*set = (struct rrset){ type, (uint16_t)count, (uint16_t)size, at };
	for (size_t i = 0; i < 2 * count; i++)
		at = rr_render(at, type, ttl, choice[i % count].address.bytes, length);
	return DONE;
}

/* A pool while it is built: its own members and, of one that is browned out, its successor's. */
struct draft {
	const struct pools *pools;
	const struct pool *row;
	struct membership own, successor;
	bool browned_out;
};

/* The choice for a bucket. In a brownout it is to be asked again soon. */
static size_t choose(const struct draft *d, uint8_t family, unsigned bucket, struct choice *choice,
	uint32_t *ttl)
{
	enum { BROWNOUT_TTL = 60 };
	const struct membership *m = &d->own;
	*ttl = (uint32_t)d->row->ttl;
	if (d->browned_out && steering_browned_out(&d->pools->fleet, d->row, bucket)) {
		m = &d->successor;
		*ttl = *ttl < BROWNOUT_TTL ? *ttl : BROWNOUT_TTL;
	}
	return steering_choose(m, family, bucket, d->pools->day, choice);
}

static int make_variants(const struct draft *d, uint8_t family, struct arena *arena,
	struct variants *variants, struct error *e)
{
	struct choice choice[ADDRESS_LIST_MOST];
	size_t most = 0;
	uint32_t ttl;
	*variants = (struct variants){ 0 };
	unsigned buckets = steering_uniform(&d->own, family) && !d->browned_out ? 1 : STEERING_BUCKETS;
	struct rrset *sets = arena_take(arena, buckets * sizeof *sets);
	if (sets == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = DONE;
	for (unsigned bucket = 0; bucket < buckets && outcome == DONE; bucket++) {
		size_t count = choose(d, family, bucket, choice, &ttl);
		most = count > most ? count : most;
		if (count > 0)
			outcome = render(choice, count, ttl, arena, &sets[bucket], e);
	}
	if (most > 0)
		*variants = (struct variants){ (uint16_t)buckets, sets };
	return outcome;
}

static int seat(struct draft *d, struct arena *scratch, struct error *e)
{
	const struct fleet *fleet = &d->pools->fleet;
	const struct pool *successor = steering_successor(fleet, d->row);
	int outcome = steering_pool(fleet, d->pools->offers, d->row, scratch, &d->own, e);
	if (outcome != DONE || successor == NULL || d->row->brownout == 0)
		return outcome;
	outcome = steering_pool(fleet, d->pools->offers, successor, scratch, &d->successor, e);
	d->successor.families = d->own.families; /* the label's own */
	d->browned_out = d->successor.members > 0 && fleet->now < d->row->brownout_until;
	return outcome;
}

static int make_pool(const struct pools *pools, const struct pool *row, struct arena *arena,
	struct pool_view *pool, struct error *e)
{
	struct draft d = { .pools = pools, .row = row };
	struct arena scratch = { 0 };
	size_t length = strlen(row->label);
	pool->label[0] = (uint8_t)length;
	memcpy(pool->label + 1, row->label, length);
	pool->retired = row->state == POOL_RETIRED;
	pool->hash = hash_name(pool->label, length + 1);
	int outcome = seat(&d, &scratch, e);
	if (outcome == DONE)
		outcome = make_variants(&d, ADDRESS_V4, arena, &pool->a, e);
	if (outcome == DONE)
		outcome = make_variants(&d, ADDRESS_V6, arena, &pool->aaaa, e);
	pool->members = d.own.members;
	arena_free(&scratch);
	return outcome;
}

static int make_slots(struct pools *pools, struct arena *arena, struct error *e)
{
	uint64_t count = 8;
	while (count < pools->count * 2)
		count *= 2;
	pools->mask = count - 1;
	pools->slots = arena_take(arena, count * sizeof *pools->slots);
	if (pools->slots == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < pools->count; i++) {
		uint64_t at = pools->pool[i].hash;
		const uint8_t *label = pools->pool[i].label;
		pools->starts[label[0]] |= UINT64_C(1) << (label[1] & 63);
		while (pools->slots[at & pools->mask] != NULL)
			at++;
		pools->slots[at & pools->mask] = &pools->pool[i];
	}
	return DONE;
}

int pools_build(const struct fleet *fleet, int64_t day, struct arena *arena, struct pools *pools,
	struct error *e)
{
	*pools = (struct pools){ .fleet = *fleet, .count = fleet->pool_count, .day = day,
		.next = steering_next(fleet) };
	struct pool_view *all = arena_take(arena, (fleet->pool_count + 1) * sizeof *all);
	pools->pool = all;
	int outcome = all == NULL ? fail(e, FAILED, "out of memory")
				  : steering_offers(fleet, arena, &pools->offers, e);
	if (outcome == DONE)
		outcome = lattice_build(&pools->fleet, arena, &pools->lattice, e);
	for (size_t i = 0; i < fleet->pool_count && outcome == DONE; i++)
		outcome = make_pool(pools, &fleet->pools[i], arena, &all[i], e);
	return outcome == DONE ? make_slots(pools, arena, e) : outcome;
}
