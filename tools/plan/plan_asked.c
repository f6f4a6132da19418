/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asked of late for what a change takes away: what a plan refuses, or does not know, though no release that is known
 * be hurt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/plan/plan.h"

enum { CITED = 5 };

static int compare_labels(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void find_undefined(struct plan *p)
{
	struct effect_wish *wish = &p->wish;
	struct telemetry_unknown *unknown;
	struct error why;
	size_t count = 0;
	if (telemetry_unknowns(&p->files, telemetry_today() - ASKED_DAYS, &p->arena, &unknown, &count, &why) != DONE)
		count = 0;
	const char **labels = arena_take(&p->arena, (count + 1) * sizeof *labels);
	if (labels == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if (*unknown[i].label != '\0')
			labels[wish->label_count++] = unknown[i].label;
	qsort(labels, wish->label_count, sizeof *labels, compare_labels);
	wish->labels = labels;
}

int plan_look(struct command *c, struct plan *p, struct error *e)
{
	struct error why = { "" };
	int outcome = telemetry_take(c, &p->files, &why);
	if (outcome == ABSENT)
		return fail(e, ABSENT, "%s", why.text);
	if (outcome != DONE && (p->unreadable = arena_text(&p->arena, why.text)) == NULL)
		return fail(e, FAILED, "out of memory");
	find_undefined(p);
	return DONE;
}

/* Pools. */

/* Whether what the pool needs can become its own, when nothing else says it any more. */
static bool can_keep(const struct plan *plan, const struct effect_pool *p)
{
	return !plan->keeps_none && p->loosened && p->need != 0 && p->before.pool->tls == 0 && p->after.pool->tls == 0;
}

static const char *fate_of(const struct plan *plan, const struct effect_pool *p)
{
	if (p->before.pool != NULL && p->after.pool == NULL)
		return "it would be gone";
	return p->ends ? "it would answer nothing" : p->loosened && !can_keep(plan, p) ? "it would forget what they need" : NULL;
}

/* Whether somebody asked. What cannot be read is not known. */
static bool is_asked(int outcome, const struct telemetry_day *total, double *networks)
{
	*networks = outcome != DONE ? 0 : total->networks < 1 ? 1 : total->networks;
	return outcome == DONE;
}

/* Whether clients asked for the label before somebody defined it; how many networks is not known then. */
static bool is_asked_undefined(const struct plan *p, const char *label)
{
	return p->wish.label_count > 0
		&& bsearch(&label, p->wish.labels, p->wish.label_count, sizeof *p->wish.labels, compare_labels) != NULL;
}

static void ask_for_pool(struct plan *p, const struct effect_pool *pool)
{
	struct asked asked = { .name = pool->label, .fate = fate_of(p, pool), .pool = pool };
	struct telemetry_day total;
	struct error ignored;
	int64_t today = telemetry_today();
	if (pool->before.pool == NULL || (asked.fate == NULL && !can_keep(p, pool)))
		return;
	int outcome = telemetry_total(&p->files, pool->label, today - ASKED_DAYS, today, &total, &ignored);
	if (is_asked(outcome, &total, &asked.networks) || is_asked_undefined(p, pool->label))
		p->asked[p->asked_count++] = asked;
}

enum { NETWORKS_TEXT = 64 };

static const char *networks_text(double networks, char text[NETWORKS_TEXT])
{
	if (networks < 0.5)
		return "clients";
	snprintf(text, NETWORKS_TEXT, "about %.0f network%s", networks, networks < 1.5 ? "" : "s");
	return text;
}

static struct pool *find_row(struct fleet *fleet, const char *label)
{
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, label) == 0)
			return &fleet->pools[i];
	return NULL;
}

int plan_find_kept(struct plan *p, struct error *e)
{
	p->kept = arena_take(&p->arena, (p->asked_count + 1) * sizeof *p->kept);
	if (p->kept == NULL)
		return fail(e, FAILED, "out of memory");
	for (const struct asked *a = p->asked; a < p->asked + p->asked_count; a++) {
		struct pool *row = a->pool == NULL || !can_keep(p, a->pool) ? NULL : find_row(&p->after, a->name);
		if (row == NULL)
			continue;
		row->tls = a->pool->need;
		p->kept[p->kept_count++] = (struct kept){ row, a->networks };
	}
	return DONE;
}

void plan_forget(struct plan *p)
{
	for (size_t i = 0; i < p->kept_count; i++)
		p->kept[i].pool->tls = 0;
	p->kept_count = 0;
	p->keeps_none = true;
}

int plan_keep(struct command *c, const struct plan *p, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < p->kept_count && outcome == DONE; i++) {
		const struct pool *pool = p->kept[i].pool;
		char tls[TLS_TEXT], who[NETWORKS_TEXT];
		tls_write((tls_set)pool->tls, tls);
		if (!c->planning)
			outcome = registry_set(c->registry, &pool_kind, pool, e);
		remark(c, "%s asked for %s in the last %d days: it goes on to need what they do, as its own --tls %s",
			networks_text(p->kept[i].networks, who), pool->label, ASKED_DAYS, tls);
	}
	return outcome;
}

/* Zones. */

static void ask_in_zone(struct plan *p, const struct lost_zone *zone)
{
	struct asked asked = { .name = zone->name, .zone = zone };
	struct telemetry_day total;
	struct error ignored;
	int64_t today = telemetry_today();
	int outcome = telemetry_zone_total(&p->files, zone->name, today - ASKED_DAYS, today, &total, &ignored);
	if (is_asked(outcome, &total, &asked.networks))
		p->asked[p->asked_count++] = asked;
}

static bool is_known(const struct plan *p, const struct lost_zone *zone)
{
	for (size_t i = 0; i < p->asked_count; i++)
		if (p->asked[i].zone == zone)
			return true;
	return false;
}

/* A zone that goes and that nobody is known to have asked in; NULL. */
static const struct lost_zone *find_quiet(const struct plan *p)
{
	for (const struct lost_zone *zone = p->lost.all; zone < p->lost.all + p->lost.all_count; zone++)
		if (!zone->stays && !is_known(p, zone))
			return zone;
	return NULL;
}

/* Notes networks that asked in zones which were not told apart: this zone may be among those. */
static void ask_in_others(struct plan *p)
{
	struct telemetry_day total;
	struct error ignored;
	int64_t today = telemetry_today();
	if (find_quiet(p) != NULL)
		is_asked(telemetry_untold(&p->files, today - ASKED_DAYS, today, &total, &ignored), &total, &p->untold);
}

/* Doubt. */

/* Whether who asked decides anything. */
static bool rests_on_asked(const struct plan *p)
{
	for (size_t i = 0; i < p->effect.pool_count; i++)
		if (p->effect.pools[i].before.pool != NULL && fate_of(p, &p->effect.pools[i]) != NULL)
			return true;
	return p->lost.all_count > 0;
}

static void add_doubt(struct plan *p, enum plan_doubt doubt, const char *words)
{
	p->doubts |= doubt;
	p->doubt = p->doubt == NULL ? words : arena_format(&p->arena, "%s, and %s", p->doubt, words);
}

/* Today may have begun just now, without a question yet: it is not missed. */
static void doubt_days(struct plan *p)
{
	bool watched[ASKED_DAYS + 1];
	int64_t today = telemetry_today();
	struct error why;
	int known = 0;
	if (telemetry_watched(&p->files, today - ASKED_DAYS, today, watched, &why) != DONE) {
		add_doubt(p, DOUBT_UNREADABLE, arena_format(&p->arena, "who asked is not known: %s", why.text));
		return;
	}
	for (int i = 0; i <= ASKED_DAYS; i++)
		known += watched[i];
	if (known < ASKED_DAYS)
		add_doubt(p, DOUBT_DAYS, arena_format(&p->arena, "who asked is known of %d of the last %d days only", known,
			ASKED_DAYS));
}

static void find_doubt(struct plan *p)
{
	if (p->unreadable != NULL)
		add_doubt(p, DOUBT_UNREADABLE, arena_format(&p->arena, "who asked is not known: %s", p->unreadable));
	else if (p->files.count == 0)
		add_doubt(p, DOUBT_NOBODY_COUNTS, "who asked is not known: there is no telemetry");
	else
		doubt_days(p);
	if (p->lost.secondary != NULL)
		add_doubt(p, DOUBT_SECONDARY, arena_format(&p->arena, "whoever asked %s, a secondary, is counted nowhere",
			p->lost.secondary));
}

int plan_ask(struct plan *p, struct error *e)
{
	p->asked_count = 0;
	p->untold = 0;
	p->doubts = 0;
	p->doubt = NULL;
	p->asked = arena_take(&p->arena, (p->effect.pool_count + p->lost.all_count + 1) * sizeof *p->asked);
	if (p->asked == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < p->effect.pool_count; i++)
		ask_for_pool(p, &p->effect.pools[i]);
	for (size_t i = 0; i < p->lost.all_count; i++)
		ask_in_zone(p, &p->lost.all[i]);
	ask_in_others(p);
	if (rests_on_asked(p))
		find_doubt(p);
	return p->doubts != 0 && p->doubt == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* In words. */

static void describe_zone(const struct asked *a, struct text *out)
{
	plan_begin(out, "");
	char who[NETWORKS_TEXT];
	if (!a->zone->stays)
		text_addf(out, "no pool is answered any more in %s, and ", a->name);
	text_addf(out, "%s asked for %s%s in the last %d days", networks_text(a->networks, who), a->zone->stays ? "pools in " : "its pools", a->zone->stays ? a->name : "", ASKED_DAYS);
}

void plan_describe_asked(const struct plan *p, struct text *out)
{
	size_t zones = 0;
	for (const struct asked *a = p->asked; a < p->asked + p->asked_count; a++) {
		if (a->zone != NULL && ++zones <= CITED)
			describe_zone(a, out);
		if (a->fate == NULL)
			continue;
		plan_begin(out, "");
		char who[NETWORKS_TEXT];
		text_addf(out, "%s asked for %s in the last %d days, and %s", networks_text(a->networks, who), a->name,
			ASKED_DAYS, a->fate);
	}
	if (zones > CITED)
		text_addf(out, ", and in %zu more zones", zones - CITED);
	if (p->untold <= 0)
		return;
	char who[NETWORKS_TEXT];
	plan_begin(out, "");
	text_addf(out, "no pool is answered any more in %s, and %s asked for pools in the last %d days, in zones that were not "
		"told apart", find_quiet(p)->name, networks_text(p->untold, who), ASKED_DAYS);
}
