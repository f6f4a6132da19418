/* SPDX-License-Identifier: BSD-2-Clause */
/* From a verb to what it does: the registry is opened, and what changes is one transaction, whose harm
 * to clients is looked at before it is committed. */
#include "tools/command.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/doorbell.h"
#include "registry/fleet.h"
#include "steering/steering.h"

/* Milliseconds for the name server to follow: a million hosts take it some three seconds. */
enum { WAIT = 2000, WAIT_BULK = 10000 };

static const char *login(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	return sudo != NULL && *sudo != '\0' ? sudo : user != NULL ? user->pw_name : "unknown";
}

static int name_actor(struct command *c, struct error *e)
{
	const struct act act = { .actor = login(), .origin = isatty(STDIN_FILENO) ? "terminal" : "command",
		.verb = c->typed, .reason = c->reason };
	return c->registry->engine->act(c->registry, &act, e);
}

/* The open pools that have a compatible relay in service, by label, separated by spaces. */
static int served_pools(struct command *c, struct arena *arena, struct text *labels, struct error *e)
{
	struct fleet fleet;
	struct offer *offers;
	size_t refused;
	int outcome = registry_fleet(c->registry, arena, &fleet, &refused, e);
	if (outcome == DONE)
		outcome = steering_offers(&fleet, arena, &offers, e);
	for (size_t i = 0; i < fleet.pool_count && outcome == DONE; i++) {
		struct membership m;
		if (fleet.pools[i].state == POOL_RETIRED)
			continue;
		outcome = steering_pool(&fleet, offers, &fleet.pools[i], arena, &m, e);
		if (outcome == DONE && m.members > 0)
			text_addf(labels, " %s ", fleet.pools[i].label);
	}
	return outcome;
}

/* Appends the pools of BEFORE that are open still, but not in AFTER. */
static int find_harmed(struct command *c, const char *before, const char *after, struct text *harmed,
	struct error *e)
{
	size_t length;
	for (const char *word; (word = text_word(&before, " ", &length)) != NULL;) {
		struct text padded = { 0 };
		text_add(&padded, " ");
		text_add_part(&padded, word, length);
		text_add(&padded, " ");
		bool still = after != NULL && strstr(after, padded.bytes) != NULL;
		struct pool pool = { .label = arena_text_part(&c->arena, word, length) };
		int outcome = still ? ABSENT
			: c->registry->engine->get(c->registry, &pool_kind, &pool, &c->arena, &pool, e);
		text_free(&padded);
		if (outcome < 0)
			return outcome;
		if (outcome == DONE && pool.state != POOL_RETIRED)
			text_addf(harmed, "%s%s", harmed->length == 0 ? "" : ", ", pool.label);
	}
	return DONE;
}

static int judge(struct command *c, const struct text *before, struct error *e)
{
	struct arena arena = { 0 };
	struct text after = { 0 }, harmed = { 0 };
	int outcome = served_pools(c, &arena, &after, e);
	if (outcome == DONE)
		outcome = find_harmed(c, before->bytes == NULL ? "" : before->bytes, after.bytes, &harmed, e);
	if (outcome == DONE && harmed.length > 0 && !c->force)
		outcome = fail(e, HARMFUL, "refused: it would leave without a compatible relay: %s "
			"(--force --reason TEXT does it all the same)", harmed.bytes);
	else if (outcome == DONE && harmed.length > 0)
		note("left without a compatible relay: %s", harmed.bytes);
	text_free(&after);
	text_free(&harmed);
	arena_free(&arena);
	return outcome;
}

static int in_transaction(struct command *c, struct error *e)
{
	struct arena arena = { 0 };
	struct text before = { 0 };
	bool steers = (c->verb->flags & VERB_STEERS) != 0;
	int outcome = c->registry->engine->begin(c->registry, e);
	if (outcome == DONE && steers)
		outcome = served_pools(c, &arena, &before, e);
	if (outcome == DONE)
		outcome = name_actor(c, e);
	if (outcome == DONE)
		outcome = c->verb->run(c, e);
	if (outcome == DONE && steers)
		outcome = judge(c, &before, e);
	if (outcome == DONE && !c->dry_run)
		outcome = c->registry->engine->commit(c->registry, e);
	c->registry->engine->rollback(c->registry);
	text_free(&before);
	arena_free(&arena);
	return outcome;
}

/* What the verb prints is shown only once it is true. */
static int with_output_held(struct command *c, struct error *e)
{
	FILE *shown = stdout;
	char *text = NULL;
	size_t size = 0;
	FILE *held = open_memstream(&text, &size);
	if (held == NULL)
		return fail(e, FAILED, "out of memory");
	stdout = held; /* glibc lets us */
	int outcome = in_transaction(c, e);
	stdout = shown;
	fclose(held);
	if (outcome == DONE)
		fwrite(text, 1, size, stdout);
	free(text);
	return outcome;
}

/* So that whoever asks DNS after the command has ended is given the change. */
static void await_name_server(struct command *c)
{
	struct doorbell last;
	struct error e;
	int64_t revision;
	if (c->registry->engine->revision(c->registry, &revision, &e) != DONE)
		return;
	int patience = (c->verb->flags & VERB_BULK) != 0 ? WAIT_BULK : WAIT;
	int outcome = doorbell_wait(c->registry_path, revision, patience, &last, &e);
	if (outcome == UNCHANGED)
		note("it is done, but %s%s%s", e.text, *last.trouble == '\0' ? "" : ": ", last.trouble);
}

/* Refuses with HARMFUL what would leave an open pool without a compatible relay (--force --reason
 * overrides), commits unless --dry-run, and waits until the name server answers the change. */
static int perform_change(struct command *c, struct error *e)
{
	if (c->force && c->reason == NULL)
		return fail(e, REFUSED, "--force wants --reason TEXT, which is kept in the log");
	int outcome = registry_open(c->registry_path, REGISTRY_WRITE, &c->registry, e);
	if (outcome == DONE)
		outcome = with_output_held(c, e);
	if (outcome == DONE && !c->dry_run)
		await_name_server(c);
	else if (outcome == DONE)
		note("nothing was changed (--dry-run)");
	return outcome;
}

static int read_only(struct command *c, struct error *e)
{
	int outcome = registry_open(c->registry_path, REGISTRY_READ, &c->registry, e);
	if (outcome == DONE)
		outcome = c->registry->engine->freeze(c->registry, e);
	if (outcome == DONE)
		outcome = c->verb->run(c, e);
	if (c->registry != NULL)
		c->registry->engine->rollback(c->registry);
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
	registry_close(c->registry);
	c->registry = NULL;
	return outcome;
}
