/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock check`, by the convention of monitoring plugins. */
#include "tools/registry_verbs.h"
#include "tools/survey.h"
#include "tools/table.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

struct verdict {
	enum level worst;
	size_t count;
	struct text details; /* a line each, below the first line */
	struct text first;   /* the first of the worst */
	json_t *findings;
};

static const char *const levels[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

static void find(struct verdict *v, enum level level, const char *what)
{
	if (level > v->worst) {
		v->worst = level;
		v->first.length = 0;
		text_add(&v->first, what);
	}
	text_addf(&v->details, "%s: %s\n", levels[level], what);
	json_array_append_new(v->findings, json_pack("{s:s, s:s}", "level", levels[level], "what", what));
	v->count++;
}

static void check_name_server(struct verdict *v, const struct survey *s, struct arena *arena)
{
	const struct doorbell *b = &s->bell;
	if (!s->answers) {
		find(v, LEVEL_CRITICAL, arena_format(arena, "the name server is silent: %s", s->silence.text));
		return;
	}
	if (*b->trouble != '\0')
		find(v, LEVEL_WARNING, arena_format(arena, "the name server answers from memory: %s", b->trouble));
	else if (b->revision < s->revision)
		find(v, LEVEL_WARNING, arena_format(arena, "the name server serves revision %lld of %lld",
			(long long)b->revision, (long long)s->revision));
	if (b->refused_rows > 0)
		find(v, LEVEL_WARNING, arena_format(arena, "%lld rows of the registry cannot be served",
			(long long)b->refused_rows));
}

static void check_pools(struct verdict *v, const struct survey *s, struct arena *arena)
{
	for (size_t i = 0; i < s->fleet.pool_count; i++) {
		const struct membership *m = &s->memberships[i];
		const char *label = m->pool->label;
		if (m->pool->state == POOL_RETIRED)
			continue;
		if (m->members == 0)
			find(v, LEVEL_CRITICAL, arena_format(arena, "pool %s has no compatible relay", label));
		else if (m->last_resort)
			find(v, LEVEL_CRITICAL, arena_format(arena, "all relays of pool %s look down", label));
		else if (m->members == 1)
			find(v, LEVEL_WARNING, arena_format(arena, "pool %s has one relay only", label));
	}
}

static void print_verdict(const struct command *c, const struct verdict *v, const struct survey *s)
{
	const char *level = levels[v->worst];
	if (c->json)
		print_json(json_pack("{s:s, s:i, s:I, s:O}", "level", level, "status", (int)v->worst,
			"revision", (json_int_t)s->revision, "findings", v->findings));
	else if (v->worst == LEVEL_OK)
		printf("WINDSOCK OK - revision %lld served, %lld pools, %lld relays\n", (long long)s->revision,
			(long long)s->pools, (long long)s->relays);
	else
		printf("WINDSOCK %s - %s%s\n%s", level, v->first.bytes, v->count > 1 ? " (and more)" : "",
			v->details.bytes);
}

int verb_check(struct command *c, struct error *e)
{
	struct survey s;
	struct verdict v = { 0 };
	struct error why = { "" };
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	v.findings = json_array();
	if (survey_take(c, &s, &why) != DONE) {
		find(&v, LEVEL_UNKNOWN, why.text);
	} else {
		check_name_server(&v, &s, &c->arena);
		check_pools(&v, &s, &c->arena);
		if (s.refused > 0)
			find(&v, LEVEL_WARNING, s.first_refused.text);
	}
	print_verdict(c, &v, &s);
	c->status = (int)v.worst;
	json_decref(v.findings);
	text_free(&v.details);
	text_free(&v.first);
	return DONE;
}
