/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of a kind as an aligned table or as JSON. */
#include "tools/table.h"

#include <string.h>
#include <time.h>

void table_cell(struct table_print *t, const char *text)
{
	text_add_part(&t->cells, text, strlen(text) + 1);
	t->count++;
}

static void measure(const struct table_print *t, size_t *width)
{
	const char *cell = t->cells.bytes;
	for (int i = 0; i < t->columns; i++)
		width[i] = strlen(t->heads[i]);
	for (size_t n = 0; n < t->count; n++) {
		size_t length = strlen(cell), column = n % (size_t)t->columns;
		width[column] = length > width[column] ? length : width[column];
		cell += length + 1;
	}
}

static void print_cell(FILE *out, const char *text, int column, int columns, const size_t *width)
{
	if (column + 1 == columns)
		fprintf(out, "%s\n", text);
	else
		fprintf(out, "%-*s  ", (int)width[column], text);
}

void table_end(const struct command *c, struct table_print *t)
{
	size_t width[COLUMNS_MOST];
	if (!t->cells.broken) {
		measure(t, width);
		for (int i = 0; i < t->columns; i++)
			print_cell(c->out, t->heads[i], i, t->columns, width);
		const char *cell = t->cells.bytes;
		for (size_t n = 0; n < t->count; n++) {
			print_cell(c->out, cell, (int)(n % (size_t)t->columns), t->columns, width);
			cell += strlen(cell) + 1;
		}
	}
	text_free(&t->cells);
}

static json_t *list_json(const char *list)
{
	json_t *array = json_array();
	size_t length;
	for (const char *word; (word = text_word(&list, " ", &length)) != NULL;)
		json_array_append_new(array, json_stringn(word, length));
	return array;
}

static json_t *field_json(const struct field *f, const void *row)
{
	switch (f->kind) {
	case FIELD_NUMBER:
		return json_integer(field_number(f, row));
	case FIELD_FLAG:
		return json_boolean(field_number(f, row) != 0);
	case FIELD_ADDRESSES:
	case FIELD_NETWORKS:
	case FIELD_PATTERNS:
	case FIELD_WORDS:
		return list_json(field_text(f, row));
	default:
		break;
	}
	struct text text = { 0 };
	field_write(f, row, &text);
	json_t *value = f->kind == FIELD_TIME && field_number(f, row) == 0
		? json_null()
		: json_string(text.bytes == NULL ? "" : text.bytes);
	text_free(&text);
	return value;
}

json_t *row_json(const struct kind *kind, const void *row)
{
	json_t *object = json_object();
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_HIDDEN) == 0)
			json_object_set_new(object, f->name, field_json(f, row));
	return object;
}

const char *date_text(struct command *c, int64_t date)
{
	struct tm tm;
	time_t at = (time_t)date;
	char text[32];
	if (gmtime_r(&at, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return "?";
	return arena_text(&c->arena, text);
}

const char *counted(struct command *c, int64_t count, const char *noun)
{
	return arena_format(&c->arena, "%lld %s%s", (long long)count, noun, count == 1 ? "" : "s");
}

void print_json(const struct command *c, json_t *json)
{
	json_dumpf(json, c->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	fputc('\n', c->out);
	json_decref(json);
}

struct printing {
	const struct kind *kind;
	struct table_print table;
	json_t *array;
	row_wanted *wanted; /* NULL: all */
	const void *context;
};

static bool listed(const struct field *f)
{
	return (f->flags & (FIELD_HIDDEN | FIELD_DETAIL)) == 0;
}

static int take_row(const void *row, void *context, struct error *e)
{
	(void)e;
	struct printing *p = context;
	if (p->wanted != NULL && !p->wanted(row, p->context))
		return DONE;
	if (p->array != NULL) {
		json_array_append_new(p->array, row_json(p->kind, row));
		return DONE;
	}
	for (const struct field *f = p->kind->fields; f < p->kind->fields + p->kind->count; f++) {
		struct text cell = { 0 };
		if (!listed(f))
			continue;
		field_write(f, row, &cell);
		table_cell(&p->table, cell.length == 0 ? "-" : cell.bytes);
		text_free(&cell);
	}
	return DONE;
}

static int print_some(struct command *c, const struct kind *kind, const void *of, row_wanted *wanted, const void *context,
	struct error *e)
{
	struct printing p = { .kind = kind, .array = c->json ? json_array() : NULL, .wanted = wanted, .context = context };
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if (listed(f))
			p.table.heads[p.table.columns++] = f->name;
	int outcome = registry_each(c->registry, kind, of, take_row, &p, e);
	if (outcome != DONE) {
		json_decref(p.array);
		text_free(&p.table.cells);
	} else if (c->json) {
		print_json(c, p.array);
	} else {
		table_end(c, &p.table);
	}
	return outcome;
}

int print_rows(struct command *c, const struct kind *kind, const void *of, struct error *e)
{
	return print_some(c, kind, of, NULL, NULL, e);
}

int print_rows_if(struct command *c, const struct kind *kind, row_wanted *wanted, const void *context, struct error *e)
{
	return print_some(c, kind, NULL, wanted, context, e);
}

int print_row(struct command *c, const struct kind *kind, const void *row)
{
	if (c->json) {
		print_json(c, row_json(kind, row));
		return DONE;
	}
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		struct text value = { 0 };
		if ((f->flags & FIELD_HIDDEN) != 0)
			continue;
		field_write(f, row, &value);
		fprintf(c->out, "%s: %s\n", f->name, value.length == 0 ? "-" : value.bytes);
		text_free(&value);
	}
	return DONE;
}
