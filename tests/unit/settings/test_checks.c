/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of settings, taken and refused; and that each table's own defaults are taken. */
#include "settings/checks.h"

#include <stdio.h>
#include <string.h>

#include "lib/options.h"
#include "settings/tables.h"
#include "tests/unit/check.h"

static void values_are_taken_or_refused(void **state)
{
	static const struct {
		int (*check)(const char *, struct error *);
		const char *good[4], *bad[4];
	} cases[] = {
		{ check_endpoint, { "127.0.0.1:53", "[::1]:53", ":53", "127.0.0.1:1,:2" }, { "nowhere", "127.0.0.1", ":65536", ":1,x" } },
		{ check_tls_endpoint, { ":443", "tls=1.2-1.3" }, { "tls=9", "x" } },
		{ check_tls_versions, { "1.2-1.3", "1.2,1.3" }, { "1.2-x", "2" } },
		{ check_domain, { "example.org", "Example.Org." }, { "a..b" } },
		{ check_host, { "fe.example.org" }, { "fe example", "a\nb.org", "x" } },
		{ check_string, { "any thing" }, { NULL } },
		{ check_observer, { "prober", "p2" }, { "lease", "" } },
		{ check_header, { "X-Forwarded-For" }, { "X: y", "X Y" } },
		{ check_address, { "127.0.0.1", "::1" }, { "localhost", "127.0.0.1:1" } },
	};
	struct error e;
	char longest[257];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (size_t j = 0; j < 4; j++) {
			if (cases[i].good[j] != NULL)
				assert_done(cases[i].check(cases[i].good[j], &e), &e);
			if (cases[i].bad[j] != NULL)
				assert_outcome(cases[i].check(cases[i].bad[j], &e), REFUSED, &e);
		}
	memset(longest, 'x', sizeof longest);
	longest[256] = '\0';
	assert_outcome(check_string(longest, &e), REFUSED, &e);
	assert_done(check_string(longest + 1, &e), &e);
}

/* Of each row: the default can be said in the file, a number has limits around it, and there are words for people. Rows that are
 * marked as common are so in each table, and there are no more rows than options_read has bits for. */
static void rows_are_whole(void **state)
{
	struct error e;
	(void)state;
	for (size_t t = 0; settings_tables[t] != NULL; t++) {
		const struct option_table *table = settings_tables[t];
		assert_true(table->count <= 64);
		for (size_t i = 0; i < table->count; i++) {
			const struct option_row *row = &table->rows[i];
			const char *standard = row->standard != NULL ? row->standard : row->kind >= OPTION_NUMBER ? "0" : "";
			assert_done(option_judge(row, standard, &e), &e);
			assert_true(*row->help != '\0' && row->help[strlen(row->help) - 1] != '.');
			assert_true(row->kind == OPTION_FLAG || *row->argument != '\0');
			assert_true(row->kind != OPTION_NUMBER || row->least < row->most);
			assert_ptr_equal(option_find(table, row->name, strlen(row->name)), row);
			for (size_t o = 0; settings_tables[o] != NULL; o++) {
				const struct option_row *other = option_find(settings_tables[o], row->name, strlen(row->name));
				if (other != NULL && row->common)
					assert_true(other->common && other->live == row->live && strcmp(other->help, row->help) == 0);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_taken_or_refused), cmocka_unit_test(rows_are_whole) };
	return cmocka_run_group_tests_name("settings/checks", tests, NULL, NULL);
}
