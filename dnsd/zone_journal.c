/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zone_journal.h"

#include <stdlib.h>
#include <string.h>

/* Before the octets of each RR. */
struct head {
	uint8_t owner_size;
	uint16_t type, length;
	uint32_t ttl;
};

bool rr_list_add(struct rr_list *list, const struct zone_rr *rr)
{
	const struct head head = { rr->owner->size, rr->type, rr->length, rr->ttl };
	size_t more = sizeof head + head.owner_size + head.length;
	if (more > list->room - list->size) {
		size_t room = list->room * 2 + more;
		uint8_t *octets = realloc(list->octets, room);
		if (octets == NULL)
			return false;
		list->octets = octets;
		list->room = room;
	}
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

static void drop_oldest(struct zone_journal *journal)
{
	struct difference *d = journal->oldest;
	journal->oldest = d->next;
	if (journal->oldest == NULL)
		journal->newest = NULL;
	journal->size -= d->removed.size + d->added.size;
	free(d->removed.octets);
	free(d->added.octets);
	free(d);
}

bool zone_journal_add(struct zone_journal *journal, uint32_t from, uint32_t to, struct rr_list *removed,
	struct rr_list *added)
{
	struct difference *d = malloc(sizeof *d);
	if (d == NULL)
		return false;
	*d = (struct difference){ .from = from, .to = to, .removed = *removed, .added = *added };
	*removed = *added = (struct rr_list){ 0 };
	if (journal->newest != NULL && journal->newest->to != from)
		zone_journal_free(journal);
	*(journal->newest == NULL ? &journal->oldest : &journal->newest->next) = d;
	journal->newest = d;
	journal->size += d->removed.size + d->added.size;
	while (journal->size > journal->most && journal->oldest != NULL)
		drop_oldest(journal);
	return true;
}

int zone_journal_walk(const struct zone_journal *journal, uint32_t from, zone_rr_taker *take, void *context,
	struct error *e)
{
	const struct difference *d = journal->oldest;
	while (d != NULL && d->from != from)
		d = d->next;
	if (d == NULL)
		return fail(e, ABSENT, "the journal has no difference from serial %lu on", (unsigned long)from);
	int outcome = DONE;
	for (; d != NULL && outcome == DONE; d = d->next) {
		outcome = rr_list_walk(&d->removed, take, context, e);
		if (outcome == DONE)
			outcome = rr_list_walk(&d->added, take, context, e);
	}
	return outcome;
}

void zone_journal_free(struct zone_journal *journal)
{
	while (journal->oldest != NULL)
		drop_oldest(journal);
}
