/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of running leases. */
#include "updater/lease.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

struct lease *lease_find(struct leases *leases, const char *relay)
{
	for (size_t i = 0; i < leases->count; i++)
		if (strcmp(leases->list[i].relay, relay) == 0)
			return &leases->list[i];
	return NULL;
}

struct lease *lease_renew(struct leases *leases, const char *relay, int64_t until)
{
	struct lease *lease = lease_find(leases, relay);
	if (lease == NULL && !array_room(&leases->list, &leases->room, leases->count + 1, sizeof *leases->list))
		return NULL;
	if (lease == NULL && strlen(relay) >= LEASE_NAME)
		return NULL;
	if (lease == NULL) {
		lease = &leases->list[leases->count++];
		*lease = (struct lease){ .written = LEASE_UNWRITTEN };
		strcpy(lease->relay, relay);
	}
	lease->until = until;
	return lease;
}

void lease_drop(struct leases *leases, const char *relay)
{
	struct lease *lease = lease_find(leases, relay);
	if (lease != NULL)
		*lease = leases->list[--leases->count];
}

struct lease *lease_expired(struct leases *leases, int64_t now)
{
	for (size_t i = 0; i < leases->count; i++)
		if (leases->list[i].until <= now)
			return &leases->list[i];
	return NULL;
}

void lease_unwritten(struct leases *leases)
{
	for (size_t i = 0; i < leases->count; i++)
		leases->list[i].written = LEASE_UNWRITTEN;
	leases->stale = true;
}

void lease_free(struct leases *leases)
{
	free(leases->list);
	*leases = (struct leases){ 0 };
}
