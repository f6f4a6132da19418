/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan's hash, by which --plan sees that what is done is what was planned. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tools/plan/plan.h"

/* FNV-1a: it tells plans apart; nobody gains by making two alike. */
static uint64_t digest(uint64_t hash, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static const uint64_t digest_begin = UINT64_C(0xcbf29ce484222325);

/* Whether an option says what is to be done, and not how, or to which registry. */
static bool says_what(const char *option)
{
	static const char *const how[] = { "plan", "json", "dry-run", "force", "reason", "registry", "config", NULL };
	for (const char *const *name = how; *name != NULL; name++)
		if (strcmp(*name, option) == 0)
			return false;
	return true;
}

/* Adds a word, quoted where a shell would otherwise not take it for one. */
static void add_quoted(struct text *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/+=,@%";
	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		text_add(out, word);
		return;
	}
	text_add(out, "'");
	for (; *word != '\0'; word++)
		text_add_part(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
	text_add(out, "'");
}

static void add_options(const struct command *c, bool what, struct text *out)
{
	for (int i = 0; i < c->option_count; i++) {
		const struct given_option *o = &c->options[i];
		if (says_what(o->name) != what)
			continue;
		text_addf(out, " --%s", o->name);
		if (!o->flag) {
			text_add(out, " ");
			add_quoted(out, o->value);
		}
	}
}

static char *take_text(struct command *c, struct text *text)
{
	char *copy = text->broken || text->bytes == NULL ? NULL : arena_text(&c->arena, text->bytes);
	text_free(text);
	return copy;
}

/* Adds the options that say where the registry is, and the reason: they belong to the line that is to be typed, not to
 * the hash. */
static void add_how(const struct command *c, struct text *out)
{
	static const char *const kept[] = { "registry", "config", "reason", NULL };
	for (int i = 0; i < c->option_count; i++)
		for (const char *const *name = kept; *name != NULL; name++)
			if (strcmp(c->options[i].name, *name) == 0) {
				text_addf(out, " --%s ", *name);
				add_quoted(out, c->options[i].value);
			}
}

int plan_words(struct command *c, struct error *e)
{
	struct text verb = { 0 }, how = { 0 };
	text_addf(&verb, "%s%s%s", c->verb->noun, *c->verb->name == '\0' ? "" : " ", c->verb->name);
	for (int i = 0; i < c->word_count; i++) {
		text_add(&verb, " ");
		add_quoted(&verb, c->words[i]);
	}
	add_options(c, true, &verb);
	text_add(&how, "");
	add_how(c, &how);
	c->planned = take_text(c, &verb);
	c->planned_how = take_text(c, &how);
	return c->planned == NULL || c->planned_how == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* Digests a row of the log, without the dates that say when it was done. */
static int digest_row(uint64_t *hash, const struct kind *kind, const char *json, struct error *e)
{
	json_t *object = json == NULL ? NULL : json_loads(json, 0, NULL);
	for (int i = 0; object != NULL && kind != NULL && i < kind->count; i++)
		if (kind->fields[i].kind == FIELD_TIME)
			json_object_del(object, kind->fields[i].name);
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	if (object != NULL && text == NULL) {
		json_decref(object);
		return fail(e, FAILED, "out of memory");
	}
	*hash = text == NULL ? digest(*hash, "-", 1) : digest(*hash, text, strlen(text));
	free(text);
	json_decref(object);
	return DONE;
}

static int digest_change(const struct change *change, void *context, struct error *e)
{
	uint64_t *hash = context;
	const struct kind *kind = change->of;
	*hash = digest(*hash, change->kind, strlen(change->kind) + 1);
	*hash = digest(*hash, change->key, strlen(change->key) + 1);
	return digest_row(hash, kind, change->new, e);
}

int plan_content(struct command *c, struct plan *p, struct error *e)
{
	p->content = digest_begin;
	int outcome = registry_changes(c->registry, p->revision, digest_change, &p->content, e);
	return outcome == ABSENT ? DONE : outcome;
}

static void add_side(const struct effect_side *s, struct text *out)
{
	if (s->pool == NULL)
		text_addf(out, " -/%zu", s->members);
	else
		text_addf(out, " %lld/%zu/%zu/%d/%.3f/%lld/%lld", (long long)s->pool->state, s->members, s->well, s->spare,
			s->brownout, (long long)s->ttl, (long long)s->pool->answers);
}

static void add_relays(const struct effect_pool *p, struct text *out)
{
	for (size_t i = 0; i < p->relay_count; i++) {
		const struct effect_relay *r = &p->relays[i];
		if (r->was != r->is)
			text_addf(out, " %c%s", r->is ? '+' : '-', r->name);
		if (r->moved_to != NULL)
			text_addf(out, " %s=%s", r->name, r->moved_to);
	}
}

/* Adds all of the effect, but for the parts of answers that follow from the rest. */
static void add_effect(const struct effect *effect, struct text *out)
{
	for (const struct effect_pool *p = effect->pools; p < effect->pools + effect->pool_count; p++) {
		if (!p->changed)
			continue;
		text_addf(out, "\n%s", p->label);
		add_side(&p->before, out);
		add_side(&p->after, out);
		add_relays(p, out);
	}
	for (size_t i = 0; i < effect->stranded_count; i++)
		text_addf(out, "\n%s %s %s", effect->stranded[i].label, effect->stranded[i].release->product,
			effect->stranded[i].release->version);
	for (size_t i = 0; i < effect->misled_count; i++)
		text_addf(out, "\n%s %s %s %s", effect->misled[i].label, effect->misled[i].release->product,
			effect->misled[i].release->version, effect->misled[i].relay);
}

static void add_sample(const struct name_sample *s, struct text *out)
{
	text_addf(out, "\n%zu", s->count);
	for (size_t i = 0; i < s->count && i < PLAN_SHOWN; i++)
		text_addf(out, " %s", s->shown[i]);
}

static void add_asked(const struct plan *p, struct text *out)
{
	text_addf(out, "\n%u %d", p->doubts, p->untold > 0);
	for (size_t i = 0; i < p->asked_count; i++)
		text_addf(out, "\n%s %s", p->asked[i].name, p->asked[i].fate == NULL ? "" : p->asked[i].fate);
}

/* The revision that a hash is of; the plan's own when there is none. */
static int64_t planned_revision(const struct command *c, int64_t own)
{
	char *end = NULL;
	long long revision = c->plan == NULL ? 0 : strtoll(c->plan, &end, 10);
	return end == NULL || *end != '-' || revision <= 0 ? own : revision;
}

int plan_seal(struct command *c, struct plan *p, struct error *e)
{
	struct text all = { 0 };
	int64_t revision = planned_revision(c, p->revision);
	text_addf(&all, "%lld\n%s\n%" PRIx64 " %" PRIx64 "\n%s", (long long)revision, c->planned, p->content, c->besides,
		c->harms.bytes == NULL ? "" : c->harms.bytes);
	add_effect(&p->effect, &all);
	add_sample(&p->lost.zones, &all);
	add_sample(&p->lost.pools, &all);
	add_sample(&p->lost.hosts, &all);
	add_sample(&p->lost.statics, &all);
	add_asked(p, &all);
	if (all.broken) {
		text_free(&all);
		return fail(e, FAILED, "out of memory");
	}
	uint64_t hash = digest(digest_begin, all.bytes, all.length);
	snprintf(p->hash, sizeof p->hash, "%lld-%016" PRIx64, (long long)revision, hash ^ hash >> 29);
	text_free(&all);
	return DONE;
}

/* Whether a change that came since spoils the plan. Hosts move all day and touch no pool: they spoil only plans about
 * hosts or zones. */
static int spoils(const struct change *change, void *context, struct error *e)
{
	const struct command *c = context;
	(void)e;
	bool names = (c->verb->flags & (VERB_ZONES | VERB_HOSTS)) != 0 || strcmp(c->verb->noun, "host") == 0
		|| strcmp(c->verb->noun, "dnssec") == 0;
	return !names && change->of == &host_kind ? DONE : HARMFUL;
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
		: registry_touched(c->registry, planned, spoils, c, &ignored);
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
