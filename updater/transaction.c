/* SPDX-License-Identifier: BSD-2-Clause */
/* The open transaction: its acts, and the part of each request in it. */
#include "updater/transaction.h"

#include <string.h>

int transaction_begin(struct transaction *t, struct registry *registry, bool *busy, struct error *e)
{
	t->registry = registry;
	int outcome = registry_begin(registry, e);
	*busy = outcome != DONE;
	if (outcome != DONE)
		return outcome;
	t->wrote = t->parted = false;
	t->verb = NULL;
	t->hosts.broken = false;
	t->hosts.count = t->hosts.size = 0;
	return registry_revision(registry, &t->revision_before, e);
}

int transaction_act(struct transaction *t, const struct exchange *x, const char *actor, const char *verb,
	struct error *e)
{
	char from[ADDRESS_TEXT] = "";
	int outcome = t->parted ? DONE : registry_save(t->registry, e);
	if (outcome != DONE)
		return outcome;
	if (x != NULL)
		address_write(&x->request.caller, from);
	t->wrote = t->parted = true;
	if (t->verb == verb && strcmp(t->actor, actor) == 0 && strcmp(t->from, from) == 0)
		return DONE;
	struct act act = { .actor = actor, .origin = from, .verb = verb };
	outcome = registry_act(t->registry, &act, e);
	t->verb = NULL;
	if (outcome == DONE && strlen(actor) < sizeof t->actor) {
		strcpy(t->actor, actor);
		strcpy(t->from, from);
		t->verb = verb;
	}
	return outcome;
}

void transaction_host(struct transaction *t, const struct host *host)
{
	host_changes_add(&t->hosts, host);
}

struct transaction_mark transaction_mark(const struct transaction *t)
{
	return (struct transaction_mark){ t->wrote, t->hosts.broken, t->hosts.count, t->hosts.size };
}

int transaction_end_part(struct transaction *t, const struct transaction_mark *before, bool well, struct error *e)
{
	if (!t->parted)
		return DONE;
	t->parted = false;
	if (well)
		return registry_keep(t->registry, e);
	t->wrote = before->wrote;
	t->verb = NULL;
	t->hosts.count = before->count;
	t->hosts.size = before->size;
	t->hosts.broken = before->broken;
	return registry_undo(t->registry, e);
}

int transaction_finish(struct transaction *t, struct error *e)
{
	return registry_revision(t->registry, &t->revision, e);
}
