/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets beside a registry: who makes them, finds them, and takes over stale ones. */
#include "link/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64], name[80];

static int make_dir(void **state)
{
	(void)state;
	snprintf(registry, sizeof registry, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(name, sizeof name, "%s.socket", registry);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static bool is_reached(void)
{
	struct error e;
	int fd;
	if (beside_connect(registry, ".socket", &fd, &e) != DONE)
		return false;
	close(fd);
	return true;
}

static bool keep(struct beside *b)
{
	b->looked -= 3600000; /* as if that time had passed */
	return beside_keep(b);
}

static void a_name_that_was_lent_is_left_until_it_is_looked_after(void **state)
{
	struct beside giver, heir;
	struct error e;
	(void)state;
	assert_done(beside_listen(&giver, registry, ".socket", -1, &e), &e);
	assert_done(beside_listen(&heir, registry, ".socket", dup(giver.fd), &e), &e);
	beside_leave(&heir);
	assert_true(is_reached());
	assert_done(beside_listen(&heir, registry, ".socket", dup(giver.fd), &e), &e);
	assert_false(beside_keep(&heir));
	beside_hand_over(&giver);
	assert_true(is_reached());
	beside_leave(&heir);
	assert_false(is_reached());
}

static void the_second_stands_by_and_takes_it_afterwards(void **state)
{
	struct beside first, second;
	struct error e;
	(void)state;
	assert_done(beside_listen(&first, registry, ".socket", -1, &e), &e);
	assert_outcome(beside_listen(&second, registry, ".socket", -1, &e), UNCHANGED, &e);
	assert_int_equal(second.fd, -1);
	assert_false(keep(&second));
	beside_leave(&second);
	assert_true(is_reached());
	assert_outcome(beside_listen(&second, registry, ".socket", -1, &e), UNCHANGED, &e);
	beside_leave(&first);
	assert_false(is_reached());
	assert_false(beside_keep(&second)); /* it looks once a second */
	assert_true(keep(&second));
	assert_true(second.fd >= 0 && is_reached());
	beside_leave(&second);
	assert_int_equal(access(name, F_OK), -1);
}

static void what_a_killed_one_left_is_taken(void **state)
{
	struct beside killed, b;
	struct error e;
	(void)state;
	assert_done(beside_listen(&killed, registry, ".socket", -1, &e), &e);
	close(killed.fd);
	assert_done(beside_listen(&b, registry, ".socket", -1, &e), &e);
	assert_true(is_reached());
	beside_leave(&b);
}

static void a_name_that_was_removed_comes_again(void **state)
{
	struct beside b;
	struct error e;
	(void)state;
	assert_done(beside_listen(&b, registry, ".socket", -1, &e), &e);
	assert_false(keep(&b));
	assert_int_equal(unlink(name), 0);
	int before = b.fd;
	assert_true(keep(&b));
	assert_int_not_equal(b.fd, before);
	assert_true(is_reached());
	beside_leave(&b);
}

static void a_name_that_another_took_is_let_go(void **state)
{
	struct beside b, other;
	struct error e;
	(void)state;
	assert_done(beside_listen(&b, registry, ".socket", -1, &e), &e);
	assert_int_equal(unlink(name), 0);
	assert_done(beside_listen(&other, registry, ".socket", -1, &e), &e);
	assert_true(keep(&b));
	assert_int_equal(b.fd, -1);
	beside_leave(&b);
	assert_true(is_reached());
	beside_leave(&other);
}

static void others_may_not_connect(void **state)
{
	struct beside b;
	struct stat info;
	struct error e;
	(void)state;
	assert_done(beside_listen(&b, registry, ".socket", -1, &e), &e);
	assert_int_equal(stat(name, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	beside_leave(&b);
}

static struct rlimit limit;

static void deny_descriptors(void)
{
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, limit.rlim_max }), 0);
}

static void allow_descriptors(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Who waits for newcomers is not told of one again and again that cannot be taken, though another process has the end, too. */
static void without_descriptors_it_closes_for_a_second(void **state)
{
	struct beside b;
	struct epoll_event event;
	struct error e;
	int set = epoll_create1(0), caller, taken;
	(void)state;
	assert_done(beside_listen(&b, registry, ".socket", -1, &e), &e);
	assert_done(beside_watch(&b, set, (epoll_data_t){ .u32 = 7 }, &e), &e);
	assert_int_equal(beside_accept(&b), -1); /* there is nobody yet */
	int other = dup(b.fd);
	assert_done(beside_connect(registry, ".socket", &caller, &e), &e);
	deny_descriptors();
	assert_int_equal(epoll_wait(set, &event, 1, 0), 1);
	assert_int_equal(beside_accept(&b), -1);
	assert_int_equal(epoll_wait(set, &event, 1, 0), 0);
	allow_descriptors();
	assert_int_equal(b.fd, -1);
	assert_int_equal(beside_accept(&b), -1);
	close(other);
	close(caller);
	assert_false(beside_keep(&b));
	assert_true(keep(&b));
	assert_done(beside_connect(registry, ".socket", &caller, &e), &e);
	assert_int_equal(epoll_wait(set, &event, 1, 0), 1);
	assert_int_equal(event.data.u32, 7);
	assert_true((taken = beside_accept(&b)) >= 0);
	close(taken);
	close(caller);
	beside_leave(&b);
	close(set);
}

static void without_descriptors_no_living_ones_name_is_taken(void **state)
{
	struct beside first, second;
	struct error e;
	(void)state;
	assert_done(beside_listen(&first, registry, ".socket", -1, &e), &e);
	assert_outcome(beside_listen(&second, registry, ".socket", -1, &e), UNCHANGED, &e);
	deny_descriptors();
	assert_false(keep(&second));
	assert_outcome(beside_listen(&second, registry, ".socket", -1, &e), FAILED, &e);
	allow_descriptors();
	assert_non_null(strstr(e.text, "Too many open files"));
	assert_true(is_reached());
	beside_leave(&second);
	beside_leave(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_second_stands_by_and_takes_it_afterwards),
		cmocka_unit_test(what_a_killed_one_left_is_taken), cmocka_unit_test(a_name_that_was_removed_comes_again),
		cmocka_unit_test(a_name_that_another_took_is_let_go), cmocka_unit_test(others_may_not_connect),
		cmocka_unit_test(a_name_that_was_lent_is_left_until_it_is_looked_after),
		cmocka_unit_test(without_descriptors_it_closes_for_a_second),
		cmocka_unit_test(without_descriptors_no_living_ones_name_is_taken) };
	return cmocka_run_group_tests_name("link/beside", tests, make_dir, remove_dir);
}
