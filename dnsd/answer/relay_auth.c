/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a relay's question apart, checks its signature by the host's secret, and answers with an address. */
#include "dnsd/answer/relay_auth.h"

#include "dnsd/view/hosts.h"
#include "lib/clock.h"
#include "lib/pagekite.h"
#include "lib/text.h"

enum {
	LABEL_SRAND, LABEL_TOKEN, LABEL_SIGN, LABEL_PROTO, LABEL_HOST,
	LIMITS = 30, LIMITS_LABELS = 6, LABEL_KILOBYTES = 4, KILOBYTES_SIZE = 8,
	TOKEN_SIZE = 36, SRAND_LEAST = 8, PROTO_MOST = 32,
	TTL_GOOD = 60, TTL_BAD = 10, /* a relay asks twice in a row, then every 15 minutes */
};

static const uint8_t unauthorized[4] = { 255, 255, 255, 1 };

static bool hexadecimal(const uint8_t *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (ascii_hex((char)text[i]) < 0)
			return false;
	return true;
}

/* Checks the form of these labels, for a client chooses SRAND, and dots in it would shift the others. */
static bool well_formed(const struct scan *name)
{
	const uint8_t *srand = name->lower + name->offset[LABEL_SRAND];
	const uint8_t *token = name->lower + name->offset[LABEL_TOKEN];
	const uint8_t *sign = name->lower + name->offset[LABEL_SIGN];
	const uint8_t *proto = name->lower + name->offset[LABEL_PROTO];
	bool timed = sign[1] == 't';
	return srand[0] >= SRAND_LEAST && hexadecimal(srand + 1, srand[0]) && token[0] == TOKEN_SIZE
		&& hexadecimal(token + 2, TOKEN_SIZE - 1u) && sign[0] == PAGEKITE_SIGN_SHORT
		&& hexadecimal(sign + 1 + timed, PAGEKITE_SIGN_SHORT - (size_t)timed)
		&& proto[0] <= PROTO_MOST;
}

/* Writes the text that was signed: "proto:domain:srand:token", with "*" where the name has "_any_". Returns its size. */
static size_t payload(const struct scan *name, unsigned auth, char *text)
{
	static const unsigned order[] = { LABEL_PROTO, LABEL_HOST, LABEL_SRAND, LABEL_TOKEN };
	char *at = text;
	for (size_t i = 0; i < 4; i++) {
		unsigned last = order[i] == LABEL_HOST ? auth : order[i] + 1;
		for (unsigned label = order[i]; label < last; label++) {
			const uint8_t *from = name->lower + name->offset[label];
			size_t length = from[0];
			bool any = order[i] == LABEL_HOST && length == 5 && memcmp(from + 1, "_any_", 5) == 0;
			memcpy(at, any ? "*" : (const char *)from + 1, any ? 1 : length);
			at += any ? 1 : length;
			*at++ = label + 1 < last ? '.' : ':';
		}
	}
	return (size_t)(at - text) - 1;
}

/* Finds the host's secret; false when there is no such host or it has no secret. For rate limiting, the answer counts
 * as the host's, if there is one. */
static bool find_secret(const struct worker *worker, const struct scan *name, unsigned auth, struct reply *r,
	struct rrset *secret)
{
	uint8_t host[NAME_WIRE + 8] = { 0 };
	unsigned first = LABEL_HOST;
	if (scan_label_is(name, first, "_any_") && first + 1 < auth)
		first++;
	size_t size = (size_t)(name->offset[auth] - name->offset[first]);
	memcpy(host, name->lower + name->offset[first], size);
	host[size++] = 0;
	uint64_t hash = hash_name(host, size);
	const struct node *node = name_table_find(worker->hosts, hash, host, size);
	if (node != NULL)
		reply_count_as(r, hash, REPLY_AUTH);
	return node != NULL && node_find(node, TYPE_SECRET, secret);
}

static bool authorized(const struct worker *worker, const struct scan *name, unsigned auth, struct reply *r,
	const uint8_t **quota)
{
	struct rrset secret;
	char text[NAME_WIRE + 8];
	if (auth <= LABEL_HOST || !well_formed(name) || !find_secret(worker, name, auth, r, &secret))
		return false;
	*quota = secret.rrs; /* behind it is at least one octet of the secret, for no secret is empty */
	size_t size = payload(name, auth, text);
	const char *sign = (const char *)name->lower + name->offset[LABEL_SIGN] + 1;
	return pagekite_verify(secret.rrs + HOSTS_QUOTA, secret.size - HOSTS_QUOTA, text, size, sign, PAGEKITE_SIGN_SHORT,
		clock_date());
}

static bool is_limited(const uint8_t *quota)
{
	static const uint8_t no_limit[4] = { 255, 255, 255, 255 };
	return memcmp(quota + 4, no_limit, 4) != 0;
}

/* Writes a CNAME whose target tells the limits of days and connections: ok.0.DAYS.CONNECTIONS.KILOBYTES.quota.auth.ZONE,
 * in hexadecimal. The kilobytes are in it so that a question for the target itself can be answered (read_limits).
 * Returns where the target stands, 0 when it does not fit. */
static size_t put_limits(struct hop *s, unsigned auth, const uint8_t *quota)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t target[LIMITS + NAME_WIRE] = "\2ok\1" "0\4....\4....\10........\5quota";
	static const uint8_t places[] = { 16, 18, 20, 22, 6, 8, 11, 13 }; /* of each octet's digits */
	size_t size = (size_t)(s->name->size - s->name->offset[auth]);
	for (size_t i = 0; i < HOSTS_QUOTA; i++) {
		target[places[i]] = (uint8_t)digits[quota[i] >> 4];
		target[places[i] + 1] = (uint8_t)digits[quota[i] & 15];
	}
	memcpy(target + LIMITS, s->name->lower + s->name->offset[auth], size);
	return reply_rr(s->reply, &s->reply->answers, s->name_at, TYPE_CNAME, TTL_GOOD, target, (uint16_t)(LIMITS + size));
}

/* Reads the kilobytes from such a target, which a resolver may ask for by itself. False when the name is none. */
static bool read_limits(const struct scan *name, unsigned auth, uint8_t kilobytes[4])
{
	const uint8_t *number = name->lower + name->offset[LABEL_KILOBYTES];
	if (auth != LIMITS_LABELS || !scan_label_is(name, 0, "ok") || !scan_label_is(name, auth - 1, "quota")
		|| number[0] != KILOBYTES_SIZE || !hexadecimal(number + 1, KILOBYTES_SIZE))
		return false;
	for (size_t i = 0; i < 4; i++)
		kilobytes[i] = (uint8_t)(ascii_hex((char)number[1 + 2 * i]) << 4 | ascii_hex((char)number[2 + 2 * i]));
	return true;
}

void relay_auth_answer(struct hop *s, unsigned auth)
{
	struct worker *worker = s->worker;
	struct reply *r = s->reply;
	if (!worker->settings->has_keys) {
		r->rcode = RCODE_SERVFAIL;
		reply_explain(r, EXTENDED_OTHER, "there is no key");
		return;
	}
	uint8_t kilobytes[4];
	if (read_limits(s->name, auth, kilobytes)) {
		if (reply_rr(r, &r->answers, s->name_at, TYPE_A, TTL_GOOD, kilobytes, 4) == 0)
			hop_truncate(s);
		return;
	}
	const uint8_t *quota = NULL;
	bool good = authorized(worker, s->name, auth, r, &quota);
	count_add(worker->counters, good ? COUNT_AUTH_GOOD : COUNT_AUTH_BAD, 1);
	size_t owner = good && is_limited(quota) ? put_limits(s, auth, quota) : s->name_at;
	if (owner == 0 || reply_rr(r, &r->answers, owner, TYPE_A, good ? TTL_GOOD : TTL_BAD, good ? quota : unauthorized, 4) == 0)
		hop_truncate(s);
}
