/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu-qsbr.h>

#include "dnsd/catalog.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/moved.h"
#include "registry/fleet.h"

enum {
	RETRY = 1000, /* milliseconds between attempts to open a registry that is gone */
	KEYS = 1000,  /* between looks at the directory of keys */
};

/* A snapshot in the making. */
struct draft {
	struct loader *loader;
	struct arena arena, scratch;
	struct zone_view **zones; /* in the order of their names */
	size_t count;
	size_t refused;
	struct error first; /* what was wrong with the first row refused */
};

static int refuse_row(struct draft *d, const struct error *why)
{
	if (d->refused++ == 0)
		d->first = *why;
	return DONE;
}

/* Zones. */

struct record_walk {
	struct draft *draft;
	struct zone_builder *builder;
};

static int add_record(const void *row, void *context, struct error *e)
{
	struct record_walk *walk = context;
	struct error why;
	int outcome = zone_build_record(walk->builder, row, &why);
	if (outcome == REFUSED)
		return refuse_row(walk->draft, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

/* The zone's view, or NULL in *zone for a row that cannot be served. */
static int build_zone(struct draft *d, const struct zone *row, struct zone_view **zone, struct error *e)
{
	struct registry *r = d->loader->registry;
	struct record_walk walk = { .draft = d };
	struct record of = { .zone = row->name, .owner = "" };
	struct error why;
	*zone = NULL;
	int outcome = zone_build_begin(row, &walk.builder, &why);
	if (outcome == REFUSED)
		return refuse_row(d, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	outcome = r->engine->each(r, &record_kind, &of, add_record, &walk, e);
	if (outcome != DONE) {
		zone_build_cancel(walk.builder);
		return outcome;
	}
	return zone_build_end(walk.builder, zone, e);
}

/* Replaces, adds or (ZONE NULL) leaves out the zone of this name; what was built for this draft and
 * is left out again is freed. */
static void place_zone(struct draft *d, const char *name, struct zone_view *zone)
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

static int rebuild_zone(struct draft *d, const char *name, struct error *e)
{
	struct registry *r = d->loader->registry;
	struct zone row = { .name = name };
	struct zone_view *zone = NULL;
	int outcome = r->engine->get(r, &zone_kind, &row, &d->scratch, &row, e);
	if (outcome == DONE)
		outcome = build_zone(d, &row, &zone, e);
	if (outcome != DONE && outcome != ABSENT)
		return outcome;
	place_zone(d, name, zone);
	return DONE;
}

/* Starts from the zones of the snapshot that is served, or from none. */
static int draft_begin(struct draft *d, struct loader *loader, size_t more, struct error *e)
{
	const struct snapshot *served = view_snapshot(loader->view);
	size_t count = served == NULL ? 0 : served->zone_count;
	*d = (struct draft){ .loader = loader };
	d->zones = calloc(count + more + 1, sizeof *d->zones);
	if (d->zones == NULL)
		return fail(e, FAILED, "out of memory");
	if (count > 0)
		memcpy(d->zones, served->zones, count * sizeof *d->zones);
	d->count = count;
	return DONE;
}

static void draft_end(struct draft *d)
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

/* Keys. */

static struct signing_keys *keys_of(const struct zone_view *zone)
{
	return atomic_load_explicit(&zone->keys, memory_order_relaxed);
}

/* The keys that the zone is to have now; NULL, and a word in the log, when they cannot be read. */
static struct signing_keys *read_keys(const struct loader *loader, const struct zone_view *zone)
{
	struct signing_keys *keys;
	struct error e;
	char text[NAME_TEXT];
	if (loader->key_directory != NULL
		&& signing_keys_read(loader->key_directory, &zone->name, zone->ttl, zone->signed_ == ZONE_LEAVING, clock_date(),
			&keys, &e) == DONE)
		return keys;
	name_write(zone->name.wire, text);
	bool keeps = keys_of(zone) != NULL;
	log_error("a signed zone's keys cannot be read; %s zone=\"%s\" why=\"%s\"",
		keeps ? "it keeps those it has" : "it is served unsigned", text,
		loader->key_directory == NULL ? "there is no directory of keys" : e.text);
	return NULL;
}

/* A zone that was built anew has the keys that it had, until its files say otherwise. */
static void give_keys(const struct draft *d, struct zone_view *zone)
{
	const struct snapshot *served = view_snapshot(d->loader->view);
	const struct zone_view *old = served == NULL ? NULL : snapshot_find(served, zone->name.wire, zone->name.size);
	struct signing_keys *keys = old == NULL ? NULL : keys_of(old);
	if (zone->signed_ == ZONE_UNSIGNED)
		return;
	bool same = keys != NULL && old->signed_ == zone->signed_ && old->ttl == zone->ttl && !d->loader->rekey;
	struct signing_keys *fresh = same ? NULL : read_keys(d->loader, zone);
	if (fresh == NULL && keys != NULL) {
		keys->holders++;
		fresh = keys;
	}
	atomic_store_explicit(&zone->keys, fresh, memory_order_release);
	if (old != NULL)
		atomic_store_explicit(&zone->pools_asked,
			atomic_load_explicit(&old->pools_asked, memory_order_relaxed), memory_order_relaxed);
}

/* Reads a zone's keys again; true when they came to something else. *OLD is to be let go when no reader is left. */
static bool renew_keys(const struct loader *loader, struct zone_view *zone, struct signing_keys **old)
{
	struct signing_keys *fresh = read_keys(loader, zone);
	*old = keys_of(zone);
	if (fresh == NULL)
		return false;
	if (*old != NULL && fresh->print == (*old)->print) {
		signing_keys_free(fresh);
		return false;
	}
	atomic_store_explicit(&zone->keys, fresh, memory_order_release);
	return true;
}

/* Whether files of the directory came, went or were replaced. */
static bool directory_moved(struct loader *loader)
{
	int64_t seen = loader->key_directory == NULL ? 0 : clock_changed(loader->key_directory);
	if (seen == 0)
		return false;
	bool moved = seen != loader->keys_seen;
	loader->keys_seen = seen;
	return moved;
}

void loader_rekey(struct loader *loader)
{
	const struct snapshot *snapshot = view_snapshot(loader->view);
	int64_t now = clock_ticks();
	if (now < loader->keys_due || snapshot == NULL)
		return;
	loader->keys_due = now + KEYS;
	bool moved = directory_moved(loader);
	for (size_t i = 0; i < snapshot->zone_count; i++) {
		struct zone_view *zone = snapshot->zones[i];
		struct signing_keys *keys = keys_of(zone), *old;
		if (zone->signed_ == ZONE_UNSIGNED || (keys != NULL && !moved && clock_date() < keys->next)
			|| (keys == NULL && !moved))
			continue;
		if (!renew_keys(loader, zone, &old))
			continue;
		synchronize_rcu();
		signing_keys_free(old);
	}
}

static int draft_publish(struct draft *d, struct error *e)
{
	struct loader *loader = d->loader;
	struct fleet fleet;
	struct key_ring ring;
	struct secondary_view *secondaries;
	size_t secondary_count;
	struct snapshot *fresh, *old = loader->view->snapshot;
	struct error why = { "" };
	size_t refused = 0;
	for (size_t i = 0; i < d->count; i++)
		if (d->zones[i]->holders == 0)
			give_keys(d, d->zones[i]);
	int outcome = registry_fleet(loader->registry, &d->arena, &fleet, &refused, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	if (refused > 0 && d->refused == 0)
		d->first = why;
	d->refused += refused;
	refused = 0;
	outcome = key_ring_load(loader->registry, loader->keys, &d->arena, &ring, &refused, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	if (refused > 0 && d->refused == 0)
		d->first = why;
	d->refused += refused;
	refused = 0;
	outcome = secondaries_load(loader->registry, &ring, &d->arena, &secondaries, &secondary_count, &refused, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	if (refused > 0 && d->refused == 0)
		d->first = why;
	d->refused += refused;
	outcome = snapshot_new(d->zones, d->count, &ring, &fleet, steering_day(fleet.now), old, &d->arena, &fresh, e);
	if (outcome != DONE)
		return outcome;
	outcome = publish_catalog(loader, fresh, old, e);
	if (outcome != DONE) {
		snapshot_free(fresh);
		return outcome;
	}
	fresh->secondaries = secondaries;
	fresh->secondary_count = secondary_count;
	atomic_store_explicit(&loader->view->snapshot, fresh, memory_order_release);
	if (d->refused > 0)
		log_warning("rows of the registry cannot be served rows=%zu first=\"%s\"", d->refused,
			d->first.text);
	loader->refused = d->refused;
	synchronize_rcu();
	snapshot_free(old);
	return DONE;
}

/* Hosts. */

struct host_walk {
	struct hosts *hosts;
	struct draft *draft;
};

static int add_host(const void *row, void *context, struct error *e)
{
	struct host_walk *walk = context;
	struct error why;
	int outcome = hosts_put(walk->hosts, row, &why);
	if (outcome == REFUSED)
		return refuse_row(walk->draft, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

static int load_hosts(struct draft *d, struct hosts **hosts, struct error *e)
{
	struct registry *r = d->loader->registry;
	int64_t count;
	*hosts = calloc(1, sizeof **hosts);
	if (*hosts == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = r->engine->count(r, &host_kind, &count, e);
	if (outcome == DONE)
		outcome = hosts_init(*hosts, (size_t)count, d->loader->keys, e);
	struct host_walk walk = { *hosts, d };
	if (outcome == DONE)
		outcome = r->engine->each(r, &host_kind, NULL, add_host, &walk, e);
	if (outcome != DONE) {
		hosts_free(*hosts);
		free(*hosts);
	}
	return outcome;
}

static void swap_hosts(struct loader *loader, struct hosts *fresh)
{
	struct hosts *old = loader->view->hosts;
	hosts_reclaim(fresh); /* nobody has read it yet */
	atomic_store_explicit(&loader->view->hosts, fresh, memory_order_release);
	if (old == NULL)
		return;
	synchronize_rcu();
	hosts_free(old);
	free(old);
}

/* The serial never goes back, though the registry may have been replaced by an older one. */
static void serve_revision(struct loader *loader, int64_t revision)
{
	if (revision < loader->revision) {
		loader->offset += loader->revision - revision + 1;
		log_warning("the registry's revision went back; serials go on from the old one "
			    "from=%" PRId64 " to=%" PRId64, loader->revision, revision);
	}
	loader->revision = revision;
	loader->loaded_at = clock_date();
	atomic_store_explicit(&loader->view->offset, (uint32_t)loader->offset, memory_order_relaxed);
	atomic_store_explicit(&loader->view->serial, (uint32_t)(revision + loader->offset),
		memory_order_release);
}

/* Everything. */

static int collect_zone(const void *row, void *context, struct error *e)
{
	struct draft *d = context;
	struct zone_view *zone;
	struct zone copy;
	int outcome = row_copy(&zone_kind, row, &copy, &d->scratch, e);
	if (outcome == DONE)
		outcome = build_zone(d, &copy, &zone, e);
	if (outcome == DONE && zone != NULL)
		d->zones[d->count++] = zone; /* in the order of the walk: of names */
	return outcome;
}

static int load_all_frozen(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	struct hosts *hosts = NULL;
	int64_t revision, zones;
	struct draft d;
	int outcome = r->engine->revision(r, &revision, e);
	if (outcome == DONE)
		outcome = r->engine->count(r, &zone_kind, &zones, e);
	if (outcome == DONE)
		outcome = draft_begin(&d, loader, (size_t)(outcome == DONE ? zones : 0), e);
	if (outcome != DONE)
		return outcome;
	d.count = 0; /* nothing of what is served is kept */
	outcome = r->engine->each(r, &zone_kind, NULL, collect_zone, &d, e);
	if (outcome == DONE)
		outcome = load_hosts(&d, &hosts, e);
	if (outcome == DONE) {
		struct hosts *first = loader->view->hosts == NULL ? hosts : NULL;
		if (first != NULL)
			swap_hosts(loader, hosts); /* there must be hosts before there is a snapshot */
		outcome = draft_publish(&d, e);
		if (outcome == DONE && first == NULL)
			swap_hosts(loader, hosts);
		else if (outcome != DONE && first == NULL) {
			hosts_free(hosts);
			free(hosts);
		}
	}
	draft_end(&d);
	if (outcome == DONE)
		serve_revision(loader, revision);
	return outcome;
}

static int load_all(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	int outcome = r->engine->freeze(r, e);
	if (outcome == DONE)
		outcome = load_all_frozen(loader, e);
	r->engine->rollback(r);
	return outcome;
}

/* What changed. */

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
	if (f->zone_count == f->zone_room) {
		size_t room = f->zone_room == 0 ? 16 : f->zone_room * 2;
		const char **zones = arena_take(&f->arena, room * sizeof *zones);
		if (zones == NULL)
			return fail(e, FAILED, "out of memory");
		if (f->zone_count > 0)
			memcpy(zones, f->zones, f->zone_count * sizeof *zones);
		f->zones = zones;
		f->zone_room = room;
	}
	char *copy = arena_text(&f->arena, name);
	if (copy == NULL)
		return fail(e, FAILED, "out of memory");
	f->zones[f->zone_count++] = copy;
	return DONE;
}

/* The zone that a host is in has another content now. */
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

/* Secondaries are to get new signatures. */
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
	return outcome == FAILED ? fail(e, FAILED, "%s", why.text) : DONE;
}

static int follow_host(struct following *f, const char *name, struct error *e)
{
	struct registry *r = f->loader->registry;
	struct arena arena = { 0 };
	struct host row = { .name = name };
	int outcome = r->engine->get(r, &host_kind, &row, &arena, &row, e);
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
	static const char *const of_snapshot[] = { "relay", "observation", "release", "pool", "rule", "tsig",
		"secondary" };
	struct following *f = context;
	f->revision = change->revision;
	if (strcmp(change->kind, "host") == 0)
		return follow_host(f, change->key, e);
	if (strcmp(change->kind, "zone") == 0 || strcmp(change->kind, "record") == 0)
		return note_zone(f, change->key, e);
	if (strcmp(change->kind, "signatures") == 0)
		mark_signed(f);
	for (size_t i = 0; i < sizeof of_snapshot / sizeof of_snapshot[0]; i++)
		f->fleet |= strcmp(change->kind, of_snapshot[i]) == 0;
	return DONE;
}

static int rebuild(struct following *f, struct error *e)
{
	struct draft d;
	int outcome = draft_begin(&d, f->loader, f->zone_count, e);
	for (size_t i = 0; i < f->zone_count && outcome == DONE; i++)
		outcome = rebuild_zone(&d, f->zones[i], e);
	if (outcome == DONE)
		outcome = draft_publish(&d, e);
	for (size_t i = 0; f->fleet && outcome == DONE && i < d.count; i++) /* pools are in every zone */
		atomic_store_explicit(&d.zones[i]->changed, true, memory_order_relaxed);
	draft_end(&d);
	return outcome;
}

static int follow_frozen(struct following *f, struct error *e)
{
	struct loader *loader = f->loader;
	struct registry *r = loader->registry;
	int64_t newest;
	int outcome = r->engine->revision(r, &newest, e);
	if (outcome == DONE && newest < loader->revision)
		return load_all_frozen(loader, e);
	if (outcome == DONE)
		outcome = r->engine->touched(r, loader->revision, follow_change, f, e);
	if (outcome == ABSENT)
		return load_all_frozen(loader, e);
	bool new_day = pools_due(&view_snapshot(loader->view)->pools, clock_date());
	if (outcome == DONE && (f->zone_count > 0 || f->fleet || new_day))
		outcome = rebuild(f, e);
	if (outcome == DONE)
		serve_revision(loader, newest);
	return outcome;
}

static int follow(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	struct following f = { .loader = loader };
	int outcome = r->engine->freeze(r, e);
	if (outcome == DONE)
		outcome = follow_frozen(&f, e);
	r->engine->rollback(r);
	arena_free(&f.arena);
	return outcome;
}

/* Trouble. */

static void say_trouble(struct loader *loader, const struct error *e)
{
	if (strncmp(loader->trouble, e->text, sizeof loader->trouble - 1) == 0)
		return;
	snprintf(loader->trouble, sizeof loader->trouble, "%.*s", DOORBELL_TEXT - 1, e->text);
	atomic_store_explicit(&loader->view->stale, true, memory_order_relaxed);
	log_error("the registry cannot be followed; answers go on from memory revision=%" PRId64
		  " why=\"%s\"", loader->revision, e->text);
}

static void say_well(struct loader *loader)
{
	if (loader->trouble[0] == '\0')
		return;
	loader->trouble[0] = '\0';
	atomic_store_explicit(&loader->view->stale, false, memory_order_relaxed);
	log_notice("the registry is followed again revision=%" PRId64, loader->revision);
}

static void drop_registry(struct loader *loader)
{
	registry_close(loader->registry);
	loader->registry = NULL;
	loader->retry_at = clock_ticks();
}

static int open_registry(struct loader *loader, struct error *e)
{
	bool ignored;
	int outcome = registry_open(loader->path, REGISTRY_READ, &loader->registry, e);
	if (outcome != DONE)
		loader->registry = NULL;
	else {
		loader->registry->engine->patience(loader->registry, 200);
		outcome = loader->registry->engine->moved(loader->registry, &ignored, e);
		if (outcome == DONE)
			outcome = load_all(loader, e);
		if (outcome != DONE)
			drop_registry(loader);
	}
	return outcome;
}

int loader_start(struct loader *loader, struct error *e)
{
	return open_registry(loader, e);
}

/* Whether there is something to follow; FAILED and ABSENT as `moved` has them. */
static int look(struct loader *loader, bool *moved, struct error *e)
{
	struct registry *r = loader->registry;
	int outcome = r->engine->moved(r, moved, e);
	if (outcome == ABSENT)
		drop_registry(loader);
	*moved |= loader->trouble[0] != '\0';
	*moved |= pools_due(&view_snapshot(loader->view)->pools, clock_date());
	return outcome;
}

bool loader_follow(struct loader *loader)
{
	struct error e;
	int64_t before = loader->revision;
	bool moved = true;
	int outcome;
	if (loader->registry == NULL) {
		if (clock_ticks() < loader->retry_at)
			return false;
		loader->retry_at = clock_ticks() + RETRY;
		outcome = open_registry(loader, &e);
	} else {
		outcome = look(loader, &moved, &e);
		if (outcome == DONE && moved)
			outcome = follow(loader, &e);
	}
	if (outcome != DONE)
		say_trouble(loader, &e);
	else
		say_well(loader);
	return loader->revision != before;
}

static size_t count_moved(const uint8_t *moved, size_t size)
{
	struct host row;
	size_t at = 0, count = 0;
	while (moved_next(moved, size, &at, &row))
		count++;
	return at == size ? count : 0;
}

/* False where the registry is to be asked: it has the rest, or the truth. */
static bool take_moved(struct loader *loader, int64_t from, int64_t revision, const uint8_t *moved, size_t size)
{
	struct following f = { .loader = loader };
	struct host row;
	struct error e;
	size_t at = 0, count = count_moved(moved, size);
	if (count == 0 || from != loader->revision || from + (int64_t)count != revision || loader->trouble[0] != '\0')
		return false;
	while (moved_next(moved, size, &at, &row))
		if (put_host(&f, &row, &e) != DONE)
			return false;
	serve_revision(loader, revision);
	return true;
}

void loader_hear(struct loader *loader, int64_t from, int64_t revision, const uint8_t *moved, size_t size)
{
	struct error e;
	if (loader->revision >= revision || take_moved(loader, from, revision, moved, size))
		return;
	if (loader->registry != NULL && loader->trouble[0] == '\0')
		follow(loader, &e); /* trouble comes again below, and is said there */
	if (loader->revision < revision)
		loader_follow(loader);
}

void loader_reload(struct loader *loader)
{
	struct error e;
	if (loader->registry != NULL)
		drop_registry(loader);
	loader->rekey = true;
	if (open_registry(loader, &e) != DONE)
		say_trouble(loader, &e);
	else
		say_well(loader);
	loader->rekey = false;
}

void loader_reclaim(struct loader *loader)
{
	struct hosts *hosts = loader->view->hosts;
	if (hosts->retired == NULL)
		return;
	synchronize_rcu();
	hosts_reclaim(hosts);
}

void loader_stop(struct loader *loader)
{
	if (loader->registry != NULL)
		registry_close(loader->registry);
	snapshot_free(loader->view->snapshot);
	if (loader->view->hosts != NULL) {
		hosts_free(loader->view->hosts);
		free(loader->view->hosts);
	}
}
