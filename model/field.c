/* SPDX-License-Identifier: BSD-2-Clause */
/* Field values from text and to text, by the field's kind: what a value of that kind may be. What only some names may be, a
 * host's say, is told by lib/name.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/address.h"
#include "lib/date.h"
#include "model/model.h"
#include "lib/name.h"
#include "wire/type.h"

enum { WORD_MOST = 63, TEXT_MOST = 500, WORDS_MOST = 8000 };

static int refuse(const struct field *field, struct error *e, const char *text, const char *wanted)
{
	return fail(e, REFUSED, "%s '%.100s': %s", field->name, text, wanted);
}

static bool word_write(const char *word, size_t length, char *normal)
{
	if (length == 0 || length > WORD_MOST)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = ascii_lower(word[i]);
		if (!ascii_letter(c) && !ascii_digit(c) && strchr("._-+", c) == NULL)
			return false;
		normal[i] = c;
	}
	normal[length] = '\0';
	return normal[0] != '-' && normal[0] != '.';
}

static const char word_wanted[] = "wanted 1 to 63 of a-z 0-9 . _ + -, not starting with . or -";

static bool network_write(const char *word, size_t length, char *normal)
{
	struct network network;
	if (!network_read(word, length, &network))
		return false;
	size_t used = address_write(&network.address, normal);
	snprintf(normal + used, 8, "/%u", network.length);
	return true;
}

static bool pattern_write(const char *word, size_t length, char *normal)
{
	struct name name;
	if (name_read_part(word, length, &name, NULL) != DONE)
		return false;
	name_write(name.wire, normal);
	return true;
}

/* A list: each word in normal form, once, in the order given, separated by one space. */
static int read_list(const struct field *field, const char *text, struct arena *arena,
	const char **list, bool (*normal_form)(const char *, size_t, char *), const char *wanted,
	struct error *e)
{
	struct text out = { 0 };
	size_t length;
	text_add(&out, "");
	const char *rest = text;
	for (const char *word; (word = text_word(&rest, ", ", &length)) != NULL;) {
		char normal[NAME_TEXT];
		if (length >= NAME_TEXT || !normal_form(word, length, normal)) {
			text_free(&out);
			return fail(e, REFUSED, "%s '%.*s': %s", field->name,
				(int)(length < 100 ? length : 100), word, wanted);
		}
		const char *seen = out.bytes, *other;
		size_t size, wide = strlen(normal);
		bool again = false;
		while (seen != NULL && (other = text_word(&seen, " ", &size)) != NULL)
			again |= size == wide && memcmp(other, normal, wide) == 0;
		if (again)
			continue;
		text_add(&out, out.length == 0 ? "" : " ");
		text_add(&out, normal);
	}
	*list = out.broken ? NULL : arena_text(arena, out.bytes);
	size_t total = out.length;
	text_free(&out);
	if (total > WORDS_MOST)
		return refuse(field, e, text, "the list is longer than 8000 bytes");
	return *list == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

static int check_text(const struct field *field, const char *text, struct error *e)
{
	if (strlen(text) > TEXT_MOST)
		return refuse(field, e, text, "longer than 500 bytes");
	if (!text_is_utf8(text))
		return refuse(field, e, text, "not UTF-8");
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			return refuse(field, e, text, "control characters are not allowed");
	return DONE;
}

static int read_text(const struct field *field, const char *text, struct arena *arena,
	const char **value, struct error *e)
{
	char normal[(int)NAME_TEXT > (int)ADDRESS_LIST ? NAME_TEXT : ADDRESS_LIST];
	int outcome = DONE;
	switch (field->kind) {
	case FIELD_PATTERNS:
		return read_list(field, text, arena, value, pattern_write,
			"wanted names, or *.NAME for all below", e);
	case FIELD_WORDS:
		return read_list(field, text, arena, value, word_write, word_wanted, e);
	case FIELD_NETWORKS:
		return read_list(field, text, arena, value, network_write,
			"wanted networks as ADDRESS/LENGTH", e);
	case FIELD_NAME:
	case FIELD_OPTIONAL_NAME:
		if (*text == '\0' && field->kind == FIELD_OPTIONAL_NAME)
			break;
		if (strpbrk(text, " \t\r\n\f\v") != NULL)
			return refuse(field, e, text, "there is a blank in it, which names have not (or written as \\032)");
		if ((outcome = name_normal(text, normal, e)) != DONE)
			return fail_within(e, outcome, "%s", field->name);
		text = normal;
		break;
	case FIELD_WORD:
		if (*text == '\0' && (field->flags & FIELD_NEEDED) == 0)
			break;
		if (!word_write(text, strlen(text), normal))
			return refuse(field, e, text, word_wanted);
		text = normal;
		break;
	case FIELD_ADDRESSES:
		if ((outcome = address_list(text, (size_t)field->most, normal, e)) != DONE)
			return fail_within(e, outcome, "%s", field->name);
		text = normal;
		break;
	default:
		outcome = check_text(field, text, e);
		break;
	}
	if (outcome == DONE && (*value = arena_text(arena, text)) == NULL)
		return fail(e, FAILED, "out of memory");
	return outcome;
}

static int read_choice(const struct field *field, const char *text, int64_t *number, struct error *e)
{
	char wanted[200] = "wanted";
	for (int64_t i = 0; field->choices[i] != NULL; i++) {
		if (strcmp(field->choices[i], text) == 0) {
			*number = i;
			return DONE;
		}
		size_t used = strlen(wanted);
		snprintf(wanted + used, sizeof wanted - used, "%s %s", i == 0 ? "" : ",", field->choices[i]);
	}
	return refuse(field, e, text, wanted);
}

static int read_flag(const struct field *field, const char *text, int64_t *number, struct error *e)
{
	static const char *const words[] = { "0", "1", "no", "yes", "false", "true" };
	for (size_t i = 0; i < 6; i++)
		if (strcmp(words[i], text) == 0) {
			*number = (int64_t)(i & 1);
			return DONE;
		}
	return refuse(field, e, text, "wanted yes or no");
}

static int read_time(const struct field *field, const char *text, int64_t *number, struct error *e)
{
	struct tm tm;
	if (text_number(text, 0, INT64_C(1) << 40, number))
		return DONE;
	*number = 0;
	if (strcmp(text, "never") == 0)
		return DONE;
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%Y-%m-%d %H:%M",
		"%Y-%m-%d %H:%M:%S" };
	const char *end = NULL;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0] && (end == NULL || *end != '\0'); i++) {
		memset(&tm, 0, sizeof tm);
		end = strptime(text, forms[i], &tm);
	}
	if (end == NULL || *end != '\0')
		return refuse(field, e, text, "wanted a time (UTC) as 2026-11-23T05:00:00Z, 2026-11-23 05:00 or "
			"2026-11-23, or never");
	int64_t at;
	if (!date_of(&tm, &at))
		return refuse(field, e, text, "there is no such day or time");
	if (at < 0)
		return refuse(field, e, text, "before 1970");
	*number = at;
	return DONE;
}

static int read_number(const struct field *field, const char *text, int64_t *number, struct error *e)
{
	tls_set set;
	int outcome;
	switch (field->kind) {
	case FIELD_CHOICE:
		return read_choice(field, text, number, e);
	case FIELD_FLAG:
		return read_flag(field, text, number, e);
	case FIELD_TIME:
		return read_time(field, text, number, e);
	case FIELD_TYPE:
		*number = type_read(text);
		return *number == 0 ? refuse(field, e, text, "wanted an RR type") : DONE;
	case FIELD_TLS:
		if ((outcome = tls_read(text, &set, e)) != DONE)
			return fail_within(e, outcome, "%s", field->name);
		*number = set;
		return *number < field->least ? refuse(field, e, text, "may not be none") : DONE;
	default:
		break;
	}
	if (text_number(text, field->least, field->most, number))
		return DONE;
	return fail(e, REFUSED, "%s '%.40s': wanted a number from %lld to %lld", field->name, text,
		(long long)field->least, (long long)field->most);
}

static int read_blob(const struct field *field, const char *text, struct arena *arena,
	struct blob *blob, struct error *e)
{
	size_t length = strlen(text);
	void *bytes = arena_bytes(arena, length / 4 * 3 + 3);
	if (bytes == NULL)
		return fail(e, FAILED, "out of memory");
	long size = base64_read(text, length, bytes, length / 4 * 3 + 3);
	if (size < 0)
		return refuse(field, e, text, "not base64 (RFC 4648 section 4)");
	*blob = (struct blob){ size == 0 ? NULL : bytes, (size_t)size };
	return DONE;
}

bool field_same(const struct field *field, const void *a, const void *b)
{
	if (field_is_number(field))
		return field_number(field, a) == field_number(field, b);
	if (field->kind != FIELD_BLOB)
		return strcmp(field_text(field, a), field_text(field, b)) == 0;
	struct blob one = field_blob(field, a), other = field_blob(field, b);
	return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

void field_carry(const struct field *field, void *to, const void *from)
{
	if (field->kind == FIELD_BLOB)
		field_put_blob(field, to, field_blob(field, from));
	else if (field_is_number(field))
		field_put_number(field, to, field_number(field, from));
	else
		field_put_text(field, to, field_text(field, from));
}

uint64_t field_bit(const struct kind *kind, const struct field *field)
{
	return UINT64_C(1) << (field - kind->fields);
}

int field_read(const struct field *field, const char *text, void *row, struct arena *arena,
	struct error *e)
{
	int outcome;
	if (*text == '\0' && (field->flags & FIELD_NEEDED) != 0)
		return fail(e, REFUSED, "%s may not be empty", field->name);
	if (field->kind == FIELD_BLOB) {
		struct blob blob = { 0 };
		outcome = read_blob(field, text, arena, &blob, e);
		if (outcome == DONE)
			field_put_blob(field, row, blob);
	} else if (field_is_number(field)) {
		int64_t number = 0;
		outcome = read_number(field, text, &number, e);
		if (outcome == DONE)
			field_put_number(field, row, number);
	} else {
		const char *value = "";
		outcome = read_text(field, text, arena, &value, e);
		if (outcome == DONE)
			field_put_text(field, row, value);
	}
	return outcome;
}

static int64_t choice_count(const struct field *field)
{
	int64_t count = 0;
	while (field->choices[count] != NULL)
		count++;
	return count;
}

void field_write(const struct field *field, const void *row, struct text *out)
{
	char buffer[TLS_TEXT > 24 ? TLS_TEXT : 24];
	int64_t number = field_is_number(field) ? field_number(field, row) : 0;
	time_t at = (time_t)number;
	struct tm tm;
	switch (field->kind) {
	case FIELD_CHOICE:
		text_add(out, number >= 0 && number < choice_count(field) ? field->choices[number] : "?");
		break;
	case FIELD_TLS:
		tls_write((tls_set)number, buffer);
		text_add(out, buffer);
		break;
	case FIELD_FLAG:
		text_add(out, number ? "yes" : "no");
		break;
	case FIELD_TYPE:
		type_write((uint16_t)number, buffer);
		text_add(out, buffer);
		break;
	case FIELD_TIME:
		if (number == 0 || gmtime_r(&at, &tm) == NULL)
			strcpy(buffer, "never");
		else
			strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &tm);
		text_add(out, buffer);
		break;
	case FIELD_NUMBER:
		text_addf(out, "%lld", (long long)number);
		break;
	case FIELD_BLOB:
		base64_write(field_blob(field, row).data, field_blob(field, row).size, out);
		break;
	default:
		text_add(out, field_text(field, row));
		break;
	}
}

/* A stored text must already be what reading it would make of it. */
static int check_normal(const struct field *field, const void *row, struct arena *arena, struct error *e)
{
	const char *text = field_text(field, row), *normal = NULL;
	int outcome = DONE;
	if (*text == '\0' && (field->flags & FIELD_NEEDED) != 0)
		outcome = fail(e, REFUSED, "%s may not be empty", field->name);
	else
		outcome = read_text(field, text, arena, &normal, e);
	if (outcome == DONE && strcmp(text, normal) != 0)
		outcome = fail(e, REFUSED, "%s '%.100s' is not in normal form: wanted '%.100s'",
			field->name, text, normal);
	return outcome;
}

static int check_field(const struct field *field, const void *row, struct arena *arena, struct error *e)
{
	if (field->kind == FIELD_BLOB)
		return (field->flags & FIELD_NEEDED) != 0 && field_blob(field, row).size == 0
			? fail(e, REFUSED, "%s may not be empty", field->name)
			: DONE;
	if (!field_is_number(field))
		return check_normal(field, row, arena, e);
	int64_t number = field_number(field, row), least = field->least, most = field->most;
	if (field->kind == FIELD_CHOICE)
		most = choice_count(field) - 1;
	else if (field->kind == FIELD_TIME)
		most = INT64_C(1) << 40;
	if (number < least || number > most)
		return fail(e, REFUSED, "%s %lld: wanted %lld to %lld", field->name, (long long)number,
			(long long)least, (long long)most);
	return DONE;
}

int row_check(const struct kind *kind, const void *row, struct error *e)
{
	struct arena arena = { 0 };
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		int outcome = check_field(f, row, &arena, e);
		if (outcome == DONE)
			continue;
		arena_free(&arena);
		struct text cite = { 0 };
		text_add(&cite, kind->name);
		const struct field *first = kind->fields;
		if (f != first && !field_is_number(first) && first->kind != FIELD_BLOB)
			text_addf(&cite, " %.100s", field_text(first, row));
		fail_within(e, outcome, "%s", cite.broken ? kind->name : cite.bytes);
		text_free(&cite);
		return outcome;
	}
	arena_free(&arena);
	return DONE;
}
