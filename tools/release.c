/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock release: what clients look up and what they can speak. */
#include <string.h>

#include "tools/table.h"
#include "tools/registry/transfer.h"

static int named(struct command *c, struct release *row, struct error *e)
{
	int outcome = row_standard(&release_kind, row, &c->arena, e);
	if (outcome == DONE)
		outcome = set_field(c, &release_kind, row, "product", c->words[0], e);
	return outcome == DONE ? set_field(c, &release_kind, row, "version", c->words[1], e) : outcome;
}

static int release_add(struct command *c, struct error *e)
{
	struct release row;
	const char *pools = option_all(c, "pool");
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &release_kind, &row, NULL, e);
	if (outcome == DONE && pools != NULL)
		outcome = set_field(c, &release_kind, &row, "pools", pools, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && *row.pools == '\0')
		outcome = fail(e, REFUSED, "a release needs the label that it looks up: --pool LABEL");
	if (outcome == DONE && row.tls == 0)
		outcome = fail(e, REFUSED, "a release needs the TLS versions that it can speak: --tls RANGE");
	if (outcome == DONE)
		outcome = add_pools(c, &row, e);
	return outcome == DONE ? add_row(c, &release_kind, &row, e) : outcome;
}

/* Clients in the field stay what they are: it is our knowledge of them that changes. */
static int release_set(struct command *c, struct error *e)
{
	struct release row;
	const char *pools = option_all(c, "pool");
	bool changed = pools != NULL;
	int outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &release_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &release_kind, &row, &changed, e);
	if (outcome == DONE && pools != NULL)
		outcome = set_field(c, &release_kind, &row, "pools", pools, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock release set --help'");
	if (outcome == DONE)
		outcome = add_pools(c, &row, e);
	return outcome == DONE ? set_row(c, &release_kind, &row, "changed", e) : outcome;
}

static int release_remove(struct command *c, struct error *e)
{
	struct release row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	return outcome == DONE ? remove_row(c, &release_kind, &row, e) : outcome;
}

static int release_list(struct command *c, struct error *e)
{
	int outcome = options_done(c, e);
	return outcome == DONE ? print_rows(c, &release_kind, NULL, e) : outcome;
}

static int release_show(struct command *c, struct error *e)
{
	struct release row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &release_kind, &row, &row, e);
	return outcome == DONE ? print_row(c, &release_kind, &row) : outcome;
}

static int release_import(struct command *c, struct error *e)
{
	static const struct kind *const kinds[] = { &pool_kind, &release_kind, NULL };
	int outcome = options_done(c, e);
	return outcome == DONE ? import_file(c, c->words[0], kinds, e) : outcome;
}

#define FIELDS "[--families 4|6|46] [--ping FORM] [--clients N] [--note TEXT]"

const struct verb release_verbs[] = {
	{ "release", "add", VERB_CHANGES | VERB_STEERS, 2, 2,
		"PRODUCT VERSION --pool LABEL... --tls RANGE " FIELDS,
		"Says what a client release looks up and can speak. Pools that are missing are made.",
		"release add pagekite.py 0.5.8e --pool fe058 --tls 1.0-1.2", release_add },
	{ "release", "list", VERB_READS, 0, 0, "", "Shows all releases.", "release list", release_list },
	{ "release", "show", VERB_READS, 2, 2, "PRODUCT VERSION", "Shows a release.",
		"release show pagekite.py 0.5.8e", release_show },
	{ "release", "set", VERB_CHANGES | VERB_STEERS, 2, 2, "PRODUCT VERSION [--pool LABEL]... [--tls RANGE] " FIELDS,
		"Changes what is known of a release. With --pool, the labels named are all that it looks up.",
		"release set pagekite.py 0.5.8e --tls 1.0-1.1", release_set },
	{ "release", "remove", VERB_CHANGES | VERB_STEERS, 2, 2, "PRODUCT VERSION",
		"Forgets a release; its pools stay.", "release remove pagekite.py 0.5.8e", release_remove },
	{ "release", "import", VERB_CHANGES | VERB_STEERS, 1, 1, "FILE",
		"Takes releases from a file (- for standard input), a line each as export prints them.",
		"release import examples/pagekite.releases", release_import },
	{ 0 },
};
