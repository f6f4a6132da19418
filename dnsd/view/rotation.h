/* SPDX-License-Identifier: BSD-2-Clause */
/* The rotation of a pool's answers: which of the relays stands first. Clients that try only the first one are spread so. */
#ifndef DNSD_VIEW_ROTATION_H
#define DNSD_VIEW_ROTATION_H

#include <stddef.h>
#include <stdint.h>

/* Of COUNT addresses, at least one, the number of the one that stands first in the answer of this TURN. A worker counts the
 * turns of each pool and type by itself (dnsd/answer/worker.h), so that no other question comes between. Behind the
 * last address comes the first one again: where addresses are copied from, they stand twice in a row. */
static inline size_t rotation_first(uint32_t turn, size_t count)
{
	return turn % (uint32_t)count;
}

#endif
