/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the JSON that the triggers wrote (registry/triggers.c) into rows. */
#include "registry/change_row.h"

#include <jansson.h>
#include <string.h>

#include "registry/difference.h"

static int unreadable(struct error *e, const char *json)
{
	return fail(e, REFUSED, "the change log holds '%.100s'", json);
}

/* The key fields by the change's key, in which a space stands between them. */
static int take_key(const struct change *change, struct arena *arena, struct change_side *side, struct error *e)
{
	const struct kind *kind = change->of;
	const char *rest = change->key;
	size_t length;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if ((f->flags & FIELD_KEY) == 0)
			continue;
		const char *word = text_word(&rest, " ", &length);
		const char *copy = word == NULL ? NULL : arena_text_part(arena, word, length);
		if (word == NULL || field_is_number(f) || f->kind == FIELD_BLOB)
			return fail(e, REFUSED, "the change log holds the key '%.100s'", change->key);
		if (copy == NULL)
			return fail(e, FAILED, "out of memory");
		field_put_text(f, &side->row, copy);
		side->told |= field_bit(kind, f);
	}
	return DONE;
}

/* One field's value; false for one of another type than the field's. */
static bool take_value(const struct field *f, json_t *value, struct arena *arena, union any_row *row)
{
	const char *text = json_is_null(value) ? "" : json_string_value(value);
	if (field_is_number(f)) {
		field_put_number(f, row, json_integer_value(value));
		return json_is_integer(value);
	}
	const char *copy = text == NULL ? NULL : arena_text(arena, text);
	if (copy != NULL)
		field_put_text(f, row, copy);
	return copy != NULL;
}

/* The words of registry/triggers.c. */
static void take_secret(const char *word, uint64_t bit, struct change_side *side)
{
	if (word == NULL)
		return;
	side->secrets |= strcmp(word, "new") == 0 ? bit : 0;
	side->held |= strcmp(word, "held") == 0 ? bit : 0;
	side->untold &= ~bit;
}

static int take_fields(const struct kind *kind, const char *json, struct arena *arena, struct change_side *side,
	struct error *e)
{
	json_t *object = json_loads(json, 0, NULL);
	int outcome = json_is_object(object) ? DONE : unreadable(e, json);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && outcome == DONE; f++) {
		json_t *value = json_object_get(object, f->name);
		if (value == NULL)
			continue;
		if (f->kind == FIELD_BLOB) {
			take_secret(json_string_value(value), field_bit(kind, f), side);
		} else if (take_value(f, value, arena, &side->row)) {
			side->told |= field_bit(kind, f);
		} else {
			outcome = unreadable(e, json);
		}
	}
	json_decref(object);
	return outcome;
}

int change_read(const struct change *change, bool after, struct arena *arena, struct change_side *side, struct error *e)
{
	const struct kind *kind = change->of;
	const char *json = after ? change->new : change->old;
	memset(side, 0, sizeof *side);
	if (kind == NULL || kind->log == LOG_NONE)
		return fail(e, REFUSED, "the change log's '%.40s' is of no row", change->kind);
	int outcome = row_standard(kind, &side->row, arena, e);
	if (outcome != DONE || json == NULL)
		return outcome;
	side->there = true;
	if (kind->log == LOG_LIST) {
		const char *zone = arena_text(arena, change->key);
		side->told = (UINT64_C(1) << kind->count) - 1;
		return zone == NULL ? fail(e, FAILED, "out of memory")
				    : difference_read_record(json, zone, arena, &side->row.record, e);
	}
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && change->new == NULL; f++)
		side->untold |= (f->flags & FIELD_HIDDEN) != 0 ? field_bit(kind, f) : 0;
	outcome = take_key(change, arena, side, e);
	return outcome == DONE ? take_fields(kind, json, arena, side, e) : outcome;
}
