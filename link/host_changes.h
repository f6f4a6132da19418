/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts that a commit changed, sent with the ring of the doorbell (link/doorbell.h), so that the name server need not
 * read them from the registry, which costs it ten times as much. */
#ifndef LINK_HOST_CHANGES_H
#define LINK_HOST_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

enum { HOST_CHANGES_MOST = 60 << 10 /* octets: what one record of the doorbell's socket takes */ };

struct host_changes {
	size_t size, count;
	bool broken; /* they are not all: one did not fit, or has more than is sent here */
	uint8_t octets[HOST_CHANGES_MOST];
};

/* Appends a host: its name, addresses, TTL and secret. One that has more (quotas, or that it is suspended) or does not
 * fit breaks the list, and the name server reads the registry. */
void host_changes_add(struct host_changes *, const struct host *);

/* Reads the host at *AT of SIZE octets and moves *at behind it; its texts lie in those octets. False at the end, where
 * *at is SIZE, and for octets that are no host, where *at is less. */
bool host_changes_next(const uint8_t *octets, size_t size, size_t *at, struct host *);

#endif
