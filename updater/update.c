/* SPDX-License-Identifier: BSD-2-Clause */
/* An UPDATE: prerequisites, permission, changes, limits and the answer. */
#include "updater/update.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/grant.h"
#include "updater/hosts.h"
#include "wire/rdata.h"
#include "wire/tsig.h"
#include "wire/type.h"

enum {
	VERB_MOST = 450,
	CLIENT_RECORDS = 256,  /* of a message of a client's, prerequisites among them */
	RECORDS_A_TOKEN = 16,  /* a long message counts as many */
	KEY_INTERVAL = 50, KEY_BURST = 20, /* 20 messages a second, as of requests over HTTP */
};

static const char *const rcode_words[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE" };

struct run {
	struct updater *updater;
	struct exchange *exchange;
	struct update_run *asked;
	const struct update_message *message;
	struct draft draft;
	enum rcode rcode;
};

/* Sets the answer's rcode; with anything but NOERROR the message ends there. Why is what WHAT says of OWNER, or else what
 * the draft's error says already. */
static int say(struct run *r, enum rcode rcode, const char *what, const char *owner)
{
	if (what != NULL)
		fail(r->draft.error, REFUSED, "%s: %s", owner, what);
	r->asked->why = *r->draft.error;
	r->rcode = rcode;
	return DONE;
}

/* Turns an outcome that refuses into the answer REFUSED, and passes others on. */
static int refused(struct run *r, int outcome)
{
	return outcome > 0 ? say(r, RCODE_REFUSED, NULL, NULL) : outcome;
}

/* Prerequisites: RFC 2136 section 3.2. */

static int find(struct run *r, const struct update_record *record, struct draft_name **name)
{
	return draft_name(&r->draft, record->owner, name);
}

static bool holds(uint16_t type, const struct blob *rdatas, size_t count, struct blob rdata)
{
	for (size_t i = 0; i < count; i++)
		if (rdata_compare(type, rdatas[i], rdata) == 0)
			return true;
	return false;
}

static bool same_rrset(const struct update_record *a, const struct update_record *b)
{
	return a->class == b->class && a->type == b->type && strcmp(a->owner, b->owner) == 0;
}

/* Whether the records of the same name and type in the prerequisites are just those that there are. */
static int check_rrset(struct run *r, const struct update_record *first)
{
	struct draft_name *name;
	struct blob *there, *wanted = arena_take(&r->exchange->arena, UPDATE_RECORDS * sizeof *wanted);
	size_t count, wanted_count = 0;
	bool equal = true;
	int outcome = wanted == NULL ? fail(r->draft.error, FAILED, "out of memory") : find(r, first, &name);
	if (outcome == DONE)
		outcome = draft_records(&r->draft, name, first->type, &there, &count);
	if (outcome != DONE)
		return refused(r, outcome);
	const struct update_record *all = r->message->prerequisites, *end = all + r->message->prerequisite_count;
	for (const struct update_record *record = first; record < end; record++)
		if (same_rrset(record, first)) {
			wanted[wanted_count++] = record->rdata;
			equal &= holds(first->type, there, count, record->rdata);
		}
	for (size_t i = 0; i < count; i++)
		equal &= holds(first->type, wanted, wanted_count, there[i]);
	return equal ? DONE : say(r, RCODE_NXRRSET, "the RRset is another one", first->owner);
}

static bool is_first(const struct run *r, const struct update_record *record)
{
	for (const struct update_record *before = r->message->prerequisites; before < record; before++)
		if (same_rrset(before, record))
			return false;
	return true;
}

static int check_existence(struct run *r, const struct update_record *record)
{
	struct draft_name *name;
	bool has, any = record->type == TYPE_ANY;
	int outcome = find(r, record, &name);
	if (outcome == DONE)
		outcome = draft_has(&r->draft, name, any ? 0 : record->type, &has);
	if (outcome != DONE)
		return refused(r, outcome);
	if (record->class == CLASS_ANY && !has)
		return any ? say(r, RCODE_NXDOMAIN, "the name is not in use", record->owner)
			   : say(r, RCODE_NXRRSET, "the RRset does not exist", record->owner);
	if (record->class == CLASS_NONE && has)
		return any ? say(r, RCODE_YXDOMAIN, "the name is in use", record->owner)
			   : say(r, RCODE_YXRRSET, "the RRset exists", record->owner);
	return DONE;
}

/* Section 3.2.5: those without data are checked first, then those that give an RRset's records, each set as a whole. */
static int check_prerequisites(struct run *r)
{
	const struct update_record *all = r->message->prerequisites, *end = all + r->message->prerequisite_count;
	int outcome = DONE;
	for (const struct update_record *p = all; p < end && outcome == DONE && r->rcode == RCODE_NOERROR; p++)
		if (p->class != CLASS_IN)
			outcome = check_existence(r, p);
	for (const struct update_record *p = all; p < end && outcome == DONE && r->rcode == RCODE_NOERROR; p++)
		if (p->class == CLASS_IN && is_first(r, p))
			outcome = check_rrset(r, p);
	return outcome;
}

/* Updates: section 3.4. */

static int permit(struct run *r)
{
	int outcome = DONE;
	for (size_t i = 0; i < r->message->update_count && outcome == DONE; i++) {
		const struct update_record *record = &r->message->updates[i];
		struct draft_name *name;
		outcome = find(r, record, &name);
		if (outcome == DONE)
			outcome = update_policy_check(&r->draft, &r->asked->policy, name, record->type,
				record->class == CLASS_IN);
	}
	return refused(r, outcome);
}

static int change(struct run *r, struct draft_name *name, const struct update_record *record)
{
	bool address = update_policy_address(name, record->type);
	switch (record->class) {
	case CLASS_IN:
		return address ? draft_add_address(&r->draft, name, record->type, record->rdata)
			       : draft_add(&r->draft, name, record->type, record->ttl, record->rdata);
	case CLASS_NONE:
		if (address)
			return draft_delete_address(&r->draft, name, record->type, record->rdata);
		draft_delete_one(&r->draft, name, record->type, record->rdata);
		return DONE;
	default:
		break;
	}
	bool all = record->type == TYPE_ANY;
	if (!address)
		draft_delete(&r->draft, name, all ? 0 : record->type);
	return name->is_host && (address || all)
		? draft_delete_address(&r->draft, name, all ? 0 : record->type, (struct blob){ 0 }) : DONE;
}

static int change_all(struct run *r)
{
	int outcome = DONE;
	for (size_t i = 0; i < r->message->update_count && outcome == DONE; i++) {
		struct draft_name *name;
		outcome = find(r, &r->message->updates[i], &name);
		if (outcome == DONE)
			outcome = change(r, name, &r->message->updates[i]);
	}
	if (outcome == DONE)
		outcome = draft_check(&r->draft);
	if (outcome == DONE)
		outcome = update_policy_settle(&r->draft, &r->asked->policy);
	return refused(r, outcome);
}

/* Whether a host has changed too often of late. All changes of a message to one host count as one, at its first name. */
static bool too_often(struct run *r, const struct draft_name *changed)
{
	const char *host = update_policy_host(changed->name);
	for (const struct draft_name *n = r->draft.names; n != changed; n = n->next)
		if (draft_name_changes(n) && strcmp(update_policy_host(n->name), host) == 0)
			return false;
	return hosts_too_often(&r->updater->limits, host);
}

/* The limits that HTTP has, too: only addresses that may be published, and no host that changes too often. */
static int check_limits(struct run *r)
{
	const struct account *account = r->asked->policy.account;
	bool private = account->allow_private != 0, free = r->exchange->request.exempt || grant_is_operator(account);
	for (const struct draft_name *n = r->draft.names; n != NULL; n = n->next) {
		if (!draft_name_changes(n))
			continue;
		if (n->is_host && n->addresses != n->host.addresses && !grant_addresses(n->addresses, private))
			return say(r, RCODE_REFUSED, "an address that cannot be published", n->name);
		if (!free && too_often(r, n))
			return say(r, RCODE_REFUSED, "it changes too often", n->name);
	}
	return DONE;
}

static void add_verb(struct text *verb, const struct update_record *record)
{
	char type[16] = "all";
	if (record->type != TYPE_ANY)
		type_write(record->type, type);
	text_addf(verb, " %s %s %s", record->class == CLASS_IN ? "+" : "-", record->owner, type);
}

/* The audit: account, address, key, and what was changed, without the data. */
static int act(struct run *r)
{
	struct text verb = { 0 };
	text_addf(&verb, "RFC 2136 update by key %s:", r->asked->key);
	for (size_t i = 0; i < r->message->update_count && verb.length < VERB_MOST; i++)
		add_verb(&verb, &r->message->updates[i]);
	const char *kept = verb.broken ? NULL : arena_text(&r->exchange->arena, verb.bytes);
	text_free(&verb);
	if (kept == NULL)
		return fail(r->draft.error, FAILED, "out of memory");
	return transaction_act(&r->updater->transaction, r->exchange, r->asked->policy.account->name, kept, r->draft.error);
}

static int apply(struct run *r)
{
	int outcome = change_all(r);
	if (outcome != DONE || r->rcode != RCODE_NOERROR || !draft_changes(&r->draft))
		return outcome;
	outcome = check_limits(r);
	if (outcome != DONE || r->rcode != RCODE_NOERROR)
		return outcome;
	r->asked->wrote = true;
	outcome = act(r);
	return outcome == DONE ? draft_write(&r->draft) : outcome;
}

int update_run(struct updater *u, struct exchange *x, struct update_run *asked, const struct update_message *m,
	enum rcode *rcode, struct error *e)
{
	struct run r = { u, x, asked, m, { 0 }, RCODE_NOERROR };
	asked->why.text[0] = '\0';
	int outcome = draft_begin(&r.draft, u, x, m->zone, e);
	const char *outside = update_outside(m), *blocked = grant_blocked(asked->policy.account);
	if (outcome == ABSENT || m->zone_class != CLASS_IN)
		outcome = say(&r, RCODE_NOTAUTH, "the zone is not ours", m->zone);
	else if (outcome == DONE && blocked != NULL)
		outcome = say(&r, RCODE_REFUSED, blocked, asked->policy.account->name);
	else if (outcome == DONE && outside != NULL)
		outcome = say(&r, RCODE_NOTZONE, "not within the zone", outside);
	if (outcome == DONE && r.rcode == RCODE_NOERROR)
		outcome = check_prerequisites(&r);
	if (outcome == DONE && r.rcode == RCODE_NOERROR)
		outcome = permit(&r);
	if (outcome == DONE && r.rcode == RCODE_NOERROR)
		outcome = apply(&r);
	*rcode = r.rcode;
	return outcome;
}

/* Messages. */

const struct route update_route = { "", METHOD_OTHER, API_UPDATE, NEEDS_BATCH, update_handle, update_trouble };

static void reply_rcode(struct exchange *x, int status, enum rcode rcode, bool edns, const char *why)
{
	const struct piece *message = &x->request.body;
	static const uint8_t nothing[UPDATE_ANSWER];
	uint8_t *answer = arena_bytes(&x->arena, UPDATE_ANSWER);
	x->reply = (struct reply){ .status = status, .body = (const char *)answer };
	if (answer == NULL || message->size < HEADER_SIZE) {
		x->reply.body = (const char *)nothing;
		return;
	}
	x->reply.size = update_answer((const uint8_t *)message->at, message->size, rcode, edns,
		rcode == RCODE_REFUSED ? EXTENDED_PROHIBITED : EXTENDED_OTHER, why, answer);
}

void update_trouble(struct exchange *x)
{
	reply_rcode(x, 503, RCODE_SERVFAIL, false, NULL);
}

void update_sent(struct updater *u, const struct exchange *x)
{
	struct tsig_context t;
	if (x->reply.size < HEADER_SIZE)
		return;
	uint8_t rcode = x->reply.body[3] & 15;
	u->counters.rcodes[rcode]++;
	if (rcode == RCODE_NOERROR && tsig_find((const uint8_t *)x->request.body.at, x->request.body.size, &t) == TSIG_THERE)
		seen_note(&u->seen, t.mac, t.mac_size);
}

/* The row's key, with one of its secrets, which is to be forgotten. */
static int open_key(struct updater *u, const struct tsig_context *t, const struct tsig *row, struct blob secret, struct tsig_key *key,
	struct error *e)
{
	*key = (struct tsig_key){ .name = t->key_name, .algorithm = (enum tsig_algorithm)row->algorithm };
	return secret_open(&u->access.keys, row->name, secret, key->secret, &key->secret_size, e);
}

static bool verify(struct updater *u, const struct exchange *x, struct tsig_context *t, const struct tsig *row)
{
	struct tsig_key former;
	struct error unopened;
	int64_t now = clock_date();
	bool overlaps = row->former.size > 0 && now < row->former_until && open_key(u, t, row, row->former, &former, &unopened) == DONE;
	bool well = tsig_verify_either(t, overlaps ? &former : NULL, (uint64_t)row->former_until,
		(const uint8_t *)x->request.body.at, (uint64_t)now);
	secret_forget(&former, sizeof former);
	return well;
}

/* Whose key it is, and whether it has signed. DONE with *account NULL when it is not good. */
static int authenticate(struct updater *u, struct exchange *x, struct tsig_context *t, struct tsig *row,
	const struct account **account, struct error *e)
{
	struct tsig_key key;
	char name[NAME_TEXT];
	struct tsig wanted = { .name = name };
	*account = NULL;
	if (tsig_find((const uint8_t *)x->request.body.at, x->request.body.size, t) != TSIG_THERE)
		return DONE;
	name_write(t->key_name.wire, name);
	int outcome = registry_get(u->access.registry, &tsig_kind, &wanted, &x->arena, row, e);
	if (outcome == DONE && (outcome = row_check(&tsig_kind, row, e)) == DONE)
		outcome = open_key(u, t, row, row->secret, &key, e);
	if (outcome != DONE) {
		t->error = TSIG_BADKEY;
		return outcome < 0 ? outcome : DONE;
	}
	t->key = &key;
	bool well = verify(u, x, t, row);
	t->key = NULL;
	secret_forget(&key, sizeof key);
	return well && *row->account != '\0' ? access_account(&u->access, row->account, account, e) : DONE;
}

static bool too_many(struct updater *u, const struct exchange *x, const char *key)
{
	return !x->request.exempt && !limit_take(&u->limits.requests, limit_name(&u->limits.requests, key), clock_ticks(),
		KEY_INTERVAL, KEY_BURST);
}

/* What a client's message costs is bounded before any of it is done. */
static enum rcode check_length(struct updater *u, const struct exchange *x, const struct update_run *asked,
	const struct update_message *m)
{
	size_t records = m->prerequisite_count + m->update_count;
	if (grant_is_master(asked->policy.account))
		return RCODE_NOERROR;
	if (records > CLIENT_RECORDS)
		return RCODE_REFUSED;
	for (size_t i = RECORDS_A_TOKEN; i < records; i += RECORDS_A_TOKEN)
		if (too_many(u, x, asked->key))
			return RCODE_SERVFAIL;
	return RCODE_NOERROR;
}

static int run_message(struct updater *u, struct exchange *x, const struct account *account, const struct tsig *key,
	struct error *e)
{
	struct update_message m;
	struct update_run asked = { { account, key->types, key->names, false }, key->name, { "" }, false };
	enum rcode rcode = RCODE_FORMERR;
	int outcome = update_read((const uint8_t *)x->request.body.at, x->request.body.size, &x->arena, &m, &asked.why);
	if (outcome < 0)
		return fail(e, FAILED, "%s", asked.why.text);
	if (outcome == DONE)
		rcode = check_length(u, x, &asked, &m);
	if (rcode == RCODE_REFUSED)
		fail(&asked.why, REFUSED, "%s: a client's message has %d records at most", m.zone, CLIENT_RECORDS);
	if (outcome == DONE && rcode == RCODE_NOERROR)
		outcome = update_run(u, x, &asked, &m, &rcode, e);
	if (outcome < 0)
		return outcome;
	if (rcode != RCODE_NOERROR)
		log_info("an update was answered %s key=%s account=%s: %s", rcode_words[rcode], key->name, account->name,
			asked.why.text);
	reply_rcode(x, 200, rcode, m.edns, rcode == RCODE_NOERROR ? NULL : asked.why.text);
	return DONE;
}

int update_handle(struct updater *u, struct exchange *x, struct error *e)
{
	struct tsig_context t;
	struct tsig key;
	const struct account *account;
	int outcome = authenticate(u, x, &t, &key, &account, e);
	if (outcome != DONE)
		return outcome;
	if (t.error != TSIG_WELL)
		reply_rcode(x, 200, RCODE_NOTAUTH, false, NULL);
	else if (account == NULL)
		reply_rcode(x, 200, RCODE_REFUSED, false, NULL);
	else if (seen_before(&u->seen, t.mac, t.mac_size))
		reply_rcode(x, 200, RCODE_NOERROR, false, NULL);
	else if ((int64_t)t.time < u->seen.since) /* it may have been done: who signs anew is served */
		reply_rcode(x, 200, RCODE_SERVFAIL, false, NULL);
	else if (too_many(u, x, key.name))
		reply_rcode(x, 200, RCODE_SERVFAIL, false, NULL);
	else
		return run_message(u, x, account, &key, e);
	return DONE;
}

