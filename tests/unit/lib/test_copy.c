/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy is the file whole, private if it is to be, never instead of another, and nothing when it fails. */
#include "lib/copy.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[32], a[64], b[64];
static struct error e;

static int make_folder(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(a, sizeof a, "%s/a", dir);
	snprintf(b, sizeof b, "%s/b", dir);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(a);
	unlink(b);
	return rmdir(dir);
}

/* SIZE octets, the last of which is LAST. */
static void fill(const char *path, size_t size, char last)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (size_t i = 0; i + 1 < size; i++)
		fputc((int)(i % 251), file);
	if (size > 0)
		fputc(last, file);
	assert_int_equal(fclose(file), 0);
}

static bool same(void)
{
	bool is = false;
	assert_done(copy_same(a, b, &is, &e), &e);
	return is;
}

/* Of no octet, and of about a piece and several. */
static void copies_are_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 50000 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct stat status;
		fill(a, sizes[i], 'x');
		assert_done(copy_file(a, b, dir, OWNER_SECRET, &e), &e);
		assert_int_equal(stat(b, &status), 0);
		assert_int_equal(status.st_size, sizes[i]);
		assert_int_equal(status.st_mode & 077, 0);
		assert_true(same());
		unlink(b);
	}
}

static void what_differs_is_not_the_same(void **state)
{
	static const size_t sizes[] = { 1, 16384, 16385, 50000 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		fill(a, sizes[i], 'x');
		fill(b, sizes[i], 'y');
		assert_false(same());
		fill(b, sizes[i] - 1, 'x');
		assert_false(same());
		fill(b, sizes[i] + 1, 'x');
		assert_false(same());
	}
}

static void nothing_is_overwritten(void **state)
{
	bool is;
	(void)state;
	assert_int_equal(copy_file(a, b, dir, OWNER_DATA, &e), ABSENT);
	assert_int_equal(copy_same(a, b, &is, &e), ABSENT);
	fill(a, 5, 'x');
	assert_int_equal(copy_same(a, b, &is, &e), FAILED);
	assert_non_null(strstr(e.text, b));
	fill(b, 5, 'y');
	assert_int_equal(copy_file(a, b, dir, OWNER_DATA, &e), EXISTS);
	assert_false(same());
	unlink(b);
	assert_int_equal(copy_file(dir, b, dir, OWNER_DATA, &e), FAILED); /* a folder */
	assert_int_equal(access(b, F_OK), -1);
}

static void a_copy_that_fails_leaves_nothing(void **state)
{
	struct rlimit before, small;
	(void)state;
	fill(a, 50000, 'x');
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 20000, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int outcome = copy_file(a, b, dir, OWNER_DATA, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(outcome, FAILED);
	assert_non_null(strstr(e.text, "writing"));
	assert_int_equal(access(b, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copies_are_whole, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_differs_is_not_the_same, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_copy_that_fails_leaves_nothing, make_folder, remove_folder),
	};
	return cmocka_run_group_tests_name("lib/copy", tests, NULL, NULL);
}
