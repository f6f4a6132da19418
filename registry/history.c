/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows undone change by change, back to a date. */
#include "registry/history.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/array.h"

enum { PARTS = 5, ROW_MOST = 512 };

static const struct kind *const kinds[PARTS] = { &relay_kind, &observation_kind, &release_kind, &pool_kind,
	&rule_kind };

/* The rows of one kind in the order of their keys, as far as undone, and the JSON that the log had for each that was
 * changed back; texts of the others are the present fleet's. So memory grows with the fleet, not with the length of
 * its history. */
struct part {
	char *rows, *standard; /* standard: a new object */
	json_t **said;
	size_t count, room;
};

struct history {
	struct arena arena;
	struct part part[PARTS];
	struct fleet fleet;
};

static size_t part_of(const struct kind *kind)
{
	size_t part = 0;
	while (part < PARTS && kinds[part] != kind)
		part++;
	return part;
}

static bool is_key(const struct field *f)
{
	return (f->flags & FIELD_KEY) != 0;
}

/* Compares a row's key with KEY, in which the log separates the parts by spaces. */
static int compare_key(const struct kind *kind, const void *row, const char *key)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if (!is_key(f))
			continue;
		size_t length = 0;
		const char *mine = field_text(f, row), *word = text_word(&key, " ", &length);
		size_t size = strlen(mine), least = size < length ? size : length;
		int order = least == 0 ? 0 : memcmp(mine, word, least);
		if (order != 0 || size != length)
			return order != 0 ? order : size < length ? -1 : 1;
	}
	return 0;
}

/* The place of a key: where it is, or would be. */
static bool find_row(const struct part *p, const struct kind *kind, const char *key, size_t *place)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_key(kind, p->rows + middle * kind->size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*place = low;
	return low < p->count && compare_key(kind, p->rows + low * kind->size, key) == 0;
}

static void drop_row(struct part *p, const struct kind *kind, size_t place)
{
	size_t behind = --p->count - place;
	json_decref(p->said[place]);
	memmove(p->rows + place * kind->size, p->rows + (place + 1) * kind->size, behind * kind->size);
	memmove(p->said + place, p->said + place + 1, behind * sizeof *p->said);
}

/* Both arrays grow alike. */
static int make_room(struct part *p, const struct kind *kind, struct error *e)
{
	size_t rows = p->room, said = p->room;
	if (!array_room(&p->rows, &rows, p->count + 1, kind->size) || !array_room(&p->said, &said, p->count + 1, sizeof *p->said))
		return fail(e, FAILED, "out of memory");
	p->room = said;
	return DONE;
}

/* Inserts a row at a place; SAID, the JSON that its texts are in, becomes the part's. */
static int insert_row(struct part *p, const struct kind *kind, size_t place, const void *row, json_t *said, struct error *e)
{
	int outcome = make_room(p, kind, e);
	if (outcome != DONE) {
		json_decref(said);
		return outcome;
	}
	size_t behind = p->count++ - place;
	memmove(p->rows + (place + 1) * kind->size, p->rows + place * kind->size, behind * kind->size);
	memmove(p->said + place + 1, p->said + place, behind * sizeof *p->said);
	memcpy(p->rows + place * kind->size, row, kind->size);
	p->said[place] = said;
	return DONE;
}

/* Sets the row's fields that the log holds; their texts stay SAID's. */
static void overlay(const struct kind *kind, json_t *said, void *row)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		json_t *value = json_object_get(said, f->name);
		const char *text = json_is_null(value) ? "" : json_string_value(value);
		if (json_is_integer(value) && field_is_number(f))
			field_put_number(f, row, json_integer_value(value));
		else if (text != NULL && !field_is_number(f) && f->kind != FIELD_BLOB)
			field_put_text(f, row, text);
	}
}

/* What the change says was there, with the key, which the log leaves out where it was the same. */
static json_t *read_old(const struct kind *kind, const struct change *change)
{
	const char *rest = change->key;
	size_t length;
	json_t *said = json_loads(change->old, 0, NULL);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && json_is_object(said); f++) {
		const char *word = is_key(f) ? text_word(&rest, " ", &length) : NULL;
		if (is_key(f) && json_object_get(said, f->name) == NULL)
			json_object_set_new(said, f->name, word == NULL ? json_string("") : json_stringn(word, length));
	}
	return said;
}

/* As the log writes it. */
static void write_key(const struct kind *kind, const void *row, struct text *key)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if (is_key(f)) {
			text_add(key, key->length > 0 ? " " : "");
			text_add(key, field_text(f, row));
		}
}

/* Puts a row where its key belongs. */
static int place_row(struct part *p, const struct kind *kind, const void *row, json_t *said, struct error *e)
{
	struct text key = { 0 };
	size_t place;
	write_key(kind, row, &key);
	if (key.broken) {
		json_decref(said);
		return fail(e, FAILED, "out of memory");
	}
	if (find_row(p, kind, key.bytes, &place))
		drop_row(p, kind, place);
	text_free(&key);
	return insert_row(p, kind, place, row, said, e);
}

int history_undo(struct history *h, const struct change *change, struct error *e)
{
	size_t at = part_of(change->of), place;
	if (at == PARTS)
		return DONE;
	struct part *p = &h->part[at];
	const struct kind *kind = kinds[at];
	union {
		char bytes[ROW_MOST];
		int64_t aligned;
	} row;
	struct error damaged;
	bool there = find_row(p, kind, change->key, &place);
	memcpy(row.bytes, there ? p->rows + place * kind->size : p->standard, kind->size);
	json_t *said = change->old == NULL ? NULL : read_old(kind, change);
	if (change->old != NULL && !json_is_object(said)) {
		json_decref(said);
		return fail(e, REFUSED, "the change log holds '%.100s'", change->old);
	}
	if (there && said != NULL && p->said[place] != NULL)
		json_object_update_missing(said, p->said[place]); /* an entry by an older schema lacks fields */
	if (there)
		drop_row(p, kind, place);
	if (said == NULL)
		return DONE;
	overlay(kind, said, row.bytes);
	if (row_check(kind, row.bytes, &damaged) != DONE) { /* it was not served either */
		json_decref(said);
		return DONE;
	}
	return place_row(p, kind, row.bytes, said, e);
}

/* Beginning and end. */

static int begin_part(struct history *h, size_t part, const void *rows, size_t count, struct error *e)
{
	const struct kind *kind = kinds[part];
	struct part *p = &h->part[part];
	p->standard = arena_take(&h->arena, kind->size);
	int outcome = p->standard == NULL ? fail(e, FAILED, "out of memory") : row_standard(kind, p->standard, &h->arena, e);
	if (outcome == DONE && kind == &relay_kind)
		/* when it came into its state is not known: later than all that is undone */
		((struct relay *)(void *)p->standard)->since = h->fleet.now;
	p->room = count + 16;
	p->rows = malloc(p->room * kind->size);
	p->said = calloc(p->room, sizeof *p->said);
	if (outcome == DONE && (p->rows == NULL || p->said == NULL || kind->size > ROW_MOST))
		return fail(e, FAILED, "out of memory");
	if (outcome == DONE && count > 0)
		memcpy(p->rows, rows, count * kind->size);
	p->count = count;
	return outcome;
}

int history_begin(const struct fleet *now, struct history **history, struct error *e)
{
	struct history *h = *history = calloc(1, sizeof *h);
	const struct {
		const void *rows;
		size_t count;
	} parts[PARTS] = { { now->relays, now->relay_count }, { now->observations, now->observation_count },
		{ now->releases, now->release_count }, { now->pools, now->pool_count }, { now->rules, now->rule_count } };
	if (h == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = DONE;
	h->fleet.now = now->now;
	for (size_t i = 0; i < PARTS && outcome == DONE; i++)
		outcome = begin_part(h, i, parts[i].rows, parts[i].count, e);
	return outcome;
}

struct fleet *history_fleet(struct history *h)
{
	struct fleet *f = &h->fleet;
	const struct {
		void *rows;
		size_t *count;
	} parts[PARTS] = { { &f->relays, &f->relay_count }, { &f->observations, &f->observation_count },
		{ &f->releases, &f->release_count }, { &f->pools, &f->pool_count }, { &f->rules, &f->rule_count } };
	for (size_t i = 0; i < PARTS; i++) {
		memcpy(parts[i].rows, &h->part[i].rows, sizeof h->part[i].rows);
		*parts[i].count = h->part[i].count;
	}
	return f;
}

void history_end(struct history *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < PARTS; i++) {
		for (size_t k = 0; k < h->part[i].count && h->part[i].said != NULL; k++)
			json_decref(h->part[i].said[k]);
		free(h->part[i].rows);
		free(h->part[i].said);
	}
	arena_free(&h->arena);
	free(h);
}

/* The fleet at a date. */

/* A relay whose state then is known, and not yet since when it had it: further back in the log there may be the
 * change. */
struct turn {
	const char *relay; /* its name at the place in the log that is looked at: it may have been renamed since */
	struct relay *row;
};

struct looking {
	struct history *history;
	struct fleet *then;
	struct turn *turns;
	size_t turn_count;
	int64_t date, revision; /* revision: 0 until it is found */
	struct arena *arena;
};

static int64_t state_in(const char *json)
{
	json_t *object = json == NULL ? NULL : json_loads(json, 0, NULL), *state = json_object_get(object, "state");
	int64_t number = state == NULL ? -1 : json_integer_value(state);
	json_decref(object);
	return number;
}

/* The name that a relay had before a change, when that was another one; NULL. */
static const char *former_name(const struct change *change, struct arena *arena)
{
	json_t *old = change->old == NULL ? NULL : json_loads(change->old, 0, NULL);
	const char *name = json_string_value(json_object_get(old, "name"));
	char *copy = name == NULL || strcmp(name, change->key) == 0 ? NULL : arena_text(arena, name);
	json_decref(old);
	return copy;
}

static void look_for_turn(struct looking *l, const struct change *change)
{
	bool turned = state_in(change->old) != state_in(change->new);
	for (size_t i = l->turn_count; i > 0 && change->of == &relay_kind; i--) {
		struct turn *turn = &l->turns[i - 1];
		const char *former;
		if (strcmp(turn->relay, change->key) != 0)
			continue;
		if (turned) {
			turn->row->since = change->at;
			*turn = l->turns[--l->turn_count];
		} else if ((former = former_name(change, l->arena)) != NULL) {
			turn->relay = former;
		}
	}
}

static int copy_part(struct looking *l, size_t part, void *rows, size_t count, struct error *e)
{
	const struct kind *kind = kinds[part];
	char *copies = arena_take(l->arena, (count + 1) * kind->size);
	int outcome = copies == NULL ? fail(e, FAILED, "out of memory") : DONE;
	for (size_t i = 0; i < count && outcome == DONE; i++)
		outcome = row_copy(kind, l->history->part[part].rows + i * kind->size, copies + i * kind->size, l->arena, e);
	memcpy(rows, &copies, sizeof copies);
	return outcome;
}

/* Sets the dates that the log does not hold: a relay's state that began later is of unknown age, and no observation is
 * newer than the date. */
static int date_back(struct looking *l, struct error *e)
{
	struct fleet *then = l->then;
	l->turns = arena_take(l->arena, (then->relay_count + 1) * sizeof *l->turns);
	if (l->turns == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < then->relay_count; i++) {
		struct relay *relay = &then->relays[i];
		if (relay->since <= l->date)
			continue;
		relay->since = 0;
		l->turns[l->turn_count++] = (struct turn){ relay->name, relay };
	}
	for (size_t i = 0; i < then->observation_count; i++)
		if (then->observations[i].at > l->date)
			then->observations[i].at = l->date;
	then->now = l->date;
	return DONE;
}

/* Copies the fleet when all later changes are undone, for the walk goes on further back and undoes more. */
static int take_picture(struct looking *l, struct error *e)
{
	struct fleet *then = l->then;
	*then = *history_fleet(l->history);
	const struct {
		void *rows;
		size_t count;
	} parts[PARTS] = { { &then->relays, then->relay_count }, { &then->observations, then->observation_count },
		{ &then->releases, then->release_count }, { &then->pools, then->pool_count }, { &then->rules, then->rule_count } };
	int outcome = DONE;
	for (size_t i = 0; i < PARTS && outcome == DONE; i++)
		outcome = copy_part(l, i, parts[i].rows, parts[i].count, e);
	return outcome == DONE ? date_back(l, e) : outcome;
}

static int look_back(const struct change *change, void *context, struct error *e)
{
	struct looking *l = context;
	int outcome = DONE;
	if (l->revision == 0 && change->at > l->date)
		return history_undo(l->history, change, e);
	if (l->revision == 0) {
		l->revision = change->revision;
		outcome = take_picture(l, e);
	}
	if (outcome == DONE)
		look_for_turn(l, change);
	return outcome == DONE && l->turn_count == 0 ? UNCHANGED : outcome;
}

static int out_of_reach(struct registry *r, struct error *e)
{
	char stamp[32] = "an unknown date";
	struct tm tm;
	int64_t oldest = 0;
	int outcome = registry_oldest(r, &oldest, e);
	time_t first = (time_t)oldest;
	if (oldest != 0 && gmtime_r(&first, &tm) != NULL)
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return outcome != DONE ? outcome : fail(e, ABSENT, "the change log does not reach back so far: it begins at %s", stamp);
}

int registry_fleet_at(struct registry *r, const struct fleet *now, int64_t date, struct arena *arena,
	struct fleet *then, int64_t *revision, struct error *e)
{
	struct looking l = { .then = then, .date = date, .arena = arena };
	int outcome = history_begin(now, &l.history, e);
	if (outcome == DONE)
		outcome = registry_changes_back(r, look_back, &l, e);
	history_end(l.history);
	*revision = l.revision;
	if (outcome != DONE && outcome != UNCHANGED)
		return outcome;
	return l.revision == 0 ? out_of_reach(r, e) : DONE;
}
