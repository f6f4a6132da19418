/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members a client network is given: weighted rendezvous hashing. */
#include <math.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"

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

static bool offers_family(const struct seat *seat, uint8_t family)
{
	return (seat->offer->families & (family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6)) != 0;
}

static bool answers_family(const struct membership *m, uint8_t family)
{
	return (m->families & (family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6)) != 0;
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

size_t steering_choose(const struct membership *m, uint8_t family, unsigned bucket, int64_t day,
	struct choice *choice)
{
	struct ranked best[ADDRESS_LIST_MOST];
	size_t most = (size_t)m->pool->answers, kept = 0, count = 0;
	if (most > ADDRESS_LIST_MOST)
		most = ADDRESS_LIST_MOST;
	if (!answers_family(m, family))
		return 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		if (!seat->in || !offers_family(seat, family))
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
	for (size_t i = 0; i < kept; i++) {
		const struct relay *relay = best[i].seat->offer->relay;
		const char *rest = relay->addresses;
		struct address address;
		while (count < most && address_next(&rest, &address))
			if (address.family == family)
				count = steering_add_choice(choice, count, relay, &address);
	}
	return count;
}

bool steering_uniform(const struct membership *m, uint8_t family)
{
	int64_t count = 0;
	struct address address;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		const char *rest = seat->offer->relay->addresses;
		while (seat->in && address_next(&rest, &address))
			count += address.family == family;
	}
	return count <= m->pool->answers;
}
