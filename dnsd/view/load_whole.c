/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads every zone and host anew, and finds the serial that follows those served before. */
#include "dnsd/view/load_whole.h"

#include <inttypes.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include "dnsd/view/next_snapshot.h"
#include "lib/clock.h"
#include "lib/log.h"

/* Hosts. */

struct host_walk {
	struct hosts *hosts;
	struct next_snapshot *next;
};

static int add_host(const void *row, void *context, struct error *e)
{
	struct host_walk *walk = context;
	struct error why;
	int outcome = hosts_put(walk->hosts, row, &why);
	if (outcome == REFUSED)
		return next_refuse(walk->next, &why);
	if (outcome == UNCHANGED) {
		if (walk->hosts->closed == 1) /* only the first is kept: with a wrong key file it happens to all */
			walk->next->closed = why;
		return DONE;
	}
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

static int load_hosts(struct next_snapshot *d, struct hosts **hosts, struct error *e)
{
	struct registry *r = d->loader->registry;
	int64_t count;
	*hosts = calloc(1, sizeof **hosts);
	if (*hosts == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = registry_count(r, &host_kind, &count, e);
	if (outcome == DONE)
		outcome = hosts_init(*hosts, (size_t)count, d->loader->keys, e);
	struct host_walk walk = { *hosts, d };
	if (outcome == DONE)
		outcome = registry_each(r, &host_kind, NULL, add_host, &walk, e);
	if (outcome == DONE && (*hosts)->closed > 0 && d->loader->keys != NULL)
		log_warning("hosts' secrets cannot be opened; their addresses are served, their relays not authenticated "
			    "hosts=%zu first=\"%s\"", (*hosts)->closed, d->closed.text);
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

void load_serve(struct loader *loader, int64_t revision)
{
	loader->revision = revision;
	loader->mark.revision = revision;
	loader->mark.offset = loader->offset;
	serial_mark_write(loader->mark_file, &loader->mark);
	loader->loaded_at = clock_date();
	atomic_store_explicit(&loader->view->offset, (uint32_t)loader->offset, memory_order_relaxed);
	atomic_store_explicit(&loader->view->serial, (uint32_t)(revision + loader->offset),
		memory_order_release);
}

/* Finds by how much serials exceed the revisions of a registry that was opened or went back. */
static int settle_serials(struct loader *loader, int64_t revision, struct error *e)
{
	int64_t offset;
	int outcome = serial_judge(loader->registry, &loader->mark, &offset, e);
	if (outcome < 0)
		return outcome;
	if (outcome == HARMFUL)
		log_warning("%s; serials go on past it, and the updater is asked to raise its revision offset=%" PRId64, e->text,
			offset);
	else if (loader->offset != 0 && offset == 0)
		log_notice("the registry's revision was raised past all serials that were served revision=%" PRId64, revision);
	loader->offset = offset;
	loader->mark.anchor = 0; /* the old one may be of another history of the registry */
	return serial_anchor(loader->registry, revision, &loader->mark, e);
}

/* Everything. */

static int collect_zone(const void *row, void *context, struct error *e)
{
	struct next_snapshot *d = context;
	struct zone_view *zone;
	struct zone copy;
	int outcome = row_copy(&zone_kind, row, &copy, &d->scratch, e);
	if (outcome == DONE)
		outcome = next_zone(d, &copy, &zone, e);
	if (outcome == DONE && zone != NULL)
		d->zones[d->count++] = zone; /* in the order of the walk: of names */
	return outcome;
}

int load_whole_frozen(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	struct hosts *hosts = NULL;
	int64_t revision, zones;
	struct next_snapshot d;
	int outcome = registry_revision(r, &revision, e);
	if (outcome == DONE)
		outcome = registry_count(r, &zone_kind, &zones, e);
	if (outcome == DONE)
		outcome = next_begin(&d, loader, (size_t)(outcome == DONE ? zones : 0), e);
	if (outcome != DONE)
		return outcome;
	d.count = 0; /* keeps none of the zones that are served */
	outcome = registry_each(r, &zone_kind, NULL, collect_zone, &d, e);
	if (outcome == DONE)
		outcome = load_hosts(&d, &hosts, e);
	if (outcome == DONE) {
		struct hosts *first = loader->view->hosts == NULL ? hosts : NULL;
		if (first != NULL)
			swap_hosts(loader, hosts); /* there must be hosts before there is a snapshot */
		outcome = next_publish(&d, e);
		if (outcome == DONE && first == NULL)
			swap_hosts(loader, hosts);
		else if (outcome != DONE && first == NULL) {
			hosts_free(hosts);
			free(hosts);
		}
	}
	next_end(&d);
	if (outcome == DONE)
		outcome = settle_serials(loader, revision, e);
	if (outcome == DONE)
		load_serve(loader, revision);
	return outcome;
}

int load_whole(struct loader *loader, struct error *e)
{
	struct registry *r = loader->registry;
	int outcome = registry_freeze(r, e);
	if (outcome == DONE)
		outcome = load_whole_frozen(loader, e);
	registry_rollback(r);
	return outcome;
}
