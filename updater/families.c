/* SPDX-License-Identifier: BSD-2-Clause */
/* Adding a relay's addresses of the other family, from relays that are remembered for a while. */
#include "updater/families.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "updater/grant.h"

enum { REMEMBERED = 5000 /* milliseconds */ };

struct known_relays {
	struct arena arena;
	struct relay *rows;
	size_t count;
	int64_t until; /* ticks */
};

void families_forget(struct updater *u)
{
	if (u->known_relays != NULL)
		arena_free(&u->known_relays->arena);
	free(u->known_relays);
	u->known_relays = NULL;
}

static int remember(struct updater *u, struct error *e)
{
	int64_t now = clock_ticks();
	if (u->known_relays != NULL && now < u->known_relays->until)
		return DONE;
	families_forget(u);
	u->known_relays = calloc(1, sizeof *u->known_relays);
	if (u->known_relays == NULL)
		return fail(e, FAILED, "out of memory");
	struct known_relays *known = u->known_relays;
	known->until = now + REMEMBERED;
	int outcome = registry_all(u->access.registry, &relay_kind, NULL, &known->arena, (void **)&known->rows, &known->count, e);
	if (outcome != DONE)
		families_forget(u);
	return outcome;
}

bool families_hold(const char *list, const struct address *address)
{
	struct address other;
	while (address_next(&list, &other))
		if (address_equal(&other, address))
			return true;
	return false;
}

static bool names(struct piece ipv, const struct address *address)
{
	return memchr(ipv.at, address->family == ADDRESS_V4 ? '4' : '6', ipv.size) != NULL;
}

/* Adds the addresses of a relay of which one was given. */
static void add_relay(const struct relay *relay, const char *given, struct piece ipv, struct text *all, size_t *count)
{
	struct address address;
	char text[ADDRESS_TEXT];
	for (const char *rest = relay->addresses; address_next(&rest, &address) && *count < ADDRESS_LIST_MOST;) {
		if (!names(ipv, &address) || families_hold(all->bytes, &address)
			|| (grant_addresses(given, false) && !grant_address(&address, false)))
			continue;
		address_write(&address, text);
		text_addf(all, " %s", text);
		(*count)++;
	}
}

int families_add(struct updater *u, struct exchange *x, const char *given, struct piece ipv, const char **all,
	struct error *e)
{
	struct text out = { 0 };
	struct address address;
	size_t count = 0;
	*all = given;
	if (ipv.size == 0)
		return DONE;
	int outcome = remember(u, e);
	text_add(&out, given);
	for (const char *rest = given; address_next(&rest, &address);)
		count++;
	for (const char *rest = given; outcome == DONE && !out.broken && address_next(&rest, &address);)
		for (size_t i = 0; i < u->known_relays->count && !out.broken; i++)
			if (families_hold(u->known_relays->rows[i].addresses, &address))
				add_relay(&u->known_relays->rows[i], given, ipv, &out, &count);
	*all = outcome != DONE || out.broken ? NULL : arena_text(&x->arena, out.bytes);
	text_free(&out);
	return outcome == DONE && *all == NULL ? fail(e, FAILED, "out of memory") : outcome;
}
