/* SPDX-License-Identifier: BSD-2-Clause */
/* Files made beside others: their modes and owners, and what stands there already. */
#include "lib/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

enum { SOMEBODY = 12345 };

static char dir[] = "/tmp/windsock-XXXXXX";
static char like[64], path[64];
static struct error e;

static int make_dir(void **state)
{
	(void)state;
	snprintf(like, sizeof like, "%s/like", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(path, sizeof path, "%s/made", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int remove_files(void **state)
{
	(void)state;
	remove(like);
	remove(path);
	chmod(dir, 0700);
	return 0;
}

static void touch(const char *file, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static struct stat look(const char *file)
{
	struct stat info;
	assert_int_equal(lstat(file, &info), 0);
	return info;
}

/* The mode of a file that is made beside one of mode LIKE_MODE. */
static mode_t made(const char *beside, enum owner_mode mode)
{
	int fd;
	unlink(path);
	assert_done(owner_make(path, beside, mode, &fd, &e), &e);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	return look(path).st_mode & 07777;
}

static void data_may_be_read_by_who_reads_the_other(void **state)
{
	(void)state;
	touch(like, 0640);
	assert_int_equal(made(like, OWNER_DATA), 0640);
	touch(like, 0664);
	assert_int_equal(made(like, OWNER_DATA), 0664);
	touch(like, 06755); /* nothing of ours is a program */
	assert_int_equal(made(like, OWNER_DATA), 0644);
	mode_t before = umask(022);
	assert_int_equal(made(dir, OWNER_DATA), 0640);
	umask(0);
	assert_int_equal(made(dir, OWNER_DATA), 0660); /* not everybody, whatever the umask */
	assert_int_equal(umask(before), 0); /* it is as it was */
}

/* A folder that a group may write has files for that group, whatever the umask of who makes them: daemons with users of
 * their own share them. */
static void what_a_group_s_folder_has_is_the_group_s(void **state)
{
	(void)state;
	mode_t before = umask(077);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(made(dir, OWNER_DATA), 0660);
	assert_int_equal(made(dir, OWNER_SECRET), 0640);
	unlink(path);
	touch(like, 0660);
	assert_done(owner_make_directory(path, like, &e), &e);
	assert_int_equal(look(path).st_mode & 07777, 0750);
	rmdir(path);
	touch(like, 0640);
	assert_done(owner_make_directory(path, like, &e), &e);
	assert_int_equal(look(path).st_mode & 07777, 0700);
	rmdir(path);
	umask(before);
}

static void secrets_are_the_owner_s(void **state)
{
	(void)state;
	touch(like, 0644);
	assert_int_equal(made(like, OWNER_SECRET), 0600);
	touch(like, 0666); /* its group writes the registry: it needs the key */
	assert_int_equal(made(like, OWNER_SECRET), 0640);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(made(dir, OWNER_SECRET), 0640);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(made(dir, OWNER_SECRET), 0600);
}

static void what_is_there_stays(void **state)
{
	struct stat before;
	int fd;
	(void)state;
	touch(like, 0600);
	touch(path, 0444);
	before = look(path);
	assert_outcome(owner_make(path, like, OWNER_DATA, &fd, &e), EXISTS, &e);
	assert_says(e.text, path);
	assert_int_equal(look(path).st_mode, before.st_mode);
	/* nor does a link, which anybody may have put there, lead us elsewhere */
	unlink(path);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_outcome(owner_make(path, like, OWNER_DATA, &fd, &e), EXISTS, &e);
	assert_true(S_ISLNK(look(path).st_mode));
}

static void without_the_other_nothing_is_made(void **state)
{
	int fd;
	(void)state;
	assert_outcome(owner_make(path, like, OWNER_DATA, &fd, &e), FAILED, &e);
	assert_says(e.text, like);
	assert_int_equal(access(path, F_OK), -1);
	assert_outcome(owner_make("/nonexistent/made", dir, OWNER_DATA, &fd, &e), FAILED, &e);
	assert_says(e.text, "/nonexistent/made");
}

static void what_root_makes_is_somebody_s(void **state)
{
	char link_to[64];
	(void)state;
	if (geteuid() != 0)
		skip();
	touch(like, 0640);
	assert_int_equal(chown(like, SOMEBODY, SOMEBODY + 1), 0);
	assert_int_equal(made(like, OWNER_SECRET), 0600);
	assert_int_equal(look(path).st_uid, SOMEBODY);
	assert_int_equal(look(path).st_gid, SOMEBODY + 1);
	unlink(path);
	assert_done(owner_make_directory(path, like, &e), &e);
	assert_int_equal(look(path).st_mode & 07777, 0700);
	assert_int_equal(look(path).st_uid, SOMEBODY);
	rmdir(path);
	touch(path, 0600);
	snprintf(link_to, sizeof link_to, "%s/link", dir);
	assert_int_equal(symlink(path, link_to), 0);
	owner_give(link_to, like);
	assert_int_equal(look(link_to).st_uid, SOMEBODY);
	assert_int_equal(look(path).st_uid, 0); /* not what the link leads to */
	owner_give(path, like);
	assert_int_equal(look(path).st_gid, SOMEBODY + 1);
	owner_give(path, "/nonexistent");
	assert_int_equal(look(path).st_uid, SOMEBODY);
	unlink(link_to);
}

static void a_directory_that_is_there_stays(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
	assert_done(owner_make_directory(path, dir, &e), &e);
	assert_int_equal(look(path).st_mode & 0777, 0755);
	assert_outcome(owner_make_directory("/nonexistent/made", dir, &e), FAILED, &e);
	assert_says(e.text, "directory /nonexistent/made");
}

static void folders_of_paths(void **state)
{
	static const char *const rows[][2] = { { "registry", "." }, { "/registry", "/" }, { "/a/b/registry", "/a/b" },
		{ "a/registry", "a" }, { "a/", "a" }, { "", "." } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *folder = owner_folder(rows[i][0]);
		assert_string_equal(folder, rows[i][1]);
		free(folder);
	}
	assert_outcome(owner_keep_name("/nonexistent/made", &e), FAILED, &e);
}

static void what_does_not_fit_is_said(void **state)
{
	(void)state;
	int fd = open("/dev/full", O_WRONLY);
	assert_true(fd >= 0);
	assert_outcome(owner_write(fd, "there", "text", 4, &e), FAILED, &e);
	assert_string_equal(e.text, "writing there: No space left on device");
	close(fd);
}

#define CASE(test) cmocka_unit_test_teardown(test, remove_files)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(data_may_be_read_by_who_reads_the_other), CASE(what_does_not_fit_is_said), CASE(secrets_are_the_owner_s),
		CASE(what_a_group_s_folder_has_is_the_group_s),
		CASE(what_is_there_stays), CASE(without_the_other_nothing_is_made), CASE(what_root_makes_is_somebody_s),
		CASE(a_directory_that_is_there_stays), CASE(folders_of_paths) };
	return cmocka_run_group_tests_name("lib/owner", tests, make_dir, remove_dir);
}
