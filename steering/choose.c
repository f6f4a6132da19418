/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members a client network is given: weighted rendezvous hashing. */
#include <math.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/hands.h"
#include "steering/hash.h"
#include "steering/label.h"
#include "steering/walk.h"

static bool resorts(const struct offer *offer, unsigned families)
{
	return offer->health == HEALTH_DOWN || (offer->live & families) == 0;
}

bool choose_offers(const struct offer *offer, unsigned families, uint8_t family, bool anyway)
{
	unsigned given = anyway || resorts(offer, families) ? offer->families : offer->live;
	return (given & label_family(family)) != 0;
}

bool choose_gives(const struct offer *offer, unsigned families, unsigned place, bool anyway)
{
	return anyway || resorts(offer, families) || (offer->down >> place & 1) == 0;
}

bool choose_anyway(const struct membership *m, uint8_t family)
{
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in && choose_offers(seat->offer, m->families, family, false))
			return false;
	return true;
}

static bool answers_family(const struct membership *m, uint8_t family)
{
	return (m->families & label_family(family)) != 0;
}

double steering_rank(const struct relay *relay)
{
	static const int64_t seed[2] = { 0, 0 };
	uint64_t hash = steering_hash(relay->name, strlen(relay->name));
	hash = steering_mix(steering_hash_on(hash, seed, sizeof seed));
	double uniform = ((double)(hash >> 11) + 0.5) * 0x1p-53;
	return -log(uniform) / (double)(relay->weight > 0 ? relay->weight : 1);
}

unsigned choose_bits(const struct fleet *fleet, const struct pool *pool)
{
	enum { MOST = 19, LEAST = 13, POOLS = 32 };
	unsigned bits = MOST;
	for (int64_t answers = 2; answers < pool->answers; answers *= 2)
		bits--;
	for (size_t pools = POOLS; pools < fleet->pool_count && bits > LEAST; pools *= 2)
		bits--;
	return bits;
}

unsigned choose_addresses(const struct membership *m, const struct offer *offer, uint8_t family, bool anyway,
	struct address list[CHOOSE_ADDRESSES])
{
	const char *rest = offer->relay->addresses;
	struct address address;
	unsigned count = 0;
	for (unsigned place = 0; count < CHOOSE_ADDRESSES && address_next(&rest, &address); place++)
		if (address.family == family && choose_gives(offer, m->families, place, anyway))
			list[count++] = address;
	return count;
}

struct ranked {
	const struct seat *seat;
	double distance;
};

static double distance_of(const struct membership *m, const struct relay *relay, int64_t weight, unsigned bucket,
	int64_t day)
{
	struct walk walk;
	unsigned turn = bucket >> (STEERING_BUCKET_BITS - STEERING_TURN_BITS), bits = m->bits - STEERING_TURN_BITS;
	uint32_t place = bucket >> (STEERING_BUCKET_BITS - m->bits) & ((1u << bits) - 1);
	walk_begin(&walk, walk_key(relay->name), weight, bits, turn, day);
	return walk_distance(&walk, walk_step(&walk, place));
}

size_t steering_choose(const struct membership *m, uint8_t family, unsigned bucket, int64_t date,
	struct choice *choice)
{
	struct ranked best[ADDRESS_LIST_MOST];
	struct hands_relay relays[ADDRESS_LIST_MOST];
	const struct hands_relay *nearest[ADDRESS_LIST_MOST];
	struct address addresses[ADDRESS_LIST_MOST * CHOOSE_ADDRESSES];
	uint32_t index[ADDRESS_LIST_MOST];
	size_t most = (size_t)m->pool->answers, kept = 0;
	bool anyway = choose_anyway(m, family);
	int64_t day = steering_turn_day(bucket, date);
	bucket = bucket >> (STEERING_BUCKET_BITS - m->bits) << (STEERING_BUCKET_BITS - m->bits);
	if (most > ADDRESS_LIST_MOST)
		most = ADDRESS_LIST_MOST;
	if (!answers_family(m, family))
		return 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		if (!seat->in || !choose_offers(seat->offer, m->families, family, anyway))
			continue;
		struct ranked this = { seat, distance_of(m, seat->offer->relay, seat->offer->weight, bucket, day) };
		size_t at = kept;
		while (at > 0 && best[at - 1].distance > this.distance)
			at--;
		if (at >= most)
			continue;
		if (kept < most)
			kept++;
		memmove(&best[at + 1], &best[at], (kept - 1 - at) * sizeof best[0]);
		best[at] = this;
	}
	for (size_t i = 0; i < kept; i++) {
		uint32_t first = (uint32_t)i * CHOOSE_ADDRESSES;
		relays[i] = (struct hands_relay){ best[i].seat->offer->relay, 0, &addresses[first], first,
			choose_addresses(m, best[i].seat->offer, family, anyway, &addresses[first]) };
		nearest[i] = &relays[i];
	}
	size_t count = hands_take(nearest, kept, most, bucket, index);
	for (size_t i = 0; i < count; i++)
		choice[i] = (struct choice){ relays[index[i] / CHOOSE_ADDRESSES].relay, addresses[index[i]] };
	return count;
}

bool steering_uniform(const struct membership *m, uint8_t family)
{
	int64_t count = 0;
	struct address list[CHOOSE_ADDRESSES];
	bool anyway = choose_anyway(m, family);
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in)
			count += choose_addresses(m, seat->offer, family, anyway, list);
	return count <= m->pool->answers;
}
