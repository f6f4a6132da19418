/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names are a zone's, a pool's or below a delegation, and so no host's. */
#include "tools/plan/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/name.h"
#include "steering/label.h"
#include "wire/type.h"

enum { RENAMED_MOST = 16 /* times, or it is a loop */ };

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool holds(const struct name_list *list, const char *name)
{
	return list->count > 0 && bsearch(&name, list->name, list->count, sizeof *list->name, compare) != NULL;
}

static int add(struct command *c, struct name_list *list, const char *name, struct error *e)
{
	if (!array_room_in(&c->arena, &list->name, &list->room, list->count + 1, sizeof *list->name))
		return fail(e, FAILED, "out of memory");
	const char *copy = arena_text(&c->arena, name);
	list->name[list->count++] = copy;
	return copy == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

struct loading {
	struct command *command;
	struct host_rules *rules;
};

static int take_zone(const void *row, void *context, struct error *e)
{
	struct loading *l = context;
	return add(l->command, &l->rules->zones, ((const struct zone *)row)->name, e);
}

static int take_pool(const void *row, void *context, struct error *e)
{
	struct loading *l = context;
	return add(l->command, &l->rules->pools, ((const struct pool *)row)->label, e);
}

static int take_renaming(struct loading *l, const struct record *record, struct error *e)
{
	char target[NAME_TEXT];
	name_write(record->rdata.data, target);
	int outcome = add(l->command, &l->rules->renamed, record->zone, e);
	return outcome == DONE ? add(l->command, &l->rules->targets, target, e) : outcome;
}

static int take_record(const void *row, void *context, struct error *e)
{
	struct loading *l = context;
	const struct record *record = row;
	bool apex = strcmp(record->owner, record->zone) == 0;
	if (apex && record->type == TYPE_DNAME && strcmp(record->zone, ".") != 0)
		return take_renaming(l, record, e);
	return record->type == TYPE_NS && !apex ? add(l->command, &l->rules->cuts, record->owner, e) : DONE;
}

int host_rules_load(struct command *c, struct host_rules *rules, struct error *e)
{
	struct loading l = { c, rules };
	*rules = (struct host_rules){ 0 };
	int outcome = registry_each(c->registry, &zone_kind, NULL, take_zone, &l, e);
	if (outcome == DONE)
		outcome = registry_each(c->registry, &pool_kind, NULL, take_pool, &l, e);
	if (outcome == DONE)
		outcome = registry_each(c->registry, &record_kind, NULL, take_record, &l, e);
	if (rules->cuts.count > 0) /* zones and pools came in their order */
		qsort(rules->cuts.name, rules->cuts.count, sizeof *rules->cuts.name, compare);
	return outcome;
}

const char *host_zone(const struct host_rules *rules, const char *name)
{
	while (name != NULL && !holds(&rules->zones, name))
		name = name_parent(name);
	return name;
}

static bool answered_within(const struct host_rules *rules, const char *name, const char *zone)
{
	while (name != zone && !holds(&rules->cuts, name))
		name = name_parent(name);
	return name == zone;
}

/* What a zone is renamed to; NULL. There are next to none. */
static const char *target_of(const struct host_rules *rules, const char *zone)
{
	for (size_t i = 0; i < rules->renamed.count; i++)
		if (strcmp(rules->renamed.name[i], zone) == 0)
			return rules->targets.name[i];
	return NULL;
}

bool name_answered(const struct host_rules *rules, const char *name)
{
	char renamed[2][2 * NAME_TEXT];
	for (int times = 0; times < RENAMED_MOST; times++) {
		const char *zone = host_zone(rules, name);
		const char *target = zone == NULL ? NULL : target_of(rules, zone);
		if (zone == NULL || zone == name || target == NULL)
			return zone != NULL && zone != name && answered_within(rules, name, zone);
		char *next = renamed[times % 2];
		snprintf(next, sizeof renamed[0], "%.*s%s", (int)(zone - name), name, target);
		name = next;
	}
	return false;
}

/* Whether the name is a pool's label in front of a zone. */
static bool is_pools(const struct host_rules *rules, const char *name)
{
	char label[64];
	size_t length = strcspn(name, ".");
	if (length >= sizeof label || name[length] == '\0' || !holds(&rules->zones, name + length + 1))
		return false;
	memcpy(label, name, length);
	label[length] = '\0';
	return holds(&rules->pools, label);
}

bool host_answered(const struct host_rules *rules, const char *name)
{
	return name_answered(rules, name) && !is_pools(rules, name);
}

bool record_answered(const struct host_rules *rules, const struct record *record)
{
	const char *owner = record->owner, *zone = host_zone(rules, owner);
	if (zone == NULL || strcmp(zone, record->zone) != 0)
		return false;
	if (zone == owner)
		return true;
	if (target_of(rules, zone) != NULL || !answered_within(rules, owner, zone))
		return false;
	return (record->type != TYPE_A && record->type != TYPE_AAAA) || !is_pools(rules, owner);
}

int host_name_free(const struct host_rules *rules, const char *name, struct error *e)
{
	const char *zone = host_zone(rules, name), *top = name;
	struct label label;
	if (zone == NULL)
		return fail(e, REFUSED, "%s is in no zone that we serve: 'windsock zone list' shows them", name);
	if (zone == name)
		return fail(e, REFUSED, "%s is a zone's apex: it cannot be a host", name);
	struct name wire;
	int outcome = name_read(name, &wire, e);
	const char *fault = outcome == DONE ? name_host_fault(&wire) : NULL;
	if (fault != NULL)
		outcome = fail(e, REFUSED, "%s: %s", name, fault);
	if (outcome != DONE)
		return outcome;
	for (const char *at = name; at != zone; at = name_parent(at)) {
		if (holds(&rules->cuts, at))
			return fail(e, REFUSED, "%s is at or below the delegation of %s", name, at);
		top = at;
	}
	char text[64];
	size_t length = strcspn(top, ".");
	if (length == 4 && memcmp(top, "auth", 4) == 0)
		return fail(e, REFUSED, "%s: names at and below auth.%s are for relays' questions", name, zone);
	if (top != name || length >= sizeof text)
		return DONE;
	memcpy(text, top, length);
	text[length] = '\0';
	label_read(text, length, &label);
	if (label.form != LABEL_OTHER || holds(&rules->pools, text))
		return fail(e, REFUSED, "%s is a name that client releases look up as a pool", name);
	return DONE;
}
