/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the change log, taken into the view: hosts are patched in place, zones and pools are built anew. */
#include "dnsd/view/load_changes.h"

#include <string.h>

#include "dnsd/view/next_snapshot.h"
#include "dnsd/view/load_whole.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "link/host_changes.h"

struct following {
	struct loader *loader;
	struct arena arena;
	const char **zones; /* that must be built anew */
	size_t zone_count, zone_room;
	bool fleet;
	int64_t revision;
	size_t refused;
};

static int note_zone(struct following *f, const char *name, struct error *e)
{
	for (size_t i = f->zone_count; i-- > 0;)
		if (strcmp(f->zones[i], name) == 0)
			return DONE;
	char *copy = arena_text(&f->arena, name);
	if (copy == NULL || !array_room_in(&f->arena, &f->zones, &f->zone_room, f->zone_count + 1, sizeof *f->zones))
		return fail(e, FAILED, "out of memory");
	f->zones[f->zone_count++] = copy;
	return DONE;
}

/* Marks the zone that a host is in as changed, for NOTIFY. */
static void mark_zone(struct following *f, const char *host)
{
	const struct snapshot *s = view_snapshot(f->loader->view);
	struct name name;
	if (s->secondary_count == 0 || name_read(host, &name, NULL) != DONE)
		return;
	for (const uint8_t *at = name.wire; *at != 0; at += 1 + *at) {
		const struct zone_view *zone = snapshot_find(s, at, name.size - (size_t)(at - name.wire));
		if (zone == NULL)
			continue;
		atomic_store_explicit(&((struct zone_view *)(uintptr_t)zone)->changed, true, memory_order_relaxed);
		return;
	}
}

/* Marks all signed zones as changed, for secondaries are to get new signatures. */
static void mark_signed(const struct following *f)
{
	const struct snapshot *s = view_snapshot(f->loader->view);
	for (size_t i = 0; i < s->zone_count; i++)
		if (s->zones[i]->signed_ != ZONE_UNSIGNED)
			atomic_store_explicit(&s->zones[i]->changed, true, memory_order_relaxed);
}

static int put_host(struct following *f, const struct host *row, struct error *e)
{
	mark_zone(f, row->name);
	struct error why;
	int outcome = hosts_put(f->loader->view->hosts, row, &why);
	if (outcome == REFUSED) {
		f->refused++;
		log_warning("a host cannot be served why=\"%s\"", why.text);
	}
	if (outcome == UNCHANGED && f->loader->keys != NULL)
		log_warning("a host's relays are not authenticated why=\"%s\"", why.text);
	return outcome == FAILED ? fail(e, FAILED, "%s", why.text) : DONE;
}

static int follow_host(struct following *f, const char *name, struct error *e)
{
	struct registry *r = f->loader->registry;
	struct arena arena = { 0 };
	struct host row = { .name = name };
	int outcome = registry_get(r, &host_kind, &row, &arena, &row, e);
	if (outcome == DONE)
		outcome = put_host(f, &row, e);
	else if (outcome == ABSENT) {
		mark_zone(f, name);
		outcome = hosts_remove(f->loader->view->hosts, name, e);
	}
	arena_free(&arena);
	return outcome;
}

static int follow_change(const struct change *change, void *context, struct error *e)
{
	static const struct kind *const of_snapshot[] = { &relay_kind, &observation_kind, &release_kind, &pool_kind,
		&rule_kind, &tsig_kind, &secondary_kind };
	struct following *f = context;
	f->revision = change->revision;
	if (change->of == &host_kind)
		return follow_host(f, change->key, e);
	if (change->of == &zone_kind || change->of == &record_kind)
		return note_zone(f, change->key, e);
	if (change->of == NULL && strcmp(change->kind, registry_signatures_note) == 0)
		mark_signed(f);
	for (size_t i = 0; i < sizeof of_snapshot / sizeof of_snapshot[0]; i++)
		f->fleet |= change->of == of_snapshot[i];
	return DONE;
}

static int rebuild(struct following *f, struct error *e)
{
	struct next_snapshot d;
	int outcome = next_begin(&d, f->loader, f->zone_count, e);
	for (size_t i = 0; i < f->zone_count && outcome == DONE; i++)
		outcome = next_rebuild(&d, f->zones[i], e);
	if (outcome == DONE)
		outcome = next_publish(&d, e);
	for (size_t i = 0; f->fleet && outcome == DONE && i < d.count; i++) /* pools are in every zone */
		atomic_store_explicit(&d.zones[i]->changed, true, memory_order_relaxed);
	next_end(&d);
	return outcome;
}

static int follow_frozen(struct following *f, struct error *e)
{
	struct loader *loader = f->loader;
	struct registry *r = loader->registry;
	int64_t newest, raised = 0;
	int outcome = registry_revision(r, &newest, e);
	if (outcome == DONE)
		outcome = serial_raised(r, &raised, e);
	if (outcome == DONE && (newest < loader->revision || raised > loader->revision))
		return load_whole_frozen(loader, e);
	if (outcome == DONE)
		outcome = registry_touched(r, loader->revision, follow_change, f, e);
	if (outcome == ABSENT)
		return load_whole_frozen(loader, e);
	bool new_day = pools_due(&view_snapshot(loader->view)->pools, clock_date());
	if (outcome == DONE && (f->zone_count > 0 || f->fleet || new_day))
		outcome = rebuild(f, e);
	if (outcome == DONE)
		load_serve(loader, newest);
	return outcome;
}

int load_changes(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	struct following f = { .loader = loader };
	int outcome = registry_freeze(r, e);
	if (outcome == DONE)
		outcome = follow_frozen(&f, e);
	registry_rollback(r);
	arena_free(&f.arena);
	return outcome;
}

/* What was said. */

static size_t count_hosts(const uint8_t *changes, size_t size)
{
	struct host row;
	size_t at = 0, count = 0;
	while (host_changes_next(changes, size, &at, &row))
		count++;
	return at == size ? count : 0;
}

bool load_host_changes(struct loader *loader, int64_t from, int64_t revision, const uint8_t *changes, size_t size)
{
	struct following f = { .loader = loader };
	struct host row;
	struct error e;
	size_t at = 0, count = count_hosts(changes, size);
	if (count == 0 || from != loader->revision || from + (int64_t)count != revision || loader->trouble[0] != '\0')
		return false;
	while (host_changes_next(changes, size, &at, &row))
		if (put_host(&f, &row, &e) != DONE)
			return false;
	load_serve(loader, revision);
	return true;
}
