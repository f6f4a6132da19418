/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario's parts put in order and checked against each other. */
#include "simulator/scenario.h"

#include <stdlib.h>
#include <string.h>

void scenario_init(struct scenario *s)
{
	*s = (struct scenario){ .clients = 10000, .fresh = 100, .prober = true };
}

void scenario_free(struct scenario *s)
{
	free(s->oses);
	free(s->products);
	free(s->uses);
	free(s->moves);
	free(s->actions);
	arena_free(&s->arena);
}

/* By date; actions of one date stay in the order of the file. */
static int compare_actions(const void *left, const void *right)
{
	const struct action *a = left, *b = right;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static int check_dates(const struct scenario *s, struct error *e)
{
	if (s->from == 0 || s->until < s->from)
		return fail(e, REFUSED, "it needs 'from DATE' and 'until DATE', the later one second");
	if (s->until - s->from >= INT64_C(86400) * DAYS_MOST)
		return fail(e, REFUSED, "it is longer than %d days", DAYS_MOST);
	for (size_t i = 0; i < s->action_count; i++)
		if (s->actions[i].at < s->from || s->actions[i].at >= s->until + 86400)
			return fail(e, REFUSED, "line %d: its date is not within the scenario's",
				s->actions[i].line);
	return DONE;
}

int scenario_finish(struct scenario *s, struct error *e)
{
	int64_t share = 0;
	int outcome = check_dates(s, e);
	for (size_t i = 0; i < s->use_count; i++)
		share += s->uses[i].share;
	if (outcome == DONE && scenario_relays(s) > MACHINES_MOST)
		outcome = fail(e, REFUSED, "it adds more than %d relays", MACHINES_MOST);
	if (outcome == DONE && s->use_count == 0)
		outcome = fail(e, REFUSED, "nobody uses anything: it needs 'use PRODUCT VERSION PERCENT'");
	if (outcome == DONE && share != 10000)
		outcome = fail(e, REFUSED, "the shares of 'use' are %lld.%02lld%% together, not 100%%",
			(long long)share / 100, (long long)share % 100);
	if (s->networks == 0)
		s->networks = s->clients / 25 < 1 ? 1 : s->clients / 25 > 4000 ? 4000 : s->clients / 25;
	if (s->action_count > 0)
		qsort(s->actions, s->action_count, sizeof *s->actions, compare_actions);
	return outcome;
}

size_t scenario_relays(const struct scenario *s)
{
	size_t count = 0;
	for (size_t i = 0; i < s->action_count; i++)
		count += s->actions[i].verb->kind == &relay_kind && s->actions[i].verb->deed == DEED_ADD;
	return count;
}

const struct os *scenario_os(const struct scenario *s, const char *name)
{
	for (size_t i = 0; i < s->os_count; i++)
		if (strcmp(s->oses[i].name, name) == 0)
			return &s->oses[i];
	return NULL;
}
