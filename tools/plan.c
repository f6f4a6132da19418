/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb's effect: what is answered before and after, and what of it would hurt. */
#include "tools/plan.h"

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

static int compare_labels(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What clients asked for of late that nobody defined. What cannot be read is not known. */
static void find_asked(struct command *c, struct plan *p, struct effect_wish *wish)
{
	struct telemetry_files files;
	struct telemetry_unknown *unknown;
	struct error why;
	size_t count = 0;
	if (telemetry_take(c, &files, &why) != DONE)
		return;
	if (telemetry_unknowns(&files, telemetry_today() - PLAN_ASKED_DAYS, &p->arena, &unknown, &count, &why) != DONE)
		count = 0;
	telemetry_drop(&files);
	const char **labels = arena_take(&p->arena, (count + 1) * sizeof *labels);
	if (labels == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if (*unknown[i].label != '\0')
			labels[wish->label_count++] = unknown[i].label;
	qsort(labels, wish->label_count, sizeof *labels, compare_labels);
	wish->labels = labels;
}

int plan_weigh(struct command *c, struct plan *p, struct error *e)
{
	struct effect_wish wish = { .shares = c->planning || c->plan != NULL };
	find_asked(c, p, &wish);
	int outcome = effect_find(&p->before, &p->after, &wish, &p->arena, &p->effect, e);
	if (outcome == DONE)
		outcome = plan_words(c, e);
	return outcome == DONE ? plan_seal(c, p, e) : outcome;
}

/* A line of an error holds no more. */
enum { CITED_POOLS = 24, CITED_RELEASES = 5 };

static void add_more(struct text *out, size_t count, size_t cited)
{
	if (count > cited)
		text_addf(out, " and %zu more", count - cited);
}

static void begin(struct text *out, const char *words)
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
			begin(out, words);
		if (count++ < CITED_POOLS)
			text_addf(out, "%s %s", count == 1 ? "" : ",", effect->pools[i].label);
	}
	add_more(out, count, CITED_POOLS);
}

static void describe_releases(const struct effect *effect, struct text *out)
{
	if (effect->stranded_count > 0)
		begin(out, "it strands, for they can use none of what is answered:");
	for (size_t i = 0; i < effect->stranded_count && i < CITED_RELEASES; i++) {
		const struct effect_stranded *s = &effect->stranded[i];
		text_addf(out, "%s %s %s at %s", i > 0 ? "," : "", s->release->product, s->release->version, s->label);
	}
	add_more(out, effect->stranded_count, CITED_RELEASES);
	if (effect->misled_count > 0)
		begin(out, "it gives out relays that speak none of their TLS versions:");
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
	begin(out, s->count == 1 ? one : more);
	for (size_t i = 0; i < s->count && i < PLAN_SHOWN; i++)
		text_addf(out, "%s %s", i > 0 ? "," : "", s->shown[i]);
	add_more(out, s->count, PLAN_SHOWN);
}

/* How many networks asked for a pool of late, about; 0 when nobody is known to have. */
static double networks_of(const struct telemetry_files *files, const char *label)
{
	struct telemetry_day total;
	struct error ignored;
	int64_t today = telemetry_today();
	return telemetry_total(files, label, today - PLAN_ASKED_DAYS, today, &total, &ignored) == DONE ? total.networks : 0;
}

/* What would become of a pool that clients ask for, though no release that is known be hurt. */
static const char *fate_of(const struct effect_pool *p)
{
	if (p->before.pool != NULL && p->after.pool == NULL)
		return "it would be gone";
	return p->ends ? "it would answer nothing" : p->loosened && !plan_keeps(p) ? "it would forget what they need" : NULL;
}

static void describe_asked(const struct telemetry_files *files, const struct plan *p, struct text *out)
{
	const struct effect *effect = &p->effect;
	const char *most = NULL;
	double asked = 0;
	for (size_t i = 0; i < effect->pool_count; i++) {
		const struct effect_pool *pool = &effect->pools[i];
		const char *fate = fate_of(pool);
		if (pool->before.pool == NULL || (fate == NULL && p->lost.zones.count == 0))
			continue;
		double networks = networks_of(files, pool->label);
		if (networks > asked) {
			most = pool->label;
			asked = networks;
		}
		if (fate == NULL || networks <= 0)
			continue;
		begin(out, "");
		text_addf(out, "about %.0f networks asked for %s in the last %d days, and %s", networks, pool->label,
			PLAN_ASKED_DAYS, fate);
	}
	if (most == NULL || p->lost.zones.count == 0)
		return;
	describe_sample(&p->lost.zones, "no pool is answered any more in", "no pools are answered any more in", out);
	text_addf(out, ", and about %.0f networks asked for %s in the last %d days, in whatever zone", asked, most,
		PLAN_ASKED_DAYS);
}

bool plan_keeps(const struct effect_pool *p)
{
	return p->loosened && p->need != 0 && p->before.pool->tls == 0 && p->after.pool->tls == 0;
}

/* What a pool that was asked for needs does not vanish with a release's row: it becomes the pool's own. */
int plan_keep(struct command *c, const struct plan *p, struct error *e)
{
	struct telemetry_files files;
	struct error why;
	int outcome = DONE;
	if (telemetry_take(c, &files, &why) != DONE)
		return DONE;
	for (size_t i = 0; i < p->effect.pool_count && outcome == DONE; i++) {
		const struct effect_pool *pool = &p->effect.pools[i];
		double networks = plan_keeps(pool) ? networks_of(&files, pool->label) : 0;
		char tls[TLS_TEXT];
		if (networks <= 0)
			continue;
		struct pool row = *pool->after.pool;
		row.tls = pool->need;
		tls_write(pool->need, tls);
		if (!c->planning)
			outcome = registry_set(c->registry, &pool_kind, &row, e);
		remark(c, "about %.0f networks asked for %s in the last %d days: it goes on to need what they do, as its own "
			"--tls %s", networks, pool->label, PLAN_ASKED_DAYS, tls);
	}
	telemetry_drop(&files);
	return outcome;
}

static void describe_harm(struct command *c, const struct plan *p, struct text *out)
{
	struct telemetry_files files;
	struct error why;
	describe_pools(&p->effect, is_empty, "it leaves without a compatible relay:", out);
	describe_pools(&p->effect, is_weak, "it leaves without a relay that looks well and has weight:", out);
	describe_releases(&p->effect, out);
	describe_sample(&p->lost.pools, "a pool's name is answered no more:", "pools' names are answered no more:", out);
	describe_sample(&p->lost.hosts, "a host is answered no more:", "hosts are answered no more:", out);
	if (telemetry_take(c, &files, &why) != DONE)
		return;
	describe_asked(&files, p, out);
	telemetry_drop(&files);
}

int plan_judge(struct command *c, const struct plan *p, struct error *e)
{
	struct text text = { 0 };
	describe_harm(c, p, &text);
	int outcome = text.broken ? fail(e, FAILED, "out of memory") : text.length == 0 ? DONE : harm(c, e, "%s", text.bytes);
	text_free(&text);
	return outcome;
}

void plan_free(struct plan *p)
{
	arena_free(&p->arena);
}
