/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding whose credentials a request bears, and counting those that are wrong. */
#include "updater/auth.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "updater/grant.h"
#include "updater/refusal_log.h"

/* Ten tries of a source are free; the wait is less than clients' patience. */
enum { FREE_FAULTS = 10, LONGEST_WAIT = 4000, FORGIVEN = 15 * 60 * 1000, WORD_ROOM = 64 };

void auth_failed(struct updater *u, struct exchange *x)
{
	if (x->wrong)
		return;
	x->wrong = true;
	u->counters.faults++;
	if (!x->request.exempt)
		x->wait = limit_fault(&u->limits.faults, limit_source(&u->limits.faults, &x->request.caller), clock_ticks(),
			FREE_FAULTS, LONGEST_WAIT, FORGIVEN);
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

/* A search among those who have a token, which is looked up by its hash. */
struct search {
	const char *name; /* wanted; NULL: any */
	bool operators, invited;
	char found[WORD_ROOM];
};

static int look_at_account(const void *row, void *context, struct error *e)
{
	const struct account *account = row;
	struct search *search = context;
	(void)e;
	bool fits = search->operators ? grant_is_operator(account) && !grant_blocked(account)
		: strcmp(account->name, search->name) == 0;
	if (fits && strlen(account->name) < WORD_ROOM)
		strcpy(search->found, account->name);
	return DONE;
}

static int look_at_relay(const void *row, void *context, struct error *e)
{
	const struct relay *relay = row;
	struct search *search = context;
	(void)e;
	if (strlen(relay->name) < WORD_ROOM && (relay->state == RELAY_INVITED) == search->invited
		&& (search->name == NULL || strcmp(relay->name, search->name) == 0))
		strcpy(search->found, relay->name);
	return DONE;
}

static int find_token(struct updater *u, const struct kind *kind, struct piece token, struct search *search,
	struct error *e)
{
	uint8_t hash[TOKEN_HASH];
	const struct blob wanted = { hash, sizeof hash };
	const struct account account = { .token = wanted };
	const struct relay relay = { .token = wanted };
	bool relays = kind == &relay_kind;
	token_hash(&u->access.keys, token.at, token.size, hash);
	search->found[0] = '\0';
	return registry_each_by_token(u->access.registry, kind, relays ? (const void *)&relay : &account,
		relays ? look_at_relay : look_at_account, search, e);
}

static int check_account(struct updater *u, struct exchange *x, struct piece user, struct piece password,
	const struct account **account, struct error *e)
{
	char name[WORD_ROOM];
	struct search search = { .name = name };
	if (!normal_word(user, name))
		strcpy(name, "?"); /* no account has this name; it is looked up all the same, so that it takes as long */
	int outcome = find_token(u, &account_kind, password, &search, e);
	if (outcome == DONE && search.found[0] != '\0')
		outcome = access_account(&u->access, name, account, e);
	x->right = *account != NULL;
	if (!x->right)
		refusal_note(x, name, "", REFUSAL_PASSWORD);
	return outcome;
}

int auth_account(struct updater *u, struct exchange *x, const struct account **account, struct error *e)
{
	char text[CREDENTIALS];
	struct piece user, password;
	*account = NULL;
	if (*x->request.authorization == '\0') {
		refusal_note(x, "", "", "no credentials");
		return DONE;
	}
	int outcome = DONE;
	if (request_basic(x->request.authorization, text, &user, &password))
		outcome = check_account(u, x, user, password, account, e);
	else
		refusal_note(x, "", "", "credentials that are not Basic");
	secret_forget(text, sizeof text);
	if (outcome == DONE && *account == NULL)
		auth_failed(u, x);
	return outcome;
}

int auth_password(struct updater *u, struct exchange *x, const char *user, const char *password,
	const struct account **account, struct error *e)
{
	*account = NULL;
	if (*user == '\0') {
		refusal_note(x, "", "", "no credentials");
		return DONE;
	}
	int outcome = check_account(u, x, (struct piece){ user, strlen(user) }, (struct piece){ password, strlen(password) },
		account, e);
	if (outcome == DONE && *account == NULL)
		auth_failed(u, x);
	return outcome;
}

int auth_operator(struct updater *u, struct exchange *x, char *name, struct error *e)
{
	struct search search = { .operators = true };
	struct piece token;
	*name = '\0';
	if (!request_bearer(x->request.authorization, &token))
		return DONE;
	int outcome = find_token(u, &account_kind, token, &search, e);
	x->right = outcome == DONE && search.found[0] != '\0';
	if (outcome == DONE && !x->right) {
		refusal_note(x, "", "", "a token that is no operator's");
		auth_failed(u, x);
	}
	strcpy(name, outcome == DONE ? search.found : "");
	return outcome;
}

int auth_relay(struct updater *u, struct exchange *x, const char *name, struct relay *relay,
	struct error *e)
{
	struct search search = { .name = name, .invited = name == NULL };
	struct relay key = { .name = search.found };
	struct piece token;
	if (!request_bearer(x->request.authorization, &token))
		return ABSENT;
	int outcome = find_token(u, &relay_kind, token, &search, e);
	x->right = outcome == DONE && search.found[0] != '\0';
	if (x->right)
		return registry_get(u->access.registry, &relay_kind, &key, &x->arena, relay, e);
	if (outcome == DONE) {
		refusal_note(x, name, "", name == NULL ? "a token that is no invitation" : "a token that is not this relay's");
		auth_failed(u, x);
	}
	return outcome == DONE ? ABSENT : outcome;
}
