/* SPDX-License-Identifier: BSD-2-Clause */
/* A table in words: help, manual and example. */
#include "lib/options_words.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/check.h"

static const struct option_row first_rows[] = {
	{ "registry", OPTION_TEXT, 0, .standard = OPTION_REGISTRY, .argument = "FILE", .help = "the registry", .common = true,
		.environment = "SOMEWHERE" },
	{ "wait", OPTION_NUMBER, 0, 1, 9, "3", "S", "how long", .unit = "seconds", .live = true, .more = "Not longer." },
};
static const struct option_row second_rows[] = {
	{ "registry", OPTION_TEXT, 0, .standard = OPTION_REGISTRY, .argument = "FILE", .help = "the registry", .common = true,
		.environment = "SOMEWHERE" },
	{ "shared", OPTION_FLAG, 0, .help = "a flag", .common = true },
	{ "nets", OPTION_NETWORKS, 0, .standard = "", .argument = "NETWORK", .help = "some networks; empty: none" },
};
static const struct option_table first = { "windsock-one", "one", "First.", first_rows, COUNT_OF(first_rows) },
	second = { "windsock-two", "two", "Second.", second_rows, COUNT_OF(second_rows) };
static const struct option_table *const tables[] = { &first, &second, NULL };

static void print_help(void)
{
	options_help(&first, "FILE");
	options_help(&second, "FILE");
}

static void print_manual(void)
{
	options_manual(tables);
}

static void print_example(void)
{
	options_example(tables);
}

/* What PRINT prints. */
static void take(void (*print)(void), char *text, size_t size)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(stdout);
	int kept = dup(STDOUT_FILENO);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	print();
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void help_has_limits_units_and_defaults(void **state)
{
	char text[4000];
	(void)state;
	take(print_help, text, sizeof text);
	assert_says(text, "the registry (else $SOMEWHERE; default " OPTION_REGISTRY ")\n");
	assert_says(text, "--wait S              how long (1 to 9 seconds; default 3; reread at SIGHUP)\n");
	assert_says(text, "--shared              a flag (default no)\n");
	assert_says(text, "some networks; empty: none (may be given again; default empty)\n");
}

static void the_manual_has_a_section_for_each_program_and_one_for_all(void **state)
{
	char text[4000];
	(void)state;
	take(print_manual, text, sizeof text);
	assert_says(text, ".Ss Section windsock\n");
	assert_says(text, ".It Ic registry No = Ar FILE\nThe registry.\nThe default is /var/lib/windsock/registry.\n");
	assert_says(text, "A flag.\nThe default is no.\nFor windsock-two.\n");
	assert_says(text, ".Ss Section one\nFor\n.Xr windsock-one 8 .\n.Bl -tag -width Ds\n.It Ic wait No = Ar S\nHow long.\nNot longer.\n"
		"From 1 to 9 seconds.\nThe default is 3.\nAnother value is taken up at SIGHUP.\n.El\n");
	assert_null(strstr(strstr(text, "registry No") + 1, "registry No"));
}

static void the_example_has_all_commented_out(void **state)
{
	char text[4000];
	(void)state;
	take(print_example, text, sizeof text);
	assert_says(text, "\n[windsock]\n; the registry\n;registry = /var/lib/windsock/registry\n; a flag\n;shared = no\n");
	assert_says(text, "\n[one]\n; how long (1 to 9 seconds).\n; Not longer.\n;wait = 3\n\n[two]\n; some networks; empty: none\n;nets =\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(help_has_limits_units_and_defaults),
		cmocka_unit_test(the_manual_has_a_section_for_each_program_and_one_for_all),
		cmocka_unit_test(the_example_has_all_commented_out) };
	return cmocka_run_group_tests_name("lib/options_words", tests, NULL, NULL);
}
