/* SPDX-License-Identifier: BSD-2-Clause */
/* The names that a transaction touched, and what stands above and below each. */
#include "zone/judge.h"

#include <stdio.h>
#include <string.h>

#include "registry/difference.h"
#include "zone/form.h"

/* Remembers a name; false for text that is too long to be one, for SQL may have written anything. */
static bool keep(char to[NAME_TEXT], const char *text)
{
	size_t size = strlen(text) + 1;
	if (size > NAME_TEXT)
		return false;
	memcpy(to, text, size);
	return true;
}

static int add_type(const void *row, void *context, struct error *e)
{
	unsigned *form = context;
	(void)e;
	*form = form_with(*form, (uint16_t)((const struct record *)row)->type);
	return DONE;
}

static int read_records(struct registry *r, const char *zone, const char *owner, unsigned *form, struct error *e)
{
	const struct record of = { .zone = zone, .owner = owner };
	*form = strcmp(zone, owner) == 0 ? FORM_APEX : 0;
	return registry_each_in(r, &record_kind, &of, add_type, form, e);
}

static int has_row(struct registry *r, const struct kind *kind, const void *key, void *row, bool *has, struct error *e)
{
	struct arena arena = { 0 };
	int outcome = registry_get(r, kind, key, &arena, row, e);
	arena_free(&arena);
	*has = outcome == DONE;
	return outcome == ABSENT ? DONE : outcome;
}

static int is_host(struct registry *r, const char *name, bool *is, struct error *e)
{
	struct host host = { .name = name };
	return has_row(r, &host_kind, &host, &host, is, e);
}

static int is_pool(struct registry *r, const char *zone, const char *owner, bool *is, struct error *e)
{
	char label[NAME_TEXT];
	const char *parent = name_parent(owner);
	struct pool pool = { .label = label };
	*is = false;
	if (parent == NULL || strcmp(parent, zone) != 0)
		return DONE;
	size_t length = strcspn(owner, ".");
	memcpy(label, owner, length);
	label[length] = '\0';
	return has_row(r, &pool_kind, &pool, &pool, is, e);
}

/* Adds what the name is by rows of other kinds: a host, a pool, a wildcard. */
static int add_role(struct registry *r, const char *zone, const char *owner, unsigned *form, struct error *e)
{
	bool wild = strncmp(owner, "*.", 2) == 0, host = false, pool = false;
	int outcome = (*form & FORM_APEX) != 0 ? DONE : is_host(r, owner, &host, e);
	if (outcome == DONE && wild && !host)
		outcome = is_host(r, owner + 2, &host, e);
	if (outcome == DONE)
		outcome = is_pool(r, zone, owner, &pool, e);
	*form |= (wild ? FORM_WILDCARD : 0) | (host ? FORM_HOST : 0) | (pool ? FORM_POOL : 0);
	return outcome;
}

typedef const char *fault_below(unsigned above);

/* What is wrong with names directly below PARENT because of what PARENT, or a name above it, has. */
static int look_up(struct registry *r, const char *zone, const char *parent, fault_below *judge, const char **fault,
	struct error *e)
{
	unsigned form;
	int outcome = DONE;
	*fault = NULL;
	for (const char *at = parent; at != NULL && outcome == DONE && *fault == NULL; at = name_parent(at)) {
		outcome = read_records(r, zone, at, &form, e);
		if (outcome == DONE)
			*fault = judge(form);
		if (strcmp(at, zone) == 0)
			break;
	}
	return outcome;
}

/* Below a DNAME. */

struct below {
	const char *owner;
	size_t length;
	zone_judge_skip *skip;
	void *context;
};

static int refuse_below(const struct below *b, const char *name, struct error *e)
{
	size_t length = strlen(name);
	if (length <= b->length + 1 || name[length - b->length - 1] != '.' || strcmp(name + length - b->length, b->owner) != 0
		|| (b->skip != NULL && b->skip(b->context, name)))
		return DONE;
	return fail(e, REFUSED, "%s %s", name, form_fault_below(FORM_RENAMING));
}

static int take_record(const void *row, void *context, struct error *e)
{
	return refuse_below(context, ((const struct record *)row)->owner, e);
}

static int take_host(const void *row, void *context, struct error *e)
{
	return refuse_below(context, ((const struct host *)row)->name, e);
}

int zone_judge_below(struct registry *r, const char *zone, const char *owner, zone_judge_skip *skip, void *context,
	struct error *e)
{
	struct below b = { owner, strlen(owner), skip, context };
	const struct record of = { .zone = zone, .owner = "" };
	int outcome = registry_each(r, &record_kind, &of, take_record, &b, e);
	return outcome == DONE ? registry_each(r, &host_kind, NULL, take_host, &b, e) : outcome;
}

/* One name. */

int zone_judge_name(struct zone_judge *j, const char *zone, const char *owner, struct error *e)
{
	unsigned form;
	const char *fault = NULL, *parent = name_parent(owner);
	if ((strcmp(owner, j->owner) == 0 && strcmp(zone, j->zone) == 0) || (parent == NULL && strcmp(owner, zone) != 0))
		return DONE; /* it was just judged, or is the root, and so in no zone but its own */
	int outcome = read_records(j->registry, zone, owner, &form, e);
	if (outcome == DONE && (form & ~(unsigned)FORM_APEX) == 0)
		return DONE; /* it has no static records, or none any more */
	if (outcome == DONE)
		outcome = add_role(j->registry, zone, owner, &form, e);
	if (outcome == DONE && (fault = form_fault(form)) != NULL)
		return fail(e, REFUSED, "%s %s", owner, fault);
	if (outcome == DONE && (form & FORM_RENAMING) != 0)
		outcome = zone_judge_below(j->registry, zone, owner, NULL, NULL, e);
	bool apex = (form & FORM_APEX) != 0;
	if (outcome == DONE && !apex && (strcmp(parent, j->parent) != 0 || strcmp(zone, j->parents_zone) != 0)) {
		outcome = look_up(j->registry, zone, parent, form_fault_below, &j->parents_fault, e);
		if (outcome == DONE && (!keep(j->parent, parent) || !keep(j->parents_zone, zone)))
			*j->parent = '\0';
	}
	if (outcome == DONE && !apex && j->parents_fault != NULL)
		return fail(e, REFUSED, "%s %s", owner, j->parents_fault);
	if (outcome == DONE && (!keep(j->owner, owner) || !keep(j->zone, zone)))
		*j->owner = '\0';
	return outcome;
}

/* The longest zone of ours that the name is below; "" for none. */
static int find_zone(struct registry *r, const char *name, char zone[NAME_TEXT], struct error *e)
{
	bool found = false;
	int outcome = DONE;
	*zone = '\0';
	for (const char *at = name_parent(name); at != NULL && outcome == DONE && !found; at = name_parent(at)) {
		struct zone row = { .name = at };
		outcome = has_row(r, &zone_kind, &row, &row, &found, e);
		if (found)
			keep(zone, at);
	}
	return outcome;
}

static int learn_parent(struct zone_judge *j, const char *name, const char *parent, struct error *e)
{
	int outcome = find_zone(j->registry, name, j->host_zone, e);
	if (outcome == DONE && *j->host_zone != '\0')
		outcome = look_up(j->registry, j->host_zone, parent, form_host_fault_below, &j->host_fault, e);
	if (outcome != DONE || !keep(j->host_parent, parent))
		*j->host_parent = '\0';
	return outcome;
}

int zone_judge_host(struct zone_judge *j, const char *host, struct error *e)
{
	char wild[NAME_TEXT + 2];
	unsigned form = 0, below = 0;
	const char *parent = name_parent(host), *fault;
	if (parent == NULL || strlen(host) >= NAME_TEXT)
		return DONE;
	int outcome = strcmp(parent, j->host_parent) == 0 ? DONE : learn_parent(j, host, parent, e);
	if (outcome != DONE || *j->host_zone == '\0')
		return outcome; /* of a host in no zone nothing is answered */
	if (j->host_fault != NULL)
		return fail(e, REFUSED, "%s %s", host, j->host_fault);
	outcome = read_records(j->registry, j->host_zone, host, &form, e);
	if (outcome == DONE && (fault = form_host_fault(form)) != NULL)
		return fail(e, REFUSED, "%s %s", host, fault);
	snprintf(wild, sizeof wild, "*.%s", host);
	if (outcome == DONE)
		outcome = read_records(j->registry, j->host_zone, wild, &below, e);
	return outcome == DONE && below != 0
		? fail(e, REFUSED, "%s %s", wild, form_host_fault(below | FORM_WILDCARD)) : outcome;
}

struct pool_judging {
	struct registry *registry;
	const char *label;
};

static int judge_pool(const void *row, void *context, struct error *e)
{
	const struct pool_judging *p = context;
	const char *zone = ((const struct zone *)row)->name;
	char owner[2 * NAME_TEXT];
	unsigned form;
	snprintf(owner, sizeof owner, "%s%s%s", p->label, *zone == '.' ? "" : ".", *zone == '.' ? "" : zone);
	int outcome = read_records(p->registry, zone, owner, &form, e);
	const char *fault = outcome == DONE ? form_fault(form | FORM_POOL) : NULL;
	return fault != NULL ? fail(e, REFUSED, "%s %s", owner, fault) : outcome;
}

int zone_judge_pool(struct zone_judge *j, const char *label, struct error *e)
{
	struct pool_judging p = { j->registry, label };
	return registry_each(j->registry, &zone_kind, NULL, judge_pool, &p, e);
}

/* What came. */

/* What the log says that is no record is no fault of the zone's. */
static int judge_record(struct zone_judge *j, const struct change *c, struct error *e)
{
	struct arena arena = { 0 };
	struct record record;
	int outcome = difference_read_record(c->new, c->key, &arena, &record, e);
	outcome = outcome == DONE ? zone_judge_name(j, c->key, record.owner, e) : outcome == REFUSED ? DONE : outcome;
	arena_free(&arena);
	return outcome;
}

/* What came and went again is no fault. */

static int judge_new_host(struct zone_judge *j, const char *name, struct error *e)
{
	bool there;
	int outcome = is_host(j->registry, name, &there, e);
	return outcome == DONE && there ? zone_judge_host(j, name, e) : outcome;
}

static int judge_new_pool(struct zone_judge *j, const char *label, struct error *e)
{
	bool there;
	struct pool pool = { .label = label };
	int outcome = has_row(j->registry, &pool_kind, &pool, &pool, &there, e);
	return outcome == DONE && there ? zone_judge_pool(j, label, e) : outcome;
}

static int judge_change(const struct change *c, void *context, struct error *e)
{
	struct zone_judge *j = context;
	if (c->new == NULL)
		return DONE;
	if (c->of == &record_kind)
		return judge_record(j, c, e);
	if (c->old != NULL)
		return DONE;
	return c->of == &host_kind ? judge_new_host(j, c->key, e) : c->of == &pool_kind ? judge_new_pool(j, c->key, e) : DONE;
}

int zone_judge_changes(struct zone_judge *j, int64_t since, struct error *e)
{
	int outcome = registry_changes(j->registry, since, judge_change, j, e);
	return outcome == ABSENT ? DONE : outcome;
}
