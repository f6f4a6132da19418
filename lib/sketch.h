/* SPDX-License-Identifier: BSD-2-Clause */
/* How many different things were seen, without keeping them: HyperLogLog (Flajolet and others, 2007)
 * with 1024 registers. One standard error is 3.3 %. */
#ifndef LIB_SKETCH_H
#define LIB_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SKETCH_BITS = 10,
	SKETCH_REGISTERS = 1 << SKETCH_BITS,
	SKETCH_RANK = 16, /* the highest: enough for some fifty million things */
};

/* Each register holds the highest rank seen in it; 0 if there was none. All zeros are the empty sketch. */
struct sketch {
	uint8_t rank[SKETCH_REGISTERS];
};

/* Where a hash of 64 well-mixed bits counts: its uppermost bits name the register, the zeros at its lower
 * end make the rank. */
static inline unsigned sketch_register(uint64_t hash)
{
	return (unsigned)(hash >> (64 - SKETCH_BITS));
}

static inline unsigned sketch_rank(uint64_t hash)
{
	return (unsigned)__builtin_ctzll(hash | UINT64_C(1) << (SKETCH_RANK - 1)) + 1;
}

void sketch_add(struct sketch *, uint64_t hash);

/* Adds what the other one has seen. */
void sketch_merge(struct sketch *, const struct sketch *);

/* How many different hashes were added, about. */
double sketch_estimate(const struct sketch *);

/* As octets to be stored, at most SKETCH_REGISTERS: two for each register that is not empty, or all ranks
 * if that is shorter. Returns how many. */
size_t sketch_write(const struct sketch *, uint8_t *bytes);

/* Reads them back; false, and an empty sketch, when they are something else. */
bool sketch_read(const uint8_t *bytes, size_t size, struct sketch *);

#endif
