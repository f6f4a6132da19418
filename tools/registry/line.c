/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes an object as a line of words, and reads it again, for export and import. */
#include <string.h>

#include "lib/clock.h"
#include "tools/registry/line.h"

static bool plain(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++)
		if (!ascii_letter(*value) && !ascii_digit(*value) && strchr("._-:/+=*,", *value) == NULL)
			return false;
	return true;
}

static void write_value(const char *value, struct text *out)
{
	if (plain(value)) {
		text_add(out, value);
		return;
	}
	text_add(out, "\"");
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			text_add(out, "\\");
		text_add_part(out, value, 1);
	}
	text_add(out, "\"");
}

/* What nobody declares: secrets, which belong into no file that is passed around, and when something became so. */
static bool is_fact(const struct field *f)
{
	bool secret = (f->flags & FIELD_HIDDEN) != 0 && (f->flags & FIELD_KEY) == 0;
	return secret || (f->kind == FIELD_TIME && (f->flags & FIELD_UNLOGGED) != 0);
}

static void write_fields(const struct kind *kind, const void *row, bool facts, struct text *out)
{
	text_add(out, kind->name);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		struct text value = { 0 };
		if (!facts && is_fact(f))
			continue;
		field_write(f, row, &value);
		if (value.length > 0 || (f->flags & FIELD_KEY) != 0) {
			text_addf(out, " %s=", f->name);
			write_value(value.bytes == NULL ? "" : value.bytes, out);
		}
		out->broken |= value.broken;
		text_free(&value);
	}
	text_add(out, "\n");
}

void line_write(const struct kind *kind, const void *row, struct text *out)
{
	write_fields(kind, row, true, out);
}

void line_write_declared(const struct kind *kind, const void *row, struct text *out)
{
	write_fields(kind, row, false, out);
}

static bool is_given(const struct kind *kind, const char *name, uint64_t given)
{
	return (given & field_bit(kind, kind_field(kind, name, strlen(name)))) != 0;
}

/* A relay's state and a host's addresses have a date, by which it is told when clients have heard of them. A line that
 * was written when another state was there may have its date still. */
static void date_anew(const struct kind *kind, void *row, const void *there, uint64_t given)
{
	if (kind == &relay_kind) {
		struct relay *relay = row;
		const struct relay *was = there;
		if (relay->state != was->state && (!is_given(kind, "since", given) || relay->since == was->since))
			relay->since = clock_date();
	} else if (kind == &host_kind) {
		struct host *host = row;
		if (strcmp(host->addresses, ((const struct host *)there)->addresses) != 0 && !is_given(kind, "updated", given))
			host->updated = clock_date();
	}
}

void line_keep(const struct kind *kind, void *row, const void *there, uint64_t given)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if (is_fact(f) && (given & field_bit(kind, f)) == 0)
			field_carry(f, row, there);
	date_anew(kind, row, there, given);
}

bool lines_same(const struct kind *kind, const void *a, const void *b)
{
	struct text one = { 0 }, other = { 0 };
	line_write(kind, a, &one);
	line_write(kind, b, &other);
	bool same = !one.broken && !other.broken && strcmp(one.bytes, other.bytes) == 0;
	text_free(&one);
	text_free(&other);
	return same;
}

/* Takes one value from *REST, without its quotes. */
static int read_value(const char **rest, struct text *value, struct error *e)
{
	const char *at = *rest;
	bool quoted = *at == '"';
	for (at += quoted; *at != '\0' && (quoted ? *at != '"' : *at != ' '); at++) {
		if (quoted && *at == '\\' && at[1] != '\0')
			at++;
		text_add_part(value, at, 1);
	}
	if (quoted && *at++ != '"')
		return fail(e, REFUSED, "a quote is not closed");
	if (*at != ' ' && *at != '\0')
		return fail(e, REFUSED, "a space is wanted behind a value");
	*rest = at;
	return DONE;
}

static int read_field(const struct kind *kind, const char **rest, void *row, uint64_t *seen,
	struct arena *arena, struct error *e)
{
	const char *name = *rest;
	size_t length = strcspn(name, "= ");
	if (name[length] != '=')
		return fail(e, REFUSED, "'%.*s': wanted FIELD=VALUE", (int)(length < 40 ? length : 40), name);
	const struct field *field = kind_field(kind, name, length);
	if (field == NULL)
		return fail(e, REFUSED, "a %s has no field '%.*s'", kind->name,
			(int)(length < 40 ? length : 40), name);
	uint64_t bit = field_bit(kind, field);
	if ((*seen & bit) != 0)
		return fail(e, REFUSED, "%s stands twice", field->name);
	*seen |= bit;
	*rest = name + length + 1;
	struct text value = { 0 };
	text_add(&value, "");
	int outcome = read_value(rest, &value, e);
	if (outcome == DONE)
		outcome = value.broken ? fail(e, FAILED, "out of memory")
				       : field_read(field, value.bytes, row, arena, e);
	text_free(&value);
	return outcome;
}

static int check_needed(const struct kind *kind, uint64_t seen, struct error *e)
{
	for (size_t i = 0; i < kind->count; i++)
		if ((kind->fields[i].flags & FIELD_NEEDED) != 0 && (seen >> i & 1) == 0)
			return fail(e, REFUSED, "a %s needs %s=", kind->name, kind->fields[i].name);
	return DONE;
}

int line_read(const char *line, const struct kind **kind, void *row, struct arena *arena, struct error *e)
{
	uint64_t given;
	return line_read_given(line, kind, row, &given, arena, e);
}

int line_read_given(const char *line, const struct kind **kind, void *row, uint64_t *given, struct arena *arena,
	struct error *e)
{
	char name[32] = "";
	const char *rest = line + strspn(line, " \t");
	if (*rest == '\0' || *rest == '#')
		return ABSENT;
	size_t length = strcspn(rest, " ");
	if (length < sizeof name)
		memcpy(name, rest, length);
	*kind = model_kind(name);
	if (*kind == NULL)
		return fail(e, REFUSED, "'%.*s' is no kind of object", (int)(length < 40 ? length : 40), rest);
	int outcome = row_standard(*kind, row, arena, e);
	rest += length;
	*given = 0;
	while (outcome == DONE && *(rest += strspn(rest, " ")) != '\0')
		outcome = read_field(*kind, &rest, row, given, arena, e);
	return outcome == DONE ? check_needed(*kind, *given, e) : outcome;
}
