/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the machine's resolver, and the servers that it leads to. */
#include "tools/zone/outside.h"

#include <string.h>

#include "lib/name.h"
#include "tools/questions.h"

enum { PATIENCE = 2 /* seconds */, DOMAIN = 53 };

int outside_open(struct outside *o, struct command *c, struct error *e)
{
	*o = (struct outside){ .command = c };
	ldns_status status = ldns_resolver_new_frm_file(&o->resolver, NULL);
	if (status != LDNS_STATUS_OK)
		return fail(e, FAILED, "no resolver to ask: %s", ldns_get_errorstr_by_id(status));
	ldns_resolver_set_timeout(o->resolver, (struct timeval){ PATIENCE, 0 });
	ldns_resolver_set_retry(o->resolver, 2);
	ldns_resolver_set_recursive(o->resolver, true);
	return DONE;
}

void outside_close(struct outside *o)
{
	if (o->resolver != NULL)
		ldns_resolver_deep_free(o->resolver);
	o->resolver = NULL;
}

ldns_pkt *outside_ask(const struct outside *o, const char *name, ldns_rr_type type)
{
	ldns_pkt *answer = NULL;
	ldns_rdf *question = ldns_dname_new_frm_str(name);
	if (question == NULL || ldns_resolver_query_status(&answer, o->resolver, question, type, LDNS_RR_CLASS_IN, LDNS_RD)
		!= LDNS_STATUS_OK)
		answer = NULL;
	ldns_rdf_deep_free(question);
	ldns_pkt_rcode rcode = answer == NULL ? LDNS_RCODE_SERVFAIL : ldns_pkt_get_rcode(answer);
	if (rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_NXDOMAIN)
		return answer;
	ldns_pkt_free(answer);
	return NULL;
}

/* A name in RDATA or of an owner, in normal form; NULL for one that is none. */
static const char *name_of(const struct outside *o, const ldns_rdf *rdf)
{
	char normal[NAME_TEXT];
	char *text = ldns_rdf2str(rdf);
	bool well = text != NULL && name_normal(text, normal, NULL) == DONE;
	free(text);
	return well ? arena_text(&o->command->arena, normal) : NULL;
}

/* The names of an RRset of NS. */
static size_t names_of(const struct outside *o, const ldns_rr_list *rrs, const char *owner, const char **names)
{
	size_t count = 0;
	for (size_t i = 0; rrs != NULL && i < ldns_rr_list_rr_count(rrs) && count < OUTSIDE_MOST; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(rrs, i);
		const char *of = ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS ? name_of(o, ldns_rr_owner(rr)) : NULL;
		if (of != NULL && strcmp(of, owner) == 0 && (names[count] = name_of(o, ldns_rr_rdf(rr, 0))) != NULL)
			count++;
	}
	return count;
}

/* The addresses in RRs, and whose they are. */
static void addresses_of(const struct outside *o, const ldns_rr_list *rrs, struct outside_server *list, size_t *count)
{
	for (size_t i = 0; rrs != NULL && i < ldns_rr_list_rr_count(rrs) && *count < OUTSIDE_MOST; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(rrs, i);
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_A && ldns_rr_get_type(rr) != LDNS_RR_TYPE_AAAA)
			continue;
		struct outside_server *s = &list[*count];
		const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);
		*s = (struct outside_server){ .name = name_of(o, ldns_rr_owner(rr)), .has_address = true,
			.address.family = ldns_rr_get_type(rr) == LDNS_RR_TYPE_A ? ADDRESS_V4 : ADDRESS_V6 };
		memcpy(s->address.bytes, ldns_rdf_data(rdf), address_size(&s->address));
		*count += s->name != NULL;
	}
}

bool outside_addresses(const struct outside *o, const char *name, struct outside_server *list, size_t *count)
{
	bool answered = false;
	for (int i = 0; i < 2; i++) {
		size_t before = *count;
		ldns_pkt *answer = outside_ask(o, name, i == 0 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA);
		addresses_of(o, answer == NULL ? NULL : ldns_pkt_answer(answer), list, count);
		for (; before < *count; before++)
			list[before].name = name; /* which may be an alias */
		answered |= answer != NULL;
		ldns_pkt_free(answer);
	}
	return answered;
}

static void read_referral(const struct outside *o, const char *zone, const ldns_pkt *answer, struct outside_parent *p)
{
	p->answered = answer != NULL;
	if (answer == NULL)
		return;
	p->name_count = names_of(o, ldns_pkt_authority(answer), zone, p->names);
	if (p->name_count == 0) /* it serves the zone, too */
		p->name_count = names_of(o, ldns_pkt_answer(answer), zone, p->names);
	addresses_of(o, ldns_pkt_additional(answer), p->glue, &p->glue_count);
}

/* The nearest name above that has NS: *NAMES are those. */
static size_t find_parent(const struct outside *o, const char *zone, const char **above, const char **names)
{
	size_t count = 0;
	for (const char *name = name_parent(zone); name != NULL && count == 0; name = name_parent(name)) {
		ldns_pkt *answer = outside_ask(o, name, LDNS_RR_TYPE_NS);
		count = answer == NULL ? 0 : names_of(o, ldns_pkt_answer(answer), name, names);
		ldns_pkt_free(answer);
		*above = count > 0 ? name : NULL;
	}
	return count;
}

int outside_parents(const struct outside *o, const char *zone, const char **above, struct outside_parent *parents, size_t *count,
	struct error *e)
{
	const char *names[OUTSIDE_MOST];
	struct outside_server servers[OUTSIDE_MOST];
	struct question questions[OUTSIDE_MOST] = { 0 };
	*above = NULL;
	*count = 0;
	size_t found = find_parent(o, zone, above, names);
	for (size_t i = 0; i < found; i++)
		outside_addresses(o, names[i], servers, count);
	int outcome = DONE;
	for (size_t i = 0; i < *count && outcome == DONE; i++) {
		char text[ADDRESS_TEXT];
		address_write(&servers[i].address, text);
		questions[i] = (struct question){ .name = zone, .type = LDNS_RR_TYPE_NS };
		outcome = endpoint_read_peer(text, DOMAIN, &questions[i].where, &questions[i].size, e);
	}
	if (outcome == DONE && *count > 0)
		outcome = questions_ask(questions, *count, e);
	for (size_t i = 0; outcome == DONE && i < *count; i++) {
		parents[i] = (struct outside_parent){ .server = servers[i] };
		read_referral(o, zone, questions[i].answer, &parents[i]);
	}
	questions_forget(questions, *count);
	return outcome;
}
