/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides when the view is loaded: at the start, when the registry has changed, and again after trouble. */
#include "dnsd/view/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/view/load_changes.h"
#include "dnsd/view/load_whole.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/place.h"

enum {
	RETRY = 1000,  /* milliseconds between attempts to open a registry that is gone */
	ANCHOR = 1000, /* milliseconds between anchors of the mark */
};

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
		registry_patience(loader->registry, 200);
		outcome = registry_news(loader->registry, &ignored, e);
		if (outcome == DONE)
			outcome = load_whole(loader, e);
		if (outcome != DONE)
			drop_registry(loader);
	}
	return outcome;
}

/* Without a registry that can be read, answers come from the copy of it that was made last, as if the registry had gone
 * away just now: it is looked for again and again. What was wrong with it stays in E if there is no good copy. */
static int open_copy(struct loader *loader, int outcome, struct error *e)
{
	char path[PLACE_MOST];
	const char *registry = loader->path;
	struct error why, other;
	place_real(registry, place_suffix(PLACE_LAST_COPY), path);
	if (access(path, F_OK) != 0)
		return outcome;
	loader->path = path;
	int copied = open_registry(loader, &other);
	loader->path = registry;
	why = *e;
	if (copied != DONE)
		return fail(e, outcome, "%.200s; and its copy: %.200s", why.text, other.text);
	log_warning("answers are those of a copy of the registry that was made %" PRId64 " minutes ago copy=%s revision=%" PRId64,
		(clock_date() - clock_changed(path) / 1000000000) / 60, path, loader->revision);
	drop_registry(loader);
	say_trouble(loader, &why);
	return DONE;
}

int loader_start(struct loader *loader, struct error *e)
{
	struct error why;
	loader->mark_file = -1;
	if (serial_mark_read(loader->path, &loader->mark, &why) != DONE)
		loader->mark = (struct serial_mark){ 0 };
	int outcome = open_registry(loader, e);
	if (outcome != DONE)
		outcome = open_copy(loader, outcome, e);
	if (outcome != DONE)
		return outcome;
	loader->mark_file = serial_mark_open(loader->path, &why);
	if (loader->mark_file < 0)
		log_warning("what serial is served cannot be kept: a restart after the registry went back would not know "
			    "it why=\"%s\"", why.text);
	serial_mark_write(loader->mark_file, &loader->mark);
	return DONE;
}

void loader_anchor(struct loader *loader)
{
	struct registry *r = loader->registry;
	struct error e;
	int64_t now = clock_ticks();
	if (now < loader->anchor_due)
		return;
	loader->anchor_due = now + ANCHOR;
	if (r != NULL && loader->trouble[0] == '\0' && loader->mark.anchor != loader->revision
		&& serial_anchor(r, loader->revision, &loader->mark, &e) == DONE)
		serial_mark_write(loader->mark_file, &loader->mark);
}

/* Sets *MOVED to whether there is something to follow: a commit, a change by time alone, or trouble to be retried. ABSENT
 * when the registry's file is gone or replaced. */
static int look(struct loader *loader, bool *moved, struct error *e)
{
	struct registry *r = loader->registry;
	int outcome = registry_news(r, moved, e);
	if (outcome == ABSENT) {
		drop_registry(loader);
		loader->retry_at += RETRY; /* the updater saves what a removed log held, before another one is begun */
	}
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
			outcome = load_changes(loader, &e);
	}
	if (outcome != DONE)
		say_trouble(loader, &e);
	else
		say_well(loader);
	return loader->revision != before;
}

void loader_hear(struct loader *loader, int64_t from, int64_t revision, const uint8_t *changes, size_t size)
{
	struct error e;
	if (loader->revision >= revision || load_host_changes(loader, from, revision, changes, size))
		return;
	if (loader->registry != NULL && loader->trouble[0] == '\0')
		load_changes(loader, &e); /* trouble comes again below, and is said there */
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
	if (loader->mark_file >= 0)
		close(loader->mark_file);
	snapshot_free(loader->view->snapshot);
	if (loader->view->hosts != NULL) {
		hosts_free(loader->view->hosts);
		free(loader->view->hosts);
	}
}
