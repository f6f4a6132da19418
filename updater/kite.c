/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed update: what was signed, whether the signature is right and new, and the change. */
#include "updater/kite.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/digest.h"
#include "lib/log.h"
#include "lib/name.h"
#include "lib/pagekite.h"
#include "updater/auth.h"
#include "updater/families.h"
#include "updater/hosts.h"
#include "updater/refusal_log.h"
#include "updater/reply.h"

/* As sent: the raw text, unless it was escaped on the way. */
static struct piece as_sent(const struct argument *a)
{
	return memchr(a->raw.at, '%', a->raw.size) == NULL ? a->raw : a->value;
}

bool kite_read(const struct request *r, struct arena *arena, struct kite *k, int *outcome)
{
	const struct argument *host = request_argument(r, "hostname"), *ips = request_argument(r, "myip"),
		*sign = request_argument(r, "sign");
	struct name name;
	char text[(int)NAME_TEXT > (int)ADDRESS_LIST ? NAME_TEXT : ADDRESS_LIST];
	*k = (struct kite){ 0 };
	*outcome = DONE;
	if (host == NULL || ips == NULL || sign == NULL)
		return false;
	struct piece first = as_sent(host), second = as_sent(ips);
	size_t size = first.size + 1 + second.size;
	char *payload = arena_bytes(arena, size);
	if (payload == NULL) {
		*outcome = FAILED;
		return false;
	}
	memcpy(payload, first.at, first.size);
	payload[first.size] = ':';
	memcpy(payload + first.size + 1, second.at, second.size);
	k->payload = (struct piece){ payload, size };
	k->sign = sign->value;
	/* a kite for all names below a host is the host: it answers for them anyway */
	const char *named = strncmp(host->value.at, "*.", 2) == 0 ? host->value.at + 2 : host->value.at;
	if (host->value.size <= NAME_WIRE && name_read(named, &name, NULL) == DONE && name_is_host(&name)) {
		name_write(name.wire, text);
		k->host = arena_text(arena, text);
	}
	if (address_list(ips->value.at, ADDRESS_LIST_MOST, text, NULL) == DONE && text[0] != '\0')
		k->addresses = arena_text(arena, text);
	return true;
}

static int reply_code(struct updater *u, struct exchange *x, enum code code, const char *addresses,
	struct error *e)
{
	struct text line = { 0 };
	u->counters.codes[API_KITE][code]++;
	code_line(&line, code, addresses);
	const char *body = line.broken ? NULL : arena_text(&x->arena, line.bytes);
	text_free(&line);
	if (body == NULL)
		return fail(e, FAILED, "out of memory");
	reply_text(x, 200, body);
	return DONE;
}

/* Logs that a host's secret cannot be opened: the client is only told badauth, and would look for the fault on its
 * side. */
static void say_closed(struct updater *u, const char *host)
{
	enum { REMIND = 60 * 1000 };
	int64_t now = clock_ticks();
	if (u->access.closed_said != 0 && now - u->access.closed_said < REMIND)
		return;
	u->access.closed_said = now;
	log_warning("a secret cannot be opened, so that its client is refused: is %s the key file of this registry? host=%s",
		u->settings.key, host);
}

/* Whether the signature is right for the host, in the same time for hosts that are not there. */
static bool verify(struct updater *u, const struct host *host, const struct kite *k)
{
	uint8_t secret[SECRET_MOST];
	size_t size = 0;
	bool real = host != NULL && host->secret.size > 0;
	int opened = real ? secret_open(&u->access.keys, host->name, host->secret, secret, &size, NULL)
			  : secret_open(&u->access.keys, ".", u->access.dummy, secret, &size, NULL);
	if (real && opened != DONE)
		say_closed(u, host->name);
	bool right = opened == DONE && pagekite_is_full(k->sign.size)
		&& pagekite_verify(secret, size, k->payload.at, k->payload.size, k->sign.at,
			k->sign.size, clock_date());
	secret_forget(secret, sizeof secret);
	return right && real;
}

static int find_host(struct updater *u, struct exchange *x, const char *name, struct host *host,
	bool *there, struct error *e)
{
	struct host key = { .name = name == NULL ? "." : name };
	int outcome = registry_get(u->access.registry, &host_kind, &key, &x->arena, host, e);
	*there = outcome == DONE;
	return outcome == ABSENT ? DONE : outcome;
}

/* Whether the host still has the addresses that were signed, apart from those that `ipv` added then: the relay may
 * have other ones by now. */
static bool has_still(const struct host *host, const struct kite *k, const char *given)
{
	struct address address;
	bool all = k->addresses != given;
	while (all && address_next(&given, &address))
		all = families_hold(host->addresses, &address);
	return all || hosts_same(host->addresses, k->addresses);
}

/* Applies an update whose signature is right. GIVEN are the addresses that were signed and those that `ipv` adds. */
static int apply(struct updater *u, struct exchange *x, struct host *host, const struct kite *k, const char *given,
	enum code *code, struct error *e)
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	const char *blocked = NULL;
	bool published = false;
	digest_sha256(k->sign.at, k->sign.size, digest);
	struct signature used, key = { host->name, { digest, KITE_DIGEST } };
	int outcome = registry_get(u->access.registry, &signature_kind, &key, &x->arena, &used, e);
	if (outcome == DONE) {
		bool current = host->sign.size == KITE_DIGEST
			&& secret_equal(host->sign.data, digest, KITE_DIGEST)
			&& has_still(host, k, given);
		*code = current ? CODE_NOCHG : CODE_BADAUTH; /* another update came since: it is used up, and answered
		                                              * as a wrong one */
		return DONE;
	}
	if (outcome == ABSENT)
		outcome = grant_signed(&u->access, &u->settings, host, k->addresses, &blocked, &published, e);
	*code = blocked != NULL ? CODE_ABUSE : published ? CODE_GOOD : CODE_BADIP;
	if (outcome != DONE || *code != CODE_GOOD)
		return outcome;
	outcome = hosts_apply(u, x, *host->account == '\0' ? host->name : host->account, host, GRANT_OWN,
		k->addresses, key.digest, code, e);
	if (outcome == DONE && *code != CODE_ABUSE)
		outcome = registry_add(u->access.registry, &signature_kind, &key, e);
	return outcome;
}

static const char *abuse(struct updater *u, const struct host *host)
{
	struct error e;
	const char *blocked = NULL;
	bool published;
	int outcome = grant_signed(&u->access, &u->settings, host, "", &blocked, &published, &e);
	return outcome != DONE || blocked == NULL ? "changed too often" : blocked;
}

static const char *reason(struct updater *u, enum code code, const struct kite *k, const struct host *host, bool right)
{
	if (right)
		return code == CODE_BADAUTH ? "a signature that was superseded" : code != CODE_BADIP ? abuse(u, host)
			: k->addresses == NULL ? "not a list of addresses" : "an address that is not public";
	return k->host == NULL ? "not a host name" : host == NULL ? "unknown host"
		: host->secret.size == 0 ? "the host has no secret" : "wrong signature";
}

int kite_update(struct updater *u, struct exchange *x, struct error *e)
{
	struct kite k;
	struct host host;
	int outcome;
	bool there;
	if (!kite_read(&x->request, &x->arena, &k, &outcome)) {
		if (outcome == DONE)
			reply_problem(x, 404, "there is nothing here", NULL);
		return outcome;
	}
	outcome = find_host(u, x, k.host, &host, &there, e);
	if (outcome != DONE)
		return outcome;
	enum code code = CODE_BADAUTH;
	bool right = x->right = verify(u, there ? &host : NULL, &k);
	if (right && k.addresses == NULL)
		code = CODE_BADIP;
	else if (right) {
		const char *given = k.addresses;
		outcome = families_add(u, x, given, request_value(&x->request, "ipv"), &k.addresses, e);
		if (outcome == DONE)
			outcome = apply(u, x, &host, &k, given, &code, e);
	}
	if (outcome == DONE && code != CODE_GOOD && code != CODE_NOCHG)
		refusal_note(x, right ? host.account : "", k.host == NULL ? request_value(&x->request, "hostname").at : k.host,
			reason(u, code, &k, there ? &host : NULL, right));
	if (code == CODE_BADAUTH)
		auth_failed(u, x);
	return outcome == DONE ? reply_code(u, x, code, k.addresses, e) : outcome;
}
