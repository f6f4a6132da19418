/* SPDX-License-Identifier: BSD-2-Clause */
/* A change in words: both of its sides are read into rows, which are compared as the field tables have them. */
#include "tools/watch/log_entry.h"

#include <string.h>
#include <time.h>

#include "registry/change_row.h"
#include "tools/row_words.h"

static void write_date(int64_t date, char stamp[32])
{
	struct tm tm;
	time_t at = (time_t)date;
	if (gmtime_r(&at, &tm) == NULL || strftime(stamp, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strcpy(stamp, "?");
}

/* What was and what is, as the log holds it: of what is no row, and of what SQL by hand wrote. */
static void add_raw(const struct change *change, struct text *out)
{
	text_addf(out, "%s%s%s", change->kind, *change->key == '\0' ? "" : " ", change->key);
	if (change->old != NULL || change->new != NULL)
		text_addf(out, ": %s -> %s", change->old == NULL ? "none" : change->old,
			change->new == NULL ? "none" : change->new);
}

/* "relay r1: weight 100 -> 50"; an object that came or went, "relay r1 added: weight 50"; one that SQL gave another name,
 * "relay r1: name r0 -> r1". */
static void add_sides(const struct row_sides *s, struct text *out)
{
	struct text words = { 0 };
	row_words_key(s, out);
	row_words(s, &words);
	text_add(out, s->was == NULL ? " added" : s->is == NULL ? " removed" : "");
	if (words.length > 0)
		text_addf(out, ": %s", words.bytes);
	out->broken |= words.broken;
	text_free(&words);
}

static void add_words(const struct change *change, struct text *out)
{
	struct arena arena = { 0 };
	struct change_side was, is;
	if (change_read(change, false, &arena, &was, NULL) != DONE || change_read(change, true, &arena, &is, NULL) != DONE
		|| (!was.there && !is.there)) {
		add_raw(change, out);
	} else {
		struct row_sides s = { .kind = change->of, .was = was.there ? &was.row : NULL, .is = is.there ? &is.row : NULL,
			.told = was.there && is.there ? was.told & is.told : was.told | is.told, .secrets = is.secrets };
		add_sides(&s, out);
	}
	arena_free(&arena);
}

void log_entry_line(const struct change *change, struct text *out)
{
	char stamp[32];
	write_date(change->at, stamp);
	text_addf(out, "%lld %s ", (long long)change->revision, stamp);
	add_words(change, out);
	text_addf(out, "  by %s%s%s", *change->actor == '\0' ? "hand (SQL)" : change->actor,
		*change->origin == '\0' ? "" : " from ", change->origin);
	if (*change->verb != '\0')
		text_addf(out, ": %s", change->verb);
	if (*change->reason != '\0')
		text_addf(out, "  because: %s", change->reason);
	text_add(out, "\n");
}

static json_t *parsed(const char *json)
{
	json_t *value = json == NULL ? NULL : json_loads(json, JSON_DECODE_ANY, NULL);
	return value == NULL ? json_null() : value;
}

json_t *log_entry_json(const struct change *change)
{
	char stamp[32];
	write_date(change->at, stamp);
	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "revision", (json_int_t)change->revision, "at",
		stamp, "kind", change->kind, "key", change->key, "old", parsed(change->old), "new", parsed(change->new), "actor",
		change->actor, "origin", change->origin, "verb", change->verb, "reason", change->reason);
}

/* Whether one of the row's key fields is that name. */
static bool side_names(const struct change *change, bool after, const char *name)
{
	struct arena arena = { 0 };
	struct change_side side;
	bool found = change_read(change, after, &arena, &side, NULL) == DONE && side.there;
	const struct field *f = found ? change->of->fields : NULL, *end = found ? f + change->of->count : NULL;
	found = false;
	for (; f < end && !found; f++)
		found = (f->flags & FIELD_KEY) != 0 && !field_is_number(f) && f->kind != FIELD_BLOB
			&& strcmp(field_text(f, &side.row), name) == 0;
	arena_free(&arena);
	return found;
}

bool log_entry_names(const struct change *change, const char *name)
{
	if (strcmp(change->key, name) == 0 || text_lists(change->key, name))
		return true;
	return side_names(change, false, name) || side_names(change, true, name);
}
