/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock check --server`: compares several name servers by asking them as resolvers do. */
#include <string.h>

#include "tools/watch/check.h"
#include "tools/questions.h"
#include "tools/watch/servers.h"

enum { SERVERS_MOST = 64, SAMPLES_MOST = 16, POOLS_ASKED = 8, TYPES = 2 };

/* Names whose answers are compared. They differ if two registries are taken for one. */
struct samples {
	const char *name[SAMPLES_MOST];
	size_t count;
};

/* What the servers answered: a digest of the answer for each sample. */
struct compared {
	struct server *servers;
	uint64_t (*word)[SAMPLES_MOST];
	size_t count;
	struct samples samples;
};

/* A digest of an answer's addresses, whatever their order. */
static uint64_t digest_answer(const struct question *q)
{
	uint64_t sum = 0;
	for (size_t i = 0; q->answer != NULL && i < ldns_rr_list_rr_count(ldns_pkt_answer(q->answer)); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(q->answer), i);
		char *text = ldns_rr_get_type(rr) == q->type ? ldns_rdf2str(ldns_rr_rdf(rr, 0)) : NULL;
		uint64_t hash = UINT64_C(0xcbf29ce484222325);
		for (const char *at = text; at != NULL && *at != '\0'; at++)
			hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
		sum += text == NULL ? 0 : hash;
		LDNS_FREE(text);
	}
	return sum;
}

/* Asks the samples of all servers that answered for a zone. */
static int ask_samples(struct compared *all, struct arena *arena, struct error *e)
{
	static const ldns_rr_type types[TYPES] = { LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA };
	size_t each = all->samples.count * TYPES, asked = 0;
	struct question *questions = arena_take(arena, (all->count * each + 1) * sizeof *questions);
	if (questions == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < each && all->servers[i].wrong == NULL; k++)
			questions[asked++] = (struct question){ .where = all->servers[i].where, .size = all->servers[i].size,
				.name = all->samples.name[k / TYPES], .type = types[k % TYPES] };
	int outcome = questions_ask(questions, asked, e);
	if (outcome != DONE)
		return outcome;
	asked = 0;
	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < each && all->servers[i].wrong == NULL; k++)
			all->word[i][k / TYPES] += digest_answer(&questions[asked++]);
	questions_forget(questions, asked);
	return DONE;
}

static void compare_serials(struct findings *f, const struct compared *all, uint32_t newest, struct arena *arena)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->servers[i].wrong == NULL && serial_before(newest, all->servers[i].serial))
			newest = all->servers[i].serial;
	for (size_t i = 0; i < all->count; i++)
		if (all->servers[i].wrong == NULL && all->servers[i].serial != newest)
			find(f, LEVEL_WARNING, arena_format(arena, "name server %s is at serial %u, not %u",
				all->servers[i].name, all->servers[i].serial, newest));
}

/* Two registries that were one before may have the same serial, but then their answers differ. */
static void compare_answers(struct findings *f, const struct compared *all, struct arena *arena)
{
	const struct server *first = &all->servers[0];
	for (size_t i = 1; i < all->count; i++)
		for (size_t k = 0; k < all->samples.count; k++) {
			const struct server *s = &all->servers[i];
			if (first->wrong != NULL || s->wrong != NULL || first->serial != s->serial
				|| all->word[0][k] == all->word[i][k])
				continue;
			find(f, LEVEL_CRITICAL, arena_format(arena, "name servers %s and %s are both at serial %u, and differ at %s: "
				"do they have one registry?", first->name, s->name, first->serial, all->samples.name[k]));
			break;
		}
}

struct newest {
	struct samples *samples;
	struct arena *arena;
	int64_t at[SAMPLES_MOST];
};

/* Keeps the hosts that were updated last, for these are the likeliest to be missing in one of two registries. */
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
	return registry_each(c->registry, &host_kind, NULL, take_host, &n, e);
}

static int place_servers(struct compared *all, const char *list, struct arena *arena, struct error *e)
{
	size_t length;
	int outcome = DONE;
	all->servers = arena_take(arena, SERVERS_MOST * sizeof *all->servers);
	all->word = arena_take(arena, SERVERS_MOST * sizeof *all->word);
	if (all->servers == NULL || all->word == NULL)
		return fail(e, FAILED, "out of memory");
	for (const char *word; outcome == DONE && (word = text_word(&list, " ,", &length)) != NULL; all->count++) {
		if (all->count == SERVERS_MOST)
			return fail(e, REFUSED, "more than %d name servers", SERVERS_MOST);
		const char *name = arena_text_part(arena, word, length);
		outcome = name == NULL ? fail(e, FAILED, "out of memory") : server_place(&all->servers[all->count], name, e);
	}
	return outcome;
}

int check_servers(struct command *c, struct findings *f, const char *list, const char *const *zones, size_t zone_count,
	const struct survey *s, struct error *e)
{
	struct compared all = { .count = 0 };
	int outcome = place_servers(&all, list, &c->arena, e);
	if (outcome == DONE)
		outcome = choose_samples(c, zones[0], s, &all.samples, e);
	if (outcome == DONE)
		outcome = servers_ask(all.servers, all.count, zones, zone_count, &c->arena, e);
	if (outcome == DONE)
		outcome = ask_samples(&all, &c->arena, e);
	if (outcome != DONE)
		return outcome;
	for (size_t i = 0; i < all.count; i++)
		if (all.servers[i].wrong != NULL)
			find(f, LEVEL_CRITICAL, server_words(&all.servers[i], &c->arena));
	compare_serials(f, &all, (uint32_t)s->revision, &c->arena);
	compare_answers(f, &all, &c->arena);
	return DONE;
}
