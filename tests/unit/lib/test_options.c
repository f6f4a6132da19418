/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of files and command lines, and what is refused in them. */
#include "lib/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

struct config {
	const char *registry, *listen;
	int64_t workers, quiet;
};

static const struct option_row rows[] = {
	{ "registry", OPTION_TEXT, offsetof(struct config, registry), .standard = "standard", .argument = "FILE" },
	{ "listen", OPTION_LIST, offsetof(struct config, listen), .standard = "127.0.0.1:53",
		.argument = "ADDR:PORT" },
	{ "udp-workers", OPTION_NUMBER, offsetof(struct config, workers), 1, 64, .standard = "2",
		.argument = "N" },
	{ "quiet", OPTION_FLAG, .offset = offsetof(struct config, quiet) },
};
static const struct option_table table = { "windsock-test", "test", "A test.", rows, COUNT_OF(rows) };

static struct arena arena;
static char path[] = "/tmp/windsock-conf-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	arena_free(&arena);
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* LINE is split at spaces; a word % stands for the file. */
static int parse(const char *line, struct config *config, struct error *e)
{
	char copy[300], *argv[20], *rest;
	int argc = 1;
	snprintf(copy, sizeof copy, "%s", line);
	argv[0] = (char *)(uintptr_t)"windsock-test";
	for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(word, "%") == 0 ? path : word;
	return options_read(&table, argc, argv, config, &arena, e);
}

static void standards_then_file_then_line(void **state)
{
	struct config config;
	struct error e;
	(void)state;
	assert_done(parse("", &config, &e), &e);
	assert_string_equal(config.registry, "standard");
	assert_string_equal(config.listen, "127.0.0.1:53");
	assert_int_equal(config.workers, 2);
	assert_int_equal(config.quiet, 0);
	write_file("[windsock]\nregistry = common\nsomebody-elses = 1\n[other]\nudp-workers = 99\n"
		"[test]\nlisten = a\nlisten = b\nudp-workers = 4\nquiet = yes\n");
	assert_done(parse("-c %", &config, &e), &e);
	assert_string_equal(config.registry, "common");
	assert_string_equal(config.listen, "a b");
	assert_int_equal(config.workers, 4);
	assert_int_equal(config.quiet, 1);
	assert_done(parse("--config % --registry=mine --listen c --listen=d --udp-workers 5 --no-quiet", &config,
		&e), &e);
	assert_string_equal(config.registry, "mine");
	assert_string_equal(config.listen, "c d");
	assert_int_equal(config.workers, 5);
	assert_int_equal(config.quiet, 0);
}

static void refuses(const char *line, const char *words)
{
	struct config config;
	struct error e = { "" };
	assert_outcome(parse(line, &config, &e), REFUSED, &e);
	assert_says(e.text, words);
}

static void wrong_words_are_refused(void **state)
{
	(void)state;
	refuses("--nonsense", "--nonsense");
	refuses("--udp-worker 3", "--udp-worker");
	refuses("--udp-workers", "needs N");
	refuses("--udp-workers 0", "1 to 64");
	refuses("--udp-workers 65", "1 to 64");
	refuses("--udp-workers x", "'x'");
	refuses("--no-registry", "--no-registry");
	refuses("--quiet=maybe", "maybe");
	refuses("stray", "stray");
	refuses("--", "--");
	refuses("-c", "needs FILE");
	refuses("-c /nowhere/at/all", "/nowhere/at/all");
}

static void wrong_lines_are_refused(void **state)
{
	(void)state;
	write_file("[test]\nlisten = a\nnonsense = 1\n");
	refuses("-c %", ":3: [test] has no setting 'nonsense'");
	write_file("[test]\nudp-workers = 1000\n");
	refuses("-c %", ":2: ");
	write_file("[test]\nthis is no setting\n");
	refuses("-c %", ":2: ");
}

/* libinih reads lines into 200 octets, and took what was behind for a line of its own. */
static void overlong_lines_are_refused(void **state)
{
	struct config config;
	struct error e;
	char text[400];
	(void)state;
	for (int size = 150; size < 250; size++) {
		int before = snprintf(text, sizeof text, "[test]\nlisten = %0*d", size - 9, 7);
		assert_int_equal(before, size + 7);
		for (int end = 0; end < 2; end++) { /* the last line of a file may lack its end */
			text[before] = '\0';
			if (end == 1)
				snprintf(text + before, sizeof text - (size_t)before, "\nquiet = yes\n");
			write_file(text);
			if (size + end > 199 || size > 198) {
				refuses("-c %", ":2: a line has at most 198 octets");
				continue;
			}
			assert_done(parse("-c %", &config, &e), &e);
			assert_int_equal(strlen(config.listen), size - 9);
			assert_int_equal(config.quiet, end);
		}
	}
}

static void help_and_version_are_shown(void **state)
{
	struct config config;
	struct error e;
	(void)state;
	assert_int_equal(parse("--nonsense --help", &config, &e), OPTIONS_SHOWN);
	assert_int_equal(parse("--version", &config, &e), OPTIONS_SHOWN);
}

/* What nobody would read is a slip of the fingers. */
static void sections_and_settings_that_nobody_reads(void **state)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		{ "[dnds]\nlisten = a\n", ":2: there is no section [dnds]: is it [dnsd]?" },
		{ "; first\nlisten = a\n[test]\n", ":2: 'listen' stands before any [section]" },
		{ "[test]\nlisten = a\n\n[updatr]\nx = 1\n", ":5: there is no section [updatr]" },
		{ "[windsock]\nregsitry = x\n", ":2: [windsock] has no setting 'regsitry': is it 'registry'?" },
		{ "[Dnsd]\nlisten = a\n", ":2: there is no section [Dnsd]: is it [dnsd]?" },
	};
	static const struct option_table dnsd = { "windsock-dnsd", "dnsd", "A test.", rows, COUNT_OF(rows) };
	struct config config;
	struct error e;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		write_file(files[i].text);
		assert_int_equal(parse("-c %", &config, &e), REFUSED);
		if (strstr(e.text, files[i].says) == NULL)
			fail_msg("%s", e.text);
	}
	write_file("[prober]\nanything = 1\n[other]\nx = 1\n");
	assert_done(parse("-c %", &config, &e), &e); /* a program of no section that is known */
	char *argv[] = { (char *)(uintptr_t)"windsock-dnsd", (char *)(uintptr_t)"-c", path };
	assert_int_equal(options_read(&dnsd, 3, argv, &config, &arena, &e), REFUSED);
	assert_non_null(strstr(e.text, "there is no section [other], but"));
}

static int check_even(const char *text, struct error *e)
{
	return strlen(text) % 2 == 0 ? DONE : fail(e, REFUSED, "'%s' is odd", text);
}

static int refuse_none(const char *text, struct error *e)
{
	return *text == '\0' ? fail(e, REFUSED, "it is empty") : DONE;
}

static const struct option_row judged_rows[] = {
	{ "one", OPTION_TEXT, offsetof(struct config, registry), .environment = "WINDSOCK_TEST_ONE", .check = check_even },
	{ "many", OPTION_LIST, offsetof(struct config, listen), .check = check_even },
};
static const struct option_table judged = { "windsock-test", "test", "A test.", judged_rows, COUNT_OF(judged_rows) };

/* Each word of a list is judged, and all of a text; an empty one only where it is not the default. */
static void values_are_judged(void **state)
{
	struct config config;
	struct error e;
	char *argv[] = { (char *)(uintptr_t)"windsock-test", (char *)(uintptr_t)"-c", path };
	(void)state;
	write_file("[test]\none = even\nmany = ab  abcd\n");
	assert_done(options_read(&judged, 3, argv, &config, &arena, &e), &e);
	write_file("[test]\nmany = ab abc\n");
	assert_outcome(options_read(&judged, 3, argv, &config, &arena, &e), REFUSED, &e);
	assert_says(e.text, ":2: many: 'abc' is odd");
	assert_outcome(option_judge(&judged_rows[0], "abc", &e), REFUSED, &e);
	assert_string_equal(e.text, "one: 'abc' is odd");
	assert_done(option_judge(&judged_rows[0], "", &e), &e);
	assert_done(option_judge(&(struct option_row){ "x", OPTION_TEXT, .standard = "", .check = refuse_none }, "", &e), &e);
	assert_outcome(option_judge(&(struct option_row){ "x", OPTION_TEXT, .standard = "y", .check = refuse_none }, "", &e), REFUSED, &e);
	assert_outcome(option_judge(&rows[2], "65", &e), REFUSED, &e);
}

/* A file that is named goes before the environment, and the command line before both. */
static void the_environment_goes_before_the_standard_file(void **state)
{
	struct config config;
	struct error e;
	char *argv[] = { (char *)(uintptr_t)"windsock-test", (char *)(uintptr_t)"-c", path };
	char *line[] = { argv[0], (char *)(uintptr_t)"--one", (char *)(uintptr_t)"line" };
	(void)state;
	write_file("[test]\none = file\n");
	setenv("WINDSOCK_TEST_ONE", "environment.", 1);
	assert_done(options_read(&judged, 1, argv, &config, &arena, &e), &e);
	assert_string_equal(config.registry, "environment.");
	assert_done(options_read(&judged, 3, argv, &config, &arena, &e), &e);
	assert_string_equal(config.registry, "file");
	assert_done(options_read(&judged, 3, line, &config, &arena, &e), &e);
	assert_string_equal(config.registry, "line");
	setenv("WINDSOCK_TEST_ONE", "odd", 1);
	assert_outcome(options_read(&judged, 1, argv, &config, &arena, &e), REFUSED, &e);
	assert_says(e.text, "$WINDSOCK_TEST_ONE: one: 'odd'");
	setenv("WINDSOCK_TEST_ONE", "", 1);
	assert_done(options_read(&judged, 1, argv, &config, &arena, &e), &e);
	assert_string_equal(config.registry, "");
	unsetenv("WINDSOCK_TEST_ONE");
}

static int count_lines(void *context, const struct option_line *line, struct error *e)
{
	int *numbers = context;
	numbers[0] = numbers[0] * 10 + line->number;
	return strcmp(line->name, "end") == 0 ? fail(e, EXISTS, "the end") : DONE;
}

static void a_file_is_walked_with_its_lines(void **state)
{
	struct error e;
	int numbers = 0;
	(void)state;
	write_file("[a]\nx = 1\n\nno setting\ny = 2\n");
	assert_outcome(options_walk(path, count_lines, &numbers, &e), REFUSED, &e);
	assert_says(e.text, ":4: not [section]");
	assert_int_equal(numbers, 25); /* both settings, though a line between them was wrong */
	write_file("[a]\nend = 1\ny = 2\n");
	numbers = 0;
	assert_outcome(options_walk(path, count_lines, &numbers, &e), EXISTS, &e);
	assert_says(e.text, ":2: the end");
	assert_int_equal(numbers, 2);
	assert_outcome(options_walk("/nowhere/at/all", count_lines, &numbers, &e), ABSENT, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_judged), cmocka_unit_test(a_file_is_walked_with_its_lines),
		cmocka_unit_test(the_environment_goes_before_the_standard_file),
		cmocka_unit_test(sections_and_settings_that_nobody_reads),
		cmocka_unit_test(standards_then_file_then_line),
		cmocka_unit_test(wrong_words_are_refused), cmocka_unit_test(wrong_lines_are_refused),
		cmocka_unit_test(overlong_lines_are_refused),
		cmocka_unit_test(help_and_version_are_shown) };
	return cmocka_run_group_tests_name("lib/options", tests, make_file, remove_file);
}
