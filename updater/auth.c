/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/auth.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "updater/door.h"

/* trust.md C: ten tries, then up to a quarter of an hour. */
enum { FREE_FAULTS = 10, LONGEST_WAIT = 15 * 60 * 1000, WORD_ROOM = 64 };

bool auth_waits(struct updater *u, const struct exchange *x)
{
	return !x->request.exempt
		&& limit_waits(&u->faults, limit_source(&u->faults, &x->request.caller), clock_ticks());
}

void auth_failed(struct updater *u, const struct exchange *x)
{
	u->counters.faults++;
	if (!x->request.exempt)
		limit_fault(&u->faults, limit_source(&u->faults, &x->request.caller), clock_ticks(),
			FREE_FAULTS, LONGEST_WAIT);
}

/* Account names are words in lower case; people type them as they like. */
static bool normal_word(struct piece text, char word[WORD_ROOM])
{
	if (text.size == 0 || text.size >= WORD_ROOM)
		return false;
	for (size_t i = 0; i < text.size; i++)
		word[i] = ascii_lower(text.at[i]);
	word[text.size] = '\0';
	return true;
}

static int check_account(struct updater *u, struct piece user, struct piece password,
	const struct account **account, struct error *e)
{
	char name[WORD_ROOM];
	struct blob none = { 0 };
	if (!normal_word(user, name))
		strcpy(name, "?"); /* nobody's name, looked up all the same */
	int outcome = door_account(u, name, account, e);
	if (outcome != DONE)
		return outcome;
	struct blob stored = *account == NULL ? none : (*account)->token;
	if (!token_matches(&u->keys, password.at, password.size, stored))
		*account = NULL;
	return DONE;
}

int auth_account(struct updater *u, struct exchange *x, const struct account **account, struct error *e)
{
	char text[CREDENTIALS];
	struct piece user, password;
	*account = NULL;
	if (auth_waits(u, x) || *x->request.authorization == '\0')
		return DONE;
	int outcome = DONE;
	if (request_basic(x->request.authorization, text, &user, &password))
		outcome = check_account(u, user, password, account, e);
	secret_forget(text, sizeof text);
	if (outcome == DONE && *account == NULL)
		auth_failed(u, x);
	return outcome;
}

int auth_password(struct updater *u, struct exchange *x, const char *user, const char *password,
	const struct account **account, struct error *e)
{
	*account = NULL;
	if (auth_waits(u, x) || *user == '\0')
		return DONE;
	int outcome = check_account(u, (struct piece){ user, strlen(user) }, (struct piece){ password, strlen(password) },
		account, e);
	if (outcome == DONE && *account == NULL)
		auth_failed(u, x);
	return outcome;
}

struct search {
	struct updater *updater;
	struct piece token;
	char *name;
};

/* Goes through all of them, so that time does not tell which one came close. */
static int compare_operator(const void *row, void *context, struct error *e)
{
	const struct account *account = row;
	struct search *search = context;
	(void)e;
	if (account->role == 1 && account->blocked == 0 && strlen(account->name) < WORD_ROOM
		&& token_matches(&search->updater->keys, search->token.at, search->token.size,
			account->token))
		strcpy(search->name, account->name);
	return DONE;
}

int auth_operator(struct updater *u, struct exchange *x, char *name, struct error *e)
{
	struct search search = { .updater = u, .name = name };
	*name = '\0';
	if (auth_waits(u, x) || !request_bearer(x->request.authorization, &search.token))
		return DONE;
	int outcome = u->registry->engine->each(u->registry, &account_kind, NULL, compare_operator,
		&search, e);
	if (outcome == DONE && *name == '\0')
		auth_failed(u, x);
	return outcome;
}

static int find_invited(struct updater *u, struct exchange *x, struct piece token, struct relay *relay,
	struct error *e)
{
	struct relay *all;
	size_t count;
	bool found = false;
	int outcome = registry_all(u->registry, &relay_kind, NULL, &x->arena, &all, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		if (all[i].state == RELAY_INVITED
			&& token_matches(&u->keys, token.at, token.size, all[i].token)) {
			*relay = all[i];
			found = true;
		}
	return outcome != DONE ? outcome : found ? DONE : ABSENT;
}

int auth_relay(struct updater *u, struct exchange *x, const char *name, struct relay *relay,
	struct error *e)
{
	struct piece token;
	struct blob none = { 0 };
	if (auth_waits(u, x) || !request_bearer(x->request.authorization, &token))
		return ABSENT;
	struct relay key = { .name = name };
	int outcome = name == NULL ? find_invited(u, x, token, relay, e)
		: u->registry->engine->get(u->registry, &relay_kind, &key, &x->arena, relay, e);
	if (outcome < 0)
		return outcome;
	if (name != NULL) {
		bool known = outcome == DONE && relay->state != RELAY_INVITED;
		bool right = token_matches(&u->keys, token.at, token.size, known ? relay->token : none);
		outcome = known && right ? DONE : ABSENT;
	}
	if (outcome != DONE)
		auth_failed(u, x);
	return outcome == DONE ? DONE : ABSENT;
}
