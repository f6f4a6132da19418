/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments read one by one: which options there are, the usage of the verb says that the words before have named. */
#include "tools/arguments.h"

#include <string.h>

#include "tools/help.h"
#include "tools/verbs.h"

/* The words so far. `plan` and `help` may stand before a verb. */
struct typed {
	struct command *command;
	const struct verb *verb; /* NULL: they name none yet */
	int before, used;        /* of the words: `plan` or `help`, and what names the verb */
	bool ended;              /* by "--": no options come any more */
};

static void find_verb(struct typed *t)
{
	const struct command *c = t->command;
	const char *const *words = c->words;
	t->before = c->word_count > 1 && (strcmp(words[0], "plan") == 0 || strcmp(words[0], "help") == 0);
	if (c->word_count == t->before)
		return;
	t->used = t->before + 1;
	t->verb = verbs_find(words[t->before], "");
	if (t->verb == NULL && c->word_count > t->used)
		t->verb = verbs_find(words[t->before], words[t->used++]);
}

static int take_word(struct typed *t, const char *word, struct error *e)
{
	struct command *c = t->command;
	if (c->word_count == WORDS_MOST)
		return fail(e, REFUSED, "more than %d words", WORDS_MOST);
	c->words[c->word_count++] = word;
	if (c->word_count <= 3)
		find_verb(t);
	return DONE;
}

/* The option's name without dashes; *VALUE is what is behind an equals sign, or NULL. */
static const char *split(struct command *c, const char *word, const char **value)
{
	if (strcmp(word, "-c") == 0)
		word = "--config";
	if (strcmp(word, "-h") == 0)
		word = "--help";
	if (strncmp(word, "--", 2) != 0)
		return NULL;
	size_t length = strcspn(word, "=");
	*value = word[length] == '=' ? word + length + 1 : NULL;
	return arena_text_part(&c->arena, word + 2, length - 2);
}

/* *NEXT is the argument behind it, which may be its value: then it is taken, and NULL. ABSENT when the words before name no verb:
 * that matters more. */
static int take_option(struct typed *t, const char *word, const char **next, struct error *e)
{
	struct command *c = t->command;
	struct usage_part part;
	const char *value = NULL, *name = split(c, word, &value);
	if (name == NULL)
		return word[1] == '-' ? fail(e, FAILED, "out of memory") : fail(e, REFUSED, "%s is not an option: see 'windsock --help'", word);
	if (!verbs_option(t->verb, name, &part))
		return t->verb == NULL && c->word_count > 0 ? ABSENT : help_explain_option(t->verb, name, e);
	bool flag = part.value_length == 0;
	if (flag && value != NULL)
		return fail(e, REFUSED, "--%s takes no value, and '%s' is one", name, value);
	if (!flag && value == NULL && *next == NULL)
		return fail(e, REFUSED, "--%s wants a value: %.*s", name, (int)part.value_length, part.value);
	if (!flag && value == NULL) {
		value = *next;
		*next = NULL;
	}
	if (c->option_count == OPTIONS_MOST)
		return fail(e, REFUSED, "more than %d options", OPTIONS_MOST);
	c->options[c->option_count++] = (struct given_option){ .name = name, .value = flag ? "" : value, .flag = flag };
	return DONE;
}

/* The words for the audit. Secrets are never given on the command line, so it can have all. */
static const char *join(struct arena *arena, int argc, char **argv)
{
	struct text words = { 0 };
	for (int i = 1; i < argc; i++) {
		text_add(&words, i > 1 ? " " : "");
		text_add(&words, argv[i]);
	}
	char *copy = words.bytes == NULL ? NULL : arena_text(arena, words.bytes);
	text_free(&words);
	return copy == NULL ? "" : copy;
}

static void settle(struct typed *t)
{
	struct command *c = t->command;
	bool asks = c->word_count > 0 && strcmp(c->words[0], "help") == 0;
	int gone = t->verb != NULL ? t->used : t->before > 0 || !asks ? t->before : 1;
	c->verb = t->verb;
	c->planning = t->before > 0 && !asks;
	c->help = option_flag(c, "help") || asks;
	c->word_count -= gone;
	memmove(c->words, c->words + gone, (size_t)c->word_count * sizeof c->words[0]);
	c->json = option_flag(c, "json");
	c->dry_run = option_flag(c, "dry-run") || c->planning;
	c->force = option_flag(c, "force");
	c->reason = option(c, "reason");
	c->plan = option(c, "plan");
}

int arguments_take(struct command *c, int argc, char **argv, struct error *e)
{
	struct typed t = { .command = c };
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		int outcome = DONE;
		if (!t.ended && strcmp(argv[i], "--") == 0) {
			t.ended = true;
			continue;
		}
		if (t.ended || argv[i][0] != '-' || argv[i][1] == '\0')
			outcome = take_word(&t, argv[i], e);
		else
			outcome = take_option(&t, argv[i], &next, e);
		if (outcome == ABSENT)
			break;
		if (outcome != DONE)
			return outcome;
		i += i + 1 < argc && next == NULL; /* its value was taken */
	}
	c->typed = join(&c->arena, argc, argv);
	settle(&t);
	return DONE;
}
