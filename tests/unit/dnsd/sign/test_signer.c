/* SPDX-License-Identifier: BSD-2-Clause */
/* What is signed, when a signature is made and when found, and what there is no budget for. The clock of budgets is ours. */
#include "dnsd/sign/signer.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/clock.h"
#include "tests/unit/check.h"

enum { NOW = 100000, VALIDITY = 800, TYPE_MAIL = 15 };

int64_t __wrap_clock_ticks(void);
static int64_t ticks;

int64_t __wrap_clock_ticks(void)
{
	return ticks;
}

static struct name zone;
static struct zone_key files[2];
static struct signing_keys *keys;
static const struct signing_key *ed, *p256;
static struct signatures shared;
static struct signer *s;
static struct error e;

static int make_keys(void **state)
{
	(void)state;
	assert_done(name_read("test", &zone, &e), &e);
	assert_done(zone_key_make(&zone, KEY_ENTRY, ALGORITHM_ED25519, &files[0], &e), &e);
	assert_done(zone_key_make(&zone, KEY_ENTRY, ALGORITHM_P256, &files[1], &e), &e);
	for (int i = 0; i < 2; i++)
		files[i].date[KEY_PUBLISH] = files[i].date[KEY_ACTIVATE] = 1;
	assert_done(signing_keys_make(files, 2, 300, false, NOW, &keys, &e), &e);
	assert_int_equal(keys->count, 2);
	ed = &keys->key[keys->key[0].algorithm == ALGORITHM_ED25519 ? 0 : 1];
	p256 = &keys->key[ed == &keys->key[0] ? 1 : 0];
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	signing_keys_free(keys);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	ticks = 1000;
	shared = (struct signatures){ .validity = VALIDITY };
	assert_done(signatures_init(&shared, 1 << 20, &e), &e);
	s = signer_new(&shared);
	return s == NULL ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	signer_free(s);
	signatures_free(&shared);
	return 0;
}

static const uint8_t owner[] = "\1a\4test";
static const uint8_t addresses[2][4] = { { 192, 0, 2, 2 }, { 192, 0, 2, 1 } };

static struct signed_set pair(bool turned)
{
	uint8_t *room = s->lower;
	signer_piece(s, 0, TYPE_A, addresses[turned], 4, &room);
	signer_piece(s, 1, TYPE_A, addresses[!turned], 4, &room);
	assert_ptr_equal(room, s->lower); /* nothing had to be lowered */
	return (struct signed_set){ owner, sizeof owner, TYPE_A, 300, 2 };
}

static bool sign(enum signer_kind kind, int64_t now, struct rrsig *made)
{
	const struct signed_set set = pair(false);
	return signer_sign(s, &set, &zone, ed, kind, now, made);
}

/* By the public key alone, over RDATA up to the signature and the RRs in canonical order (RFC 4034 section 3.1.8.1). */
static bool verifies(const struct rrsig *made, const struct signed_set *set, const uint8_t *rrs, size_t size)
{
	uint8_t octets[600];
	size_t head = signer_head(set, &zone, ed, made, octets);
	memcpy(octets + head, rrs, size);
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, files[0].open, 32);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool well = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1
		&& EVP_DigestVerify(context, made->octets, KEY_SIGNATURE, octets, head + size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return well;
}

#define RR_FIXED "\1a\4test\0\0\1\0\1\0\0\1\x2c\0\4\300\0\2"
static const uint8_t both[] = RR_FIXED "\1" RR_FIXED "\2"; /* .1 before .2 */

static void rrs_are_signed_in_canonical_order_each_once(void **state)
{
	struct rrsig made;
	struct signed_set set = pair(false);
	(void)state;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	assert_true(verifies(&made, &set, both, sizeof both - 1));
	set = pair(false);
	set.count = 3;
	s->pieces[2] = s->pieces[0]; /* RFC 4034 section 6.3: one that is there twice counts once */
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	assert_true(verifies(&made, &set, both, sizeof both - 1));
}

static void the_head_of_an_rrsig(void **state)
{
	static const uint8_t star[] = "\1*\4test", long_star[] = "\2*a\4test";
	const struct rrsig dates = { 0x01020304, 0x05060708, { 0 } };
	struct signed_set set = { star, sizeof star, TYPE_A, 300, 0 };
	uint8_t rdata[18 + NAME_WIRE];
	(void)state;
	assert_int_equal(signer_head(&set, &zone, ed, &dates, rdata), 18 + 6);
	assert_memory_equal(rdata, "\0\1\17\1\0\0\1\x2c\5\6\7\10\1\2\3\4", 16); /* labels: without the asterisk */
	assert_int_equal(rdata[16] << 8 | rdata[17], files[0].tag);
	assert_memory_equal(rdata + 18, "\4test", 6);
	set.owner = long_star;
	signer_head(&set, &zone, ed, &dates, rdata);
	assert_int_equal(rdata[3], 2);
}

static void names_in_rdata_are_lowered(void **state)
{
	static const uint8_t mail[] = "\0\12\4MAIL\4Test";
	uint8_t *room = s->lower;
	(void)state;
	signer_piece(s, 0, TYPE_MAIL, mail, sizeof mail, &room);
	assert_ptr_equal(room, s->lower + sizeof mail);
	assert_memory_equal(s->pieces[0].rdata, "\0\12\4mail\4test", sizeof mail);
	signer_piece(s, 1, TYPE_A, mail, sizeof mail, &room);
	assert_ptr_equal(s->pieces[1].rdata, mail);
}

static void what_was_made_is_found_by_all_that_is_signed(void **state)
{
	static const uint8_t other[] = "\1b\4test";
	struct rrsig first, again;
	struct signed_set set = pair(false);
	(void)state;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &first));
	set = pair(true);
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &again));
	assert_int_equal(s->made, 1);
	assert_memory_equal(&again, &first, sizeof first);
	set.ttl = 301;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &again));
	assert_int_equal(s->made, 2);
	set.owner = other;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &again));
	set.type = 99;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &again));
	set.count = 1;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &again));
	assert_true(signer_sign(s, &set, &zone, p256, SIGNER_KEPT, NOW, &again));
	assert_int_equal(s->made, 6);
}

static void a_signature_is_renewed_in_its_last_quarter(void **state)
{
	struct rrsig made, again;
	(void)state;
	assert_true(sign(SIGNER_KEPT, NOW, &made));
	assert_int_equal(made.inception, NOW - SIGNER_BACKDATED);
	assert_in_range(made.expiration, NOW + VALIDITY - VALIDITY / 8 + 1, NOW + VALIDITY);
	int64_t last = (int64_t)made.expiration - VALIDITY / 4;
	assert_true(sign(SIGNER_KEPT, last - 1, &again));
	assert_int_equal(s->made, 1);
	assert_true(sign(SIGNER_KEPT, last, &again));
	assert_int_equal(s->made, 2);
	assert_true(again.expiration > made.expiration);
}

/* Too short a validity to spread the ends of signatures over is no reason to end. */
static void the_shortest_validity(void **state)
{
	struct rrsig made;
	(void)state;
	for (shared.validity = 0; shared.validity < 10; shared.validity++) {
		assert_true(sign(SIGNER_KEPT, NOW + 100 * shared.validity, &made));
		assert_int_equal(made.expiration, NOW + 101 * shared.validity);
	}
}

/* RFC 4034 section 3.1.5: dates are compared by serial arithmetic, so that 2106 is a year like others. */
static void dates_wrap_and_clocks_go_back(void **state)
{
	const int64_t late = (INT64_C(1) << 32) - 100;
	struct rrsig made;
	(void)state;
	assert_true(sign(SIGNER_KEPT, late, &made));
	assert_true(made.expiration < made.inception);
	assert_true(sign(SIGNER_KEPT, late + 200, &made));
	assert_int_equal(s->made, 1);
	assert_true(sign(SIGNER_KEPT, late - SIGNER_BACKDATED, &made));
	assert_int_equal(s->made, 1);
	assert_true(sign(SIGNER_KEPT, late - SIGNER_BACKDATED - 1, &made)); /* it is not valid yet */
	assert_int_equal(s->made, 2);
}

static void kinds_have_caches_of_their_own(void **state)
{
	struct rrsig made;
	(void)state;
	assert_true(sign(SIGNER_KEPT, NOW, &made));
	assert_true(sign(SIGNER_MADE_UP, NOW, &made));
	assert_true(sign(SIGNER_HAND, NOW, &made));
	assert_int_equal(s->made, 3);
	assert_true(sign(SIGNER_MADE_UP_HAND, NOW, &made)); /* with what is made up */
	assert_int_equal(s->made, 3);
}

/* N RRsets, each another; how many of them were signed. */
static int many(enum signer_kind kind, int n)
{
	static uint32_t ttl = 1000;
	struct rrsig made;
	int well = 0;
	for (int i = 0; i < n; i++) {
		struct signed_set set = pair(false);
		set.ttl = ttl++;
		well += signer_sign(s, &set, &zone, ed, kind, NOW, &made);
	}
	return well;
}

static void budgets(void **state)
{
	(void)state;
	assert_int_equal(many(SIGNER_KEPT, 50), 50); /* no rate: no limit */
	shared.rate[SIGNER_KEPT] = 100;
	assert_int_equal(many(SIGNER_KEPT, 30), 10); /* a tenth of a second's was saved */
	assert_int_equal(s->refused, 20);
	ticks += 19;
	assert_int_equal(many(SIGNER_KEPT, 5), 1);
	ticks += 1;
	assert_int_equal(many(SIGNER_KEPT, 5), 1); /* what was over counts */
	ticks += 3600000;
	assert_int_equal(many(SIGNER_KEPT, 30), 10); /* however long nobody asked */
	assert_int_equal(many(SIGNER_MADE_UP, 5), 5); /* which has a budget of its own */
	shared.rate[SIGNER_MADE_UP] = 10;
	assert_int_equal(many(SIGNER_MADE_UP, 5), 1);
	ticks += 20;
	assert_int_equal(many(SIGNER_KEPT, 5), 2);
}

static void hands_leave_half_of_it(void **state)
{
	(void)state;
	shared.rate[SIGNER_KEPT] = 100;
	assert_int_equal(many(SIGNER_HAND, 20), 5);
	assert_int_equal(many(SIGNER_KEPT, 20), 5);
	ticks += 50;
	assert_int_equal(many(SIGNER_HAND, 20), 0); /* just half */
	ticks += 10;
	assert_int_equal(many(SIGNER_HAND, 20), 1);
	shared.rate[SIGNER_MADE_UP] = 100;
	assert_int_equal(many(SIGNER_MADE_UP_HAND, 20), 5);
	assert_int_equal(many(SIGNER_MADE_UP, 20), 5);
}

static void without_budget_an_old_one_serves_until_it_expires(void **state)
{
	struct rrsig made, old;
	(void)state;
	assert_true(sign(SIGNER_KEPT, NOW, &made));
	shared.rate[SIGNER_KEPT] = 1; /* which never saves a whole one */
	assert_true(sign(SIGNER_KEPT, (int64_t)made.expiration - 1, &old));
	assert_memory_equal(&old, &made, sizeof made);
	assert_false(sign(SIGNER_KEPT, (int64_t)made.expiration, &old));
	assert_int_equal(s->refused, 2);
	assert_int_equal(s->made, 1);
}

/* Contexts are kept by a key's number; two that share a place, of two algorithms, do not share a context. */
static void keys_that_share_a_place(void **state)
{
	struct signing_key other = *p256;
	struct signed_set set = pair(false);
	struct rrsig made;
	(void)state;
	other.id = ed->id + SIGNER_CONTEXTS;
	for (uint32_t ttl = 1; ttl < 4; ttl++) {
		set.ttl = ttl;
		assert_true(signer_sign(s, &set, &zone, &other, SIGNER_KEPT, NOW, &made));
		assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	}
	set.ttl = 300;
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	assert_true(verifies(&made, &set, both, sizeof both - 1));
}

static void what_does_not_fit_is_not_signed(void **state)
{
	static uint8_t large[4][60000];
	struct signed_set set = { owner, sizeof owner, 65280, 300, 3 };
	uint8_t *room = s->lower;
	struct rrsig made;
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		large[i][0] = (uint8_t)i;
		signer_piece(s, i, 65280, large[i], sizeof large[i], &room);
	}
	assert_true(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	set.count = 4;
	assert_false(signer_sign(s, &set, &zone, ed, SIGNER_KEPT, NOW, &made));
	assert_int_equal(s->made, 1);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = { CASE(rrs_are_signed_in_canonical_order_each_once), CASE(the_head_of_an_rrsig),
		CASE(names_in_rdata_are_lowered), CASE(what_was_made_is_found_by_all_that_is_signed),
		CASE(a_signature_is_renewed_in_its_last_quarter), CASE(the_shortest_validity), CASE(dates_wrap_and_clocks_go_back),
		CASE(kinds_have_caches_of_their_own), CASE(budgets), CASE(hands_leave_half_of_it),
		CASE(without_budget_an_old_one_serves_until_it_expires), CASE(keys_that_share_a_place),
		CASE(what_does_not_fit_is_not_signed) };
	return cmocka_run_group_tests_name("dnsd/sign/signer", tests, make_keys, drop_keys);
}
