/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting the TXT of a challenge as acme-dns and lego's httpreq ask for it, by the rules of UPDATE. */
#include "updater/acme.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/name.h"
#include "updater/auth.h"
#include "updater/facts.h"
#include "updater/grant.h"
#include "updater/refusal_log.h"
#include "updater/reply.h"
#include "updater/update.h"
#include "wire/type.h"

enum {
	TXT_MOST = 255, ACME_TXT = 43, ACME_TTL = 60,
	KEPT = 2,          /* values of a name */
	RECORDS_MOST = 64, /* that one request changes */
	REGISTER_INTERVAL = 60 * 1000, REGISTER_BURST = 10, /* for a source */
};

static const char prefix[] = "_acme-challenge.";

/* Replies as acme-dns does, whose errors are one word. */
static int reply_error(struct exchange *x, int status, const char *word)
{
	refusal_note(x, "", "", word);
	reply_json(x, status, json_pack("{s:s}", "error", word));
	return DONE;
}

/* A member of the body that is text, "" if it is not there. *object is the caller's to give back. */
static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

/* Begins an UPDATE, as RFC 2136 would have it, of the zone that OWNER lies in; OWNER is in normal form. */
static int begin(struct updater *u, struct exchange *x, const char *owner, struct update_message *m, struct error *e)
{
	struct zone zone;
	int outcome = grant_zone(u->access.registry, &x->arena, owner, &zone, e);
	if (outcome != DONE)
		return outcome;
	*m = (struct update_message){ .zone = zone.name, .zone_type = TYPE_SOA, .zone_class = CLASS_IN };
	m->updates = arena_take(&x->arena, RECORDS_MOST * sizeof *m->updates);
	if (m->updates == NULL)
		return fail(e, FAILED, "out of memory");
	return name_read(zone.name, &m->zone_name, e);
}

static int put(struct exchange *x, struct update_message *m, const char *owner, uint16_t class, struct blob rdata,
	struct error *e)
{
	struct update_record *record = &m->updates[m->update_count];
	*record = (struct update_record){ .owner = arena_text(&x->arena, owner), .type = TYPE_TXT, .class = class,
		.ttl = class == CLASS_IN ? ACME_TTL : 0, .rdata = rdata };
	if (record->owner == NULL)
		return fail(e, FAILED, "out of memory");
	m->update_count++;
	return name_read(owner, &record->name, e);
}

static int txt_rdata(struct exchange *x, const char *text, struct blob *rdata, struct error *e)
{
	size_t size = strlen(text);
	uint8_t *bytes = size > TXT_MOST ? NULL : arena_bytes(&x->arena, size + 1);
	if (bytes == NULL)
		return size > TXT_MOST ? fail(e, REFUSED, "the value is too long") : fail(e, FAILED, "out of memory");
	bytes[0] = (uint8_t)size;
	memcpy(bytes + 1, text, size);
	*rdata = (struct blob){ bytes, size + 1 };
	return DONE;
}

static bool same(struct blob a, struct blob b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Takes out all values but the new one and the newest before, so that two stay. */
static int forget_old(struct updater *u, struct exchange *x, struct update_message *m, const char *owner,
	struct blob fresh, const char *meta, struct error *e)
{
	struct draft draft;
	struct draft_name *name;
	struct blob *values, newest = { 0 };
	size_t count;
	const char *text = "";
	int outcome = registry_meta_get(u->access.registry, meta, &x->arena, &text, e);
	if (outcome >= 0)
		outcome = txt_rdata(x, text, &newest, e);
	if (outcome == DONE)
		outcome = draft_begin(&draft, u, x, m->zone, e);
	if (outcome == DONE)
		outcome = draft_name(&draft, owner, &name);
	if (outcome == DONE)
		outcome = draft_records(&draft, name, TYPE_TXT, &values, &count);
	size_t left = outcome == DONE ? count : 0;
	for (size_t i = 0; outcome == DONE && i < count; i++)
		if (same(values[i], fresh))
			return DONE;
	for (size_t i = 0; outcome == DONE && i < count && left >= KEPT && m->update_count < RECORDS_MOST - 1; i++)
		if (!same(values[i], newest)) {
			outcome = put(x, m, owner, CLASS_NONE, values[i], e);
			left--;
		}
	return outcome;
}

static struct update_run asked_by(const struct account *account)
{
	return (struct update_run){ .policy = { account, "", "", true }, .key = "(HTTP)" };
}

/* Refuses with acme-dns' one word; the log says why. */
static int reply_refused(struct exchange *x, const struct account *account, const char *owner, const struct error *why)
{
	refusal_note(x, account->name, owner, why->text);
	return reply_error(x, 401, "forbidden");
}

/* The name whose TXT a subdomain stands for; false if it is none. */
static bool owner_of(const struct updater *u, const char *subdomain, char owner[NAME_TEXT])
{
	char text[2 * NAME_WIRE + 32];
	bool host = strchr(subdomain, '.') != NULL;
	if (*subdomain == '\0' || strlen(subdomain) > NAME_WIRE || strlen(u->settings.acme_dns) > NAME_WIRE
		|| (!host && *u->settings.acme_dns == '\0'))
		return false;
	strcpy(text, prefix);
	strcat(text, subdomain);
	if (!host) {
		strcat(text, ".");
		strcat(text, u->settings.acme_dns);
	}
	return name_normal(text, owner, NULL) == DONE;
}

static bool is_acme_txt(const char *txt)
{
	size_t size = strspn(txt, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	return size == ACME_TXT && txt[size] == '\0';
}

static int set_txt(struct updater *u, struct exchange *x, const struct account *account, const char *owner,
	const char *txt, struct error *e)
{
	struct update_message m;
	struct update_run asked = asked_by(account);
	enum rcode rcode = RCODE_REFUSED;
	struct blob rdata;
	const char *meta = arena_format(&x->arena, "acme %s", owner);
	int outcome = meta == NULL ? fail(e, FAILED, "out of memory") : begin(u, x, owner, &m, e);
	if (outcome == DONE)
		outcome = txt_rdata(x, txt, &rdata, e);
	if (outcome == DONE)
		outcome = forget_old(u, x, &m, owner, rdata, meta, e);
	if (outcome == DONE)
		outcome = put(x, &m, owner, CLASS_IN, rdata, e);
	if (outcome == DONE)
		outcome = update_run(u, x, &asked, &m, &rcode, e);
	if (outcome == DONE && asked.wrote)
		outcome = registry_meta_set(u->access.registry, meta, txt, e);
	if (outcome < 0)
		return outcome;
	if (outcome > 0)
		return reply_error(x, 400, "bad_subdomain"); /* in no zone of ours */
	if (rcode != RCODE_NOERROR)
		return reply_refused(x, account, owner, &asked.why);
	reply_json(x, 200, json_pack("{s:s}", "txt", txt));
	return DONE;
}

int acme_update(struct updater *u, struct exchange *x, struct error *e)
{
	const struct account *account;
	json_t *object;
	char owner[NAME_TEXT];
	int outcome = auth_password(u, x, x->request.api_user, x->request.api_key, &account, e);
	if (outcome != DONE)
		return outcome;
	if (account == NULL)
		return reply_error(x, 401, "forbidden");
	if (facts_read(x->request.body.at, x->request.body.size, &object, e) != DONE)
		return reply_error(x, 400, "malformed_json_payload");
	const char *txt = arena_text(&x->arena, member(object, "txt"));
	bool named = owner_of(u, member(object, "subdomain"), owner);
	json_decref(object);
	if (txt == NULL)
		return fail(e, FAILED, "out of memory");
	if (!named)
		return reply_error(x, 400, "bad_subdomain");
	return is_acme_txt(txt) ? set_txt(u, x, account, owner, txt, e) : reply_error(x, 400, "bad_txt");
}

/* A random UUID (RFC 4122 section 4.4). */
static int make_uuid(char text[37], struct error *e)
{
	uint8_t bytes[16];
	char hex[33];
	int outcome = secret_random(bytes, sizeof bytes, e);
	bytes[6] = (uint8_t)((bytes[6] & 15) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	hex_write(bytes, sizeof bytes, hex);
	for (size_t i = 0, at = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			text[at++] = '-';
		text[at++] = hex[i];
		text[at] = '\0';
	}
	return outcome;
}

/* Writes the network that registrations are counted by: what a provider gives one customer. TEXT has room for
 * ENDPOINT_TEXT. */
static void write_network(const struct address *caller, char *text)
{
	struct address network = *caller;
	size_t kept = caller->family == ADDRESS_V4 ? 3 : 6;
	memset(network.bytes + kept, 0, sizeof network.bytes - kept);
	address_write(&network, text);
	strcat(text, caller->family == ADDRESS_V4 ? "/24" : "/48");
}

/* Refuses to register a name whose TXT could never be set. */
static int judge_owner(struct updater *u, struct exchange *x, const char *owner, struct error *e)
{
	struct zone zone;
	int outcome = grant_zone(u->access.registry, &x->arena, owner, &zone, e);
	if (outcome == DONE && grant_computed(zone.name, grant_challenged(owner)))
		return fail(e, REFUSED, "acme-dns %s: what is below it is computed by the name server, and takes no TXT",
			u->settings.acme_dns);
	return outcome < 0 ? outcome : DONE;
}

int acme_register(struct updater *u, struct exchange *x, struct error *e)
{
	char uuid[37], token[TOKEN_TEXT], owner[NAME_TEXT], network[ENDPOINT_TEXT];
	uint8_t hash[TOKEN_HASH];
	struct account row;
	if (*u->settings.acme_dns == '\0') {
		reply_problem(x, 404, "there is nothing here", NULL);
		return DONE;
	}
	if (!x->request.exempt && !limit_take(&u->limits.hosts, limit_source(&u->limits.hosts, &x->request.caller), clock_ticks(),
			REGISTER_INTERVAL, REGISTER_BURST)) {
		reply_limited(x);
		return DONE;
	}
	write_network(&x->request.caller, network);
	int outcome = x->request.exempt ? DONE : grant_names(u->access.registry, &u->settings, network, e);
	if (outcome == REFUSED) {
		refusal_note(x, "", "", e->text);
		return reply_error(x, 403, "too_many_registrations");
	}
	if (outcome == DONE)
		outcome = make_uuid(uuid, e);
	if (outcome == DONE)
		outcome = token_make(token, e);
	if (outcome == DONE)
		outcome = row_standard(&account_kind, &row, &x->arena, e);
	if (outcome != DONE)
		return outcome;
	if (!owner_of(u, uuid, owner))
		return fail(e, REFUSED, "acme-dns %s: no such name can be made", u->settings.acme_dns);
	outcome = judge_owner(u, x, owner, e);
	if (outcome != DONE)
		return outcome;
	token_hash(&u->access.keys, token, strlen(token), hash);
	row.name = uuid;
	row.hosts = owner;
	row.network = network;
	row.token = (struct blob){ hash, sizeof hash };
	outcome = transaction_act(&u->transaction, x, uuid, "acme-dns registration", e);
	if (outcome == DONE)
		outcome = registry_add(u->access.registry, &account_kind, &row, e);
	if (outcome == DONE)
		reply_json(x, 201, json_pack("{s:s, s:s, s:s, s:s, s:[]}", "username", uuid, "password", token, "fulldomain",
			owner, "subdomain", uuid, "allowfrom"));
	secret_forget(token, sizeof token);
	return outcome;
}

/* lego's httpreq: {"fqdn": NAME, "value": TEXT}. REFUSED in words. */
static int read_challenge(struct exchange *x, char owner[NAME_TEXT], struct blob *rdata, struct error *why)
{
	json_t *object;
	int outcome = facts_read(x->request.body.at, x->request.body.size, &object, why);
	if (outcome != DONE)
		return outcome;
	outcome = name_normal(member(object, "fqdn"), owner, why);
	if (outcome == DONE)
		outcome = txt_rdata(x, member(object, "value"), rdata, why);
	json_decref(object);
	return outcome;
}

static int change_txt(struct updater *u, struct exchange *x, const struct account *account, uint16_t class,
	struct error *e)
{
	struct update_message m;
	struct update_run asked = asked_by(account);
	enum rcode rcode = RCODE_REFUSED;
	struct blob rdata;
	char owner[NAME_TEXT];
	int status = 400, outcome = read_challenge(x, owner, &rdata, e);
	if (outcome == DONE && (status = 403, outcome = begin(u, x, owner, &m, e)) == DONE)
		outcome = put(x, &m, owner, class, rdata, e);
	if (outcome == DONE)
		outcome = update_run(u, x, &asked, &m, &rcode, e);
	if (outcome < 0)
		return outcome;
	bool well = outcome == DONE && rcode == RCODE_NOERROR;
	const char *why = outcome == DONE ? asked.why.text : e->text;
	if (!well)
		refusal_note(x, account->name, "", why);
	reply_text(x, well ? 200 : status, well ? "\n" : arena_format(&x->arena, "%s\n", why));
	return DONE;
}

static int present(struct updater *u, struct exchange *x, uint16_t class, struct error *e)
{
	const struct account *account;
	int outcome = auth_account(u, x, &account, e);
	if (outcome != DONE)
		return outcome;
	if (account != NULL)
		return change_txt(u, x, account, class, e);
	reply_problem(x, 401, "unknown account or wrong password", NULL);
	x->reply.authenticate = "Basic realm=\"windsock\", charset=\"UTF-8\"";
	return DONE;
}

int acme_present(struct updater *u, struct exchange *x, struct error *e)
{
	return present(u, x, CLASS_IN, e);
}

int acme_cleanup(struct updater *u, struct exchange *x, struct error *e)
{
	return present(u, x, CLASS_NONE, e);
}

int acme_health(struct updater *u, struct exchange *x, struct error *e)
{
	(void)u;
	(void)e;
	reply_text(x, 200, "");
	return DONE;
}
