/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock relay: add, set, drain, resume, remove, list, show, invite. */
#include <string.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "registry/fleet.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

int relay_named(struct command *c, struct relay *row, struct error *e)
{
	int outcome = row_standard(&relay_kind, row, &c->arena, e);
	return outcome == DONE ? set_field(c, &relay_kind, row, "name", c->words[0], e) : outcome;
}

int relay_options(struct command *c, struct relay *row, bool *changed, struct error *e)
{
	const char *addresses = option_all(c, "address");
	int outcome = options_to_row(c, &relay_kind, row, changed, e);
	if (outcome == DONE && addresses != NULL) {
		outcome = set_field(c, &relay_kind, row, "addresses", addresses, e);
		*changed = true;
	}
	if (outcome == DONE)
		outcome = addresses_usable(row->addresses, true, e);
	return outcome == DONE ? options_done(c, e) : outcome;
}

/* Whether any of the relay's addresses is loopback. */
static bool in_laboratory(const struct relay *relay)
{
	struct address address;
	for (const char *rest = relay->addresses; address_next(&rest, &address);)
		if (address_scope(&address) == SCOPE_LOOPBACK)
			return true;
	return false;
}

static int look_outside(const void *row, void *context, struct error *e)
{
	const struct relay *other = row, *relay = context;
	(void)e;
	return strcmp(other->name, relay->name) != 0 && !in_laboratory(other) ? UNCHANGED : DONE;
}

/* Refuses loopback addresses, at which clients would find themselves, unless all relays have one: that is a laboratory. */
static int judge_laboratory(struct command *c, const struct relay *relay, struct error *e)
{
	if (!in_laboratory(relay))
		return DONE;
	int outcome = registry_each(c->registry, &relay_kind, NULL, look_outside,
		(void *)(uintptr_t)relay, e);
	return outcome != UNCHANGED ? outcome
		: harm(c, e, "%s has a loopback address, where a client finds nobody but itself", relay->name);
}

/* Refuses an address that another relay has, for one machine would count as two relays. */
static int own_addresses(struct command *c, const struct relay *row, struct error *e)
{
	struct relay other;
	struct address address;
	char text[ADDRESS_TEXT];
	int outcome = registry_relay_at(c->registry, row->addresses, row->name, &c->arena, &other, &address, e);
	if (outcome != DONE)
		return outcome == ABSENT ? DONE : outcome;
	address_write(&address, text);
	return fail(e, REFUSED, "%s is relay %s's address", text, other.name);
}

static int relay_add(struct command *c, struct error *e)
{
	struct relay row;
	bool changed = false;
	int outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = relay_options(c, &row, &changed, e);
	if (outcome == DONE && *row.addresses == '\0')
		outcome = fail(e, REFUSED, "a relay needs an --address, or several");
	if (outcome == DONE)
		outcome = own_addresses(c, &row, e);
	row.since = clock_date();
	if (outcome == DONE)
		outcome = add_row(c, &relay_kind, &row, e);
	if (outcome == DONE)
		outcome = judge_laboratory(c, &row, e);
	if (outcome == DONE && row.tls == 0)
		note("nobody knows yet what TLS versions %s speaks: it is given out nowhere that needs any, "
		     "until it is observed or you say --tls", row.name);
	return outcome;
}

static int relay_set(struct command *c, struct error *e)
{
	struct relay row;
	bool changed = false;
	int outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &row, &row, e);
	int64_t state = row.state;
	if (outcome == DONE)
		outcome = relay_options(c, &row, &changed, e);
	if (outcome == DONE && !changed)
		outcome = fail(e, REFUSED, "what shall be set? See 'windsock relay set --help'");
	if (outcome == DONE && *row.addresses == '\0' && row.state == RELAY_SERVICE)
		outcome = fail(e, REFUSED, "a relay in service needs an --address, or several");
	if (outcome == DONE)
		outcome = own_addresses(c, &row, e);
	if (outcome == DONE && in_laboratory(&row) && option(c, "address") != NULL)
		outcome = judge_laboratory(c, &row, e);
	row.since = row.state == state ? row.since : clock_date();
	return outcome == DONE ? set_row(c, &relay_kind, &row, "changed", e) : outcome;
}

static int set_state(struct command *c, enum relay_state state, const char *done, struct relay *row,
	struct error *e)
{
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = relay_named(c, row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, row, row, e);
	if (outcome == DONE && row->state == RELAY_INVITED && state == RELAY_SERVICE)
		outcome = fail(e, REFUSED, "relay %s was invited and has not registered yet", row->name);
	if (outcome != DONE)
		return outcome;
	if (row->state == (int64_t)state) {
		say(c, "relay %s is %s already", row->name, done);
		return DONE;
	}
	row->state = state;
	row->since = clock_date();
	return set_row(c, &relay_kind, row, done, e);
}

static int relay_drain(struct command *c, struct error *e)
{
	struct relay row;
	int outcome = drain_options(c, e);
	if (outcome == DONE)
		outcome = set_state(c, RELAY_DRAINING, "draining", &row, e);
	return outcome == DONE && !c->planning ? drain_tell(c, &row, e) : outcome;
}

static int relay_resume(struct command *c, struct error *e)
{
	struct relay row;
	return set_state(c, RELAY_SERVICE, "in service", &row, e);
}

static int relay_remove(struct command *c, struct error *e)
{
	struct relay row;
	struct pointing hosts;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = relay_pointing(c, &row, &hosts, e);
	if (outcome == DONE && hosts.count > 0)
		outcome = harm(c, e, "%zu host%s at relay %s still: %s", hosts.count,
			hosts.count == 1 ? " points" : "s point", row.name,
			pointing_text(c, &hosts));
	return outcome == DONE ? remove_row(c, &relay_kind, &row, e) : outcome;
}

static int relay_show(struct command *c, struct error *e)
{
	struct relay row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &row, &row, e);
	if (outcome != DONE)
		return outcome;
	struct observation *seen, of = { .relay = row.name };
	struct pointing hosts;
	size_t count;
	outcome = registry_all(c->registry, &observation_kind, &of, &c->arena, &seen, &count, e);
	if (outcome == DONE)
		outcome = relay_pointing(c, &row, &hosts, e);
	if (outcome != DONE)
		return outcome;
	if (c->json) {
		json_t *object = row_json(&relay_kind, &row), *array = json_array();
		for (size_t i = 0; i < count; i++)
			json_array_append_new(array, row_json(&observation_kind, &seen[i]));
		json_object_set_new(object, "observations", array);
		json_object_set_new(object, "hosts", pointing_json(&hosts));
		print_json(c, object);
		return DONE;
	}
	print_row(c, &relay_kind, &row);
	fprintf(c->out, "hosts: %zu%s%s\n", hosts.count, hosts.count > 0 ? ": " : "",
		hosts.count > 0 ? pointing_text(c, &hosts) : "");
	if (count > 0)
		fputc('\n', c->out);
	return count > 0 ? print_rows(c, &observation_kind, &of, e) : DONE;
}

#define FIELDS                                                                                     \
	"[--address ADDR]... [--port N] [--tls RANGE] [--weight N] [--state STATE] " \
	"[--allow-private] [--note TEXT]"

const struct verb relay_verbs[] = {
	{ "relay", "add", VERB_CHANGES | VERB_STEERS, 1, 1, "NAME --address ADDR... " FIELDS,
		"Adds a relay, which is given out at once on what --tls says.",
		"relay add r1 --address 192.0.2.11 --address 2001:db8::11 --port 443 --tls 1.0-1.2", relay_add },
	{ "relay", "list", VERB_READS, 0, 0, "", "Shows all relays: how they look, in how many pools they are, and what they carry.", "relay list", relay_list },
	{ "relay", "show", VERB_READS, 1, 1, "NAME", "Shows a relay, and what was observed of it.",
		"relay show r1", relay_show },
	{ "relay", "set", VERB_CHANGES | VERB_STEERS, 1, 1, "NAME " FIELDS, "Changes a relay.",
		"relay set r1 --weight 50", relay_set },
	{ "relay", "hosts", VERB_READS, 1, 1, "NAME", "Shows all hosts of which an address is the relay's.",
		"relay hosts r1", relay_hosts },
	{ "relay", "drain", VERB_CHANGES | VERB_STEERS, 1, 1, "NAME [--wait [--for DURATION]]",
		"Takes a relay out of its pools; clients that have tunnels to it keep them. Says when it can be\n"
		"powered off, or waits until then; who was interrupted, or ran out of --for, waits on by the same\n"
		"command.",
		"relay drain r1 --wait --reason 'new disk'", relay_drain },
	{ "relay", "resume", VERB_CHANGES | VERB_STEERS, 1, 1, "NAME", "Puts a relay back into service.",
		"relay resume r1", relay_resume },
	{ "relay", "remove", VERB_CHANGES | VERB_STEERS, 1, 1, "NAME",
		"Forgets a relay and what was observed of it. Refused while hosts point at it.", "relay remove r1",
		relay_remove },
	{ "relay", "preflight", 0, 1, 1, "ADDRESS [--port N] [--tls RANGE]",
		"Asks a machine what it can do, and shows which pools it would serve as a relay in service, and why\n"
		"not others. With --tls it is not asked. Status 1 when nobody is there.",
		"relay preflight 192.0.2.9", relay_preflight },
	{ "relay", "invite", VERB_CHANGES, 1, 1, "NAME [--port N] [--weight N] [--allow-private] [--note TEXT]",
		"Makes an invitation, printed once, with which a relay registers itself by HTTP.",
		"relay invite r7", relay_invite },
	{ "relay", "token", VERB_CHANGES, 1, 1, "NAME",
		"Makes a relay's token anew, printed once, with which it tells by HTTP how it is. A relay that was added by hand gets\n"
		"its first one so; what it had before is void.", "relay token r1", relay_token },
	{ 0 },
};
