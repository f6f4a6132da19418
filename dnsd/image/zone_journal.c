/* SPDX-License-Identifier: BSD-2-Clause */
/* Differences in a row, the oldest of which go first. */
#include "dnsd/image/zone_journal.h"

#include <stdlib.h>

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

void zone_journal_shorten(struct zone_journal *journal)
{
	if (journal->oldest != NULL)
		drop_oldest(journal);
}
