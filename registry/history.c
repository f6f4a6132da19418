/* SPDX-License-Identifier: BSD-2-Clause */
#include "registry/history.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PARTS = 5 };

static const struct kind *const kinds[PARTS] = { &relay_kind, &observation_kind, &release_kind, &pool_kind,
	&rule_kind };

/* What one object was before the first change after the date. */
struct patch {
	const char *key, *old; /* old NULL: there was none */
	size_t part, order;
};

/* When a relay's state last changed until the date. */
struct turn {
	const char *relay;
	int64_t at;
};

struct history {
	struct arena *arena;
	int64_t date, revision, first; /* first: the date of the oldest change that there is */
	struct patch *patches;
	struct turn *turns;
	size_t patch_count, patch_room, turn_count, turn_room;
};

/* Room for one more in an array of the arena's; NULL when memory is out. */
static void *one_more(struct arena *arena, void *array, size_t size, size_t count, size_t *room)
{
	if (count < *room)
		return array;
	void *more = arena_take(arena, (*room * 2 + 64) * size);
	if (more == NULL)
		return NULL;
	if (count > 0)
		memcpy(more, array, count * size);
	*room = *room * 2 + 64;
	return more;
}

static int add_patch(struct history *h, size_t part, const char *key, const char *old, struct error *e)
{
	struct patch *patches = one_more(h->arena, h->patches, sizeof *patches, h->patch_count, &h->patch_room);
	char *key_copy = arena_text(h->arena, key), *old_copy = old == NULL ? NULL : arena_text(h->arena, old);
	if (patches == NULL || key_copy == NULL || (old != NULL && old_copy == NULL))
		return fail(e, FAILED, "out of memory");
	h->patches = patches;
	patches[h->patch_count] = (struct patch){ key_copy, old_copy, part, h->patch_count };
	h->patch_count++;
	return DONE;
}

static size_t part_of(const char *kind)
{
	size_t part = 0;
	while (part < PARTS && strcmp(kinds[part]->name, kind) != 0)
		part++;
	return part;
}

/* The key that the object had, as the log writes keys: with a space between their parts. */
static char *old_key(struct history *h, const struct kind *kind, const char *json, const char *key)
{
	json_t *object = json_loads(json, 0, NULL);
	char *made = NULL;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		const char *text = (f->flags & FIELD_KEY) == 0 ? NULL
			: json_string_value(json_object_get(object, f->name));
		if (text != NULL)
			made = made == NULL ? arena_text(h->arena, text) : arena_format(h->arena, "%s %s", made, text);
	}
	json_decref(object);
	return made == NULL ? arena_text(h->arena, key) : made;
}

/* A change of the key itself, by SQL, is one object that came and one that went. */
static int undo(struct history *h, size_t part, const struct change *change, struct error *e)
{
	if (change->old == NULL || change->new == NULL)
		return add_patch(h, part, change->key, change->old, e);
	const char *was = old_key(h, kinds[part], change->old, change->key);
	if (was == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = add_patch(h, part, was, change->old, e);
	if (outcome == DONE && strcmp(was, change->key) != 0)
		outcome = add_patch(h, part, change->key, NULL, e);
	return outcome;
}

/* The date of a relay's last turn; 0 when the log does not hold it. */
static int64_t last_turn(const struct history *h, const char *relay)
{
	for (size_t i = h->turn_count; i > 0; i--)
		if (strcmp(h->turns[i - 1].relay, relay) == 0)
			return h->turns[i - 1].at;
	return 0;
}

static int64_t state_in(const char *json)
{
	json_t *object = json == NULL ? NULL : json_loads(json, 0, NULL);
	json_t *state = json_object_get(object, "state");
	int64_t number = state == NULL ? -1 : json_integer_value(state);
	json_decref(object);
	return number;
}

static int add_turn(struct history *h, const struct change *change, struct error *e)
{
	const char *was = change->old == NULL ? change->key : old_key(h, &relay_kind, change->old, change->key);
	char *relay = arena_text(h->arena, change->key);
	struct turn *turns = one_more(h->arena, h->turns, sizeof *turns, h->turn_count, &h->turn_room);
	if (turns == NULL || relay == NULL || was == NULL)
		return fail(e, FAILED, "out of memory");
	h->turns = turns;
	bool turned = state_in(change->old) != state_in(change->new);
	int64_t at = turned ? change->at : last_turn(h, was);
	if (turned || strcmp(was, change->key) != 0)
		turns[h->turn_count++] = (struct turn){ relay, at };
	return DONE;
}

static int take_change(const struct change *change, void *context, struct error *e)
{
	struct history *h = context;
	size_t part = part_of(change->kind);
	if (h->first == 0)
		h->first = change->at;
	if (change->at <= h->date) {
		h->revision = change->revision;
		return part == 0 ? add_turn(h, change, e) : DONE;
	}
	return part < PARTS ? undo(h, part, change, e) : DONE;
}

static int compare_patches(const void *left, const void *right)
{
	const struct patch *a = left, *b = right;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	int order = strcmp(a->key, b->key);
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Of each object, the first change after the date tells how it was. */
static void keep_first(struct history *h)
{
	size_t kept = 0;
	if (h->patch_count > 0)
		qsort(h->patches, h->patch_count, sizeof *h->patches, compare_patches);
	for (size_t i = 0; i < h->patch_count; i++) {
		const struct patch *last = kept == 0 ? NULL : &h->patches[kept - 1];
		if (last == NULL || last->part != h->patches[i].part || strcmp(last->key, h->patches[i].key) != 0)
			h->patches[kept++] = h->patches[i];
	}
	h->patch_count = kept;
}

static int overlay(struct history *h, const struct kind *kind, const char *json, void *row, struct error *e)
{
	json_t *object = json_loads(json, 0, NULL);
	int outcome = object == NULL ? fail(e, REFUSED, "the change log holds '%.100s'", json) : DONE;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && outcome == DONE; f++) {
		json_t *value = json_object_get(object, f->name);
		const char *text = json_is_null(value) ? "" : json_string_value(value);
		if (json_is_integer(value) && field_is_number(f))
			field_put_number(f, row, json_integer_value(value));
		if (text == NULL || field_is_number(f) || f->kind == FIELD_BLOB)
			continue;
		if ((text = arena_text(h->arena, text)) == NULL)
			outcome = fail(e, FAILED, "out of memory");
		else
			field_put_text(f, row, text);
	}
	json_decref(object);
	return outcome;
}

/* A row that is there no more, by its key. */
static int revive(struct history *h, const struct kind *kind, const struct patch *patch, void *row,
	struct error *e)
{
	const char *rest = patch->key;
	size_t length;
	int outcome = row_standard(kind, row, h->arena, e);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && outcome == DONE; f++) {
		if ((f->flags & FIELD_KEY) == 0)
			continue;
		const char *word = text_word(&rest, " ", &length);
		char *copy = word == NULL ? arena_text(h->arena, "") : arena_text_part(h->arena, word, length);
		if (copy == NULL)
			return fail(e, FAILED, "out of memory");
		field_put_text(f, row, copy);
	}
	return outcome == DONE ? overlay(h, kind, patch->old, row, e) : outcome;
}

/* Rows in the making, with the keys by which they are found and sorted. */
struct keyed {
	const char *key;
	char *row;
};

static char *key_of(struct history *h, const struct kind *kind, const void *row)
{
	char *key = NULL;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_KEY) != 0)
			key = key == NULL ? arena_text(h->arena, field_text(f, row))
				: arena_format(h->arena, "%s %s", key, field_text(f, row));
	return key;
}

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	return strcmp(a->key, b->key);
}

static const struct patch *find_patch(const struct history *h, size_t part, const char *key)
{
	const struct patch wanted = { .key = key, .part = part };
	size_t low = 0, high = h->patch_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_patches(&h->patches[middle], &wanted);
		if (h->patches[middle].part == part && strcmp(h->patches[middle].key, key) == 0)
			return &h->patches[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The present rows, as they were; those that were not there yet are left out. */
static int undo_present(struct history *h, size_t part, const char *rows, size_t count, struct keyed *made,
	size_t *kept, struct error *e)
{
	const struct kind *kind = kinds[part];
	for (size_t i = 0; i < count; i++) {
		char *row = arena_take(h->arena, kind->size), *key = key_of(h, kind, rows + i * kind->size);
		if (row == NULL || key == NULL)
			return fail(e, FAILED, "out of memory");
		const struct patch *patch = find_patch(h, part, key);
		if (patch != NULL && patch->old == NULL)
			continue;
		memcpy(row, rows + i * kind->size, kind->size);
		int outcome = patch == NULL ? DONE : overlay(h, kind, patch->old, row, e);
		if (outcome != DONE)
			return outcome;
		made[(*kept)++] = (struct keyed){ key, row };
	}
	return DONE;
}

static bool is_among(const struct keyed *sorted, size_t count, const char *key)
{
	const struct keyed wanted = { .key = key };
	return count > 0 && bsearch(&wanted, sorted, count, sizeof *sorted, compare_keyed) != NULL;
}

/* Those that were there and are gone. */
static int undo_removed(struct history *h, size_t part, struct keyed *made, size_t *kept, struct error *e)
{
	const struct kind *kind = kinds[part];
	size_t present = *kept;
	struct error fault;
	for (size_t i = 0; i < h->patch_count; i++) {
		const struct patch *patch = &h->patches[i];
		if (patch->part != part || patch->old == NULL || is_among(made, present, patch->key))
			continue;
		char *row = arena_take(h->arena, kind->size);
		int outcome = row == NULL ? fail(e, FAILED, "out of memory") : revive(h, kind, patch, row, e);
		if (outcome != DONE)
			return outcome;
		if (row_check(kind, row, &fault) != DONE)
			continue;
		if (kind == &relay_kind)
			((struct relay *)(void *)row)->since = INT64_MAX; /* not known yet */
		made[(*kept)++] = (struct keyed){ patch->key, row };
	}
	return DONE;
}

static int undo_part(struct history *h, size_t part, const void *rows, size_t *count, void *then,
	struct error *e)
{
	const struct kind *kind = kinds[part];
	struct keyed *made = arena_take(h->arena, (*count + h->patch_count + 1) * sizeof *made);
	size_t kept = 0;
	if (made == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = undo_present(h, part, rows, *count, made, &kept, e);
	if (outcome == DONE)
		outcome = undo_removed(h, part, made, &kept, e);
	if (outcome != DONE)
		return outcome;
	qsort(made, kept, sizeof *made, compare_keyed);
	char *all = arena_take(h->arena, (kept + 1) * kind->size);
	if (all == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < kept; i++)
		memcpy(all + i * kind->size, made[i].row, kind->size);
	memcpy(then, &all, sizeof all);
	*count = kept;
	return DONE;
}

/* What the log does not hold. */
static void date_back(const struct history *h, struct fleet *then)
{
	for (size_t i = 0; i < then->relay_count; i++) {
		struct relay *relay = &then->relays[i];
		if (relay->since > h->date)
			relay->since = last_turn(h, relay->name);
	}
	for (size_t i = 0; i < then->observation_count; i++)
		if (then->observations[i].at > h->date)
			then->observations[i].at = h->date;
	then->now = h->date;
}

static int read_log(struct registry *r, struct history *h, struct error *e)
{
	const char *text;
	int64_t pruned = 0;
	struct error ignored;
	int outcome = registry_meta_get(r, "pruned", h->arena, &text, &ignored);
	if (outcome < 0)
		return fail(e, outcome, "%s", ignored.text);
	if (outcome == DONE)
		text_number(text, 0, INT64_MAX - 1, &pruned);
	outcome = registry_changes(r, pruned, take_change, h, e);
	if (outcome != DONE || h->revision != 0)
		return outcome;
	char stamp[32] = "an unknown date";
	struct tm tm;
	time_t first = (time_t)h->first;
	if (h->first != 0 && gmtime_r(&first, &tm) != NULL)
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return fail(e, ABSENT, "the change log does not reach back so far: it begins at %s", stamp);
}

/* From the present fleet and the patches to the one before them. */
static int undo_all(struct history *h, const struct fleet *now, struct fleet *then, struct error *e)
{
	*then = *now;
	const struct {
		const void *rows;
		void *then;
		size_t *count;
	} parts[PARTS] = { { now->relays, &then->relays, &then->relay_count },
		{ now->observations, &then->observations, &then->observation_count },
		{ now->releases, &then->releases, &then->release_count },
		{ now->pools, &then->pools, &then->pool_count }, { now->rules, &then->rules, &then->rule_count } };
	int outcome = DONE;
	keep_first(h);
	for (size_t i = 0; i < PARTS && outcome == DONE; i++)
		outcome = undo_part(h, i, parts[i].rows, parts[i].count, parts[i].then, e);
	if (outcome == DONE)
		date_back(h, then);
	return outcome;
}

int registry_fleet_at(struct registry *r, const struct fleet *now, int64_t date, struct arena *arena,
	struct fleet *then, int64_t *revision, struct error *e)
{
	struct history h = { .arena = arena, .date = date };
	int outcome = read_log(r, &h, e);
	*revision = h.revision;
	return outcome == DONE ? undo_all(&h, now, then, e) : outcome;
}

static int take_later(const struct change *change, void *context, struct error *e)
{
	size_t part = part_of(change->kind);
	return part < PARTS ? undo(context, part, change, e) : DONE;
}

int registry_fleet_after(struct registry *r, const struct fleet *now, int64_t revision, int64_t date,
	struct arena *arena, struct fleet *then, struct error *e)
{
	struct history h = { .arena = arena, .date = date };
	int outcome = registry_changes(r, revision, take_later, &h, e);
	return outcome == DONE ? undo_all(&h, now, then, e) : outcome;
}
