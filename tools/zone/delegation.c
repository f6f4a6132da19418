/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent's NS and DS of a zone, from the registry if we serve the parent, else from a resolver. */
#include "tools/zone/delegation.h"

#include "wire/octets.h"
#include "wire/type.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

enum { PATIENCE = 2 };

bool delegation_has(const struct delegation *d, uint16_t tag)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->tags[i] == tag)
			return true;
	return false;
}

static void add_ds(struct delegation *d, const uint8_t *rdata, size_t size)
{
	if (size > 4 && d->count < DS_MOST)
		d->tags[d->count++] = octets_16(rdata);
}

struct search {
	const char *zone;
	struct delegation *found;
};

static int take_record(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	struct search *search = context;
	(void)e;
	if (record->type == TYPE_DS && strcmp(record->owner, search->zone) == 0)
		add_ds(search->found, record->rdata.data, record->rdata.size);
	return DONE;
}

/* Takes the DS from the nearest of our zones above. */
static int ask_registry(struct command *c, const char *zone, struct delegation *d, struct error *e)
{
	for (const char *above = name_parent(zone); above != NULL; above = name_parent(above)) {
		struct zone parent = { .name = above };
		int outcome = registry_get(c->registry, &zone_kind, &parent, &c->arena, &parent, e);
		if (outcome == ABSENT)
			continue;
		struct record of = { .zone = above };
		struct search search = { zone, d };
		d->known = outcome == DONE;
		d->source = "the registry";
		return outcome == DONE ? registry_each(c->registry, &record_kind, &of, take_record, &search, e) : outcome;
	}
	return DONE;
}

static int take_cut(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	bool *cut = context;
	(void)e;
	*cut |= record->type == TYPE_NS;
	return DONE;
}

static int find_zone_above(struct command *c, const char *zone, const char **above, struct error *e)
{
	for (const char *name = name_parent(zone); name != NULL; name = name_parent(name)) {
		struct zone row = { .name = name };
		int outcome = registry_get(c->registry, &zone_kind, &row, &c->arena, &row, e);
		if (outcome == DONE)
			*above = name;
		if (outcome != ABSENT)
			return outcome;
	}
	return DONE;
}

int delegation_missing(struct command *c, const char *zone, const char **above, struct error *e)
{
	bool cut = false;
	*above = NULL;
	int outcome = find_zone_above(c, zone, above, e);
	for (const char *name = zone; outcome == DONE && *above != NULL && !cut && strcmp(name, *above) != 0;
		name = name_parent(name)) {
		const struct record of = { .zone = *above, .owner = name };
		outcome = registry_each_in(c->registry, &record_kind, &of, take_cut, &cut, e);
	}
	if (cut)
		*above = NULL;
	return outcome;
}

/* Asks the machine's resolver. NXDOMAIN means that there is no delegation, and so no DS either. */
static void ask_resolver(const char *zone, struct delegation *d)
{
	uint8_t answer[4096];
	ns_msg message;
	ns_rr rr;
	struct __res_state state;
	memset(&state, 0, sizeof state);
	d->source = "the resolver";
	if (res_ninit(&state) != 0)
		return;
	state.retrans = PATIENCE;
	state.retry = 1;
	int size = res_nquery(&state, zone, ns_c_in, TYPE_DS, answer, sizeof answer);
	d->known = size >= 0 || state.res_h_errno == NO_DATA || state.res_h_errno == HOST_NOT_FOUND;
	res_nclose(&state);
	if (size < 0 || size > (int)sizeof answer || ns_initparse(answer, size, &message) != 0)
		return;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++)
		if (ns_parserr(&message, ns_s_an, i, &rr) == 0 && (int)ns_rr_type(rr) == TYPE_DS)
			add_ds(d, ns_rr_rdata(rr), ns_rr_rdlen(rr));
}

int delegation_find(struct command *c, const char *zone, bool ask, struct delegation *d, struct error *e)
{
	*d = (struct delegation){ 0 };
	int outcome = ask_registry(c, zone, d, e);
	if (outcome == DONE && !d->known && ask)
		ask_resolver(zone, d);
	return outcome;
}
