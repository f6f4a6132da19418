/* SPDX-License-Identifier: BSD-2-Clause */
/* What a copy of a registry holds, and what becomes of the copy before when one cannot be made. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#include "registry/registry.h"
#include "tests/unit/check.h"

enum { PAGE = 4096 };

static char dir[32], path[64], copy[80];
static struct registry *r;
static struct arena arena;
static struct error e;

static void add_account(const char *name)
{
	struct account account = { .name = name, .hosts = "*.example" };
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_add(r, &account_kind, &account, &e), &e);
	assert_done(registry_commit(r, &e), &e);
}

static int make_registry(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	snprintf(copy, sizeof copy, "%s.last", path);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	add_account("first");
	return 0;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static bool copy_has(const char *name)
{
	struct registry *other;
	const struct account key = { .name = name };
	struct account account;
	assert_done(registry_open(copy, REGISTRY_READ, &other, &e), &e);
	int outcome = registry_get(other, &account_kind, &key, &arena, &account, &e);
	registry_close(other);
	return outcome == DONE;
}

/* Files that are neither the copy nor what opening it makes. */
static int leftovers(void)
{
	char command[96], text[16] = "";
	snprintf(command, sizeof command, "ls %s | grep -c 'last[.]'", dir);
	FILE *lines = popen(command, "r");
	assert_non_null(fgets(text, sizeof text, lines));
	pclose(lines);
	return atoi(text);
}

static void it_holds_what_is_committed(void **state)
{
	struct registry *writer;
	const struct account more = { .name = "more", .hosts = "*.example" };
	(void)state;
	assert_done(registry_open(path, REGISTRY_WRITE, &writer, &e), &e);
	assert_done(registry_begin(writer, &e), &e);
	assert_done(registry_add(writer, &account_kind, &more, &e), &e);
	assert_done(registry_copy(r, copy, &e), &e);
	assert_done(registry_commit(writer, &e), &e);
	registry_close(writer);
	assert_true(copy_has("first"));
	assert_false(copy_has("more"));
	assert_done(registry_copy(r, copy, &e), &e);
	assert_true(copy_has("more"));
}

static void it_stands_alone(void **state)
{
	(void)state;
	char other[96];
	assert_done(registry_copy(r, copy, &e), &e);
	assert_int_equal(leftovers(), 0);
	snprintf(other, sizeof other, "%s-wal", copy);
	assert_int_equal(access(other, F_OK), -1);
}

static void a_damaged_registry_is_not_copied(void **state)
{
	char octets[PAGE];
	(void)state;
	assert_done(registry_copy(r, copy, &e), &e);
	registry_close(r); /* which empties the log into the file */
	assert_done(registry_open(path, REGISTRY_READ, &r, &e), &e);
	int fd = open(path, O_WRONLY);
	memset(octets, 0xff, sizeof octets);
	for (int page = 3; page < 20; page++)
		assert_int_equal(pwrite(fd, octets, PAGE, (off_t)page * PAGE), PAGE);
	close(fd);
	assert_outcome(registry_copy(r, copy, &e), FAILED, &e);
	assert_true(copy_has("first"));
	assert_int_equal(leftovers(), 0);
}

static void a_full_disk_leaves_the_copy_before(void **state)
{
	const struct rlimit little = { 8 * PAGE, RLIM_INFINITY };
	struct rlimit before;
	(void)state;
	assert_done(registry_copy(r, copy, &e), &e);
	add_account("second");
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	int outcome = registry_copy(r, copy, &e);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_outcome(outcome, FAILED, &e);
	assert_says(e.text, copy);
	assert_true(copy_has("first"));
	assert_false(copy_has("second"));
	assert_int_equal(leftovers(), 0);
}

static void a_folder_that_is_not_there_is_cited(void **state)
{
	(void)state;
	assert_outcome(registry_copy(r, "/nonexistent/copy", &e), FAILED, &e);
	assert_says(e.text, "/nonexistent/copy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_holds_what_is_committed, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(it_stands_alone, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(a_damaged_registry_is_not_copied, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_copy_before, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_cited, make_registry, drop_registry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
