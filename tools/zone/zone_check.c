/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock zone check`: whether the DNS leads to a zone as we serve it, and what is to be published where it does not. */
#include <stdarg.h>
#include <string.h>

#include "tools/dnssec/dnssec.h"
#include "tools/rdata_text.h"
#include "tools/table.h"
#include "tools/watch/servers.h"
#include "tools/zone/delegation.h"
#include "tools/zone/outside.h"
#include "tools/zone/zone.h"
#include "wire/type.h"

struct zone_check {
	struct command *command;
	struct zone zone;
	int64_t revision;
	struct outside outside;
	const char *names[OUTSIDE_MOST]; /* our NS for it */
	size_t name_count;
	struct outside_server glue[OUTSIDE_MOST]; /* addresses in the zone */
	size_t glue_count;
	const char *above; /* the parent */
	const char *told[OUTSIDE_MOST]; /* findings, each once */
	size_t told_count;
	size_t faults;
	json_t *array;
};

/* What was found. PUBLISH is a line for whoever keeps what is to be changed, NULL for none. */
static void find(struct zone_check *z, bool well, const char *publish, const char *text)
{
	for (size_t i = 0; i < z->told_count; i++)
		if (strcmp(z->told[i], text) == 0)
			return;
	if (z->told_count < OUTSIDE_MOST)
		z->told[z->told_count++] = text;
	z->faults += !well;
	if (z->array != NULL)
		json_array_append_new(z->array, json_pack("{s:b, s:s, s:s?}", "well", well, "text", text, "publish", publish));
	else
		fprintf(z->command->out, "%-5s %s\n", well ? "ok" : "wrong", text);
	if (z->array == NULL && publish != NULL)
		fprintf(z->command->out, "      publish: %s\n", publish);
}

#define WELL(z, ...) find(z, true, NULL, format(z, __VA_ARGS__))
#define WRONG(z, publish, ...) find(z, false, publish, format(z, __VA_ARGS__))

static const char *format(struct zone_check *z, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
static const char *format(struct zone_check *z, const char *pattern, ...)
{
	char text[ERROR_TEXT];
	va_list arguments;
	va_start(arguments, pattern);
	vsnprintf(text, sizeof text, pattern, arguments);
	va_end(arguments);
	const char *kept = arena_text(&z->command->arena, text);
	return kept == NULL ? "out of memory" : kept;
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool has_address(const struct outside_server *list, size_t count, const char *name, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0 && (address == NULL || address_equal(&list[i].address, address)))
			return true;
	return false;
}

static const char *shown(struct zone_check *z, const struct outside_server *s)
{
	char text[ADDRESS_TEXT];
	address_write(&s->address, text);
	return format(z, "%s (%s)", s->name, text);
}

/* What we have. */

static int take_record(const void *row, void *context, struct error *e)
{
	const struct record *r = row;
	struct zone_check *z = context;
	char text[NAME_TEXT];
	(void)e;
	if (r->type == TYPE_NS && strcmp(r->owner, z->zone.name) == 0 && z->name_count < OUTSIDE_MOST) {
		name_write(r->rdata.data, text);
		z->names[z->name_count] = arena_text(&z->command->arena, text);
		z->name_count += z->names[z->name_count] != NULL;
	}
	if ((r->type == TYPE_A || r->type == TYPE_AAAA) && z->glue_count < OUTSIDE_MOST) {
		struct outside_server *s = &z->glue[z->glue_count];
		*s = (struct outside_server){ .name = arena_text(&z->command->arena, r->owner), .has_address = true,
			.address.family = r->type == TYPE_A ? ADDRESS_V4 : ADDRESS_V6 };
		memcpy(s->address.bytes, r->rdata.data, address_size(&s->address));
		z->glue_count += s->name != NULL;
	}
	return DONE;
}

/* The delegation. */

static void compare_names(struct zone_check *z, const struct outside_parent *p)
{
	const char *zone = z->zone.name;
	for (size_t i = 0; i < z->name_count; i++)
		if (!has_name(p->names, p->name_count, z->names[i]))
			WRONG(z, format(z, "%s. IN NS %s.", zone, z->names[i]), "%s does not name %s for %s", shown(z, &p->server),
				z->names[i], zone);
	for (size_t i = 0; i < p->name_count; i++)
		if (!has_name(z->names, z->name_count, p->names[i]))
			WRONG(z, NULL, "%s names %s for %s, which the zone does not: remove it there, or 'windsock record add %s @ NS %s'",
				shown(z, &p->server), p->names[i], zone, zone, p->names[i]);
}

/* Addresses of name servers in the zone are found in the parent alone. */
static void compare_glue(struct zone_check *z, const struct outside_parent *p)
{
	struct name server, origin;
	if (name_read(z->zone.name, &origin, NULL) != DONE)
		return;
	for (size_t i = 0; i < z->glue_count; i++) {
		const struct outside_server *ours = &z->glue[i];
		char text[ADDRESS_TEXT];
		address_write(&ours->address, text);
		if (has_name(z->names, z->name_count, ours->name) && has_name(p->names, p->name_count, ours->name)
			&& !has_address(p->glue, p->glue_count, ours->name, &ours->address))
			WRONG(z, format(z, "%s. IN %s %s", ours->name, ours->address.family == ADDRESS_V4 ? "A" : "AAAA", text),
				"%s has no glue %s for %s", shown(z, &p->server), text, ours->name);
	}
	for (size_t i = 0; i < p->glue_count; i++)
		if (has_name(z->names, z->name_count, p->glue[i].name) && name_read(p->glue[i].name, &server, NULL) == DONE
			&& name_within(&server, &origin) && !has_address(z->glue, z->glue_count, p->glue[i].name, &p->glue[i].address))
			WRONG(z, NULL, "%s has glue %s, which the zone does not have", shown(z, &p->server), shown(z, &p->glue[i]));
}

static void delegate(struct zone_check *z)
{
	const struct command *c = z->command;
	for (size_t i = 0; i < z->name_count; i++) {
		WRONG(z, format(z, "%s. IN NS %s.", z->zone.name, z->names[i]), "%s does not delegate %s to %s", z->above, z->zone.name,
			z->names[i]);
		for (size_t j = 0; j < z->glue_count; j++)
			if (strcmp(z->glue[j].name, z->names[i]) == 0 && z->array == NULL) {
				char text[ADDRESS_TEXT];
				address_write(&z->glue[j].address, text);
				fprintf(c->out, "      publish: %s. IN %s %s\n", z->names[i],
					z->glue[j].address.family == ADDRESS_V4 ? "A" : "AAAA", text);
			}
	}
}

static int check_delegation(struct zone_check *z, struct error *e)
{
	struct outside_parent *parents = arena_take(&z->command->arena, OUTSIDE_MOST * sizeof *parents);
	size_t count, answered = 0, faults = z->faults;
	if (parents == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = outside_parents(&z->outside, z->zone.name, &z->above, parents, &count, e);
	if (outcome != DONE)
		return outcome;
	if (count == 0) {
		WRONG(z, NULL, "no name server of a zone above %s was found: does the machine's resolver answer?", z->zone.name);
		return DONE;
	}
	for (size_t i = 0; i < count; i++) {
		const struct outside_parent *p = &parents[i];
		answered += p->answered;
		if (p->answered && p->name_count == 0)
			delegate(z);
		else if (p->answered) {
			compare_names(z, p);
			compare_glue(z, p);
		}
	}
	if (answered == 0)
		WRONG(z, NULL, "no name server of %s answers", z->above);
	else if (z->faults == faults)
		WELL(z, "%s delegates %s to its name servers", z->above, z->zone.name);
	return DONE;
}

/* DNSSEC. */

static int check_ds(struct zone_check *z, struct error *e)
{
	struct zone_keys_of *keys = arena_take(&z->command->arena, sizeof *keys);
	struct delegation d;
	if (keys == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = delegation_find(z->command, z->zone.name, true, &d, e);
	if (outcome == DONE)
		outcome = dnssec_open(z->command, keys, e);
	if (outcome != DONE)
		return outcome;
	size_t fitting = 0;
	for (size_t i = 0; i < keys->count; i++)
		fitting += key_published(&keys->keys[i], keys->now) && delegation_has(&d, keys->keys[i].tag);
	if (!d.known)
		WRONG(z, NULL, "whether %s has a DS is not known: %s does not say", z->zone.name, d.source);
	else if (d.count > 0 && (fitting == 0 || z->zone.signed_ == ZONE_UNSIGNED))
		WRONG(z, NULL, "its parent has a DS for %s, and none of its keys fits: nobody who validates finds it. Have it removed",
			z->zone.name);
	else if (d.count > 0)
		WELL(z, "its parent has a DS for %s that fits", z->zone.name);
	else if (z->zone.signed_ == ZONE_SIGNED)
		WRONG(z, NULL, "%s is signed, and its parent has no DS: publish what 'windsock dnssec ds %s' prints", z->zone.name,
			z->zone.name);
	else
		WELL(z, "%s is not signed, and its parent has no DS", z->zone.name);
	zone_keys_forget(keys->keys, keys->count);
	return DONE;
}

/* Who may issue certificates: the nearest CAA records, at the zone or above (RFC 8659 section 3). */
static void check_caa(struct zone_check *z)
{
	for (const char *name = z->zone.name; name != NULL && strcmp(name, ".") != 0; name = name_parent(name)) {
		ldns_pkt *answer = outside_ask(&z->outside, name, LDNS_RR_TYPE_CAA);
		if (answer == NULL) {
			WRONG(z, NULL, "who may issue certificates is not known: the resolver can't say whether %s has CAA", name);
			return;
		}
		ldns_rr_list *list = ldns_pkt_rr_list_by_type(answer, LDNS_RR_TYPE_CAA, LDNS_SECTION_ANSWER);
		struct text text = { 0 };
		for (size_t i = 0; list != NULL && i < ldns_rr_list_rr_count(list); i++) {
			const ldns_rdf *value = ldns_rr_rdf(ldns_rr_list_rr(list, i), 2), *tag = ldns_rr_rdf(ldns_rr_list_rr(list, i), 1);
			text_addf(&text, "%s%.*s \"%.*s\"", i == 0 ? "" : ", ", (int)ldns_rdf_size(tag) - 1, (const char *)ldns_rdf_data(tag) + 1,
				(int)ldns_rdf_size(value), (const char *)ldns_rdf_data(value));
		}
		size_t count = list == NULL ? 0 : ldns_rr_list_rr_count(list);
		if (count > 0 && !text.broken)
			WELL(z, "who may issue certificates is said at %s (CAA): %.300s", name, text.bytes);
		ldns_rr_list_deep_free(list);
		ldns_pkt_free(answer);
		text_free(&text);
		if (count > 0)
			return;
	}
	WELL(z, "any authority may issue certificates: there is no CAA");
}

/* The zone's own name servers. */

static const char *words_of(struct zone_check *z, const struct outside_server *who, const struct server *s)
{
	const char *zone = z->zone.name;
	if (s->silent)
		return format(z, "%s does not answer", shown(z, who));
	if (s->wrong != NULL)
		return format(z, "%s, asked for %s, %s", shown(z, who), zone, s->wrong);
	return format(z, "%s is behind: it has serial %u of %s, and we %u", shown(z, who), s->serial, zone, (unsigned)(uint32_t)z->revision);
}

static int check_servers(struct zone_check *z, struct error *e)
{
	struct outside_server list[OUTSIDE_MOST];
	struct server servers[OUTSIDE_MOST];
	size_t count = 0;
	int outcome = DONE;
	for (size_t i = 0; i < z->name_count; i++) {
		size_t before = count;
		bool known = outside_addresses(&z->outside, z->names[i], list, &count);
		if (count == before && known)
			WRONG(z, NULL, "%s, a name server of %s, has no address", z->names[i], z->zone.name);
		else if (count == before)
			WRONG(z, NULL, "the resolver can't say which address %s has", z->names[i]);
	}
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		char text[ADDRESS_TEXT];
		address_write(&list[i].address, text);
		outcome = server_place(&servers[i], format(z, list[i].address.family == ADDRESS_V6 ? "[%s]:53" : "%s:53", text), e);
	}
	if (outcome == DONE && count > 0)
		outcome = servers_ask(servers, count, &z->zone.name, 1, &z->command->arena, e);
	for (size_t i = 0; i < count && outcome == DONE; i++)
		if (servers[i].wrong != NULL || servers[i].silent || serial_before(servers[i].serial, (uint32_t)z->revision))
			find(z, false, NULL, words_of(z, &list[i], &servers[i]));
		else
			WELL(z, "%s has serial %u", shown(z, &list[i]), servers[i].serial);
	return outcome;
}

static int check_all(struct zone_check *z, struct error *e)
{
	struct record of = { .zone = z->zone.name };
	int outcome = registry_revision(z->command->registry, &z->revision, e);
	if (outcome == DONE)
		outcome = registry_each(z->command->registry, &record_kind, &of, take_record, z, e);
	if (outcome == DONE)
		outcome = outside_open(&z->outside, z->command, e);
	if (outcome == DONE)
		outcome = check_delegation(z, e);
	if (outcome == DONE)
		outcome = check_servers(z, e);
	if (outcome == DONE)
		outcome = check_ds(z, e);
	if (outcome == DONE)
		check_caa(z);
	outside_close(&z->outside);
	return outcome;
}

int zone_check(struct command *c, struct error *e)
{
	struct zone_check *z = arena_take(&c->arena, sizeof *z);
	if (z == NULL)
		return fail(e, FAILED, "out of memory");
	z->command = c;
	z->array = c->json ? json_array() : NULL;
	option(c, "keys"); /* dnssec_open reads it */
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = zone_named(c, c->words[0], &z->zone, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &z->zone, &z->zone, e);
	if (outcome == DONE)
		outcome = check_all(z, e);
	c->status = outcome == DONE && z->faults > 0 ? STATUS_FAILED : STATUS_DONE;
	if (outcome == DONE && c->json)
		print_json(c, json_incref(z->array));
	json_decref(z->array);
	return outcome;
}
