/* SPDX-License-Identifier: BSD-2-Clause */
/* What pools answer, rendered from what steering decides; what has not changed since the last time is taken over. */
#include "dnsd/view/pool_view.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/view/rotation.h"
#include "dnsd/view/usage.h"
#include "registry/telemetry.h"
#include "lib/text.h"
#include "steering/brownout.h"
#include "steering/bulk.h"
#include "steering/choose.h"

static uint8_t *render_each(const struct address *const *addresses, size_t count, uint32_t ttl, struct arena *arena,
	uint16_t *type, size_t *size)
{
	uint16_t length = (uint16_t)address_size(addresses[0]);
	*type = addresses[0]->family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA;
	*size = count * (RR_FIXED + (size_t)length);
	uint8_t *rrs = arena_bytes(arena, *size), *at = rrs;
	for (size_t i = 0; i < count && rrs != NULL; i++)
		at = rr_render(at, *type, ttl, addresses[i]->bytes, length);
	return rrs;
}

/* The RRs stand twice, one behind the other: in whichever order they rotate, they are copied at once. */
static int render(const struct address **addresses, size_t count, uint32_t ttl, struct arena *arena, struct rrset *set,
	struct error *e)
{
	size_t size;
	for (size_t i = 0; i < count; i++)
		addresses[count + i] = addresses[i];
	uint8_t *rrs = render_each(addresses, 2 * count, ttl, arena, &set->type, &size);
	if (rrs == NULL)
		return fail(e, FAILED, "out of memory");
	*set = (struct rrset){ set->type, (uint16_t)count, (uint16_t)(size / 2), rrs };
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
	const struct pools *earlier;
	const struct hands **dealt; /* so far: pools and families whose members are alike share them */
	size_t dealt_count;
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
	return bulk_alike(a, b) && a->pool->answers == b->pool->answers && a->pool->ttl == b->pool->ttl;
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

/* What one pool gives out of a family, while it is rendered. */
struct giving {
	struct draft *draft;
	const struct bulk_pool *pool;
	struct bulk_given given;
	uint32_t ttl;
	struct arena *arena;
};

static int give_all(struct giving *g, struct variants *v, struct error *e)
{
	const struct address *list[2 * ADDRESS_LIST_MOST];
	size_t count = 0;
	for (size_t i = 0; i < g->given.address_count; i++) {
		size_t same = 0;
		while (same < count && !address_equal(list[same], &g->given.addresses[i]))
			same++;
		if (same == count)
			list[count++] = &g->given.addresses[i];
	}
	v->kind = VARIANTS_ONE;
	return render(list, count, g->ttl, g->arena, &v->set, e);
}

static int deal(struct giving *g, const struct variants *earlier, struct hands *hands, struct error *e)
{
	struct draft *d = g->draft;
	unsigned each = (unsigned)g->pool->pool->answers, bits = choose_bits(&d->pools->fleet, g->pool->pool);
	uint64_t print = hands_print(g->given.relays, g->given.relay_count, each, bits);
	for (size_t i = 0; i < d->dealt_count; i++)
		if (d->dealt[i]->print == print) {
			*hands = *d->dealt[i];
			return DONE;
		}
	int outcome = hands_deal(g->given.relays, g->given.relay_count, each, bits, d->pools->date,
		earlier == NULL ? NULL : &earlier->hands, g->arena, hands, e);
	if (outcome == DONE)
		d->dealt[d->dealt_count++] = hands;
	return outcome;
}

static int give_hands(struct giving *g, const struct variants *earlier, struct variants *v, struct error *e)
{
	size_t count = g->given.address_count, size;
	const struct address **all = calloc(count, sizeof *all);
	uint16_t type;
	if (all == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < count; i++)
		all[i] = &g->given.addresses[i];
	v->rrs = render_each(all, count, g->ttl, g->arena, &type, &size);
	v->each = (uint32_t)(size / count);
	free(all);
	if (v->rrs == NULL)
		return fail(e, FAILED, "out of memory");
	v->kind = VARIANTS_HANDS;
	return deal(g, earlier, &v->hands, e);
}

/* LABEL's own families and TTL, and POOL's members. */
static int make_variants(struct draft *d, const struct bulk_pool *pool, int64_t ttl, uint8_t family,
	const struct variants *earlier, struct arena *arena, struct variants *variants, struct error *e)
{
	struct arena scratch = { 0 };
	struct giving g = { .draft = d, .pool = pool, .ttl = (uint32_t)ttl, .arena = arena };
	*variants = (struct variants){ 0 };
	int outcome = bulk_give(&d->bulk, pool, family, &scratch, &g.given, e);
	if (outcome == DONE && g.given.address_count > 0)
		outcome = g.given.address_count <= (size_t)pool->pool->answers ? give_all(&g, variants, e)
									      : give_hands(&g, earlier, variants, e);
	arena_free(&scratch);
	return outcome;
}

static int seat(struct draft *d, size_t pool, struct error *e)
{
	const struct fleet *fleet = &d->pools->fleet;
	const struct pool *row = &fleet->pools[pool], *successor = brownout_successor(fleet, row);
	d->browned_out = false;
	int outcome = bulk_pool(&d->bulk, row, d->in, &d->seated[pool], e);
	if (outcome != DONE || successor == NULL)
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

static int give_successors(struct draft *d, const struct pool *row, struct pool_view *view,
	const struct pool_view *earlier, struct arena *arena, struct error *e)
{
	int64_t ttl = brownout_ttl(row);
	view->browned = row;
	view->remarkable = true;
	int outcome = make_variants(d, &d->successor, ttl, ADDRESS_V4, earlier == NULL ? NULL : &earlier->given_a, arena,
		&view->given_a, e);
	return outcome == DONE ? make_variants(d, &d->successor, ttl, ADDRESS_V6,
		earlier == NULL ? NULL : &earlier->given_aaaa, arena, &view->given_aaaa, e) : outcome;
}

/* From a brownout's beginning until some time after its end. */
static int count_brownout(const struct fleet *fleet, const struct pool *row, struct pool_view *view, struct arena *arena,
	struct error *e)
{
	char name[TELEMETRY_BROWNOUT];
	bool over = fleet->now >= row->brownout_until;
	if (row->brownout == 0 || fleet->now >= row->brownout_until + BROWNOUT_AFTERMATH)
		return DONE;
	struct pool_brownout *counted = arena_take(arena, sizeof *counted);
	if (counted == NULL)
		return fail(e, FAILED, "out of memory");
	counted->pool = row;
	for (unsigned lot = 0; lot < TELEMETRY_LOTS; lot++) {
		telemetry_brownout(row->label, row->brownout_from, over ? TELEMETRY_AFTER : TELEMETRY_GIVEN, lot, name);
		counted->given[lot] = usage_place(usage_slot_of_brownout(name));
		telemetry_brownout(row->label, row->brownout_from, TELEMETRY_OTHERS, lot, name);
		counted->others[lot] = usage_place(over ? 0 : usage_slot_of_brownout(name));
	}
	view->counted = counted;
	view->remarkable = true;
	return DONE;
}

static int render_pool(struct draft *d, size_t pool, struct arena *arena, struct error *e)
{
	struct pool_view *view = &d->view[pool];
	const struct pool *row = &d->pools->fleet.pools[pool];
	size_t like = find_like(d, pool);
	if (like != pool) {
		view->a = d->view[like].a;
		view->aaaa = d->view[like].aaaa;
		view->members = d->view[like].members;
		return DONE;
	}
	bulk_seat(&d->bulk, &d->seated[pool]);
	view->members = d->seated[pool].members;
	const struct pool_view *earlier = d->earlier == NULL ? NULL : pools_find(d->earlier, view->label);
	int64_t ttl = d->browned_out ? brownout_ttl(row) : row->ttl;
	int outcome = make_variants(d, &d->seated[pool], ttl, ADDRESS_V4, earlier == NULL ? NULL : &earlier->a,
		arena, &view->a, e);
	if (outcome == DONE)
		outcome = make_variants(d, &d->seated[pool], ttl, ADDRESS_V6, earlier == NULL ? NULL : &earlier->aaaa,
			arena, &view->aaaa, e);
	return outcome == DONE && d->browned_out ? give_successors(d, row, view, earlier, arena, e) : outcome;
}

static int make_pool(struct draft *d, size_t pool, struct arena *arena, struct error *e)
{
	const struct pool *row = &d->pools->fleet.pools[pool];
	struct pool_view *view = &d->view[pool];
	size_t length = strlen(row->label);
	unsigned slot = usage_slot(row->label);
	view->label[0] = (uint8_t)length;
	memcpy(view->label + 1, row->label, length);
	view->retired = view->remarkable = row->state == POOL_RETIRED;
	view->hash = hash_name(view->label, length + 1);
	view->usage = usage_place(slot);
	int outcome = count_brownout(&d->pools->fleet, row, view, arena, e);
	if (outcome == DONE)
		outcome = seat(d, pool, e);
	if (outcome == DONE)
		outcome = render_pool(d, pool, arena, e);
	view->a.turn = view->given_a.turn = 2 * slot;
	view->aaaa.turn = view->given_aaaa.turn = 2 * slot + 1;
	return outcome;
}

static int make_pools(struct pools *pools, struct pool_view *all, const struct pools *earlier,
	struct arena *arena, struct error *e)
{
	struct arena scratch = { 0 };
	struct draft d = { .pools = pools, .view = all, .mask = 15, .earlier = earlier };
	while (d.mask < 2 * pools->count)
		d.mask = 2 * d.mask + 1;
	d.seated = arena_take(&scratch, (pools->count + 1) * sizeof *d.seated);
	d.dealt = arena_take(&scratch, (4 * pools->count + 1) * sizeof *d.dealt);
	d.slots = arena_take(&scratch, (d.mask + 1) * sizeof *d.slots);
	d.in = arena_bytes(&scratch, pools->fleet.relay_count + 1);
	d.successor_in = arena_bytes(&scratch, pools->fleet.relay_count + 1);
	int outcome = d.seated == NULL || d.dealt == NULL || d.slots == NULL || d.in == NULL || d.successor_in == NULL
		? fail(e, FAILED, "out of memory")
		: bulk_begin(&pools->fleet, pools->offers, &scratch, &d.bulk, e);
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

struct rrset variants_hand(const struct variants *v, unsigned bucket, uint32_t turn, uint8_t *room)
{
	const uint16_t *hand = hands_of(&v->hands, bucket);
	unsigned count = hands_count(&v->hands, hand);
	uint16_t type = v->each == RR_FIXED + 4 ? TYPE_A : TYPE_AAAA;
	hand += rotation_first(turn, count);
	for (unsigned i = 0; i < count; i++)
		memcpy(room + i * v->each, v->rrs + hand[i] * (size_t)v->each, v->each);
	return (struct rrset){ type, (uint16_t)count, (uint16_t)(count * v->each), room };
}

int pools_build(const struct fleet *fleet, int64_t date, const struct pools *earlier, struct arena *arena,
	struct pools *pools, struct error *e)
{
	*pools = (struct pools){ .fleet = *fleet, .count = fleet->pool_count, .date = date,
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
