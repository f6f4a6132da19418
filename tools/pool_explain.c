/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock pool explain`: who is in a pool, why, and what a client is given. */
#include <string.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "steering/label.h"
#include "tools/pool.h"
#include "tools/table.h"

struct explaining {
	const char *label, *zone;
	struct address client;
	bool has_client;
	const struct pool *pool; /* that answers */
	bool fallback;
	unsigned families;       /* of the label that was asked for */
	struct membership m;
	struct membership given; /* of which the client is given: the successor's, in a brownout */
	bool browned_out;
};

static int find_pool(const struct fleet *fleet, struct explaining *x, struct arena *arena, struct error *e)
{
	struct lattice lattice;
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, x->label) == 0)
			x->pool = &fleet->pools[i];
	if (x->pool != NULL)
		return DONE;
	int outcome = lattice_build(fleet, arena, &lattice, e);
	long found = outcome == DONE ? lattice_find(&lattice, x->label, strlen(x->label)) : LATTICE_NONE;
	if (outcome == DONE && found == LATTICE_NONE)
		return fail(e, ABSENT, "no pool answers %s: 'windsock pool list' shows what there is", x->label);
	x->fallback = true;
	x->pool = outcome == DONE ? &fleet->pools[found] : NULL;
	return outcome;
}

static char *answers(struct command *c, const struct explaining *x, uint8_t family)
{
	struct choice choice[ADDRESS_LIST_MOST];
	struct text out = { 0 };
	size_t count = 0;
	if ((x->families & (family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6)) != 0)
		count = steering_choose(&x->given, family, x->has_client ? steering_bucket(&x->client) : 0,
			steering_day(clock_date()), choice);
	text_add(&out, "");
	for (size_t i = 0; i < count; i++) {
		char address[ADDRESS_TEXT];
		address_write(&choice[i].address, address);
		text_addf(&out, "%s%s", i == 0 ? "" : " ", address);
	}
	char *copy = arena_text(&c->arena, out.bytes == NULL ? "" : out.bytes);
	text_free(&out);
	return copy;
}

static const char *or_dash(const char *text)
{
	return text == NULL || *text == '\0' ? "-" : text;
}

static void explain_text(struct command *c, const struct explaining *x)
{
	struct table_print table = { .heads = { "relay", "", "why" }, .columns = 3 };
	if (x->fallback)
		printf("%s is not defined; the nearest pool, %s, answers it\n\n", x->label, x->pool->label);
	for (const struct seat *seat = x->m.seats; seat < x->m.seats + x->m.count; seat++) {
		const char *why = steering_reason(&x->m, seat, &c->arena);
		table_cell(&table, seat->offer->relay->name);
		table_cell(&table, seat->in ? "in" : "out");
		table_cell(&table, why == NULL ? "?" : why);
	}
	table_end(&table);
	if (x->m.last_resort)
		printf("\nno compatible relay looks well: all of them are given out\n");
	printf("\n%s%s%s  A     %s\n", x->label, *x->zone == '\0' ? "" : ".", x->zone,
		or_dash(answers(c, x, ADDRESS_V4)));
	printf("%s%s%s  AAAA  %s\n", x->label, *x->zone == '\0' ? "" : ".", x->zone,
		or_dash(answers(c, x, ADDRESS_V6)));
	if (x->browned_out)
		printf("(in a brownout: the answer of %s, its successor)\n", x->given.pool->label);
	if (!x->has_client)
		printf("(to a client network; --client ADDRESS shows what another is given)\n");
}

static json_t *words_json(const char *words)
{
	json_t *array = json_array();
	size_t length;
	for (const char *word; (word = text_word(&words, " ", &length)) != NULL;)
		json_array_append_new(array, json_stringn(word, length));
	return array;
}

static void explain_json(struct command *c, const struct explaining *x)
{
	json_t *object = json_object(), *relays = json_array();
	for (const struct seat *seat = x->m.seats; seat < x->m.seats + x->m.count; seat++) {
		const char *why = steering_reason(&x->m, seat, &c->arena);
		json_array_append_new(relays, json_pack("{s:s, s:b, s:s}", "relay", seat->offer->relay->name,
			"in", seat->in, "why", why == NULL ? "?" : why));
	}
	json_object_set_new(object, "label", json_string(x->label));
	json_object_set_new(object, "pool", json_string(x->pool->label));
	json_object_set_new(object, "fallback", json_boolean(x->fallback));
	json_object_set_new(object, "members", json_integer((json_int_t)x->m.members));
	json_object_set_new(object, "last_resort", json_boolean(x->m.last_resort));
	json_object_set_new(object, "brownout", json_boolean(x->browned_out));
	json_object_set_new(object, "relays", relays);
	json_object_set_new(object, "A", words_json(answers(c, x, ADDRESS_V4)));
	json_object_set_new(object, "AAAA", words_json(answers(c, x, ADDRESS_V6)));
	print_json(object);
}

static int find_given(struct command *c, const struct fleet *fleet, const struct offer *offers,
	struct explaining *x, struct error *e)
{
	const struct pool *successor = steering_successor(fleet, x->pool);
	x->given = x->m;
	if (!x->has_client || !steering_browned_out(fleet, x->pool, steering_bucket(&x->client)))
		return DONE;
	struct membership m;
	int outcome = steering_pool(fleet, offers, successor, &c->arena, &m, e);
	if (outcome != DONE || m.members == 0)
		return outcome;
	x->given = m;
	x->given.families = x->m.families;
	x->browned_out = true;
	return DONE;
}

int pool_explain(struct command *c, struct error *e)
{
	struct explaining x = { .zone = "" };
	struct fleet fleet;
	struct offer *offers;
	struct pool row;
	struct zone zone = { 0 };
	const char *client = option(c, "client"), *zone_name = option(c, "zone");
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = pool_named(c, &row, e);
	x.label = outcome == DONE ? row.label : "";
	if (outcome == DONE && zone_name != NULL) {
		outcome = set_field(c, &zone_kind, &zone, "name", zone_name, e);
		if (outcome == DONE)
			outcome = fetch(c, &zone_kind, &zone, &zone, e);
		x.zone = zone.name == NULL ? "" : zone.name;
	}
	x.has_client = client != NULL;
	if (outcome == DONE && x.has_client && !address_read(client, strlen(client), &x.client))
		outcome = fail(e, REFUSED, "--client '%s' is not an IPv4 or IPv6 address", client);
	if (outcome == DONE)
		outcome = pool_load(c, &fleet, &offers, e);
	if (outcome == DONE)
		outcome = find_pool(&fleet, &x, &c->arena, e);
	if (outcome == DONE)
		outcome = steering_pool(&fleet, offers, x.pool, &c->arena, &x.m, e);
	if (outcome == DONE)
		outcome = find_given(c, &fleet, offers, &x, e);
	if (outcome != DONE)
		return outcome;
	x.families = label_families(x.label, strlen(x.label));
	if (c->json)
		explain_json(c, &x);
	else
		explain_text(c, &x);
	return DONE;
}
