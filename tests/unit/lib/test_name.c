/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: normal forms, refusals, and both bounds of length. */
#include "lib/name.h"

#include <string.h>

#include "tests/unit/check.h"

static struct name read(const char *text)
{
	struct name name;
	struct error e;
	assert_done(name_read(text, &name, &e), &e);
	return name;
}

static void normal_forms(void **state)
{
	static const char *const pairs[][2] = { { "B5P.us", "b5p.us" }, { "b5p.us.", "b5p.us" }, { ".", "." },
		{ "fe4_058.b5p.us", "fe4_058.b5p.us" }, { "*.kite.test", "*.kite.test" },
		{ "a\\.b.test", "a\\.b.test" }, { "a\\046b.test", "a\\.b.test" }, { "\\065.test", "a.test" },
		{ "a\\032b.test", "a\\032b.test" }, { "\\255.test", "\\255.test" }, { "\\000.test", "\\000.test" },
		{ "a\\@\\$\\;b", "a\\@\\$\\;b" }, { "\\127", "\\127" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		char normal[NAME_TEXT];
		struct error e;
		assert_done(name_normal(pairs[i][0], normal, &e), &e);
		assert_string_equal(normal, pairs[i][1]);
		assert_done(name_normal(normal, normal, &e), &e);
		assert_string_equal(normal, pairs[i][1]);
	}
}

static void every_octet_comes_back(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[] = { 1, (uint8_t)octet, 0 };
		char text[NAME_TEXT];
		size_t length = name_write(wire, text);
		assert_int_equal(length, strlen(text));
		for (const char *c = text; *c != '\0'; c++)
			assert_in_range((unsigned char)*c, ' ' + 1, 126);
		struct name name = read(text);
		assert_int_equal(name.size, 3);
		assert_int_equal(name.wire[1], octet >= 'A' && octet <= 'Z' ? octet + 32 : octet);
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = { "", "..", ".a", "a..b", "a..", "a\\", "a\\1", "a\\12", "a\\12x",
		"a\\256", "a\\999" };
	struct name name;
	struct error e;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (name_read(bad[i], &name, &e) != REFUSED)
			fail_msg("'%s' was not refused", bad[i]);
		assert_says(e.text, "RFC 1035");
	}
	static const char *const raw[][2] = { { "a b.test", "a blank" }, { " a", "a blank" }, { "a\tb", "a blank" },
		{ "dns@a.test", "RFC 1035 section 8" }, { "b\303\274cher.test", "perhaps xn--bcher-kva.test" },
		{ "B\303\274CHER.\346\227\245\346\234\254", "xn--bcher-kva.xn--wgv71a" }, { "\377.test", "DNS has ASCII" } };
	for (size_t i = 0; i < COUNT_OF(raw); i++) {
		assert_outcome(name_read(raw[i][0], &name, &e), REFUSED, &e);
		assert_says(e.text, raw[i][1]);
	}
	assert_outcome(name_read_part("a\0b", 3, &name, &e), REFUSED, &e);
	assert_outcome(name_read_part("a\\\0b", 4, &name, &e), REFUSED, &e);
}

/* LABELS labels of SIZE letters, and one of LAST. */
static void build(char *text, size_t labels, size_t size, size_t last)
{
	for (size_t i = 0; i < labels; i++) {
		memset(text, 'a', size);
		text[size] = '.';
		text += size + 1;
	}
	memset(text, 'b', last);
	text[last] = '\0';
}

static void bounds(void **state)
{
	char text[NAME_TEXT];
	struct name name;
	struct error e;
	(void)state;
	build(text, 1, 63, 1);
	assert_done(name_read(text, &name, &e), &e);
	build(text, 1, 64, 1);
	assert_outcome(name_read(text, &name, &e), REFUSED, &e);
	assert_says(e.text, "63");
	build(text, 3, 63, 61); /* 3 * 64 + 62 + 1 = 255 */
	assert_done(name_read(text, &name, &e), &e);
	assert_int_equal(name.size, 255);
	strcat(text, ".");
	assert_done(name_read(text, &name, &e), &e);
	assert_int_equal(name.size, 255);
	build(text, 3, 63, 62);
	assert_outcome(name_read(text, &name, &e), REFUSED, &e);
	assert_says(e.text, "255");
	build(text, 126, 1, 1);
	assert_done(name_read(text, &name, &e), &e);
	assert_int_equal(name_labels(name.wire), NAME_LABELS);
	build(text, 127, 1, 1);
	assert_outcome(name_read(text, &name, &e), REFUSED, &e);
}

static void the_longest_text_fits(void **state)
{
	uint8_t wire[NAME_WIRE + NAME_BEHIND] = { 0 };
	char text[NAME_TEXT];
	struct name name;
	struct error e;
	(void)state;
	for (size_t at = 0; at < 254; at += 64) {
		wire[at] = at == 192 ? 61 : 63;
		memset(wire + at + 1, 0, wire[at]);
	}
	assert_int_equal(name_size(wire, sizeof wire), 255);
	assert_in_range(name_write(wire, text), 900, NAME_TEXT - 1);
	assert_done(name_read(text, &name, &e), &e);
	assert_memory_equal(name.wire, wire, 255);
}

static void sizes_of_wire(void **state)
{
	static const uint8_t good[] = { 3, 'w', 'w', 'w', 1, 'x', 0, 9 }, pointer[] = { 1, 'a', 0xc0, 0 };
	uint8_t endless[300];
	(void)state;
	assert_int_equal(name_size(good, sizeof good), 7);
	for (size_t room = 0; room < 7; room++)
		assert_int_equal(name_size(good, room), 0);
	assert_int_equal(name_size(pointer, sizeof pointer), 0);
	memset(endless, 1, sizeof endless);
	assert_int_equal(name_size(endless, sizeof endless), 0);
	endless[254] = 0; /* 127 labels of one octet: 255 octets, the most */
	assert_int_equal(name_size(endless, sizeof endless), 255);
	assert_int_equal(name_labels(good), 2);
}

static void within(void **state)
{
	struct name zone = read("b5p.us"), root = read("."), below = read("x.y.b5p.us"), other = read("xb5p.us"),
		    trick = read("x\\003b5p\\002us"), upper = read("B5P.US");
	(void)state;
	assert_true(name_within(&zone, &zone));
	assert_true(name_within(&below, &zone));
	assert_true(name_within(&below, &root));
	assert_false(name_within(&other, &zone));
	assert_false(name_within(&trick, &zone));
	assert_false(name_within(&zone, &below));
	assert_true(name_equal(&zone, &upper));
	assert_false(name_equal(&zone, &other));
}

static void lowers(void **state)
{
	uint8_t to[6];
	(void)state;
	name_lower((const uint8_t *)"AZaz@[", to, 6);
	assert_memory_equal(to, "azaz@[", 6);
}

static void host_names(void **state)
{
	static const char *const good[] = { "kite.test", "fe4_058.b5p.us", "a-b.c", "1.2" };
	static const char *const bad[] = { "kite", ".", "-a.test", "a-.test", "a b.test", "*.kite.test",
		"a\\.b.test", "\\255.test" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct name name = read(good[i]);
		assert_true(name_is_host(&name));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct name name;
		struct error e;
		if (name_read(bad[i], &name, &e) == DONE && name_is_host(&name))
			fail_msg("'%s' is no host name", bad[i]);
	}
}

/* Every entrance asks this one: the command, dyndns, UPDATE. */
static void names_of_hosts_to_be(void **state)
{
	static const struct {
		const char *name, *fault;
	} rows[] = {
		{ "a.kites.test", NULL }, { "a.b", NULL }, { "a_b.kites.test", NULL }, { "a-b.kites.test", NULL }, { "1.2", NULL },
		{ "xn--a.test", NULL }, { "a_.kites.test", NULL }, { "a--b.test", NULL },
		{ "kites", "two labels or more" }, { ".", "two labels or more" },
		{ "-a.test", "hyphens" }, { "a-.test", "hyphens" }, { "a\\032b.test", "hyphens" }, { "a\\.b.test", "hyphens" },
		{ "a.-b.test", "hyphens" }, { "a.b-.test", "hyphens" }, { "\\255.test", "hyphens" }, { "a/b.test", "hyphens" }, { "**.test", "hyphens" }, { "a*.test", "hyphens" },
		{ "_a.test", "begins with '_'" }, { "a._tcp.test", "begins with '_'" }, { "a._test", "begins with '_'" },
		{ "*.kite.test", "without a '*'" }, { "a.*.test", "without a '*'" }, { "*", "without a '*'" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct name name = read(rows[i].name);
		const char *fault = name_host_fault(&name);
		if ((fault == NULL) != (rows[i].fault == NULL) || (fault != NULL && strstr(fault, rows[i].fault) == NULL))
			fail_msg("%s: %s", rows[i].name, fault == NULL ? "well" : fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(normal_forms),
		cmocka_unit_test(every_octet_comes_back), cmocka_unit_test(refuses), cmocka_unit_test(bounds),
		cmocka_unit_test(the_longest_text_fits), cmocka_unit_test(sizes_of_wire), cmocka_unit_test(within),
		cmocka_unit_test(lowers), cmocka_unit_test(host_names), cmocka_unit_test(names_of_hosts_to_be) };
	return cmocka_run_group_tests_name("lib/name", tests, NULL, NULL);
}
