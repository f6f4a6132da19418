/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements made from the field tables: SQLite takes them all, values go in and come out, and errors cite the row. */
#include "registry/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"
#include "tests/unit/check.h"

static char folder[32], path[64];
static struct registry *opened;
static struct sqlite_registry *r;
static struct arena arena;
static struct error e;

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	assert_done(registry_open(path, REGISTRY_CREATE, &opened, &e), &e);
	r = (struct sqlite_registry *)(void *)opened; /* its first member is the base */
	assert_done(registry_begin(opened, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];
	(void)state;
	registry_close(opened);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static sqlite3_stmt *statement_for(const struct kind *kind, enum operation operation)
{
	sqlite3_stmt *statement;
	assert_done(statement_of_kind(r, kind, operation, &statement, &e), &e);
	return statement;
}

static int run(const struct kind *kind, enum operation operation, const void *row)
{
	sqlite3_stmt *statement = statement_for(kind, operation);
	e.text[0] = '\0';
	assert_done(statement_bind(r, statement, kind, row, &e), &e);
	return statement_run_row(r, statement, operation, kind, row, &e);
}

static void sql(const char *text)
{
	if (sqlite3_exec(r->db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(r->db));
}

static int64_t ask(const char *text)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = -99;
	assert_done(statement_prepare(r, text, &statement, &e), &e);
	assert_done(statement_number(r, statement, &value, &e), &e);
	sqlite3_finalize(statement);
	return value;
}

static struct account account_named(const char *name)
{
	struct account row;
	assert_done(row_standard(&account_kind, &row, &arena, &e), &e);
	row.name = name;
	return row;
}

static struct host host_of(const char *name, const char *account)
{
	struct host row;
	assert_done(row_standard(&host_kind, &row, &arena, &e), &e);
	row.name = name;
	row.account = account;
	return row;
}

/* Only accounts and relays are looked for by token. */
static void every_statement_is_taken(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (int operation = 0; operation < OPERATIONS; operation++) {
			sqlite3_stmt *statement;
			if (operation == EACH_BY_TOKEN && kind_field(statement_kinds[k], "token", 5) == NULL)
				continue;
			assert_done(statement_of_kind(r, statement_kinds[k], operation, &statement, &e), &e);
			assert_non_null(statement);
			assert_ptr_equal(statement_for(statement_kinds[k], operation), statement); /* once */
		}
	for (int which = 0; which < FIXED; which++) {
		sqlite3_stmt *statement;
		assert_done(statement_fixed(r, which, &statement, &e), &e);
	}
}

static void what_statements_say(void **state)
{
	(void)state;
	assert_string_equal(sqlite3_sql(statement_for(&rule_kind, COUNT)), "SELECT count(*) FROM \"rule\"");
	assert_string_equal(sqlite3_sql(statement_for(&rule_kind, REMOVE)),
		"DELETE FROM \"rule\" WHERE \"pool\" = :pool AND \"relay\" = :relay");
	assert_string_equal(sqlite3_sql(statement_for(&rule_kind, REMOVE_ALL)), "DELETE FROM \"rule\" WHERE \"pool\" = :pool");
	/* all of it is key: it is set to what it is */
	assert_string_equal(sqlite3_sql(statement_for(&signature_kind, SET)),
		"UPDATE \"signature\" SET \"host\" = :host, \"digest\" = :digest WHERE \"host\" = :host AND \"digest\" = :digest");
}

static void values_go_in_and_come_out(void **state)
{
	const uint8_t token[] = { 0, 1, 0, 255 };
	struct account row = account_named("ann"), got;
	sqlite3_stmt *get = statement_for(&account_kind, GET);
	(void)state;
	row.token = (struct blob){ token, sizeof token };
	row.quota = INT64_C(1000000);
	assert_done(run(&account_kind, ADD, &row), &e);
	assert_done(statement_bind(r, get, &account_kind, &row, &e), &e);
	assert_int_equal(sqlite3_step(get), SQLITE_ROW);
	statement_read(get, &account_kind, &got);
	assert_string_equal(got.name, "ann");
	assert_int_equal(got.quota, 1000000);
	assert_int_equal(got.token.size, sizeof token);
	assert_memory_equal(got.token.data, token, sizeof token);
	sqlite3_reset(get);
}

/* A reference to nothing is NULL, which refers to nothing; so is a blob that is empty. */
static void what_is_empty_is_null(void **state)
{
	const struct host row = host_of("a.test", "");
	(void)state;
	assert_done(run(&host_kind, ADD, &row), &e);
	assert_int_equal(ask("SELECT count(*) FROM host WHERE account IS NULL AND secret IS NULL AND addresses = ''"), 1);
}

/* A C string would end at the NUL, so that the row would be taken for another one. */
static void a_text_with_a_nul_is_read_as_empty(void **state)
{
	const struct account row = account_named("ann");
	struct account got;
	sqlite3_stmt *get = statement_for(&account_kind, GET);
	(void)state;
	assert_done(run(&account_kind, ADD, &row), &e);
	sql("PRAGMA ignore_check_constraints = 1; UPDATE account SET hosts = CAST(x'612e7465737400622e74657374' AS TEXT)");
	assert_done(statement_bind(r, get, &account_kind, &row, &e), &e);
	assert_int_equal(sqlite3_step(get), SQLITE_ROW);
	statement_read(get, &account_kind, &got);
	assert_string_equal(got.hosts, "");
	sqlite3_reset(get);
}

static void what_a_row_breaks_is_told_apart(void **state)
{
	const struct account ann = account_named("ann");
	struct account odd = account_named("odd");
	struct host host = host_of("a.test", "nobody");
	(void)state;
	assert_done(run(&account_kind, ADD, &ann), &e);
	assert_outcome(run(&account_kind, ADD, &ann), EXISTS, &e);
	assert_string_equal(e.text, "account ann exists already");
	assert_outcome(run(&host_kind, ADD, &host), REFUSED, &e);
	assert_string_equal(e.text, "host a.test refers to something that is not in the registry");
	host.account = "ann";
	assert_done(run(&host_kind, ADD, &host), &e);
	assert_outcome(run(&account_kind, REMOVE, &ann), EXISTS, &e);
	assert_string_equal(e.text, "account ann is still referred to");
	assert_outcome(run(&account_kind, REMOVE_ALL, &ann), EXISTS, &e);
	odd.blocked = 2;
	assert_outcome(run(&account_kind, ADD, &odd), REFUSED, &e);
	assert_says(e.text, "account odd: ");
	assert_int_equal(ask("SELECT count(*) FROM account"), 1);
}

/* Trouble is FAILED, cites the registry, and is never taken for the row's fault or for a number. */
static void trouble_of_the_database(void **state)
{
	const struct account ann = account_named("ann");
	sqlite3_stmt *statement = NULL;
	int64_t value = 7;
	(void)state;
	assert_outcome(statement_prepare(r, "SELECT nonsense FROM nowhere", &statement, &e), FAILED, &e);
	assert_says(e.text, path);
	assert_says(e.text, "no such table: nowhere");
	assert_done(statement_prepare(r, "SELECT 1 WHERE 0", &statement, &e), &e);
	assert_outcome(statement_number(r, statement, &value, &e), FAILED, &e);
	assert_says(e.text, "a row is missing");
	assert_int_equal(value, 7);
	sqlite3_finalize(statement);
	sql("PRAGMA query_only = 1");
	assert_outcome(run(&account_kind, ADD, &ann), FAILED, &e);
	assert_says(e.text, path);
	assert_says(e.text, "adding");
	sql("PRAGMA query_only = 0");
	assert_done(run(&account_kind, ADD, &ann), &e);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = { CASE(every_statement_is_taken), CASE(what_statements_say),
		CASE(values_go_in_and_come_out), CASE(what_is_empty_is_null), CASE(a_text_with_a_nul_is_read_as_empty),
		CASE(what_a_row_breaks_is_told_apart), CASE(trouble_of_the_database) };
	return cmocka_run_group_tests_name("registry/statement", tests, NULL, NULL);
}
