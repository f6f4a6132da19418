/* SPDX-License-Identifier: BSD-2-Clause */
/* RRs kept in a list. */
#include "zone/rr.h"

#include <string.h>

#include "lib/array.h"

/* What stands before the owner and RDATA of each RR in a list. */
struct head {
	uint8_t owner_size;
	uint16_t type, length;
	uint32_t ttl;
};

bool rr_list_add(struct rr_list *list, const struct zone_rr *rr)
{
	const struct head head = { rr->owner->size, rr->type, rr->length, rr->ttl };
	size_t more = sizeof head + head.owner_size + head.length;
	if (!array_room(&list->octets, &list->room, list->size + more, 1))
		return false;
	uint8_t *at = list->octets + list->size;
	memcpy(at, &head, sizeof head);
	memcpy(at + sizeof head, rr->owner->wire, head.owner_size);
	memcpy(at + sizeof head + head.owner_size, rr->rdata, head.length);
	list->size += more;
	return true;
}

bool rr_list_next(const struct rr_list *list, size_t *at, struct zone_rr *rr, struct name *owner)
{
	struct head head;
	if (*at == list->size)
		return false;
	const uint8_t *octets = list->octets + *at;
	memcpy(&head, octets, sizeof head);
	octets += sizeof head;
	owner->size = head.owner_size;
	memcpy(owner->wire, octets, head.owner_size);
	octets += head.owner_size;
	*rr = (struct zone_rr){ owner, head.type, head.length, head.ttl, octets };
	*at = (size_t)(octets - list->octets) + head.length;
	return true;
}

int rr_list_walk(const struct rr_list *list, zone_rr_taker *take, void *context, struct error *e)
{
	struct name owner = { 0 };
	struct zone_rr rr;
	int outcome = DONE;
	for (size_t at = 0; outcome == DONE && rr_list_next(list, &at, &rr, &owner);)
		outcome = take(&rr, context, e);
	return outcome;
}
