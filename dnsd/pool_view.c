/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/pool_view.h"

#include "dnsd/usage.h"
#include "registry/telemetry.h"
#include "lib/text.h"
#include "steering/bulk.h"

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

/* Pools while they are built. Of many, most have the same members: what was rendered for one is shared by
 * all that are answered alike. */
struct draft {
	struct pools *pools;
	struct pool_view *view;
	struct bulk bulk;
	struct bulk_pool *seated;  /* of each pool */
	uint8_t *in, *successor_in;
	uint32_t *slots;           /* pool + 1, by what makes the answer; open, at most half full */
	size_t mask;
	struct bulk_pool successor; /* of one that is browned out */
	bool browned_out;
};

static uint64_t hash_pattern(const struct bulk_pool *p)
{
	uint64_t hash = p->pattern_size;
	for (size_t i = 0; i < p->pattern_size; i++)
		hash = (hash ^ p->pattern[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

static bool same_answer(const struct bulk_pool *a, const struct bulk_pool *b)
{
	return a->families == b->families && a->pool->answers == b->pool->answers && a->pool->ttl == b->pool->ttl
		&& a->pool->least == b->pool->least && a->pattern_size == b->pattern_size
		&& memcmp(a->pattern, b->pattern, a->pattern_size) == 0;
}

/* An earlier pool that is answered as this one, or this one itself. */
static size_t find_like(struct draft *d, size_t pool)
{
	const struct bulk_pool *seated = &d->seated[pool];
	if (seated->pattern == NULL)
		return pool;
	size_t at = (size_t)hash_pattern(seated) & d->mask;
	while (d->slots[at] != 0 && !same_answer(&d->seated[d->slots[at] - 1], seated))
		at = (at + 1) & d->mask;
	if (d->slots[at] == 0)
		d->slots[at] = (uint32_t)pool + 1;
	return d->slots[at] - 1;
}

/* The choice for a bucket. In a brownout it is to be asked again soon. */
static size_t choose(const struct draft *d, const struct bulk_pool *own, uint8_t family, unsigned bucket,
	struct choice *choice, uint32_t *ttl)
{
	enum { BROWNOUT_TTL = 60 };
	*ttl = (uint32_t)own->pool->ttl;
	if (!d->browned_out || !steering_browned_out(&d->pools->fleet, own->pool, bucket))
		return bulk_choose(&d->bulk, own, family, bucket, choice);
	*ttl = *ttl < BROWNOUT_TTL ? *ttl : BROWNOUT_TTL;
	return bulk_choose(&d->bulk, &d->successor, family, bucket, choice);
}

static int make_variants(const struct draft *d, const struct bulk_pool *own, uint8_t family,
	struct arena *arena, struct variants *variants, struct error *e)
{
	struct choice choice[ADDRESS_LIST_MOST];
	size_t most = 0;
	uint32_t ttl;
	*variants = (struct variants){ 0 };
	unsigned buckets = bulk_uniform(&d->bulk, own, family) && !d->browned_out ? 1 : STEERING_BUCKETS;
	struct rrset *sets = arena_take(arena, buckets * sizeof *sets);
	if (sets == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = DONE;
	for (unsigned bucket = 0; bucket < buckets && outcome == DONE; bucket++) {
		size_t count = choose(d, own, family, bucket, choice, &ttl);
		most = count > most ? count : most;
		if (count > 0)
			outcome = render(choice, count, ttl, arena, &sets[bucket], e);
	}
	if (most > 0)
		*variants = (struct variants){ (uint16_t)buckets, sets };
	return outcome;
}

static int seat(struct draft *d, size_t pool, struct error *e)
{
	const struct fleet *fleet = &d->pools->fleet;
	const struct pool *row = &fleet->pools[pool], *successor = steering_successor(fleet, row);
	d->browned_out = false;
	int outcome = bulk_pool(&d->bulk, row, d->in, &d->seated[pool], e);
	if (outcome != DONE || successor == NULL || row->brownout == 0 || fleet->now >= row->brownout_until)
		return outcome;
	outcome = bulk_pool(&d->bulk, successor, d->successor_in, &d->successor, e);
	d->successor.families = d->seated[pool].families; /* the label's own */
	bulk_seat(&d->bulk, &d->successor);
	d->browned_out = d->successor.members > 0;
	if (d->browned_out) { /* answered like no other */
		bulk_seat(&d->bulk, &d->seated[pool]);
		d->seated[pool].pattern = NULL;
	}
	return outcome;
}

/* From a brownout's beginning until some time after its end. */
static void count_brownout(const struct fleet *fleet, const struct pool *row, struct pool_view *view)
{
	char name[TELEMETRY_BROWNOUT];
	bool over = fleet->now >= row->brownout_until;
	if (row->brownout == 0 || fleet->now >= row->brownout_until + STEERING_AFTERMATH)
		return;
	_Static_assert(STEERING_BUCKETS <= 64, "a bit each");
	for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++)
		view->browned_out |= (uint64_t)steering_in_brownout(row, bucket) << bucket;
	telemetry_brownout(row->label, row->brownout_from, over ? TELEMETRY_AFTER : TELEMETRY_GIVEN, name);
	view->usage_browned_out = usage_place(usage_slot(name));
	telemetry_brownout(row->label, row->brownout_from, TELEMETRY_OTHERS, name);
	view->usage_others = usage_place(over ? 0 : usage_slot(name));
	view->remarkable = true;
}

static int make_pool(struct draft *d, size_t pool, struct arena *arena, struct error *e)
{
	const struct pool *row = &d->pools->fleet.pools[pool];
	struct pool_view *view = &d->view[pool];
	size_t length = strlen(row->label);
	view->label[0] = (uint8_t)length;
	memcpy(view->label + 1, row->label, length);
	view->retired = view->remarkable = row->state == POOL_RETIRED;
	view->hash = hash_name(view->label, length + 1);
	view->usage = usage_place(usage_slot(row->label));
	count_brownout(&d->pools->fleet, row, view);
	int outcome = seat(d, pool, e);
	if (outcome != DONE)
		return outcome;
	size_t like = find_like(d, pool);
	if (like != pool) {
		view->a = d->view[like].a;
		view->aaaa = d->view[like].aaaa;
		view->members = d->view[like].members;
		return DONE;
	}
	bulk_seat(&d->bulk, &d->seated[pool]);
	view->members = d->seated[pool].members;
	outcome = make_variants(d, &d->seated[pool], ADDRESS_V4, arena, &view->a, e);
	return outcome == DONE ? make_variants(d, &d->seated[pool], ADDRESS_V6, arena, &view->aaaa, e) : outcome;
}

static int make_pools(struct pools *pools, struct pool_view *all, const struct pools *earlier,
	struct arena *arena, struct error *e)
{
	struct arena scratch = { 0 };
	struct draft d = { .pools = pools, .view = all, .mask = 15 };
	while (d.mask < 2 * pools->count)
		d.mask = 2 * d.mask + 1;
	d.seated = arena_take(&scratch, (pools->count + 1) * sizeof *d.seated);
	d.slots = arena_take(&scratch, (d.mask + 1) * sizeof *d.slots);
	d.in = arena_bytes(&scratch, pools->fleet.relay_count + 1);
	d.successor_in = arena_bytes(&scratch, pools->fleet.relay_count + 1);
	int outcome = d.seated == NULL || d.slots == NULL || d.in == NULL || d.successor_in == NULL
		? fail(e, FAILED, "out of memory")
		: bulk_begin(&pools->fleet, pools->offers, pools->day, earlier == NULL ? NULL : &earlier->orders,
			  arena, &scratch, &d.bulk, e);
	pools->orders = d.bulk.orders;
	for (size_t i = 0; i < pools->count && outcome == DONE; i++)
		outcome = make_pool(&d, i, arena, e);
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

int pools_build(const struct fleet *fleet, int64_t day, const struct pools *earlier, struct arena *arena,
	struct pools *pools, struct error *e)
{
	*pools = (struct pools){ .fleet = *fleet, .count = fleet->pool_count, .day = day,
		.next = steering_next(fleet) };
	struct pool_view *all = arena_take(arena, (fleet->pool_count + 1) * sizeof *all);
	pools->pool = all;
	int outcome = all == NULL ? fail(e, FAILED, "out of memory")
				  : steering_offers(fleet, arena, &pools->offers, e);
	if (outcome == DONE)
		outcome = lattice_build(&pools->fleet, arena, &pools->lattice, e);
	if (outcome == DONE)
		outcome = make_pools(pools, all, earlier, arena, e);
	return outcome == DONE ? make_slots(pools, arena, e) : outcome;
}
