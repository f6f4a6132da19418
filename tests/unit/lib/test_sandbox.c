/* SPDX-License-Identifier: BSD-2-Clause */
/* The mechanism of walls: paths, links, kernels that lack it, and settings that switch it off. What each daemon may do is
 * tested in the test_walls of its room. */
#include <seccomp.h>
#include <sys/prctl.h>

#include "lib/sandbox.h"
#include "tests/unit/lib/intruder.h"

static bool old_kernel; /* one without landlock and seccomp's filters */
static struct sandbox_path path;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_landlock_create_ruleset && old_kernel) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

int __real_seccomp_load(scmp_filter_ctx filter);
int __wrap_seccomp_load(scmp_filter_ctx filter);
int __wrap_seccomp_load(scmp_filter_ctx filter)
{
	return old_kernel ? -EINVAL : __real_seccomp_load(filter);
}

static int enter(struct error *e)
{
	static const char *const none[] = { NULL };
	const struct sandbox sandbox = { none, &path, 1 };
	return sandbox_enter(&sandbox, e);
}

static int enter_none(struct error *e)
{
	return sandbox_enter(NULL, e);
}

static int set_up(void **state)
{
	(void)state;
	intruder_walls = enter;
	path = (struct sandbox_path){ NULL, SANDBOX_READ, SANDBOX_AT };
	old_kernel = false;
	return 0;
}

static void needs_landlock(void)
{
	if (!intruder_has_landlock())
		skip();
}

static void opens_nothing_without_a_path(void **state)
{
	(void)state;
	needs_landlock();
	assert_int_equal(intruder_fate(reads_own), EACCES);
	path.path = "";
	assert_int_equal(intruder_fate(reads_own), EACCES);
	path.path = "/nothing/there";
	assert_int_equal(intruder_fate(reads_own), EACCES);
}

static void opens_a_folder_and_what_is_in_it(void **state)
{
	(void)state;
	needs_landlock();
	path.path = intruder_own;
	assert_int_equal(intruder_fate(reads_own), 0);
	assert_int_equal(intruder_fate(makes_own), EACCES);
	assert_int_equal(intruder_fate(reads_other), EACCES);
	path.right = SANDBOX_CHANGE;
	assert_int_equal(intruder_fate(makes_own), 0);
	assert_int_equal(intruder_fate(reads_other), EACCES);
}

static void opens_one_file(void **state)
{
	char file[PATH_MAX];
	(void)state;
	needs_landlock();
	strcpy(file, intruder_file(intruder_own, "registry"));
	path = (struct sandbox_path){ file, SANDBOX_CHANGE, SANDBOX_AT };
	assert_int_equal(intruder_fate(reads_own), 0);
	assert_int_equal(intruder_fate(makes_own), EACCES);
}

/* A link's folder, and the one that it leads to. */
static void opens_what_stands_beside_a_link(void **state)
{
	char from[PATH_MAX], to[PATH_MAX];
	(void)state;
	needs_landlock();
	strcpy(from, intruder_file(intruder_other, "link"));
	strcpy(to, intruder_file(intruder_own, "registry"));
	assert_int_equal(symlink(to, from), 0);
	path = (struct sandbox_path){ from, SANDBOX_READ, SANDBOX_BESIDE };
	assert_int_equal(intruder_fate(reads_own), 0);
	assert_int_equal(intruder_fate(reads_other), 0);
	assert_int_equal(intruder_fate(reads_certificate), EACCES);
	unlink(from);
}

/* Links of a folder, and of folders in it, as certbot's /etc/letsencrypt/live has them. */
static void opens_what_links_of_a_folder_lead_to(void **state)
{
	char folder[PATH_MAX], link[PATH_MAX + 16];
	(void)state;
	needs_landlock();
	strcpy(folder, intruder_file(intruder_own, "live"));
	snprintf(link, sizeof link, "%s/name", folder);
	assert_int_equal(mkdir(folder, 0700) + mkdir(link, 0700), 0);
	path = (struct sandbox_path){ folder, SANDBOX_READ, SANDBOX_LINKS };
	assert_int_equal(intruder_fate(reads_other), EACCES);
	snprintf(link, sizeof link, "%s/name/chain.pem", folder);
	assert_int_equal(symlink(intruder_file(intruder_other, "secret"), link), 0);
	assert_int_equal(intruder_fate(reads_other), 0);
	assert_int_equal(intruder_fate(writes_other), EACCES);
	assert_int_equal(intruder_fate(reads_certificate), EACCES);
	snprintf(link, sizeof link, "%s/key.pem", folder);
	assert_int_equal(symlink(intruder_file(intruder_read, "certificate"), link), 0);
	assert_int_equal(intruder_fate(reads_certificate), 0);
	assert_int_equal(intruder_fate(reads_own), EACCES);
}

static int dumps_or_gains(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || (!INTRUDER_SANITIZED && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0);
}

/* What is no wall is given up nevertheless. */
static void may_be_switched_off(void **state)
{
	(void)state;
	intruder_walls = enter_none;
	assert_int_equal(intruder_fate(reads_other), 0);
	assert_int_equal(intruder_fate(forks), 0);
	assert_int_equal(intruder_fate(opens_netlink), 0);
	assert_int_equal(intruder_fate(dumps_or_gains), 0);
}

/* Enters with standard error in a file: what was said. */
static void said_on_entering(char *text, size_t room)
{
	int kept = dup(STDERR_FILENO), file = open(intruder_file(intruder_own, "said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	fflush(stderr);
	dup2(file, STDERR_FILENO);
	int fate = intruder_fate(reads_other);
	dup2(kept, STDERR_FILENO);
	close(kept);
	ssize_t size = pread(file, text, room - 1, 0);
	close(file);
	text[size < 0 ? 0 : size] = '\0';
	assert_int_equal(fate, 0);
}

static void goes_on_with_an_old_kernel_and_says_so_once(void **state)
{
	(void)state;
	old_kernel = true;
	char said[4096];
	said_on_entering(said, sizeof said);
	const char *first = strstr(said, "the kernel has no landlock"), *second = strstr(said, "the kernel takes no filter");
	assert_non_null(first);
	assert_non_null(second);
	assert_null(strstr(first + 1, "the kernel has no"));
	assert_null(strstr(second + 1, "the kernel takes"));
	assert_int_equal(intruder_fate(dumps_or_gains), 0);
}

static int is_filtered_in_all_threads(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 ? 0 : 1;
}

static void filters(void **state)
{
	(void)state;
	/* the filter itself refuses to tell, which is an answer, too; /proc tells in tests/func/test_sandbox.py */
	assert_int_equal(intruder_fate(is_filtered_in_all_threads), INTRUDER_SANITIZED ? 0 : ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opens_nothing_without_a_path, set_up),
		cmocka_unit_test_setup(opens_a_folder_and_what_is_in_it, set_up),
		cmocka_unit_test_setup(opens_one_file, set_up),
		cmocka_unit_test_setup(opens_what_stands_beside_a_link, set_up),
		cmocka_unit_test_setup(opens_what_links_of_a_folder_lead_to, set_up),
		cmocka_unit_test_setup(may_be_switched_off, set_up),
		cmocka_unit_test_setup(goes_on_with_an_old_kernel_and_says_so_once, set_up),
		cmocka_unit_test_setup(filters, set_up),
	};
	return cmocka_run_group_tests(tests, intruder_set_up, intruder_tear_down);
}
