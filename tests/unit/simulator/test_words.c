/* SPDX-License-Identifier: BSD-2-Clause */
/* A line's words, pairs, quotes and comments; dates, times and shares at their edges. */
#include "simulator/words.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

static struct arena arena;
static struct error e;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Words as "a|b|", then pairs as "name=value|". */
static void is_read(const char *line, const char *wanted)
{
	struct words w;
	char got[512] = "";
	size_t length = 0;
	assert_done(words_read(line, &arena, &w, &e), &e);
	for (int i = 0; i < w.count; i++)
		length += (size_t)snprintf(got + length, sizeof got - length, "%s|", w.word[i]);
	for (int i = 0; i < w.value_count; i++)
		length += (size_t)snprintf(got + length, sizeof got - length, "%s=%s|", w.name[i], w.value[i]);
	assert_string_equal(got, wanted);
}

static void is_refused(const char *line, const char *says)
{
	struct words w;
	assert_outcome(words_read(line, &arena, &w, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static void lines_are_taken_apart(void **state)
{
	(void)state;
	is_read("", "");
	is_read(" \t\r", "");
	is_read("# a b", "");
	is_read("\ta  b\tc\r", "a|b|c|");
	is_read("a b=c d=", "a|b=c|d=|");
	is_read("a b=c=d", "a|b=c=d|");
	is_read("=x", "=x|");
	is_read("a #b \"c", "a|");
	is_read("a#b c=#d", "a#b|c=#d|");
	is_read("\"a b\" note=\"c # d\"e", "a b|note=c # de|");
	is_read("a \"\" b", "a||b|");
	is_read("\"#\" \"\"#", "#|#|");
	is_read("\xc3\xbc \x01", "\xc3\xbc|\x01|");
}

static void faulty_lines_are_refused(void **state)
{
	(void)state;
	is_refused("a \"b", "a quote is not closed");
	is_refused("\"", "a quote is not closed");
	is_refused("a b=c d", "'d': wanted FIELD=VALUE");
	is_refused("a b=c \"\"", "'': wanted FIELD=VALUE");
	is_refused("a b=c d=e b=f", "b stands twice");
}

static void a_line_has_so_many_words_and_no_more(void **state)
{
	char words[300] = "", pairs[300] = "";
	struct words w;
	(void)state;
	for (int i = 0; i < WORDS_LINE_MOST; i++) {
		sprintf(words + strlen(words), "w%d ", i);
		sprintf(pairs + strlen(pairs), "n%d=%d ", i, i);
	}
	assert_done(words_read(words, &arena, &w, &e), &e);
	assert_int_equal(w.count, WORDS_LINE_MOST);
	assert_done(words_read(pairs, &arena, &w, &e), &e);
	assert_int_equal(w.value_count, WORDS_LINE_MOST);
	assert_string_equal(w.value[WORDS_LINE_MOST - 1], "23");
	strcat(words, "x");
	strcat(pairs, "x=y");
	is_refused(words, "more than 24 words");
	is_refused(pairs, "more than 24 words");
}

static void a_long_word_is_cited_in_part(void **state)
{
	char line[3000] = "a=b ";
	(void)state;
	memset(line + 4, 'x', sizeof line - 5);
	is_refused(line, "xxxx': wanted");
	assert_true(strlen(e.text) < 100);
	line[1] = ' ';
	line[2] = ' ';
	struct words w;
	assert_done(words_read(line, &arena, &w, &e), &e);
	assert_int_equal(strlen(w.word[1]), sizeof line - 5);
}

static void pairs_are_taken_out(void **state)
{
	struct words w;
	(void)state;
	assert_done(words_read("v k a=1 b=2 c=3", &arena, &w, &e), &e);
	assert_null(words_take(&w, "d"));
	assert_null(words_take(&w, "v"));
	assert_string_equal(words_take(&w, "b"), "2");
	assert_null(words_take(&w, "b"));
	assert_int_equal(w.value_count, 2);
	assert_string_equal(w.name[1], "c");
	assert_string_equal(w.value[1], "3");
	assert_string_equal(words_take(&w, "c"), "3");
	assert_string_equal(words_take(&w, "a"), "1");
	assert_int_equal(w.value_count, 0);
	words_shift(&w, 1);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.word[0], "k");
	words_shift(&w, 1);
	assert_int_equal(w.count, 0);
}

/* Each day from 1970 to the last that has four digits. */
static void each_date_is_written_as_it_is_read(void **state)
{
	char text[DATE_TEXT];
	int64_t date, day;
	(void)state;
	for (day = 0; day < 2932897; day += day < 50000 ? 1 : 997) {
		date_write(day * 86400 + 86399, text);
		assert_done(date_read(text, &date, &e), &e);
		assert_int_equal(date, day * 86400);
	}
	date_write(951782400, text);
	assert_string_equal(text, "2000-02-29");
	assert_done(date_read("9999-12-31", &date, &e), &e);
	assert_int_equal(date, 253402214400);
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const wrong[] = { "", "2016", "2016-3-1", "2016-03-01 ", "2016-03-01x", "2016/03/01",
		"1969-12-31", "2015-02-29", "2100-02-29", "2016-04-31", "2016-00-01", "2016-13-01", "2016-01-00",
		"2016-01-32", "-016-01-01", "20160-01-01", "99999999999999999999" };
	int64_t date;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_outcome(date_read(wrong[i], &date, &e), REFUSED, &e);
		assert_says(e.text, wrong[i]);
		assert_says(e.text, "is no date");
	}
}

static void times_of_day(void **state)
{
	static const char *const wrong[] = { "", "9:30", "09:3", "09:300", "24:00", "09:60", "0930", "09.30", "-9:30" };
	int64_t seconds;
	(void)state;
	assert_done(time_read("00:00", &seconds, &e), &e);
	assert_int_equal(seconds, 0);
	assert_done(time_read("23:59", &seconds, &e), &e);
	assert_int_equal(seconds, 86340);
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_outcome(time_read(wrong[i], &seconds, &e), REFUSED, &e);
		assert_says(e.text, "is no time of day");
	}
}

static void shares(void **state)
{
	static const struct {
		const char *text;
		int64_t share;
	} good[] = { { "0", 0 }, { "0%", 0 }, { "100%", 10000 }, { "100.00", 10000 }, { "12.5%", 1250 }, { "12.05", 1205 },
		{ "0.01%", 1 }, { "7.", 700 } };
	static const char *const wrong[] = { "", "%", ".5", "-1", "100.01", "101", "1000", "12.345", "5%%", "5 %",
		"99999999999999999999999%", "1e1" };
	int64_t share;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_done(percent_read(good[i].text, &share, &e), &e);
		assert_int_equal(share, good[i].share);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_outcome(percent_read(wrong[i], &share, &e), REFUSED, &e);
		assert_says(e.text, "is no share");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(lines_are_taken_apart, empty_arena),
		cmocka_unit_test_teardown(faulty_lines_are_refused, empty_arena),
		cmocka_unit_test_teardown(a_line_has_so_many_words_and_no_more, empty_arena),
		cmocka_unit_test_teardown(a_long_word_is_cited_in_part, empty_arena),
		cmocka_unit_test_teardown(pairs_are_taken_out, empty_arena), cmocka_unit_test(each_date_is_written_as_it_is_read),
		cmocka_unit_test(what_is_no_date_is_refused), cmocka_unit_test(times_of_day), cmocka_unit_test(shares) };
	return cmocka_run_group_tests_name("simulator/words", tests, NULL, NULL);
}
