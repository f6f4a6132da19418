/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rekey.h"

#include <urcu-qsbr.h>

#include "lib/clock.h"
#include "lib/log.h"

enum { LOOK = 1000 /* milliseconds between looks at the directory of keys */ };

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

void rekey_zone(const struct loader *loader, struct zone_view *zone)
{
	const struct snapshot *served = view_snapshot(loader->view);
	const struct zone_view *old = served == NULL ? NULL : snapshot_find(served, zone->name.wire, zone->name.size);
	struct signing_keys *keys = old == NULL ? NULL : keys_of(old);
	if (zone->signed_ == ZONE_UNSIGNED)
		return;
	bool same = keys != NULL && old->signed_ == zone->signed_ && old->ttl == zone->ttl && !loader->rekey;
	struct signing_keys *fresh = same ? NULL : read_keys(loader, zone);
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

void rekey_all(struct loader *loader)
{
	const struct snapshot *snapshot = view_snapshot(loader->view);
	int64_t now = clock_ticks();
	if (now < loader->keys_due || snapshot == NULL)
		return;
	loader->keys_due = now + LOOK;
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
