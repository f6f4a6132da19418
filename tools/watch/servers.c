/* SPDX-License-Identifier: BSD-2-Clause */
/* What a name server answers for our zones' SOA, in words. */
#include "tools/watch/servers.h"

#include <string.h>

#include "lib/address.h"
#include "tools/questions.h"

enum { DNS_PORT = 53 };

int server_place(struct server *server, const char *name, struct error *e)
{
	struct error why;
	*server = (struct server){ .name = name };
	return endpoint_read_peer(name, DNS_PORT, &server->where, &server->size, &why) == DONE ? DONE
		: fail(e, REFUSED, "--server %s", why.text);
}

bool serial_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* What is wrong with an answer, or NULL. */
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

static void take_answer(struct server *s, const struct question *q, struct arena *arena)
{
	uint32_t serial = 0;
	const char *wrong = read_answer(q->answer, &serial, arena);
	s->failed += wrong != NULL;
	s->silent |= q->answer == NULL;
	if (s->zones++ > 0 && (s->wrong != NULL || (wrong == NULL && !serial_before(serial, s->serial))))
		return;
	s->zone = q->name;
	s->wrong = wrong;
	s->serial = serial;
}

/* Asks for the zones from FIRST to LAST all servers that were not silent so far. */
static int ask(struct server *servers, size_t count, const char *const *zones, size_t first, size_t last, struct arena *arena,
	struct error *e)
{
	struct question *questions = arena_take(arena, (count * (last - first) + 1) * sizeof *questions);
	struct server **of = arena_take(arena, (count * (last - first) + 1) * sizeof *of);
	size_t asked = 0;
	if (questions == NULL || of == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t zone = first; zone < last; zone++)
		for (size_t i = 0; i < count; i++) {
			if (servers[i].silent)
				continue;
			of[asked] = &servers[i];
			questions[asked++] = (struct question){ .where = servers[i].where, .size = servers[i].size,
				.name = zones[zone], .type = LDNS_RR_TYPE_SOA };
		}
	int outcome = questions_ask(questions, asked, e);
	for (size_t i = 0; i < asked && outcome == DONE; i++)
		take_answer(of[i], &questions[i], arena);
	questions_forget(questions, asked);
	return outcome;
}

int servers_ask(struct server *servers, size_t count, const char *const *zones, size_t zone_count, struct arena *arena,
	struct error *e)
{
	for (size_t i = 0; i < count; i++)
		servers[i].zones = servers[i].failed = 0;
	int outcome = ask(servers, count, zones, 0, 1, arena, e);
	return outcome == DONE ? ask(servers, count, zones, 1, zone_count, arena, e) : outcome;
}

const char *server_words(const struct server *s, struct arena *arena)
{
	return s->failed > 1 ? arena_format(arena, "name server %s, asked for %s, %s (and for %zu other zone%s)", s->name, s->zone,
		s->wrong, s->failed - 1, s->failed == 2 ? "" : "s")
		: arena_format(arena, "name server %s, asked for %s, %s", s->name, s->zone, s->wrong);
}
