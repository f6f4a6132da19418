/* SPDX-License-Identifier: BSD-2-Clause */
/* Several name servers at once, by DNS as resolvers ask them. */
#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <string.h>

#include "lib/address.h"
#include "tools/check.h"

enum { PATIENCE = 1 /* second, twice: one that is silent keeps all others waiting */, SERVERS_MOST = 64, DNS_PORT = 53,
	SAMPLES_MOST = 16, POOLS_ASKED = 8, LATE = 600 };

struct server {
	const char *name; /* as it was given */
	bool answered;
	uint32_t serial;
	uint64_t word[SAMPLES_MOST]; /* a digest of each answer */
};

/* Names of which the answers are compared: where two registries are taken for one, these differ. */
struct samples {
	const char *name[SAMPLES_MOST];
	size_t count;
};

/* A resolver that asks this server alone. */
static ldns_resolver *make_resolver(const struct sockaddr_storage *where)
{
	ldns_resolver *resolver = ldns_resolver_new();
	struct address address = address_of((const struct sockaddr *)where);
	if (resolver == NULL)
		return NULL;
	ldns_rdf *rdf = ldns_rdf_new_frm_data(address.family == ADDRESS_V4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
		address_size(&address), address.bytes);
	ldns_resolver_push_nameserver(resolver, rdf);
	ldns_rdf_deep_free(rdf);
	ldns_resolver_set_port(resolver, ntohs(where->ss_family == AF_INET
			? ((const struct sockaddr_in *)(const void *)where)->sin_port
			: ((const struct sockaddr_in6 *)(const void *)where)->sin6_port));
	ldns_resolver_set_timeout(resolver, (struct timeval){ .tv_sec = PATIENCE });
	ldns_resolver_set_retry(resolver, 2);
	ldns_resolver_set_recursive(resolver, false);
	return resolver;
}

/* What is wrong with its answer, or NULL. */
static const char *read_answer(const ldns_pkt *answer, uint32_t *serial, struct arena *arena)
{
	if (answer == NULL)
		return "is silent";
	if (ldns_pkt_get_rcode(answer) != LDNS_RCODE_NOERROR) {
		char *rcode = ldns_pkt_rcode2str(ldns_pkt_get_rcode(answer));
		const char *why = arena_format(arena, "answers %s", rcode == NULL ? "an error" : rcode);
		LDNS_FREE(rcode);
		return why;
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(ldns_pkt_answer(answer)); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(answer), i);
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || !ldns_pkt_aa(answer))
			continue;
		*serial = ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
		return NULL;
	}
	return "does not serve it";
}

/* Of A and AAAA, in whatever order they come. */
static uint64_t digest_answer(ldns_resolver *resolver, const char *name)
{
	uint64_t sum = 0;
	const ldns_rr_type types[] = { LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA };
	for (size_t t = 0; t < 2; t++) {
		ldns_rdf *owner = ldns_dname_new_frm_str(name);
		ldns_pkt *answer = owner == NULL ? NULL : ldns_resolver_query(resolver, owner, types[t], LDNS_RR_CLASS_IN, 0);
		for (size_t i = 0; answer != NULL && i < ldns_rr_list_rr_count(ldns_pkt_answer(answer)); i++) {
			const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(answer), i);
			char *text = ldns_rr_get_type(rr) == types[t] ? ldns_rdf2str(ldns_rr_rdf(rr, 0)) : NULL;
			uint64_t hash = UINT64_C(0xcbf29ce484222325);
			for (const char *at = text; at != NULL && *at != '\0'; at++)
				hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
			sum += text == NULL ? 0 : hash;
			LDNS_FREE(text);
		}
		ldns_pkt_free(answer);
		ldns_rdf_deep_free(owner);
	}
	return sum;
}

/* *wrong is what is wrong with it, or NULL. */
static int ask(struct server *server, const char *zone, const struct samples *samples, const char **wrong,
	struct arena *arena, struct error *e)
{
	struct sockaddr_storage where;
	socklen_t size;
	struct error why;
	char *with_port = arena_format(arena, strchr(server->name, ']') != NULL || strchr(server->name, ':') == NULL
			? "%s:%d" : "[%s]:%d", server->name, DNS_PORT);
	if (with_port == NULL)
		return fail(e, FAILED, "out of memory");
	if (endpoint_read(server->name, &where, &size, &why) != DONE
		&& endpoint_read(with_port, &where, &size, &why) != DONE)
		return fail(e, REFUSED, "--server '%s' is not ADDRESS or ADDRESS:PORT", server->name);
	ldns_resolver *resolver = make_resolver(&where);
	ldns_rdf *name = ldns_dname_new_frm_str(zone);
	ldns_pkt *answer = NULL;
	int outcome = resolver == NULL || name == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE)
		answer = ldns_resolver_query(resolver, name, LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, 0);
	*wrong = outcome == DONE ? read_answer(answer, &server->serial, arena) : NULL;
	server->answered = outcome == DONE && *wrong == NULL;
	for (size_t i = 0; server->answered && i < samples->count; i++)
		server->word[i] = digest_answer(resolver, samples->name[i]);
	ldns_pkt_free(answer);
	ldns_rdf_deep_free(name);
	ldns_resolver_deep_free(resolver);
	return outcome;
}

/* RFC 1982. */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void compare(struct findings *f, const struct server *servers, size_t count, uint32_t newest,
	struct arena *arena)
{
	for (size_t i = 0; i < count; i++)
		if (servers[i].answered && before(newest, servers[i].serial))
			newest = servers[i].serial;
	for (size_t i = 0; i < count; i++)
		if (servers[i].answered && servers[i].serial != newest)
			find(f, LEVEL_WARNING, arena_format(arena, "name server %s is at serial %u, not %u",
				servers[i].name, servers[i].serial, newest));
}

/* Two registries that were one may well count alike: what they answer tells them apart. */
static void compare_answers(struct findings *f, const struct server *servers, size_t count, const struct samples *samples,
	struct arena *arena)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = 0; k < samples->count; k++) {
			if (!servers[0].answered || !servers[i].answered || servers[0].serial != servers[i].serial
				|| servers[0].word[k] == servers[i].word[k])
				continue;
			find(f, LEVEL_CRITICAL, arena_format(arena, "name servers %s and %s are both at serial %u, and differ at %s: "
				"do they have one registry?", servers[0].name, servers[i].name, servers[0].serial, samples->name[k]));
			break;
		}
}

struct newest {
	struct samples *samples;
	struct arena *arena;
	int64_t at[SAMPLES_MOST];
};

/* The hosts that were updated last: the likeliest that one of two registries does not have. */
static int take_host(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	struct newest *n = context;
	size_t least = POOLS_ASKED, last = SAMPLES_MOST;
	struct samples *s = n->samples;
	if (s->count < last) {
		least = s->count++;
	} else {
		for (size_t i = POOLS_ASKED; i < last; i++)
			least = n->at[i] < n->at[least] ? i : least;
		if (n->at[least] >= host->updated)
			return DONE;
	}
	n->at[least] = host->updated;
	s->name[least] = arena_text(n->arena, host->name);
	return s->name[least] == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

static int choose_samples(struct command *c, const char *zone, const struct survey *s, struct samples *samples,
	struct error *e)
{
	struct newest n = { .samples = samples, .arena = &c->arena };
	for (size_t i = 0; i < POOLS_ASKED && i < s->fleet.pool_count; i++) {
		const char *name = arena_format(&c->arena, "%s.%s", s->fleet.pools[i].label, zone);
		if (name == NULL)
			return fail(e, FAILED, "out of memory");
		samples->name[samples->count++] = name;
	}
	while (samples->count < POOLS_ASKED)
		samples->name[samples->count++] = zone;
	return c->registry->engine->each(c->registry, &host_kind, NULL, take_host, &n, e);
}

int check_servers(struct command *c, struct findings *f, const char *list, const char *zone, const struct survey *s,
	struct error *e)
{
	struct server *servers = arena_take(&c->arena, SERVERS_MOST * sizeof *servers);
	struct samples samples = { .count = 0 };
	size_t count = 0, length;
	int outcome = servers == NULL ? fail(e, FAILED, "out of memory") : choose_samples(c, zone, s, &samples, e);
	for (const char *word; outcome == DONE && (word = text_word(&list, " ,", &length)) != NULL; count++) {
		if (count == SERVERS_MOST)
			return fail(e, REFUSED, "more than %d name servers", SERVERS_MOST);
		const char *wrong = NULL;
		servers[count].name = arena_text_part(&c->arena, word, length);
		outcome = servers[count].name == NULL ? fail(e, FAILED, "out of memory")
						      : ask(&servers[count], zone, &samples, &wrong, &c->arena, e);
		if (outcome == DONE && wrong != NULL)
			find(f, LEVEL_CRITICAL, arena_format(&c->arena, "name server %s, asked for %s, %s", servers[count].name, zone,
				wrong));
	}
	if (outcome != DONE)
		return outcome;
	compare(f, servers, count, (uint32_t)s->revision, &c->arena);
	compare_answers(f, servers, count, &samples, &c->arena);
	return DONE;
}

static int take_date(const struct change *change, void *context, struct error *e)
{
	int64_t *at = context;
	(void)e;
	*at = change->at;
	return UNCHANGED;
}

/* Since when it has not what is in the registry. */
static int find_age(struct command *c, struct follower *f, const struct survey *s, struct error *e)
{
	int64_t at = 0, behind = (uint32_t)s->revision - f->serial;
	struct error why;
	int walk = c->registry->engine->touched(c->registry, s->revision - behind, take_date, &at, &why);
	if (walk < 0 && walk != ABSENT)
		return fail(e, walk, "%s", why.text);
	f->behind = true;
	f->age = walk == UNCHANGED ? s->fleet.now - at : -1;
	return DONE;
}

static int follow(struct command *c, const struct secondary *row, const struct survey *s, struct follower *f, struct error *e)
{
	const struct samples none = { .count = 0 };
	struct server server = { .name = arena_format(&c->arena, strchr(row->address, ':') != NULL ? "[%s]:%d" : "%s:%d",
		row->address, (int)row->port) };
	if (server.name == NULL)
		return fail(e, FAILED, "out of memory");
	f->name = row->name;
	f->server = server.name;
	int outcome = ask(&server, f->zone, &none, &f->wrong, &c->arena, e);
	f->serial = server.serial;
	return outcome == DONE && server.answered && before(server.serial, (uint32_t)s->revision) ? find_age(c, f, s, e) : outcome;
}

int followers_find(struct command *c, const struct survey *s, struct follower **followers, size_t *count, struct error *e)
{
	struct zone *zones;
	struct secondary *rows;
	size_t zone_count;
	int outcome = registry_all(c->registry, &secondary_kind, NULL, &c->arena, (void **)&rows, count, e);
	if (outcome == DONE)
		outcome = registry_all(c->registry, &zone_kind, NULL, &c->arena, (void **)&zones, &zone_count, e);
	if (outcome != DONE)
		return outcome;
	*count = zone_count == 0 ? 0 : *count;
	*followers = arena_take(&c->arena, (*count + 1) * sizeof **followers);
	if (*followers == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; outcome == DONE && i < *count; i++) {
		(*followers)[i] = (struct follower){ .zone = zones[0].name };
		outcome = follow(c, &rows[i], s, &(*followers)[i], e);
	}
	return outcome;
}

bool follower_late(const struct follower *f)
{
	return f->behind && (f->age < 0 || f->age >= LATE);
}

const char *follower_words(const struct follower *f, struct arena *arena)
{
	if (f->wrong != NULL)
		return arena_format(arena, "name server %s, asked for %s, %s", f->server, f->zone, f->wrong);
	if (!f->behind)
		return arena_format(arena, "secondary %s has %s of serial %u", f->name, f->zone, f->serial);
	return f->age < 0 ? arena_format(arena, "secondary %s is behind: it has %s of serial %u, which is older than the "
		"change log", f->name, f->zone, f->serial)
		: arena_format(arena, "secondary %s is behind: it has %s of serial %u, and not what changed since %lld minutes",
			f->name, f->zone, f->serial, (long long)f->age / 60);
}
