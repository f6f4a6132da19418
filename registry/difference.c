/* SPDX-License-Identifier: BSD-2-Clause */
/* The change log gone through once, and each key that it names kept as it was at first. */
#include "registry/difference.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "registry/serial.h"

enum { HOST, RECORD };

/* What the log says of one side of a change: what was before it, or what is after it. */
struct event {
	int kind;
	const char *key;   /* a host's name; a record's owner, type and RDATA as the log writes them */
	const char *value; /* JSON of what was or is there; NULL: nothing */
	bool before;       /* what was, not what is */
	size_t order;
};

struct walk {
	struct registry *registry;
	const char *zone;
	const struct difference_taker *taker;
	struct difference_else *also;
	struct arena arena;
	struct event *events;
	size_t count, room;
};

static int add(struct walk *w, int kind, const char *key, const char *value, bool before, struct error *e)
{
	if (!array_room(&w->events, &w->room, w->count + 1, sizeof *w->events))
		return fail(e, FAILED, "out of memory");
	struct event event = { kind, arena_text(&w->arena, key), value == NULL ? NULL : arena_text(&w->arena, value),
		before, w->count };
	if (event.key == NULL || (value != NULL && event.value == NULL))
		return fail(e, FAILED, "out of memory");
	w->events[w->count++] = event;
	return DONE;
}

/* Notes a record, [owner, type, ttl, rdata] in the log. Its key is all but the TTL. */
static int add_record(struct walk *w, const char *json, bool before, struct error *e)
{
	json_t *array = json == NULL ? NULL : json_loads(json, 0, NULL);
	const char *owner = json_string_value(json_array_get(array, 0));
	const char *rdata = json_string_value(json_array_get(array, 3));
	int outcome = DONE;
	if (json != NULL && (owner == NULL || rdata == NULL))
		outcome = fail(e, REFUSED, "the change log holds '%.100s'", json);
	else if (json != NULL) {
		char *key = arena_format(&w->arena, "%s %lld %s", owner,
			(long long)json_integer_value(json_array_get(array, 1)), rdata);
		outcome = key == NULL ? fail(e, FAILED, "out of memory") : add(w, RECORD, key, json, before, e);
	}
	json_decref(array);
	return outcome;
}

static bool tells_addresses_alone(const char *json)
{
	json_t *object = json_loads(json, 0, NULL);
	bool alone = json_is_object(object) && json_object_get(object, "ttl") == NULL;
	json_decref(object);
	return alone;
}

/* Before schema version 9, a host that SQL renamed left a row with its addresses alone, and what it was in the
 * row of its new name. */
static int take_host(struct walk *w, const struct change *change, struct error *e)
{
	if (change->old != NULL && change->new == NULL && tells_addresses_alone(change->old))
		return fail(e, ABSENT, "the change log does not tell what became of the host '%s'", change->key);
	return add(w, HOST, change->key, change->old, true, e);
}

static int take_change(const struct change *change, void *context, struct error *e)
{
	static const struct kind *const of_fleet[] = { &relay_kind, &observation_kind, &release_kind, &pool_kind,
		&rule_kind };
	struct walk *w = context;
	int outcome = DONE;
	if (change->of == &host_kind)
		return take_host(w, change, e);
	if (change->of == &record_kind && strcmp(change->key, w->zone) == 0) {
		outcome = add_record(w, change->old, true, e);
		return outcome == DONE ? add_record(w, change->new, false, e) : outcome;
	}
	w->also->zones |= change->of == &zone_kind;
	w->also->pools |= change->of == &pool_kind && (change->old == NULL || change->new == NULL);
	for (size_t i = 0; i < sizeof of_fleet / sizeof of_fleet[0]; i++)
		w->also->fleet |= change->of == of_fleet[i];
	return outcome;
}

static int compare_events(const void *left, const void *right)
{
	const struct event *a = left, *b = right;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	int order = strcmp(a->key, b->key);
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Gives a host: as it was, by the first change's old value; as it is, from the registry. */
static int give_host(struct walk *w, const struct event *first, struct error *e)
{
	struct arena arena = { 0 };
	struct host was = { .name = first->key, .account = "" }, is = { .name = first->key };
	json_t *object = first->value == NULL ? NULL : json_loads(first->value, 0, NULL);
	was.addresses = json_string_value(json_object_get(object, "addresses"));
	was.ttl = json_integer_value(json_object_get(object, "ttl"));
	was.suspended = json_integer_value(json_object_get(object, "suspended"));
	int outcome = registry_get(w->registry, &host_kind, &is, &arena, &is, e);
	bool there = outcome == DONE;
	if (outcome == DONE || outcome == ABSENT)
		outcome = first->value != NULL && was.addresses == NULL
			? fail(e, REFUSED, "the change log holds '%.100s'", first->value)
			: w->taker->host(w->taker->context, first->value == NULL ? NULL : &was, there ? &is : NULL, e);
	json_decref(object);
	arena_free(&arena);
	return outcome;
}

int difference_read_record(const char *json, const char *zone, struct arena *arena, struct record *record, struct error *e)
{
	json_t *array = json_loads(json, 0, NULL);
	const char *hex = json_string_value(json_array_get(array, 3)), *name = json_string_value(json_array_get(array, 0));
	size_t size = hex == NULL ? 0 : strlen(hex) / 2;
	uint8_t *rdata = arena_bytes(arena, size + 1);
	char *owner = arena_text(arena, name == NULL ? "" : name);
	*record = (struct record){ .zone = zone, .owner = owner, .type = json_integer_value(json_array_get(array, 1)),
		.ttl = json_integer_value(json_array_get(array, 2)), .rdata = { rdata, size } };
	int outcome = rdata == NULL || owner == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE && (name == NULL || hex == NULL || !hex_read(hex, strlen(hex), rdata, size)))
		outcome = fail(e, REFUSED, "the change log holds '%.100s'", json);
	json_decref(array);
	return outcome;
}

/* Gives a record: the first event says whether it was there, the last one whether it is. */
static int give_record(struct walk *w, const struct event *first, const struct event *last, struct error *e)
{
	struct arena arena = { 0 };
	struct record was, is;
	int outcome = first->before ? difference_read_record(first->value, w->zone, &arena, &was, e) : DONE;
	if (outcome == DONE && !last->before)
		outcome = difference_read_record(last->value, w->zone, &arena, &is, e);
	if (outcome == DONE)
		outcome = w->taker->record(w->taker->context, first->before ? &was : NULL, last->before ? NULL : &is, e);
	arena_free(&arena);
	return outcome;
}

static int give_all(struct walk *w, struct error *e)
{
	int outcome = DONE;
	if (w->count > 1)
		qsort(w->events, w->count, sizeof *w->events, compare_events);
	for (size_t i = 0, next; i < w->count && outcome == DONE; i = next) {
		const struct event *first = &w->events[i];
		for (next = i + 1; next < w->count && w->events[next].kind == first->kind
			&& strcmp(w->events[next].key, first->key) == 0;)
			next++;
		outcome = first->kind == HOST ? give_host(w, first, e) : give_record(w, first, &w->events[next - 1], e);
	}
	return outcome;
}

int registry_difference(struct registry *registry, int64_t after, const char *zone,
	const struct difference_taker *taker, struct difference_else *also, struct error *e)
{
	struct walk w = { .registry = registry, .zone = zone, .taker = taker, .also = also };
	*also = (struct difference_else){ .fleet = false };
	int64_t raised;
	int outcome = serial_raised(registry, &raised, e);
	if (outcome == DONE && after < raised)
		outcome = fail(e, ABSENT, "the change log begins after revision %lld", (long long)raised);
	if (outcome == DONE)
		outcome = registry_changes(registry, after, take_change, &w, e);
	if (outcome == DONE)
		outcome = give_all(&w, e);
	free(w.events);
	arena_free(&w.arena);
	return outcome;
}
