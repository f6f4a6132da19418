/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock log`: the change log with who, when and from where. */
#include <string.h>
#include <time.h>

#include "tools/registry/registry_verbs.h"
#include "tools/table.h"

struct walk {
	struct command *command;
	const char *kind;
	json_t *array;
};

static json_t *parsed(const char *json)
{
	json_t *value = json == NULL ? NULL : json_loads(json, JSON_DECODE_ANY, NULL);
	return value == NULL ? json_null() : value;
}

static int show(const struct change *change, void *context, struct error *e)
{
	struct walk *w = context;
	struct tm tm = { 0 };
	time_t at = (time_t)change->at;
	char stamp[32] = "?";
	(void)e;
	if (w->kind != NULL && strcmp(w->kind, change->kind) != 0)
		return DONE;
	if (gmtime_r(&at, &tm) != NULL)
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (w->array != NULL) {
		json_array_append_new(w->array, json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}",
			"revision", (json_int_t)change->revision, "at", stamp, "kind", change->kind, "key",
			change->key, "old", parsed(change->old), "new", parsed(change->new), "actor",
			change->actor, "origin", change->origin, "verb", change->verb, "reason", change->reason));
		return DONE;
	}
	FILE *out = w->command->out;
	fprintf(out, "%lld %s %s %s: %s -> %s", (long long)change->revision, stamp, change->kind, change->key,
		change->old == NULL ? "none" : change->old, change->new == NULL ? "none" : change->new);
	fprintf(out, "  by %s%s%s", *change->actor == '\0' ? "hand (SQL)" : change->actor,
		*change->origin == '\0' ? "" : " from ", change->origin);
	if (*change->verb != '\0')
		fprintf(out, ": %s", change->verb);
	if (*change->reason != '\0')
		fprintf(out, "  because: %s", change->reason);
	fputc('\n', out);
	return DONE;
}

int verb_log(struct command *c, struct error *e)
{
	struct walk w = { .command = c, .kind = option(c, "kind") };
	const char *after = option(c, "after");
	int64_t revision = 0;
	int outcome = options_done(c, e);
	if (outcome == DONE && after != NULL && !text_number(after, 0, INT64_MAX - 1, &revision))
		outcome = fail(e, REFUSED, "--after '%s': wanted a revision", after);
	if (outcome != DONE)
		return outcome;
	const char *pruned;
	if (after == NULL && registry_meta_get(c->registry, "pruned", &c->arena, &pruned, e) == DONE)
		text_number(pruned, 0, INT64_MAX, &revision); /* all that is left */
	w.array = c->json ? json_array() : NULL;
	outcome = registry_changes(c->registry, revision, show, &w, e);
	if (outcome == DONE && c->json)
		print_json(c, w.array);
	return outcome;
}
