/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb's effect: what is answered before and after, and what of it would hurt. */
#include "tools/plan/plan.h"

#include <string.h>

#include "registry/fleet.h"

static int read_fleet(struct command *c, struct plan *p, struct fleet *fleet, struct error *e)
{
	size_t refused;
	struct error why = { "" };
	int outcome = registry_fleet(c->registry, &p->arena, fleet, &refused, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "%s", why.text);
}

static bool changes_zones(const struct command *c)
{
	return (c->verb->flags & VERB_ZONES) != 0;
}

static bool takes_hosts(const struct command *c)
{
	return (c->verb->flags & VERB_HOSTS) != 0;
}

int plan_before(struct command *c, struct plan *p, struct error *e)
{
	int outcome = registry_revision(c->registry, &p->revision, e);
	if (outcome == DONE && changes_zones(c))
		outcome = host_rules_load(c, &p->names_before, e);
	return outcome == DONE ? read_fleet(c, p, &p->before, e) : outcome;
}

int plan_after(struct command *c, struct plan *p, struct error *e)
{
	int outcome = read_fleet(c, p, &p->after, e);
	p->after.now = p->before.now;
	if (outcome == DONE && changes_zones(c))
		outcome = host_rules_load(c, &p->names_after, e);
	if (outcome == DONE && changes_zones(c))
		outcome = plan_names(c, p, e);
	if (outcome == DONE && !changes_zones(c))
		outcome = plan_shadows(c, p, e);
	if (outcome == DONE && takes_hosts(c))
		outcome = plan_hosts(c, p, e);
	return outcome == DONE && (c->planning || c->plan != NULL) ? plan_content(c, p, e) : outcome;
}

/* A line of an error holds no more. */
enum { CITED_POOLS = 24, CITED_RELEASES = 5 };

static void add_more(struct text *out, size_t count, size_t cited)
{
	if (count > cited)
		text_addf(out, " and %zu more", count - cited);
}

void plan_begin(struct text *out, const char *words)
{
	text_addf(out, "%s%s", out->length > 0 ? "; " : "", words);
}

static bool is_empty(const struct effect_pool *p)
{
	return p->empty;
}

static bool is_weak(const struct effect_pool *p)
{
	return p->weak;
}

static void describe_pools(const struct effect *effect, bool (*is)(const struct effect_pool *), const char *words,
	struct text *out)
{
	size_t count = 0;
	for (size_t i = 0; i < effect->pool_count; i++) {
		if (!is(&effect->pools[i]))
			continue;
		if (count == 0)
			plan_begin(out, words);
		if (count++ < CITED_POOLS)
			text_addf(out, "%s %s", count == 1 ? "" : ",", effect->pools[i].label);
	}
	add_more(out, count, CITED_POOLS);
}

static void describe_releases(const struct effect *effect, struct text *out)
{
	if (effect->stranded_count > 0)
		plan_begin(out, "it strands, for they can use none of what is answered:");
	for (size_t i = 0; i < effect->stranded_count && i < CITED_RELEASES; i++) {
		const struct effect_stranded *s = &effect->stranded[i];
		text_addf(out, "%s %s %s at %s", i > 0 ? "," : "", s->release->product, s->release->version, s->label);
	}
	add_more(out, effect->stranded_count, CITED_RELEASES);
	if (effect->misled_count > 0)
		plan_begin(out, "it gives out relays that speak none of their TLS versions:");
	for (size_t i = 0; i < effect->misled_count && i < CITED_RELEASES; i++) {
		const struct effect_misled *m = &effect->misled[i];
		text_addf(out, "%s %s to %s %s at %s", i > 0 ? "," : "", m->relay, m->release->product,
			m->release->version, m->label);
	}
	add_more(out, effect->misled_count, CITED_RELEASES);
}

static void describe_sample(const struct name_sample *s, const char *one, const char *more, struct text *out)
{
	if (s->count == 0)
		return;
	plan_begin(out, s->count == 1 ? one : more);
	for (size_t i = 0; i < s->count && i < PLAN_SHOWN; i++)
		text_addf(out, "%s %s", i > 0 ? "," : "", s->shown[i]);
	add_more(out, s->count, PLAN_SHOWN);
}

static void describe_harm(const struct plan *p, struct text *out)
{
	describe_pools(&p->effect, is_empty, "it leaves without a compatible relay:", out);
	describe_pools(&p->effect, is_weak, "it leaves without a relay that looks well and has weight:", out);
	describe_releases(&p->effect, out);
	describe_sample(&p->lost.pools, "a pool's name is answered no more:", "pools' names are answered no more:", out);
	plan_describe_asked(p, out);
	describe_sample(&p->lost.statics, "static data is answered no more:", "static data is answered no more:", out);
	describe_sample(&p->lost.hosts, "a host is answered no more:", "hosts are answered no more:", out);
}

static bool is_harmful(const struct command *c, const struct plan *p)
{
	struct text text = { 0 };
	describe_harm(p, &text);
	bool harmful = c->harms.length > 0 || text.length > 0;
	text_free(&text);
	return harmful;
}

static int find_effect(struct plan *p, struct error *e)
{
	int outcome = effect_find(&p->before, &p->after, &p->wish, &p->arena, &p->effect, e);
	return outcome == DONE ? plan_ask(p, e) : outcome;
}

/* Needs are kept where neither that nor anything else hurts; whoever forces a change means all of it. */
static int keep_needs(const struct command *c, struct plan *p, struct error *e)
{
	bool hurts = is_harmful(c, p);
	int outcome = hurts ? DONE : plan_find_kept(p, e);
	if (outcome != DONE || (!hurts && p->kept_count == 0))
		return outcome;
	if (!hurts)
		outcome = find_effect(p, e);
	if (outcome != DONE || (!hurts && !c->force && !is_harmful(c, p)))
		return outcome;
	plan_forget(p);
	return hurts ? plan_ask(p, e) : find_effect(p, e);
}

int plan_weigh(struct command *c, struct plan *p, struct error *e)
{
	p->wish.shares = c->planning || c->plan != NULL;
	int outcome = find_effect(p, e);
	if (outcome == DONE)
		outcome = keep_needs(c, p, e);
	if (outcome == DONE)
		outcome = plan_words(c, e);
	return outcome == DONE ? plan_seal(c, p, e) : outcome;
}

int plan_judge(struct command *c, const struct plan *p, struct error *e)
{
	struct text text = { 0 };
	describe_harm(p, &text);
	int outcome = text.broken ? fail(e, FAILED, "out of memory") : text.length == 0 ? DONE : harm(c, e, "%s", text.bytes);
	text_free(&text);
	if (outcome == DONE && p->doubt != NULL && !c->planning)
		note("%s", p->doubt);
	return outcome;
}

void plan_free(struct plan *p)
{
	telemetry_drop(&p->files);
	arena_free(&p->arena);
}
