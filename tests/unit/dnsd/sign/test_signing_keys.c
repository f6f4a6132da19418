/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone says of its keys at each time: by the dates in their files. */
#include "dnsd/sign/signing_keys.h"
#include "lib/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1000 };
static struct zone_key keys[2];

static int make_keys(void **state)
{
	(void)state;
	struct name zone;
	struct error e;
	assert_int_equal(name_read("b5p.us", &zone, &e), DONE);
	assert_int_equal(zone_key_make(&zone, KEY_ENTRY, ALGORITHM_P256, &keys[0], &e), DONE);
	assert_int_equal(zone_key_make(&zone, KEY_ENTRY, ALGORITHM_ED25519, &keys[1], &e), DONE);
	return 0;
}

static struct signing_keys *made_at(int64_t now, size_t count, bool leaving)
{
	struct signing_keys *made;
	struct error e = { "" };
	if (signing_keys_make(keys, count, 300, leaving, now, &made, &e) != DONE)
		fail_msg("%s", e.text);
	return made;
}

static void set_dates(struct zone_key *key, const int64_t *dates)
{
	memcpy(key->date, dates, sizeof key->date);
}

/* RFC 7344 section 4: CDS and CDNSKEY stand there from SyncPublish on until SyncDelete, as long as the key is there. */
static void what_the_parent_is_to_have(void **state)
{
	(void)state;
	static const struct {
		int64_t dates[KEY_DATES]; /* created, publish, activate, inactive, delete, sync publish, sync delete */
		unsigned wanted;
	} rows[] = {
		{ { 1, 1, 1, 0, 0, 0, 0 }, 0 },
		{ { 1, 1, 1, 0, 0, 1, 0 }, 1 },
		{ { 1, 1, 1, 0, 0, NOW, 0 }, 1 },
		{ { 1, 1, 1, 0, 0, NOW + 1, 0 }, 0 },
		{ { 1, 1, 1, 0, 0, 1, NOW + 1 }, 1 },
		{ { 1, 1, 1, 0, 0, 1, NOW }, 0 },
		{ { 1, 1, 1, 0, 0, 1, 2 }, 0 },
		{ { 1, 1, 1, 0, 0, 0, 2 }, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		set_dates(&keys[0], rows[i].dates);
		struct signing_keys *made = made_at(NOW, 1, false);
		if (made->cds.count != rows[i].wanted || made->cdnskey.count != rows[i].wanted || made->dnskey.count != 1)
			fail_msg("row %zu: %u CDS, %u CDNSKEY, %u DNSKEY", i, made->cds.count, made->cdnskey.count, made->dnskey.count);
		signing_keys_free(made);
	}
}

/* Of two keys, each by its own dates: the old one's CDS goes as the new one's comes. */
static void one_key_after_the_other(void **state)
{
	(void)state;
	static const int64_t old[KEY_DATES] = { 1, 1, 1, 0, 0, 1, 500 }, fresh[KEY_DATES] = { 1, 1, 1, 0, 0, 400, 0 };
	static const struct {
		int64_t now;
		uint16_t count;
		size_t first; /* the key that the first CDS is of */
		int64_t next; /* when that changes */
	} rows[] = { { 399, 1, 0, 400 }, { 400, 2, 0, 500 }, { 499, 2, 0, 500 }, { 500, 1, 1, INT64_MAX }, { NOW, 1, 1, INT64_MAX } };
	set_dates(&keys[0], old);
	set_dates(&keys[1], fresh);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct signing_keys *made = made_at(rows[i].now, 2, false);
		uint8_t digest[KEY_DIGEST];
		uint16_t length;
		assert_int_equal(made->cds.count, rows[i].count);
		assert_int_equal(made->cdnskey.count, rows[i].count);
		zone_key_digest(&keys[rows[i].first], digest);
		assert_memory_equal(rr_rdata(made->cds.rrs, &length), digest, KEY_DIGEST);
		assert_int_equal(made->next, rows[i].next);
		assert_int_equal(made->count, 2);
		signing_keys_free(made);
	}
}

/* A zone that is to be unsigned asks for no DS, whatever the dates say (RFC 8078 section 4). */
static void leaving(void **state)
{
	(void)state;
	static const int64_t dates[KEY_DATES] = { 1, 1, 1, 0, 0, 1, 0 };
	static const uint8_t no_ds[] = { 0, 0, 0, 0, 0 };
	uint16_t length;
	set_dates(&keys[0], dates);
	struct signing_keys *made = made_at(NOW, 1, true);
	assert_int_equal(made->cds.count, 1);
	assert_memory_equal(rr_rdata(made->cds.rrs, &length), no_ds, sizeof no_ds);
	assert_int_equal(length, sizeof no_ds);
	signing_keys_free(made);
}

/* The dates that say who signs and who is there. */
static void who_signs(void **state)
{
	(void)state;
	static const struct {
		int64_t dates[2][KEY_DATES];
		unsigned signing, published;
	} rows[] = {
		{ { { 1, 1, 1 }, { 1, 1, 1 } }, 2, 2 },
		{ { { 1, 1, 1 }, { 1, 1, NOW + 1 } }, 1, 2 },
		{ { { 1, 1, 1 }, { 1, NOW + 1, NOW + 1 } }, 1, 1 },
		{ { { 1, 1, 1 }, { 1, 1, 1, NOW } }, 1, 2 },
		{ { { 1, 1, 1 }, { 1, 1, 1, 2, NOW } }, 1, 1 },
		{ { { 1, 1, 1 }, { 1, 1, 1, NOW + 1, NOW + 2 } }, 2, 2 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		set_dates(&keys[0], rows[i].dates[0]);
		set_dates(&keys[1], rows[i].dates[1]);
		struct signing_keys *made = made_at(NOW, 2, false);
		if (made->count != rows[i].signing || made->dnskey.count != rows[i].published)
			fail_msg("row %zu: %u sign, %u are published", i, made->count, made->dnskey.count);
		signing_keys_free(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_parent_is_to_have),
		cmocka_unit_test(one_key_after_the_other),
		cmocka_unit_test(leaving),
		cmocka_unit_test(who_signs),
	};
	return cmocka_run_group_tests(tests, make_keys, NULL);
}
