/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock revert REVISION`: takes back what one act changed. What somebody changed since is not touched, and where it is the
 * same, nothing is taken back. */
#include <string.h>

#include "lib/clock.h"
#include "tools/registry/act.h"
#include "tools/registry/preview.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"

/* An object of the act, before the revert and after it. */
struct undoing {
	const struct act_object *object;
	union any_row now, then;
	bool now_there, then_there;
};

struct revert {
	struct command *command;
	int64_t revision;
	struct act_read act;
	struct undoing *all;
	size_t count;
	size_t observed; /* objects that are left: what was observed is nobody's wish */
};

static int take_objects(struct revert *r, struct error *e)
{
	r->all = arena_take(&r->command->arena, (r->act.count + 1) * sizeof *r->all);
	if (r->all == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < r->act.count; i++)
		if (r->act.objects[i].kind == &observation_kind)
			r->observed++;
		else
			r->all[r->count++].object = &r->act.objects[i];
	if (r->count > 0)
		return DONE;
	return fail(e, REFUSED, "revision %lld %s", (long long)r->revision, r->observed > 0
		? "is what an observer saw, which nobody can take back"
		: "is of no row that is otherwise than before: there is nothing to take back");
}

/* What keeps an act from being taken back. */

static int refuse_secrets(const struct act_object *o, struct error *e)
{
	for (const struct field *f = o->kind->fields; f < o->kind->fields + o->kind->count; f++) {
		uint64_t bit = field_bit(o->kind, f);
		if (o->was->there && o->is->there && (o->secrets & bit) != 0)
			return fail(e, REFUSED, "%s %s has another %s since then, and the change log holds no secrets: set it anew",
				o->kind->name, o->key, f->name);
		if (o->was->there && !o->is->there && ((o->held | o->untold) & bit) != 0)
			return fail(e, REFUSED, "%s %s %s a %s, and the change log holds no secrets: add it anew, or import its line of "
				"an export", o->kind->name, o->key, (o->held & bit) != 0 ? "had" : "may have had", f->name);
	}
	return DONE;
}

/* Signing needs keys, and a DS at the parent: the verbs of dnssec look after both. */
static int refuse_signing(const struct act_object *o, struct error *e)
{
	bool zone = o->kind == &zone_kind && o->was->there;
	uint64_t bit = zone ? field_bit(&zone_kind, kind_field(&zone_kind, "signed", 6)) : 0;
	if ((o->changed & bit) == 0 || (!o->is->there && o->was->row.zone.signed_ == ZONE_UNSIGNED))
		return DONE;
	return fail(e, REFUSED, "whether zone %s is signed is not for this verb to take back: 'windsock dnssec --help' shows those "
		"that look after its keys and its parent's DS", o->key);
}

/* Whether a later change touched what is to be taken back. */
static int look_later(const struct change *change, void *context, struct error *e)
{
	struct revert *r = context;
	struct arena arena = { 0 };
	struct change_side was, is;
	struct error unread;
	int outcome = DONE;
	bool elsewhere = change->of == NULL || change->of == &observation_kind
		|| (change->of->log == LOG_FOLLOWED && act_find(&r->act, change->of, change->key) == NULL);
	if (elsewhere || change_read(change, false, &arena, &was, &unread) != DONE
		|| change_read(change, true, &arena, &is, &unread) != DONE) {
		arena_free(&arena);
		return DONE;
	}
	const char *keys[2] = { was.there ? act_key(change->of, &was.row, &arena) : NULL,
		is.there ? act_key(change->of, &is.row, &arena) : NULL };
	bool same = keys[0] != NULL && keys[1] != NULL && strcmp(keys[0], keys[1]) == 0;
	uint64_t touched = same ? act_difference(change->of, &was, &is) : UINT64_MAX;
	for (int after = 0; after < 2 && outcome == DONE; after++) {
		const struct act_object *o = keys[after] == NULL ? NULL : act_find(&r->act, change->of, keys[after]);
		if (o != NULL && (touched & o->changed) != 0)
			outcome = fail(e, REFUSED, "%s %.200s was changed since, by %s at %s: revision %lld", o->kind->name, o->key,
				*change->actor == '\0' ? "hand (SQL)" : change->actor, date_text(r->command, change->at),
				(long long)change->revision);
	}
	arena_free(&arena);
	return outcome;
}

/* Reads the row, which is as the act left it, unless the log misses something. */
static int take_now(struct revert *r, struct undoing *u, struct error *e)
{
	struct command *c = r->command;
	const struct act_object *o = u->object;
	int outcome = registry_get(c->registry, o->kind, o->is->there ? &o->is->row : &o->was->row, &c->arena, &u->now, e);
	u->now_there = outcome == DONE;
	if (outcome != DONE && outcome != ABSENT)
		return outcome;
	bool same = u->now_there == o->is->there;
	for (const struct field *f = o->kind->fields; f < o->kind->fields + o->kind->count && same && u->now_there; f++)
		if ((o->changed & o->is->told & field_bit(o->kind, f)) != 0 && f->kind != FIELD_BLOB)
			same = field_same(f, &u->now, &o->is->row);
	return same ? DONE : fail(e, REFUSED, "%s %.200s is not as revision %lld left it, and the change log does not say why",
		o->kind->name, o->key, (long long)r->act.newest);
}

static int refuse(struct revert *r, struct error *e)
{
	int outcome = registry_changes(r->command->registry, r->act.newest, look_later, r, e);
	for (struct undoing *u = r->all; u < r->all + r->count && outcome == DONE; u++) {
		outcome = refuse_secrets(u->object, e);
		if (outcome == DONE)
			outcome = refuse_signing(u->object, e);
		if (outcome == DONE)
			outcome = take_now(r, u, e);
	}
	return outcome;
}

/* Taking it back. */

/* The row as it was: of one that is there, only what the act changed, and dates that say since when it is so. */
static void bring_back(struct undoing *u)
{
	const struct act_object *o = u->object;
	union any_row *row = &u->then;
	*row = u->now_there ? u->now : o->was->row;
	u->then_there = true;
	for (const struct field *f = o->kind->fields; f < o->kind->fields + o->kind->count && u->now_there; f++)
		if ((o->changed & field_bit(o->kind, f)) != 0 && f->kind != FIELD_BLOB)
			field_carry(f, row, &o->was->row);
	if (o->kind == &relay_kind && (!u->now_there || row->relay.state != u->now.relay.state))
		row->relay.since = clock_date();
	if (o->kind == &host_kind && (!u->now_there || strcmp(row->host.addresses, u->now.host.addresses) != 0))
		row->host.updated = clock_date();
}

static int put_kind(struct revert *r, const struct kind *kind, struct error *e)
{
	int outcome = DONE;
	for (struct undoing *u = r->all; u < r->all + r->count && outcome == DONE; u++) {
		if (u->object->kind != kind || !u->object->was->there)
			continue;
		bring_back(u);
		outcome = row_check(kind, &u->then, e);
		if (outcome == DONE)
			outcome = u->now_there ? registry_set(r->command->registry, kind, &u->then, e)
					       : registry_add(r->command->registry, kind, &u->then, e);
	}
	return outcome;
}

static int refuse_dependant(const void *row, void *context, struct error *e)
{
	const struct act_object *o = context;
	const struct rule *rule = row;
	bool in_zone = o->kind == &zone_kind;
	if (!in_zone && strcmp(o->kind == &pool_kind ? rule->pool : rule->relay, o->key) != 0)
		return DONE;
	struct text cite = { 0 };
	row_cite(in_zone ? &record_kind : &rule_kind, row, &cite);
	int outcome = fail(e, REFUSED, "%.200s was added since, and would go with %s %s", cite.broken ? "what" : cite.bytes,
		o->kind->name, o->key);
	text_free(&cite);
	return outcome;
}

/* Refuses to take along what goes with an object and did not come with it. */
static int look_for_dependants(struct registry *registry, const struct act_object *o, struct error *e)
{
	const struct record of = { .zone = o->key };
	void *context = (void *)(uintptr_t)o;
	if (o->kind == &zone_kind)
		return registry_each(registry, &record_kind, &of, refuse_dependant, context, e);
	if (o->kind == &pool_kind || o->kind == &relay_kind)
		return registry_each(registry, &rule_kind, NULL, refuse_dependant, context, e);
	return DONE;
}

static int remove_kind(struct revert *r, const struct kind *kind, struct error *e)
{
	int outcome = DONE;
	for (struct undoing *u = r->all; u < r->all + r->count && outcome == DONE; u++) {
		if (u->object->kind != kind || u->object->was->there)
			continue;
		outcome = look_for_dependants(r->command->registry, u->object, e);
		if (outcome == DONE)
			outcome = registry_remove(r->command->registry, kind, &u->now, e);
	}
	return outcome;
}

/* What refers to others comes after them, and goes before them. */
static int write_back(struct revert *r, struct error *e)
{
	int outcome = DONE;
	size_t kinds = 0;
	for (; model_kinds[kinds] != NULL && outcome == DONE; kinds++)
		outcome = put_kind(r, model_kinds[kinds], e);
	while (kinds-- > 0 && outcome == DONE)
		outcome = remove_kind(r, model_kinds[kinds], e);
	return outcome;
}

static int show(struct revert *r, struct error *e)
{
	struct preview p = { .command = r->command };
	int outcome = DONE;
	for (const struct kind *const *kind = model_kinds; *kind != NULL; kind++)
		for (struct undoing *u = r->all; u < r->all + r->count && outcome == DONE; u++) {
			if (u->object->kind != *kind)
				continue;
			struct row_sides sides = row_sides(*kind, u->now_there ? &u->now : NULL, u->then_there ? &u->then : NULL);
			outcome = preview_row(&p, &sides, e);
		}
	if (outcome == DONE && r->observed > 0)
		remark(r->command, "what was observed of relays is not taken back: observers will tell it again");
	return preview_end(&p, arena_format(&r->command->arena, "revision %lld taken back", (long long)r->revision), outcome);
}

int verb_revert(struct command *c, struct error *e)
{
	struct revert r = { .command = c };
	int outcome = options_done(c, e);
	if (outcome == DONE && !text_number(c->words[0], 1, INT64_MAX - 1, &r.revision))
		outcome = fail(e, REFUSED, "'%s' is no revision: 'windsock log' shows them", c->words[0]);
	if (outcome != DONE)
		return outcome;
	c->reading = true; /* from here on, it is the log that is refused */
	outcome = act_read(c->registry, r.revision, &c->arena, &r.act, e);
	if (outcome == DONE)
		outcome = take_objects(&r, e);
	if (outcome == DONE)
		outcome = refuse(&r, e);
	if (outcome == DONE)
		outcome = write_back(&r, e);
	return outcome == DONE ? show(&r, e) : outcome;
}
