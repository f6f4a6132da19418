/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/grant.h"

#include <string.h>

#include "lib/name.h"
#include "steering/label.h"

static bool below(const char *name, const char *top)
{
	size_t length = strlen(name), tail = strlen(top);
	return length > tail + 1 && name[length - tail - 1] == '.' && strcmp(name + length - tail, top) == 0;
}

bool grant_covers(const char *patterns, const char *name)
{
	char pattern[NAME_TEXT];
	size_t length;
	for (const char *word; (word = text_word(&patterns, " ", &length)) != NULL;) {
		if (length >= sizeof pattern)
			continue;
		memcpy(pattern, word, length);
		pattern[length] = '\0';
		bool all_below = pattern[0] == '*' && pattern[1] == '.';
		if (all_below ? below(name, pattern + 2) : strcmp(pattern, name) == 0)
			return true;
	}
	return false;
}

/* The label of NAME directly below ZONE, and whether it is the whole of what is below. */
static const char *top_label(const char *zone, const char *name, size_t *length, bool *alone)
{
	const char *end = name + strlen(name) - strlen(zone) - 1, *start = end;
	while (start > name && start[-1] != '.')
		start--;
	*length = (size_t)(end - start);
	*alone = start == name;
	return start;
}

static bool is(const char *label, size_t length, const char *other)
{
	return strlen(other) == length && memcmp(label, other, length) == 0;
}

static bool is_service(const char *label, size_t length)
{
	static const char *const services[] = { "www", "mail", "ns", "dnsup" };
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (is(label, length, services[i]))
			return true;
	if (length < 3 || memcmp(label, "ns", 2) != 0)
		return false;
	for (size_t i = 2; i < length; i++)
		if (!ascii_digit(label[i]))
			return false;
	return true;
}

bool grant_reserves(const char *zone, const char *name)
{
	if (strcmp(zone, name) == 0)
		return true;
	for (const char *at = name; at != NULL; at = strchr(at, '.')) {
		at += *at == '.';
		if (*at == '_' || *at == '*')
			return true;
	}
	size_t length;
	bool alone;
	const char *label = top_label(zone, name, &length, &alone);
	struct label form;
	label_read(label, length, &form);
	return form.form != LABEL_OTHER || is(label, length, "auth")
		|| (alone && is_service(label, length));
}

int grant_zone(struct updater *u, struct exchange *x, const char *name, struct zone *zone,
	struct error *e)
{
	for (const char *at = name; at != NULL; at = strchr(at, '.')) {
		at += *at == '.';
		struct zone key = { .name = at };
		int outcome = u->registry->engine->get(u->registry, &zone_kind, &key, &x->arena, zone, e);
		if (outcome != ABSENT)
			return outcome;
	}
	return ABSENT;
}

int grant_pool(struct updater *u, struct exchange *x, const char *zone, const char *name, bool *pool,
	struct error *e)
{
	size_t length;
	bool alone;
	const char *label = top_label(zone, name, &length, &alone);
	struct pool found, key = { .label = arena_text_part(&x->arena, label, length) };
	if (key.label == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = u->registry->engine->get(u->registry, &pool_kind, &key, &x->arena, &found, e);
	*pool = outcome == DONE;
	return outcome == ABSENT ? DONE : outcome;
}

enum { TYPE_NS = 2 };

struct collision {
	const char *zone, *name;
	bool found;
};

/* Static data at the name, or a delegation at or above it. */
static int collides(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	struct collision *c = context;
	(void)e;
	bool here = strcmp(record->owner, c->name) == 0;
	bool cut = record->type == TYPE_NS && strcmp(record->owner, c->zone) != 0
		&& below(c->name, record->owner);
	c->found = c->found || here || cut;
	return DONE;
}

static int may_create(struct updater *u, struct exchange *x, const char *name, struct error *e)
{
	struct zone zone;
	int outcome = grant_zone(u, x, name, &zone, e);
	if (outcome != DONE)
		return outcome;
	if (grant_reserves(zone.name, name))
		return fail(e, ABSENT, "%s is reserved", name);
	bool pool = false;
	outcome = grant_pool(u, x, zone.name, name, &pool, e);
	if (outcome != DONE || pool)
		return outcome == DONE ? ABSENT : outcome;
	struct collision collision = { zone.name, name, false };
	struct record of = { .zone = zone.name };
	outcome = u->registry->engine->each(u->registry, &record_kind, &of, collides, &collision, e);
	return outcome == DONE && collision.found ? ABSENT : outcome;
}

int grant_host(struct updater *u, struct exchange *x, const struct account *account, const char *name,
	struct host *host, bool *fresh, struct error *e)
{
	struct host key = { .name = name };
	*fresh = false;
	bool covered = grant_covers(account->hosts, name);
	int outcome = u->registry->engine->get(u->registry, &host_kind, &key, &x->arena, host, e);
	if (outcome == DONE) {
		bool own = strcmp(host->account, account->name) == 0;
		return own || (covered && *host->account == '\0') ? DONE : ABSENT;
	}
	if (outcome != ABSENT || !covered)
		return outcome;
	outcome = may_create(u, x, name, e);
	if (outcome == DONE)
		outcome = row_standard(&host_kind, host, &x->arena, e);
	if (outcome == DONE) {
		host->name = name;
		host->account = arena_text(&x->arena, account->name);
		*fresh = true;
		if (host->account == NULL)
			return fail(e, FAILED, "out of memory");
	}
	return outcome;
}

bool grant_addresses(const char *addresses, bool private)
{
	struct address address;
	while (address_next(&addresses, &address))
		if (private ? !address_unicast(&address) : !address_public(&address))
			return false;
	return true;
}
