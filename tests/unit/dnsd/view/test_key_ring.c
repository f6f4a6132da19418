/* SPDX-License-Identifier: BSD-2-Clause */
/* TSIG keys and secondaries of a registry: which can be used, and what is said of those that cannot. */
#include "dnsd/view/key_ring.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static char folder[64], path[96];
static struct registry *r;
static struct arena arena;
static struct error e, why;
static struct keys keys;
static struct key_ring ring;
static struct secondary_view *list;
static size_t count, refused;

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
	assert_done(secret_random(&keys, sizeof keys, &e), &e);
	ring = (struct key_ring){ 0 };
	refused = 0;
	why.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	char command[96];
	(void)state;
	registry_close(r);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static void put(const struct kind *kind, const void *row)
{
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_put(r, kind, row, &e), &e);
	assert_done(registry_commit(r, &e), &e);
}

/* A key whose secret is "NAME!", sealed for SEALED_FOR. */
static void put_key(const char *name, const char *sealed_for, int64_t algorithm, bool transfer)
{
	char secret[32];
	struct tsig row;
	assert_done(row_standard(&tsig_kind, &row, &arena, &e), &e);
	row.name = name;
	row.algorithm = algorithm;
	row.transfer = transfer;
	snprintf(secret, sizeof secret, "%s!", name);
	assert_done(secret_seal(&keys, sealed_for, secret, strlen(secret), &arena, &row.secret, &e), &e);
	put(&tsig_kind, &row);
}

static void put_secondary(const char *name, const char *address, int64_t port, const char *tsig)
{
	const struct secondary row = { .name = name, .address = address, .port = port, .tsig = tsig, .note = "" };
	put(&secondary_kind, &row);
}

/* What no command writes, but another program may. */
static void sql(const char *statement)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, statement, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void load(const struct keys *with)
{
	assert_done(key_ring_load(r, with, &arena, &ring, &refused, &why), &why);
}

static void load_secondaries(void)
{
	assert_done(secondaries_load(r, &ring, &arena, &list, &count, &refused, &why), &why);
}

static const struct ring_key *find(const char *text)
{
	struct name name;
	assert_done(name_read(text, &name, &e), &e);
	return key_ring_find(&ring, &name);
}

static void keys_are_opened_and_found(void **state)
{
	(void)state;
	put_key("xfr.key", "xfr.key", TSIG_SHA256, true);
	put_key("a.key", "a.key", TSIG_SHA512, false);
	load(&keys);
	assert_int_equal(refused, 0);
	assert_int_equal(ring.count, 2);
	const struct ring_key *key = find("XFR.key."); /* RFC 4343: the case of a name is of no account */
	assert_non_null(key);
	assert_ptr_equal(key, &ring.keys[1]); /* in the order of names */
	assert_true(key->transfer);
	assert_int_equal(key->tsig.algorithm, TSIG_SHA256);
	assert_int_equal(key->tsig.secret_size, 8);
	assert_memory_equal(key->tsig.secret, "xfr.key!", 8);
	key = find("a.key");
	assert_non_null(key);
	assert_false(key->transfer);
	assert_int_equal(key->tsig.algorithm, TSIG_SHA512);
	assert_null(find("key"));
	assert_null(find("b.a.key"));
}

static void whether_any_may_transfer(void **state)
{
	(void)state;
	load(&keys);
	assert_int_equal(ring.count, 0);
	assert_false(key_ring_transfers(&ring));
	assert_null(find("a.key"));
	put_key("a.key", "a.key", TSIG_SHA256, false);
	load(&keys);
	assert_false(key_ring_transfers(&ring));
	put_key("z.key", "z.key", TSIG_SHA256, true);
	load(&keys);
	assert_true(key_ring_transfers(&ring));
}

/* A key that was moved to another name, or sealed by another key file, takes no other with it. */
static void what_cannot_be_opened_is_counted_and_cited(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, true);
	put_key("b.key", "other.key", TSIG_SHA256, true);
	put_key("c.key", "c.key", TSIG_SHA256, false);
	put_key("d.key", "other.key", TSIG_SHA256, true);
	load(&keys);
	assert_int_equal(refused, 2);
	assert_says(why.text, "b.key");
	assert_int_equal(ring.count, 2);
	assert_non_null(find("a.key"));
	assert_null(find("b.key"));
	assert_memory_equal(find("c.key")->tsig.secret, "c.key!", 6);
	assert_false(find("c.key")->transfer);
	const struct keys others = { .seal = { 1 } };
	refused = 0;
	load(&others);
	assert_int_equal(refused, 4);
	assert_int_equal(ring.count, 0);
	assert_says(why.text, "a.key");
}

static void without_a_key_file_there_are_no_keys(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, true);
	load(NULL);
	assert_int_equal(ring.count, 0);
	assert_int_equal(refused, 1);
	assert_says(why.text, "tsig a.key: there is no key file");
	assert_false(key_ring_transfers(&ring));
}

static void rows_that_no_command_wrote(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, true);
	put_key("b.key", "b.key", TSIG_SHA256, true);
	put_key("c.key", "c.key", TSIG_SHA256, true);
	sql("PRAGMA ignore_check_constraints = 1; UPDATE tsig SET algorithm = 3 WHERE name = 'a.key';"
		"UPDATE tsig SET name = 'B.key' WHERE name = 'b.key'");
	load(&keys);
	assert_int_equal(refused, 2);
	assert_says(why.text, "normal form"); /* B comes before a */
	assert_int_equal(ring.count, 1);
	assert_non_null(find("c.key"));
}

static void secrets_are_overwritten(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, true);
	put_secondary("s", "192.0.2.1", 53, "a.key");
	load(&keys);
	load_secondaries();
	key_ring_forget(&ring);
	secondaries_forget(list, count);
	for (size_t i = 0; i < sizeof ring.keys[0].tsig.secret; i++)
		assert_int_equal(ring.keys[0].tsig.secret[i] | list[0].key.secret[i], 0);
}

static void secondaries_of_both_families(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, false);
	put_secondary("four", "192.0.2.1", 53, "a.key");
	put_secondary("six", "2001:db8::1", 65535, "");
	load(&keys);
	load_secondaries();
	assert_int_equal(refused, 0);
	assert_int_equal(count, 2);
	const struct sockaddr_in *four = (const struct sockaddr_in *)&list[0].endpoint;
	assert_int_equal(four->sin_family, AF_INET);
	assert_int_equal(ntohs(four->sin_port), 53);
	assert_int_equal(list[0].size, sizeof *four);
	assert_true(list[0].has_key);
	assert_memory_equal(list[0].key.secret, "a.key!", 6);
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&list[1].endpoint;
	assert_int_equal(six->sin6_family, AF_INET6);
	assert_int_equal(ntohs(six->sin6_port), 65535);
	assert_int_equal(list[1].size, sizeof *six);
	assert_false(list[1].has_key);
}

/* It would be told nothing that it believes: it is left out, and not told without a signature. */
static void a_secondary_whose_key_is_closed_is_left_out(void **state)
{
	(void)state;
	put_key("bad.key", "other.key", TSIG_SHA256, false);
	put_key("good.key", "good.key", TSIG_SHA256, false);
	put_secondary("a", "192.0.2.1", 53, "bad.key");
	put_secondary("b", "192.0.2.2", 53, "");
	put_secondary("c", "192.0.2.3", 53, "good.key");
	load(&keys);
	refused = 0;
	load_secondaries();
	assert_int_equal(refused, 1);
	assert_says(why.text, "secondary a: its key bad.key cannot be used");
	assert_int_equal(count, 2);
	assert_false(list[0].has_key);
	assert_true(list[1].has_key);
}

/* A list's place is used again after a row that was refused: nothing of that one stays in it. */
static void nothing_of_a_refused_row_is_left(void **state)
{
	(void)state;
	put_key("a.key", "a.key", TSIG_SHA256, false);
	put_secondary("a", "2001:db8::1", 53, "a.key");
	put_secondary("b", "192.0.2.2", 53, "");
	sql("PRAGMA ignore_check_constraints = 1; UPDATE secondary SET port = 70000 WHERE name = 'a'");
	load(&keys);
	load_secondaries();
	assert_int_equal(refused, 1);
	assert_says(why.text, "secondary a: port 70000");
	assert_int_equal(count, 1);
	assert_int_equal(list[0].endpoint.ss_family, AF_INET);
	assert_false(list[0].has_key);
}

/* A registry that cannot be read is trouble, and never a registry without keys. */
static void a_broken_registry_is_no_empty_one(void **state)
{
	(void)state;
	sql("DROP TABLE secondary; DROP TABLE tsig");
	assert_outcome(key_ring_load(r, &keys, &arena, &ring, &refused, &why), FAILED, &why);
	assert_says(why.text, path);
	why.text[0] = '\0';
	assert_outcome(secondaries_load(r, &ring, &arena, &list, &count, &refused, &why), FAILED, &why);
	assert_says(why.text, path);
	assert_int_equal(count, 0);
	assert_int_equal(refused, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(keys_are_opened_and_found), CASE(whether_any_may_transfer),
		CASE(what_cannot_be_opened_is_counted_and_cited), CASE(without_a_key_file_there_are_no_keys),
		CASE(rows_that_no_command_wrote), CASE(secrets_are_overwritten), CASE(secondaries_of_both_families),
		CASE(a_secondary_whose_key_is_closed_is_left_out), CASE(nothing_of_a_refused_row_is_left),
		CASE(a_broken_registry_is_no_empty_one) };
	return cmocka_run_group_tests_name("dnsd/view/key_ring", tests, NULL, NULL);
}
