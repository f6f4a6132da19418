/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock coverage`: which release finds which relay, where the fleet is weakest, and what old TLS
 * versions are kept for. */
#include <stdlib.h>
#include <string.h>

#include "lib/pings.h"
#include "steering/effect.h"
#include "steering/label.h"
#include "tools/plan/names.h"
#include "tools/pool/pool.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"
#include "tools/telemetry.h"
#include "wire/type.h"

/* With more relays, a table is too wide to be read. */
enum { RELAYS_SHOWN = 9 };

/* Live: it is in an answer to a label of the release, which can use it. Waits: it could use it, but is not given it,
 * or it looks down. */
enum fit { FIT_LIVE, FIT_WAITS, FIT_NONE };

/* What a label of a release is answered. */
struct answer {
	unsigned families;
	const struct membership *given; /* NULL: no pool's */
};

struct coverage {
	struct fleet fleet;
	struct offer *offers;
	struct lattice lattice;
	struct host_rules names;
	struct answer **answers;  /* of each release's labels */
	size_t *answer_counts;
	struct membership *given; /* by pool: whom its clients are given; of one that was not asked yet, without seats */
	struct telemetry_files telemetry;
};

/* The families that it can use, of those that its labels answer. */
static unsigned families_used(const struct release *release)
{
	const char *rest = release->pools;
	unsigned families = 0;
	size_t length;
	for (const char *label; (label = text_word(&rest, " ", &length)) != NULL;)
		families |= label_families(label, length);
	return families & ((unsigned)release->families + 1); /* 4, 6, 46 */
}

/* Why a release cannot use a relay, whatever pool it asks for; NULL when it can. */
static const char *obstacle(struct command *c, const struct release *release, const struct offer *offer)
{
	char speaks[TLS_TEXT], needs[TLS_TEXT];
	if ((families_used(release) & offer->families) == 0)
		return "has no address that it can use";
	if (offer->tls == 0)
		return "nobody knows what TLS versions it speaks";
	if (((tls_set)release->tls & offer->tls) == 0) {
		tls_write(offer->tls, speaks);
		tls_write((tls_set)release->tls, needs);
		return arena_format(&c->arena, "speaks %s, but %s is needed", speaks, needs);
	}
	if (offer->pings != 0 && (offer->pings >> release->ping & 1) == 0)
		return arena_format(&c->arena, "does not answer %s", ping_name((int)release->ping));
	return NULL;
}

static int find_renaming(const void *row, void *context, struct error *e)
{
	(void)e;
	*(bool *)context |= ((const struct record *)row)->type == TYPE_DNAME;
	return DONE;
}

static int find_any(const void *row, void *context, struct error *e)
{
	(void)row;
	(void)e;
	*(bool *)context = true;
	return UNCHANGED;
}

/* Whether a label has its pool's answer in one zone at least: not where that is delegated or renamed, nor, when nobody
 * defined it, where the zone has data of its own there. */
static int find_served(struct command *c, const struct coverage *v, const char *label, bool defined, bool *served,
	struct error *e)
{
	int outcome = DONE;
	*served = false;
	for (size_t i = 0; i < v->names.zones.count && outcome == DONE && !*served; i++) {
		const char *zone = v->names.zones.name[i], *name = arena_format(&c->arena, "%s.%s", label, zone);
		const struct record apex = { .zone = zone, .owner = zone }, own = { .zone = zone, .owner = name };
		bool taken = false;
		if (name == NULL)
			return fail(e, FAILED, "out of memory");
		if (!name_answered(&v->names, name))
			continue;
		outcome = registry_each_in(c->registry, &record_kind, &apex, find_renaming, &taken, e);
		if (outcome == DONE && !defined)
			outcome = registry_each_in(c->registry, &record_kind, &own, find_any, &taken, e);
		outcome = outcome == UNCHANGED ? DONE : outcome;
		*served = !taken;
	}
	return outcome;
}

/* The pool that answers a label: its own, or the nearest. */
static long find_pool(const struct coverage *v, const char *label, bool *defined)
{
	size_t pool = 0;
	while (pool < v->fleet.pool_count && strcmp(v->fleet.pools[pool].label, label) != 0)
		pool++;
	*defined = pool < v->fleet.pool_count;
	return *defined ? (long)pool : lattice_find(&v->lattice, label, strlen(label));
}

static int find_answer(struct command *c, struct coverage *v, const char *label, struct answer *answer, struct error *e)
{
	bool defined, served = false;
	long pool = find_pool(v, label, &defined);
	*answer = (struct answer){ label_families(label, strlen(label)), NULL };
	int outcome = pool == LATTICE_NONE ? DONE : find_served(c, v, label, defined, &served, e);
	if (outcome != DONE || !served)
		return outcome;
	struct membership *m = &v->given[pool];
	answer->given = m;
	if (m->pool == NULL)
		outcome = effect_given(&v->fleet, v->offers, &v->fleet.pools[pool], &c->arena, m, e);
	answer->families &= m->families; /* a fe4_ pool that answers for fe115 has no AAAA */
	return outcome;
}

/* Finds the answers to each of a release's labels. */
static int find_answers(struct command *c, struct coverage *v, const struct release *release, struct answer **answers,
	size_t *count, struct error *e)
{
	const char *rest = release->pools;
	size_t length;
	int outcome = DONE;
	*answers = arena_take(&c->arena, (strlen(rest) / 2 + 1) * sizeof **answers);
	*count = 0;
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		const char *label = arena_text_part(&c->arena, word, length);
		outcome = label == NULL || *answers == NULL ? fail(e, FAILED, "out of memory")
							     : find_answer(c, v, label, &(*answers)[(*count)++], e);
	}
	return outcome;
}

/* Whether the release finds the relay, by what any of its labels is answered; and why not, or NULL. */
static const char *look_up(struct command *c, const struct coverage *v, size_t release, size_t relay, enum fit *fit)
{
	const struct release *r = &v->fleet.releases[release];
	const char *between = obstacle(c, r, &v->offers[relay]), *why = NULL;
	*fit = between == NULL ? FIT_WAITS : FIT_NONE;
	for (const struct answer *a = v->answers[release]; a < v->answers[release] + v->answer_counts[release]; a++) {
		const struct membership *m = a->given;
		const struct seat *seat = m == NULL || m->seats == NULL ? NULL : &m->seats[relay];
		if (seat != NULL && effect_serves(r, a->families, seat)) {
			*fit = FIT_LIVE;
			return NULL;
		}
		if (seat != NULL && why == NULL)
			why = steering_reason(m, seat, &c->arena);
	}
	return between != NULL ? between : why != NULL ? why : "nothing answers its labels";
}

static const char *name_of(struct command *c, const struct release *release)
{
	return arena_format(&c->arena, "%s %s", release->product, release->version);
}

static void print_matrix(struct command *c, const struct coverage *v)
{
	static const char *const marks[] = { "yes", "waits", "-" };
	struct table_print table = { .heads = { "release", "live", "waiting" }, .columns = 3 };
	bool small = v->fleet.relay_count <= RELAYS_SHOWN;
	for (size_t r = 0; small && r < v->fleet.relay_count; r++)
		table.heads[table.columns++] = v->fleet.relays[r].name;
	for (size_t i = 0; i < v->fleet.release_count; i++) {
		size_t counts[FIT_NONE + 1] = { 0 };
		enum fit fits[RELAYS_SHOWN] = { 0 }, fit;
		for (size_t r = 0; r < v->fleet.relay_count; r++) {
			look_up(c, v, i, r, &fit);
			counts[fit]++;
			if (small)
				fits[r] = fit;
		}
		table_cell(&table, name_of(c, &v->fleet.releases[i]));
		table_cell(&table, arena_format(&c->arena, "%zu", counts[FIT_LIVE]));
		table_cell(&table, arena_format(&c->arena, "%zu", counts[FIT_WAITS]));
		for (size_t r = 0; small && r < v->fleet.relay_count; r++)
			table_cell(&table, marks[fits[r]]);
	}
	table_end(c, &table);
}

static json_t *matrix_json(struct command *c, const struct coverage *v)
{
	static const char *const words[] = { "live", "waiting", "incompatible" };
	json_t *releases = json_array();
	for (size_t i = 0; i < v->fleet.release_count; i++) {
		const struct release *release = &v->fleet.releases[i];
		json_t *relays = json_object(), *row = row_json(&release_kind, release);
		for (size_t r = 0; r < v->fleet.relay_count; r++) {
			enum fit fit;
			const char *why = look_up(c, v, i, r, &fit);
			json_object_set_new(relays, v->fleet.relays[r].name, json_pack("{s:s, s:s}", "fit", words[fit],
				"why", why == NULL ? "" : why));
		}
		json_object_set_new(row, "relays", relays);
		json_array_append_new(releases, row);
	}
	return releases;
}

/* The weakest first. */
static int compare_sides(const void *left, const void *right)
{
	const struct effect_pool *a = left, *b = right;
	if (a->after.well != b->after.well)
		return a->after.well < b->after.well ? -1 : 1;
	return strcmp(a->label, b->label);
}

/* Client networks of the last week. */
static const char *networks_text(struct command *c, double networks)
{
	return networks < 0 ? "?" : arena_format(&c->arena, "%.0f", networks);
}

static json_t *networks_json(double networks)
{
	return networks < 0 ? json_null() : json_integer((json_int_t)(networks + 0.5));
}

static void print_pools(struct command *c, const struct coverage *v, const struct effect *effect)
{
	struct table_print table = { .heads = { "pool", "members", "look well", "N-1", "networks (7 d)" },
		.columns = 5 };
	for (size_t i = 0; i < effect->pool_count; i++) {
		const struct effect_side *s = &effect->pools[i].after;
		if (s->pool == NULL || s->pool->state == POOL_RETIRED) /* NULL: a label that releases ask for, and nobody defined */
			continue;
		table_cell(&table, effect->pools[i].label);
		table_cell(&table, arena_format(&c->arena, "%zu", s->members));
		table_cell(&table, arena_format(&c->arena, "%zu", s->well));
		table_cell(&table, s->spare ? "yes" : "no");
		table_cell(&table, networks_text(c, telemetry_week(&v->telemetry, effect->pools[i].label)));
	}
	table_end(c, &table);
}

static json_t *pools_json(const struct coverage *v, const struct effect *effect)
{
	json_t *pools = json_array();
	for (size_t i = 0; i < effect->pool_count; i++) {
		const struct effect_side *s = &effect->pools[i].after;
		if (s->pool == NULL)
			continue;
		json_array_append_new(pools, json_pack("{s:s, s:I, s:I, s:b, s:b, s:o}", "label",
			effect->pools[i].label, "members", (json_int_t)s->members, "healthy", (json_int_t)s->well,
			"n_1", s->spare, "retired", s->pool->state == POOL_RETIRED, "networks",
			networks_json(telemetry_week(&v->telemetry, effect->pools[i].label))));
	}
	return pools;
}

/* Versions that have been retired: RFC 7568, RFC 8996. */
static const tls_set debts[] = { 1, 2, 4 };

/* What would be lost with a TLS version: releases which a relay in service serves by it alone. */
struct debt {
	const char *version;
	size_t relays;
	struct text pools, releases; /* by commas */
	json_t *pool_array, *release_array;
};

static bool depends(const struct coverage *v, const struct release *release, tls_set version)
{
	for (size_t r = 0; r < v->fleet.relay_count; r++) {
		const struct offer *offer = &v->offers[r];
		if (offer->relay->state == RELAY_SERVICE && (families_used(release) & offer->families) != 0
			&& ((tls_set)release->tls & offer->tls) == version)
			return true;
	}
	return false;
}

static void add_word(struct text *list, json_t *array, const char *word, size_t length)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (json_string_length(json_array_get(array, i)) == length
			&& memcmp(json_string_value(json_array_get(array, i)), word, length) == 0)
			return;
	text_add(list, list->length > 0 ? ", " : "");
	text_add_part(list, word, length);
	json_array_append_new(array, json_stringn(word, length));
}

static void add_up(struct command *c, const struct coverage *v, tls_set version, struct debt *d)
{
	size_t length;
	for (size_t r = 0; r < v->fleet.relay_count; r++)
		d->relays += v->fleet.relays[r].state == RELAY_SERVICE && (v->offers[r].tls & version) != 0;
	for (size_t i = 0; i < v->fleet.release_count; i++) {
		const struct release *release = &v->fleet.releases[i];
		const char *name = name_of(c, release), *pools = release->pools;
		if (!depends(v, release, version) || name == NULL)
			continue;
		add_word(&d->releases, d->release_array, name, strlen(name));
		for (const char *word; (word = text_word(&pools, " ", &length)) != NULL;)
			add_word(&d->pools, d->pool_array, word, length);
	}
}

static json_t *show_debt(struct command *c, const struct coverage *v, tls_set version)
{
	char text[TLS_TEXT];
	struct debt d = { .pool_array = json_array(), .release_array = json_array() };
	tls_write(version, text);
	add_up(c, v, version, &d);
	const char *s = d.relays == 1 ? "" : "s";
	if (!c->json && d.releases.length > 0)
		fprintf(c->out, "TLS %s is kept on %zu relay%s only for %s (%s)\n", text, d.relays, s, d.pools.bytes,
			d.releases.bytes);
	else if (!c->json && d.relays > 0)
		fprintf(c->out, "TLS %s is kept on %zu relay%s for nobody: no release needs it there\n", text, d.relays, s);
	text_free(&d.pools);
	text_free(&d.releases);
	return json_pack("{s:s, s:I, s:o, s:o}", "version", text, "relays", (json_int_t)d.relays, "pools", d.pool_array,
		"releases", d.release_array);
}

static void show_all(struct command *c, const struct coverage *v, const struct effect *effect)
{
	json_t *tls = json_array();
	if (!c->json) {
		print_matrix(c, v);
		fputc('\n', c->out);
		print_pools(c, v, effect);
		fputc('\n', c->out);
	}
	for (size_t i = 0; i < sizeof debts / sizeof debts[0]; i++)
		json_array_append_new(tls, show_debt(c, v, debts[i]));
	if (c->json)
		print_json(c, json_pack("{s:o, s:o, s:O}", "releases", matrix_json(c, v), "pools", pools_json(v, effect),
			"tls", tls));
	json_decref(tls);
}

static int find_all_answers(struct command *c, struct coverage *v, struct error *e)
{
	size_t count = v->fleet.release_count;
	v->given = arena_take(&c->arena, (v->fleet.pool_count + 1) * sizeof *v->given);
	v->answers = arena_take(&c->arena, (count + 1) * sizeof *v->answers);
	v->answer_counts = arena_take(&c->arena, (count + 1) * sizeof *v->answer_counts);
	if (v->given == NULL || v->answers == NULL || v->answer_counts == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = host_rules_load(c, &v->names, e);
	for (size_t i = 0; i < count && outcome == DONE; i++)
		outcome = find_answers(c, v, &v->fleet.releases[i], &v->answers[i], &v->answer_counts[i], e);
	return outcome;
}

int verb_coverage(struct command *c, struct error *e)
{
	struct coverage v = { 0 };
	struct effect effect;
	int outcome = telemetry_take(c, &v.telemetry, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_load(c, &v.fleet, &v.offers, e);
	if (outcome == DONE)
		outcome = lattice_build(&v.fleet, &c->arena, &v.lattice, e);
	if (outcome == DONE)
		outcome = find_all_answers(c, &v, e);
	if (outcome == DONE)
		outcome = effect_find(&v.fleet, &v.fleet, NULL, &c->arena, &effect, e);
	if (outcome == DONE) {
		qsort(effect.pools, effect.pool_count, sizeof *effect.pools, compare_sides);
		show_all(c, &v, &effect);
	}
	telemetry_drop(&v.telemetry);
	return outcome;
}
