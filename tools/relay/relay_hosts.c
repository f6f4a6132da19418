/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts that still point at a relay. */
#include <string.h>

#include "lib/address.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

bool addresses_meet(const char *these, const char *those)
{
	size_t length, wide;
	for (const char *this; (this = text_word(&these, " ", &length)) != NULL;) {
		const char *rest = those;
		for (const char *that; (that = text_word(&rest, " ", &wide)) != NULL;)
			if (length == wide && memcmp(this, that, length) == 0)
				return true;
	}
	return false;
}

int addresses_usable(const char *list, bool relay, struct error *e)
{
	static const char *const why[] = { [SCOPE_UNSPECIFIED] = "is no machine's", [SCOPE_MULTICAST] = "is a multicast address",
		[SCOPE_RESERVED] = "is of a reserved network", [SCOPE_LINK_LOCAL] = "leads nowhere beyond one link" };
	struct address address;
	while (address_next(&list, &address)) {
		char text[ADDRESS_TEXT];
		enum address_scope scope = address_scope(&address);
		if (scope < SCOPE_LINK_LOCAL || (scope == SCOPE_LINK_LOCAL && !relay))
			continue;
		address_write(&address, text);
		return fail(e, REFUSED, "%s %s: nobody could connect to it", text, why[scope]);
	}
	return DONE;
}

struct search {
	struct command *command;
	const struct relay *relay;
	struct pointing *found;
};

static int look(const void *row, void *context, struct error *e)
{
	const struct host *host = row;
	struct search *s = context;
	struct pointing *found = s->found;
	if (!addresses_meet(host->addresses, s->relay->addresses))
		return DONE;
	if (found->count++ >= HOSTS_SHOWN)
		return DONE;
	found->names[found->shown] = arena_text(&s->command->arena, host->name);
	return found->names[found->shown++] == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

int relay_pointing(struct command *c, const struct relay *relay, struct pointing *found, struct error *e)
{
	struct search search = { c, relay, found };
	*found = (struct pointing){ 0 };
	return registry_each(c->registry, &host_kind, NULL, look, &search, e);
}

const char *pointing_text(struct command *c, const struct pointing *p)
{
	struct text out = { 0 };
	for (size_t i = 0; i < p->shown; i++)
		text_addf(&out, "%s%s", i == 0 ? "" : ", ", p->names[i]);
	if (p->count > p->shown)
		text_addf(&out, " and %zu more", p->count - p->shown);
	const char *copy = arena_text(&c->arena, out.bytes == NULL ? "none" : out.bytes);
	text_free(&out);
	return copy == NULL ? "?" : copy;
}

json_t *pointing_json(const struct pointing *p)
{
	json_t *first = json_array();
	for (size_t i = 0; i < p->shown; i++)
		json_array_append_new(first, json_string(p->names[i]));
	return json_pack("{s:I, s:o}", "count", (json_int_t)p->count, "first", first);
}

static bool points(const void *row, const void *relay)
{
	return addresses_meet(((const struct host *)row)->addresses, ((const struct relay *)relay)->addresses);
}

int relay_hosts(struct command *c, struct error *e)
{
	struct relay row;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = relay_named(c, &row, e);
	if (outcome == DONE)
		outcome = fetch(c, &relay_kind, &row, &row, e);
	return outcome == DONE ? print_rows_if(c, &host_kind, points, &row, e) : outcome;
}
