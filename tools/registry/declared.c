/* SPDX-License-Identifier: BSD-2-Clause */
/* A declared state: what the file has is added or set, then what it lacks is removed, and each difference is shown. */
#include "tools/registry/declared.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "tools/registry/act.h"
#include "tools/registry/preview.h"
#include "tools/registry/line.h"
#include "tools/table.h"

enum { KINDS_MOST = 16 };

/* An object of the file: its kind and key. */
struct seen {
	const struct kind *kind;
	const char *key;
};

struct difference {
	const struct kind *kind;
	union any_row was, is;
	bool was_there, is_there;
};

struct declaring {
	struct command *command;
	bool declared[KINDS_MOST], secrets; /* by the place in model_kinds */
	struct seen *seen;
	size_t seen_count, seen_room;
	struct difference *differences;
	size_t count, room;
	size_t left;         /* lines of kinds that are not declared, and say otherwise than the registry */
	struct arena arena;  /* of keys and differences */
	struct arena passing; /* of one line */
	/* while removing and looking back */
	const struct kind *kind;
	size_t since_count;
	struct change since;
};

bool declared_kind(const struct kind *kind)
{
	return kind != &host_kind && kind != &observation_kind && kind != &signature_kind;
}

bool declared_by_client(const struct kind *kind, const void *row)
{
	const struct account *account = row;
	return kind == &account_kind && *account->network != '\0';
}

static size_t place_of(const struct kind *kind)
{
	size_t place = 0;
	while (model_kinds[place] != kind)
		place++;
	return place;
}

static bool is_declared(const struct declaring *r, const struct kind *kind)
{
	return r->declared[place_of(kind)];
}

int declared_begin(struct command *c, struct declaring **declaring, struct error *e)
{
	struct declaring *r = *declaring = calloc(1, sizeof *r);
	if (r == NULL)
		return fail(e, FAILED, "out of memory");
	r->command = c;
	for (size_t i = 0; model_kinds[i] != NULL; i++)
		r->declared[i] = declared_kind(model_kinds[i]);
	return DONE;
}

void declared_end(struct declaring *r)
{
	if (r == NULL)
		return;
	free(r->seen);
	free(r->differences);
	arena_free(&r->arena);
	arena_free(&r->passing);
	free(r);
}

int declared_words(struct declaring *r, const char *words, struct error *e)
{
	size_t length;
	if (r->seen_count > 0 || r->left > 0)
		return fail(e, REFUSED, "what a file declares stands before its objects");
	for (const char *word; (word = text_word(&words, " ", &length)) != NULL;) {
		char name[32] = "";
		if (length < sizeof name)
			memcpy(name, word, length);
		const struct kind *kind = model_kind(name);
		if (kind != NULL)
			r->declared[place_of(kind)] = true;
		else if (strcmp(name, "secrets") == 0)
			r->secrets = true;
		else
			return fail(e, REFUSED, "declares '%.*s': wanted host, observation, signature or secrets",
				(int)(length < 40 ? length : 40), word);
	}
	return DONE;
}

/* What was changed since the file was made. */

static int count_since(const struct change *change, void *context, struct error *e)
{
	struct declaring *r = context;
	if (change->of == NULL || !is_declared(r, change->of))
		return DONE;
	r->since_count++;
	r->since.revision = change->revision;
	r->since.at = change->at;
	r->since.actor = *change->actor == '\0' ? "hand (SQL)" : arena_text(&r->passing, change->actor);
	r->since.key = arena_format(&r->passing, "%s %s", change->kind, change->key);
	return r->since.actor == NULL || r->since.key == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

int declared_since(struct declaring *r, int64_t revision, struct error *e)
{
	struct command *c = r->command;
	int outcome = registry_changes(c->registry, revision, count_since, r, e);
	if (outcome == ABSENT)
		remark(c, "the file is of revision %lld, and the change log no longer tells what was changed since", (long long)revision);
	if (outcome == DONE && r->since_count > 0)
		remark(c, "since revision %lld, of which the file is, %s made, the last of %.200s by %s at %s: what it does not have of "
			"them is taken back ('windsock log --after %lld' shows them)", (long long)revision,
			r->since_count == 1 ? "one change was" : arena_format(&c->arena, "%zu changes were", r->since_count),
			r->since.key, r->since.actor, date_text(c, r->since.at), (long long)revision);
	arena_free(&r->passing);
	return outcome == ABSENT ? DONE : outcome;
}

/* An object of the file. */

static int note_difference(struct declaring *r, const struct kind *kind, const void *was, const void *is, struct error *e)
{
	if (!array_room(&r->differences, &r->room, r->count + 1, sizeof *r->differences))
		return fail(e, FAILED, "out of memory");
	struct difference *d = &r->differences[r->count];
	*d = (struct difference){ .kind = kind, .was_there = was != NULL, .is_there = is != NULL };
	int outcome = was == NULL ? DONE : row_copy(kind, was, &d->was, &r->arena, e);
	if (outcome == DONE && is != NULL)
		outcome = row_copy(kind, is, &d->is, &r->arena, e);
	r->count += outcome == DONE;
	return outcome;
}

static int note_seen(struct declaring *r, const struct kind *kind, const void *row, struct error *e)
{
	if (!array_room(&r->seen, &r->seen_room, r->seen_count + 1, sizeof *r->seen))
		return fail(e, FAILED, "out of memory");
	const char *key = act_key(kind, row, &r->arena);
	r->seen[r->seen_count++] = (struct seen){ kind, key };
	return key == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* A key of TSIG without its secret would refuse whoever has it. */
static int add(struct declaring *r, const struct kind *kind, union any_row *row, uint64_t given, struct error *e)
{
	struct command *c = r->command;
	const struct field *since = kind_field(&relay_kind, "since", 5);
	if (kind == &tsig_kind && row->tsig.secret.size == 0)
		return fail(e, REFUSED, "tsig %s is not here, and the line has no secret: add it with 'windsock tsig add'", row->tsig.name);
	if (kind == &relay_kind && (given & field_bit(&relay_kind, since)) == 0)
		row->relay.since = clock_date();
	int outcome = registry_add(c->registry, kind, row, e);
	if (outcome == DONE && kind == &account_kind && row->account.token.size == 0)
		remark(c, "account %s has no token yet: 'windsock account set %s --new-token' makes one", row->account.name,
			row->account.name);
	return outcome == DONE ? note_difference(r, kind, NULL, row, e) : outcome;
}

/* Secrets count only where the file declares them, and then also that there are none. */
static int set(struct declaring *r, const struct kind *kind, union any_row *row, const union any_row *there, uint64_t given,
	struct error *e)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		uint64_t bit = field_bit(kind, f);
		if ((f->flags & FIELD_HIDDEN) != 0)
			given = r->secrets ? given | bit : given & ~bit;
	}
	line_keep(kind, row, there, given);
	if (lines_same(kind, row, there))
		return DONE;
	int outcome = registry_set(r->command->registry, kind, row, e);
	return outcome == DONE ? note_difference(r, kind, there, row, e) : outcome;
}

int declared_take(struct declaring *r, const struct kind *kind, union any_row *row, uint64_t given, struct error *e)
{
	union any_row there;
	bool declared = is_declared(r, kind);
	int outcome = declared ? note_seen(r, kind, row, e) : DONE;
	if (outcome == DONE)
		outcome = registry_get(r->command->registry, kind, row, &r->passing, &there, e);
	if (!declared && (outcome == DONE || outcome == ABSENT)) {
		r->left += outcome == ABSENT || !lines_same(kind, row, &there);
		outcome = DONE;
	} else if (outcome == DONE) {
		outcome = set(r, kind, row, &there, given, e);
	} else if (outcome == ABSENT) {
		outcome = add(r, kind, row, given, e);
	}
	arena_free(&r->passing);
	return outcome;
}

/* What the file lacks. */

static int compare_seen(const void *left, const void *right)
{
	const struct seen *a = left, *b = right;
	int order = strcmp(a->kind->name, b->kind->name);
	return order != 0 ? order : strcmp(a->key, b->key);
}

static int refuse_twice(struct declaring *r, struct error *e)
{
	if (r->seen_count > 1)
		qsort(r->seen, r->seen_count, sizeof *r->seen, compare_seen);
	for (size_t i = 1; i < r->seen_count; i++)
		if (compare_seen(&r->seen[i - 1], &r->seen[i]) == 0)
			return fail(e, REFUSED, "%s %.200s stands twice in the file", r->seen[i].kind->name, r->seen[i].key);
	return DONE;
}

static int look_whether_seen(const void *row, void *context, struct error *e)
{
	struct declaring *r = context;
	const struct seen key = { r->kind, act_key(r->kind, row, &r->passing) };
	if (key.key == NULL)
		return fail(e, FAILED, "out of memory");
	bool seen = r->seen_count > 0 && bsearch(&key, r->seen, r->seen_count, sizeof key, compare_seen) != NULL;
	arena_free(&r->passing);
	if (seen || (declared_by_client(r->kind, row) && !is_declared(r, &host_kind)))
		return DONE;
	return note_difference(r, r->kind, row, NULL, e);
}

static int remove_rest(struct declaring *r, const struct kind *kind, struct error *e)
{
	size_t first = r->count;
	r->kind = kind;
	int outcome = registry_each(r->command->registry, kind, NULL, look_whether_seen, r, e);
	for (size_t i = first; i < r->count && outcome == DONE; i++) {
		outcome = registry_remove(r->command->registry, kind, &r->differences[i].was, e);
		if (outcome == EXISTS) {
			struct text cite = { 0 };
			row_cite(kind, &r->differences[i].was, &cite);
			outcome = fail_within(e, REFUSED, "%.200s is not in the file", cite.broken ? kind->name : cite.bytes);
			text_free(&cite);
		}
	}
	return outcome;
}

static int show(struct declaring *r, struct error *e)
{
	struct preview p = { .command = r->command };
	int outcome = DONE;
	for (const struct kind *const *kind = model_kinds; *kind != NULL; kind++)
		for (struct difference *d = r->differences; d < r->differences + r->count && outcome == DONE; d++) {
			if (d->kind != *kind)
				continue;
			struct row_sides sides = row_sides(*kind, d->was_there ? &d->was : NULL, d->is_there ? &d->is : NULL);
			outcome = preview_row(&p, &sides, e);
		}
	if (outcome == DONE && r->left > 0)
		remark(r->command, "%zu line%s of what clients and observers do %s otherwise than the registry, and %s left out: a line "
			"'declares host' before them lets the file win", r->left, r->left == 1 ? "" : "s", r->left == 1 ? "is" : "are",
			r->left == 1 ? "was" : "were");
	return preview_end(&p, "the registry is as declared", outcome);
}

int declared_finish(struct declaring *r, struct error *e)
{
	int outcome = refuse_twice(r, e);
	size_t kinds = 0;
	while (model_kinds[kinds] != NULL)
		kinds++;
	while (kinds-- > 0 && outcome == DONE) /* what refers to others goes before them */
		if (r->declared[kinds])
			outcome = remove_rest(r, model_kinds[kinds], e);
	return outcome == DONE ? show(r, e) : outcome;
}
