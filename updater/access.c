/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the registry and its key, closing them after trouble, and the cache of accounts. */
#include "updater/access.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

enum {
	RETRY = 200, /* milliseconds between tries to open it */
};

static void forget_accounts(struct access *a)
{
	for (size_t i = 0; i < ACCESS_ACCOUNTS; i++) {
		if (a->accounts[i].there)
			arena_free(&a->accounts[i].arena);
		a->accounts[i].there = false;
	}
}

void access_close(struct access *a)
{
	forget_accounts(a);
	if (a->registry != NULL)
		registry_close(a->registry);
	a->registry = NULL;
}

void access_free(struct access *a)
{
	access_close(a);
	secret_forget(&a->keys, sizeof a->keys);
	arena_free(&a->arena);
}

void access_shut(struct access *a, const struct error *why)
{
	if (!a->trouble_said)
		log_error("updates are answered 911 until the registry can be written again: %s", why->text);
	a->trouble_said = true;
	access_close(a);
	a->retry = clock_ticks() + RETRY;
}

static int seal_dummy(struct access *a, struct error *e)
{
	static const char nothing[16];
	arena_free(&a->arena);
	return secret_seal(&a->keys, ".", nothing, sizeof nothing, &a->arena, &a->dummy, e);
}

static int open_both(struct access *a, const char *registry, const char *key, struct error *e)
{
	struct keys keys;
	int outcome = keys_load(key, &keys, e);
	if (outcome != DONE)
		return outcome;
	bool other = memcmp(&keys, &a->keys, sizeof keys) != 0;
	secret_keep(&a->keys, sizeof a->keys);
	a->keys = keys;
	secret_forget(&keys, sizeof keys);
	if (other)
		outcome = seal_dummy(a, e);
	if (outcome == DONE)
		outcome = registry_open(registry, REGISTRY_WRITE, &a->registry, e);
	if (outcome != DONE)
		return outcome;
	registry_patience(a->registry, ACCESS_PATIENCE);
	a->opened = a->unmended = true;
	return DONE;
}

int access_look(struct access *a, struct error *e)
{
	bool news = false;
	int outcome = registry_news(a->registry, &news, e);
	if (outcome == DONE && news) {
		forget_accounts(a);
		a->news = true;
	}
	return outcome == ABSENT ? FAILED : outcome;
}

bool access_open(struct access *a, const char *registry, const char *key)
{
	struct error e;
	if (a->registry != NULL && access_look(a, &e) != DONE) {
		access_shut(a, &e);
		a->retry = 0;
	}
	if (a->registry != NULL)
		return true;
	if (clock_ticks() < a->retry)
		return false;
	if (open_both(a, registry, key, &e) != DONE) {
		access_shut(a, &e);
		return false;
	}
	if (a->trouble_said)
		log_notice("the registry %s is open again", registry);
	a->trouble_said = false;
	return true;
}

int access_account(struct access *a, const char *name, const struct account **account, struct error *e)
{
	size_t hash = 5381;
	for (const char *c = name; *c != '\0'; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	struct access_account *cached = &a->accounts[hash % ACCESS_ACCOUNTS];
	*account = &cached->account;
	if (cached->there && strcmp(cached->account.name, name) == 0)
		return DONE;
	if (cached->there)
		arena_free(&cached->arena);
	cached->there = false;
	struct account key = { .name = name };
	int outcome = registry_get(a->registry, &account_kind, &key, &cached->arena, &cached->account, e);
	cached->there = outcome == DONE;
	if (outcome != DONE) {
		arena_free(&cached->arena);
		*account = NULL;
	}
	return outcome == ABSENT ? DONE : outcome;
}
