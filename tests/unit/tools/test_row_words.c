/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of an object, in words: each field as the command takes it, and none that stayed. */
#include "tools/row_words.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tools/registry/line.h"

static struct arena arena;
static struct error e;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct row_sides sides_of(const char *was, const char *is)
{
	const struct kind *kind = NULL;
	union any_row *rows = arena_take(&arena, 2 * sizeof *rows);
	if (was != NULL)
		assert_done(line_read(was, &kind, &rows[0], &arena, &e), &e);
	if (is != NULL)
		assert_done(line_read(is, &kind, &rows[1], &arena, &e), &e);
	return row_sides(kind, was == NULL ? NULL : &rows[0], is == NULL ? NULL : &rows[1]);
}

static void says(const char *was, const char *is, const char *key, const char *words)
{
	struct row_sides s = sides_of(was, is);
	struct text text = { 0 };
	row_words_key(&s, &text);
	assert_string_equal(text.bytes, key);
	text_free(&text);
	text_add(&text, "");
	row_words(&s, &text);
	assert_string_equal(text.bytes, words);
	text_free(&text);
}

static void only_what_changed_is_said(void **state)
{
	(void)state;
	says("relay name=r1 weight=100 tls=1.0", "relay name=r1 weight=50 tls=1.0-1.2 state=draining", "relay r1",
		"state service -> draining, tls 1.0 -> 1.0-1.2, weight 100 -> 50");
	says("relay name=r1", "relay name=r1", "relay r1", "");
	says("release product=p version=1 pools=a tls=1.0", "release product=p version=1 pools=\"a b\" tls=1.0 families=4",
		"release p 1", "pools a -> a,b, families 46 -> 4");
}

static void values_are_as_the_command_takes_them(void **state)
{
	(void)state;
	says("relay name=r1 addresses=192.0.2.1", "relay name=r1 addresses=\"192.0.2.1 2001:db8::1\" note=\"a \\\"quoted\\\" word\" "
		"allow_private=yes since=2026-11-23",
		"relay r1", "addresses 192.0.2.1 -> 192.0.2.1,2001:db8::1, allow_private no -> yes, since never -> 2026-11-23T00:00:00Z, "
		"note \"\" -> \"a \\\"quoted\\\" word\"");
	says("pool label=fe roster=\"r1 r2\"", "pool label=fe successor=new", "pool fe", "roster r1,r2 -> none, successor none -> new");
}

static void who_came_or_went_is_told_by_what_is_its_own(void **state)
{
	(void)state;
	says(NULL, "relay name=r1 addresses=192.0.2.1 weight=50", "relay r1", "addresses 192.0.2.1, state service, weight 50");
	says("rule pool=fe relay=r1 verdict=exclude", NULL, "rule fe r1", "verdict exclude");
	says(NULL, "pool label=fe ttl=300", "pool fe", "state open");
}

static void records_are_said_as_zone_files_have_them(void **state)
{
	(void)state;
	static const char one[] = "record zone=a.test owner=www.a.test type=A ttl=60 rdata=wAACAQ==",
		later[] = "record zone=a.test owner=www.a.test type=A ttl=90 rdata=wAACAQ==",
		other[] = "record zone=a.test owner=www.a.test type=A ttl=60 rdata=wAACAg==";
	says(NULL, one, "record a.test", "www.a.test A 192.0.2.1, ttl 60");
	says(one, NULL, "record a.test", "www.a.test A 192.0.2.1, ttl 60");
	says(one, later, "record a.test", "www.a.test A 192.0.2.1, ttl 60 -> 90");
	says(one, other, "record a.test", "www.a.test A 192.0.2.1 -> www.a.test A 192.0.2.2");
	says(NULL, "record zone=a.test owner=a.test type=TYPE65280 ttl=1 rdata=AAE=", "record a.test",
		"a.test TYPE65280 \\# 2 0001, ttl 1");
}

static void of_secrets_nothing_is_said_but_that_they_are_others(void **state)
{
	(void)state;
	says("account name=demo token=AAAA", "account name=demo token=BBBB", "account demo", "another token");
	says("account name=demo token=AAAA", "account name=demo token=AAAA quota=2", "account demo", "quota 0 -> 2");
	says(NULL, "account name=demo token=AAAA", "account demo", "role client");
	struct row_sides s = sides_of("account name=demo token=AAAA", "account name=demo");
	assert_true(row_changed(&s));
	s = sides_of("account name=demo token=AAAA", "account name=demo token=AAAA");
	assert_false(row_changed(&s));
	s = sides_of("account name=demo", NULL);
	assert_true(row_changed(&s));
}

static void json_has(const char *was, const char *is, const char *wanted)
{
	struct row_sides s = sides_of(was, is);
	json_t *got = row_sides_json(&s), *want = json_loads(wanted, 0, NULL);
	char *text = json_dumps(got, 0);
	assert_non_null(want);
	if (!json_equal(got, want))
		fail_msg("%s, wanted %s", text, wanted);
	free(text);
	json_decref(got);
	json_decref(want);
}

static void json_has_the_same_words(void **state)
{
	(void)state;
	json_has("relay name=r1 weight=100", "relay name=r1 weight=50 addresses=192.0.2.1 token=AAAA",
		"{\"kind\": \"relay\", \"key\": \"r1\", \"was\": {\"weight\": 100, \"addresses\": []}, "
		"\"is\": {\"weight\": 50, \"addresses\": [\"192.0.2.1\"]}, \"secrets\": [\"token\"]}");
	json_has(NULL, "rule pool=fe relay=r1", "{\"kind\": \"rule\", \"key\": \"fe r1\", \"was\": null, \"is\": {\"pool\": \"fe\", "
		"\"relay\": \"r1\", \"verdict\": \"include\", \"note\": \"\"}, \"secrets\": []}");
	json_has("record zone=a.test owner=a.test type=A ttl=60 rdata=wAACAQ==", NULL, "{\"kind\": \"record\", \"key\": \"a.test\", "
		"\"was\": {\"zone\": \"a.test\", \"owner\": \"a.test\", \"type\": \"A\", \"ttl\": 60, \"rdata\": \"192.0.2.1\"}, "
		"\"is\": null, \"secrets\": []}");
}

/* What the log does not tell is no difference. */
static void what_is_not_known_is_not_said(void **state)
{
	(void)state;
	struct row_sides s = sides_of("relay name=r1 weight=100 port=1", "relay name=r1 weight=50 port=2");
	struct text text = { 0 };
	s.told = UINT64_C(1) << (kind_field(&relay_kind, "port", 4) - relay_kind.fields);
	row_words(&s, &text);
	assert_string_equal(text.bytes, "port 1 -> 2");
	text_free(&text);
	s.told = 0;
	assert_false(row_changed(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(only_what_changed_is_said, empty_arena),
		cmocka_unit_test_teardown(values_are_as_the_command_takes_them, empty_arena),
		cmocka_unit_test_teardown(who_came_or_went_is_told_by_what_is_its_own, empty_arena),
		cmocka_unit_test_teardown(records_are_said_as_zone_files_have_them, empty_arena),
		cmocka_unit_test_teardown(of_secrets_nothing_is_said_but_that_they_are_others, empty_arena),
		cmocka_unit_test_teardown(json_has_the_same_words, empty_arena),
		cmocka_unit_test_teardown(what_is_not_known_is_not_said, empty_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
