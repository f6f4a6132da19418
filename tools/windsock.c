/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock: finds the registry, runs the verb, and turns outcomes into words and exit statuses. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/options.h"
#include "tools/arguments.h"
#include "tools/help.h"
#include "tools/verbs.h"

static int complain(int status, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "windsock: %s\n", text);
	return status;
}

/* The registry's path, as daemons find it: from --registry, else the environment, else windsock.conf, else the default. A
 * --config goes before the environment. */
static int find_registry(struct command *c, struct error *e)
{
	static const struct option_row row = { "registry", OPTION_TEXT, 0, 0, 0, OPTION_REGISTRY, "FILE", "the registry",
		.environment = OPTION_REGISTRY_ENVIRONMENT };
	const struct option_table table = { "windsock", "windsock", "", &row, 1 };
	const char *config = option(c, "config");
	char *words[] = { (char *)(uintptr_t)"windsock", (char *)(uintptr_t)"-c", (char *)(uintptr_t)config };
	c->registry_path = option(c, "registry");
	if (c->registry_path != NULL)
		return DONE;
	return options_read(&table, config == NULL ? 1 : 3, words, &c->registry_path, &c->arena, e);
}

/* Words that name no verb: they ask for help, or are a slip. */
static int no_verb(struct command *c)
{
	struct error e;
	if (option_flag(c, "version")) {
		printf("windsock %s\n", PACKAGE_VERSION);
		return STATUS_DONE;
	}
	if (c->word_count == 0 && !c->help)
		return complain(STATUS_USAGE, "what shall it do? See 'windsock --help'");
	if (c->word_count == 0)
		help_print();
	if (c->word_count == 0 || (c->word_count == 1 && c->help && help_print_noun(c->words[0])))
		return STATUS_DONE;
	help_explain_words(c->words, c->word_count, &e);
	return complain(STATUS_USAGE, e.text);
}

static int status_of(const struct command *c, int outcome, const struct error *e, bool usage)
{
	if (outcome == DONE)
		return c->status;
	return complain(outcome == HARMFUL ? STATUS_HARMFUL : usage ? STATUS_USAGE : STATUS_FAILED, e->text);
}

static int run_verb(struct command *c)
{
	struct error e = { "" };
	int outcome = DONE;
	if (c->word_count < c->verb->words_least || c->word_count > c->verb->words_most)
		outcome = help_explain_count(c->verb, c->words, c->word_count, &e);
	if (outcome == DONE && (c->verb->flags & VERB_ALONE) == 0)
		outcome = find_registry(c, &e);
	if (outcome != DONE)
		return status_of(c, outcome, &e, true);
	outcome = perform(c, &e);
	return status_of(c, outcome, &e, outcome == REFUSED && !c->reading);
}

static int plan_nothing(const struct command *c)
{
	struct error e;
	char text[VERB_TEXT];
	fail(&e, REFUSED, "%s changes nothing: there is nothing to plan", verb_text(c->verb, text));
	return complain(STATUS_USAGE, e.text);
}

static int run(struct command *c, int argc, char **argv)
{
	struct error e = { "" };
	int outcome = arguments_take(c, argc, argv, &e);
	if (outcome != DONE)
		return status_of(c, outcome, &e, true);
	if (c->verb == NULL)
		return no_verb(c);
	if (c->help) {
		help_print_verb(c->verb);
		return STATUS_DONE;
	}
	return c->planning && (c->verb->flags & VERB_CHANGES) == 0 ? plan_nothing(c) : run_verb(c);
}

/* JSON of which a part is left out looks like one of which nothing is: rather none. Nothing is committed before it is made. */
static void *json_memory(size_t size)
{
	void *memory = malloc(size);
	if (memory == NULL)
		_exit(complain(STATUS_FAILED, "out of memory"));
	return memory;
}

int main(int argc, char **argv)
{
	struct command c = { .out = stdout };
	json_set_alloc_funcs(json_memory, free);
	int status = run(&c, argc, argv);
	if (fflush(stdout) != 0 && status == STATUS_DONE)
		status = complain(STATUS_FAILED, "writing to standard output failed");
	text_free(&c.harms);
	text_free(&c.remarks);
	arena_free(&c.arena);
	return status;
}
