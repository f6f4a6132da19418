/* SPDX-License-Identifier: BSD-2-Clause */
/* MACs of UPDATEs that were done: found again, and by no other one. */
#include "updater/seen.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static void what_was_noted_is_found(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[32] = { 1, 2, 3, 4, 5 }, other[32] = { 1, 2, 3, 4, 6 };
	(void)state;
	assert_non_null(s);
	assert_false(seen_before(s, mac, sizeof mac));
	seen_note(s, mac, sizeof mac);
	assert_true(seen_before(s, mac, sizeof mac));
	assert_true(seen_before(s, mac, SEEN_MAC)); /* no more of it is kept */
	assert_false(seen_before(s, other, sizeof other));
	seen_note(s, other, sizeof other); /* the same slot */
	assert_true(seen_before(s, other, sizeof other));
	assert_false(seen_before(s, mac, sizeof mac));
	free(s);
}

/* A MAC that was cut short (RFC 8945 section 5.2.2.1) says too little to tell one message from another. */
static void short_macs_are_no_ones(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[SEEN_MAC] = { 9 };
	(void)state;
	assert_non_null(s);
	seen_note(s, mac, SEEN_MAC - 1);
	assert_false(seen_before(s, mac, SEEN_MAC));
	seen_note(s, mac, SEEN_MAC);
	assert_false(seen_before(s, mac, SEEN_MAC - 1));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_noted_is_found),
		cmocka_unit_test(short_macs_are_no_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
