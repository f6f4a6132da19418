/* SPDX-License-Identifier: BSD-2-Clause */
/* Several name servers at once, by DNS as resolvers ask them. */
#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <string.h>

#include "lib/address.h"
#include "tools/check.h"

enum { PATIENCE = 2 /* seconds, twice */, SERVERS_MOST = 64, DNS_PORT = 53 };

struct server {
	const char *name; /* as it was given */
	bool answered;
	uint32_t serial;
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

static int ask(struct findings *f, struct server *server, const char *zone, struct arena *arena,
	struct error *e)
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
	const char *wrong = outcome == DONE ? read_answer(answer, &server->serial, arena) : NULL;
	server->answered = outcome == DONE && wrong == NULL;
	if (wrong != NULL)
		find(f, LEVEL_CRITICAL, arena_format(arena, "name server %s, asked for %s, %s", server->name, zone, wrong));
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

int check_servers(struct findings *f, const char *list, const char *zone, int64_t revision,
	struct arena *arena, struct error *e)
{
	struct server servers[SERVERS_MOST] = { 0 };
	size_t count = 0, length;
	int outcome = DONE;
	for (const char *word; outcome == DONE && (word = text_word(&list, " ,", &length)) != NULL; count++) {
		if (count == SERVERS_MOST)
			return fail(e, REFUSED, "more than %d name servers", SERVERS_MOST);
		servers[count].name = arena_text_part(arena, word, length);
		outcome = servers[count].name == NULL ? fail(e, FAILED, "out of memory")
						      : ask(f, &servers[count], zone, arena, e);
	}
	if (outcome == DONE)
		compare(f, servers, count, (uint32_t)revision, arena);
	return outcome;
}
