/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of lines: their ends, their faults, and what cannot be read. */
#include "tools/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char path[] = "/tmp/test_lines.XXXXXX";
static struct error e;

static int make(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int unmake(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const void *bytes, size_t size)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static char seen[256];

static int take(char *line, void *context, struct error *error)
{
	const char *bad = context;
	strcat(seen, line);
	strcat(seen, "|");
	return bad != NULL && strcmp(line, bad) == 0 ? fail(error, REFUSED, "it is bad") : DONE;
}

static void lines_come_in_turn(void **state)
{
	(void)state;
	static const struct {
		const char *file, *wanted;
	} cases[] = { { "", "" }, { "a", "a|" }, { "a\n", "a|" }, { "a\n\nb", "a||b|" }, { "\n", "|" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		*seen = '\0';
		write_file(cases[i].file, strlen(cases[i].file));
		assert_done(each_line(path, take, NULL, &e), &e);
		assert_string_equal(seen, cases[i].wanted);
	}
}

static void what_ends_it_is_cited(void **state)
{
	(void)state;
	char bad[] = "bad", where[64];
	*seen = '\0';
	write_file("good\nbad\nafter\n", 15);
	assert_outcome(each_line(path, take, bad, &e), REFUSED, &e);
	assert_string_equal(seen, "good|bad|");
	snprintf(where, sizeof where, "%s:2: it is bad", path);
	assert_string_equal(e.text, where);
}

static void a_nul_is_refused(void **state)
{
	(void)state;
	*seen = '\0';
	write_file("good\nb\0d\n", 9);
	assert_outcome(each_line(path, take, NULL, &e), REFUSED, &e);
	assert_string_equal(seen, "good|");
	assert_says(e.text, ":2: it holds a NUL");
}

static void what_cannot_be_read_has_failed(void **state)
{
	(void)state;
	assert_outcome(each_line("/nonexistent/file", take, NULL, &e), FAILED, &e);
	assert_says(e.text, "/nonexistent/file");
	assert_outcome(each_line("/", take, NULL, &e), FAILED, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines_come_in_turn),
		cmocka_unit_test(what_ends_it_is_cited), cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(what_cannot_be_read_has_failed) };
	return cmocka_run_group_tests_name("tools/lines", tests, make, unmake);
}
