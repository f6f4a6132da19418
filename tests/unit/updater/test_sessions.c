/* SPDX-License-Identifier: BSD-2-Clause */
/* What relays say of their sessions: taken, refused, kept. */
#include "updater/sessions.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"

static struct arena arena;
static struct telemetry_sessions *list;
static size_t count;
static struct error e;

static int take(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(json);
	int outcome = sessions_read(json, &arena, &list, &count, &e);
	json_decref(json);
	return outcome;
}

static void test_what_is_well_said(void **state)
{
	(void)state;
	assert_done(take("{}"), &e);
	assert_int_equal(count, 0);
	assert_done(take("{\"0.5.8e+git~1-2_A\": 12, \"1.5.2\": 0}"), &e);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i].sessions, list[i].version[0] == '0' ? 12 : 0);
	arena_free(&arena);
}

static void test_what_is_refused(void **state)
{
	static const char *const refused[] = { "[]", "7", "\"x\"", "{\"\": 1}", "{\"a b\": 1}", "{\"a\\nb\": 1}",
		"{\"\\u00e4\": 1}", "{\"a'\": 1}", "{\"a\": -1}", "{\"a\": 1.5}", "{\"a\": \"1\"}", "{\"a\": null}",
		"{\"a\": 1000000001}",
		"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": 1}" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		assert_outcome(take(refused[i]), REFUSED, &e);
		assert_says(e.text, "sessions: ");
	}
	arena_free(&arena);
}

static void test_versions_are_bounded(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct text text = { 0 };
		for (int i = 0; i < TELEMETRY_VERSIONS + more; i++)
			text_addf(&text, "%s\"v%d\": 1", i == 0 ? "{" : ", ", i);
		text_add(&text, "}");
		assert_outcome(take(text.bytes), more == 0 ? DONE : REFUSED, &e);
		text_free(&text);
	}
	arena_free(&arena);
}

static int note(struct session_notes *notes, const char *relay, int64_t day, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	int outcome = sessions_take(notes, relay, json, day, &e);
	json_decref(json);
	return outcome;
}

static void test_the_last_word_of_a_day_is_kept(void **state)
{
	struct session_notes notes = { 0 };
	(void)state;
	assert_done(note(&notes, "r1", 7, "{\"load\": 1}"), &e);
	assert_int_equal(notes.count, 0);
	assert_done(note(&notes, "r1", 7, "{\"sessions\": {\"1\": 5, \"2\": 6}}"), &e);
	assert_done(note(&notes, "r2", 7, "{\"sessions\": {\"1\": 1}}"), &e);
	assert_done(note(&notes, "r1", 7, "{\"sessions\": {\"1\": 9}}"), &e);
	assert_outcome(note(&notes, "r1", 7, "{\"sessions\": {\"1\": -9}}"), REFUSED, &e);
	assert_done(note(&notes, "r1", 8, "{\"sessions\": {\"1\": 3}}"), &e);
	assert_int_equal(notes.count, 3);
	assert_string_equal(notes.note[0].relay, "r1");
	assert_int_equal(notes.note[0].count, 1);
	assert_int_equal(notes.note[0].list[0].sessions, 9);
	sessions_free(&notes);
}

static void test_what_cannot_be_stored_is_kept(void **state)
{
	struct session_notes notes = { 0 };
	(void)state;
	assert_done(note(&notes, "r1", 7, "{\"sessions\": {\"1\": 5}}"), &e);
	sessions_store(&notes, "/nonexistent/telemetry", "/nonexistent/registry", 7, 0);
	assert_int_equal(notes.count, 1);
	assert_says(notes.storing.trouble, "/nonexistent");
	sessions_store(&notes, "none", "/nonexistent/registry", 7, 1); /* not due yet */
	assert_int_equal(notes.count, 1);
	sessions_store(&notes, "none", "/nonexistent/registry", 7, INT64_MAX);
	assert_int_equal(notes.count, 0);
	sessions_free(&notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_well_said),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_versions_are_bounded),
		cmocka_unit_test(test_the_last_word_of_a_day_is_kept),
		cmocka_unit_test(test_what_cannot_be_stored_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
