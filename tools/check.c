/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock check`, by the convention of monitoring plugins. */
#include "lib/address.h"
#include "lib/clock.h"
#include "steering/quorum.h"
#include "tools/check.h"
#include "tools/delegation.h"
#include "tools/registry_verbs.h"
#include "tools/table.h"

static const char *const levels[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

void find(struct findings *v, enum level level, const char *what)
{
	if (level > v->worst) {
		v->worst = level;
		v->first.length = 0;
		text_add(&v->first, what);
	}
	text_addf(&v->details, "%s: %s\n", levels[level], what);
	json_array_append_new(v->list, json_pack("{s:s, s:s}", "level", levels[level], "what", what));
	v->count++;
}

static void check_name_server(struct findings *v, const struct survey *s, struct arena *arena)
{
	const struct doorbell *b = &s->bell;
	if (!s->answers) {
		find(v, LEVEL_CRITICAL, arena_format(arena, "the name server is silent: %s", s->silence.text));
		return;
	}
	if (*b->trouble != '\0')
		find(v, LEVEL_WARNING, arena_format(arena, "the name server answers from memory: %s", b->trouble));
	else if (b->revision < s->revision)
		find(v, LEVEL_WARNING, arena_format(arena, "the name server serves revision %lld of %lld",
			(long long)b->revision, (long long)s->revision));
	if (b->bare_zones > 0)
		find(v, LEVEL_CRITICAL, arena_format(arena, "zones to be signed are served unsigned (%lld): %s",
			(long long)b->bare_zones, b->keys_trouble));
	if (b->stuck_zones > b->bare_zones)
		find(v, LEVEL_WARNING, arena_format(arena, "signed zones' keys cannot be read anew (%lld): %s",
			(long long)(b->stuck_zones - b->bare_zones), b->keys_trouble));
	if (b->refused_rows > 0)
		find(v, LEVEL_WARNING, arena_format(arena, "%lld rows of the registry cannot be served",
			(long long)b->refused_rows));
}

static void check_pools(struct findings *v, const struct survey *s, struct arena *arena)
{
	for (size_t i = 0; i < s->fleet.pool_count; i++) {
		const struct membership *m = &s->memberships[i];
		const char *label = m->pool->label;
		if (m->pool->state == POOL_RETIRED)
			continue;
		if (m->members == 0)
			find(v, LEVEL_CRITICAL, arena_format(arena, "pool %s has no compatible relay", label));
		else if (m->left_out_count > 0)
			find(v, LEVEL_CRITICAL, arena_format(arena, "no relay suits all releases of pool %s: it leaves out %s",
				label, steering_left_out(m, arena)));
		else if (m->last_resort)
			find(v, LEVEL_CRITICAL, arena_format(arena, "all relays of pool %s look down", label));
		else if (m->pool->paused != NULL && *m->pool->paused != '\0')
			find(v, LEVEL_WARNING, arena_format(arena, "pool %s does not shrink: %s", label,
				m->pool->paused));
		else if (m->members == 1)
			find(v, LEVEL_WARNING, arena_format(arena, "pool %s has one relay only", label));
	}
}

/* Of a relay that answers at others of its addresses. */
static void check_addresses(struct findings *v, const struct offer *offer, struct arena *arena)
{
	const char *rest = offer->relay->addresses;
	char text[ADDRESS_TEXT];
	struct address address;
	for (unsigned place = 0; offer->health != HEALTH_DOWN && address_next(&rest, &address); place++) {
		if ((offer->down >> place & 1) == 0)
			continue;
		address_write(&address, text);
		find(v, LEVEL_WARNING, arena_format(arena, "relay %s looks down at %s, which is not given out",
			offer->relay->name, text));
	}
}

static void check_relays(struct findings *v, const struct survey *s, struct arena *arena)
{
	char said[TLS_TEXT], seen[TLS_TEXT];
	for (size_t i = 0; i < s->fleet.relay_count; i++) {
		const struct offer *offer = &s->offers[i];
		const struct relay *relay = offer->relay;
		tls_set lost = (tls_set)relay->tls & (tls_set)~offer->tls;
		if (relay->state != RELAY_SERVICE)
			continue;
		if (offer->health == HEALTH_DOWN)
			find(v, LEVEL_WARNING, arena_format(arena, "relay %s looks down%s%s", relay->name,
				*offer->health_reason == '\0' ? "" : ": ", offer->health_reason));
		check_addresses(v, offer, arena);
		if (offer->certificate == CERTIFICATE_FOREIGN)
			find(v, LEVEL_WARNING, arena_format(arena, "relay %s is of no use to clients that check certificates: "
				"it has none for a zone here, or no way to it by CONNECT", relay->name));
		if (!offer->tls_observed || lost == 0)
			continue;
		tls_write(lost, said);
		tls_write(offer->tls, seen);
		find(v, LEVEL_WARNING, arena_format(arena, "relay %s speaks %s, and no longer %s, as --tls says",
			relay->name, seen, said));
	}
}

/* Probers whose clocks are not ours. Those that are ahead make all others' look old. */
static void check_clocks(struct findings *v, const struct survey *s, struct arena *arena)
{
	enum { TOLERANCE = 120 };
	const char *told = "";
	for (size_t i = 0; i < s->fleet.observation_count; i++) {
		const struct observation *o = &s->fleet.observations[i];
		int64_t ahead = o->at - s->fleet.now;
		int64_t behind = o->heard > s->fleet.now + TOLERANCE ? 0 : o->heard - o->at;
		if (!quorum_is_prober(o) || text_lists(told, o->observer) || (ahead <= TOLERANCE && behind <= TOLERANCE))
			continue;
		const char *more = arena_format(arena, "%s %s", told, o->observer);
		told = more == NULL ? told : more;
		find(v, LEVEL_WARNING, arena_format(arena, "the clock of prober %s is %lld s %s", o->observer,
			(long long)(ahead > TOLERANCE ? ahead : behind), ahead > TOLERANCE ? "ahead" : "behind"));
	}
}

static void check_certificates(struct findings *v, const struct survey *s, struct arena *arena)
{
	enum { SOON = 14 * 86400 };
	for (size_t i = 0; i < s->fleet.observation_count; i++) {
		const struct observation *o = &s->fleet.observations[i];
		if (o->expires == 0 || o->expires > s->fleet.now + SOON)
			continue;
		int64_t hours = (o->expires - s->fleet.now) / 3600;
		find(v, hours < 0 ? LEVEL_CRITICAL : LEVEL_WARNING, hours < 0
			? arena_format(arena, "the certificate of relay %s has expired", o->relay)
			: arena_format(arena, "the certificate of relay %s expires in %lld %s", o->relay,
				(long long)(hours < 48 ? hours : hours / 24), hours < 48 ? "hours" : "days"));
	}
}

static void print_verdict(const struct command *c, const struct findings *v, const struct survey *s)
{
	const char *level = levels[v->worst];
	if (c->json)
		print_json(json_pack("{s:s, s:i, s:I, s:O}", "level", level, "status", (int)v->worst,
			"revision", (json_int_t)s->revision, "findings", v->list));
	else if (v->worst == LEVEL_OK)
		printf("WINDSOCK OK - revision %lld served, %lld pools, %lld relays\n", (long long)s->revision,
			(long long)s->pools, (long long)s->relays);
	else
		printf("WINDSOCK %s - %s%s\n%s", level, v->first.bytes, v->count > 1 ? " (and more)" : "",
			v->details.bytes);
}

/* Our own answers know of each other's zones; secondaries of the zone above do not. */
static int check_delegations(struct command *c, struct findings *v, struct error *e)
{
	struct zone *zones;
	size_t count;
	int outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, (void **)&zones, &count, e);
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		const char *above;
		outcome = delegation_missing(c, zones[i].name, &above, e);
		if (outcome == DONE && above != NULL)
			find(v, LEVEL_WARNING, arena_format(&c->arena, "zone %s is not delegated: %s has no NS records for it, so that "
				"secondaries of %s deny it", zones[i].name, above, above));
	}
	return outcome;
}

/* One zone is enough: all have one serial. */
static int check_zones(struct command *c, struct findings *v, const char *servers, const struct survey *s,
	struct error *e)
{
	struct zone *zones;
	size_t count;
	int outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, (void **)&zones, &count, e);
	if (outcome != DONE)
		return outcome;
	if (count == 0)
		return fail(e, REFUSED, "--server: there is no zone to ask for");
	return check_servers(v, servers, zones[0].name, s->revision, &c->arena, e);
}

int verb_check(struct command *c, struct error *e)
{
	struct survey s;
	struct findings v = { 0 };
	struct error why = { "" };
	const char *servers = option_all(c, "server");
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	v.list = json_array();
	if (survey_take(c, &s, &why) != DONE) {
		find(&v, LEVEL_UNKNOWN, why.text);
	} else {
		check_name_server(&v, &s, &c->arena);
		check_pools(&v, &s, &c->arena);
		check_relays(&v, &s, &c->arena);
		check_certificates(&v, &s, &c->arena);
		check_clocks(&v, &s, &c->arena);
		outcome = check_delegations(c, &v, e);
		if (outcome == DONE && servers != NULL)
			outcome = check_zones(c, &v, servers, &s, e);
		if (s.refused > 0)
			find(&v, LEVEL_WARNING, s.first_refused.text);
	}
	if (outcome == DONE)
		print_verdict(c, &v, &s);
	c->status = (int)v.worst;
	json_decref(v.list);
	text_free(&v.details);
	text_free(&v.first);
	return outcome;
}
