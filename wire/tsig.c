/* SPDX-License-Identifier: BSD-2-Clause */
/* TSIG records found, verified and made, by OpenSSL's HMAC. */
#include "wire/tsig.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

#include "lib/secret.h"
#include "wire/record.h"

enum { TRUNCATED_LEAST = 16 /* octets of a MAC (RFC 8945 section 5.2.2.1) */ };

static const struct {
	struct name name;
	size_t mac;
	char digest[8];
} algorithms[] = {
	[TSIG_SHA256] = { { 13, "\13hmac-sha256" }, 32, "SHA256" },
	[TSIG_SHA384] = { { 13, "\13hmac-sha384" }, 48, "SHA384" },
	[TSIG_SHA512] = { { 13, "\13hmac-sha512" }, 64, "SHA512" },
};

const struct name *tsig_algorithm_name(enum tsig_algorithm algorithm)
{
	return &algorithms[algorithm].name;
}

/* Finding it. */

/* Names of a TSIG record are not compressed. */
static void take_name(struct cursor *c, struct name *name)
{
	size_t size = c->broken ? 0 : name_size(c->at, cursor_left(c));
	const uint8_t *wire = cursor_skip(c, size);
	memset(name, 0, sizeof *name);
	if (size == 0 || wire == NULL) {
		c->broken = true;
		return;
	}
	name->size = (uint8_t)size;
	name_lower(wire, name->wire, size);
}

/* Behind owner, type, class, TTL and length: section 4.2. */
static void take_rdata(struct cursor *c, struct tsig_context *t)
{
	uint32_t low;
	take_name(c, &t->algorithm_name);
	t->time = (uint64_t)cursor_u16(c) << 32;
	low = cursor_u32(c);
	t->time |= low;
	t->fudge = cursor_u16(c);
	t->mac_size = cursor_u16(c);
	t->mac = cursor_skip(c, t->mac_size);
	t->id = cursor_u16(c);
	cursor_u16(c); /* the error: in a request it says nothing, and for a client it is enough that an answer does
	                * not verify */
	cursor_skip(c, cursor_u16(c));
	if (cursor_left(c) != 0)
		c->broken = true;
}

static enum tsig_found take_record(struct cursor *c, bool last, struct tsig_context *t, const uint8_t *message)
{
	uint8_t *begin = c->at;
	cursor_skip_name(c);
	const struct record_fixed fixed = record_fixed(c);
	struct cursor rdata = cursor_over(c->at, c->broken || fixed.length > cursor_left(c) ? 0 : fixed.length);
	cursor_skip(c, fixed.length);
	if (c->broken)
		return TSIG_WRONG;
	if (fixed.type != TYPE_TSIG)
		return TSIG_NONE;
	if (!last || fixed.class != CLASS_ANY || fixed.ttl != 0 || cursor_left(c) != 0)
		return TSIG_WRONG;
	struct cursor owner = cursor_over(begin, (size_t)(c->at - begin));
	t->at = (size_t)(begin - message);
	take_name(&owner, &t->key_name);
	take_rdata(&rdata, t);
	return owner.broken || rdata.broken ? TSIG_WRONG : TSIG_THERE;
}

enum tsig_found tsig_find(const uint8_t *message, size_t size, struct tsig_context *t)
{
	struct cursor c = cursor_reading(message, size);
	enum tsig_found found = TSIG_NONE;
	cursor_skip(&c, HEADER_QUESTIONS);
	unsigned questions = cursor_u16(&c), records = cursor_u16(&c);
	records += cursor_u16(&c);
	unsigned additional = cursor_u16(&c);
	*t = (struct tsig_context){ .at = size };
	while (questions-- > 0 && !c.broken) {
		cursor_skip_name(&c);
		cursor_skip(&c, QUESTION_FIXED);
	}
	for (unsigned i = 0; i < records + additional && found == TSIG_NONE; i++)
		found = take_record(&c, i + 1 == records + additional && additional > 0, t, message);
	return c.broken ? TSIG_WRONG : found;
}

/* MACs. */

static bool add_u16(EVP_MAC_CTX *h, size_t value)
{
	uint8_t octets[2];
	octets_put_16(octets, (uint16_t)value);
	return EVP_MAC_update(h, octets, sizeof octets) == 1;
}

static size_t write_times(const struct tsig_context *t, uint8_t *to)
{
	octets_put_48(to, t->time);
	octets_put_16(to + 6, t->fudge);
	return 8;
}

/* Section 4.3.3: the record's own part. OTHER is the server's time, of BADTIME alone. */
static bool add_variables(EVP_MAC_CTX *h, const struct tsig_context *t, const uint8_t *other, size_t other_size)
{
	static const uint8_t class_and_ttl[] = { 0, CLASS_ANY, 0, 0, 0, 0 };
	uint8_t times[8];
	return EVP_MAC_update(h, t->key_name.wire, t->key_name.size) == 1
		&& EVP_MAC_update(h, class_and_ttl, sizeof class_and_ttl) == 1
		&& EVP_MAC_update(h, t->algorithm_name.wire, t->algorithm_name.size) == 1
		&& EVP_MAC_update(h, times, write_times(t, times)) == 1 && add_u16(h, t->error) && add_u16(h, other_size)
		&& EVP_MAC_update(h, other, other_size) == 1;
}

static bool add_prior(EVP_MAC_CTX *h, const struct tsig_context *t)
{
	return t->prior_size == 0
		|| (add_u16(h, t->prior_size) && EVP_MAC_update(h, t->prior, t->prior_size) == 1);
}

/* The message without its record: with the id it was signed with, and one record less. */
static bool add_message(EVP_MAC_CTX *h, const struct tsig_context *t, const uint8_t *message, bool counted)
{
	uint8_t header[HEADER_SIZE];
	memcpy(header, message, HEADER_SIZE);
	unsigned records = octets_16(header + HEADER_ADDITIONALS) - (counted ? 1u : 0u);
	octets_put_16(header + HEADER_ID, t->id);
	octets_put_16(header + HEADER_ADDITIONALS, (uint16_t)records);
	return EVP_MAC_update(h, header, HEADER_SIZE) == 1 && EVP_MAC_update(h, message + HEADER_SIZE, t->at - HEADER_SIZE) == 1;
}

struct digesting {
	const uint8_t *message, *other, *between;
	size_t other_size, between_size;
	bool counted; /* the record, in the message's header */
	bool times_only;
};

/* Fetched once, for OpenSSL takes longer to find it than to use it. */
static EVP_MAC *hmac;

static void fetch_hmac(void)
{
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

static EVP_MAC_CTX *start(const struct tsig_key *key)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char name[8];
	memcpy(name, algorithms[key->algorithm].digest, sizeof name);
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end() };
	pthread_once(&once, fetch_hmac);
	EVP_MAC_CTX *h = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	if (h != NULL && EVP_MAC_init(h, key->secret, key->secret_size, params) == 1)
		return h;
	EVP_MAC_CTX_free(h);
	return NULL;
}

static bool digest(const struct tsig_context *t, const struct digesting *d, uint8_t *mac)
{
	EVP_MAC_CTX *h = start(t->key);
	uint8_t times[8];
	size_t size;
	bool well = h != NULL && add_prior(h, t)
		&& (d->between_size == 0 || EVP_MAC_update(h, d->between, d->between_size) == 1) && add_message(h, t, d->message, d->counted)
		&& (d->times_only ? EVP_MAC_update(h, times, write_times(t, times)) == 1
				  : add_variables(h, t, d->other, d->other_size))
		&& EVP_MAC_final(h, mac, &size, TSIG_MAC) == 1;
	EVP_MAC_CTX_free(h);
	return well;
}

/* Verifying. */

static bool within_time(const struct tsig_context *t, uint64_t now)
{
	uint64_t apart = now > t->time ? now - t->time : t->time - now;
	return apart <= t->fudge;
}

static enum tsig_error judge(struct tsig_context *t, const struct digesting *d, uint64_t now)
{
	uint8_t mac[TSIG_MAC];
	if (t->key == NULL || !name_equal(&t->algorithm_name, tsig_algorithm_name(t->key->algorithm)))
		return TSIG_BADKEY;
	size_t whole = algorithms[t->key->algorithm].mac;
	if (t->mac_size > whole || t->mac_size < TRUNCATED_LEAST || !digest(t, d, mac)
		|| !secret_equal(mac, t->mac, t->mac_size))
		return TSIG_BADSIG;
	if (t->mac_size < whole) /* refused, as section 5.2.2.1 allows: no client of ours has a reason to cut its MAC */
		return TSIG_BADTRUNC;
	return within_time(t, now) ? TSIG_WELL : TSIG_BADTIME;
}

/* Whether the answer may bear a MAC: only to one who has shown that he has the key (section 5.3.2). */
static bool has_mac(const struct tsig_context *t)
{
	return t->error != TSIG_BADKEY && t->error != TSIG_BADSIG;
}

static bool verify(struct tsig_context *t, const struct digesting *d, uint64_t now)
{
	t->error = judge(t, d, now);
	if (has_mac(t)) {
		memcpy(t->prior, t->mac, t->mac_size);
		t->prior_size = t->mac_size;
	}
	return t->error == TSIG_WELL;
}

bool tsig_verify(struct tsig_context *t, const uint8_t *message, uint64_t now)
{
	const struct digesting d = { .message = message, .counted = true };
	t->prior_size = 0;
	t->error = TSIG_WELL;
	return verify(t, &d, now);
}

bool tsig_verify_either(struct tsig_context *t, const struct tsig_key *former, uint64_t until, const uint8_t *message,
	uint64_t now)
{
	if (tsig_verify(t, message, now))
		return true;
	if (former == NULL || t->error != TSIG_BADSIG || now >= until)
		return false;
	t->key = former;
	return tsig_verify(t, message, now);
}

/* Signing. */

static void write_record(const struct tsig_context *t, const uint8_t *mac, size_t mac_size, const uint8_t *other,
	size_t other_size, struct cursor *c)
{
	cursor_put(c, t->key_name.wire, t->key_name.size);
	cursor_put_u16(c, TYPE_TSIG);
	cursor_put_u16(c, CLASS_ANY);
	cursor_put_u32(c, 0);
	cursor_put_u16(c, (uint16_t)(t->algorithm_name.size + 10 + mac_size + 6 + other_size));
	cursor_put(c, t->algorithm_name.wire, t->algorithm_name.size);
	uint8_t times[8];
	cursor_put(c, times, write_times(t, times));
	cursor_put_u16(c, (uint16_t)mac_size);
	cursor_put(c, mac, mac_size);
	cursor_put_u16(c, t->id);
	cursor_put_u16(c, (uint16_t)t->error);
	cursor_put_u16(c, (uint16_t)other_size);
	cursor_put(c, other, other_size);
}

void tsig_sign(struct tsig_context *t, uint8_t *message, size_t *size, uint64_t now, bool first)
{
	uint8_t mac[TSIG_MAC], other[6];
	struct digesting d = { .message = message, .other = other, .times_only = !first };
	size_t mac_size = 0;
	if (t->error == TSIG_BADTIME) { /* its own time, and ours beside it (section 5.2.3) */
		octets_put_48(other, now);
		d.other_size = sizeof other;
	} else {
		t->time = now;
	}
	t->fudge = TSIG_FUDGE;
	t->id = octets_16(message);
	t->at = *size;
	if (has_mac(t)) {
		if (!digest(t, &d, mac)) {
			*size = 0;
			return;
		}
		mac_size = algorithms[t->key->algorithm].mac;
		memcpy(t->prior, mac, mac_size);
		t->prior_size = mac_size;
	}
	struct cursor c = cursor_over(message + *size, TSIG_ROOM);
	write_record(t, mac, mac_size, other, d.other_size, &c);
	unsigned records = octets_16(message + HEADER_ADDITIONALS) + 1u;
	octets_put_16(message + HEADER_ADDITIONALS, (uint16_t)records);
	*size += cursor_done(&c);
}

void tsig_sign_request(struct tsig_context *t, const struct tsig_key *key, uint8_t *message, size_t *size,
	uint64_t now)
{
	*t = (struct tsig_context){ .key = key, .key_name = key->name,
		.algorithm_name = *tsig_algorithm_name(key->algorithm) };
	tsig_sign(t, message, size, now, true);
}

bool tsig_verify_answer(struct tsig_context *t, const uint8_t *message, size_t size, uint64_t now)
{
	struct tsig_context request = *t;
	return tsig_verify_stream(&request, true, NULL, 0, message, size, now);
}

bool tsig_verify_stream(struct tsig_context *t, bool first, const uint8_t *between, size_t between_size,
	const uint8_t *message, size_t size, uint64_t now)
{
	struct tsig_context answer;
	const struct digesting d = { .message = message, .counted = true, .times_only = !first, .between = between,
		.between_size = between_size };
	if (tsig_find(message, size, &answer) != TSIG_THERE || !name_equal(&answer.key_name, &t->key_name))
		return false;
	answer.key = t->key;
	memcpy(answer.prior, t->prior, t->prior_size);
	answer.prior_size = t->prior_size;
	bool well = verify(&answer, &d, now);
	t->error = answer.error;
	memcpy(t->prior, answer.prior, answer.prior_size);
	t->prior_size = answer.prior_size;
	return well;
}
