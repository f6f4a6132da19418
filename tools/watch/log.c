/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock log`: the change log with who, when and from where. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array.h"
#include "tools/dates.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"
#include "tools/watch/log_entry.h"

enum { LOOK_EVERY = 500, LIMIT_MOST = 10000000 };

/* Which changes are shown: NULL and 0 for all. */
struct filter {
	const char *kind, *name, *actor;
	int64_t since, until;
};

/* A change as it will be shown: a line for people, or JSON. */
struct shown {
	struct text line;
	json_t *json;
};

struct walk {
	struct command *command;
	struct filter filter;
	int64_t after, limit; /* the newest LIMIT of those after a revision; 0 for no limit */
	int64_t seen;         /* the newest revision that was looked at */
	json_t *array;        /* of JSON, when all is shown at once; NULL */
	struct shown *newest; /* with a limit: what is to be shown, the newest first */
	size_t count, room;
};

static bool wanted(const struct filter *f, const struct change *change)
{
	return (f->kind == NULL || strcmp(f->kind, change->kind) == 0)
		&& (f->actor == NULL || strcmp(f->actor, change->actor) == 0)
		&& change->at >= f->since && (f->until == 0 || change->at <= f->until)
		&& (f->name == NULL || log_entry_names(change, f->name));
}

static int make(const struct walk *w, const struct change *change, struct shown *shown, struct error *e)
{
	*shown = (struct shown){ .json = w->command->json ? log_entry_json(change) : NULL };
	if (!w->command->json)
		log_entry_line(change, &shown->line);
	if (!shown->line.broken && (!w->command->json || shown->json != NULL))
		return DONE;
	text_free(&shown->line);
	return fail(e, FAILED, "revision %lld cannot be shown", (long long)change->revision);
}

static void forget(struct shown *shown)
{
	text_free(&shown->line);
	json_decref(shown->json);
}

/* Who follows JSON reads it by the line. */
static void show(struct walk *w, struct shown *shown)
{
	FILE *out = w->command->out;
	if (w->array != NULL)
		json_array_append(w->array, shown->json);
	else if (shown->json != NULL && json_dumpf(shown->json, out, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0)
		fputc('\n', out);
	else if (shown->json == NULL)
		fputs(shown->line.bytes, out);
	forget(shown);
}

static int take(const struct change *change, void *context, struct error *e)
{
	struct walk *w = context;
	struct shown shown;
	w->seen = change->revision;
	if (!wanted(&w->filter, change))
		return DONE;
	int outcome = make(w, change, &shown, e);
	if (outcome == DONE)
		show(w, &shown);
	return outcome;
}

/* Walking back, until there are enough. */
static int keep(const struct change *change, void *context, struct error *e)
{
	struct walk *w = context;
	w->seen = change->revision > w->seen ? change->revision : w->seen;
	if (change->revision <= w->after)
		return UNCHANGED;
	if (!wanted(&w->filter, change))
		return DONE;
	if (!array_room(&w->newest, &w->room, w->count + 1, sizeof *w->newest))
		return fail(e, FAILED, "out of memory");
	int outcome = make(w, change, &w->newest[w->count], e);
	if (outcome == DONE)
		outcome = (int64_t)++w->count == w->limit ? UNCHANGED : DONE;
	return outcome;
}

static int show_newest(struct walk *w, struct error *e)
{
	int outcome = registry_changes_back(w->command->registry, keep, w, e);
	outcome = outcome == UNCHANGED ? DONE : outcome;
	while (w->count > 0)
		if (outcome == DONE)
			show(w, &w->newest[--w->count]);
		else
			forget(&w->newest[--w->count]);
	free(w->newest);
	return outcome;
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = signal;
}

/* Sleeps until it is time to look again. False when nobody reads on, or a signal says that it is enough. */
static bool nap(struct command *c)
{
	struct pollfd out = { .fd = fileno(c->out), .events = 0 };
	int ready = stopped ? 0 : poll(&out, 1, LOOK_EVERY);
	return !stopped && (ready == 0 || (ready < 0 && errno == EINTR));
}

/* Shows changes as they come. Each look is at a picture of its own, for one that is kept keeps the database from
 * tidying up. */
static int follow(struct walk *w, struct error *e)
{
	struct registry *r = w->command->registry;
	struct sigaction action = { .sa_handler = stop };
	bool news = true;
	int outcome = DONE;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (registry_rollback(r); outcome == DONE; outcome = registry_news(r, &news, e)) {
		if (news)
			outcome = registry_freeze(r, e);
		if (news && outcome == DONE)
			outcome = registry_changes(r, w->seen, take, w, e);
		registry_rollback(r);
		if (outcome == DONE && (fflush(w->command->out) != 0 || !nap(w->command)))
			break;
	}
	clearerr(w->command->out); /* that nobody reads on is how it ends */
	return outcome;
}

static int take_numbers(struct walk *w, struct error *e)
{
	struct command *c = w->command;
	const char *after = option(c, "after"), *limit = option(c, "limit"), *pruned;
	if (after != NULL && !text_number(after, 0, INT64_MAX - 1, &w->after))
		return fail(e, REFUSED, "--after '%s': wanted a revision", after);
	if (limit != NULL && !text_number(limit, 1, LIMIT_MOST, &w->limit))
		return fail(e, REFUSED, "--limit '%s': wanted how many, from 1 to %d", limit, LIMIT_MOST);
	if (after == NULL && registry_meta_get(c->registry, "pruned", &c->arena, &pruned, e) == DONE)
		text_number(pruned, 0, INT64_MAX, &w->after); /* all that is left */
	return DONE;
}

/* A name as rows have it: in lower case, without the final dot. */
static int take_name(struct command *c, const char **name, struct error *e)
{
	const char *given = option(c, "name");
	char *copy = given == NULL ? NULL : arena_text(&c->arena, given);
	size_t length = copy == NULL ? 0 : strlen(copy);
	*name = copy;
	if (given == NULL)
		return DONE;
	if (*given == '\0')
		return fail(e, REFUSED, "--name is empty");
	if (copy == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < length; i++)
		copy[i] = ascii_lower(copy[i]);
	if (length > 1 && copy[length - 1] == '.')
		copy[length - 1] = '\0';
	return DONE;
}

static int take_kind(struct command *c, const char **kind, struct error *e)
{
	*kind = option(c, "kind");
	if (*kind == NULL || model_kind(*kind) != NULL || strcmp(*kind, registry_serial_note) == 0
		|| strcmp(*kind, registry_signatures_note) == 0)
		return DONE;
	struct text kinds = { 0 };
	for (const struct kind *const *k = model_kinds; *k != NULL; k++)
		if ((*k)->log != LOG_NONE)
			text_addf(&kinds, "%s, ", (*k)->name);
	int outcome = fail(e, REFUSED, "--kind '%.40s': wanted one of %s%s, %s", *kind, kinds.broken ? "" : kinds.bytes,
		registry_serial_note, registry_signatures_note);
	text_free(&kinds);
	return outcome;
}

static int take_filter(struct command *c, struct filter *f, struct error *e)
{
	f->actor = option(c, "actor");
	int outcome = take_kind(c, &f->kind, e);
	if (outcome == DONE)
		outcome = take_name(c, &f->name, e);
	if (outcome == DONE)
		outcome = date_option(c, "since", &f->since, e);
	return outcome == DONE ? date_option(c, "until", &f->until, e) : outcome;
}

int verb_log(struct command *c, struct error *e)
{
	struct walk w = { .command = c };
	bool follows = option_flag(c, "follow");
	int outcome = take_filter(c, &w.filter, e);
	if (outcome == DONE)
		outcome = take_numbers(&w, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && follows && w.filter.until != 0)
		outcome = fail(e, REFUSED, "--follow shows what is yet to come, and --until what lies behind");
	if (outcome != DONE)
		return outcome;
	w.seen = w.after;
	w.array = c->json && !follows ? json_array() : NULL;
	outcome = w.limit > 0 ? show_newest(&w, e) : registry_changes(c->registry, w.after, take, &w, e);
	if (outcome == DONE && w.array != NULL)
		print_json(c, w.array);
	else
		json_decref(w.array);
	return outcome == DONE && follows ? follow(&w, e) : outcome;
}
