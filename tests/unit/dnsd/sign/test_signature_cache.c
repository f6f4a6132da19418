/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures are found by what they sign, all of it, and never half. */
#include "dnsd/sign/signature_cache.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/check.h"

static struct signature_cache cache;

static int make(void **state)
{
	struct error e;
	(void)state;
	return signature_cache_init(&cache, 64 * 1024, &e);
}

static int drop(void **state)
{
	(void)state;
	signature_cache_free(&cache);
	signature_cache_free(&cache); /* once more does nothing */
	return 0;
}

/* A signature all of one octet, which its dates have, too. */
static struct rrsig signature_of(uint8_t octet)
{
	struct rrsig s = { octet, octet, { 0 } };
	memset(s.octets, octet, sizeof s.octets);
	return s;
}

static int found(uint64_t first, uint64_t second)
{
	const struct content content = { { first, second } };
	struct rrsig s;
	if (!signature_find(&cache, &content, &s))
		return -1;
	assert_int_equal(s.inception, s.octets[0]);
	assert_int_equal(s.expiration, s.octets[0]);
	for (size_t i = 1; i < sizeof s.octets; i++)
		assert_int_equal(s.octets[i], s.octets[0]);
	return s.octets[0];
}

static void keep(uint64_t first, uint64_t second, uint8_t octet)
{
	const struct content content = { { first, second } };
	const struct rrsig s = signature_of(octet);
	signature_keep(&cache, &content, &s);
}

static void what_was_kept_is_found(void **state)
{
	(void)state;
	assert_int_equal(found(7, 9), -1);
	keep(7, 9, 1);
	assert_int_equal(found(7, 9), 1);
	assert_int_equal(found(7, 8), -1); /* the same set, and half the same hash */
	assert_int_equal(found(8, 9), -1);
	assert_int_equal(found(7 + (cache.mask + 1), 9), -1);
	keep(7, 9, 2); /* made anew */
	assert_int_equal(found(7, 9), 2);
	keep(0, 0, 3); /* a hash of zeros is one like others */
	assert_int_equal(found(0, 0), 3);
}

/* A set has SIGNATURE_WAYS places; whoever comes then takes another's, and what goes is not found. */
static void a_full_set_goes_on(void **state)
{
	int left = 0;
	(void)state;
	for (int i = 0; i < SIGNATURE_WAYS; i++)
		keep(5, (uint64_t)i, (uint8_t)(i + 1));
	for (int i = 0; i < SIGNATURE_WAYS; i++)
		assert_int_equal(found(5, (uint64_t)i), i + 1);
	keep(5, 100, 50);
	assert_int_equal(found(5, 100), 50);
	for (int i = 0; i < SIGNATURE_WAYS; i++)
		left += found(5, (uint64_t)i) == i + 1;
	assert_int_equal(left, SIGNATURE_WAYS - 1);
	assert_int_equal(found(6, 0), -1);
}

static void it_takes_no_more_than_it_may(void **state)
{
	struct signature_cache small;
	struct error e;
	(void)state;
	assert_true((cache.mask + 1) * SIGNATURE_WAYS * sizeof *cache.entries <= 64 * 1024);
	assert_int_equal((cache.mask + 1) & cache.mask, 0);
	assert_done(signature_cache_init(&small, 1, &e), &e); /* one set there always is */
	assert_int_equal(small.mask, 0);
	signature_cache_free(&small);
}

/* Writers and readers of one entry: nobody waits, and nobody reads a half of two. */
static void *write_many(void *octet)
{
	for (int i = 0; i < 20000; i++)
		keep(1, 1, *(const uint8_t *)octet);
	return NULL;
}

static void nothing_is_read_half(void **state)
{
	uint8_t octets[] = { 1, 2 };
	pthread_t threads[2];
	(void)state;
	keep(1, 1, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &octets[i]), 0);
	for (int i = 0; i < 20000; i++)
		found(1, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(found(1, 1), 1, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_kept_is_found, make, drop),
		cmocka_unit_test_setup_teardown(a_full_set_goes_on, make, drop),
		cmocka_unit_test_setup_teardown(it_takes_no_more_than_it_may, make, drop),
		cmocka_unit_test_setup_teardown(nothing_is_read_half, make, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
