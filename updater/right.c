/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/right.h"

#include <string.h>

#include "lib/name.h"
#include "lib/text.h"
#include "steering/label.h"
#include "updater/grant.h"

enum {
	TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_TXT = 16, TYPE_AAAA = 28, TYPE_DNAME = 39, TYPE_DS = 43,
	TYPE_RRSIG = 46, TYPE_NSEC = 47, TYPE_DNSKEY = 48, TYPE_NSEC3 = 50, TYPE_NSEC3PARAM = 51, TYPE_CDS = 59,
	TYPE_CDNSKEY = 60, TYPE_ANY = 255,
	OWN_RECORDS = 16,  /* of a name below a host of one's own at most */
	HOST_RECORDS = 64, /* of all such names of one host */
};

bool right_covers(const char *patterns, const char *name)
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

bool right_types(const char *types, uint16_t type)
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

const char *right_host(const char *name)
{
	while (*name == '_' && name_parent(name) != NULL)
		name = name_parent(name);
	return name;
}

/* An operator, or who was given the pattern *: all of the static data. */
static bool is_master(const struct account *account)
{
	const char *hosts = account->hosts;
	size_t length;
	bool all = account->role == 1;
	for (const char *word; !all && (word = text_word(&hosts, " ", &length)) != NULL;)
		all = length == 1 && *word == '*';
	return all;
}

static int refuse(struct draft *d, const struct draft_name *n, const char *why)
{
	return fail(d->error, REFUSED, "%s: %s", n->name, why);
}

/* What is computed or signed by us is nobody's. */
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
	default:
		return DONE;
	}
}

static bool is_delegating(uint16_t type)
{
	return type == TYPE_NS || type == TYPE_DNAME || type == TYPE_DS || type == TYPE_DNSKEY || type == TYPE_CDS
		|| type == TYPE_CDNSKEY;
}

struct counting {
	const char *host;
	size_t count;
};

static int count_below(const void *row, void *context, struct error *e)
{
	struct counting *c = context;
	const char *owner = ((const struct record *)row)->owner;
	(void)e;
	c->count += *owner == '_' && strcmp(right_host(owner), c->host) == 0;
	return DONE;
}

/* A name that is new below a host: they are bounded, for anybody could make any number of them. */
static int check_room(struct draft *d, const struct draft_name *n, const char *host)
{
	struct counting counting = { host, 0 };
	struct record of = { .zone = d->zone.name };
	if (n->count > OWN_RECORDS)
		return refuse(d, n, "more than 16 records of one name");
	if (n->count > 0 || strncmp(n->name, "_acme-challenge.", 16) == 0)
		return DONE;
	struct registry *registry = d->updater->registry;
	int outcome = registry->engine->each(registry, &record_kind, &of, count_below, &counting, d->error);
	return outcome == DONE && counting.count >= HOST_RECORDS ? refuse(d, n, "more than 64 records below one host")
								  : outcome;
}

/* A name of a host of one's own, or of one that one may make. */
static int check_own(struct draft *d, const struct right *r, struct draft_name *n, uint16_t type, bool adds)
{
	const char *name = right_host(n->name);
	struct host host;
	bool fresh, below = name != n->name;
	bool address = !below && (type == TYPE_A || type == TYPE_AAAA || type == TYPE_ANY);
	int outcome = grant_host(d->updater, d->exchange, r->account, name, &host, &fresh, d->error);
	if (outcome == ABSENT)
		return refuse(d, n, "it is no host of this key's account, nor one of its underscore names");
	if (outcome != DONE)
		return outcome;
	if (is_delegating(type))
		return refuse(d, n, "an operator's account is needed for this type");
	if (below)
		return adds ? check_room(d, n, name) : DONE;
	if (!address && (fresh || type == TYPE_CNAME))
		return refuse(d, n, fresh ? "the host is to be given an address first" : "a host is no alias");
	if (fresh && !n->is_host) {
		n->host = host;
		n->host.name = n->name;
		n->is_host = n->fresh = true;
		n->addresses = "";
	}
	return adds && n->count > OWN_RECORDS ? refuse(d, n, "more than 16 records of one name") : DONE;
}

int right_check(struct draft *d, const struct right *r, struct draft_name *n, uint16_t type, bool adds)
{
	if (!right_types(r->types, type) || (*r->names != '\0' && !right_covers(r->names, n->name)))
		return refuse(d, n, "the key is not for this name and type");
	int outcome = check_computed(d, n, type);
	if (outcome != DONE)
		return outcome;
	if (r->texts && type == TYPE_TXT && !n->is_host && grant_covers(r->account->hosts, n->name))
		return DONE;
	if (!is_master(r->account))
		return check_own(d, r, n, type, adds);
	if (n->is_host && (type == TYPE_CNAME || type == TYPE_NS || type == TYPE_DNAME))
		return refuse(d, n, "a host is no alias and no delegation");
	return DONE;
}
