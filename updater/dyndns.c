/* SPDX-License-Identifier: BSD-2-Clause */
/* dyndns2: reading what is asked for, changing each host, and the reply's lines. */
#include "updater/dyndns.h"

#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "updater/auth.h"
#include "updater/hosts.h"
#include "updater/refusal_log.h"
#include "updater/reply.h"

/* Reading. */

static int read_host(const char *word, size_t length, struct arena *arena, struct dyndns_host *host)
{
	struct name name;
	char normal[NAME_TEXT];
	*host = (struct dyndns_host){ NULL, CODE_NOTFQDN };
	if (name_read_part(word, length, &name, NULL) != DONE || !name_is_host(&name))
		return DONE;
	name_write(name.wire, normal);
	*host = (struct dyndns_host){ arena_text(arena, normal), CODE_GOOD };
	return host->name == NULL ? FAILED : DONE;
}

/* Words separated by commas, with blanks beside them, as people write them. Empty ones are errors, but for a comma at
 * the end. */
static enum code read_hosts(const struct request *r, struct arena *arena, struct dyndns *d, int *outcome)
{
	static const char blanks[] = " \t+";
	struct piece list = request_value(r, "hostname");
	if (list.size == 0)
		return CODE_NOTFQDN;
	for (size_t at = 0; at < list.size && *outcome == DONE;) {
		const char *word = list.at + at;
		size_t length = strcspn(word, ","), before = strspn(word, blanks);
		at += length + 1;
		if (before >= length && length > 0 && at >= list.size)
			break;
		if (d->count == DYNDNS_HOSTS)
			return CODE_NUMHOST;
		before = before < length ? before : length;
		for (length -= before; length > 0 && strchr(blanks, word[before + length - 1]) != NULL;)
			length--;
		*outcome = read_host(word + before, length, arena, &d->hosts[d->count++]);
	}
	return d->count == 0 ? CODE_NOTFQDN : CODE_GOOD;
}

/* What takes addresses away: offline=YES all of them, - in the place of addresses those of that family. */
static bool read_removals(const struct request *r, struct dyndns *d)
{
	struct piece offline = request_value(r, "offline");
	if (offline.size == 3 && ascii_lower(offline.at[0]) == 'y' && ascii_lower(offline.at[1]) == 'e'
		&& ascii_lower(offline.at[2]) == 's')
		d->without_v4 = d->without_v6 = true;
	return d->without_v4 && d->without_v6;
}

/* All arguments that clients put addresses into, as one list. */
static void read_addresses(const struct request *r, struct arena *arena, struct dyndns *d, int *outcome)
{
	static const char *const names[] = { "myip", "myipv4", "myipv6", "myip6", "ipv6" };
	char normal[ADDRESS_LIST];
	struct text all = { 0 };
	bool offline = read_removals(r, d);
	text_add(&all, "");
	for (size_t i = 0; !offline && i < sizeof names / sizeof names[0]; i++) {
		const char *value = request_value(r, names[i]).at;
		bool six = strchr(names[i], '6') != NULL, gone = strcmp(value, "-") == 0;
		d->without_v4 |= gone && !six;
		d->without_v6 |= gone && six;
		text_addf(&all, ",%s", gone ? "" : value);
	}
	bool good = !all.broken && address_list(all.bytes, ADDRESS_LIST_MOST, normal, NULL) == DONE;
	if (good && normal[0] == '\0' && !d->without_v4 && !d->without_v6)
		address_write(&r->caller, normal);
	d->addresses = good ? arena_text(arena, normal) : NULL;
	if (all.broken || (good && d->addresses == NULL))
		*outcome = FAILED;
	text_free(&all);
}

enum code dyndns_read(const struct request *r, struct arena *arena, struct dyndns *d, int *outcome)
{
	*outcome = DONE;
	*d = (struct dyndns){ 0 };
	enum code code = read_hosts(r, arena, d, outcome);
	if (code == CODE_GOOD && *outcome == DONE)
		read_addresses(r, arena, d, outcome);
	return code;
}

/* Replying. */

static int reply_one(struct updater *u, struct exchange *x, enum code code)
{
	u->counters.codes[API_DYNDNS][code]++;
	reply_text(x, code == CODE_BADAUTH ? 401 : 200, arena_format(&x->arena, "%s\n", code_words[code]));
	if (code == CODE_BADAUTH)
		x->reply.authenticate = "Basic realm=\"windsock\", charset=\"UTF-8\"";
	return DONE;
}

static int reply_each(struct updater *u, struct exchange *x, const struct dyndns *d, struct error *e)
{
	struct text body = { 0 };
	for (size_t i = 0; i < d->count; i++) {
		u->counters.codes[API_DYNDNS][d->hosts[i].code]++;
		code_line(&body, d->hosts[i].code, d->addresses);
	}
	const char *text = body.broken ? NULL : arena_text(&x->arena, body.bytes);
	text_free(&body);
	if (text == NULL)
		return fail(e, FAILED, "out of memory");
	reply_text(x, 200, text);
	return DONE;
}

void dyndns_trouble(struct exchange *x)
{
	reply_text(x, 503, "911\n");
}

int dyndns_badagent(struct updater *u, struct exchange *x, struct error *e)
{
	(void)e;
	return reply_one(u, x, CODE_BADAGENT);
}

/* Applying. */

/* One host of the list, by itself: what is wrong with another one is none of its business. */
static int update_one(struct updater *u, struct exchange *x, const struct account *account, const struct dyndns *d,
	const char *name, enum code *code, struct error *e)
{
	struct host host;
	enum grant grant;
	int outcome = hosts_may(u, &x->arena, account, name, d->addresses, &host, &grant, code, e);
	if (outcome != DONE || *code != CODE_GOOD)
		return outcome;
	const char *addresses = hosts_merge(host.addresses, d->addresses, d->without_v4, d->without_v6, &x->arena);
	if (addresses == NULL)
		return fail(e, FAILED, "out of memory");
	if (grant == GRANT_NEW && *addresses == '\0')
		*code = CODE_NOHOST; /* nothing is made to be empty */
	return *code == CODE_GOOD ? hosts_apply(u, x, account->name, &host, grant, addresses, (struct blob){ 0 }, code, e)
				  : DONE;
}

/* The host's place in the list if it was there before. */
static size_t first_of(const struct dyndns *d, size_t i)
{
	size_t first = 0;
	while (d->hosts[first].name == NULL || strcmp(d->hosts[first].name, d->hosts[i].name) != 0)
		first++;
	return first;
}

static int update_each(struct updater *u, struct exchange *x, const struct account *account, struct dyndns *d,
	struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < d->count && outcome == DONE; i++) {
		struct dyndns_host *host = &d->hosts[i];
		size_t first = host->name == NULL ? i : first_of(d, i);
		if (grant_blocked(account))
			host->code = CODE_ABUSE;
		else if (first < i)
			host->code = d->hosts[first].code;
		else if (host->code == CODE_GOOD)
			outcome = update_one(u, x, account, d, host->name, &host->code, e);
	}
	return outcome;
}

static const char *reason(enum code code, const struct account *account, const struct dyndns *d, const char *name)
{
	switch (code) {
	case CODE_NOTFQDN:
		return "not a host name";
	case CODE_NOHOST:
		return name != NULL && !grant_covers(account->hosts, name) ? "not covered by the account's patterns"
			: "another's host, or no place for one";
	case CODE_NUMHOST:
		return "too many hosts";
	case CODE_ABUSE:
		return grant_blocked(account) != NULL ? grant_blocked(account) : "changed too often";
	case CODE_BADIP:
		return d->addresses == NULL ? "not a list of addresses" : "an address that is not public";
	default:
		return code_words[code];
	}
}

static void note_refusals(struct exchange *x, const struct account *account, const struct dyndns *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dyndns_host *host = &d->hosts[i];
		if (host->code != CODE_GOOD && host->code != CODE_NOCHG)
			refusal_note(x, account->name, host->name == NULL ? request_value(&x->request, "hostname").at : host->name,
				reason(host->code, account, d, host->name));
	}
}

int dyndns_update(struct updater *u, struct exchange *x, struct error *e)
{
	const struct account *account;
	struct dyndns d;
	int read;
	int outcome = auth_account(u, x, &account, e);
	if (outcome != DONE)
		return outcome;
	if (account == NULL)
		return reply_one(u, x, CODE_BADAUTH);
	enum code code = dyndns_read(&x->request, &x->arena, &d, &read);
	if (read != DONE)
		return fail(e, FAILED, "out of memory");
	if (code != CODE_GOOD) {
		refusal_note(x, account->name, request_value(&x->request, "hostname").at, reason(code, account, &d, NULL));
		return reply_one(u, x, code);
	}
	outcome = update_each(u, x, account, &d, e);
	if (outcome == DONE)
		note_refusals(x, account, &d);
	return outcome == DONE ? reply_each(u, x, &d, e) : outcome;
}
