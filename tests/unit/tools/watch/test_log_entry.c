/* SPDX-License-Identifier: BSD-2-Clause */
/* A change of the log in words, and whether it is of a name. */
#include "tools/watch/log_entry.h"

#include <string.h>

#include "tests/unit/check.h"

#define CHANGE(of_kind, what, before, after)                                                                             \
	{                                                                                                                \
		.revision = 7, .at = 1794114000, .kind = #of_kind, .of = &of_kind##_kind, .key = what, .old = before,    \
		.new = after, .actor = "anna", .origin = "terminal", .verb = "a verb", .reason = "it broke"              \
	}

static void says(const struct change *change, const char *wanted)
{
	struct text line = { 0 };
	log_entry_line(change, &line);
	assert_string_equal(line.bytes, wanted);
	text_free(&line);
}

static void a_change_is_said_in_words(void **state)
{
	(void)state;
	const struct change changed = CHANGE(relay, "r1", "{\"name\": \"r1\", \"state\": 2, \"tls\": 2, \"weight\": 9}",
		"{\"state\": 3, \"tls\": 6, \"weight\": 9, \"token\": \"kept\"}");
	says(&changed, "7 2026-11-08T05:00:00Z relay r1: state service -> draining, tls 1.0 -> 1.0-1.1  "
		"by anna from terminal: a verb  because: it broke\n");
	struct change added = CHANGE(rule, "fe r1", NULL, "{\"verdict\": 1, \"note\": \"no\"}");
	added.reason = added.origin = added.verb = "";
	says(&added, "7 2026-11-08T05:00:00Z rule fe r1 added: verdict exclude, note \"no\"  by anna\n");
	struct change removed = CHANGE(record, "a.test", "[\"www.a.test\", 1, 60, \"C0000201\"]", NULL);
	removed.actor = removed.reason = removed.verb = removed.origin = "";
	says(&removed, "7 2026-11-08T05:00:00Z record a.test removed: www.a.test A 192.0.2.1, ttl 60  by hand (SQL)\n");
	const struct change secret = CHANGE(account, "demo", "{\"name\": \"demo\", \"quota\": 0}", "{\"quota\": 0, \"token\": \"new\"}");
	says(&secret, "7 2026-11-08T05:00:00Z account demo: another token  by anna from terminal: a verb  because: it broke\n");
	const struct change renamed = CHANGE(relay, "r2", "{\"name\": \"r1\", \"weight\": 9}", "{\"weight\": 9}");
	says(&renamed, "7 2026-11-08T05:00:00Z relay r2: name r1 -> r2  by anna from terminal: a verb  because: it broke\n");
}

static void what_has_no_words_stands_as_it_is(void **state)
{
	(void)state;
	const struct change odd = CHANGE(relay, "r1", "{\"weight\": 9}", "[]");
	says(&odd, "7 2026-11-08T05:00:00Z relay r1: {\"weight\": 9} -> []  by anna from terminal: a verb  because: it broke\n");
	struct change note = { .revision = 7, .at = 1794114000, .kind = "serial", .key = "", .actor = "anna", .origin = "",
		.verb = "restore", .reason = "" };
	says(&note, "7 2026-11-08T05:00:00Z serial  by anna: restore\n");
}

static void a_change_is_found_by_each_of_its_names(void **state)
{
	(void)state;
	const struct change rule = CHANGE(rule, "fe r1", NULL, "{}");
	assert_true(log_entry_names(&rule, "fe") && log_entry_names(&rule, "r1") && log_entry_names(&rule, "fe r1"));
	assert_false(log_entry_names(&rule, "f") || log_entry_names(&rule, "r") || log_entry_names(&rule, "no"));
	const struct change record = CHANGE(record, "a.test", "[\"www.a.test\", 1, 60, \"C0000201\"]", NULL);
	assert_true(log_entry_names(&record, "a.test") && log_entry_names(&record, "www.a.test"));
	assert_false(log_entry_names(&record, "test"));
	const struct change renamed = CHANGE(relay, "r2", "{\"name\": \"r1\"}", "{}");
	assert_true(log_entry_names(&renamed, "r1") && log_entry_names(&renamed, "r2"));
	const struct change odd = CHANGE(relay, "r1", NULL, "[]");
	assert_true(log_entry_names(&odd, "r1"));
}

static void json_is_what_the_log_holds(void **state)
{
	(void)state;
	const struct change changed = CHANGE(relay, "r1", NULL, "{\"weight\": 9}");
	json_t *got = log_entry_json(&changed), *wanted = json_loads("{\"revision\": 7, \"at\": \"2026-11-08T05:00:00Z\", \"kind\": \"relay\", "
		"\"key\": \"r1\", \"old\": null, \"new\": {\"weight\": 9}, \"actor\": \"anna\", \"origin\": \"terminal\", "
		"\"verb\": \"a verb\", \"reason\": \"it broke\"}", 0, NULL);
	assert_true(json_equal(got, wanted));
	json_decref(got);
	json_decref(wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_said_in_words),
		cmocka_unit_test(what_has_no_words_stands_as_it_is),
		cmocka_unit_test(a_change_is_found_by_each_of_its_names),
		cmocka_unit_test(json_is_what_the_log_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
