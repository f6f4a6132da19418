/* SPDX-License-Identifier: BSD-2-Clause */
/* A transfer's RRs, from the registry or from a signed zone's image. */
#include "dnsd/serve/transfer_fill.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/view/zone_view.h"
#include "lib/clock.h"
#include "registry/serial.h"
#include "zone/catalog.h"
#include "zone/content.h"
#include "zone/difference.h"

/* A frozen picture of the registry, and what is made from it. */
struct filling {
	struct transfer_source *source;
	const struct transfer_wish *wish;
	struct stream *stream;
	bool incremental;
	struct registry *registry;
	struct arena arena;
	struct zone row;
	int64_t revision;
	uint32_t serial, offset; /* serial = revision + offset */
	struct rr_list pools;
	/* unsigned zones */
	uint8_t soa_rdata[SOA_RDATA_MOST];
	struct zone_rr soa;
};

static int take(const struct zone_rr *rr, void *context, struct error *e)
{
	return stream_add(context, rr, e);
}

static int get_row(struct filling *f, struct error *e)
{
	const struct zone key = { .name = f->wish->zone };
	if (f->wish->is_catalog) {
		f->row = catalog_row(f->wish->zone);
		return DONE;
	}
	return registry_get(f->registry, &zone_kind, &key, &f->arena, &f->row, e);
}

/* Finds the offset. The registry may have been raised since the view was loaded: serials are its revisions again then. */
static int find_offset(struct filling *f, struct error *e)
{
	struct serial_mark mark;
	int64_t offset = f->offset;
	int outcome = serial_mark_read(f->source->registry, &mark, e);
	if (outcome == DONE)
		outcome = serial_judge(f->registry, &mark, &offset, e);
	f->offset = (uint32_t)offset;
	return outcome < 0 ? outcome : DONE;
}

static int freeze(struct filling *f, struct error *e)
{
	struct registry *r = f->registry;
	int outcome = registry_freeze(r, e);
	if (outcome == DONE)
		outcome = registry_revision(r, &f->revision, e);
	f->offset = f->wish->offset;
	if (outcome == DONE && f->offset != 0)
		outcome = find_offset(f, e);
	f->serial = (uint32_t)f->revision + f->offset;
	return outcome == DONE ? get_row(f, e) : outcome;
}

/* Finds the pools' RRs: those that went with this serial before, so that all secondaries get the same. */
static int find_pools(struct filling *f, struct error *e)
{
	struct pool_ledger *ledger = &f->source->ledger;
	struct rr_list first;
	if (pool_ledger_find(ledger, f->serial, &f->pools))
		return DONE;
	int outcome = zone_content_pools(f->registry, clock_date(), &f->pools, e);
	if (outcome != DONE)
		return outcome;
	pool_ledger_keep(ledger, f->serial, &f->pools);
	if (pool_ledger_find(ledger, f->serial, &first)) { /* another thread may have kept others meanwhile */
		free(f->pools.octets);
		f->pools = first;
	}
	return DONE;
}

/* A zone that is not signed: straight from the registry. */

/* Writes a difference: the old SOA, removed RRs, the new SOA, added RRs (RFC 1995 section 4). */
static int put_difference(struct filling *f, const struct rr_list *removed, const struct rr_list *added, struct error *e)
{
	uint8_t rdata[SOA_RDATA_MOST];
	struct zone_rr old = f->soa;
	memcpy(rdata, f->soa.rdata, f->soa.length);
	octets_put_32(rdata + old.length - SOA_NUMBERS, f->wish->serial);
	old.rdata = rdata;
	int outcome = stream_add(f->stream, &old, e);
	if (outcome == DONE)
		outcome = rr_list_walk(removed, take, f->stream, e);
	if (outcome == DONE)
		outcome = stream_add(f->stream, &f->soa, e);
	return outcome == DONE ? rr_list_walk(added, take, f->stream, e) : outcome;
}

/* ABSENT when the whole zone must be sent instead. */
static int fill_difference(struct filling *f, struct error *e)
{
	struct rr_list former = { 0 }, removed = { 0 }, added = { 0 };
	uint32_t from = f->wish->serial;
	if (f->offset != 0)
		return fail(e, ABSENT, "serials are not revisions now");
	bool known = pool_ledger_find(&f->source->ledger, from, &former);
	int outcome = zone_content_difference(f->registry, &f->row, f->revision - (uint32_t)(f->serial - from),
		known ? &former : NULL, &f->pools, &removed, &added, e);
	if (outcome == REFUSED)
		outcome = ABSENT;
	if (outcome == DONE)
		outcome = put_difference(f, &removed, &added, e);
	f->incremental = outcome == DONE;
	free(former.octets);
	free(removed.octets);
	free(added.octets);
	return outcome;
}

/* Writes what stands between the first SOA and the last. */
static int fill_between(struct filling *f, struct error *e)
{
	if (f->wish->is_catalog)
		return catalog_walk(f->registry, f->wish->zone, take, f->stream, e);
	int outcome = find_pools(f, e), whole = ABSENT;
	if (outcome == DONE && f->wish->has_serial)
		whole = fill_difference(f, e);
	if (outcome != DONE || whole != ABSENT)
		return outcome == DONE ? whole : outcome;
	return zone_content_walk(f->registry, &f->row, &f->pools, take, f->stream, e);
}

static int fill_unsigned(struct filling *f, struct error *e)
{
	f->soa = (struct zone_rr){ .owner = &f->wish->apex, .type = TYPE_SOA, .ttl = (uint32_t)f->row.ttl,
		.rdata = f->soa_rdata };
	int outcome = zone_content_soa(&f->row, f->serial, f->soa_rdata, &f->soa.length, e);
	if (outcome == DONE)
		outcome = stream_add(f->stream, &f->soa, e);
	if (outcome != DONE || (f->wish->has_serial && !serial_behind(f->wish->serial, f->serial)))
		return outcome;
	outcome = fill_between(f, e);
	return outcome == DONE ? stream_add(f->stream, &f->soa, e) : outcome;
}

/* Fills in a signed zone from its image. Signing may take long, so the picture is released before. */
static int fill_signed(struct filling *f, struct zone_image *image, struct error *e)
{
	struct registry *r = f->registry;
	const uint32_t *from = f->wish->has_serial ? &f->wish->serial : NULL;
	int outcome = find_pools(f, e);
	if (outcome == DONE)
		outcome = zone_image_follow(image, r, &f->row, f->revision, f->serial, &f->pools, e);
	registry_rollback(r);
	if (outcome == DONE)
		outcome = zone_image_publish(image, e);
	return outcome == DONE ? zone_image_walk(image, from, &f->incremental, take, f->stream, e) : outcome;
}

/* Waits for the image before it takes the picture, for others may sign for long, and a picture holds up the registry's
 * log. */
static int fill(struct filling *f, struct error *e)
{
	struct zone_image *image = NULL;
	int outcome = get_row(f, e);
	if (outcome == DONE && f->row.signed_ != ZONE_UNSIGNED) {
		image = zone_image_take(&f->source->images, &f->wish->apex);
		outcome = image == NULL ? fail(e, FAILED, "out of memory") : DONE;
	}
	if (outcome == DONE)
		outcome = freeze(f, e);
	if (outcome == DONE && (f->row.signed_ != ZONE_UNSIGNED) != (image != NULL))
		outcome = fail(e, HARMFUL, "it was just signed, or no longer is");
	if (outcome == DONE)
		outcome = image != NULL ? fill_signed(f, image, e) : fill_unsigned(f, e);
	if (image != NULL)
		zone_image_release(image);
	return outcome;
}

int transfer_fill(struct transfer_source *source, const struct transfer_wish *wish, struct stream *stream,
	bool *incremental, struct error *e)
{
	struct filling f = { .source = source, .wish = wish, .stream = stream };
	int outcome = registry_open(source->registry, REGISTRY_READ, &f.registry, e);
	if (outcome != DONE)
		return FAILED;
	outcome = fill(&f, e);
	registry_rollback(f.registry);
	registry_close(f.registry);
	free(f.pools.octets);
	arena_free(&f.arena);
	*incremental = f.incremental;
	return outcome;
}
