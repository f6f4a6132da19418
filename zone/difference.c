/* SPDX-License-Identifier: BSD-2-Clause */
/* What stood at each touched name before, and what stands there now. */
#include "zone/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "registry/difference.h"
#include "wire/rdata.h"
#include "zone/form.h"
#include "zone/rows.h"
#include "wire/type.h"

struct difference_of {
	struct zone_rows *rows;
	struct rr_list was, is, *removed, *added;
	const char **came_or_went; /* names of hosts that came or went, in strcmp's order */
	size_t count, room;
	char owner[NAME_TEXT]; /* the name whose records are being given; of it: */
	unsigned form;         /* what it is, and was, taken together (zone/form.h) */
	int aliases;           /* how many CNAMEs it had, of which one was served */
};

static int keep(const struct zone_rr *rr, void *context, struct error *e)
{
	return rr_list_add(context, rr) ? DONE : fail(e, FAILED, "out of memory");
}

static bool same_rr(const struct zone_rr *a, const struct zone_rr *b)
{
	return a->type == b->type && a->ttl == b->ttl && a->length == b->length
		&& memcmp(a->rdata, b->rdata, a->length) == 0 && name_equal(a->owner, b->owner);
}

/* Appends to ONLY the RRs of LIST that OTHER does not have. */
static bool without(const struct rr_list *list, const struct rr_list *other, struct rr_list *only)
{
	struct name owner = { 0 }, others = { 0 };
	struct zone_rr rr, o;
	bool well = true;
	for (size_t at = 0; well && rr_list_next(list, &at, &rr, &owner);) {
		bool there = false;
		for (size_t i = 0; !there && rr_list_next(other, &i, &o, &others);)
			there = same_rr(&rr, &o);
		well = there || rr_list_add(only, &rr);
	}
	return well;
}

static int compare(struct difference_of *d, struct error *e)
{
	bool well = without(&d->was, &d->is, d->removed) && without(&d->is, &d->was, d->added);
	d->was.size = d->is.size = 0;
	return well ? DONE : fail(e, FAILED, "out of memory");
}

/* Whether a host that comes or goes hides or shows such static data: addresses and a CNAME at its name, everything at
 * *.HOST. */
static bool is_hidden(const char *owner, int64_t type)
{
	return type == TYPE_A || type == TYPE_AAAA || type == TYPE_CNAME || strncmp(owner, "*.", 2) == 0;
}

static int refuse_meeting(struct error *e)
{
	return fail(e, ABSENT, "a host and static data met at a name");
}

static int find_hidden(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	(void)context;
	return is_hidden(record->owner, record->type) ? refuse_meeting(e) : DONE;
}

static int look_behind(const struct difference_of *d, const char *host, struct error *e)
{
	char wild[NAME_TEXT + 2];
	struct registry *r = d->rows->registry;
	struct record of = { .zone = d->rows->zone->name, .owner = host };
	int outcome = registry_each_in(r, &record_kind, &of, find_hidden, NULL, e);
	snprintf(wild, sizeof wild, "*.%s", host);
	of.owner = wild;
	return outcome == DONE ? registry_each_in(r, &record_kind, &of, find_hidden, NULL, e) : outcome;
}

static int note_name(struct difference_of *d, const char *host, struct error *e)
{
	char *copy = arena_text(&d->rows->arena, host);
	if (copy == NULL || !array_room(&d->came_or_went, &d->room, d->count + 1, sizeof *d->came_or_went))
		return fail(e, FAILED, "out of memory");
	d->came_or_went[d->count++] = copy; /* hosts come in the order of names, so the list is sorted */
	return DONE;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool came_or_went(const struct difference_of *d, const char *owner)
{
	const char *host = strncmp(owner, "*.", 2) == 0 ? owner + 2 : owner;
	return d->count > 0 && (bsearch(&owner, d->came_or_went, d->count, sizeof owner, compare_texts) != NULL
		|| bsearch(&host, d->came_or_went, d->count, sizeof host, compare_texts) != NULL);
}

static int differ_host(void *context, const struct host *was, const struct host *is, struct error *e)
{
	struct difference_of *d = context;
	d->rows->context = &d->was;
	int outcome = was == NULL ? DONE : zone_rows_host(d->rows, was, e);
	d->rows->context = &d->is;
	if (outcome == DONE && is != NULL)
		outcome = zone_rows_host(d->rows, is, e);
	if (outcome == DONE && (was == NULL) != (is == NULL)) {
		const char *host = was != NULL ? was->name : is->name;
		outcome = look_behind(d, host, e);
		if (outcome == DONE)
			outcome = note_name(d, host, e);
	}
	return outcome == DONE ? compare(d, e) : outcome;
}

/* Static records. Whether a record is served depends on what else its name has (zone/form.h). Where that hides
 * something, or may have hidden it, one record's change does not tell what became of the others, and the whole zone is
 * to be sent: ABSENT. */

struct neighbours {
	struct difference_of *d;
	const struct record *record;
	bool twin;
	int aliases;
};

static int take_neighbour(const void *row, void *context, struct error *e)
{
	struct neighbours *n = context;
	const struct record *other = row, *record = n->record;
	uint16_t type = (uint16_t)other->type;
	(void)e;
	n->d->form = form_with(n->d->form, type);
	n->aliases += type == TYPE_CNAME;
	n->twin |= type == record->type && rdata_compare(type, other->rdata, record->rdata) == 0
		&& record->rdata.size > 0 && memcmp(other->rdata.data, record->rdata.data, record->rdata.size) != 0;
	return DONE;
}

/* Called when all changes of a name were looked at. */
static int close_name(const struct difference_of *d, struct error *e)
{
	return d->aliases > 1 ? fail(e, ABSENT, "%s had more than one CNAME", d->owner) : DONE;
}

/* Adds up what the name is and has now, and what it had, as far as its changes tell. CAME: the record was not there
 * before; GONE: it is not there now. */
static int look_around(struct difference_of *d, const struct record *record, bool came, bool gone, struct error *e)
{
	struct neighbours n = { d, record, false, 0 };
	struct registry *r = d->rows->registry;
	const struct record of = { .zone = d->rows->zone->name, .owner = record->owner };
	struct name owner;
	bool same = strcmp(d->owner, record->owner) == 0;
	unsigned form = 0, had = same ? d->form & ~(unsigned)(FORM_ALIASES | FORM_RENAMINGS) : 0;
	if (name_read(record->owner, &owner, NULL) != DONE || !name_within(&owner, &d->rows->apex))
		return DONE; /* it is not served */
	int outcome = same ? DONE : close_name(d, e);
	if (outcome == DONE)
		outcome = zone_rows_form(d->rows, &owner, true, &form, e);
	d->form = 0;
	name_write(owner.wire, d->owner);
	if (outcome == DONE)
		outcome = registry_each_in(r, &record_kind, &of, take_neighbour, &n, e);
	d->aliases = same ? d->aliases : n.aliases;
	if (record->type == TYPE_CNAME)
		d->aliases += (gone ? 1 : 0) - (came ? 1 : 0);
	d->form |= form | had | (gone ? form_with(0, (uint16_t)record->type) : 0);
	if (outcome == DONE && (n.twin || form_fault(d->form) != NULL))
		outcome = fail(e, ABSENT, "%s has what cannot stand side by side", record->owner);
	return outcome;
}

static int give_record(struct difference_of *d, const struct record *record, struct rr_list *to, struct error *e)
{
	d->rows->context = to;
	int outcome = record == NULL ? DONE : zone_rows_record(d->rows, record, e);
	return outcome == DONE ? zone_rows_flush(d->rows, e) : outcome;
}

/* The change log's hosts all come before its records, so came_or_went is complete. */
static int differ_record(void *context, const struct record *was, const struct record *is, struct error *e)
{
	struct difference_of *d = context;
	const struct record *record = was != NULL ? was : is;
	if (record == NULL) /* it came and went */
		return DONE;
	if (record->type == TYPE_DNAME)
		return fail(e, ABSENT, "what is below a DNAME came or went");
	if (is_hidden(record->owner, record->type) && came_or_went(d, record->owner))
		return refuse_meeting(e);
	int outcome = look_around(d, record, was == NULL, is == NULL, e);
	if (outcome == DONE)
		outcome = give_record(d, was, &d->was, e);
	if (outcome == DONE)
		outcome = give_record(d, is, &d->is, e);
	return outcome == DONE ? compare(d, e) : outcome;
}

static int take_pool(const struct zone_rr *rr, void *context, struct error *e)
{
	return zone_rows_pool(context, rr, e);
}

static int differ_pools(struct difference_of *d, const struct rr_list *former, const struct rr_list *pools,
	struct error *e)
{
	struct rr_list went = { 0 }, came = { 0 };
	int outcome = without(former, pools, &went) && without(pools, former, &came) ? DONE
		: fail(e, FAILED, "out of memory");
	d->rows->context = d->removed;
	if (outcome == DONE)
		outcome = rr_list_walk(&went, take_pool, d->rows, e);
	d->rows->context = d->added;
	if (outcome == DONE)
		outcome = rr_list_walk(&came, take_pool, d->rows, e);
	free(went.octets);
	free(came.octets);
	return outcome;
}

int zone_content_difference(struct registry *registry, const struct zone *zone, int64_t after,
	const struct rr_list *former, const struct rr_list *pools, struct rr_list *removed, struct rr_list *added,
	struct error *e)
{
	struct zone_rows rows = { .registry = registry, .zone = zone, .take = keep };
	struct difference_of d = { .rows = &rows, .removed = removed, .added = added };
	const struct difference_taker taker = { differ_host, differ_record, &d };
	struct difference_else also;
	int outcome = zone_rows_begin(&rows, false, e);
	if (outcome == DONE)
		outcome = registry_difference(registry, after, zone->name, &taker, &also, e);
	if (outcome == DONE)
		outcome = close_name(&d, e);
	if (outcome == DONE && (also.zones || also.pools || (also.fleet && former == NULL)))
		outcome = fail(e, ABSENT, "more than hosts and records changed");
	if (outcome == DONE && former != NULL)
		outcome = differ_pools(&d, former, pools, e);
	free(d.was.octets);
	free(d.is.octets);
	free(d.came_or_went);
	zone_rows_end(&rows);
	return outcome;
}
