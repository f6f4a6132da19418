/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process that was started ends with, as the one behind it fares. */
#include "lib/background.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

static int told[2]; /* what the process behind writes */

/* Starts a process that goes to the background, and there does as it is told; the status of the one that was started. */
static int start(void (*behind)(int ready))
{
	int ready, status;
	struct error e;
	assert_int_equal(pipe(told), 0);
	pid_t started = fork();
	if (started == 0) {
		if (background_enter(&ready, &e) == DONE)
			behind(ready);
		_exit(99);
	}
	assert_int_equal(waitpid(started, &status, 0), started);
	close(told[1]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void is_ready(int ready)
{
	char word;
	int closed[2];
	if (pipe(closed) != 0)
		_exit(98);
	background_ready(ready);
	close(closed[1]);
	(void)!read(closed[0], &word, 1);
	(void)!write(told[1], getsid(0) == getpid() ? "own" : "old", 3);
	_exit(3); /* of this the first one knows nothing any more */
}

static void ends_with_7(int ready)
{
	(void)ready;
	_exit(7);
}

static void ends_well_but_never_served(int ready)
{
	(void)ready;
	_exit(0);
}

static void is_killed(int ready)
{
	(void)ready;
	raise(SIGKILL);
}

static void closes_and_ends(int ready)
{
	close(ready);
	_exit(5);
}

static void who_serves_is_told_of(void **state)
{
	char word[4] = "";
	(void)state;
	assert_int_equal(start(is_ready), 0);
	assert_int_equal(read(told[0], word, 3), 3);
	assert_string_equal(word, "own"); /* a session of its own: the terminal's signals are not for it */
	close(told[0]);
}

static void who_does_not_serve_is_told_of(void **state)
{
	static void (*const ways[])(int) = { ends_with_7, closes_and_ends, ends_well_but_never_served, is_killed };
	static const int wanted[] = { 7, 5, 1, 1 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		assert_int_equal(start(ways[i]), wanted[i]);
		close(told[0]);
	}
}

/* The one that was started was killed meanwhile: who serves goes on. */
static void nobody_waits(void **state)
{
	int ends[2];
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	background_ready(ends[1]);
	assert_int_equal(close(ends[1]), -1); /* it is closed already */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(who_serves_is_told_of),
		cmocka_unit_test(who_does_not_serve_is_told_of), cmocka_unit_test(nobody_waits) };
	return cmocka_run_group_tests_name("lib/background", tests, NULL, NULL);
}
