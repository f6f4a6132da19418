/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock pool: add, set, list, show, remove, include and exclude. */
#include <string.h>

#include "registry/fleet.h"
#include "tools/pool/pool.h"
#include "tools/table.h"

int pool_named(struct command *c, struct pool *row, struct error *e)
{
	int outcome = row_standard(&pool_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &pool_kind, row, "label", c->words[0], e) : outcome;
}

static int pool_add(struct command *c, struct error *e)
{
	struct pool row;
	int outcome = pool_named(c, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &pool_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	return outcome == DONE ? add_row(c, &pool_kind, &row, e) : outcome;
}

static int pool_set(struct command *c, struct error *e)
{
	struct pool row;
	bool changed = false;
	int outcome = pool_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = options_to_row(c, &pool_kind, &row, &changed, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock pool set --help'");
	return outcome == DONE ? set_row(c, &pool_kind, &row, "changed", e) : outcome;
}

int pool_load(struct command *c, struct fleet *fleet, struct offer **offers, struct error *e)
{
	size_t refused;
	struct error why = { "" };
	int outcome = registry_fleet(c->registry, &c->arena, fleet, &refused, &why);
	if (outcome != DONE)
		return fail(e, outcome, "%s", why.text);
	if (refused > 0)
		note("%zu rows cannot be used, the first: %s", refused, why.text);
	return steering_offers(fleet, &c->arena, offers, e);
}

static char *releases_of(struct command *c, const struct fleet *fleet, const char *label)
{
	struct text out = { 0 };
	size_t length;
	for (size_t i = 0; i < fleet->release_count; i++) {
		const char *rest = fleet->releases[i].pools;
		for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;)
			if (strlen(label) == length && memcmp(word, label, length) == 0)
				text_addf(&out, "%s%s %s", out.length == 0 ? "" : ", ",
					fleet->releases[i].product, fleet->releases[i].version);
	}
	char *copy = arena_text(&c->arena, out.bytes == NULL ? "-" : out.bytes);
	text_free(&out);
	return copy == NULL ? "-" : copy;
}

static const char *state_of(struct command *c, const struct pool *pool)
{
	struct text out = { 0 };
	field_write(kind_field(&pool_kind, "state", 5), pool, &out);
	const char *copy = arena_text(&c->arena, out.bytes == NULL ? "?" : out.bytes);
	text_free(&out);
	return copy;
}

int pool_seated(const struct fleet *fleet, const struct offer *offers, const struct pool *pool,
	struct arena *arena, struct membership *m, struct error *e)
{
	struct arena scratch = { 0 };
	int outcome = steering_pool(fleet, offers, pool, &scratch, m, e);
	const struct release **kept = m->left_out_count == 0 ? NULL
		: arena_take(arena, m->left_out_count * sizeof *kept);
	if (outcome == DONE && m->left_out_count > 0)
		outcome = kept == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (kept != NULL)
		memcpy(kept, m->left_out, m->left_out_count * sizeof *kept);
	m->left_out = kept;
	m->seats = NULL;
	m->count = 0;
	arena_free(&scratch);
	return outcome;
}

static int pool_list(struct command *c, struct error *e)
{
	struct fleet fleet;
	struct offer *offers;
	struct table_print table = { .heads = { "label", "state", "members", "ttl", "releases" }, .columns = 5 };
	json_t *array = c->json ? json_array() : NULL;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_load(c, &fleet, &offers, e);
	for (size_t i = 0; outcome == DONE && i < fleet.pool_count; i++) {
		struct membership m;
		const struct pool *pool = &fleet.pools[i];
		outcome = pool_seated(&fleet, offers, pool, &c->arena, &m, e);
		if (outcome == DONE && c->json) {
			json_t *object = row_json(&pool_kind, pool);
			json_object_set_new(object, "members", json_integer((json_int_t)m.members));
			json_object_set_new(object, "last_resort", json_boolean(m.last_resort));
			json_array_append_new(array, object);
		} else if (outcome == DONE) {
			table_cell(&table, pool->label);
			table_cell(&table, state_of(c, pool));
			table_cell(&table, arena_format(&c->arena, "%zu%s", m.members,
				m.last_resort ? " (last resort)" : ""));
			table_cell(&table, arena_format(&c->arena, "%lld", (long long)pool->ttl));
			table_cell(&table, releases_of(c, &fleet, pool->label));
		}
	}
	if (outcome != DONE) {
		json_decref(array);
		text_free(&table.cells);
	} else if (c->json) {
		print_json(c, array);
	} else {
		table_end(c, &table);
	}
	return outcome;
}

static int pool_show(struct command *c, struct error *e)
{
	struct pool row;
	struct fleet fleet;
	struct offer *offers;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = pool_load(c, &fleet, &offers, e);
	if (outcome != DONE)
		return outcome;
	if (c->json) {
		json_t *object = row_json(&pool_kind, &row);
		json_object_set_new(object, "releases", json_string(releases_of(c, &fleet, row.label)));
		print_json(c, object);
		return DONE;
	}
	print_row(c, &pool_kind, &row);
	fprintf(c->out, "releases: %s\n", releases_of(c, &fleet, row.label));
	return DONE;
}

static int pool_remove(struct command *c, struct error *e)
{
	struct pool row;
	struct fleet fleet;
	struct offer *offers;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_named(c, &row, e);
	if (outcome == DONE)
		outcome = pool_load(c, &fleet, &offers, e);
	if (outcome != DONE)
		return outcome;
	const char *releases = releases_of(c, &fleet, row.label);
	if (strcmp(releases, "-") != 0)
		outcome = harm(c, e, "%s look up %s", releases, row.label);
	return outcome == DONE ? remove_row(c, &pool_kind, &row, e) : outcome;
}

static int set_rule(struct command *c, enum rule_verdict verdict, struct error *e)
{
	struct rule row;
	struct pool pool;
	struct relay relay;
	int outcome = row_standard(&rule_kind, &row, &c->arena, e);
	if (outcome == DONE)
		outcome = set_field(c, &rule_kind, &row, "pool", c->words[0], e);
	if (outcome == DONE)
		outcome = set_field(c, &rule_kind, &row, "relay", c->words[1], e);
	if (outcome == DONE)
		outcome = options_to_row(c, &rule_kind, &row, NULL, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &(struct pool){ .label = row.pool }, &pool, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &(struct relay){ .name = row.relay }, &relay, e);
	row.verdict = verdict;
	if (outcome == DONE)
		outcome = registry_put(c->registry, &rule_kind, &row, e);
	if (outcome == DONE)
		say(c, "relay %s %s pool %s", row.relay,
			verdict == RULE_INCLUDE ? "included in" : "excluded from", row.pool);
	return outcome;
}

static int pool_include(struct command *c, struct error *e)
{
	return set_rule(c, RULE_INCLUDE, e);
}

static int pool_exclude(struct command *c, struct error *e)
{
	return set_rule(c, RULE_EXCLUDE, e);
}

static int pool_unrule(struct command *c, struct error *e)
{
	struct rule row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = row_standard(&rule_kind, &row, &c->arena, e);
	if (outcome == DONE)
		outcome = set_field(c, &rule_kind, &row, "pool", c->words[0], e);
	if (outcome == DONE)
		outcome = set_field(c, &rule_kind, &row, "relay", c->words[1], e);
	if (outcome == DONE)
		outcome = registry_remove(c->registry, &rule_kind, &row, e);
	if (outcome == DONE)
		say(c, "relay %s is in pool %s or not as the pool requires", row.relay, row.pool);
	return outcome;
}

#define FIELDS "[--tls RANGE] [--ttl SECONDS] [--answers N] [--least N] [--size N] [--open-below PERCENT] " \
	"[--certificate yes|no] [--successor LABEL] [--note TEXT]"

const struct verb pool_verbs[] = {
	{ "pool", "add", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL " FIELDS,
		"Defines a pool; its members are computed from what its releases need and relays offer.",
		"pool add fe4_058", pool_add },
	{ "pool", "list", VERB_READS, 0, 0, "", "Shows all pools, how many members they have, and who "
		"looks them up.", "pool list", pool_list },
	{ "pool", "show", VERB_READS, 1, 1, "LABEL", "Shows a pool.", "pool show fe4_058", pool_show },
	{ "pool", "set", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL " FIELDS, "Changes a pool.",
		"pool set fe4_058 --ttl 60", pool_set },
	{ "pool", "explain", VERB_READS, 1, 1, "LABEL [--zone ZONE] [--client ADDRESS|NETWORK] [--at TIME]",
		"Shows for each relay whether it is in the pool and why, and what a client is given; with --at, as\n"
		"it was then (UTC, or how long ago), made from the change log.",
		"pool explain fe4_058 --zone b5p.us --client 198.51.100.7", pool_explain },
	{ "pool", "include", VERB_CHANGES | VERB_STEERS, 2, 2, "LABEL RELAY [--note TEXT]",
		"Puts a relay into a pool, whatever the pool requires. Refused when a release that looks it up could not\n"
		"talk to it; of a relay that nobody has observed, a --note that says why it can is enough.", "pool include fe4_058 r1", pool_include },
	{ "pool", "exclude", VERB_CHANGES | VERB_STEERS, 2, 2, "LABEL RELAY [--note TEXT]",
		"Keeps a relay out of a pool.", "pool exclude fe4_058 r1 --note 'too slow'", pool_exclude },
	{ "pool", "unrule", VERB_CHANGES | VERB_STEERS, 2, 2, "LABEL RELAY",
		"Takes an include or exclude back.", "pool unrule fe4_058 r1", pool_unrule },
	{ "pool", "freeze", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL",
		"Takes no relay into a pool that is not a member now.", "pool freeze fe4_056", pool_freeze },
	{ "pool", "thaw", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL",
		"Opens a frozen or shrinking pool again.", "pool thaw fe4_056", pool_thaw },
	{ "pool", "shrink", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL --to N --by DATE [--from N]",
		"Lets a pool have fewer members, step by step until a date. windsock-updater checks each step\n"
		"and pauses, with a reason that 'pool show' tells, rather than hurt.",
		"pool shrink fe4_056 --to 2 --by 2027-03-01", pool_shrink },
	{ "pool", "retire", VERB_CHANGES | VERB_STEERS, 1, 1,
		"LABEL [--successor LABEL] [--tombstone members|successor|empty] [--telemetry FILE]...",
		"Ends a pool, which still answers: with its members, its successor's, or nothing. Refused when\n"
		"a release that looks it up could use none of that; and when nothing is to be answered though\n"
		"networks asked for it in the last 30 days.",
		"pool retire fe4_056 --successor fe4_058", pool_retire },
	{ "pool", "revive", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL", "Opens a retired pool again.",
		"pool revive fe4_056", pool_revive },
	{ "pool", "brownout", VERB_CHANGES | VERB_STEERS, 1, 1,
		"LABEL --percent N --for DURATION [--to LABEL] | --end | --report [--telemetry FILE]...",
		"Rehearses a pool's end: a stable share of client networks gets the successor's answer for a\n"
		"while. --report says whether they asked more often than others, and who came back.", "pool brownout fe4_056 --percent 5 --for 2h --to fe4_058", pool_brownout },
	{ "pool", "holdouts", VERB_READS, 1, 1, "LABEL [--csv] [--telemetry FILE]...",
		"Lists who still depends on a pool, to be given notice: hosts at relays that told, in the last week,\n"
		"of tunnels of a version that looks it up; or, where no relay tells, at its members.",
		"pool holdouts fe4_056 --csv", pool_holdouts },
	{ "pool", "remove", VERB_CHANGES | VERB_STEERS, 1, 1, "LABEL",
		"Forgets a pool that no release looks up.", "pool remove fe4_058", pool_remove },
	{ 0 },
};
