/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock pool explain`: who is in a pool, why, and what a client is given. */
#include <string.h>

#include "lib/address.h"
#include "registry/history.h"
#include "steering/brownout.h"
#include "steering/choose.h"
#include "steering/label.h"
#include "steering/successor.h"
#include "tools/dates.h"
#include "tools/pool/pool.h"
#include "tools/table.h"

struct explaining {
	const char *label, *zone;
	struct address client;
	bool has_client;
	int64_t date, revision;  /* the date in question, and the revision in force then; 0 for now */
	const char *at;          /* the date as text */
	const struct pool *pool; /* the pool that answers the label */
	bool fallback;
	unsigned families;       /* that the label asked for may answer */
	struct membership m;
	struct membership given; /* the members that the client is given from: in a brownout, the successor's */
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
	if ((x->families & label_family(family)) != 0)
		count = steering_choose(&x->given, family, x->has_client ? steering_bucket(&x->client) : 0,
			x->date, choice);
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
	if (x->at != NULL)
		fprintf(c->out, "as it was at %s, revision %lld\n\n", x->at, (long long)x->revision);
	if (x->fallback)
		fprintf(c->out, "%s is not defined; the nearest pool, %s, answers it\n\n", x->label, x->pool->label);
	for (const struct seat *seat = x->m.seats; seat < x->m.seats + x->m.count; seat++) {
		const char *why = steering_reason(&x->m, seat, &c->arena);
		table_cell(&table, seat->offer->relay->name);
		table_cell(&table, seat->in ? "in" : "out");
		table_cell(&table, why == NULL ? "?" : why);
	}
	table_end(c, &table);
	if (x->m.left_out_count > 0)
		fprintf(c->out, "\nno relay suits all releases: those are given out that the most clients can use; left out: %s\n",
			or_dash(steering_left_out(&x->m, &c->arena)));
	if (x->m.last_resort)
		fprintf(c->out, "\ntoo few compatible relays look well: all of them are given out\n");
	fprintf(c->out, "\n%s%s%s  A     %s\n", x->label, *x->zone == '\0' ? "" : ".", x->zone,
		or_dash(answers(c, x, ADDRESS_V4)));
	fprintf(c->out, "%s%s%s  AAAA  %s\n", x->label, *x->zone == '\0' ? "" : ".", x->zone,
		or_dash(answers(c, x, ADDRESS_V6)));
	if (x->browned_out)
		fprintf(c->out, "(in a brownout: the answer of %s, its successor)\n", x->given.pool->label);
	if (!x->has_client)
		fprintf(c->out, "(to a client network; --client ADDRESS shows what another is given)\n");
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
	json_object_set_new(object, "left_out", json_string(steering_left_out(&x->m, &c->arena)));
	json_object_set_new(object, "brownout", json_boolean(x->browned_out));
	if (x->at != NULL) {
		json_object_set_new(object, "at", json_string(x->at));
		json_object_set_new(object, "revision", json_integer((json_int_t)x->revision));
	}
	json_object_set_new(object, "relays", relays);
	json_object_set_new(object, "A", words_json(answers(c, x, ADDRESS_V4)));
	json_object_set_new(object, "AAAA", words_json(answers(c, x, ADDRESS_V6)));
	print_json(c, object);
}

static int find_given(struct command *c, const struct fleet *fleet, const struct offer *offers,
	struct explaining *x, struct error *e)
{
	const struct pool *successor = successor_of(fleet, x->pool);
	x->given = x->m;
	if (!x->has_client || !brownout_takes_now(fleet, x->pool, steering_bucket(&x->client)))
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

/* Reads the client: an address, or a network whose addresses are all given the same. */
static int take_client(struct command *c, struct explaining *x, struct error *e)
{
	const char *text = option(c, "client");
	struct network network;
	x->has_client = text != NULL;
	if (text == NULL || address_read(text, strlen(text), &x->client))
		return DONE;
	if (!network_read(text, strlen(text), &network))
		return fail(e, REFUSED, "--client '%s' is not an IPv4 or IPv6 address, or a network", text);
	x->client = network.address;
	return DONE;
}

static int take_date(struct command *c, struct explaining *x, struct error *e)
{
	int outcome = date_option(c, "at", &x->date, e);
	if (outcome != DONE || x->date == 0)
		return outcome;
	x->at = date_text(c, x->date);
	return x->at == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* Loads the fleet as it is now, or as it was at the date in question. */
static int load(struct command *c, struct explaining *x, struct fleet *fleet, struct offer **offers,
	struct error *e)
{
	struct fleet now;
	int outcome = pool_load(c, &now, offers, e);
	if (outcome == DONE && x->at != NULL)
		outcome = registry_fleet_at(c->registry, &now, x->date, &c->arena, fleet, &x->revision, e);
	else
		*fleet = now;
	if (outcome == DONE && x->at != NULL)
		outcome = steering_offers(fleet, &c->arena, offers, e);
	x->date = x->at != NULL ? x->date : now.now;
	return outcome;
}

static int take_zone(struct command *c, struct explaining *x, struct error *e)
{
	struct zone *zone = arena_take(&c->arena, sizeof *zone);
	const char *name = option(c, "zone");
	if (zone == NULL)
		return fail(e, FAILED, "out of memory");
	if (name == NULL)
		return DONE;
	int outcome = set_field(c, &zone_kind, zone, "name", name, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, zone, zone, e);
	x->zone = zone->name == NULL ? "" : zone->name;
	return outcome;
}

static int take_label(struct command *c, struct explaining *x, struct error *e)
{
	struct pool row;
	int outcome = pool_named(c, &row, e);
	x->label = outcome == DONE ? row.label : "";
	x->families = label_families(x->label, strlen(x->label));
	return outcome;
}

int pool_explain(struct command *c, struct error *e)
{
	static int (*const take[])(struct command *, struct explaining *, struct error *) = { take_label,
		take_client, take_date, take_zone };
	struct explaining x = { .zone = "" };
	struct fleet fleet;
	struct offer *offers;
	int outcome = DONE;
	for (size_t i = 0; i < sizeof take / sizeof take[0] && outcome == DONE; i++)
		outcome = take[i](c, &x, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = load(c, &x, &fleet, &offers, e);
	if (outcome == DONE)
		outcome = find_pool(&fleet, &x, &c->arena, e);
	if (outcome == DONE)
		outcome = steering_pool(&fleet, offers, x.pool, &c->arena, &x.m, e);
	if (outcome == DONE)
		outcome = find_given(c, &fleet, offers, &x, e);
	if (outcome != DONE)
		return outcome;
	if (c->json)
		explain_json(c, &x);
	else
		explain_text(c, &x);
	return DONE;
}
