/* SPDX-License-Identifier: BSD-2-Clause */
/* Names with letters beyond ASCII, by the samples of RFC 3492 section 7.1 and by names that are served today. */
#include "lib/punycode.h"

#include <string.h>

#include "tests/unit/check.h"

static void names_become_a_labels(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "example.com.", "example.com." },
		{ "Example.COM", "example.com" },
		{ "m\xc3\xbcnchen.example", "xn--mnchen-3ya.example" },
		{ "b\xc3\xbc" "cher.b\xc3\xbc" "cher", "xn--bcher-kva.xn--bcher-kva" },
		{ "\xc3\xbc", "xn--tda" }, /* no ASCII at all: no hyphen in front */
		{ "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87",
			"xn--ihqwcrb4cv8a8dqg056pqjye" }, /* (B) Chinese (simplified) */
		{ "pro\xc4\x8dprost\xc4\x9bnemluv\xc3\xad\xc4\x8d" "esky", "xn--proprostnemluvesky-uyb24dma41a" }, /* (D) Czech */
		{ "\xf0\x9f\x92\xa9.la", "xn--ls8h.la" }, /* beyond the first plane */
		{ "a.\xc3\xbc..", "a.xn--tda.." },
		{ "\xff.example", NULL }, /* no UTF-8 */
		{ "\xc3", NULL },
		{ "\xed\xa0\x80", NULL }, /* a surrogate */
		{ "\xc0\xaf", NULL }, /* an overlong form */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text out = { 0 };
		text_add(&out, "");
		bool well = punycode(rows[i].text, &out);
		if (well != (rows[i].wanted != NULL) || (well && strcmp(out.bytes, rows[i].wanted) != 0))
			fail_msg("row %zu: %d '%s'", i, well, out.bytes);
		text_free(&out);
	}
}

static void labels_that_are_too_long_are_refused(void **state)
{
	struct text name = { 0 }, out = { 0 };
	(void)state;
	for (int i = 0; i < 2000; i++)
		text_add(&name, "\xc3\xbc");
	assert_false(punycode(name.bytes, &out));
	text_free(&name);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_become_a_labels),
		cmocka_unit_test(labels_that_are_too_long_are_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
