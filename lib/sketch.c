/* SPDX-License-Identifier: BSD-2-Clause */
/* A sketch's registers counted, merged, and written as octets. */
#include "lib/sketch.h"

#include <math.h>
#include <string.h>

void sketch_add(struct sketch *sketch, uint64_t hash)
{
	uint8_t *rank = &sketch->rank[sketch_register(hash)];
	if (sketch_rank(hash) > *rank)
		*rank = (uint8_t)sketch_rank(hash);
}

void sketch_merge(struct sketch *sketch, const struct sketch *other)
{
	for (int i = 0; i < SKETCH_REGISTERS; i++)
		if (other->rank[i] > sketch->rank[i])
			sketch->rank[i] = other->rank[i];
}

/* The estimate of the paper; below five halves of the registers' number, while some are empty, linear counting of the
 * empty ones is nearer. */
double sketch_estimate(const struct sketch *sketch)
{
	const double registers = SKETCH_REGISTERS, alpha = 0.7213 / (1 + 1.079 / registers);
	double sum = 0, empty = 0;
	for (int i = 0; i < SKETCH_REGISTERS; i++) {
		sum += ldexp(1, -(int)sketch->rank[i]);
		empty += sketch->rank[i] == 0;
	}
	double raw = alpha * registers * registers / sum;
	return raw <= 2.5 * registers && empty > 0 ? registers * log(registers / empty) : raw;
}

enum { RANK_BITS = 5 }; /* of a stored register, big-endian: its number above its rank */

size_t sketch_write(const struct sketch *sketch, uint8_t *bytes)
{
	size_t size = 0;
	for (unsigned i = 0; i < SKETCH_REGISTERS; i++) {
		if (sketch->rank[i] == 0)
			continue;
		if (size + 2 >= SKETCH_REGISTERS) {
			memcpy(bytes, sketch->rank, SKETCH_REGISTERS);
			return SKETCH_REGISTERS;
		}
		unsigned word = i << RANK_BITS | sketch->rank[i];
		bytes[size++] = (uint8_t)(word >> 8);
		bytes[size++] = (uint8_t)word;
	}
	return size;
}

static bool read_few(const uint8_t *bytes, size_t size, struct sketch *sketch)
{
	for (size_t i = 0; i + 1 < size; i += 2) {
		unsigned word = (unsigned)bytes[i] << 8 | bytes[i + 1];
		unsigned rank = word & ((1 << RANK_BITS) - 1);
		if (word >> RANK_BITS >= SKETCH_REGISTERS || rank > SKETCH_RANK)
			return false;
		sketch->rank[word >> RANK_BITS] = (uint8_t)rank;
	}
	return size % 2 == 0;
}

static bool read_all(const uint8_t *bytes, struct sketch *sketch)
{
	memcpy(sketch->rank, bytes, SKETCH_REGISTERS);
	for (int i = 0; i < SKETCH_REGISTERS; i++)
		if (bytes[i] > SKETCH_RANK)
			return false;
	return true;
}

bool sketch_read(const uint8_t *bytes, size_t size, struct sketch *sketch)
{
	memset(sketch, 0, sizeof *sketch);
	if (size < SKETCH_REGISTERS ? read_few(bytes, size, sketch)
			: size == SKETCH_REGISTERS && read_all(bytes, sketch))
		return true;
	memset(sketch, 0, sizeof *sketch);
	return false;
}
