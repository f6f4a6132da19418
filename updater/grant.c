/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a name is, and all other rules of who may do what. */
#include "updater/grant.h"

#include <string.h>

#include "lib/name.h"
#include "steering/label.h"
#include "zone/judge.h"

static const char challenge[] = "_acme-challenge.";

/* Whether NAME is TOP or below it: by labels, for a label may hold an escaped dot. */
static bool below(const char *name, const char *top)
{
	size_t tail = strlen(top);
	while (strlen(name) > tail)
		name = name_parent(name);
	return strcmp(name, top) == 0;
}

static bool covers(const char *pattern, const char *name)
{
	bool all_below = pattern[0] == '*' && pattern[1] == '.';
	return all_below ? *name != '.' && strcmp(name, pattern + 2) != 0 && below(name, pattern + 2) : strcmp(pattern, name) == 0;
}

/* Whether IS says of one of the words of LIST that it fits the name. */
static bool any_word(const char *list, bool is(const char *pattern, const char *name), const char *name)
{
	char pattern[NAME_TEXT];
	size_t length;
	for (const char *word; (word = text_word(&list, " ", &length)) != NULL;) {
		if (length >= sizeof pattern)
			continue;
		memcpy(pattern, word, length);
		pattern[length] = '\0';
		if (is(pattern, name))
			return true;
	}
	return false;
}

bool grant_covers(const char *patterns, const char *name)
{
	return any_word(patterns, covers, name);
}

const char *grant_challenged(const char *name)
{
	return strncmp(name, challenge, sizeof challenge - 1) == 0 ? name + sizeof challenge - 1 : NULL;
}

static bool same_name(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0;
}

/* Whether the name is what /register gave the account: _acme-challenge.ACCOUNT.DOMAIN, in its patterns as it is, not
 * by a wildcard. */
static bool registered(const struct account *account, const char *name)
{
	const char *top = grant_challenged(name);
	size_t length = strlen(account->name);
	return top != NULL && strncmp(top, account->name, length) == 0 && top[length] == '.'
		&& any_word(account->hosts, same_name, name);
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

bool grant_computed(const char *zone, const char *name)
{
	size_t length;
	bool alone;
	struct label form;
	if (strcmp(zone, name) == 0)
		return false;
	const char *label = top_label(zone, name, &length, &alone);
	label_read(label, length, &form);
	return form.form != LABEL_OTHER || is(label, length, "auth");
}

bool grant_reserves(const char *zone, const char *name)
{
	if (strcmp(zone, name) == 0)
		return true;
	size_t length;
	bool alone;
	const char *label = top_label(zone, name, &length, &alone);
	return grant_computed(zone, name) || (alone && is_service(label, length));
}

int grant_zone(struct registry *r, struct arena *arena, const char *name, struct zone *zone,
	struct error *e)
{
	for (const char *at = name; at != NULL; at = name_parent(at)) {
		struct zone key = { .name = at };
		int outcome = registry_get(r, &zone_kind, &key, arena, zone, e);
		if (outcome != ABSENT)
			return outcome;
	}
	return ABSENT;
}

int grant_pool(struct registry *r, struct arena *arena, const char *zone, const char *name, bool *pool,
	struct error *e)
{
	size_t length;
	bool alone;
	const char *label = top_label(zone, name, &length, &alone);
	struct pool found, key = { .label = arena_text_part(arena, label, length) };
	if (key.label == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = registry_get(r, &pool_kind, &key, arena, &found, e);
	*pool = outcome == DONE;
	return outcome == ABSENT ? DONE : outcome;
}

static int note_record(const void *row, void *context, struct error *e)
{
	(void)row;
	(void)e;
	*(bool *)context = true;
	return DONE;
}

/* Whether static data stands at a name of the zone. */
static int is_taken(struct registry *r, const char *zone, const char *name, bool *is, struct error *e)
{
	const struct record of = { .zone = zone, .owner = name };
	*is = false;
	return registry_each_in(r, &record_kind, &of, note_record, is, e);
}

/* Whether somebody has registered _acme-challenge.NAME, as acme-dns has it: a host there could prove in the
 * name of whoever points to it. */
static int is_registered(struct registry *r, struct arena *arena, const char *name, bool *is, struct error *e)
{
	const char *owner = arena_format(arena, "%s%s", challenge, name);
	struct account account, key = { .name = arena_text_part(arena, name, strcspn(name, ".")) };
	*is = false;
	if (owner == NULL || key.name == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = registry_get(r, &account_kind, &key, arena, &account, e);
	*is = outcome == DONE && registered(&account, owner);
	return outcome == ABSENT ? DONE : outcome;
}

static bool is_owned(const struct host *host)
{
	return *host->account != '\0' || host->secret.size > 0;
}

/* Whether the nearest host above is another's: it answers for all below it, which is not to be taken from it. */
static int is_below_others(struct registry *r, struct arena *arena, const struct account *account, const char *zone,
	const char *name, bool *is, struct error *e)
{
	*is = false;
	for (const char *at = name; strcmp(at, zone) != 0;) {
		at = name_parent(at);
		struct host host, key = { .name = at };
		int outcome = registry_get(r, &host_kind, &key, arena, &host, e);
		if (outcome == DONE)
			*is = is_owned(&host) && strcmp(host.account, account->name) != 0;
		if (outcome != ABSENT)
			return outcome;
	}
	return DONE;
}

/* DONE if the name may become a host of the account's. */
static int may_create(struct registry *r, struct arena *arena, const struct account *account, const char *name,
	struct error *e)
{
	struct zone zone;
	struct name wire;
	bool pool = false, others = false, taken = false, acme_dns = false;
	int outcome = name_read(name, &wire, e);
	const char *fault = outcome == DONE ? name_host_fault(&wire) : "it is no name";
	if (fault != NULL)
		return fail(e, ABSENT, "%s cannot be a host's: %s", name, fault);
	outcome = grant_zone(r, arena, name, &zone, e);
	if (outcome != DONE)
		return outcome;
	if (grant_reserves(zone.name, name))
		return fail(e, ABSENT, "%s is reserved", name);
	outcome = grant_pool(r, arena, zone.name, name, &pool, e);
	if (outcome == DONE)
		outcome = is_registered(r, arena, name, &acme_dns, e);
	if (outcome == DONE)
		outcome = is_below_others(r, arena, account, zone.name, name, &others, e);
	if (outcome == DONE)
		outcome = is_taken(r, zone.name, name, &taken, e);
	if (outcome != DONE)
		return outcome;
	if (pool || acme_dns || others || taken)
		return fail(e, ABSENT, "%s is in use, or below what is another's", name);
	outcome = zone_judge_host(&(struct zone_judge){ .registry = r }, name, e);
	return outcome == REFUSED ? ABSENT : outcome;
}

int grant_host(struct registry *r, struct arena *arena, const struct account *account, const char *name,
	struct host *host, enum grant *grant, struct error *e)
{
	struct host key = { .name = name };
	int outcome = registry_get(r, &host_kind, &key, arena, host, e);
	if (outcome < 0)
		return outcome;
	*grant = outcome == ABSENT ? GRANT_NEW : GRANT_FREE;
	if (outcome == DONE && is_owned(host)) {
		*grant = GRANT_OWN;
		return strcmp(host->account, account->name) == 0 ? DONE : fail(e, ABSENT, "%s is another's", name);
	}
	if (!grant_covers(account->hosts, name))
		return fail(e, ABSENT, "%s is no host of the account %s", name, account->name);
	outcome = may_create(r, arena, account, name, e);
	if (outcome == DONE && *grant == GRANT_NEW)
		outcome = row_standard(&host_kind, host, arena, e);
	if (outcome != DONE)
		return outcome;
	host->name = *grant == GRANT_NEW ? name : host->name;
	host->account = arena_text(arena, account->name);
	return host->account == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

int grant_quota(struct registry *r, const struct settings *s, const struct account *account, size_t more, struct error *e)
{
	int64_t most = account->quota > 0 ? account->quota : s->hosts_each, owned = 0;
	if (grant_is_operator(account) || more == 0)
		return DONE;
	int outcome = registry_count_owned(r, &host_kind, account->name, most, &owned, e);
	if (outcome == DONE && owned + (int64_t)more > most)
		return fail(e, REFUSED, "the account %s may have %lld hosts and no more", account->name, (long long)most);
	return outcome;
}

int grant_registered(struct registry *r, struct arena *arena, const struct account *account, const char *zone,
	const char *name, struct error *e)
{
	struct host host, key = { .name = grant_challenged(name) };
	if (!registered(account, name) || grant_computed(zone, key.name))
		return fail(e, ABSENT, "%s is not registered to the account %s", name, account->name);
	int outcome = registry_get(r, &host_kind, &key, arena, &host, e);
	return outcome == DONE ? fail(e, ABSENT, "%s is a host", key.name) : outcome == ABSENT ? DONE : outcome;
}

bool grant_address(const struct address *address, bool private)
{
	return private ? address_unicast(address) : address_public(address);
}

bool grant_addresses(const char *addresses, bool private)
{
	struct address address;
	while (address_next(&addresses, &address))
		if (!grant_address(&address, private))
			return false;
	return true;
}

bool grant_is_master(const struct account *account)
{
	const char *hosts = account->hosts;
	size_t length;
	bool all = grant_is_operator(account);
	for (const char *word; !all && (word = text_word(&hosts, " ", &length)) != NULL;)
		all = length == 1 && *word == '*';
	return all;
}

int grant_names(struct registry *r, const struct settings *s, const char *network, struct error *e)
{
	int64_t count = 0;
	int outcome = registry_count_owned(r, &account_kind, network, s->names_each, &count, e);
	if (outcome == DONE && count >= s->names_each)
		return fail(e, REFUSED, "its network has registered as many names as names-each lets it");
	return outcome;
}

int grant_signed(struct access *a, const struct settings *s, const struct host *host, const char *addresses,
	const char **why, bool *published, struct error *e)
{
	bool private = s->allow_private != 0;
	*why = NULL;
	if (*host->account != '\0') {
		const struct account *account;
		int outcome = access_account(a, host->account, &account, e);
		if (outcome != DONE)
			return outcome;
		*why = account == NULL ? "its account is not there" : grant_blocked(account);
		private = account != NULL && account->allow_private != 0;
	}
	*published = grant_addresses(addresses, private);
	return DONE;
}

bool grant_monitor(const struct settings *s, const struct request *r)
{
	return (r->privileged && address_loopback(&r->caller))
		|| ((r->privileged || r->direct) && networks_hold(&s->monitors, &r->caller));
}
