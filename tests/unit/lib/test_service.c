/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager hears and keeps, and the sockets that it gives, by sd_notify(3) and sd_listen_fds(3). */
#include "lib/service.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char path[64];
static int manager;
static char heard[512];
static int given; /* the descriptor that came with it; -1: none */

static int set_up(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	(void)state;
	snprintf(path, sizeof path, "/tmp/windsock-test-%ld", (long)getpid());
	strcpy(name.sun_path, path);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&name, sizeof name), 0);
	return setenv("NOTIFY_SOCKET", path, 1);
}

static int tear_down(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	close(manager);
	return unlink(path);
}

static bool hear(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} with;
	struct iovec part = { heard, sizeof heard - 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &with, .msg_controllen = sizeof with };
	ssize_t size = recvmsg(manager, &message, MSG_CMSG_CLOEXEC);
	given = -1;
	heard[size < 0 ? 0 : size] = '\0';
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); size >= 0 && c != NULL; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(&given, CMSG_DATA(c), sizeof given);
	return size >= 0;
}

static void says(const char *wanted)
{
	assert_true(hear());
	assert_string_equal(heard, wanted);
	assert_int_equal(given, -1);
}

static void it_hears_how_we_fare(void **state)
{
	char wanted[64];
	(void)state;
	snprintf(wanted, sizeof wanted, "READY=1\nMAINPID=%ld", (long)getpid());
	service_ready();
	says(wanted);
	service_alive();
	says("WATCHDOG=1");
	service_stopping();
	says("STOPPING=1");
	assert_false(hear());
}

static void it_keeps_sockets(void **state)
{
	struct stat ours, kept;
	int pair[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	service_store("http", pair[0]);
	assert_true(hear());
	assert_string_equal(heard, "FDSTORE=1\nFDPOLL=0\nFDNAME=http");
	assert_true(given >= 0);
	assert_int_equal(fstat(pair[0], &ours) | fstat(given, &kept), 0);
	assert_int_equal(kept.st_ino, ours.st_ino);
	close(given);
	assert_int_equal(write(pair[0], "x", 1), 1); /* ours is still open */
	service_forget("http");
	says("FDSTOREREMOVE=1\nFDNAME=http");
	close(pair[0]);
	close(pair[1]);
}

static void without_one_nothing_is_done(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	service_ready();
	service_alive();
	service_store("http", 0);
	service_forget("http");
	service_stopping();
	assert_false(hear());
}

static char names[64];

static void take(void *context, const char *name, int fd)
{
	int *count = context;
	struct stat info;
	snprintf(names + strlen(names), sizeof names - strlen(names), "%s=%d ", name, fd);
	*count += fstat(fd, &info) == 0;
}

/* As a manager that starts us gives COUNT sockets from 3 on. */
static int listen_to(pid_t pid, const char *count, const char *named)
{
	char number[24];
	int taken = 0;
	names[0] = '\0';
	snprintf(number, sizeof number, "%ld", (long)pid);
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", count, 1);
	if (named != NULL)
		setenv("LISTEN_FDNAMES", named, 1);
	service_sockets(take, &taken);
	return taken;
}

static void sockets_come_with_their_names(void **state)
{
	int three = dup(3), four = dup(4);
	(void)state;
	assert_true(dup2(manager, 3) == 3 || manager == 3);
	assert_int_equal(dup2(manager, 4), 4);
	assert_int_equal(listen_to(getpid(), "2", "dns:http"), 2);
	assert_string_equal(names, "dns=3 http=4 ");
	assert_null(getenv("LISTEN_FDS")); /* no child of ours takes them for its own */
	assert_int_equal(listen_to(getpid(), "2", NULL), 2);
	assert_string_equal(names, "unknown=3 unknown=4 ");
	assert_int_equal(listen_to(getpid() + 1, "2", "dns:http"), 0); /* another process's */
	assert_int_equal(listen_to(getpid(), "2", "dns"), 0); /* two sockets, one name: which has it? */
	assert_int_equal(listen_to(getpid(), "many", "dns"), 0);
	assert_int_equal(listen_to(getpid(), "0", NULL), 0);
	assert_string_equal(names, "");
	if (manager != 3 && three >= 0)
		dup2(three, 3);
	if (four >= 0)
		dup2(four, 4);
	close(three);
	close(four);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = { CASE(it_hears_how_we_fare), CASE(it_keeps_sockets),
		CASE(without_one_nothing_is_done), CASE(sockets_come_with_their_names) };
	return cmocka_run_group_tests_name("lib/service", tests, NULL, NULL);
}
