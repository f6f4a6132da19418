/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's verbs, and an action read from its words. */
#include "simulator/action.h"

#include <string.h>

#include "lib/text.h"

static int key_count(const struct kind *kind)
{
	int count = 0;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		count += (f->flags & FIELD_KEY) != 0;
	return count;
}

int action_set_fields(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int outcome = DONE;
	for (int i = 0; i < a->words.value_count && outcome == DONE; i++) {
		const char *name = a->words.name[i];
		const struct field *field = kind_field(a->verb->kind, name, strlen(name));
		if (field == NULL || (field->flags & (FIELD_KEY | FIELD_HIDDEN)) != 0)
			return fail(e, REFUSED, "a %s has no field '%.40s' to set", a->verb->kind->name, name);
		outcome = field_read(field, a->words.value[i], row, arena, e);
	}
	return outcome;
}

int action_set_key(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int at = 0, outcome = row_standard(a->verb->kind, row, arena, e);
	const struct kind *kind = a->verb->kind;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && outcome == DONE; f++)
		if ((f->flags & FIELD_KEY) != 0)
			outcome = field_read(f, a->words.word[at++], row, arena, e);
	return outcome;
}

int action_fill(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int outcome = action_set_key(a, row, arena, e);
	return outcome == DONE ? action_set_fields(a, row, arena, e) : outcome;
}

static const struct action_verb verbs[] = {
	{ "relay", "add", &relay_kind, true, DEED_ADD },
	{ "relay", "set", &relay_kind, true, DEED_SET },
	{ "relay", "drain", &relay_kind, false, DEED_DRAIN },
	{ "relay", "resume", &relay_kind, false, DEED_RESUME },
	{ "relay", "remove", &relay_kind, false, DEED_REMOVE },
	{ "relay", "down", &relay_kind, false, DEED_DOWN },
	{ "relay", "up", &relay_kind, false, DEED_UP },
	{ "pool", "add", &pool_kind, true, DEED_ADD },
	{ "pool", "set", &pool_kind, true, DEED_SET },
	{ "pool", "remove", &pool_kind, false, DEED_REMOVE },
	{ "pool", "freeze", &pool_kind, false, DEED_FREEZE },
	{ "pool", "thaw", &pool_kind, false, DEED_THAW },
	{ "pool", "shrink", &pool_kind, true, DEED_SHRINK },
	{ "pool", "include", &rule_kind, false, DEED_INCLUDE },
	{ "pool", "exclude", &rule_kind, false, DEED_EXCLUDE },
	{ "pool", "unrule", &rule_kind, false, DEED_REMOVE },
	{ "release", "add", &release_kind, true, DEED_ADD },
	{ "release", "set", &release_kind, true, DEED_SET },
	{ "release", "remove", &release_kind, false, DEED_REMOVE },
	{ "rule", "add", &rule_kind, true, DEED_ADD },
	{ "rule", "set", &rule_kind, true, DEED_SET },
	{ "rule", "remove", &rule_kind, false, DEED_REMOVE },
};

static const struct action_verb *find_verb(const struct words *w)
{
	for (const struct action_verb *v = verbs; v < verbs + sizeof verbs / sizeof verbs[0]; v++)
		if (w->count > 1 && strcmp(w->word[0], v->noun) == 0 && strcmp(w->word[1], v->name) == 0)
			return v;
	return NULL;
}

static int check_needed(const struct action *a, struct error *e)
{
	const struct kind *kind = a->verb->kind;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		bool given = (f->flags & FIELD_KEY) != 0;
		for (int i = 0; i < a->words.value_count; i++)
			given |= strcmp(a->words.name[i], f->name) == 0;
		if ((f->flags & FIELD_NEEDED) != 0 && !given)
			return fail(e, REFUSED, "a %s needs %s=", kind->name, f->name);
	}
	return DONE;
}

/* Gives to=, by= and from=, named as the command's options, their fields' names. */
static int name_schedule(struct action *a, struct error *e)
{
	static const char *const names[][2] = { { "to", "shrink_to" }, { "by", "shrink_by" },
		{ "from", "shrink_from" } };
	int needed = 0;
	for (int i = 0; i < a->words.value_count; i++)
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
			if (strcmp(a->words.name[i], names[n][0]) == 0) {
				a->words.name[i] = names[n][1];
				needed += n < 2;
			}
	return needed == 2 ? DONE : fail(e, REFUSED, "pool shrink needs to=NUMBER and by=DATE");
}

int action_read(const struct words *w, struct arena *arena, struct action *a, struct error *e)
{
	union action_row row;
	*a = (struct action){ .verb = find_verb(w), .words = *w };
	if (a->verb == NULL)
		return fail(e, REFUSED, "'%.40s %.40s' is nothing that can be done", w->count > 0 ? w->word[0] : "",
			w->count > 1 ? w->word[1] : "");
	bool new = a->verb->deed == DEED_ADD;
	words_shift(&a->words, 2);
	if (a->words.count != key_count(a->verb->kind))
		return fail(e, REFUSED, "%s %s wants %d words behind it, not %d", a->verb->noun, a->verb->name,
			key_count(a->verb->kind), a->words.count);
	if (a->verb->fields && a->verb->kind == &relay_kind)
		a->os = words_take(&a->words, "os");
	if (new && a->verb->kind == &relay_kind && a->os == NULL)
		return fail(e, REFUSED, "relay add needs os=");
	if (!a->verb->fields && a->words.value_count > 0)
		return fail(e, REFUSED, "'%.40s=' has no place here", a->words.name[0]);
	int outcome = a->verb->deed == DEED_SHRINK ? name_schedule(a, e) : DONE;
	if (outcome == DONE)
		outcome = action_fill(a, &row, arena, e);
	return outcome == DONE && new ? check_needed(a, e) : outcome;
}
