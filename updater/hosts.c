/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing a host's addresses: whether it may be, whether it is one change too many, and the writing. */
#include "updater/hosts.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

enum { HOST_INTERVAL = 60 * 1000, HOST_BURST = 10 }; /* 60 changes an hour */

bool hosts_same(const char *a, const char *b)
{
	struct address one, other;
	if (strlen(a) != strlen(b))
		return false;
	while (address_next(&a, &one)) {
		const char *rest = b;
		bool found = false;
		while (!found && address_next(&rest, &other))
			found = address_equal(&one, &other);
		if (!found)
			return false;
	}
	return true;
}

const char *hosts_merge(const char *had, const char *given, bool without_v4, bool without_v6, struct arena *arena)
{
	struct text merged = { 0 };
	struct address address;
	bool v4 = without_v4, v6 = without_v6; /* of these nothing stays */
	for (const char *rest = given; address_next(&rest, &address);)
		*(address.family == ADDRESS_V6 ? &v6 : &v4) = true;
	text_add(&merged, given);
	for (const char *rest = had; address_next(&rest, &address);) {
		char text[ADDRESS_TEXT];
		if (address.family == ADDRESS_V6 ? v6 : v4)
			continue;
		address_write(&address, text);
		text_addf(&merged, "%s%s", merged.length == 0 ? "" : " ", text);
	}
	const char *copy = merged.broken ? NULL : arena_text(arena, merged.bytes);
	text_free(&merged);
	return copy;
}

bool hosts_too_often(struct limits *limits, const char *name)
{
	return !limit_take(&limits->hosts, limit_name(&limits->hosts, name), clock_ticks(), HOST_INTERVAL, HOST_BURST);
}

int hosts_may(struct updater *u, struct arena *arena, const struct account *account, const char *name,
	const char *addresses, struct host *host, enum grant *grant, enum code *code, struct error *e)
{
	int outcome = grant_host(u->access.registry, arena, account, name, host, grant, e);
	if (outcome == ABSENT)
		*code = CODE_NOHOST;
	if (outcome != DONE)
		return outcome < 0 ? outcome : DONE;
	if (addresses == NULL || !grant_addresses(addresses, account->allow_private != 0)) {
		*code = CODE_BADIP;
		return DONE;
	}
	outcome = grant_quota(u->access.registry, &u->settings, account, *grant == GRANT_NEW ? 1 : 0, e);
	if (outcome == REFUSED)
		*code = CODE_NUMHOST;
	return outcome < 0 ? outcome : DONE;
}

int hosts_write(struct transaction *t, const struct host *host, bool fresh, bool changed, struct error *e)
{
	int outcome = fresh ? registry_add(t->registry, &host_kind, host, e) : registry_set(t->registry, &host_kind, host, e);
	if (outcome == DONE && changed)
		transaction_host(t, host);
	if (outcome == DONE && fresh)
		log_info("made the host %s account=%s", host->name, host->account);
	return outcome;
}

int hosts_apply(struct updater *u, const struct exchange *x, const char *actor, struct host *host, enum grant grant,
	const char *addresses, struct blob sign, enum code *code, struct error *e)
{
	const char *verb = x->route->api == API_KITE ? "PageKite update" : "dyndns2 update";
	bool changed = !hosts_same(host->addresses, addresses);
	bool signed_anew = sign.size > 0
		&& (sign.size != host->sign.size || memcmp(sign.data, host->sign.data, sign.size) != 0);
	if (changed && !x->request.exempt && hosts_too_often(&u->limits, host->name)) {
		*code = CODE_ABUSE;
		return DONE;
	}
	*code = changed ? CODE_GOOD : CODE_NOCHG;
	if (!changed && !signed_anew)
		return DONE;
	host->addresses = changed ? addresses : host->addresses;
	host->sign = sign;
	host->updated = changed ? clock_date() : host->updated;
	int outcome = transaction_act(&u->transaction, x, actor, verb, e);
	return outcome == DONE ? hosts_write(&u->transaction, host, grant == GRANT_NEW, changed, e) : outcome;
}
