/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock tsig`: keys with which name servers and clients sign what they ask (RFC 8945). */
#include <string.h>

#include "lib/clock.h"
#include "lib/secret.h"
#include "lib/place.h"
#include "tools/table.h"
#include "wire/type.h"

enum {
	MADE = 32, /* octets of a secret that we make: as long as HMAC-SHA256's output */
	OVERLAP_MOST = 90 * 86400,
};

static int named(struct command *c, struct tsig *row, struct error *e)
{
	int outcome = row_standard(&tsig_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &tsig_kind, row, "name", c->words[0], e) : outcome;
}

/* Reads a secret from standard input, in base64 as all name servers write it; or makes a new one, which *SHOWN is then, as
 * text. */
static int take_secret(struct command *c, bool given, uint8_t *secret, size_t *size, const char **shown,
	struct error *e)
{
	const char *text;
	struct text made = { 0 };
	*shown = NULL;
	if (!given) {
		*size = MADE;
		int outcome = secret_random(secret, MADE, e);
		base64_write(secret, MADE, &made);
		*shown = made.bytes == NULL ? NULL : arena_text(&c->arena, made.bytes);
		text_free(&made);
		return outcome == DONE && *shown == NULL ? fail(e, FAILED, "out of memory") : outcome;
	}
	int outcome = read_secret(c, "secret", &text, e);
	long read = outcome == DONE ? base64_read(text, strlen(text), secret, SECRET_MOST) : 0;
	if (outcome == DONE && (read < 16 || read > SECRET_MOST))
		return fail(e, REFUSED, "the secret is not base64 of 16 to %d octets", SECRET_MOST);
	*size = (size_t)read;
	return outcome;
}

static int new_secret(struct command *c, bool given, struct tsig *row, const char **shown, struct error *e)
{
	struct keys keys;
	uint8_t secret[SECRET_MOST];
	size_t size = 0;
	int outcome = keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	if (outcome == DONE)
		outcome = take_secret(c, given, secret, &size, shown, e);
	if (outcome == DONE)
		outcome = secret_seal(&keys, row->name, secret, size, &c->arena, &row->secret, e);
	secret_forget(&keys, sizeof keys);
	secret_forget(secret, sizeof secret);
	return outcome;
}

static void print_secret(struct command *c, const struct tsig *row, const char *secret)
{
	static const char *const algorithms[] = { "hmac-sha256", "hmac-sha384", "hmac-sha512" };
	bool show = secret != NULL && !c->dry_run;
	if (c->json) {
		json_t *object = row_json(&tsig_kind, row);
		if (show)
			json_object_set_new(object, "secret", json_string(secret));
		print_json(c, object);
	} else if (show) {
		fprintf(c->out, "dig:   -y %s:%s:%s\n", algorithms[row->algorithm], row->name, secret);
		fprintf(c->out, "BIND:  key \"%s\" { algorithm %s; secret \"%s\"; };\n", row->name, algorithms[row->algorithm],
			secret);
		note("the secret is shown this once");
	}
}

static int check_types(const struct tsig *row, struct error *e)
{
	char word[64]; /* words are not longer (model/field.c) */
	size_t length;
	const char *rest = row->types;
	for (const char *at; (at = text_word(&rest, " ", &length)) != NULL;) {
		snprintf(word, sizeof word, "%.*s", (int)length, at);
		if (type_read(word) == 0)
			return fail(e, REFUSED, "--types: '%s' is no type of records that we know; TYPE1234 is one by its number", word);
	}
	return DONE;
}

/* Refuses an account that does not exist, by its name; the database's foreign key would not say which it is. */
static int check_account(struct command *c, const struct tsig *row, struct error *e)
{
	struct account account = { .name = row->account };
	return *row->account == '\0' ? DONE : fetch(c, &account_kind, &account, &account, e);
}

static int tsig_add(struct command *c, struct error *e)
{
	struct tsig row;
	const char *shown = NULL;
	bool given = option_flag(c, "secret-stdin");
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &tsig_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = check_types(&row, e);
	if (outcome == DONE)
		outcome = check_account(c, &row, e);
	if (outcome == DONE)
		outcome = new_secret(c, given, &row, &shown, e);
	if (outcome == DONE)
		outcome = add_row(c, &tsig_kind, &row, e);
	if (outcome == DONE)
		print_secret(c, &row, shown);
	return outcome;
}

/* A new secret, and whether the one before goes on for a while: whoever has it needs time to change it. */
static int replace_secret(struct command *c, bool given, const char *overlap, struct tsig *row, const char **shown, struct error *e)
{
	struct blob before = row->secret;
	int64_t seconds = 0;
	if (overlap != NULL && (!text_duration(overlap, &seconds) || seconds < 60 || seconds > OVERLAP_MOST))
		return fail(e, REFUSED, "--overlap '%.40s': wanted a duration as 2h or 7d, from 1m to 90d", overlap);
	if (overlap != NULL && option(c, "algorithm") != NULL)
		return fail(e, REFUSED, "--overlap and --algorithm: the secret before would be of the new algorithm, too");
	row->former = overlap == NULL ? (struct blob){ 0 } : before;
	row->former_until = overlap == NULL ? 0 : clock_date() + seconds;
	return new_secret(c, given, row, shown, e);
}

static int tsig_set(struct command *c, struct error *e)
{
	struct tsig row;
	const char *shown = NULL, *overlap = option(c, "overlap");
	bool given = option_flag(c, "secret-stdin"), renew = option_flag(c, "new-secret"), changed = given || renew;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &tsig_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &tsig_kind, &row, &changed, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && overlap != NULL && !given && !renew)
		outcome = fail(e, REFUSED, "--overlap is for a new secret: --new-secret, or --secret-stdin");
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock tsig set --help'");
	if (outcome == DONE)
		outcome = check_types(&row, e);
	if (outcome == DONE)
		outcome = check_account(c, &row, e);
	if (outcome == DONE && (given || renew))
		outcome = replace_secret(c, given, overlap, &row, &shown, e);
	if (outcome == DONE)
		outcome = set_row(c, &tsig_kind, &row, "changed", e);
	if (outcome == DONE && renew)
		print_secret(c, &row, shown);
	return outcome;
}

static int tsig_list(struct command *c, struct error *e)
{
	int outcome = options_done(c, e);
	return outcome == DONE ? print_rows(c, &tsig_kind, NULL, e) : outcome;
}

static int tsig_show(struct command *c, struct error *e)
{
	struct tsig row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &tsig_kind, &row, &row, e);
	return outcome == DONE ? print_row(c, &tsig_kind, &row) : outcome;
}

static int tsig_remove(struct command *c, struct error *e)
{
	struct tsig row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = remove_row(c, &tsig_kind, &row, e);
	if (outcome == EXISTS)
		fail(e, EXISTS, "tsig %s signs for a secondary: see 'windsock secondary list'", row.name);
	return outcome;
}

const struct verb tsig_verbs[] = {
	{ "tsig", "add", VERB_CHANGES, 1, 1,
		"NAME [--transfer] [--account NAME] [--types TYPES] [--names NAMES] "
		"[--algorithm hmac-sha256|hmac-sha384|hmac-sha512] [--note TEXT] [--secret-stdin]",
		"Makes a key of TSIG. Its secret is made and shown once, unless one comes in base64 on standard\n"
		"input. --transfer lets who has it transfer all zones; --account makes dynamic updates\n"
		"(RFC 2136) in that account's name, of no more than these types and names.", "tsig add xfr.key --transfer", tsig_add },
	{ "tsig", "list", VERB_READS, 0, 0, "", "Shows all keys, without secrets.", "tsig list", tsig_list },
	{ "tsig", "show", VERB_READS, 1, 1, "NAME", "Shows a key, without its secret.", "tsig show xfr.key", tsig_show },
	{ "tsig", "set", VERB_CHANGES, 1, 1,
		"NAME [--transfer] [--account NAME] [--types TYPES] [--names NAMES] [--algorithm NAME] [--note TEXT] "
		"[--secret-stdin | --new-secret] [--overlap DURATION]",
		"Changes a key. A new secret is made and shown once, or comes in base64 on standard input; with --overlap, the one\n"
		"before is good for so long, too, in which the other side changes it.",
		"tsig set xfr.key --new-secret --overlap 7d", tsig_set },
	{ "tsig", "remove", VERB_CHANGES, 1, 1, "NAME", "Forgets a key.", "tsig remove xfr.key", tsig_remove },
	{ 0 },
};
