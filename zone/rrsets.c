/* SPDX-License-Identifier: BSD-2-Clause */
/* RRs that are gathered to RRsets: a whole zone, or what changed of it. */
#include "zone/rrsets.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "zone/content.h"
#include "zone/difference.h"
#include "zone/rows.h"

/* RRs that make one RRset: its TTL is the least of theirs (RFC 2181 section 5.2). */
struct gathering {
	struct zone_rrset set;
	uint8_t *octets;
	size_t size, room;
	zone_rrset_taker *take;
	void *context;
};

static int gather(struct gathering *g, const struct zone_rr *rr, struct error *e)
{
	size_t more = 2 + (size_t)rr->length;
	if (!array_room(&g->octets, &g->room, g->size + more, 1))
		return fail(e, FAILED, "out of memory");
	octets_put_16(g->octets + g->size, rr->length);
	memcpy(g->octets + g->size + 2, rr->rdata, rr->length);
	g->size += more;
	g->set.ttl = rr->ttl < g->set.ttl ? rr->ttl : g->set.ttl;
	return DONE;
}

static void begin_set(struct gathering *g, const struct name *owner, uint16_t type)
{
	g->set = (struct zone_rrset){ .owner = *owner, .type = type, .ttl = UINT32_MAX };
	g->size = 0;
}

static int give_set(struct gathering *g, struct error *e)
{
	g->set.rdatas = (struct rdatas){ g->octets, g->size };
	return g->take(&g->set, g->context, e);
}

static bool belongs(const struct gathering *g, const struct zone_rr *rr)
{
	return g->set.type == rr->type && name_equal(&g->set.owner, rr->owner);
}

/* The whole zone: an RRset's RRs come together. */

static int take_next(const struct zone_rr *rr, void *context, struct error *e)
{
	struct gathering *g = context;
	int outcome = DONE;
	if (g->size > 0 && !belongs(g, rr))
		outcome = give_set(g, e);
	if (g->size == 0 || !belongs(g, rr))
		begin_set(g, rr->owner, rr->type);
	return outcome == DONE ? gather(g, rr, e) : outcome;
}

int zone_content_rrsets(struct registry *registry, const struct zone *zone, const struct rr_list *pools,
	zone_rrset_taker *take, void *context, struct error *e)
{
	struct gathering g = { .take = take, .context = context };
	int outcome = zone_content_walk(registry, zone, pools, take_next, &g, e);
	if (outcome == DONE && g.size > 0)
		outcome = give_set(&g, e);
	free(g.octets);
	return outcome;
}

/* Those that changed. */

struct which {
	struct name owner;
	uint16_t type;
};

struct selection {
	struct zone_rows rows;
	const struct rr_list *pools;
	struct gathering gathering;
	struct which *list;
	size_t count, room;
};

static int select_rr(const struct zone_rr *rr, void *context, struct error *e)
{
	struct selection *s = context;
	if (!array_room(&s->list, &s->room, s->count + 1, sizeof *s->list))
		return fail(e, FAILED, "out of memory");
	s->list[s->count++] = (struct which){ *rr->owner, rr->type };
	return DONE;
}

static int compare(const void *a, const void *b)
{
	const struct which *x = a, *y = b;
	if (x->type != y->type || x->owner.size != y->owner.size)
		return (x->type - y->type) * 256 + x->owner.size - y->owner.size;
	return memcmp(x->owner.wire, y->owner.wire, x->owner.size);
}

static int take_of_set(const struct zone_rr *rr, void *context, struct error *e)
{
	struct selection *s = context;
	return belongs(&s->gathering, rr) ? gather(&s->gathering, rr, e) : DONE;
}

static int take_record(const void *row, void *context, struct error *e)
{
	return zone_rows_record(context, row, e);
}

static int take_pool(const struct zone_rr *rr, void *context, struct error *e)
{
	return zone_rows_pool(context, rr, e);
}

static int take_host(struct selection *s, const char *name, struct error *e)
{
	struct arena arena = { 0 };
	struct host host = { .name = name };
	struct registry *r = s->rows.registry;
	int outcome = registry_get(r, &host_kind, &host, &arena, &host, e);
	if (outcome == DONE)
		outcome = zone_rows_host(&s->rows, &host, e);
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome;
}

/* Gives an RRset as it is now, from all rows that may have a part in it. */
static int give_now(struct selection *s, const struct which *which, struct error *e)
{
	char owner[NAME_TEXT];
	struct registry *r = s->rows.registry;
	name_write(which->owner.wire, owner);
	const struct record of = { .zone = s->rows.zone->name, .owner = owner };
	begin_set(&s->gathering, &which->owner, which->type);
	int outcome = registry_each_in(r, &record_kind, &of, take_record, &s->rows, e);
	if (outcome == DONE)
		outcome = zone_rows_flush(&s->rows, e);
	if (outcome == DONE)
		outcome = take_host(s, owner, e);
	if (outcome == DONE && strncmp(owner, "*.", 2) == 0)
		outcome = take_host(s, owner + 2, e);
	if (outcome == DONE && zone_rows_is_pool(&s->rows, &which->owner))
		outcome = rr_list_walk(s->pools, take_pool, &s->rows, e);
	return outcome == DONE ? give_set(&s->gathering, e) : outcome;
}

static int give_selected(struct selection *s, struct error *e)
{
	int outcome = zone_rows_begin(&s->rows, false, e);
	if (s->count > 1)
		qsort(s->list, s->count, sizeof *s->list, compare);
	for (size_t i = 0; i < s->count && outcome == DONE; i++)
		if (i == 0 || compare(&s->list[i - 1], &s->list[i]) != 0)
			outcome = give_now(s, &s->list[i], e);
	zone_rows_end(&s->rows);
	return outcome;
}

int zone_content_changed(struct registry *registry, const struct zone *zone, int64_t after,
	const struct rr_list *former, const struct rr_list *pools, zone_rrset_taker *take, void *context, struct error *e)
{
	struct rr_list removed = { 0 }, added = { 0 };
	struct selection s = { .rows = { .registry = registry, .zone = zone, .take = take_of_set }, .pools = pools,
		.gathering = { .take = take, .context = context } };
	s.rows.context = &s;
	int outcome = zone_content_difference(registry, zone, after, former, pools, &removed, &added, e);
	if (outcome == DONE)
		outcome = rr_list_walk(&removed, select_rr, &s, e);
	if (outcome == DONE)
		outcome = rr_list_walk(&added, select_rr, &s, e);
	if (outcome == DONE)
		outcome = give_selected(&s, e);
	free(removed.octets);
	free(added.octets);
	free(s.list);
	free(s.gathering.octets);
	return outcome;
}
