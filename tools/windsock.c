/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock: finds the verb, takes the words apart, and turns outcomes into words and exit statuses. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/options.h"
#include "tools/command.h"

const struct verb *const all_verbs[] = { registry_verbs, zone_verbs, relay_verbs, release_verbs,
	pool_verbs, account_verbs, host_verbs, dnssec_verbs, tsig_verbs, secondary_verbs, NULL };

/* Options without a value; all others take the next word. */
static const char *const flags[] = { "json", "dry-run", "force", "help", "version", "allow-private", "end", "wait",
	"password-stdin", "secret-stdin", "new-token", "served", "verbose", "days", "report",
	"csv", "follow", "replace", "transfer", "split", "ksk", "zsk", NULL };

/* --tls has a value everywhere but where all versions are meant. */
static bool is_flag(const struct command *c, const char *name)
{
	if (strcmp(name, "tls") == 0)
		return c->word_count > 0 && strcmp(c->words[0], "forecast") == 0;
	for (const char *const *flag = flags; *flag != NULL; flag++)
		if (strcmp(*flag, name) == 0)
			return true;
	return false;
}

static const struct verb *find_verb(const char *noun, const char *name)
{
	for (const struct verb *const *table = all_verbs; *table != NULL; table++)
		for (const struct verb *v = *table; v->noun != NULL; v++)
			if (strcmp(v->noun, noun) == 0 && strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

static bool is_noun(const char *noun)
{
	for (const struct verb *const *table = all_verbs; *table != NULL; table++)
		for (const struct verb *v = *table; v->noun != NULL; v++)
			if (strcmp(v->noun, noun) == 0)
				return true;
	return false;
}

static void print_verb(const struct verb *v)
{
	printf("  windsock %s%s%s %s\n", v->noun, *v->name == '\0' ? "" : " ", v->name, v->usage);
}

/* All verbs, or those of a noun; false when there are none. */
static bool print_verbs(const char *noun)
{
	bool any = false;
	for (const struct verb *const *table = all_verbs; *table != NULL; table++)
		for (const struct verb *v = *table; v->noun != NULL; v++) {
			if (noun != NULL && strcmp(v->noun, noun) != 0)
				continue;
			print_verb(v);
			any = true;
		}
	return any;
}

static void print_help(void)
{
	puts("usage: windsock NOUN VERB [WORD]... [OPTION]...\n\nverbs:");
	print_verbs(NULL);
	puts("\noptions of every verb:\n"
	     "  --registry FILE   the registry (else $WINDSOCK_REGISTRY, windsock.conf, or\n"
	     "                    " OPTION_REGISTRY ")\n"
	     "  -c, --config FILE windsock.conf\n"
	     "  --json            print JSON\n"
	     "  --dry-run         do it all, say what it would be, and undo it\n"
	     "  --plan HASH       do it only if it is still what 'windsock plan' said\n"
	     "  --reason TEXT     kept in the log\n"
	     "  --force           do what would hurt clients; wants --reason\n"
	     "  --help            of a verb: what it does, and an example\n\n"
	     "exit status: 0 done, 1 failed, 2 usage, 3 refused because it would hurt clients");
}

static int print_verb_help(const struct verb *v)
{
	printf("usage: windsock %s%s%s %s\n\n%s\n", v->noun, *v->name == '\0' ? "" : " ", v->name,
		v->usage, v->help);
	if (v->example != NULL)
		printf("\nexample:\n  windsock %s\n", v->example);
	return STATUS_DONE;
}

static int complain(int status, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "windsock: %s\n", text);
	return status;
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

static int take_option(struct command *c, int argc, char **argv, int *i, struct error *e)
{
	const char *word = argv[*i];
	if (strcmp(word, "-c") == 0)
		word = "--config";
	if (strcmp(word, "-h") == 0)
		word = "--help";
	if (strncmp(word, "--", 2) != 0)
		return fail(e, REFUSED, "%s is not an option: see 'windsock --help'", word);
	size_t length = strcspn(word + 2, "=");
	const char *name = arena_text_part(&c->arena, word + 2, length), *value = "";
	if (name == NULL)
		return fail(e, FAILED, "out of memory");
	if (word[2 + length] == '=' && is_flag(c, name))
		return fail(e, REFUSED, "--%s takes no value, and '%s' is one", name, word + 3 + length);
	if (word[2 + length] == '=')
		value = word + 3 + length;
	else if (!is_flag(c, name) && *i + 1 >= argc)
		return fail(e, REFUSED, "--%s wants a value", name);
	else if (!is_flag(c, name))
		value = argv[++*i];
	if (c->option_count == OPTIONS_MOST)
		return fail(e, REFUSED, "more than %d options", OPTIONS_MOST);
	c->options[c->option_count++] = (struct given_option){ .name = name, .value = value, .flag = is_flag(c, name) };
	return DONE;
}

static int take_words(struct command *c, int argc, char **argv, struct error *e)
{
	for (int i = 1; i < argc; i++) {
		int outcome = DONE;
		if (argv[i][0] == '-' && argv[i][1] != '\0')
			outcome = take_option(c, argc, argv, &i, e);
		else if (c->word_count == WORDS_MOST)
			outcome = fail(e, REFUSED, "more than %d words", WORDS_MOST);
		else
			c->words[c->word_count++] = argv[i];
		if (outcome != DONE)
			return outcome;
	}
	c->json = option_flag(c, "json");
	c->dry_run = option_flag(c, "dry-run");
	c->force = option_flag(c, "force");
	c->reason = option(c, "reason");
	c->plan = option(c, "plan");
	c->typed = join(&c->arena, argc, argv);
	return DONE;
}

/* The registry's path: from --registry, else the environment, else windsock.conf, else the default. */
static int find_registry(struct command *c, struct error *e)
{
	static const struct option_row row = { "registry", OPTION_TEXT, 0, 0, 0,
		OPTION_REGISTRY, "FILE", "the registry" };
	const struct option_table table = { "windsock", "windsock", "", &row, 1 };
	const char *config = option(c, "config"), *environment = getenv("WINDSOCK_REGISTRY");
	char *words[] = { "windsock", "-c", (char *)(uintptr_t)config };
	c->registry_path = option(c, "registry");
	if (c->registry_path == NULL && config == NULL && environment != NULL && *environment != '\0')
		c->registry_path = environment;
	if (c->registry_path != NULL)
		return DONE;
	return options_read(&table, config == NULL ? 1 : 3, words, &c->registry_path, &c->arena, e);
}

/* Takes the noun and the verb off the words. */
static const struct verb *shift_verb(struct command *c)
{
	const char *noun = c->word_count > 0 ? c->words[0] : "";
	const struct verb *v = find_verb(noun, "");
	int took = 1;
	if (v == NULL && c->word_count > 1) {
		v = find_verb(noun, c->words[1]);
		took = 2;
	}
	if (v == NULL)
		return NULL;
	c->word_count -= took;
	memmove(c->words, c->words + took, (size_t)c->word_count * sizeof c->words[0]);
	return v;
}

static int no_verb(struct command *c)
{
	struct error e;
	const char *noun = c->word_count > 0 ? c->words[0] : NULL, *name = c->word_count > 1 ? c->words[1] : "";
	if (option_flag(c, "version")) {
		printf("windsock %s\n", PACKAGE_VERSION);
		return STATUS_DONE;
	}
	bool help = option_flag(c, "help");
	if (noun == NULL) {
		if (help)
			print_help();
		return help ? STATUS_DONE : complain(STATUS_USAGE, "what shall it do? See 'windsock --help'");
	}
	if (help && print_verbs(noun))
		return STATUS_DONE;
	if (is_noun(noun)) {
		fail(&e, REFUSED, "%s %s%s: 'windsock %s --help' shows its verbs", noun,
			*name == '\0' ? "wants a verb" : "has no verb ", name, noun);
		return complain(STATUS_USAGE, e.text);
	}
	fail(&e, REFUSED, "there is no '%s%s%s': see 'windsock --help'", noun, *name == '\0' ? "" : " ", name);
	return complain(STATUS_USAGE, e.text);
}

static int check_words(const struct command *c, struct error *e)
{
	if (c->word_count >= c->verb->words_least && c->word_count <= c->verb->words_most)
		return DONE;
	return fail(e, REFUSED, "usage: windsock %s%s%s %s", c->verb->noun,
		*c->verb->name == '\0' ? "" : " ", c->verb->name, c->verb->usage);
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
	int outcome = check_words(c, &e);
	if (outcome == DONE)
		outcome = find_registry(c, &e);
	if (outcome != DONE)
		return status_of(c, outcome, &e, true);
	outcome = perform(c, &e);
	return status_of(c, outcome, &e, outcome == REFUSED && !c->reading);
}

/* Takes `plan` off the words of `plan VERB ...`: the verb is performed, judged, and undone. */
static bool shift_plan(struct command *c)
{
	c->planning = c->word_count > 1 && strcmp(c->words[0], "plan") == 0;
	if (!c->planning)
		return false;
	memmove(c->words, c->words + 1, (size_t)--c->word_count * sizeof c->words[0]);
	c->dry_run = true;
	return true;
}

static int plan_nothing(const struct command *c)
{
	struct error e;
	fail(&e, REFUSED, "%s%s%s changes nothing: there is nothing to plan", c->verb->noun,
		*c->verb->name == '\0' ? "" : " ", c->verb->name);
	return complain(STATUS_USAGE, e.text);
}

static int run(struct command *c, int argc, char **argv)
{
	struct error e = { "" };
	int outcome = take_words(c, argc, argv, &e);
	if (outcome != DONE)
		return status_of(c, outcome, &e, true);
	bool planning = shift_plan(c);
	c->verb = shift_verb(c);
	if (c->verb == NULL)
		return no_verb(c);
	if (planning && (c->verb->flags & VERB_CHANGES) == 0 && !option_flag(c, "help"))
		return plan_nothing(c);
	return option_flag(c, "help") ? print_verb_help(c->verb) : run_verb(c);
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
