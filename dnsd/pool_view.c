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

static int make_variants(const struct membership *m, uint8_t family, int64_t day,
	struct arena *arena, struct variants *variants, struct error *e)
{
	struct choice choice[ADDRESS_LIST_MOST];
	*variants = (struct variants){ 0 };
	size_t count = steering_choose(m, family, 0, day, choice);
	if (count == 0)
		return DONE;
	variants->count = steering_uniform(m, family) ? 1 : STEERING_BUCKETS;
	variants->sets = arena_take(arena, variants->count * sizeof *variants->sets);
	if (variants->sets == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = DONE;
	for (unsigned bucket = 0; bucket < variants->count && outcome == DONE; bucket++) {
		count = steering_choose(m, family, bucket, day, choice);
		outcome = render(choice, count, (uint32_t)m->pool->ttl, arena, &variants->sets[bucket], e);
	}
	return outcome;
}

static int make_pool(const struct pools *pools, const struct pool *row, struct arena *arena,
	struct pool_view *pool, struct error *e)
{
	struct membership membership;
	struct arena scratch = { 0 };
	size_t length = strlen(row->label);
	pool->label[0] = (uint8_t)length;
	memcpy(pool->label + 1, row->label, length);
	pool->retired = row->state == POOL_RETIRED;
	pool->hash = hash_name(pool->label, length + 1);
	int outcome = steering_pool(&pools->fleet, pools->offers, row, &scratch, &membership, e);
	if (outcome == DONE)
		outcome = make_variants(&membership, ADDRESS_V4, pools->day, arena, &pool->a, e);
	if (outcome == DONE)
		outcome = make_variants(&membership, ADDRESS_V6, pools->day, arena, &pool->aaaa, e);
	pool->members = membership.members;
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
	*pools = (struct pools){ .fleet = *fleet, .count = fleet->pool_count, .day = day };
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
