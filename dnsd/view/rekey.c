/* SPDX-License-Identifier: BSD-2-Clause */
/* When key files are read again, and which keys a zone has whose files cannot be read. */
#include "dnsd/view/rekey.h"

#include <stdio.h>
#include <string.h>
#include <urcu-qsbr.h>

#include "lib/clock.h"
#include "lib/log.h"

enum {
	LOOK = 1000,   /* milliseconds between looks at the directory of keys */
	REMIND = 60000, /* milliseconds between log lines about one zone */
};

static struct signing_keys *keys_of(const struct zone_view *zone)
{
	return atomic_load_explicit(&zone->keys, memory_order_relaxed);
}

static void say_stuck(const struct loader *loader, struct zone_view *zone, bool keeps, const struct error *e)
{
	int64_t now = clock_ticks();
	char text[NAME_TEXT];
	bool first = !zone->keys_stuck;
	zone->keys_stuck = true;
	if (!first && now - zone->keys_said < REMIND)
		return;
	zone->keys_said = now;
	name_write(zone->name.wire, text);
	log_error("a signed zone's keys cannot be read; %s, and tries again zone=\"%s\" why=\"%s\"",
		keeps ? "it keeps those it has" : "it is served unsigned", text,
		loader->key_directory == NULL ? "there is no directory of keys" : e->text);
}

static void say_well(struct zone_view *zone)
{
	char text[NAME_TEXT];
	if (!zone->keys_stuck)
		return;
	zone->keys_stuck = false;
	name_write(zone->name.wire, text);
	log_notice("a signed zone's keys can be read again zone=\"%s\"", text);
}

/* Reads the keys that the zone is to have now. NULL, and a line in the log, when they cannot be read. KEEPS: the zone has
 * keys already. */
static struct signing_keys *read_keys(struct loader *loader, struct zone_view *zone, bool keeps)
{
	struct signing_keys *keys;
	struct error e = { "there is no directory of keys" };
	if (loader->key_directory != NULL
		&& signing_keys_read(loader->key_directory, &zone->name, zone->ttl, zone->signed_ == ZONE_LEAVING, clock_date(),
			&keys, &e) == DONE) {
		say_well(zone);
		return keys;
	}
	say_stuck(loader, zone, keeps, &e);
	if (loader->stuck == 0) /* only the first zone's trouble is kept */
		snprintf(loader->keys_trouble, sizeof loader->keys_trouble, "%.*s", DOORBELL_TEXT - 1, e.text);
	return NULL;
}

void rekey_zone(struct loader *loader, struct zone_view *zone)
{
	const struct snapshot *served = view_snapshot(loader->view);
	const struct zone_view *old = served == NULL ? NULL : snapshot_find(served, zone->name.wire, zone->name.size);
	struct signing_keys *keys = old == NULL ? NULL : keys_of(old);
	if (zone->signed_ == ZONE_UNSIGNED)
		return;
	if (old != NULL) {
		zone->keys_stuck = old->keys_stuck;
		zone->keys_said = old->keys_said;
	}
	bool same = keys != NULL && old->signed_ == zone->signed_ && old->ttl == zone->ttl && !loader->rekey;
	struct signing_keys *fresh = same ? NULL : read_keys(loader, zone, keys != NULL);
	if (fresh == NULL && keys != NULL) {
		keys->holders++;
		fresh = keys;
	}
	atomic_store_explicit(&zone->keys, fresh, memory_order_release);
	if (old != NULL)
		atomic_store_explicit(&zone->pools_asked,
			atomic_load_explicit(&old->pools_asked, memory_order_relaxed), memory_order_relaxed);
}

/* Reads a zone's keys again; true when they differ from the old ones. *OLD is to be freed when no reader is left. */
static bool renew_keys(struct loader *loader, struct zone_view *zone, struct signing_keys **old)
{
	*old = keys_of(zone);
	struct signing_keys *fresh = read_keys(loader, zone, *old != NULL);
	if (fresh == NULL)
		return false;
	if (*old != NULL && fresh->print == (*old)->print) {
		signing_keys_free(fresh);
		return false;
	}
	atomic_store_explicit(&zone->keys, fresh, memory_order_release);
	return true;
}

/* Whether files were added to the directory, removed or replaced since the last call. */
static bool directory_moved(struct loader *loader)
{
	int64_t seen = loader->key_directory == NULL ? 0 : clock_changed(loader->key_directory);
	if (seen == 0)
		return false;
	bool moved = seen != loader->keys_seen;
	loader->keys_seen = seen;
	return moved;
}

/* Whether the zone's files are to be read: the directory changed, a date has come, or the clock was set back. Files that
 * could not be read are tried again, for a new owner or mode does not change the directory. */
static bool is_due(const struct zone_view *zone, bool moved, int64_t date)
{
	const struct signing_keys *keys = keys_of(zone);
	return moved || zone->keys_stuck || keys == NULL || date >= keys->next || date < keys->since;
}

void rekey_all(struct loader *loader)
{
	const struct snapshot *snapshot = view_snapshot(loader->view);
	int64_t now = clock_ticks();
	size_t bare = 0, stuck = 0;
	if (now < loader->keys_due || snapshot == NULL)
		return;
	loader->keys_due = now + LOOK;
	bool moved = directory_moved(loader);
	loader->stuck = 0;
	for (size_t i = 0; i < snapshot->zone_count; i++) {
		struct zone_view *zone = snapshot->zones[i];
		struct signing_keys *old;
		if (zone->signed_ == ZONE_UNSIGNED)
			continue;
		if (is_due(zone, moved, clock_date()) && renew_keys(loader, zone, &old)) {
			synchronize_rcu();
			signing_keys_free(old);
		}
		bare += keys_of(zone) == NULL;
		stuck += zone->keys_stuck;
		loader->stuck = stuck;
	}
	loader->bare = bare;
}

void rekey_tell(const struct loader *loader, struct doorbell_zone *asked)
{
	struct name name = { .size = asked->size };
	const struct snapshot *snapshot = view_snapshot(loader->view);
	memcpy(name.wire, asked->name, asked->size);
	const struct zone_view *zone = snapshot == NULL || asked->size == 0 ? NULL
		: snapshot_find(snapshot, name.wire, name.size);
	const struct signing_keys *keys = zone == NULL ? NULL : keys_of(zone);
	asked->served = zone != NULL;
	asked->stuck = zone != NULL && zone->keys_stuck;
	asked->signers = keys == NULL ? 0 : (uint8_t)keys->count;
	asked->keys = keys == NULL ? 0 : (uint8_t)keys->published;
	if (keys != NULL)
		memcpy(asked->tags, keys->tags, sizeof asked->tags);
}
