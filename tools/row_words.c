/* SPDX-License-Identifier: BSD-2-Clause */
/* Two states of an object compared field by field, each value in the words that the command takes. */
#include "tools/row_words.h"

#include <string.h>

#include "tools/rdata_text.h"
#include "tools/table.h"

static bool is_key(const struct field *f)
{
	return (f->flags & FIELD_KEY) != 0;
}

struct row_sides row_sides(const struct kind *kind, const void *was, const void *is)
{
	struct row_sides sides = { .kind = kind, .was = was, .is = is };
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_HIDDEN) == 0)
			sides.told |= field_bit(kind, f);
		else if (was != NULL && is != NULL && !field_same(f, was, is))
			sides.secrets |= field_bit(kind, f);
	return sides;
}

/* Whether a value is known, and another one than before. */
static bool differs(const struct row_sides *s, const struct field *f)
{
	return (s->told & field_bit(s->kind, f)) != 0 && !field_same(f, s->was, s->is);
}

bool row_changed(const struct row_sides *s)
{
	bool changed = s->was == NULL || s->is == NULL || s->secrets != 0;
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count && !changed; f++)
		changed = differs(s, f);
	return changed;
}

static const void *present(const struct row_sides *s)
{
	return s->is != NULL ? s->is : s->was;
}

void row_words_key(const struct row_sides *s, struct text *out)
{
	if (s->kind->log != LOG_LIST) {
		row_cite(s->kind, present(s), out);
		return;
	}
	text_addf(out, "%s ", s->kind->name);
	field_write(s->kind->fields, present(s), out);
}

static void add_text(struct text *out, const char *text)
{
	text_add(out, "\"");
	for (; *text != '\0'; text++) {
		text_add(out, *text == '"' || *text == '\\' ? "\\" : "");
		text_add_part(out, text, 1);
	}
	text_add(out, "\"");
}

/* A list as the command takes it in one word. */
static void add_list(struct text *out, const char *list)
{
	const char *between = "";
	size_t length;
	for (const char *word; (word = text_word(&list, " ", &length)) != NULL; between = ",") {
		text_add(out, between);
		text_add_part(out, word, length);
	}
}

static void add_value(struct text *out, const struct field *f, const void *row)
{
	bool list = f->kind == FIELD_ADDRESSES || f->kind == FIELD_NETWORKS || f->kind == FIELD_PATTERNS
		|| f->kind == FIELD_WORDS;
	if (f->kind == FIELD_TEXT)
		add_text(out, field_text(f, row));
	else if (!field_is_number(f) && f->kind != FIELD_BLOB && *field_text(f, row) == '\0')
		text_add(out, "none");
	else if (list)
		add_list(out, field_text(f, row));
	else
		field_write(f, row, out);
}

/* "www.b5p.us A 192.0.2.1" */
static void add_record(struct text *out, const struct record *record)
{
	struct text type = { 0 };
	const struct field *f = kind_field(&record_kind, "type", 4);
	field_write(f, record, &type);
	text_addf(out, "%s %s ", record->owner, type.bytes == NULL ? "?" : type.bytes);
	out->broken |= type.broken;
	text_free(&type);
	rdata_write((uint16_t)record->type, record->rdata, out);
}

static void add_secrets(const struct row_sides *s, struct text *out, const char **between)
{
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count; f++)
		if ((s->secrets & field_bit(s->kind, f)) != 0) {
			text_addf(out, "%sanother %s", *between, f->name);
			*between = ", ";
		}
}

static void add_changed(const struct row_sides *s, struct text *out, const char *between)
{
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count; f++) {
		if (!differs(s, f) || (s->kind == &record_kind && is_key(f)))
			continue;
		text_addf(out, "%s%s ", between, f->name);
		add_value(out, f, s->was);
		text_add(out, " -> ");
		add_value(out, f, s->is);
		between = ", ";
	}
	add_secrets(s, out, &between);
}

/* Of an object that came or went: what it is, and what a new one would not have. */
static bool tells(const struct row_sides *s, const struct field *f, const union any_row *standard)
{
	bool told = !is_key(f) && f->kind != FIELD_BLOB && (s->told & field_bit(s->kind, f)) != 0;
	bool state = f->kind == FIELD_CHOICE && (f->flags & FIELD_DETAIL) == 0;
	return told && (state || !field_same(f, present(s), standard));
}

static void add_telling(const struct row_sides *s, struct text *out, const char *between)
{
	struct arena arena = { 0 };
	union any_row standard;
	out->broken |= row_standard(s->kind, &standard, &arena, NULL) != DONE;
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count && !out->broken; f++) {
		if (!tells(s, f, &standard))
			continue;
		text_addf(out, "%s%s ", between, f->name);
		add_value(out, f, present(s));
		between = ", ";
	}
	arena_free(&arena);
}

void row_words(const struct row_sides *s, struct text *out)
{
	bool both = s->was != NULL && s->is != NULL, record = s->kind == &record_kind;
	struct text was = { 0 };
	if (record && both)
		add_record(&was, s->was);
	if (record && !both)
		add_record(out, present(s));
	if (record && both) {
		size_t start = out->length;
		add_record(out, s->is);
		if (!was.broken && !out->broken && strcmp(was.bytes, out->bytes + start) != 0) {
			out->bytes[out->length = start] = '\0';
			text_addf(out, "%s -> ", was.bytes);
			add_record(out, s->is);
		}
	}
	out->broken |= was.broken;
	text_free(&was);
	if (both)
		add_changed(s, out, record ? ", " : "");
	else
		add_telling(s, out, record ? ", " : "");
}

static json_t *rdata_json(const struct record *record)
{
	struct text rdata = { 0 };
	rdata_write((uint16_t)record->type, record->rdata, &rdata);
	json_t *text = json_string(rdata.bytes == NULL ? "" : rdata.bytes);
	text_free(&rdata);
	return text;
}

/* One side's values: all that are known, or those that changed; a record's are its key, too, and so all stand there. */
static json_t *side_json(const struct row_sides *s, const void *row)
{
	if (row == NULL)
		return json_null();
	json_t *object = row_json(s->kind, row);
	bool both = s->was != NULL && s->is != NULL && s->kind != &record_kind;
	if (s->kind == &record_kind)
		json_object_set_new(object, "rdata", rdata_json(row));
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count; f++)
		if (both ? !differs(s, f) : (s->told & field_bit(s->kind, f)) == 0)
			json_object_del(object, f->name);
	return object;
}

json_t *row_sides_json(const struct row_sides *s)
{
	struct text key = { 0 };
	json_t *secrets = json_array();
	row_words_key(s, &key);
	for (const struct field *f = s->kind->fields; f < s->kind->fields + s->kind->count; f++)
		if ((s->secrets & field_bit(s->kind, f)) != 0)
			json_array_append_new(secrets, json_string(f->name));
	json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", s->kind->name, "key",
		key.broken ? "?" : key.bytes + strlen(s->kind->name) + 1, "was", side_json(s, s->was), "is",
		side_json(s, s->is), "secrets", secrets);
	text_free(&key);
	return object;
}
