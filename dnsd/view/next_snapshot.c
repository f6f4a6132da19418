/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathers zones, keys and pools for a snapshot, and swaps it in. */
#include "dnsd/view/next_snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <urcu-qsbr.h>

#include "dnsd/view/catalog.h"
#include "dnsd/view/rekey.h"
#include "lib/log.h"
#include "registry/fleet.h"

int next_refuse(struct next_snapshot *d, const struct error *why)
{
	if (d->refused++ == 0)
		d->first = *why;
	return DONE;
}

/* Zones. */

struct record_walk {
	struct next_snapshot *next;
	struct zone_builder *builder;
};

static int add_record(const void *row, void *context, struct error *e)
{
	struct record_walk *walk = context;
	struct error why;
	int outcome = zone_build_record(walk->builder, row, &why);
	if (outcome == REFUSED)
		return next_refuse(walk->next, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

int next_zone(struct next_snapshot *d, const struct zone *row, struct zone_view **zone, struct error *e)
{
	struct registry *r = d->loader->registry;
	struct record_walk walk = { .next = d };
	struct record of = { .zone = row->name, .owner = "" };
	struct error why;
	*zone = NULL;
	int outcome = zone_build_begin(row, &walk.builder, &why);
	if (outcome == REFUSED)
		return next_refuse(d, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	outcome = registry_each(r, &record_kind, &of, add_record, &walk, e);
	if (outcome != DONE) {
		zone_build_cancel(walk.builder);
		return outcome;
	}
	return zone_build_end(walk.builder, zone, e);
}

/* Replaces or adds the zone of this name, or with ZONE NULL leaves it out. Frees the former one if no snapshot holds it. */
static void place_zone(struct next_snapshot *d, const char *name, struct zone_view *zone)
{
	char text[NAME_TEXT];
	size_t at = 0;
	int order = 1;
	for (; at < d->count; at++) {
		name_write(d->zones[at]->name.wire, text);
		if ((order = strcmp(text, name)) >= 0)
			break;
	}
	bool there = at < d->count && order == 0;
	if (there && d->zones[at]->holders == 0)
		zone_view_free(d->zones[at]);
	if (there && zone != NULL) {
		d->zones[at] = zone;
	} else if (there) {
		memmove(&d->zones[at], &d->zones[at + 1], (--d->count - at) * sizeof *d->zones);
	} else if (zone != NULL) {
		memmove(&d->zones[at + 1], &d->zones[at], (d->count++ - at) * sizeof *d->zones);
		d->zones[at] = zone;
	}
}

int next_rebuild(struct next_snapshot *d, const char *name, struct error *e)
{
	struct registry *r = d->loader->registry;
	struct zone row = { .name = name };
	struct zone_view *zone = NULL;
	int outcome = registry_get(r, &zone_kind, &row, &d->scratch, &row, e);
	if (outcome == DONE)
		outcome = next_zone(d, &row, &zone, e);
	if (outcome != DONE && outcome != ABSENT)
		return outcome;
	place_zone(d, name, zone);
	return DONE;
}

int next_begin(struct next_snapshot *d, struct loader *loader, size_t more, struct error *e)
{
	const struct snapshot *served = view_snapshot(loader->view);
	size_t count = served == NULL ? 0 : served->zone_count;
	*d = (struct next_snapshot){ .loader = loader };
	d->zones = calloc(count + more + 1, sizeof *d->zones);
	if (d->zones == NULL)
		return fail(e, FAILED, "out of memory");
	if (count > 0)
		memcpy(d->zones, served->zones, count * sizeof *d->zones);
	d->count = count;
	return DONE;
}

void next_end(struct next_snapshot *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->zones[i]->holders == 0)
			zone_view_free(d->zones[i]);
	free(d->zones);
	arena_free(&d->arena);
	arena_free(&d->scratch);
}

static bool same_zones(const struct snapshot *a, const struct snapshot *b)
{
	if (a == NULL || a->zone_count != b->zone_count)
		return false;
	for (size_t i = 0; i < a->zone_count; i++)
		if (!name_equal(&a->zones[i]->name, &b->zones[i]->name))
			return false;
	return true;
}

static int publish_catalog(struct loader *loader, struct snapshot *fresh, const struct snapshot *old, struct error *e)
{
	if (loader->catalog == NULL || *loader->catalog == '\0')
		return DONE;
	int outcome = catalog_view(loader->catalog, &fresh->catalog, e);
	if (outcome == DONE && same_zones(old, fresh))
		atomic_init(&fresh->catalog->changed, atomic_load(&old->catalog->changed));
	return outcome;
}

/* The snapshot. */

/* Adds REFUSED rows to those that cannot be served; WHY is the first one's reason. Passes trouble on. */
static int count_refused(struct next_snapshot *d, int outcome, size_t refused, const struct error *why, struct error *e)
{
	if (outcome != DONE)
		return fail(e, outcome, "%s", why->text);
	if (refused > 0 && d->refused == 0)
		d->first = *why;
	d->refused += refused;
	return DONE;
}

struct parts {
	struct fleet fleet;
	struct key_ring ring;
	struct secondary_view *secondaries;
	size_t secondary_count;
};

static int read_parts(struct next_snapshot *d, struct parts *p, struct error *e)
{
	struct loader *loader = d->loader;
	struct registry *r = loader->registry;
	struct error why = { "" };
	size_t refused = 0;
	int outcome = registry_fleet(r, &d->arena, &p->fleet, &refused, &why);
	outcome = count_refused(d, outcome, refused, &why, e);
	if (outcome != DONE)
		return outcome;
	refused = 0;
	outcome = key_ring_load(r, loader->keys, &d->arena, &p->ring, &refused, &why);
	outcome = count_refused(d, outcome, refused, &why, e);
	if (outcome != DONE)
		return outcome;
	refused = 0;
	outcome = secondaries_load(r, &p->ring, &d->arena, &p->secondaries, &p->secondary_count, &refused, &why);
	return count_refused(d, outcome, refused, &why, e);
}

static int make_snapshot(struct next_snapshot *d, const struct parts *p, struct snapshot **fresh, struct error *e)
{
	struct snapshot *old = d->loader->view->snapshot;
	int outcome = snapshot_new(d->zones, d->count, &p->ring, &p->fleet, p->fleet.now, old, &d->arena,
		fresh, e);
	if (outcome != DONE)
		return outcome;
	outcome = publish_catalog(d->loader, *fresh, old, e);
	if (outcome != DONE) {
		snapshot_free(*fresh); /* and with it the zones that no other snapshot holds */
		d->count = 0;
	}
	return outcome;
}

int next_publish(struct next_snapshot *d, struct error *e)
{
	struct loader *loader = d->loader;
	struct parts parts;
	struct snapshot *fresh, *old = loader->view->snapshot;
	for (size_t i = 0; i < d->count; i++)
		if (d->zones[i]->holders == 0)
			rekey_zone(loader, d->zones[i]);
	int outcome = read_parts(d, &parts, e);
	if (outcome == DONE)
		outcome = make_snapshot(d, &parts, &fresh, e);
	if (outcome != DONE)
		return outcome;
	fresh->secondaries = parts.secondaries;
	fresh->secondary_count = parts.secondary_count;
	atomic_store_explicit(&loader->view->snapshot, fresh, memory_order_release);
	if (d->refused > 0)
		log_warning("rows of the registry cannot be served rows=%zu first=\"%s\"", d->refused,
			d->first.text);
	loader->refused = d->refused;
	synchronize_rcu();
	snapshot_free(old);
	return DONE;
}
