/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process keeps an eye on: threads that must go on, and what is said of those that do not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnsd/daemon.h"
#include "tests/unit/check.h"

static struct daemon d;
static struct udp_server workers[2];
static int manager; /* what it is told comes out here */

/* What was said since the last call, all in one. */
static const char *said(void)
{
	static char all[4096];
	ssize_t got;
	for (size_t length = 0; (got = recv(manager, all + length, sizeof all - 1 - length, MSG_DONTWAIT)) > 0;)
		length += (size_t)got;
	return all;
}

static int set_up(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	(void)state;
	snprintf(at.sun_path, sizeof at.sun_path, "/tmp/windsock-notify-%ld", (long)getpid());
	manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	d = (struct daemon){ .udp = workers, .udp_count = 2 };
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	return bind(manager, (const struct sockaddr *)&at, sizeof at);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(getenv("NOTIFY_SOCKET"));
	return close(manager);
}

/* A second goes by, in which those of the workers go on that are not zero. */
static void pass(uint32_t tcp, uint32_t first, uint32_t second)
{
	d.alive_at -= 1000;
	d.tcp.rounds += tcp;
	workers[0].rounds += first;
	workers[1].rounds += second;
	supervise_alive(&d);
}

static bool is_alive(void)
{
	char words[8] = "";
	return recv(manager, words, sizeof words, MSG_DONTWAIT) > 0 && strncmp(words, "WATCHDOG", sizeof words) == 0;
}

static void all_must_go_on(void **state)
{
	(void)state;
	pass(4, 4, 4);
	assert_true(is_alive());
	pass(1, 100000, 1);
	assert_true(is_alive());
	pass(0, 4, 4);
	assert_false(is_alive());
	pass(4, 0, 4);
	assert_false(is_alive());
	pass(4, 4, 0);
	assert_false(is_alive());
	pass(4, 4, 4);
	assert_true(is_alive());
}

static void it_is_said_once_a_second(void **state)
{
	(void)state;
	pass(4, 4, 4);
	assert_true(is_alive());
	for (int i = 0; i < 10; i++)
		supervise_alive(&d);
	assert_false(is_alive());
}

static void a_socket_is_kept_and_those_before_it_are_not(void **state)
{
	(void)state;
	sockets_add(&d.offered, "tcp", STDERR_FILENO);
	sockets_add(&d.offered, "tcp", STDERR_FILENO);
	supervise_ready(&d);
	const char *words = said();
	assert_says(words, "READY=1");
	char process[64];
	snprintf(process, sizeof process, "MAINPID=%ld", (long)getpid());
	assert_says(words, process);
	const char *forgets = strstr(words, "FDSTOREREMOVE=1\nFDNAME=windsock-tcp");
	assert_non_null(forgets);
	const char *keeps = strstr(words, "FDSTORE=1\nFDPOLL=0\nFDNAME=windsock-tcp");
	assert_non_null(keeps);
	assert_true(forgets < keeps);
	assert_null(strstr(forgets + 1, "FDSTOREREMOVE"));
	assert_non_null(strstr(keeps + 1, "FDSTORE=1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_must_go_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_said_once_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_socket_is_kept_and_those_before_it_are_not, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
