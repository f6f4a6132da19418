/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a key may change a record, and whether what it drafts may stand. */
#include "updater/update_policy.h"

#include <string.h>

#include "lib/name.h"
#include "lib/text.h"
#include "steering/label.h"
#include "updater/grant.h"
#include "wire/type.h"

enum {
	OWN_RECORDS = 16,  /* of a name at most */
	HOST_RECORDS = 64, /* of all names below one host, _acme-challenge.HOST not counted */
	OWN_LABELS = 4,    /* with an underscore above a host, as registry_each_underscore knows them */
};

bool update_policy_covers(const char *patterns, const char *name)
{
	size_t length;
	if (grant_covers(patterns, name))
		return true;
	for (const char *word; (word = text_word(&patterns, " ", &length)) != NULL;)
		if (length >= 2 && memcmp(word + length - 2, ".*", 2) == 0
			&& strncmp(name, word, length - 1) == 0)
			return true;
	return false;
}

bool update_policy_types(const char *types, uint16_t type)
{
	char word[16];
	size_t length;
	if (*types == '\0')
		return true;
	for (const char *at; (at = text_word(&types, " ", &length)) != NULL;) {
		if (length >= sizeof word)
			continue;
		memcpy(word, at, length);
		word[length] = '\0';
		if (type_read(word) == type)
			return true;
	}
	return false;
}

const char *update_policy_host(const char *name)
{
	while (*name == '_' && name_parent(name) != NULL)
		name = name_parent(name);
	return name;
}

static int refuse(struct draft *d, const struct draft_name *n, const char *why)
{
	return fail(d->error, REFUSED, "%s: %s", n->name, why);
}

/* Nobody may change what we compute or sign ourselves: pools' addresses, a zone's SOA and keys. */
static int check_computed(struct draft *d, const struct draft_name *n, uint16_t type)
{
	size_t labels = 0, zone = 0;
	struct label form;
	for (const char *at = n->name; at != NULL; at = name_parent(at))
		labels++;
	for (const char *at = d->zone.name; at != NULL; at = name_parent(at))
		zone++;
	const char *top = n->name;
	for (; labels > zone + 1; labels--)
		top = name_parent(top);
	label_read(top, strcspn(top, "."), &form);
	if (n->pool || (strcmp(n->name, d->zone.name) != 0 && form.form != LABEL_OTHER))
		return refuse(d, n, "a pool's addresses are computed");
	switch (type) {
	case TYPE_SOA:
		return refuse(d, n, "the SOA is computed");
	case TYPE_RRSIG:
	case TYPE_NSEC:
	case TYPE_NSEC3:
	case TYPE_NSEC3PARAM:
		return refuse(d, n, "signatures and denials are made by us");
	case TYPE_ZONEMD:
		return refuse(d, n, "what is computed of the whole zone would be wrong with the next change");
	case TYPE_DNSKEY:
		return refuse(d, n, "keys are made by 'windsock dnssec'");
	case TYPE_CDS:
	case TYPE_CDNSKEY:
		return strcmp(n->name, d->zone.name) != 0 ? DONE : refuse(d, n, "what keys say to the parent is made by us");
	default:
		return DONE;
	}
}

static bool is_delegating(uint16_t type)
{
	return type == TYPE_NS || type == TYPE_DNAME || type == TYPE_DS || type == TYPE_DNSKEY || type == TYPE_CDS
		|| type == TYPE_CDNSKEY;
}

/* The account may change the names of hosts that it has or may make, and a name that acme-dns registered for it. That a
 * name may be changed is remembered in the draft; that it may not is not, for a refusal ends the message. */
static int check_whose(struct draft *d, const struct update_policy *r, struct draft_name *n)
{
	static const char why[] = "it is no host of this key's account, nor one of its underscore names";
	struct zone zone;
	struct host host;
	struct draft_name *top;
	const char *name = update_policy_host(n->name);
	if (n->mine)
		return DONE;
	int outcome = grant_zone(d->updater->access.registry, &d->exchange->arena, n->name, &zone, d->error);
	if (outcome == DONE && strcmp(zone.name, d->zone.name) != 0)
		return refuse(d, n, "it lies in a zone below this one");
	if (outcome == DONE)
		outcome = grant_registered(d->updater->access.registry, &d->exchange->arena, r->account, zone.name, n->name, d->error);
	if (outcome <= DONE) {
		n->mine = n->registered = outcome == DONE;
		return outcome;
	}
	if (strlen(name) < strlen(d->zone.name))
		return refuse(d, n, why);
	if (name != n->name) {
		outcome = draft_name(d, name, &top);
		if (outcome == DONE)
			outcome = check_whose(d, r, top);
		n->mine = outcome == DONE;
		return outcome;
	}
	outcome = grant_host(d->updater->access.registry, &d->exchange->arena, r->account, n->name, &host, &n->grant, d->error);
	if (outcome == ABSENT)
		return refuse(d, n, why);
	if (outcome == DONE && n->grant == GRANT_NEW)
		n->host = host;
	n->host.account = outcome == DONE ? host.account : NULL;
	n->mine = outcome == DONE;
	return outcome;
}

/* Labels with an underscore: few, and of letters that count as labels for the registry, too. */
static bool is_plain_below(const char *name, const char *host)
{
	size_t labels = 0;
	for (const char *c = name; c < host; c++) {
		labels += *c == '.';
		if (*c == '\\')
			return false;
	}
	return labels <= OWN_LABELS;
}

static int check_own(struct draft *d, const struct update_policy *r, struct draft_name *n, uint16_t type, bool adds)
{
	const char *host = update_policy_host(n->name);
	bool below = host != n->name, address = !below && (type == TYPE_A || type == TYPE_AAAA || type == TYPE_ANY);
	int outcome = check_whose(d, r, n);
	if (outcome != DONE)
		return outcome;
	if (is_delegating(type))
		return refuse(d, n, "an operator's account is needed for this type");
	if (below)
		return adds && !is_plain_below(n->name, host) ? refuse(d, n, "too many labels, or odd ones, below a host") : DONE;
	if (!address && type == TYPE_CNAME)
		return refuse(d, n, "a host is no alias");
	if (address && !n->is_host) {
		n->is_host = n->fresh = true;
		n->host.name = n->name;
		n->addresses = "";
	}
	return DONE;
}

/* A policy for challenges alone, as ACME clients have it over HTTP. */
static int check_challenge(struct draft *d, struct draft_name *n, uint16_t type, bool adds)
{
	const char *top = grant_challenged(n->name);
	if (top == NULL || *top == '_' || type != TYPE_TXT || strlen(top) < strlen(d->zone.name)
		|| grant_computed(d->zone.name, top))
		return refuse(d, n, "only the TXT of _acme-challenge.HOST can be set here");
	bool alias = false;
	int outcome = adds ? draft_has(d, n, TYPE_CNAME, &alias) : DONE;
	return outcome == DONE && alias ? refuse(d, n, "a CNAME stands there") : outcome;
}

int update_policy_check(struct draft *d, const struct update_policy *r, struct draft_name *n, uint16_t type, bool adds)
{
	if (!update_policy_types(r->types, type) || (*r->names != '\0' && !update_policy_covers(r->names, n->name)))
		return refuse(d, n, "the key is not for this name and type");
	int outcome = check_computed(d, n, type);
	if (outcome == DONE && r->challenge)
		outcome = check_challenge(d, n, type, adds);
	if (outcome != DONE)
		return outcome;
	if (!grant_is_master(r->account))
		return check_own(d, r, n, type, adds);
	if (n->is_host && (type == TYPE_CNAME || type == TYPE_NS || type == TYPE_DNAME))
		return refuse(d, n, "a host is no alias and no delegation");
	return DONE;
}

/* What is drafted. */

static size_t count_records(const struct draft_name *n)
{
	size_t count = 0;
	for (size_t i = 0; i < n->count; i++)
		count += n->records[i].is;
	return count;
}

struct counting {
	const struct draft *draft;
	const char *host;
	size_t count;
};

/* Whether a name below a host counts against the limit of its records. _acme-challenge.HOST does not, having a limit of
 * its own: other records never stand in the way of a certificate. */
static bool counts(const char *owner, const char *host)
{
	const char *top = grant_challenged(owner);
	return *owner == '_' && strcmp(update_policy_host(owner), host) == 0 && (top == NULL || strcmp(top, host) != 0);
}

static int count_below(const void *row, void *context, struct error *e)
{
	struct counting *c = context;
	const char *owner = ((const struct record *)row)->owner;
	(void)e;
	for (const struct draft_name *n = c->draft->names; n != NULL; n = n->next)
		if (strcmp(n->name, owner) == 0)
			return DONE; /* counted as it will be */
	c->count += counts(owner, c->host);
	return c->count > HOST_RECORDS ? UNCHANGED : DONE; /* enough: what an operator may have put there is not walked */
}

static int check_room(struct draft *d, struct draft_name *top)
{
	struct counting counting = { d, top->name, 0 };
	struct record of = { .zone = d->zone.name, .owner = top->name };
	if (top->roomy)
		return DONE;
	top->roomy = true;
	for (const struct draft_name *n = d->names; n != NULL; n = n->next)
		counting.count += counts(n->name, top->name) ? count_records(n) : 0;
	struct registry *registry = d->updater->access.registry;
	int outcome = registry_each_underscore(registry, &of, count_below, &counting, d->error);
	if (outcome < 0)
		return outcome;
	return counting.count > HOST_RECORDS ? refuse(d, top, "more than 64 records below one host") : DONE;
}

/* Records below a host must not come before the host: with any record there its name exists, so that neither a wildcard
 * (RFC 4592) nor the host above, which answers for all names below it, would answer for it any more. */
static int check_host(struct draft *d, struct draft_name *n, struct draft_name **top)
{
	*top = n;
	int outcome = n->registered ? DONE : draft_name(d, update_policy_host(n->name), top);
	bool there = n->registered || (*top)->grant == GRANT_OWN || draft_host_changes(*top);
	return outcome != DONE || there ? outcome : refuse(d, *top, "the host is to be given an address first");
}

/* Addresses in static records are held to the same rule as those of hosts. */
static bool can_be_published(const struct draft_name *n, bool private)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct draft_record *r = &n->records[i];
		struct address address = { .family = r->row.type == TYPE_A ? ADDRESS_V4 : ADDRESS_V6 };
		if (!r->is || r->was || (r->row.type != TYPE_A && r->row.type != TYPE_AAAA))
			continue;
		memcpy(address.bytes, r->row.rdata.data, r->row.rdata.size);
		if (!grant_address(&address, private))
			return false;
	}
	return true;
}

static int note_cut(const void *row, void *context, struct error *e)
{
	(void)e;
	*(bool *)context |= ((const struct record *)row)->type == TYPE_NS;
	return DONE;
}

/* Whether the name is at or below a delegation. Only the name and those above it are looked at, for a zone may have a
 * million. Names below a DNAME are refused elsewhere (draft_check), to operators, too. */
static int is_delegated(struct draft *d, const struct draft_name *n, bool *is)
{
	struct registry *registry = d->updater->access.registry;
	int outcome = DONE;
	for (const char *at = n->name; outcome == DONE && strcmp(at, d->zone.name) != 0; at = name_parent(at)) {
		const struct record of = { .zone = d->zone.name, .owner = at };
		outcome = registry_each_in(registry, &record_kind, &of, note_cut, is, d->error);
	}
	return outcome;
}

static int settle(struct draft *d, const struct update_policy *r, struct draft_name *n)
{
	struct draft_name *top;
	bool cut = false;
	int outcome = check_host(d, n, &top);
	if (outcome != DONE || !draft_name_grows(n))
		return outcome;
	if (count_records(n) > OWN_RECORDS)
		return refuse(d, n, "more than 16 records of one name");
	if (!can_be_published(n, r->account->allow_private != 0))
		return refuse(d, n, "an address that cannot be published");
	if (top != n && counts(n->name, top->name))
		outcome = check_room(d, top);
	if (outcome == DONE)
		outcome = is_delegated(d, n, &cut);
	return outcome == DONE && cut ? refuse(d, n, "it is below a delegation") : outcome;
}

static int check_quota(struct draft *d, const struct update_policy *r)
{
	size_t more = 0;
	for (const struct draft_name *n = d->names; n != NULL; n = n->next)
		more += n->grant == GRANT_NEW && draft_host_changes(n);
	return grant_quota(d->updater->access.registry, &d->updater->settings, r->account, more, d->error);
}

int update_policy_settle(struct draft *d, const struct update_policy *r)
{
	if (grant_is_master(r->account))
		return DONE;
	int outcome = check_quota(d, r);
	for (struct draft_name *n = d->names; n != NULL && outcome == DONE; n = n->next)
		if (draft_name_changes(n))
			outcome = settle(d, r, n);
	return outcome;
}
