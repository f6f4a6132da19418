/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the log: one event a line, whatever somebody smuggles into it. */
#include "lib/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char heard[8192];
static int pipes[2], saved;

static int redirect(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	return pipe2(pipes, O_NONBLOCK) != 0 || dup2(pipes[1], STDERR_FILENO) < 0;
}

static int restore(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipes[0]);
	close(pipes[1]);
	return 0;
}

static const char *hear(void)
{
	ssize_t size = read(pipes[0], heard, sizeof heard - 1);
	heard[size < 0 ? 0 : size] = '\0';
	return heard;
}

static void a_line_has_its_time_program_and_level(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_start("windsock-test");
	log_warning("a thing happened what=%s", "this");
	hear();
	assert_int_equal(strspn(heard, "0123456789-"), 10);
	assert_int_equal(heard[10], 'T');
	assert_string_equal(strchr(heard, ' '), " windsock-test warning: a thing happened what=this\n");
}

static void under_systemd_a_line_has_its_priority(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_start("windsock-test");
	log_error("bad");
	assert_string_equal(hear(), "<3>bad\n");
	log_notice("well");
	assert_string_equal(hear(), "<5>well\n");
	unsetenv("JOURNAL_STREAM");
	log_start("windsock-test");
}

static void what_is_above_the_limit_is_not_written(void **state)
{
	(void)state;
	log_limit(LOG_LEVEL_INFO);
	log_debug("quiet");
	assert_string_equal(hear(), "");
	log_limit(LOG_LEVEL_DEBUG);
	log_debug("loud");
	assert_true(strstr(hear(), "debug: loud\n") != NULL);
	log_limit(LOG_LEVEL_ERROR);
	log_warning("quiet");
	assert_string_equal(hear(), "");
	log_error("loud");
	assert_true(strstr(hear(), "error: loud\n") != NULL);
	log_limit(LOG_LEVEL_INFO);
}

/* A name from outside must not look like another line, nor move a terminal's cursor. */
static void control_bytes_are_shown_as_question_marks(void **state)
{
	(void)state;
	log_error("name=%s", "a\nb\r\t\x1b[2J\x7f\xc3\xbc");
	hear();
	assert_string_equal(strstr(heard, "name="), "name=a?b???[2J?\xc3\xbc\n");
	assert_ptr_equal(strchr(heard, '\n'), heard + strlen(heard) - 1);
}

static void long_lines_are_cut(void **state)
{
	static char text[3000];
	(void)state;
	memset(text, 'x', sizeof text - 1);
	log_error("%s", text);
	hear();
	assert_in_range(strlen(heard), 500, 1024);
	assert_int_equal(heard[strlen(heard) - 1], '\n');
	assert_ptr_equal(strchr(heard, '\n'), heard + strlen(heard) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_has_its_time_program_and_level, redirect, restore),
		cmocka_unit_test_setup_teardown(under_systemd_a_line_has_its_priority, redirect, restore),
		cmocka_unit_test_setup_teardown(what_is_above_the_limit_is_not_written, redirect, restore),
		cmocka_unit_test_setup_teardown(control_bytes_are_shown_as_question_marks, redirect, restore),
		cmocka_unit_test_setup_teardown(long_lines_are_cut, redirect, restore),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
