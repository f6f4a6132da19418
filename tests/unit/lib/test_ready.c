/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is ready is found where the kernel waits for all, and where it refuses to; and a refusal takes its time. */
#include "lib/ready.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check.h"

/* The third of four is ready. */
static struct ends {
	int quiet[2];
	int full[2];
	struct pollfd list[4];
} open_ends(void)
{
	struct ends e;
	assert_int_equal(pipe(e.quiet), 0);
	assert_int_equal(pipe(e.full), 0);
	assert_int_equal(write(e.full[1], "x", 1), 1);
	const int list[] = { e.quiet[0], -1, e.full[0], e.quiet[0] };
	for (size_t i = 0; i < COUNT_OF(list); i++)
		e.list[i] = (struct pollfd){ .fd = list[i], .events = POLLIN, .revents = POLLIN };
	return e;
}

static void close_ends(struct ends *e)
{
	for (int i = 0; i < 2; i++) {
		close(e->quiet[i]);
		close(e->full[i]);
	}
}

static void only_the_third_is_ready(struct ends *e, int milliseconds)
{
	assert_int_equal(ready_wait(e->list, COUNT_OF(e->list), milliseconds), 1);
	assert_true(e->list[2].revents == POLLIN);
	assert_true((e->list[0].revents | e->list[1].revents | e->list[3].revents) == 0);
}

static void the_ready_are_found(void **state)
{
	struct ends e = open_ends();
	(void)state;
	only_the_third_is_ready(&e, 3600000);
	char c;
	assert_int_equal(read(e.full[0], &c, 1), 1);
	assert_int_equal(ready_wait(e.list, COUNT_OF(e.list), 1), 0);
	assert_int_equal(e.list[2].revents, 0);
	close_ends(&e);
}

/* The kernel waits for no more descriptors than the process may have, whether they are open or not. */
static void a_refused_wait_finds_them_and_takes_its_time(void **state)
{
	struct ends e = open_ends();
	struct rlimit before, few;
	struct timespec start, end;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = COUNT_OF(e.list) - 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(poll(e.list, COUNT_OF(e.list), 0), -1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	only_the_third_is_ready(&e, 20);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 19);
	close_ends(&e);
}

static void newcomers_faults_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_false(ready_passes((const int[]){ EMFILE, ENFILE, ENOBUFS, ENOMEM }[i]));
	for (size_t i = 0; i < 5; i++)
		assert_true(ready_passes((const int[]){ EAGAIN, EINTR, ECONNABORTED, EPROTO, EPERM }[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_ready_are_found),
		cmocka_unit_test(a_refused_wait_finds_them_and_takes_its_time),
		cmocka_unit_test(newcomers_faults_pass) };
	return cmocka_run_group_tests_name("lib/ready", tests, NULL, NULL);
}
