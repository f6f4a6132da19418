/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON of objects, by the fields that they have. */
#include "updater/facts.h"

#include <string.h>

static json_t *show_list(const char *list)
{
	json_t *array = json_array();
	size_t length;
	for (const char *word; (word = text_word(&list, " ", &length)) != NULL;)
		json_array_append_new(array, json_stringn(word, length));
	return array;
}

static json_t *show_text(const struct field *f, const void *row)
{
	struct text text = { 0 };
	field_write(f, row, &text);
	json_t *json = text.broken ? NULL : json_string(text.bytes == NULL ? "" : text.bytes);
	text_free(&text);
	return json;
}

static json_t *show_field(const struct field *f, const void *row)
{
	switch (f->kind) {
	case FIELD_ADDRESSES:
	case FIELD_NETWORKS:
	case FIELD_PATTERNS:
	case FIELD_WORDS:
		return show_list(field_text(f, row));
	case FIELD_NUMBER:
		return json_integer(field_number(f, row));
	case FIELD_FLAG:
		return json_boolean(field_number(f, row) != 0);
	case FIELD_TIME:
		return field_number(f, row) == 0 ? json_null() : show_text(f, row);
	default:
		return show_text(f, row);
	}
}

json_t *facts_show(const struct kind *kind, const void *row)
{
	json_t *object = json_object();
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_HIDDEN) == 0)
			json_object_set_new(object, f->name, show_field(f, row));
	return object;
}

static bool is_list(const struct field *f)
{
	return f->kind == FIELD_ADDRESSES || f->kind == FIELD_NETWORKS || f->kind == FIELD_PATTERNS
		|| f->kind == FIELD_WORDS;
}

/* A JSON value as the text that field_read takes; false when it cannot be one. */
static bool as_text(const json_t *json, struct text *text)
{
	if (json_is_string(json)) {
		text_add_part(text, json_string_value(json), json_string_length(json));
		return strlen(text->broken ? "" : text->bytes) == json_string_length(json);
	}
	if (json_is_integer(json))
		text_addf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
	else if (json_is_boolean(json))
		text_add(text, json_is_true(json) ? "yes" : "no");
	else if (!json_is_array(json))
		return false;
	text_add(text, "");
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *word = json_array_get(json, i);
		if (!json_is_string(word) || strlen(json_string_value(word)) != json_string_length(word))
			return false;
		text_add(text, i == 0 ? "" : " ");
		text_add(text, json_string_value(word));
	}
	return true;
}

int facts_take(const json_t *object, const char *key, const struct kind *kind, const char *field,
	void *row, bool *given, struct arena *arena, struct error *e)
{
	const json_t *json = json_object_get(object, key);
	struct text text = { 0 };
	*given = json != NULL && !json_is_null(json);
	if (!*given)
		return DONE;
	int outcome;
	const struct field *f = kind_field(kind, field, strlen(field));
	if (is_list(f) != json_is_array(json))
		outcome = fail(e, REFUSED, "%s: wanted %s", key, is_list(f) ? "a list" : "one value");
	else if (!as_text(json, &text))
		outcome = fail(e, REFUSED, "%s: not a value that it can have", key);
	else if (text.broken)
		outcome = fail(e, FAILED, "out of memory");
	else
		outcome = field_read(f, text.bytes, row, arena, e);
	text_free(&text);
	return outcome;
}

int facts_read(const char *text, size_t size, json_t **object, struct error *e)
{
	json_error_t error;
	*object = size == 0 ? json_object() : json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (*object == NULL)
		return size == 0 ? fail(e, FAILED, "out of memory")
				 : fail(e, REFUSED, "line %d: %s", error.line, error.text);
	if (json_is_object(*object))
		return DONE;
	json_decref(*object);
	return fail(e, REFUSED, "wanted a JSON object");
}
