/* SPDX-License-Identifier: BSD-2-Clause */
/* What DNS answers at a pool's label, or at that of a version which nobody defined, for prerequisites. */
#include <string.h>

#include "lib/clock.h"
#include "lib/name.h"
#include "registry/fleet.h"
#include "steering/label.h"
#include "steering/steering.h"
#include "updater/draft.h"

/* Finds the pool that answers LABEL, or LATTICE_NONE. Where the name has something else (TAKEN), no near pool answers
 * for an undefined label. */
static int find_pool(const struct fleet *fleet, const char *label, bool taken, struct arena *arena, long *found,
	struct error *e)
{
	struct lattice lattice;
	*found = LATTICE_NONE;
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, label) == 0)
			*found = (long)i;
	int outcome = *found != LATTICE_NONE || taken ? DONE : lattice_build(fleet, arena, &lattice, e);
	if (outcome == DONE && *found == LATTICE_NONE && !taken)
		*found = lattice_find(&lattice, label, strlen(label));
	return outcome;
}

static void gather(struct text *list, const char *addresses, unsigned families)
{
	struct address address;
	while (address_next(&addresses, &address)) {
		char text[ADDRESS_TEXT];
		address_write(&address, text);
		if ((families & label_family(address.family)) != 0
			&& !text_lists(list->bytes, text))
			text_addf(list, "%s%s", list->length == 0 ? "" : " ", text);
	}
}

/* Reads all addresses of the pool's members into the name; a client is only given some of them. */
static int read_members(struct draft *d, struct draft_name *n, const struct fleet *fleet, const struct pool *pool,
	unsigned families)
{
	struct arena *arena = &d->exchange->arena;
	struct offer *offers;
	struct membership m;
	struct text list = { 0 };
	text_add(&list, "");
	int outcome = steering_offers(fleet, arena, &offers, d->error);
	if (outcome == DONE)
		outcome = steering_pool(fleet, offers, pool, arena, &m, d->error);
	for (size_t i = 0; outcome == DONE && i < m.count && !list.broken; i++)
		if (m.seats[i].in)
			gather(&list, m.seats[i].offer->relay->addresses, m.families & families);
	n->members = outcome == DONE && !list.broken ? arena_text(arena, list.bytes) : NULL;
	text_free(&list);
	return outcome == DONE && n->members == NULL ? fail(d->error, FAILED, "out of memory") : outcome;
}

int draft_pool(struct draft *d, struct draft_name *n)
{
	struct fleet fleet;
	size_t refused, length = strcspn(n->name, ".");
	struct label form;
	const char *parent = name_parent(n->name);
	bool taken = n->is_host || n->count > 0;
	long found;
	label_read(n->name, length, &form);
	if (n->members != NULL || parent == NULL || strcmp(parent, d->zone.name) != 0
		|| (!n->pool && (taken || form.form == LABEL_OTHER)))
		return DONE;
	const char *label = arena_text_part(&d->exchange->arena, n->name, length);
	int outcome = label == NULL ? fail(d->error, FAILED, "out of memory")
		: registry_fleet(d->updater->access.registry, &d->exchange->arena, &fleet, &refused, d->error);
	if (outcome == DONE)
		outcome = find_pool(&fleet, label, taken, &d->exchange->arena, &found, d->error);
	if (outcome != DONE || found == LATTICE_NONE)
		return outcome;
	fleet.now = clock_date();
	return read_members(d, n, &fleet, &fleet.pools[found], label_families(label, length));
}
