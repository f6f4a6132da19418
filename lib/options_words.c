/* SPDX-License-Identifier: BSD-2-Clause */
/* Help, manual and example from tables of settings. */
#include "lib/options_words.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_COLUMNS = 76, EXAMPLE_COLUMNS = 100 };

static const char taken_up[] = "Another value is taken up at SIGHUP.";

/* The default as the file would say it. Paths are those of a Debian, which the installation replaces. */
static void add_standard(struct text *text, const struct option_row *row)
{
	static const char state[] = LOCALSTATEDIR "/";
	bool here = row->standard != NULL && strncmp(row->standard, state, sizeof state - 1) == 0;
	if (here)
		text_addf(text, "/var/%s", row->standard + sizeof state - 1);
	else if (row->standard == NULL)
		text_add(text, row->kind == OPTION_FLAG ? "no" : row->kind == OPTION_NUMBER ? "0" : "");
	else
		text_add(text, row->standard);
}

/* "1 to 256 threads", of a number. */
static void add_limits(struct text *text, const struct option_row *row)
{
	text_addf(text, "%lld to %lld%s%s", (long long)row->least, (long long)row->most, row->unit == NULL ? "" : " ",
		row->unit == NULL ? "" : row->unit);
}

static bool is_list(const struct option_row *row)
{
	return row->kind == OPTION_LIST || row->kind == OPTION_NETWORKS;
}

/* What stands behind the help in parentheses. */
static void help_facts(const struct option_row *row)
{
	struct text facts = { 0 }, standard = { 0 };
	if (is_list(row))
		text_add(&facts, "may be given again; ");
	if (row->kind == OPTION_NUMBER) {
		add_limits(&facts, row);
		text_add(&facts, "; ");
	}
	if (row->environment != NULL)
		text_addf(&facts, "else $%s; ", row->environment);
	if (row->standard == NULL)
		add_standard(&standard, row);
	else
		text_add(&standard, row->standard);
	text_addf(&facts, "default %s", standard.length == 0 ? "empty" : standard.bytes);
	if (row->live)
		text_add(&facts, "; reread at SIGHUP");
	printf(" (%s)\n", facts.broken ? "?" : facts.bytes);
	text_free(&facts);
	text_free(&standard);
}

void options_help(const struct option_table *table, const char *file)
{
	printf("usage: %s [OPTION]...\n%s\n\noptions:\n", table->program, table->summary);
	printf("  -c, --config FILE         read settings from FILE (default %s)\n", file);
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", row->name, row->kind == OPTION_FLAG ? "" : " ",
			row->kind == OPTION_FLAG ? "" : row->argument);
		printf("      %-20s  %s", left, row->help);
		help_facts(row);
	}
	printf("      --help                print this\n      --version             print the version\n");
}

/* Prints text in lines that begin with PREFIX and have COLUMNS at most; a sentence begins on a line of its own. */
static void print_wrapped(const char *prefix, size_t columns, const char *text)
{
	size_t column = 0, length;
	bool ended = true;
	for (const char *word; (word = text_word(&text, " ", &length)) != NULL;) {
		if (column > 0 && (ended || column + 1 + length > columns)) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column == 0 ? prefix : " ", (int)length, word);
		ended = word[length - 1] == '.';
	}
	putchar('\n');
}

/* The help as a sentence, and what more there is to say, for all who read at length. */
static void add_sentences(struct text *text, const struct option_row *row)
{
	char first[2] = { row->help[0], '\0' };
	if (row->help[0] >= 'a' && row->help[0] <= 'z')
		first[0] = (char)(row->help[0] - 'a' + 'A');
	text_addf(text, "%s%s.", first, row->help + 1);
	if (row->more != NULL)
		text_addf(text, " %s", row->more);
}

/* Which programs have a common row: "windsock-dnsd and windsock-updater"; "" for all. */
static void add_programs(struct text *text, const struct option_table *const *tables, const char *name)
{
	size_t count = 0, all = 0;
	for (size_t i = 0; tables[i] != NULL; i++, all++)
		count += option_find(tables[i], name, strlen(name)) != NULL;
	for (size_t i = 0; count < all && tables[i] != NULL; i++)
		if (option_find(tables[i], name, strlen(name)) != NULL)
			text_addf(text, "%s%s", text->length == 0 ? "" : " and ", tables[i]->program);
}

/* Whether the table is the first that has this common row. */
static bool is_first(const struct option_table *const *tables, const struct option_table *table, const char *name)
{
	size_t i = 0;
	while (tables[i] != table && option_find(tables[i], name, strlen(name)) == NULL)
		i++;
	return tables[i] == table;
}

/* Calls PRINT for each row that stands in [windsock], or, of a TABLE, in its section. */
static void each_row(const struct option_table *const *tables, const struct option_table *table,
	void (*print)(const struct option_table *const *, const struct option_row *))
{
	for (size_t t = 0; tables[t] != NULL; t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct option_row *row = &tables[t]->rows[i];
			bool here = table == NULL ? row->common && is_first(tables, tables[t], row->name)
						  : table == tables[t] && !row->common;
			if (here)
				print(tables, row);
		}
}

static void manual_row(const struct option_table *const *tables, const struct option_row *row)
{
	struct text text = { 0 }, standard = { 0 };
	printf(".It Ic %s No = Ar %s\n", row->name, row->kind == OPTION_FLAG ? "yes | no" : row->argument);
	add_sentences(&text, row);
	if (row->kind == OPTION_NUMBER) {
		text_add(&text, " From ");
		add_limits(&text, row);
		text_add(&text, ".");
	}
	if (is_list(row))
		text_add(&text, " A list.");
	add_standard(&standard, row);
	if (standard.length > 0)
		text_addf(&text, " The default is %s.", standard.bytes);
	else
		text_add(&text, " It is empty by default.");
	if (row->environment != NULL)
		text_addf(&text, " The variable %s of the environment goes before it.", row->environment);
	if (row->common) {
		struct text programs = { 0 };
		add_programs(&programs, tables, row->name);
		if (programs.length > 0)
			text_addf(&text, " For %s.", programs.bytes);
		text_free(&programs);
	}
	if (row->live)
		text_addf(&text, " %s", taken_up);
	print_wrapped("", PAGE_COLUMNS, text.broken ? "?" : text.bytes);
	text_free(&text);
	text_free(&standard);
}

void options_manual(const struct option_table *const *tables)
{
	printf(".Ss Section windsock\nWhat several programs have.\nIt may stand in their own sections, too, where it is for one of "
	       "them alone.\n.Bl -tag -width Ds\n");
	each_row(tables, NULL, manual_row);
	printf(".El\n");
	for (size_t i = 0; tables[i] != NULL; i++) {
		printf(".Ss Section %s\nFor\n.Xr %s 8 .\n.Bl -tag -width Ds\n", tables[i]->section, tables[i]->program);
		each_row(tables, tables[i], manual_row);
		printf(".El\n");
	}
}

static void example_row(const struct option_table *const *tables, const struct option_row *row)
{
	struct text text = { 0 }, standard = { 0 };
	(void)tables;
	text_add(&text, row->help);
	if (row->kind == OPTION_NUMBER) {
		text_add(&text, " (");
		add_limits(&text, row);
		text_add(&text, ")");
	}
	if (row->more != NULL)
		text_addf(&text, ". %s", row->more);
	print_wrapped("; ", EXAMPLE_COLUMNS, text.broken ? "?" : text.bytes);
	add_standard(&standard, row);
	printf(";%s =%s%s\n", row->name, standard.length == 0 ? "" : " ", standard.length == 0 ? "" : standard.bytes);
	text_free(&text);
	text_free(&standard);
}

void options_example(const struct option_table *const *tables)
{
	printf("; windsock.conf: all settings of all of windsock's programs, with their defaults. windsock.conf(5) says more, and\n"
	       "; 'windsock config check' finds faults. A list is separated by spaces, or goes on in further lines that\n"
	       "; set it again.\n\n[windsock]\n");
	each_row(tables, NULL, example_row);
	for (size_t i = 0; tables[i] != NULL; i++) {
		printf("\n[%s]\n", tables[i]->section);
		each_row(tables, tables[i], example_row);
	}
}
