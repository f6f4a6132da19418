/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/door.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/batch.h"

enum {
	RETRY = 200, /* milliseconds between tries to open it */
};

static void forget_accounts(struct updater *u)
{
	for (size_t i = 0; i < ACCOUNTS_CACHED; i++) {
		if (u->accounts[i].there)
			arena_free(&u->accounts[i].arena);
		u->accounts[i].there = false;
	}
}

void door_close(struct updater *u)
{
	forget_accounts(u);
	if (u->registry != NULL)
		registry_close(u->registry);
	u->registry = NULL;
}

void door_shut(struct updater *u, const struct error *why)
{
	if (!u->trouble_said)
		log_error("updates are answered 911 until the registry can be written again: %s", why->text);
	u->trouble_said = true;
	door_close(u);
	lease_unwritten(&u->leases);
	u->registry_retry = clock_ticks() + RETRY;
}

/* A secret that no host has, so that hosts without one cost the same work. */
static int seal_dummy(struct updater *u, struct error *e)
{
	static const char nothing[16];
	return secret_seal(&u->keys, ".", nothing, sizeof nothing, &u->arena, &u->dummy, e);
}

static int open_both(struct updater *u, struct error *e)
{
	struct keys keys;
	int outcome = keys_load(u->settings.key, &keys, e);
	if (outcome != DONE)
		return outcome;
	bool other = memcmp(&keys, &u->keys, sizeof keys) != 0;
	u->keys = keys;
	secret_forget(&keys, sizeof keys);
	if (other)
		outcome = seal_dummy(u, e);
	if (outcome == DONE)
		outcome = registry_open(u->settings.registry, REGISTRY_WRITE, &u->registry, e);
	if (outcome != DONE)
		return outcome;
	registry_patience(u->registry, DOOR_PATIENCE);
	u->leases.stale = true;
	u->unmended = true;
	u->heard_at = 0; /* what dnsd said was of another, perhaps */
	return DONE;
}

int door_look(struct updater *u, struct error *e)
{
	bool moved = false;
	int outcome = registry_news(u->registry, &moved, e);
	if (outcome == DONE && moved) {
		forget_accounts(u);
		u->leases.stale = true;
	}
	return outcome == ABSENT ? FAILED : outcome;
}

bool door_open(struct updater *u)
{
	struct error e;
	batch_settle(u, true, clock_ticks());
	if (u->registry != NULL && door_look(u, &e) != DONE) {
		door_shut(u, &e);
		u->registry_retry = 0;
	}
	if (u->registry != NULL)
		return true;
	if (clock_ticks() < u->registry_retry)
		return false;
	if (open_both(u, &e) != DONE) {
		door_shut(u, &e);
		return false;
	}
	if (u->trouble_said)
		log_notice("the registry %s is open again", u->settings.registry);
	u->trouble_said = false;
	return true;
}

int door_act(struct updater *u, const struct exchange *x, const char *actor, const char *verb,
	struct error *e)
{
	char from[ADDRESS_TEXT] = "";
	int outcome = u->parted ? DONE : registry_save(u->registry, e);
	if (outcome != DONE)
		return outcome;
	if (x != NULL)
		address_write(&x->request.caller, from);
	u->wrote = u->parted = true;
	if (u->acting_verb == verb && strcmp(u->acting, actor) == 0 && strcmp(u->acting_from, from) == 0)
		return DONE;
	struct act act = { .actor = actor, .origin = from, .verb = verb };
	outcome = registry_act(u->registry, &act, e);
	u->acting_verb = NULL;
	if (outcome == DONE && strlen(actor) < sizeof u->acting) {
		strcpy(u->acting, actor);
		strcpy(u->acting_from, from);
		u->acting_verb = verb;
	}
	return outcome;
}

int door_account(struct updater *u, const char *name, const struct account **account, struct error *e)
{
	size_t hash = 5381;
	for (const char *c = name; *c != '\0'; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	struct cached_account *cached = &u->accounts[hash % ACCOUNTS_CACHED];
	*account = &cached->account;
	if (cached->there && strcmp(cached->account.name, name) == 0)
		return DONE;
	if (cached->there)
		arena_free(&cached->arena);
	cached->there = false;
	struct account key = { .name = name };
	int outcome = registry_get(u->registry, &account_kind, &key, &cached->arena,
		&cached->account, e);
	cached->there = outcome == DONE;
	if (outcome != DONE) {
		arena_free(&cached->arena);
		*account = NULL;
	}
	return outcome == ABSENT ? DONE : outcome;
}
