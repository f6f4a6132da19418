/* SPDX-License-Identifier: BSD-2-Clause */
/* Performs a verb: opens the registry, and runs a change as one transaction, whose harm to clients is judged before it is
 * committed. */
#include "tools/command.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/doorbell.h"
#include "registry/serial.h"
#include "tools/plan/plan.h"
#include "zone/judge.h"

/* Milliseconds that the name server is given to follow. A million hosts take it some three seconds. */
enum { WAIT = 2000, WAIT_BULK = 10000 };

static const char *login(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	return sudo != NULL && *sudo != '\0' ? sudo : user != NULL ? user->pw_name : "unknown";
}

int name_actor(const struct command *c, struct registry *registry, struct error *e)
{
	const struct act act = { .actor = login(), .origin = isatty(STDIN_FILENO) ? "terminal" : "command",
		.verb = c->typed, .reason = c->reason };
	return registry_act(registry, &act, e);
}

/* Of a registry that came from a backup. */
int mend_serials(struct command *c, struct error *e)
{
	struct error said;
	int outcome = serial_mend(c->registry, &said, e);
	if (outcome == DONE)
		note("%s", said.text);
	return outcome == UNCHANGED ? DONE : outcome;
}

/* Runs the verb; if it WEIGHS, reads what is answered before and after. */
static int run_verb(struct command *c, struct plan *p, bool weighs, struct error *e)
{
	int64_t before = 0;
	int outcome = registry_revision(c->registry, &before, e);
	if (outcome == DONE && weighs)
		outcome = plan_before(c, p, e);
	if (outcome == DONE)
		outcome = plan_fresh(c, p, e);
	if (outcome == DONE)
		outcome = name_actor(c, c->registry, e);
	if (outcome == DONE)
		outcome = mend_serials(c, e);
	if (outcome == DONE)
		outcome = registry_revision(c->registry, &p->begun, e);
	if (outcome == DONE)
		outcome = c->verb->run(c, e);
	if (outcome == DONE && !c->judged) /* no verb may bring in what cannot stand in a zone */
		outcome = zone_judge_changes(&(struct zone_judge){ .registry = c->registry }, before, e);
	return outcome == DONE && weighs ? plan_after(c, p, e) : outcome;
}

/* Whether its effect on clients is to be known, and who asked: --telemetry is an option of it. */
static bool is_weighed(const struct command *c)
{
	return (c->verb->flags & (VERB_STEERS | VERB_ZONES | VERB_HOSTS)) != 0 || c->planning || c->plan != NULL;
}

static int in_transaction(struct command *c, struct plan *p, struct error *e)
{
	bool weighs = is_weighed(c);
	int outcome = weighs ? plan_look(c, p, e) : DONE;
	if (outcome == DONE)
		outcome = registry_begin(c->registry, e);
	if (outcome == DONE)
		outcome = run_verb(c, p, weighs, e);
	if (c->planning)
		registry_rollback(c->registry); /* so that others need not wait while the plan is weighed */
	if (outcome == DONE && weighs)
		outcome = plan_weigh(c, p, e);
	if (outcome == DONE && weighs)
		outcome = plan_same(c, p, e);
	if (outcome == DONE && weighs)
		outcome = plan_judge(c, p, e);
	if (outcome == DONE && weighs)
		outcome = plan_keep(c, p, e);
	if (outcome == DONE && !c->dry_run && c->settle != NULL)
		outcome = c->settle(c, e);
	/* A secret that is shown once must be there to be shown before it is kept. */
	if (outcome == DONE && fflush(c->out) != 0)
		outcome = fail(e, FAILED, "what it would say: %s", strerror(errno));
	if (outcome == DONE && !c->dry_run)
		outcome = registry_commit(c->registry, e);
	registry_rollback(c->registry);
	return outcome;
}

/* Holds the verb's output back until the change is committed. */
static int with_output_held(struct command *c, struct plan *p, struct error *e)
{
	FILE *shown = c->out;
	char *text = NULL;
	size_t size = 0;
	FILE *held = open_memstream(&text, &size);
	if (held == NULL)
		return fail(e, FAILED, "out of memory");
	c->out = held;
	int outcome = in_transaction(c, p, e);
	c->out = shown;
	if (outcome == DONE && !c->planning) /* it was flushed, so it is all there; closing may find no memory */
		fwrite(text, 1, size, c->out);
	else if (outcome == DONE)
		plan_print(c, p);
	fclose(held);
	free(text);
	return outcome;
}

/* Waits until the name server answers the change, so that a query after the command's end is given it. */
static void await_name_server(struct command *c)
{
	struct doorbell last;
	struct error e;
	int64_t revision;
	if (registry_revision(c->registry, &revision, &e) != DONE)
		return;
	int patience = (c->verb->flags & VERB_BULK) != 0 ? WAIT_BULK : WAIT;
	int outcome = doorbell_wait(c->registry_path, revision, patience, &last, &e);
	if (outcome == UNCHANGED)
		note("it is done, but %s%s%s", e.text, *last.trouble == '\0' ? "" : ": ", last.trouble);
}

/* REFUSED for a reason of nothing but blanks, and for --force without a reason. */
static int check_reason(const struct command *c, struct error *e)
{
	if (c->reason != NULL && c->reason[strspn(c->reason, " \t\r\n")] == '\0')
		return fail(e, REFUSED, "--reason is empty: it is kept in the log, for those who ask why");
	if (c->force && c->reason == NULL && !c->planning)
		return fail(e, REFUSED, "--force wants --reason TEXT, which is kept in the log");
	return DONE;
}

/* Runs a change: HARMFUL if it would hurt clients (--force with --reason overrides); commits it, unless --dry-run, and
 * waits until the name server answers it. */
static int perform_change(struct command *c, struct error *e)
{
	struct plan plan = { 0 };
	int outcome = check_reason(c, e);
	if (is_weighed(c))
		option_all(c, "telemetry");
	if (outcome == DONE)
		outcome = registry_open(c->registry_path, REGISTRY_WRITE, &c->registry, e);
	if (outcome == DONE && (c->verb->flags & VERB_PREPARES) != 0) {
		c->preparing = true;
		outcome = c->verb->run(c, e);
		c->preparing = false;
	}
	if (outcome == DONE)
		outcome = with_output_held(c, &plan, e);
	plan_free(&plan);
	if (outcome != DONE || c->planning)
		return outcome;
	if (c->dry_run) {
		note("nothing was changed (--dry-run)");
		return DONE;
	}
	await_name_server(c);
	return c->then == NULL ? DONE : c->then(c, e);
}

static int read_only(struct command *c, struct error *e)
{
	int outcome = registry_open(c->registry_path, REGISTRY_READ, &c->registry, e);
	if (outcome == DONE)
		outcome = registry_freeze(c->registry, e);
	if (outcome == DONE)
		outcome = c->verb->run(c, e);
	if (c->registry != NULL)
		registry_rollback(c->registry);
	return outcome;
}

int perform(struct command *c, struct error *e)
{
	int outcome;
	if ((c->verb->flags & VERB_CHANGES) != 0)
		outcome = perform_change(c, e);
	else if ((c->verb->flags & VERB_READS) != 0)
		outcome = read_only(c, e);
	else
		outcome = c->verb->run(c, e);
	if (c->discard != NULL)
		c->discard(c);
	registry_close(c->registry);
	c->registry = NULL;
	return outcome;
}
