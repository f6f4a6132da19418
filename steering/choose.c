/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members a client network is given: weighted rendezvous hashing. */
#include <math.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"

enum { CHOOSE_ADDRESSES = 8 }; /* of a relay (lib/model.c) */

/* FNV-1a with a final mix: not keyed, for `pool explain` must find the same on another machine. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

unsigned steering_bucket(const struct address *client)
{
	size_t prefix = client->family == ADDRESS_V4 ? 3 : 7; /* octets: /24, /56 */
	uint64_t hash = hash_bytes(hash_start, &client->family, 1);
	return (unsigned)(mix(hash_bytes(hash, client->bytes, prefix)) % STEERING_BUCKETS);
}

int64_t steering_day(int64_t date)
{
	return date / 86400;
}

static unsigned bit_of(uint8_t family)
{
	return family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6;
}

static bool resorts(const struct offer *offer, unsigned families)
{
	return offer->health == HEALTH_DOWN || (offer->live & families) == 0;
}

bool choose_offers(const struct offer *offer, unsigned families, uint8_t family, bool anyway)
{
	unsigned given = anyway || resorts(offer, families) ? offer->families : offer->live;
	return (given & bit_of(family)) != 0;
}

bool choose_gives(const struct offer *offer, unsigned families, unsigned place, bool anyway)
{
	return anyway || resorts(offer, families) || (offer->down >> place & 1) == 0;
}

/* Whether no member has an address of the family that does not look down. */
static bool nobody_offers(const struct membership *m, uint8_t family)
{
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in && choose_offers(seat->offer, m->families, family, false))
			return false;
	return true;
}

static bool answers_family(const struct membership *m, uint8_t family)
{
	return (m->families & bit_of(family)) != 0;
}

double steering_distance(const struct relay *relay, int64_t weight, unsigned bucket, int64_t day)
{
	int64_t seed[2] = { bucket, day };
	uint64_t hash = hash_bytes(hash_start, relay->name, strlen(relay->name));
	hash = mix(hash_bytes(hash, seed, sizeof seed));
	double uniform = ((double)(hash >> 11) + 0.5) * 0x1p-53;
	return -log(uniform) / (double)(weight > 0 ? weight : 1);
}

uint64_t steering_place(const char *label, unsigned bucket)
{
	return mix(hash_bytes(hash_bytes(hash_start, label, strlen(label)), &bucket, sizeof bucket));
}

struct ranked {
	const struct seat *seat;
	double distance;
};

size_t steering_add_choice(struct choice *choice, size_t count, const struct relay *relay, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(&choice[i].address, address))
			return count;
	choice[count] = (struct choice){ relay, *address };
	return count + 1;
}

size_t choose_deal(const struct choose_list *lists, size_t count, size_t most, unsigned bucket,
	struct choice *choice)
{
	size_t dealt = 0;
	bool more = true;
	for (unsigned round = 0; more && dealt < most; round++) {
		more = false;
		for (size_t i = 0; i < count && dealt < most; i++) {
			const struct choose_list *list = &lists[i];
			if (round >= list->count)
				continue;
			uint64_t first = list->count == 1 ? 0 : steering_place(list->relay->name, bucket);
			dealt = steering_add_choice(choice, dealt, list->relay,
				&list->address[(first + round) % list->count]);
			more = true;
		}
	}
	return dealt;
}

/* The addresses of a family that a member gives out. */
static unsigned list_addresses(const struct membership *m, const struct offer *offer, uint8_t family, bool anyway,
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

size_t steering_choose(const struct membership *m, uint8_t family, unsigned bucket, int64_t day,
	struct choice *choice)
{
	struct ranked best[ADDRESS_LIST_MOST];
	struct choose_list lists[ADDRESS_LIST_MOST];
	struct address addresses[ADDRESS_LIST_MOST][CHOOSE_ADDRESSES];
	size_t most = (size_t)m->pool->answers, kept = 0;
	bool anyway = nobody_offers(m, family);
	if (most > ADDRESS_LIST_MOST)
		most = ADDRESS_LIST_MOST;
	if (!answers_family(m, family))
		return 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		if (!seat->in || !choose_offers(seat->offer, m->families, family, anyway))
			continue;
		struct ranked this = { seat, steering_distance(seat->offer->relay, seat->offer->weight, bucket, day) };
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
	for (size_t i = 0; i < kept; i++)
		lists[i] = (struct choose_list){ best[i].seat->offer->relay, addresses[i],
			list_addresses(m, best[i].seat->offer, family, anyway, addresses[i]) };
	return choose_deal(lists, kept, most, bucket, choice);
}

bool steering_uniform(const struct membership *m, uint8_t family)
{
	int64_t count = 0;
	struct address list[CHOOSE_ADDRESSES];
	bool anyway = nobody_offers(m, family);
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in)
			count += list_addresses(m, seat->offer, family, anyway, list);
	return count <= m->pool->answers;
}
