/* SPDX-License-Identifier: BSD-2-Clause */
/* Help made from the tables of verbs. */
#include "tools/help.h"

#include <stdio.h>
#include <string.h>

#include "lib/options.h"
#include "tools/nearest.h"
#include "tools/verbs.h"

void help_print(void)
{
	const struct verb *v;
	char text[VERB_TEXT], summary[SUMMARY_TEXT];
	puts("usage: windsock NOUN VERB [WORD]... [OPTION]...\n");
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		printf("  %-17s %s\n", verb_text(v, text), verb_summary(v, summary));
	puts("\noptions of every verb:\n"
	     "  --registry FILE   the registry (else $WINDSOCK_REGISTRY, windsock.conf, or\n"
	     "                    " OPTION_REGISTRY ")\n"
	     "  -c, --config FILE windsock.conf\n"
	     "  --json            print JSON\n"
	     "  --dry-run         do it all, say what it would be, and undo it\n"
	     "  --plan HASH       do it only if it is still what 'windsock plan' said\n"
	     "  --reason TEXT     kept in the log\n"
	     "  --force           do what would hurt clients; wants --reason\n"
	     "  -h, --help        of a noun: its verbs; of a verb: what it does, an example\n\n"
	     "exit status: 0 done, 1 failed, 2 usage, 3 refused because it would hurt clients\n"
	     "'windsock help NOUN VERB' is 'windsock NOUN VERB --help'.");
}

bool help_print_noun(const char *noun)
{
	const struct verb *v;
	char text[VERB_TEXT], summary[SUMMARY_TEXT];
	bool any = false;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++) {
		if (strcmp(v->noun, noun) != 0)
			continue;
		printf("  windsock %s %s\n      %s\n", verb_text(v, text), v->usage, verb_summary(v, summary));
		any = true;
	}
	return any;
}

void help_print_verb(const struct verb *v)
{
	char text[VERB_TEXT];
	printf("usage: windsock %s %s\n\n%s\n", verb_text(v, text), v->usage, v->help);
	if (v->example != NULL)
		printf("\nexample:\n  windsock %s\n", v->example);
}

/* The refusal, and what is near the word, behind it. */
static int refuse(struct error *e, const char *what, const struct nearest *near, const char *before, const char *see)
{
	if (near->best == NULL)
		return fail(e, REFUSED, "%s: see 'windsock %s--help'", what, see);
	return fail(e, REFUSED, "%s: did you mean '%s%.*s'? See 'windsock %s--help'", what, before, (int)near->length, near->best,
		see);
}

static int no_verb_of(const char *noun, const char *name, struct error *e)
{
	const struct verb *v;
	char what[ERROR_TEXT], before[VERB_TEXT], see[VERB_TEXT];
	struct nearest near = { .word = name };
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		if (strcmp(v->noun, noun) == 0)
			nearest_try(&near, v->name, strlen(v->name));
	snprintf(before, sizeof before, "%s ", noun);
	snprintf(see, sizeof see, "%s ", noun);
	snprintf(what, sizeof what, *name == '\0' ? "%s wants a verb" : "%s has no verb %.100s", noun, name);
	return refuse(e, what, &near, before, see);
}

int help_explain_words(const char *const *words, int count, struct error *e)
{
	const struct verb *v;
	char what[ERROR_TEXT];
	const char *noun = words[0], *name = count > 1 ? words[1] : "";
	struct nearest near = { .word = noun };
	if (verbs_have_noun(noun))
		return no_verb_of(noun, name, e);
	if (*name != '\0' && verbs_find(name, noun) != NULL) /* "drain relay r1" */
		return fail(e, REFUSED, "there is no '%s %s': did you mean '%s %s'? See 'windsock --help'", noun, name, name, noun);
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		nearest_try(&near, v->noun, strlen(v->noun));
	snprintf(what, sizeof what, "there is no '%.100s%s%.100s'", noun, *name == '\0' ? "" : " ", name);
	return refuse(e, what, &near, "", "");
}

int help_explain_option(const struct verb *v, const char *name, struct error *e)
{
	char text[VERB_TEXT], what[ERROR_TEXT];
	struct nearest near = { .word = name };
	struct usage_part part;
	const char *usages[] = { v == NULL ? "" : v->usage, verbs_common };
	for (size_t i = 0; i < 2; i++)
		while (usage_next(&usages[i], &part))
			if (part.option)
				nearest_try(&near, part.text, part.length);
	if (v == NULL && near.distance > 0)
		return fail(e, REFUSED, "--%.100s stands before the verb: only options that every verb has may", name);
	if (v == NULL)
		return fail(e, REFUSED, "--%.100s stands before the verb that it belongs to, and should stand behind it", name);
	snprintf(what, sizeof what, "%s has no option --%.100s", verb_text(v, text), name);
	strcat(text, " ");
	return refuse(e, what, &near, "--", text);
}

int help_explain_count(const struct verb *v, const char *const *words, int count, struct error *e)
{
	char text[VERB_TEXT];
	struct usage_part missing;
	if (count > v->words_most)
		return fail(e, REFUSED, "'%.60s' is a word too many: usage: windsock %s %s", words[v->words_most], verb_text(v, text),
			v->usage);
	if (!usage_word(v->usage, (size_t)count, &missing))
		return fail(e, REFUSED, "usage: windsock %s %s", verb_text(v, text), v->usage);
	return fail(e, REFUSED, "%.*s is missing: usage: windsock %s %s", (int)missing.length, missing.text, verb_text(v, text),
		v->usage);
}
