/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock complete`: what a shell offers for the word under the cursor. All shells ask here (tools/completion/), so that what
 * they offer comes from the verbs' usages and from the registry's rows. */
#include <string.h>

#include "tools/arguments.h"
#include "tools/registry/registry_verbs.h"
#include "tools/verbs.h"

enum { OFFERS_MOST = 500 }; /* names of one kind: no shell shows more, and there may be a million hosts */

struct completion {
	struct command *command;
	const char *typed; /* the word so far */
	struct command so_far; /* the words before it */
	size_t offers;
};

static bool fits(const struct completion *o, const char *word, size_t length)
{
	size_t typed = strlen(o->typed);
	return length >= typed && memcmp(word, o->typed, typed) == 0;
}

static void offer(struct completion *o, const char *word, size_t length, const char *what)
{
	if (fits(o, word, length))
		fprintf(o->command->out, "%.*s\t%s\n", (int)length, word, what);
}

/* Names from the registry. */

struct names {
	struct completion *completion;
	const struct kind *kind;
	const struct field *field;
	const char *product; /* of releases, only this one's versions; NULL: all */
	char last[256];
};

static int offer_name(const void *row, void *context, struct error *e)
{
	struct names *n = context;
	struct completion *o = n->completion;
	const char *name = field_text(n->field, row);
	(void)e;
	if (n->product != NULL && strcmp(((const struct release *)row)->product, n->product) != 0)
		return DONE;
	if (!fits(o, name, strlen(name)) || strcmp(name, n->last) == 0)
		return DONE;
	snprintf(n->last, sizeof n->last, "%s", name);
	offer(o, name, strlen(name), n->kind->name);
	return ++o->offers < OFFERS_MOST ? DONE : EXISTS;
}

/* Where there is no registry, nothing is offered: a shell has no place for a fault. */
static void offer_names(struct completion *o, const struct kind *kind, bool versions)
{
	struct command *c = o->command;
	struct error none;
	struct names n = { .completion = o, .kind = kind, .field = kind->fields };
	if (versions) {
		n.field = kind_field(kind, "version", 7);
		n.product = o->so_far.words[0];
	}
	const char *path = option(&o->so_far, "registry");
	if (registry_open(path == NULL ? c->registry_path : path, REGISTRY_READ, &c->registry, &none) != DONE)
		return;
	registry_each(c->registry, kind, NULL, offer_name, &n, &none);
}

/* What stands for a value in a usage, and what it is the name of. */
static const struct kind *kind_of(const struct completion *o, const char *stands, size_t length, const char *option)
{
	static const struct {
		const char *stands;
		const struct kind *kind;
	} known[] = { { "LABEL", &pool_kind }, { "RELAY", &relay_kind }, { "ORIGIN", &zone_kind }, { "ZONE", &zone_kind },
		{ "KEY", &tsig_kind }, { "PRODUCT", &release_kind }, { "VERSION", &release_kind } };
	const struct verb *v = o->so_far.verb;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strlen(known[i].stands) == length && memcmp(known[i].stands, stands, length) == 0)
			return known[i].kind;
	if (length != 4 || memcmp(stands, "NAME", 4) != 0)
		return NULL;
	if (option != NULL)
		return model_kind(option);
	return strcmp(v->name, "add") == 0 || strcmp(v->name, "invite") == 0 ? NULL : model_kind(v->noun);
}

/* What a field may be that an option of the same name sets. */
static void offer_choices(struct completion *o, const char *option)
{
	const struct kind *kind = model_kind(o->so_far.verb->noun);
	const struct field *field = kind == NULL ? NULL : kind_field(kind, option, strlen(option));
	for (const char *const *choice = field == NULL ? NULL : field->choices; choice != NULL && *choice != NULL; choice++)
		offer(o, *choice, strlen(*choice), "");
}

/* OPTION is the name of the one whose value it is; NULL for a word. */
static void offer_values(struct completion *o, const char *stands, size_t length, const char *option)
{
	const struct kind *kind = kind_of(o, stands, length, option);
	for (size_t i = 0; length == 4 && memcmp(stands, "KIND", 4) == 0 && model_kinds[i] != NULL; i++)
		offer(o, model_kinds[i]->name, strlen(model_kinds[i]->name), "");
	if (kind != NULL)
		offer_names(o, kind, length == 7 && memcmp(stands, "VERSION", 7) == 0);
	if (!usage_is_choice(stands, length)) {
		if (option != NULL && o->so_far.verb != NULL)
			offer_choices(o, option);
		return;
	}
	for (size_t at = 0, part; at < length; at += part + 1) {
		part = strcspn(stands + at, "| ]");
		part = part < length - at ? part : length - at;
		offer(o, stands + at, part, "");
	}
}

/* Nouns, verbs and options. */

static bool may_follow(const struct completion *o, const struct verb *v)
{
	return !o->so_far.planning || (v->flags & VERB_CHANGES) != 0;
}

static void offer_nouns(struct completion *o)
{
	const struct verb *v;
	const char *last = "";
	char summary[SUMMARY_TEXT];
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++) {
		if (may_follow(o, v) && strcmp(v->noun, last) != 0)
			offer(o, v->noun, strlen(v->noun), *v->name == '\0' ? verb_summary(v, summary) : "");
		last = may_follow(o, v) ? v->noun : last;
	}
}

static void offer_verbs(struct completion *o, const char *noun)
{
	const struct verb *v;
	char summary[SUMMARY_TEXT];
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		if (may_follow(o, v) && strcmp(v->noun, noun) == 0)
			offer(o, v->name, strlen(v->name), verb_summary(v, summary));
}

static void offer_options(struct completion *o)
{
	const char *usages[] = { o->so_far.verb == NULL ? "" : o->so_far.verb->usage, verbs_common };
	struct usage_part part;
	char last[64] = "";
	for (size_t i = 0; i < 2; i++)
		while (usage_next(&usages[i], &part)) {
			char option[64], value[64];
			snprintf(option, sizeof option, "--%.*s", (int)part.length, part.text);
			snprintf(value, sizeof value, "%.*s", (int)part.value_length, part.value_length == 0 ? "" : part.value);
			if (part.option && strcmp(option, last) != 0)
				offer(o, option, strlen(option), value);
			snprintf(last, sizeof last, "%s", option);
		}
}

/* The word under the cursor, by the words before it. */
static void offer_word(struct completion *o)
{
	struct command *before = &o->so_far;
	struct usage_part part;
	if (before->verb != NULL && strcmp(before->verb->noun, "plan") == 0) {
		before->planning = true; /* it is a verb by itself only where nothing follows */
		before->verb = NULL;
	}
	if (*o->typed == '-')
		offer_options(o);
	else if (before->verb == NULL && before->word_count == 0)
		offer_nouns(o);
	else if (before->verb == NULL)
		offer_verbs(o, before->words[0]);
	else if (usage_word(before->verb->usage, (size_t)before->word_count, &part))
		offer_values(o, part.text, part.length, NULL);
}

/* Whether the last of the words is an option that has no value yet. */
static bool wants_value(const char *word, const struct verb *v, struct usage_part *part)
{
	return strncmp(word, "--", 2) == 0 && verbs_option(v, word + 2, part) && part->value_length > 0;
}

static int take_before(struct completion *o, char **words, int count)
{
	struct error none;
	arena_free(&o->so_far.arena);
	o->so_far = (struct command){ 0 };
	return arguments_take(&o->so_far, count, words, &none);
}

int verb_complete(struct command *c, struct error *e)
{
	char *words[WORDS_MOST + 1] = { "windsock" }; /* as main has them */
	int count = c->word_count > 0 ? c->word_count - 1 : 0;
	struct completion o = { .command = c, .typed = c->word_count > 0 ? c->words[count] : "" };
	struct usage_part part;
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	memcpy(words + 1, c->words, (size_t)count * sizeof words[0]);
	if (take_before(&o, words, count + 1) == DONE)
		offer_word(&o);
	else if (take_before(&o, words, count) == DONE && wants_value(words[count], o.so_far.verb, &part))
		offer_values(&o, part.value, part.value_length, words[count] + 2);
	arena_free(&o.so_far.arena);
	return DONE;
}
