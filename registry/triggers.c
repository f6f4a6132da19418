/* SPDX-License-Identifier: BSD-2-Clause */
/* SQL that makes a kind's triggers for the change log. They watch all of its fields but those that model/model.h says are
 * quiet or not logged. */
#include "registry/triggers.h"

enum { KEYS = 1, REST = 2 };

static bool is_key(const struct field *f)
{
	return (f->flags & FIELD_KEY) != 0;
}

/* Whether a change of this field alone makes a row of the log. */
static bool is_loud(const struct field *f)
{
	return (f->flags & (FIELD_QUIET | FIELD_UNLOGGED)) == 0;
}

static bool is_told(const struct field *f)
{
	return (f->flags & (FIELD_HIDDEN | FIELD_UNLOGGED)) == 0;
}

static void add_loud(struct text *sql, const struct kind *kind, const char *side)
{
	const char *between = "";
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if (!is_loud(f))
			continue;
		text_addf(sql, "%s%s\"%s\"", between, side, f->name);
		between = ", ";
	}
}

/* The key fields; of a list, the one under which it stands. */
static void add_key(struct text *sql, const struct kind *kind, const char *side)
{
	const char *between = "";
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if (!is_key(f) || (kind->log == LOG_LIST && f != kind->fields))
			continue;
		text_addf(sql, "%s%s\"%s\"", between, side, f->name);
		between = " || ' ' || ";
	}
}

static void add_list(struct text *sql, const struct kind *kind, const char *side)
{
	text_add(sql, "json_array(");
	for (const struct field *f = kind->fields + 1; f < kind->fields + kind->count; f++)
		text_addf(sql, f->kind == FIELD_BLOB ? "%shex(%s\"%s\")" : "%s%s\"%s\"", f == kind->fields + 1 ? "" : ", ",
			side, f->name);
	text_add(sql, ")");
}

/* What is said of a hidden field: nothing, whether it is another one than before, or whether there was one. */
enum secrets { NO_SECRETS, NEW_SECRETS, LOST_SECRETS };

static bool add_secret(struct text *sql, const struct field *f, enum secrets secrets, const char *between)
{
	if ((f->flags & FIELD_HIDDEN) == 0 || secrets == NO_SECRETS || (secrets == NEW_SECRETS && !is_loud(f)))
		return false;
	text_addf(sql, secrets == NEW_SECRETS ? "%s'%s', iif(OLD.\"%s\" IS NEW.\"%s\", 'kept', 'new')"
		: "%s'%s', iif(length(OLD.\"%s\") > 0, 'held', 'none')", between, f->name, f->name, f->name);
	return true;
}

/* Adds one side of a change as JSON. SIDE is "OLD." or "NEW."; PARTS says which of its fields. */
static void add_value(struct text *sql, const struct kind *kind, const char *side, int parts, enum secrets secrets)
{
	const char *between = "";
	if (kind->log == LOG_LIST) {
		add_list(sql, kind, side);
		return;
	}
	text_add(sql, "json_object(");
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if (is_told(f) && (parts & (is_key(f) ? KEYS : REST)) != 0)
			text_addf(sql, "%s'%s', %s\"%s\"", between, f->name, side, f->name);
		else if (!add_secret(sql, f, secrets, between))
			continue;
		between = ", ";
	}
	text_add(sql, ")");
}

static void add_change(struct text *sql, const struct kind *kind, const char *key_side, const char *condition)
{
	text_addf(sql, "\n\tINSERT INTO change (act, kind, key, old, new) SELECT (SELECT act FROM acting), '%s', ",
		kind->name);
	add_key(sql, kind, key_side);
	text_add(sql, condition);
}

static void add_removed(struct text *sql, const struct kind *kind)
{
	add_change(sql, kind, "OLD.", ", ");
	add_value(sql, kind, "OLD.", REST, LOST_SECRETS);
	text_add(sql, ", NULL");
}

static void add_added(struct text *sql, const struct kind *kind)
{
	add_change(sql, kind, "NEW.", ", NULL, ");
	add_value(sql, kind, "NEW.", REST, NO_SECRETS);
}

/* Whether the key is another one now. */
static void add_moved(struct text *sql, const struct kind *kind, const char *is)
{
	text_add(sql, " WHERE ");
	add_key(sql, kind, "OLD.");
	text_addf(sql, " %s ", is);
	add_key(sql, kind, "NEW.");
	text_add(sql, ";");
}

static void add_changed(struct text *sql, const struct kind *kind)
{
	bool two = kind->log != LOG_OBJECT;
	if (two) {
		add_removed(sql, kind);
		add_moved(sql, kind, "IS NOT");
		add_added(sql, kind);
		add_moved(sql, kind, "IS NOT");
	}
	add_change(sql, kind, "NEW.", ", ");
	add_value(sql, kind, "OLD.", two ? REST : KEYS | REST, NO_SECRETS);
	text_add(sql, ", ");
	add_value(sql, kind, "NEW.", REST, NEW_SECRETS);
	if (two)
		add_moved(sql, kind, "IS");
	else
		text_add(sql, ";");
}

static void begin_trigger(struct text *sql, const struct kind *kind, const char *event, const char *when)
{
	text_addf(sql, "DROP TRIGGER IF EXISTS %s_%s;\nCREATE TRIGGER %s_%s AFTER %s", kind->name, event, kind->name, event,
		when);
}

void triggers_compose(const struct kind *kind, struct text *sql)
{
	if (kind->log == LOG_NONE)
		return;
	begin_trigger(sql, kind, "added", "INSERT");
	text_addf(sql, " ON \"%s\" BEGIN", kind->name);
	add_added(sql, kind);
	text_add(sql, ";\nEND;\n");

	begin_trigger(sql, kind, "changed", "UPDATE OF ");
	add_loud(sql, kind, "");
	text_addf(sql, " ON \"%s\"\nWHEN (", kind->name);
	add_loud(sql, kind, "OLD.");
	text_add(sql, ") IS NOT (");
	add_loud(sql, kind, "NEW.");
	text_add(sql, ") BEGIN");
	add_changed(sql, kind);
	text_add(sql, "\nEND;\n");

	begin_trigger(sql, kind, "removed", "DELETE");
	text_addf(sql, " ON \"%s\" BEGIN", kind->name);
	add_removed(sql, kind);
	text_add(sql, ";\nEND;\n");
}
