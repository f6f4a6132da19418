/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a plan, for people and for scripts. */
#include <math.h>
#include <string.h>

#include "tools/plan/plan.h"
#include "tools/table.h"
#include "tools/telemetry.h"

enum { SHARES_MOST = 10, POOLS_MOST = 20 };

static const char *change_of(struct command *c, const struct effect_pool *p, size_t before, size_t after)
{
	if (p->before.pool == NULL && p->after.pool != NULL)
		return arena_format(&c->arena, "new, %zu", after);
	if (p->before.pool != NULL && p->after.pool == NULL)
		return arena_format(&c->arena, "%zu, removed", before);
	return before == after ? arena_format(&c->arena, "%zu", after)
			       : arena_format(&c->arena, "%zu -> %zu", before, after);
}

static const char *spare_of(const struct effect_pool *p)
{
	bool was = p->before.spare, is = p->after.spare;
	if (p->after.pool == NULL && p->before.pool != NULL)
		return "-";
	if (p->before.pool == NULL || was == is)
		return is ? "yes" : "no";
	return is ? "no -> yes" : "yes -> no";
}

static const char *verdict_of(const struct effect_pool *p)
{
	if (p->empty)
		return "EMPTY";
	if (p->weak)
		return "WEAK";
	return p->thins ? "THIN" : "";
}

static void print_pools(struct command *c, const struct effect *effect)
{
	struct table_print table = { .heads = { "pool", "members", "look well", "N-1", "moved", "" }, .columns = 6 };
	size_t changed = 0;
	for (const struct effect_pool *p = effect->pools; p < effect->pools + effect->pool_count; p++) {
		if (!p->changed || changed++ >= POOLS_MOST)
			continue;
		table_cell(&table, p->label);
		table_cell(&table, change_of(c, p, p->before.members, p->after.members));
		table_cell(&table, change_of(c, p, p->before.well, p->after.well));
		table_cell(&table, spare_of(p));
		table_cell(&table, arena_format(&c->arena, "%.1f %%", p->moved * 100));
		table_cell(&table, verdict_of(p));
	}
	if (changed > 0)
		table_end(c, &table);
	fprintf(c->out, "%s%zu of %zu pools change%s\n", changed > 0 ? "\n" : "", changed, effect->pool_count,
		changed > POOLS_MOST ? "; --json shows all" : "");
}

/* Prints what changes in an answer besides its relays. */
static void print_answer(FILE *out, const struct effect_pool *p)
{
	const struct pool *was = p->before.pool, *is = p->after.pool;
	if (was == NULL && is == NULL)
		fprintf(out, "  nobody defined it; clients ask for it\n");
	if (was != NULL && is != NULL && p->before.ttl != p->after.ttl)
		fprintf(out, "  TTL: %lld s -> %lld s\n", (long long)p->before.ttl, (long long)p->after.ttl);
	if (was != NULL && is != NULL && was->answers != is->answers)
		fprintf(out, "  addresses in an answer, at most: %lld -> %lld\n", (long long)was->answers, (long long)is->answers);
	const struct pool *browned = p->after.brownout > 0 ? is : was; /* none of a label that another pool answers */
	if (fabs(p->before.brownout - p->after.brownout) > 1e-9)
		fprintf(out, "  %.1f %% -> %.1f %% of client networks get the answer of %s\n", p->before.brownout * 100,
			p->after.brownout * 100, browned == NULL ? "a successor" : browned->successor);
}

static bool has_more(const struct effect_pool *p)
{
	const struct pool *was = p->before.pool, *is = p->after.pool;
	return p->relay_count > 0 || fabs(p->before.brownout - p->after.brownout) > 1e-9
		|| (was != NULL && is != NULL && (p->before.ttl != p->after.ttl || was->answers != is->answers));
}

static void print_share(FILE *out, const struct effect_relay *r)
{
	fprintf(out, "  %s: %.1f %% -> %.1f %% of the answers", r->name, r->before * 100, r->after * 100);
	bool ramps = fabs(r->now - r->before) >= 0.0005;
	if (ramps)
		fprintf(out, "; %.1f %% now", r->now * 100);
	if (ramps || fabs(r->first - r->after) >= 0.0005)
		fprintf(out, "%s %.1f %% at first, half an hour until then", ramps ? " and" : ";", r->first * 100);
	fputc('\n', out);
}

static void print_relays(FILE *out, const struct effect_pool *p)
{
	fprintf(out, "\n%s\n", p->label);
	print_answer(out, p);
	for (size_t i = 0; i < p->relay_count; i++) {
		const struct effect_relay *r = &p->relays[i];
		if (r->was != r->is)
			fprintf(out, "  %s  %s: %s\n", r->is ? "in " : "out", r->name, r->why);
		if (r->moved_to != NULL)
			fprintf(out, "  %s: %s -> %s\n", r->name, r->moved_from, r->moved_to);
	}
	for (size_t i = 0; i < p->relay_count && i < SHARES_MOST; i++)
		print_share(out, &p->relays[i]);
	if (p->relay_count > SHARES_MOST)
		fprintf(out, "  and %zu more relays (--json shows all)\n", p->relay_count - SHARES_MOST);
}

/* How many networks asked for a label lately, which tells how much a stranded release matters. */
static double asked(struct command *c, const char *label)
{
	struct telemetry_files files;
	struct error why;
	if (telemetry_take(c, &files, &why) != DONE)
		return -1;
	double networks = telemetry_week(&files, label);
	telemetry_drop(&files);
	return networks;
}

static void print_stranded(struct command *c, const struct effect *effect)
{
	for (size_t i = 0; i < effect->stranded_count; i++) {
		const struct effect_stranded *s = &effect->stranded[i];
		double networks = asked(c, s->label);
		fprintf(c->out, "stranded: %s %s at %s", s->release->product, s->release->version, s->label);
		if (networks >= 0)
			fprintf(c->out, ", for which %.0f client network%s asked in a week", networks, networks < 1.5 ? "" : "s");
		fputc('\n', c->out);
	}
	for (size_t i = 0; i < effect->misled_count; i++)
		fprintf(c->out, "misled: %s %s at %s gets %s, which speaks none of its TLS versions\n",
			effect->misled[i].release->product, effect->misled[i].release->version, effect->misled[i].label,
			effect->misled[i].relay);
}

static void print_lost(FILE *out, const char *what, const struct name_sample *s)
{
	for (size_t i = 0; i < s->count && i < PLAN_SHOWN; i++)
		fprintf(out, "%s: %s\n", what, s->shown[i]);
	if (s->count > PLAN_SHOWN)
		fprintf(out, "%s: and %zu more\n", what, s->count - PLAN_SHOWN);
}

/* Prints names that are no longer answered. */
static void print_names(FILE *out, const struct names_lost *lost)
{
	print_lost(out, "zone that goes, with all pools in it", &lost->zones);
	print_lost(out, "pool that is answered no more", &lost->pools);
	print_lost(out, "host that is answered no more", &lost->hosts);
	print_lost(out, "static data that is answered no more", &lost->statics);
}

static void print_text(struct command *c, const struct plan *p)
{
	const struct effect *effect = &p->effect;
	size_t shown = 0;
	fprintf(c->out, "plan of '%s' at revision %lld\n\n", c->planned, (long long)p->revision);
	print_pools(c, effect);
	for (size_t i = 0; i < effect->pool_count; i++)
		if (has_more(&effect->pools[i]) && shown++ < POOLS_MOST)
			print_relays(c->out, &effect->pools[i]);
	fputc('\n', c->out);
	print_stranded(c, effect);
	print_names(c->out, &p->lost);
	fputs(c->remarks.length > 0 ? c->remarks.bytes : "", c->out);
	if (c->harms.length == 0 && p->doubt == NULL)
		fprintf(c->out, "no client is stranded\n");
	else if (c->harms.length == 0)
		fprintf(c->out, "no client is known to be stranded, but %s\n", p->doubt);
	else
		fprintf(c->out, "refused without --force --reason TEXT: %s\n", c->harms.bytes);
	fprintf(c->out, "hash: %s\napply: windsock %s --plan %s%s%s%s\n", p->hash, c->planned, p->hash, c->planned_how,
		c->harms.length > 0 ? " --force" : "", c->harms.length > 0 && c->reason == NULL ? " --reason TEXT" : "");
}

static json_t *side_json(const struct effect_side *s)
{
	if (s->pool == NULL)
		return json_null();
	return json_pack("{s:I, s:I, s:b, s:b, s:I, s:I, s:f}", "members", (json_int_t)s->members, "healthy",
		(json_int_t)s->well, "n_1", s->spare, "thin", s->thin, "ttl", (json_int_t)s->ttl, "answers",
		(json_int_t)s->pool->answers, "brownout", s->brownout);
}

static json_t *pool_json(const struct effect_pool *p)
{
	json_t *in = json_array(), *out = json_array(), *shares = json_array(), *moves = json_array();
	for (size_t i = 0; i < p->relay_count; i++) {
		const struct effect_relay *r = &p->relays[i];
		if (r->was != r->is)
			json_array_append_new(r->is ? in : out, json_pack("{s:s, s:s}", "relay", r->name, "why", r->why));
		json_array_append_new(shares, json_pack("{s:s, s:f, s:f, s:f, s:f}", "relay", r->name, "before", r->before,
			"after", r->after, "now", r->now, "first", r->first));
		if (r->moved_to != NULL)
			json_array_append_new(moves, json_pack("{s:s, s:s, s:s}", "relay", r->name, "from", r->moved_from, "to",
				r->moved_to));
	}
	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:b, s:b}", "label", p->label, "changed",
		p->changed, "before", side_json(&p->before), "after", side_json(&p->after), "in", in, "out", out,
		"shares", shares, "addresses", moves, "moved", p->moved, "thin", p->thins, "empty", p->empty);
}

static json_t *misled_json(const struct effect *effect)
{
	json_t *misled = json_array();
	for (size_t i = 0; i < effect->misled_count; i++) {
		const struct effect_misled *m = &effect->misled[i];
		json_array_append_new(misled, json_pack("{s:s, s:s, s:s, s:s}", "product", m->release->product, "version",
			m->release->version, "label", m->label, "relay", m->relay));
	}
	return misled;
}

static json_t *lost_json(const struct name_sample *s)
{
	json_t *first = json_array();
	for (size_t i = 0; i < s->count && i < PLAN_SHOWN; i++)
		json_array_append_new(first, json_string(s->shown[i]));
	return json_pack("{s:I, s:o}", "count", (json_int_t)s->count, "first", first);
}

/* Whose pools or zones the change takes away. */
static json_t *asked_json(const struct plan *p)
{
	json_t *asked = json_array();
	for (const struct asked *a = p->asked; a < p->asked + p->asked_count; a++)
		json_array_append_new(asked, json_pack("{s:s, s:I}", a->zone != NULL ? "zone" : "pool", a->name, "networks",
			(json_int_t)(a->networks + 0.5)));
	return asked;
}

static void print_whole(struct command *c, const struct plan *p)
{
	json_t *pools = json_array(), *stranded = json_array();
	for (size_t i = 0; i < p->effect.pool_count; i++)
		json_array_append_new(pools, pool_json(&p->effect.pools[i]));
	for (size_t i = 0; i < p->effect.stranded_count; i++) {
		const struct effect_stranded *s = &p->effect.stranded[i];
		double networks = asked(c, s->label);
		json_array_append_new(stranded, json_pack("{s:s, s:s, s:s, s:o}", "product", s->release->product,
			"version", s->release->version, "label", s->label, "networks",
			networks < 0 ? json_null() : json_integer((json_int_t)(networks + 0.5))));
	}
	print_json(c, json_pack("{s:s, s:I, s:s, s:b, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "verb", c->planned, "revision",
		(json_int_t)p->revision, "hash", p->hash, "harmful", c->harms.length > 0, "harm",
		c->harms.length > 0 ? c->harms.bytes : "", "remarks", c->remarks.length > 0 ? c->remarks.bytes : "",
		"pools", pools, "stranded", stranded, "misled", misled_json(&p->effect), "zones_lost",
		lost_json(&p->lost.zones), "names_lost", lost_json(&p->lost.pools), "hosts_lost", lost_json(&p->lost.hosts),
		"static_lost", lost_json(&p->lost.statics), "asked", asked_json(p), "doubt", p->doubt == NULL ? json_null() : json_string(p->doubt)));
}

void plan_print(struct command *c, const struct plan *p)
{
	if (c->json)
		print_whole(c, p);
	else
		print_text(c, p);
}
