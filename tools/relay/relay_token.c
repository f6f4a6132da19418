/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock relay invite` and `token`: what a relay shows over HTTP to register itself, and to tell how it is. Each is printed
 * once; only its keyed hash is kept. */
#include <string.h>

#include "lib/clock.h"
#include "lib/place.h"
#include "lib/secret.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

/* Makes a token for the row, whose hash lies in HASH. TOKEN is to be forgotten. */
static int make_token(struct command *c, struct relay *row, char token[TOKEN_TEXT], uint8_t hash[TOKEN_HASH], struct error *e)
{
	struct keys keys;
	int outcome = keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	if (outcome == DONE)
		outcome = token_make(token, e);
	if (outcome == DONE)
		token_hash(&keys, token, strlen(token), hash);
	row->token = (struct blob){ hash, TOKEN_HASH };
	secret_forget(&keys, sizeof keys);
	return outcome;
}

static void print_token(struct command *c, const struct relay *row, const char *what, char token[TOKEN_TEXT])
{
	if (c->json && !c->dry_run) {
		json_t *object = row_json(&relay_kind, row);
		json_object_set_new(object, what, json_string(token));
		print_json(c, object);
	} else if (!c->dry_run) {
		fprintf(c->out, "%s: %s\n", what, token);
	}
}

int relay_invite(struct command *c, struct error *e)
{
	struct relay row;
	bool changed = false;
	char token[TOKEN_TEXT] = "";
	uint8_t hash[TOKEN_HASH];
	int outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = relay_options(c, &row, &changed, e);
	if (outcome == DONE)
		outcome = make_token(c, &row, token, hash, e);
	row.state = RELAY_INVITED;
	row.since = clock_date();
	if (outcome == DONE)
		outcome = add_row(c, &relay_kind, &row, e);
	if (outcome == DONE)
		print_token(c, &row, "invitation", token);
	secret_forget(token, sizeof token);
	return outcome;
}

int relay_token(struct command *c, struct error *e)
{
	struct relay row;
	char token[TOKEN_TEXT] = "";
	uint8_t hash[TOKEN_HASH];
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &row, &row, e);
	if (outcome != DONE)
		return outcome;
	if (row.token.size > 0)
		remark(c, "the %s that relay %s had is void", row.state == RELAY_INVITED ? "invitation" : "token", row.name);
	outcome = make_token(c, &row, token, hash, e);
	if (outcome == DONE)
		outcome = set_row(c, &relay_kind, &row, row.state == RELAY_INVITED ? "has a new invitation" : "has a new token", e);
	if (outcome == DONE)
		print_token(c, &row, row.state == RELAY_INVITED ? "invitation" : "token", token);
	secret_forget(token, sizeof token);
	return outcome;
}
