/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock account: who may update which hosts. */
#include <string.h>

#include "lib/name.h"
#include "lib/place.h"
#include "lib/secret.h"
#include "tools/table.h"

enum { SHORT = 12 /* characters: a shorter password is remarked on */ };

static int named(struct command *c, struct account *row, struct error *e)
{
	int outcome = row_standard(&account_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &account_kind, row, "name", c->words[0], e) : outcome;
}

/* Sets a password from standard input, or a new token, which *TOKEN is then; NULL for a password. */
static int new_secret(struct command *c, bool password, struct account *row, const char **token,
	struct error *e)
{
	struct keys keys;
	const char *secret = NULL;
	uint8_t *hash = arena_bytes(&c->arena, TOKEN_HASH);
	char *made = arena_bytes(&c->arena, TOKEN_TEXT);
	int outcome = hash == NULL || made == NULL ? fail(e, FAILED, "out of memory")
		: keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	*token = NULL;
	if (outcome == DONE && password) {
		outcome = read_secret(c, "password", &secret, e);
		if (outcome == DONE && strlen(secret) < SHORT)
			note("that password is short; without --password-stdin a token of 128 bits is made");
	} else if (outcome == DONE) {
		outcome = token_make(made, e);
		*token = secret = made;
	}
	if (outcome != DONE)
		return outcome;
	token_hash(&keys, secret, strlen(secret), hash);
	row->token = (struct blob){ hash, TOKEN_HASH };
	secret_forget(&keys, sizeof keys);
	return DONE;
}

static void print_token(struct command *c, const struct account *row, const char *token)
{
	if (c->json) {
		json_t *object = row_json(&account_kind, row);
		if (token != NULL && !c->dry_run)
			json_object_set_new(object, "token", json_string(token));
		print_json(c, object);
	} else if (token != NULL && !c->dry_run) {
		fprintf(c->out, "token: %s\n", token);
		note("the token is shown this once");
	}
}

/* Refuses a pattern of one label that is no zone of ours, for it is a word that came there by mistake; a longer pattern
 * outside of our zones is only remarked on. */
static int check_pattern(struct command *c, const char *pattern, struct error *e)
{
	const char *name = strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;
	for (const char *zone = name; zone != NULL; zone = name_parent(zone)) {
		struct zone row = { .name = zone };
		int outcome = registry_get(c->registry, &zone_kind, &row, &c->arena, &row, e);
		if (outcome != ABSENT)
			return outcome;
	}
	if (strchr(name, '.') == NULL)
		return fail(e, REFUSED, "hosts '%s': wanted names in zones of ours, as demo.b5p.us or *.demo.b5p.us", pattern);
	note("%s is in no zone that we serve", pattern);
	return DONE;
}

static int check_hosts(struct command *c, const struct account *row, struct error *e)
{
	size_t length;
	const char *rest = row->hosts;
	int outcome = DONE;
	if (option(c, "hosts") == NULL)
		return DONE;
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		const char *pattern = arena_text_part(&c->arena, word, length);
		outcome = pattern == NULL ? fail(e, FAILED, "out of memory") : check_pattern(c, pattern, e);
	}
	return outcome;
}

static int account_add(struct command *c, struct error *e)
{
	struct account row;
	const char *token;
	bool password = option_flag(c, "password-stdin");
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &account_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = check_hosts(c, &row, e);
	if (outcome == DONE)
		outcome = new_secret(c, password, &row, &token, e);
	if (outcome == DONE)
		outcome = add_row(c, &account_kind, &row, e);
	if (outcome == DONE)
		print_token(c, &row, token);
	return outcome;
}

static int account_set(struct command *c, struct error *e)
{
	struct account row;
	const char *token = NULL;
	bool password = option_flag(c, "password-stdin"), renew = option_flag(c, "new-token");
	bool changed = password || renew;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &account_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &account_kind, &row, &changed, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock account set --help'");
	if (outcome == DONE)
		outcome = check_hosts(c, &row, e);
	if (outcome == DONE && (password || renew))
		outcome = new_secret(c, password, &row, &token, e);
	if (outcome == DONE)
		outcome = set_row(c, &account_kind, &row, "changed", e);
	if (outcome == DONE)
		print_token(c, &row, token);
	return outcome;
}

static int account_list(struct command *c, struct error *e)
{
	int outcome = options_done(c, e);
	return outcome == DONE ? print_rows(c, &account_kind, NULL, e) : outcome;
}

static int account_show(struct command *c, struct error *e)
{
	struct account row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &account_kind, &row, &row, e);
	return outcome == DONE ? print_row(c, &account_kind, &row) : outcome;
}

static int account_remove(struct command *c, struct error *e)
{
	struct account row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = remove_row(c, &account_kind, &row, e);
	if (outcome == EXISTS)
		fail(e, EXISTS, "account %s still owns hosts: give them to another with 'windsock host set NAME "
			"--account OTHER', or remove them", row.name);
	return outcome;
}

#define FIELDS "[--hosts PATTERN,...] [--allow-private] [--role client|operator] [--blocked yes|no] [--suspended yes|no] [--quota N]"

const struct verb account_verbs[] = {
	{ "account", "add", VERB_CHANGES, 1, 1, "NAME " FIELDS " [--password-stdin]",
		"Makes an account that may update hosts. Its token is made and shown once, unless a password\n"
		"comes on standard input. --allow-private lets it publish addresses that are not public.",
		"account add demo --hosts '*.demo.b5p.us,demo.b5p.us'", account_add },
	{ "account", "list", VERB_READS, 0, 0, "", "Shows all accounts.", "account list", account_list },
	{ "account", "show", VERB_READS, 1, 1, "NAME", "Shows an account.", "account show demo", account_show },
	{ "account", "set", VERB_CHANGES | VERB_HOSTS, 1, 1, "NAME " FIELDS " [--password-stdin | --new-token]",
		"Changes an account.", "account set demo --new-token", account_set },
	{ "account", "remove", VERB_CHANGES, 1, 1, "NAME", "Forgets an account that owns no host.",
		"account remove demo", account_remove },
	{ 0 },
};
