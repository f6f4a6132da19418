/* SPDX-License-Identifier: BSD-2-Clause */
/* Values at the edges of what their kind of field takes; what a refusal cites, and what it leaves as it was. */
#include "model/model.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

/* Something of each kind, as no object of ours has it. */
struct thing {
	const char *name, *other, *word, *words, *patterns, *networks, *text;
	int64_t number, flag, time, choice, tls, type;
	struct blob blob;
};
static const char *const choices[] = { "one", "two", NULL };

#define AT(member) offsetof(struct thing, member)
static const struct field fields[] = {
	{ "name", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(name), .help = "" },
	{ "other", FIELD_OPTIONAL_NAME, 0, AT(other), .help = "" },
	{ "word", FIELD_WORD, 0, AT(word), .help = "" },
	{ "words", FIELD_WORDS, 0, AT(words), .help = "" },
	{ "patterns", FIELD_PATTERNS, 0, AT(patterns), .help = "" },
	{ "networks", FIELD_NETWORKS, 0, AT(networks), .help = "" },
	{ "text", FIELD_TEXT, 0, AT(text), .help = "" },
	{ "number", FIELD_NUMBER, 0, AT(number), -3, 9, .help = "" },
	{ "flag", FIELD_FLAG, 0, AT(flag), 0, 1, .help = "" },
	{ "time", FIELD_TIME, 0, AT(time), .help = "" },
	{ "choice", FIELD_CHOICE, 0, AT(choice), .choices = choices },
	{ "tls", FIELD_TLS, 0, AT(tls), 1, 31, .help = "" },
	{ "type", FIELD_TYPE, 0, AT(type), 1, 65535, .help = "" },
	{ "blob", FIELD_BLOB, FIELD_NEEDED, AT(blob), .help = "" },
};
static const struct kind thing_kind = { "thing", LOG_NONE, fields, COUNT_OF(fields), sizeof(struct thing) };

static struct arena arena;
static struct error e;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct field *field(const char *name)
{
	const struct field *f = kind_field(&thing_kind, name, strlen(name));
	assert_non_null(f);
	return f;
}

static struct thing whole(void)
{
	return (struct thing){ .name = "a.test", .other = "", .word = "", .words = "", .patterns = "", .networks = "",
		.text = "", .tls = 1, .type = 1, .blob = { "x", 1 } };
}

static void reads(const char *name, const char *text, const char *wanted)
{
	struct thing thing = whole();
	struct text out = { 0 };
	text_add(&out, "");
	assert_done(field_read(field(name), text, &thing, &arena, &e), &e);
	field_write(field(name), &thing, &out);
	assert_string_equal(out.bytes, wanted);
	text_free(&out);
	assert_done(row_check(&thing_kind, &thing, &e), &e); /* what was read may be stored */
}

/* The field is cited, and the row is as it was. */
static void refuses(const char *name, const char *text, const char *words)
{
	struct thing thing = whole();
	const struct thing before = thing;
	e.text[0] = '\0';
	if (field_read(field(name), text, &thing, &arena, &e) != REFUSED)
		fail_msg("%s '%s' was not refused", name, text);
	assert_memory_equal(e.text, name, strlen(name));
	assert_says(e.text, words);
	assert_memory_equal(&thing, &before, sizeof thing);
}

static void refuses_row(const struct thing *thing, const char *words)
{
	e.text[0] = '\0';
	assert_outcome(row_check(&thing_kind, thing, &e), REFUSED, &e);
	assert_says(e.text, words);
}

static void lists(void **state)
{
	char text[9000], word[64];
	(void)state;
	reads("words", " ,a,, B a ,b", "a b");
	reads("words", "ab a abc", "ab a abc"); /* the beginning of another is not the same */
	reads("networks", "192.0.2.9/32,2001:DB8::/32 192.0.2.9/32", "192.0.2.9/32 2001:db8::/32");
	refuses("networks", "192.0.2.0/24 192.0.2.0/33", "'192.0.2.0/33'");
	reads("networks", "192.0.2.9", "192.0.2.9/32");
	refuses("networks", "192.0.2.0/", "ADDRESS/LENGTH");
	reads("patterns", "*.A.test. b.test", "*.a.test b.test");
	refuses("patterns", "a.test b..test", "'b..test'");
	memset(word, 'w', sizeof word);
	word[63] = '\0';
	reads("word", word, word);
	text[0] = '\0';
	for (size_t i = 0; i < 127; i++) /* words of 62 octets, each with a blank behind it but the last: 8000 */
		snprintf(text + i * 63, sizeof text - i * 63, "%.59s%03zu ", word, i);
	text[8000] = '\0';
	reads("words", text, text);
	text[8000] = 'w';
	text[8001] = '\0';
	refuses("words", text, "longer than 8000 bytes");
	memset(text, 'x', 400);
	text[400] = '\0';
	refuses("words", text, "wanted 1 to 63");
	refuses("patterns", text, "wanted names");
}

static void words_and_names(void **state)
{
	(void)state;
	reads("word", "A_b+c.d-", "a_b+c.d-");
	reads("word", "", "");
	refuses("word", ".a", "not starting with");
	refuses("word", "-a", "not starting with");
	refuses("word", "a b", "'a b'");
	refuses("word", "a/b", "wanted 1 to 63");
	refuses("name", "", "may not be empty");
	refuses("name", "a b", "\\032");
	refuses("name", "a.test\n", "blank");
	reads("name", "a\\032b", "a\\032b");
	reads("other", "", "");
	reads("other", "B.Test.", "b.test");
	refuses("text", "a\x1b[2J", "control characters");
	assert_null(strchr(e.text, '\x1b')); /* nor does the refusal move anybody's cursor */
}

static void numbers(void **state)
{
	(void)state;
	reads("number", "-3", "-3");
	reads("number", "9", "9");
	refuses("number", "10", "wanted a number from -3 to 9");
	refuses("number", "-4", "'-4'");
	refuses("number", "", "wanted a number");
	refuses("number", "1 ", "wanted a number");
	refuses("number", "0x1", "wanted a number");
	refuses("number", "18446744073709551617", "wanted a number"); /* 1, if it were cut to 64 bits */
	reads("flag", "false", "no");
	reads("flag", "yes", "yes");
	refuses("flag", "YES", "yes or no");
	refuses("flag", "", "yes or no");
	reads("choice", "two", "two");
	refuses("choice", "On", "wanted one, two");
	refuses("tls", "none", "may not be none");
	refuses("type", "0", "RR type");
}

static void times(void **state)
{
	(void)state;
	reads("time", "2026-11-23", "2026-11-23T00:00:00Z");
	reads("time", "2026-11-23 05:01", "2026-11-23T05:01:00Z");
	reads("time", "2026-11-23 05:01:02", "2026-11-23T05:01:02Z");
	reads("time", "2028-02-29", "2028-02-29T00:00:00Z");
	reads("time", "0", "never");
	reads("time", "1", "1970-01-01T00:00:01Z");
	refuses("time", "", "wanted a time");
	refuses("time", "2026-11-23T05:00:00", "wanted a time");
	refuses("time", "2026-11-23 05:01 ", "wanted a time");
	refuses("time", "2026-13-01", "wanted a time");
	refuses("time", "2026-02-30", "no such day");
	refuses("time", "2027-02-29 05:00", "no such day");
	refuses("time", "2026-04-31T05:00:00Z", "no such day");
	refuses("time", "1969-12-31", "before 1970");
	refuses("time", "1099511627777", "wanted a time"); /* 2^40 + 1 */
}

static void blobs(void **state)
{
	(void)state;
	reads("blob", "AAECAw==", "AAECAw==");
	refuses("blob", "", "may not be empty");
	refuses("blob", "AAECAw=", "base64");
	refuses("blob", "AAE CAw==", "base64");
}

static void what_a_database_gives_is_checked_likewise(void **state)
{
	struct thing thing = whole();
	(void)state;
	assert_done(row_check(&thing_kind, &thing, &e), &e);
	thing.words = "a  b";
	refuses_row(&thing, "thing a.test: words 'a  b' is not in normal form: wanted 'a b'");
	thing = whole();
	thing.name = "";
	refuses_row(&thing, "name may not be empty");
	thing = whole();
	thing.blob.size = 0;
	refuses_row(&thing, "blob may not be empty");
	thing = whole();
	thing.choice = 2;
	refuses_row(&thing, "choice 2: wanted 0 to 1");
	thing = whole();
	thing.time = INT64_C(1) << 40;
	assert_done(row_check(&thing_kind, &thing, &e), &e);
	thing.time++;
	refuses_row(&thing, "time");
	thing = whole();
	thing.flag = 2;
	refuses_row(&thing, "flag 2");
	thing = whole();
	thing.number = INT64_MIN;
	refuses_row(&thing, "number -9223372036854775808");
	thing = whole();
	thing.text = "a\x07";
	refuses_row(&thing, "thing a.test: text");
	assert_null(strchr(e.text, '\x07'));
}

/* Rows that were not checked are shown all the same. */
static void what_is_out_of_range_is_written(void **state)
{
	struct thing thing = { .choice = 2, .time = INT64_MAX, .tls = 1 };
	struct text out = { 0 };
	(void)state;
	field_write(field("choice"), &thing, &out);
	thing.choice = -1;
	field_write(field("choice"), &thing, &out);
	field_write(field("time"), &thing, &out);
	assert_string_equal(out.bytes, "??never");
	text_free(&out);
}

/* Of each field of some kinds: it is the same in two rows until it is another in one, and is carried over alone. */
static void fields_are_compared_and_carried_over(void **state)
{
	static const struct kind *const kinds[] = { &relay_kind, &pool_kind, &host_kind, &record_kind, &tsig_kind };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		for (const struct field *f = kinds[i]->fields; f < kinds[i]->fields + kinds[i]->count; f++) {
			union any_row a, b;
			assert_done(row_standard(kinds[i], &a, &arena, &e), &e);
			assert_done(row_standard(kinds[i], &b, &arena, &e), &e);
			assert_true(field_same(f, &a, &b));
			if (f->kind == FIELD_BLOB)
				field_put_blob(f, &a, (struct blob){ "x", 1 });
			else if (field_is_number(f))
				field_put_number(f, &a, field_number(f, &a) + 1);
			else
				field_put_text(f, &a, "x");
			assert_false(field_same(f, &a, &b) || field_same(f, &b, &a));
			field_carry(f, &b, &a);
			for (const struct field *g = kinds[i]->fields; g < kinds[i]->fields + kinds[i]->count; g++)
				assert_true(field_same(g, &a, &b));
			assert_true(field_bit(kinds[i], f) == UINT64_C(1) << (f - kinds[i]->fields));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists), cmocka_unit_test(words_and_names),
		cmocka_unit_test(numbers), cmocka_unit_test(times), cmocka_unit_test(blobs),
		cmocka_unit_test(what_a_database_gives_is_checked_likewise),
		cmocka_unit_test(what_is_out_of_range_is_written),
		cmocka_unit_test(fields_are_compared_and_carried_over) };
	return cmocka_run_group_tests_name("model/field", tests, NULL, empty_arena);
}
