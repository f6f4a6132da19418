/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds names that are no longer answered when zones and their static data change. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "steering/label.h"
#include "tools/plan/plan.h"

int plan_sample(struct arena *arena, struct name_sample *s, const char *name, struct error *e)
{
	if (s->count++ >= PLAN_SHOWN)
		return DONE;
	return (s->shown[s->count - 1] = arena_text(arena, name)) != NULL ? DONE : fail(e, FAILED, "out of memory");
}

static bool same_names(const struct name_list *a, const struct name_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->name[i], b->name[i]) != 0)
			return false;
	return true;
}

/* What pools answer in each zone: their own labels, and those that clients ask for and an older pool stands in for. */
struct labels {
	const char **label;
	size_t count;
};

static bool is_pool(const struct fleet *fleet, const char *label)
{
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, label) == 0)
			return true;
	return false;
}

static int find_labels(struct plan *p, struct labels *all, struct error *e)
{
	const char **asked;
	size_t count;
	struct lattice lattice;
	int outcome = effect_asked(&p->before, &p->wish, &p->arena, &asked, &count, e);
	if (outcome == DONE)
		outcome = lattice_build(&p->before, &p->arena, &lattice, e);
	if (outcome != DONE)
		return outcome;
	all->count = 0;
	all->label = arena_take(&p->arena, (p->before.pool_count + count + 1) * sizeof *all->label);
	if (all->label == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < p->before.pool_count; i++)
		all->label[all->count++] = p->before.pools[i].label;
	for (size_t i = 0; i < count; i++)
		if (!is_pool(&p->before, asked[i]) && lattice_find(&lattice, asked[i], strlen(asked[i])) != LATTICE_NONE)
			all->label[all->count++] = asked[i];
	return DONE;
}

/* Pools' names in a zone that stays. */
static int look_at_names(struct plan *p, const struct labels *labels, struct lost_zone *zone, struct error *e)
{
	size_t before = p->lost.pools.count;
	int outcome = DONE;
	for (size_t i = 0; i < labels->count && outcome == DONE; i++) {
		const char *name = arena_format(&p->arena, "%s.%s", labels->label[i], zone->name);
		if (name == NULL)
			outcome = fail(e, FAILED, "out of memory");
		else if (name_answered(&p->names_before, name) && !name_answered(&p->names_after, name))
			outcome = plan_sample(&p->arena, &p->lost.pools, name, e);
	}
	p->lost.all_count += p->lost.pools.count > before;
	return outcome;
}

static int look_at_zone(struct plan *p, const struct labels *labels, const char *name, struct error *e)
{
	struct lost_zone *zone = &p->lost.all[p->lost.all_count];
	*zone = (struct lost_zone){ name, host_zone(&p->names_after, name) == name };
	if (zone->stays)
		return look_at_names(p, labels, zone, e);
	p->lost.all_count++;
	return plan_sample(&p->arena, &p->lost.zones, name, e);
}

/* Who answers for them, too, and is asked by clients whom nobody counts here. */
static int find_secondary(struct command *c, struct plan *p, struct error *e)
{
	struct secondary *rows;
	size_t count;
	int outcome = registry_all(c->registry, &secondary_kind, NULL, &c->arena, &rows, &count, e);
	p->lost.secondary = outcome == DONE && count > 0 ? rows[0].name : NULL;
	return outcome;
}

static int look_at_host(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	struct plan *p = context;
	if (*host_addresses(host) == '\0' || !host_answered(&p->names_before, host->name)
		|| host_answered(&p->names_after, host->name))
		return DONE;
	return plan_sample(&p->arena, &p->lost.hosts, host->name, e);
}

int plan_names(struct command *c, struct plan *p, struct error *e)
{
	struct labels labels;
	const struct host_rules *before = &p->names_before, *after = &p->names_after;
	if (same_names(&before->zones, &after->zones) && same_names(&before->cuts, &after->cuts)
		&& same_names(&before->pools, &after->pools)
		&& same_names(&before->renamed, &after->renamed) && same_names(&before->targets, &after->targets))
		return DONE;
	int outcome = find_labels(p, &labels, e);
	p->lost.all = arena_take(&p->arena, (before->zones.count + 1) * sizeof *p->lost.all);
	if (p->lost.all == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < before->zones.count && outcome == DONE; i++)
		outcome = look_at_zone(p, &labels, before->zones.name[i], e);
	if (outcome == DONE && p->lost.all_count > 0)
		outcome = find_secondary(c, p, e);
	if (outcome == DONE)
		outcome = plan_static(c, p, e);
	return outcome == DONE ? registry_each(c->registry, &host_kind, NULL, look_at_host, p, e) : outcome;
}

/* A new pool stands in the place of hosts and static addresses that have its label for a name. */
struct shadow {
	struct command *command;
	struct plan *plan;
	const char *label;
};

static int look_at_shadow(const void *row, void *context, struct error *e)
{
	const struct shadow *s = context;
	const char *zone = ((const struct zone *)row)->name;
	struct host host;
	struct error none;
	host.name = arena_format(&s->plan->arena, "%s.%s", s->label, zone);
	if (host.name == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = plan_static_at(s->command, s->plan, zone, host.name, e);
	if (outcome != DONE)
		return outcome;
	outcome = registry_get(s->command->registry, &host_kind, &host, &s->plan->arena, &host, &none);
	if (outcome == ABSENT || (outcome == DONE && *host_addresses(&host) == '\0'))
		return DONE;
	return outcome == DONE ? plan_sample(&s->plan->arena, &s->plan->lost.hosts, host.name, e)
		: fail(e, outcome, "%s", none.text);
}

int plan_shadows(struct command *c, struct plan *p, struct error *e)
{
	int outcome = DONE;
	size_t before = 0;
	for (size_t i = 0; i < p->after.pool_count && outcome == DONE; i++) {
		struct shadow s = { c, p, p->after.pools[i].label };
		while (before < p->before.pool_count && strcmp(p->before.pools[before].label, s.label) < 0)
			before++;
		if (before == p->before.pool_count || strcmp(p->before.pools[before].label, s.label) != 0)
			outcome = registry_each(c->registry, &zone_kind, NULL, look_at_shadow, &s, e);
	}
	return outcome;
}

/* Whether a host was answered, by what the change log holds of it. */
static bool was_answered(const char *json)
{
	json_t *object = json == NULL ? NULL : json_loads(json, 0, NULL);
	const char *addresses = json_string_value(json_object_get(object, "addresses"));
	bool answered = addresses != NULL && *addresses != '\0' && json_integer_value(json_object_get(object, "suspended")) == 0;
	json_decref(object);
	return answered;
}

/* A host that is nothing to answer now, and was answered before one of the changes. */
struct emptied {
	const char *name;
	bool known, answered; /* by the first change, before which is before the verb */
};

/* The hosts that a verb wrote, as far as they may be lost. */
struct written {
	struct command *command;
	struct plan *plan;
	struct emptied *hosts;
	size_t count, room;
};

static int compare_emptied(const void *left, const void *right)
{
	return strcmp(((const struct emptied *)left)->name, ((const struct emptied *)right)->name);
}

static int look_at_written(const struct change *change, void *context, struct error *e)
{
	struct written *w = context;
	struct arena arena = { 0 }, *kept = &w->plan->arena;
	struct host is = { .name = change->key };
	if (change->of != &host_kind || !was_answered(change->old))
		return DONE;
	int outcome = registry_get(w->command->registry, &host_kind, &is, &arena, &is, e);
	bool lost = outcome == ABSENT || (outcome == DONE && *host_addresses(&is) == '\0');
	arena_free(&arena);
	if (outcome != DONE && outcome != ABSENT)
		return outcome;
	if (!lost)
		return DONE;
	if (!array_room_in(kept, &w->hosts, &w->room, w->count + 1, sizeof *w->hosts))
		return fail(e, FAILED, "out of memory");
	const char *name = w->hosts[w->count++].name = arena_text(kept, change->key);
	return name != NULL ? DONE : fail(e, FAILED, "out of memory");
}

/* A verb may write a host more than once: what it was before the first time is what it was. */
static int look_at_first(const struct change *change, void *context, struct error *e)
{
	struct written *w = context;
	const struct emptied key = { .name = change->key };
	struct emptied *host = change->of != &host_kind ? NULL
		: bsearch(&key, w->hosts, w->count, sizeof key, compare_emptied);
	(void)e;
	if (host != NULL && !host->known) {
		host->known = true;
		host->answered = was_answered(change->old);
	}
	return DONE;
}

static void sort_once(struct written *w)
{
	size_t kept = 0;
	qsort(w->hosts, w->count, sizeof *w->hosts, compare_emptied);
	for (size_t i = 0; i < w->count; i++)
		if (kept == 0 || strcmp(w->hosts[kept - 1].name, w->hosts[i].name) != 0)
			w->hosts[kept++] = w->hosts[i];
	w->count = kept;
}

int plan_hosts(struct command *c, struct plan *p, struct error *e)
{
	struct written w = { .command = c, .plan = p };
	int outcome = registry_changes(c->registry, p->begun, look_at_written, &w, e);
	if (outcome != DONE || w.count == 0)
		return outcome;
	sort_once(&w);
	outcome = registry_changes(c->registry, p->begun, look_at_first, &w, e);
	if (outcome == DONE && (c->verb->flags & VERB_ZONES) == 0) /* names of one that changes zones are there already */
		outcome = host_rules_load(c, &p->names_before, e);
	for (size_t i = 0; i < w.count && outcome == DONE; i++)
		if (w.hosts[i].answered && host_answered(&p->names_before, w.hosts[i].name))
			outcome = plan_sample(&p->arena, &p->lost.hosts, w.hosts[i].name, e);
	return outcome;
}
