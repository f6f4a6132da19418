/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts that a commit changed, as they ride on the doorbell: the name server need not read them from
 * the registry then, which costs it ten times as much. */
#ifndef LINK_MOVED_H
#define LINK_MOVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

enum { MOVED_MOST = 60 << 10 /* octets: a record's worth */ };

struct moved {
	size_t size, count;
	bool broken; /* there was one that did not fit, or something else changed, too */
	uint8_t octets[MOVED_MOST];
};

/* Appends a host: its name, addresses, TTL and secret. One that has quotas is to be read from the registry. */
void moved_add(struct moved *, const struct host *);

/* Reads the next host at *AT of SIZE octets, and goes on behind it. Its texts are those octets. False behind
 * the last one, or when what stands there is none: then *at is less than SIZE. */
bool moved_next(const uint8_t *octets, size_t size, size_t *at, struct host *);

#endif
