/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that makes signatures before they are asked for, zone by zone and pool by pool, with pauses. */
#include "dnsd/answer/presign.h"

#include <string.h>
#include <time.h>
#include <urcu-qsbr.h>

#include "dnsd/answer/sign.h"
#include "lib/clock.h"

enum {
	TICK = 200,        /* milliseconds between looks at whether something is new */
	ROUND = 600000,    /* between rounds when nothing is: what is about to expire is found */
	CHUNK = 64,        /* RRsets between pauses, in which writers go on */
};

/* Where a round stands. It begins anew when there is another snapshot. */
struct round {
	struct presigner *presigner;
	const struct snapshot *snapshot;
	uint64_t number; /* the snapshot's: another one may lie in its place */
	unsigned chunk;
	bool over; /* the snapshot is gone, or we are to stop */
};

/* A quiescent state now and then: what was read before it may be gone then, unless the snapshot is the same. */
static void breathe(struct round *r)
{
	if (++r->chunk < CHUNK)
		return;
	r->chunk = 0;
	rcu_quiescent_state();
	r->over = atomic_load(r->presigner->stop) || view_snapshot(r->presigner->view)->number != r->number;
}

static void sign_rrset(struct round *r, const struct zone_view *zone, const uint8_t *owner, size_t size,
	const struct rrset *set)
{
	if (!r->over && set->count > 0) {
		sign_ahead(r->presigner->signer, zone, owner, size, set);
		breathe(r);
	}
}

static void sign_node(struct round *r, const struct zone_view *zone, const struct node *node)
{
	const uint8_t *at = node_first(node);
	bool cut = (node->flags & NODE_CUT) != 0;
	for (unsigned i = 0; i < node->rrsets && !r->over; i++) {
		struct rrset set = rrset_at(at);
		at = rrset_next(&set);
		if (!cut || set.type == TYPE_DS)
			sign_rrset(r, zone, node->bytes, node->name_size, &set);
	}
}

static void sign_static(struct round *r, const struct zone_view *zone)
{
	for (size_t shard = 0; shard < zone->names.shards && !r->over; shard++) {
		shard_t of = atomic_load(&zone->names.shard[shard]);
		for (uint64_t i = 0; i <= shard_mask(of) && !r->over; i++) {
			uint64_t slot = atomic_load_explicit(&shard_slots(of)->slot[i], memory_order_relaxed);
			if (slot != 0 && slot != NAME_TABLE_TOMB)
				sign_node(r, zone, name_table_pointer(slot));
		}
	}
}

/* The keys may be swapped while the snapshot stays: they are looked up anew for each. */
static void sign_keys(struct round *r, const struct zone_view *zone)
{
	const size_t sets[] = { offsetof(struct signing_keys, dnskey), offsetof(struct signing_keys, cds),
		offsetof(struct signing_keys, cdnskey) };
	for (size_t i = 0; i < 3 && !r->over && zone_keys(zone) != NULL; i++) {
		const struct rrset *set = (const void *)((const uint8_t *)zone_keys(zone) + sets[i]);
		sign_rrset(r, zone, zone->name.wire, zone->name.size, set);
	}
}

static void sign_samples(struct round *r, const struct zone_view *zone, const uint8_t *owner, size_t size,
	const struct variants *variants)
{
	uint8_t rrs[HAND_MOST];
	for (unsigned sample = 0; sample < STEERING_SAMPLES && !r->over; sample++) {
		struct rrset set = variants_hand(variants, steering_sample(sample), 0, rrs);
		sign_rrset(r, zone, owner, size, &set);
	}
}

static void sign_variants(struct round *r, const struct zone_view *zone, const struct pool_view *pool,
	const struct variants *variants)
{
	uint8_t owner[NAME_WIRE + NAME_WIRE];
	size_t label = pool->label[0] + 1u;
	memcpy(owner, pool->label, label);
	memcpy(owner + label, zone->name.wire, zone->name.size);
	if (label + zone->name.size > NAME_WIRE)
		return;
	if (variants->kind == VARIANTS_ONE)
		sign_rrset(r, zone, owner, label + zone->name.size, &variants->set);
	else if (variants->kind == VARIANTS_HANDS)
		sign_samples(r, zone, owner, label + zone->name.size, variants);
}

static void sign_pools(struct round *r, const struct zone_view *zone)
{
	const struct pools *pools = &r->snapshot->pools;
	for (size_t i = 0; i < pools->count && !r->over; i++) {
		sign_variants(r, zone, &pools->pool[i], &pools->pool[i].a);
		sign_variants(r, zone, &pools->pool[i], &pools->pool[i].aaaa);
		sign_variants(r, zone, &pools->pool[i], &pools->pool[i].given_a);
		sign_variants(r, zone, &pools->pool[i], &pools->pool[i].given_aaaa);
	}
}

/* Another one when there is something new to be signed: the snapshot's number and what is asked may both move at once. */
static uint64_t state_of(const struct snapshot *snapshot)
{
	uint64_t state = snapshot->number;
	for (size_t i = 0; i < snapshot->zone_count; i++) {
		const struct zone_view *zone = snapshot->zones[i];
		const struct signing_keys *keys = zone_keys(zone);
		bool asked = atomic_load_explicit(&zone->pools_asked, memory_order_relaxed);
		if (keys != NULL)
			state = hash_fold(state ^ keys->print, UINT64_C(0x9e3779b97f4a7c15)) + 2 * i + asked;
	}
	return state;
}

static void go_round(struct presigner *p)
{
	struct round r = { .presigner = p, .snapshot = view_snapshot(p->view) };
	r.number = r.snapshot->number;
	for (size_t i = 0; !r.over && i < r.snapshot->zone_count; i++) {
		const struct zone_view *zone = r.snapshot->zones[i];
		if (zone_keys(zone) == NULL)
			continue;
		sign_keys(&r, zone);
		sign_static(&r, zone);
		if (atomic_load_explicit(&zone->pools_asked, memory_order_relaxed))
			sign_pools(&r, zone);
	}
}

static void *run(void *context)
{
	const struct timespec tick = { 0, TICK * 1000000 };
	struct presigner *p = context;
	uint64_t done = 0;
	int64_t due = 0;
	rcu_register_thread();
	while (!atomic_load(p->stop)) {
		uint64_t state = state_of(view_snapshot(p->view));
		if (state != done || clock_ticks() >= due) {
			go_round(p);
			done = state; /* what came meanwhile is another state */
			due = clock_ticks() + ROUND;
		}
		rcu_thread_offline();
		nanosleep(&tick, NULL);
		rcu_thread_online();
	}
	rcu_unregister_thread();
	return NULL;
}

int presigner_start(struct presigner *p, struct error *e)
{
	int code = pthread_create(&p->thread, NULL, run, p);
	return code == 0 ? DONE : fail(e, FAILED, "starting a thread to sign: %s", strerror(code));
}
