/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects as JSON and back. */
#include "tests/unit/check.h"

#include <string.h>

#include "updater/facts.h"

static struct arena arena;

static int take(const char *json, const char *key, struct observation *o, bool *given)
{
	json_t *object;
	struct error e;
	assert_int_equal(facts_read(json, strlen(json), &object, &e), DONE);
	int outcome = facts_take(object, key, &observation_kind, key, o, given, &arena, &e);
	json_decref(object);
	return outcome;
}

static void test_take(void **state)
{
	struct observation o = { 0 };
	bool given;
	(void)state;
	assert_int_equal(take("{\"load\":7}", "load", &o, &given), DONE);
	assert_true(given && o.load == 7);
	assert_int_equal(take("{\"overloaded\":true}", "overloaded", &o, &given), DONE);
	assert_int_equal(o.overloaded, 1);
	assert_int_equal(take("{\"tls\":\"1.0-1.2\"}", "tls", &o, &given), DONE);
	assert_int_equal(o.tls, 14);
	assert_int_equal(take("{}", "load", &o, &given), DONE);
	assert_false(given);
	assert_int_equal(take("{\"load\":null}", "load", &o, &given), DONE);
	assert_false(given);
	assert_int_equal(take("{\"load\":-1}", "load", &o, &given), REFUSED);
	assert_int_equal(take("{\"load\":1.5}", "load", &o, &given), REFUSED);
	assert_int_equal(take("{\"load\":{}}", "load", &o, &given), REFUSED);
	assert_int_equal(take("{\"version\":\"a\\u000ab\"}", "version", &o, &given), REFUSED);
	arena_free(&arena);
}

static void test_lists(void **state)
{
	struct relay r = { 0 };
	json_t *object;
	struct error e;
	bool given;
	const char *json = "{\"addresses\":[\"192.0.2.1\",\"2001:DB8::1\"],\"bad\":[1],\"text\":\"1.2.3.4\",\"number\":1,"
		"\"object\":{},\"nested\":[[\"1.2.3.4\"]]}";
	(void)state;
	assert_int_equal(facts_read(json, strlen(json), &object, &e), DONE);
	assert_int_equal(facts_take(object, "addresses", &relay_kind, "addresses", &r, &given, &arena, &e),
		DONE);
	assert_string_equal(r.addresses, "192.0.2.1 2001:db8::1");
	static const char *const wrong[] = { "bad", "text", "number", "object", "nested" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(facts_take(object, wrong[i], &relay_kind, "addresses", &r, &given, &arena, &e), REFUSED);
	assert_int_equal(facts_take(object, "addresses", &relay_kind, "note", &r, &given, &arena, &e), REFUSED);
	assert_string_equal(r.addresses, "192.0.2.1 2001:db8::1");
	json_decref(object);
	arena_free(&arena);
}

static void test_read(void **state)
{
	static const char *const bad[] = { "{", "[]", "1", "{\"a\":1,\"a\":2}", "{} x", "{\"a\":\"\\u0000\"}" };
	json_t *object;
	struct error e;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(facts_read(bad[i], strlen(bad[i]), &object, &e), REFUSED);
	assert_int_equal(facts_read("", 0, &object, &e), DONE);
	json_decref(object);
}

static void test_show(void **state)
{
	struct account a = { .name = "demo", .hosts = "a.b *.c.d", .role = 1, .token = { "secret", 6 } };
	json_t *json = facts_show(&account_kind, &a);
	char *text = json_dumps(json, 0);
	(void)state;
	assert_non_null(text);
	assert_null(strstr(text, "token"));
	assert_non_null(strstr(text, "\"hosts\": [\"a.b\", \"*.c.d\"]"));
	assert_non_null(strstr(text, "\"role\": \"operator\""));
	assert_non_null(strstr(text, "\"blocked\": false"));
	free(text);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take), cmocka_unit_test(test_lists), cmocka_unit_test(test_read),
		cmocka_unit_test(test_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
