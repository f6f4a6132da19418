/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet's rows and machines found, added, removed, and observed by a prober. */
#include "simulator/stage.h"

#include <stdlib.h>
#include <string.h>

#include "lib/address.h"
#include "steering/label.h"

/* The fleet's array of a kind. */
struct shelf {
	void *array; /* points to the array's pointer */
	size_t *count;
};

static struct shelf shelf_of(struct fleet *f, const struct kind *kind)
{
	if (kind == &relay_kind)
		return (struct shelf){ &f->relays, &f->relay_count };
	if (kind == &pool_kind)
		return (struct shelf){ &f->pools, &f->pool_count };
	if (kind == &release_kind)
		return (struct shelf){ &f->releases, &f->release_count };
	return (struct shelf){ &f->rules, &f->rule_count };
}

static char *rows_of(const struct shelf *shelf)
{
	char *rows;
	memcpy(&rows, shelf->array, sizeof rows);
	return rows;
}

static int compare_keys(const struct kind *kind, const void *a, const void *b)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		int order = (f->flags & FIELD_KEY) == 0 ? 0 : strcmp(field_text(f, a), field_text(f, b));
		if (order != 0)
			return order;
	}
	return 0;
}

/* The index of the row with this key, or where it would be inserted. */
static size_t place_of(struct stage *s, const struct kind *kind, const void *key, bool *there)
{
	struct shelf shelf = shelf_of(&s->fleet, kind);
	const char *rows = rows_of(&shelf);
	size_t at = 0;
	int order = 1;
	while (at < *shelf.count && (order = compare_keys(kind, rows + at * kind->size, key)) < 0)
		at++;
	*there = at < *shelf.count && order == 0;
	return at;
}

int stage_init(struct stage *s, const struct scenario *scenario, struct error *e)
{
	*s = (struct stage){ .scenario = scenario };
	s->machine_room = scenario_relays(scenario);
	s->machines = calloc(s->machine_room + 1, sizeof *s->machines);
	s->traits = arena_take(&s->arena, (scenario->product_count + 1) * sizeof *s->traits);
	s->known = arena_take(&s->arena, scenario->product_count + 1);
	if (s->machines == NULL || s->traits == NULL || s->known == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < scenario->product_count; i++) {
		s->traits[i] = scenario->products[i].traits;
		s->known[i] = scenario->products[i].known;
	}
	return DONE;
}

void stage_free(struct stage *s)
{
	free(s->fleet.relays);
	free(s->fleet.observations);
	free(s->fleet.releases);
	free(s->fleet.pools);
	free(s->fleet.rules);
	free(s->machines);
	arena_free(&s->arena);
}

void *stage_find(struct stage *s, const struct kind *kind, const void *key)
{
	bool there;
	struct shelf shelf = shelf_of(&s->fleet, kind);
	size_t at = place_of(s, kind, key, &there);
	return there ? rows_of(&shelf) + at * kind->size : NULL;
}

int stage_put(struct stage *s, const struct kind *kind, const void *row, struct error *e)
{
	bool there;
	struct shelf shelf = shelf_of(&s->fleet, kind);
	size_t at = place_of(s, kind, row, &there);
	char *rows = rows_of(&shelf);
	s->moved = true;
	if (!there) {
		rows = realloc(rows, (*shelf.count + 1) * kind->size);
		if (rows == NULL)
			return fail(e, FAILED, "out of memory");
		memcpy(shelf.array, &rows, sizeof rows);
		memmove(rows + (at + 1) * kind->size, rows + at * kind->size, (*shelf.count - at) * kind->size);
		++*shelf.count;
	}
	memmove(rows + at * kind->size, row, kind->size);
	return DONE;
}

void stage_remove(struct stage *s, const struct kind *kind, const void *key)
{
	bool there;
	struct shelf shelf = shelf_of(&s->fleet, kind);
	size_t at = place_of(s, kind, key, &there);
	char *rows = rows_of(&shelf);
	if (!there)
		return;
	s->moved = true;
	--*shelf.count;
	memmove(rows + at * kind->size, rows + (at + 1) * kind->size, (*shelf.count - at) * kind->size);
}

long stage_machine_index(const struct stage *s, const char *name)
{
	for (size_t i = 0; i < s->machine_count; i++)
		if (strcmp(s->machines[i].name, name) == 0)
			return (long)i;
	return MACHINE_NONE;
}

struct machine *stage_machine(struct stage *s, const char *name)
{
	long index = stage_machine_index(s, name);
	if (index != MACHINE_NONE)
		return &s->machines[index];
	const char *copy = s->machine_count < s->machine_room ? arena_text(&s->arena, name) : NULL;
	if (copy == NULL)
		return NULL;
	s->machines[s->machine_count].name = copy;
	return &s->machines[s->machine_count++];
}

void machine_install(struct stage *s, struct machine *m, const struct os *os)
{
	m->tls = os->tls;
	m->pings = os->pings;
	m->up = true;
	m->life++;
	s->machine_moved = true;
}

void machine_switch(struct stage *s, struct machine *m, bool up)
{
	if (m->up == up)
		return;
	m->up = up;
	m->life++;
	s->machine_moved = true;
}

static int observation_of(struct stage *s, const struct machine *m, struct observation *o, struct error *e)
{
	char pings[PINGS_TEXT];
	int outcome = row_standard(&observation_kind, o, &s->arena, e);
	if (outcome != DONE)
		return outcome;
	pings_write(m->seen_pings, pings);
	o->relay = m->name;
	o->observer = "prober";
	o->reason = m->seen_up ? "" : "no answer";
	o->pings = arena_text(&s->arena, pings);
	o->health = m->seen_up ? HEALTH_UP : HEALTH_DOWN;
	o->tls = m->seen_tls;
	o->at = s->fleet.now;
	return o->pings == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* What the prober saw of a machine that is down now stays known from when it was last up. */
static void look(struct stage *s, struct machine *m)
{
	tls_set tls = m->up ? m->tls : m->seen_tls;
	ping_set pings = m->up ? m->pings : m->seen_pings;
	s->moved |= !m->probed || m->seen_up != m->up || m->seen_tls != tls || m->seen_pings != pings;
	m->probed = true;
	m->seen_up = m->up;
	m->seen_tls = tls;
	m->seen_pings = pings;
}

int stage_probe(struct stage *s, struct error *e)
{
	struct fleet *f = &s->fleet;
	struct observation *all = realloc(f->observations, (f->relay_count + 1) * sizeof *all);
	int outcome = all == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (all == NULL)
		return outcome;
	f->observations = all;
	f->observation_count = 0;
	for (size_t i = 0; i < f->relay_count && outcome == DONE; i++) {
		long index = stage_machine_index(s, f->relays[i].name);
		if (index == MACHINE_NONE)
			continue;
		look(s, &s->machines[index]);
		outcome = observation_of(s, &s->machines[index], &all[f->observation_count++], e);
	}
	return outcome;
}

static void forget_observations(struct fleet *f)
{
	size_t kept = 0;
	for (size_t i = 0; i < f->observation_count; i++)
		for (size_t r = 0; r < f->relay_count; r++)
			if (strcmp(f->relays[r].name, f->observations[i].relay) == 0)
				f->observations[kept++] = f->observations[i];
	f->observation_count = kept;
}

unsigned family_used(const struct release *release)
{
	enum { ONLY_6 = 1 }; /* of model/model.c's choices of families */
	return release->families == ONLY_6 ? FAMILY_6 : FAMILY_4;
}

static unsigned families_in(const char *addresses)
{
	unsigned families = 0;
	struct address address;
	while (address_next(&addresses, &address))
		families |= label_family(address.family);
	return families;
}

void stage_settle(struct stage *s)
{
	const struct fleet *f = &s->fleet;
	for (size_t i = 0; i < s->machine_count; i++)
		s->machines[i].listed = s->machines[i].draining = false;
	for (size_t i = 0; i < f->relay_count; i++) {
		long index = stage_machine_index(s, f->relays[i].name);
		if (index == MACHINE_NONE)
			continue;
		s->machines[index].listed = f->relays[i].state != RELAY_INVITED && f->relays[i].state != RELAY_OUT;
		s->machines[index].families = families_in(f->relays[i].addresses);
		s->machines[index].draining = f->relays[i].state == RELAY_DRAINING;
	}
	for (size_t i = 0; i < s->scenario->product_count; i++) {
		const struct release *release = stage_find(s, &release_kind, &s->traits[i]);
		if (release == NULL || s->scenario->products[i].fixed)
			continue;
		s->traits[i] = *release;
		s->known[i] = true;
	}
	forget_observations(&s->fleet);
}
