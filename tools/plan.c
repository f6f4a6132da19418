/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "registry/fleet.h"

static int read_fleet(struct command *c, struct plan *p, struct fleet *fleet, struct error *e)
{
	size_t refused;
	struct error why = { "" };
	int outcome = registry_fleet(c->registry, &p->arena, fleet, &refused, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

int plan_before(struct command *c, struct plan *p, struct error *e)
{
	int outcome = c->registry->engine->revision(c->registry, &p->revision, e);
	return outcome == DONE ? read_fleet(c, p, &p->before, e) : outcome;
}

int plan_after(struct command *c, struct plan *p, struct error *e)
{
	int outcome = read_fleet(c, p, &p->after, e);
	p->after.now = p->before.now;
	return outcome;
}

/* Of options, those that say what is to be done, and not how. */
static bool says_what(const char *option)
{
	static const char *const how[] = { "plan", "json", "dry-run", "force", "reason", "registry", "config",
		"wait", "for", NULL };
	for (const char *const *name = how; *name != NULL; name++)
		if (strcmp(*name, option) == 0)
			return false;
	return true;
}

static void add_verb(const struct command *c, struct text *out)
{
	text_addf(out, "%s%s%s", c->verb->noun, *c->verb->name == '\0' ? "" : " ", c->verb->name);
	for (int i = 0; i < c->word_count; i++)
		text_addf(out, " %s", c->words[i]);
	for (int i = 0; i < c->option_count; i++) {
		const struct given_option *o = &c->options[i];
		if (says_what(o->name))
			text_addf(out, " --%s%s%s", o->name, *o->value == '\0' ? "" : " ", o->value);
	}
}

static void add_side(const struct effect_side *s, struct text *out)
{
	if (s->pool == NULL)
		text_add(out, " -");
	else
		text_addf(out, " %lld/%zu/%zu/%d", (long long)s->pool->state, s->members, s->well, s->spare);
}

/* All of the effect that time alone does not change: parts of answers do, while a weight ramps up. */
static void add_effect(const struct effect *effect, struct text *out)
{
	for (const struct effect_pool *p = effect->pools; p < effect->pools + effect->pool_count; p++) {
		if (!p->changed || (p->in + p->out == 0 && p->before.pool != NULL && p->after.pool != NULL
				&& p->before.well == p->after.well && p->before.members == p->after.members))
			continue;
		text_addf(out, "\n%s", p->label);
		add_side(&p->before, out);
		add_side(&p->after, out);
		for (size_t i = 0; i < p->relay_count; i++)
			if (p->relays[i].was != p->relays[i].is)
				text_addf(out, " %c%s", p->relays[i].is ? '+' : '-', p->relays[i].name);
	}
	for (size_t i = 0; i < effect->stranded_count; i++)
		text_addf(out, "\n%s %s %s", effect->stranded[i].label, effect->stranded[i].release->product,
			effect->stranded[i].release->version);
}

static int keep_planned(struct command *c, struct error *e)
{
	struct text verb = { 0 };
	add_verb(c, &verb);
	c->planned = verb.broken ? NULL : arena_text(&c->arena, verb.bytes);
	text_free(&verb);
	return c->planned == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* FNV-1a: it tells plans apart; nobody gains by making two alike. */
static uint64_t digest(const struct text *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < text->length; i++)
		hash = (hash ^ (unsigned char)text->bytes[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* The revision that a hash is of; the plan's own when there is none. */
static int64_t planned_revision(const struct command *c, int64_t own)
{
	char *end = NULL;
	long long revision = c->plan == NULL ? 0 : strtoll(c->plan, &end, 10);
	return end == NULL || *end != '-' || revision <= 0 ? own : revision;
}

int plan_weigh(struct command *c, struct plan *p, struct error *e)
{
	struct text all = { 0 };
	int outcome = effect_find(&p->before, &p->after, c->planning, &p->arena, &p->effect, e);
	if (outcome != DONE)
		return outcome;
	int64_t revision = planned_revision(c, p->revision);
	text_addf(&all, "%lld\n", (long long)revision);
	add_verb(c, &all);
	add_effect(&p->effect, &all);
	snprintf(p->hash, sizeof p->hash, "%lld-%016" PRIx64, (long long)revision, digest(&all));
	outcome = all.broken ? fail(e, FAILED, "out of memory") : DONE;
	text_free(&all);
	return outcome == DONE ? keep_planned(c, e) : outcome;
}

/* Hosts move all day and touch no pool: they spoil no plan but of a verb about them. */
static int spoils(const struct change *change, void *context, struct error *e)
{
	const struct command *c = context;
	(void)e;
	bool touches = (c->verb->flags & VERB_STEERS) == 0 || strcmp(change->kind, "host") != 0;
	return touches ? HARMFUL : DONE;
}

int plan_fresh(struct command *c, const struct plan *p, struct error *e)
{
	if (c->plan == NULL)
		return DONE;
	int64_t planned = planned_revision(c, -1);
	if (planned < 0)
		return fail(e, REFUSED, "--plan '%.40s': wanted the hash that 'windsock plan' printed", c->plan);
	if (planned == p->revision)
		return DONE;
	struct error ignored;
	int outcome = planned > p->revision ? ABSENT
		: c->registry->engine->changes(c->registry, planned, spoils, c, &ignored);
	if (outcome < 0)
		return fail(e, outcome, "%s", ignored.text);
	if (outcome == DONE)
		return DONE;
	return fail(e, HARMFUL, "the registry has moved since: revision %lld, then %lld; plan again",
		(long long)planned, (long long)p->revision);
}

int plan_same(struct command *c, const struct plan *p, struct error *e)
{
	if (c->plan == NULL || strcmp(c->plan, p->hash) == 0)
		return DONE;
	return fail(e, HARMFUL, "refused: the plan was of another change or another effect; plan again");
}

/* A line of an error holds no more. */
enum { CITED_POOLS = 24, CITED_RELEASES = 5 };

static void add_more(struct text *out, size_t count, size_t most)
{
	if (count > most)
		text_addf(out, " and %zu more", count - most);
}

static void describe_harm(const struct effect *effect, struct text *out)
{
	size_t empty = 0, stranded = effect->stranded_count;
	for (size_t i = 0; i < effect->pool_count; i++)
		if (effect->pools[i].empty && empty++ < CITED_POOLS)
			text_addf(out, "%s %s", empty == 1 ? "it leaves without a compatible relay:" : ",",
				effect->pools[i].label);
	add_more(out, empty, CITED_POOLS);
	if (stranded > 0)
		text_addf(out, "%sit strands, for they can use none of what is answered:", empty > 0 ? "; " : "");
	for (size_t i = 0; i < stranded && i < CITED_RELEASES; i++) {
		const struct effect_stranded *s = &effect->stranded[i];
		text_addf(out, "%s %s %s at %s", i > 0 ? "," : "", s->release->product, s->release->version, s->label);
	}
	add_more(out, stranded, CITED_RELEASES);
}

int plan_judge(struct command *c, const struct plan *p, struct error *e)
{
	struct text text = { 0 };
	if (!effect_harms(&p->effect))
		return DONE;
	describe_harm(&p->effect, &text);
	int outcome = text.broken ? fail(e, FAILED, "out of memory") : harm(c, e, "%s", text.bytes);
	text_free(&text);
	return outcome;
}

void plan_free(struct plan *p)
{
	arena_free(&p->arena);
}
