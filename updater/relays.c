/* SPDX-License-Identifier: BSD-2-Clause */
/* A relay's registration, its heartbeats, and its leaving. */
#include "updater/relays.h"

#include <string.h>

#include "lib/clock.h"
#include "registry/fleet.h"
#include "steering/steering.h"
#include "updater/admission.h"
#include "updater/auth.h"
#include "updater/facts.h"
#include "updater/refusal_log.h"
#include "updater/reply.h"

enum { WRITE_AGAIN = 60 * 1000 }; /* milliseconds between writes of what DNS does not depend on */

static int unauthorised(struct exchange *x, const char *detail)
{
	reply_problem(x, 401, "not authorised", detail);
	x->reply.authenticate = "Bearer realm=\"windsock\"";
	return DONE;
}

static int refused(struct exchange *x, int outcome, const struct error *e)
{
	if (outcome == REFUSED) {
		refusal_note(x, "", "", e->text);
		reply_problem(x, 422, "the facts cannot be taken", e->text);
		return DONE;
	}
	return outcome;
}

static int body_object(struct exchange *x, json_t **object, struct error *e)
{
	int outcome = facts_read(x->request.body.at, x->request.body.size, object, e);
	if (outcome == REFUSED)
		reply_problem(x, 400, "the body is not JSON", e->text);
	return outcome;
}

/* The addresses of LIST that are not in BEFORE. */
static const char *added(const char *list, const char *before, struct arena *arena)
{
	struct text out = { 0 };
	struct address address, other;
	text_add(&out, "");
	while (address_next(&list, &address)) {
		char text[ADDRESS_TEXT];
		bool had = false;
		for (const char *rest = before; !had && address_next(&rest, &other);)
			had = address_equal(&address, &other);
		address_write(&address, text);
		if (!had)
			text_addf(&out, "%s%s", out.length == 0 ? "" : " ", text);
	}
	const char *copy = out.broken ? NULL : arena_text(arena, out.bytes);
	text_free(&out);
	return copy;
}

/* Judges addresses that the relay did not have before: clients can reach them, and no other relay has them. Those that
 * it had were judged when they came, or set by an operator. */
static int judge_addresses(struct updater *u, struct exchange *x, const struct relay *relay, const char *fresh,
	struct error *e)
{
	struct relay other;
	struct address address;
	char text[ADDRESS_TEXT];
	int outcome = addresses_judge(fresh, relay->allow_private != 0, e);
	if (outcome == DONE)
		outcome = registry_relay_at(u->access.registry, fresh, relay->name, &x->arena, &other, &address, e);
	if (outcome != DONE)
		return outcome == ABSENT ? DONE : fail_within(e, outcome, "addresses");
	address_write(&address, text);
	return fail(e, REFUSED, "addresses: %s is another relay's", text);
}

/* Takes what a relay says of itself into its row, which is the operator's: addresses, port, and the weight when it
 * registers. *moved tells whether clients now find it elsewhere. */
static int take_wishes(struct updater *u, struct exchange *x, const json_t *facts, bool first, struct relay *relay,
	bool *moved, struct error *e)
{
	bool given, named = false;
	struct relay other = *relay;
	int outcome = facts_take(facts, "name", &relay_kind, "name", &other, &named, &x->arena, e);
	if (outcome == DONE && named && strcmp(other.name, relay->name) != 0)
		outcome = fail(e, REFUSED, "name '%.64s': the token is that of %s", other.name, relay->name);
	other = *relay;
	if (outcome == DONE)
		outcome = facts_take(facts, "addresses", &relay_kind, "addresses", relay, &given, &x->arena, e);
	if (outcome == DONE && given && *relay->addresses == '\0' && !first)
		outcome = fail(e, REFUSED, "addresses: an empty list");
	if (outcome == DONE && first && *relay->addresses == '\0') {
		char caller[ADDRESS_TEXT];
		address_write(&x->request.caller, caller);
		relay->addresses = arena_text(&x->arena, caller);
	}
	const char *fresh = outcome != DONE || relay->addresses == NULL ? NULL
		: added(relay->addresses, other.addresses, &x->arena);
	if (outcome == DONE && fresh == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE && *fresh != '\0')
		outcome = judge_addresses(u, x, relay, fresh, e);
	if (outcome == DONE)
		outcome = facts_take(facts, "port", &relay_kind, "port", relay, &given, &x->arena, e);
	if (outcome == DONE && first)
		outcome = facts_take(facts, "weight", &relay_kind, "weight", relay, &given, &x->arena, e);
	*moved = outcome == DONE && (*fresh != '\0' || relay->port != other.port);
	return outcome;
}

/* Takes what it says that belongs to its observation. */
static int take_facts(struct exchange *x, const json_t *facts, struct observation *o, struct error *e)
{
	static const char *const names[] = { "tls", "version", "uuid", "load", "overloaded" };
	bool given;
	int outcome = DONE;
	for (size_t i = 0; outcome == DONE && i < sizeof names / sizeof names[0]; i++)
		outcome = facts_take(facts, names[i], &observation_kind, names[i], o, &given, &x->arena, e);
	return outcome;
}

/* Whether both say the same, as far as DNS or an operator depends on it: of the load only whether there is any, which
 * a drain waits for. */
static bool same_word(const struct observation *a, const struct observation *b)
{
	return (a->load == 0) == (b->load == 0) && a->health == b->health && a->tls == b->tls && a->overloaded == b->overloaded
		&& strcmp(a->version, b->version) == 0 && strcmp(a->uuid, b->uuid) == 0;
}

/* Reads the relay's last observation (a blank one if there is none) into *before, and makes *after of it and of what
 * it says now. */
static int read_observation(struct updater *u, struct exchange *x, const char *relay, const json_t *facts,
	struct observation *before, struct observation *after, struct error *e)
{
	struct observation key = { .relay = relay, .observer = "lease" };
	int outcome = registry_get(u->access.registry, &observation_kind, &key, &x->arena, before, e);
	if (outcome == ABSENT)
		outcome = row_standard(&observation_kind, before, &x->arena, e);
	if (outcome != DONE)
		return outcome;
	before->relay = relay;
	before->observer = "lease";
	*after = *before;
	after->health = HEALTH_UP;
	after->reason = "";
	after->at = clock_date();
	return take_facts(x, facts, after, e);
}

/* Renews the lease; writes what it said if that is new, or old enough. */
static int renew(struct updater *u, struct exchange *x, const struct observation *before,
	const struct observation *after, struct error *e)
{
	int64_t now = clock_ticks();
	struct lease *lease = lease_renew(&u->leases, after->relay, now + u->settings.lease * 1000);
	if (lease == NULL)
		return fail(e, FAILED, "out of memory");
	bool due = lease->written == LEASE_UNWRITTEN || now - lease->written >= WRITE_AGAIN;
	if (same_word(before, after) && !due)
		return DONE;
	lease->written = now;
	int outcome = transaction_act(&u->transaction, x, after->relay, "heartbeat", e);
	return outcome == DONE ? registry_put(u->access.registry, &observation_kind, after, e) : outcome;
}

/* Registering. */

static int reply_registered(struct updater *u, struct exchange *x, const struct relay *relay,
	const char *token)
{
	reply_json(x, 201, json_pack("{s:s, s:s, s:I, s:s}", "name", relay->name, "token", token, "lease",
		(json_int_t)u->settings.lease, "state", kind_field(&relay_kind, "state", 5)->choices[relay->state]));
	x->reply.location = arena_format(&x->arena, "/v1/relays/%s", relay->name);
	return DONE;
}

static int admit(struct updater *u, struct exchange *x, struct relay *relay,
	const struct observation *before, const struct observation *after, struct error *e)
{
	char token[TOKEN_TEXT];
	uint8_t hash[TOKEN_HASH];
	int outcome = token_make(token, e);
	if (outcome != DONE)
		return outcome;
	token_hash(&u->access.keys, token, strlen(token), hash);
	relay->since = clock_date();
	relay->token = (struct blob){ hash, sizeof hash };
	outcome = admission_begin(&u->admission, u->access.registry, relay->since, &relay->state, e);
	if (outcome == DONE)
		outcome = transaction_act(&u->transaction, x, relay->name, "registered", e);
	if (outcome == DONE)
		outcome = registry_set(u->access.registry, &relay_kind, relay, e);
	if (outcome == DONE)
		outcome = renew(u, x, before, after, e);
	if (outcome == DONE)
		outcome = reply_registered(u, x, relay, token);
	secret_forget(token, sizeof token);
	return outcome;
}

int relays_register(struct updater *u, struct exchange *x, struct error *e)
{
	struct relay relay;
	struct observation before, after;
	json_t *facts;
	bool moved;
	int outcome = auth_relay(u, x, NULL, &relay, e);
	if (outcome == ABSENT)
		return unauthorised(x, "wanted an invitation that was not used yet as Bearer token");
	if (outcome != DONE)
		return outcome;
	outcome = body_object(x, &facts, e);
	if (outcome != DONE)
		return outcome == REFUSED ? DONE : outcome;
	outcome = take_wishes(u, x, facts, true, &relay, &moved, e);
	if (outcome == DONE)
		outcome = read_observation(u, x, relay.name, facts, &before, &after, e);
	json_decref(facts);
	return outcome == DONE ? admit(u, x, &relay, &before, &after, e) : refused(x, outcome, e);
}

/* Heartbeats. */

static int own(struct updater *u, struct exchange *x, struct relay *relay, struct error *e)
{
	char name[LEASE_NAME];
	int outcome = auth_relay(u, x, exchange_name(x, name) ? name : "?", relay, e);
	if (outcome == ABSENT)
		unauthorised(x, "wanted the relay's own token as Bearer token");
	return outcome;
}

static int reply_renewed(struct updater *u, struct exchange *x, const struct relay *relay,
	const struct observation *o, struct error *e)
{
	const struct field *state = kind_field(&relay_kind, "state", 5);
	int64_t revision;
	bool drain = relay->state == RELAY_DRAINING || relay->state == RELAY_OUT;
	int outcome = registry_revision(u->access.registry, &revision, e);
	if (outcome != DONE)
		return outcome;
	reply_json(x, 200, json_pack("{s:s, s:s, s:I, s:b, s:b, s:I}", "name", relay->name, "state",
		state->choices[relay->state], "lease", (json_int_t)u->settings.lease, "drain", drain, "shed",
		drain || o->overloaded != 0, "revision", (json_int_t)revision));
	return DONE;
}

/* Has a relay that moved tested again before it is given out, as at its registration: no prober has seen it there. */
static int test_anew(struct updater *u, struct relay *relay, struct error *e)
{
	if (relay->state != RELAY_SERVICE && relay->state != RELAY_TESTING)
		return DONE;
	relay->since = clock_date();
	return admission_begin(&u->admission, u->access.registry, relay->since, &relay->state, e);
}

static bool same_wishes(const struct relay *a, const struct relay *b)
{
	return a->port == b->port && strcmp(a->addresses, b->addresses) == 0;
}

int relays_heartbeat(struct updater *u, struct exchange *x, struct error *e)
{
	struct relay relay, before;
	struct observation last, now;
	json_t *facts;
	bool moved;
	int outcome = own(u, x, &relay, e);
	if (outcome != DONE)
		return outcome == ABSENT ? DONE : outcome;
	outcome = body_object(x, &facts, e);
	if (outcome != DONE)
		return outcome == REFUSED ? DONE : outcome;
	before = relay;
	outcome = take_wishes(u, x, facts, false, &relay, &moved, e);
	if (outcome == DONE)
		outcome = read_observation(u, x, relay.name, facts, &last, &now, e);
	if (outcome == DONE)
		outcome = sessions_take(&u->sessions, relay.name, facts, steering_day(now.at), e);
	json_decref(facts);
	if (outcome == DONE && moved)
		outcome = test_anew(u, &relay, e);
	if (outcome == DONE && !same_wishes(&before, &relay)) {
		outcome = transaction_act(&u->transaction, x, relay.name, moved ? "heartbeat from elsewhere" : "heartbeat", e);
		if (outcome == DONE)
			outcome = registry_set(u->access.registry, &relay_kind, &relay, e);
	}
	if (outcome == DONE)
		outcome = renew(u, x, &last, &now, e);
	return outcome == DONE ? reply_renewed(u, x, &relay, &now, e) : refused(x, outcome, e);
}

int relays_leave(struct updater *u, struct exchange *x, struct error *e)
{
	struct relay relay;
	int outcome = own(u, x, &relay, e);
	if (outcome != DONE)
		return outcome == ABSENT ? DONE : outcome;
	lease_drop(&u->leases, relay.name);
	if (relay.state != RELAY_OUT) {
		relay.state = RELAY_OUT;
		relay.since = clock_date();
		outcome = transaction_act(&u->transaction, x, relay.name, "left", e);
		if (outcome == DONE)
			outcome = registry_set(u->access.registry, &relay_kind, &relay, e);
	}
	reply_text(x, 204, "");
	x->reply.type = NULL;
	return outcome;
}
