/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets handed over are found again by use and address, and closed when nobody takes them. */
#include "link/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static struct sockets all;

/* A socket at a port of the kernel's choice; AT is where. */
static int open_at(const char *address, int type, struct sockaddr_in *at)
{
	socklen_t size = sizeof *at;
	int fd = socket(AF_INET, type, 0);
	*at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address) };
	assert_int_equal(bind(fd, (const struct sockaddr *)at, sizeof *at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &size), 0);
	return fd;
}

static int take(const char *use, const struct sockaddr_in *at)
{
	return sockets_take(&all, use, (const struct sockaddr *)at);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void one_is_found_by_use_and_address(void **state)
{
	struct sockaddr_in a, b, elsewhere;
	int first = open_at("127.0.0.1", SOCK_DGRAM, &a), second = open_at("127.0.0.2", SOCK_DGRAM, &b);
	(void)state;
	sockets_add(&all, "udp", first);
	sockets_add(&all, "udp", second);
	elsewhere = a;
	elsewhere.sin_port = b.sin_port;
	assert_int_equal(take("udp", &elsewhere), a.sin_port == b.sin_port ? first : -1);
	assert_int_equal(take("tcp", &b), -1);
	assert_int_equal(take("udp", &b), second);
	assert_int_equal(take("udp", &b), -1);
	assert_int_equal(take("udp", &a), first);
	assert_int_equal((int)all.count, 0);
	close(first);
	close(second);
}

static void all_at_one_address_are_taken_one_by_one(void **state)
{
	struct sockaddr_in at;
	int one = open_at("127.0.0.1", SOCK_DGRAM, &at), other = dup(one);
	(void)state;
	sockets_add(&all, "udp", one);
	sockets_add(&all, "udp", other);
	assert_int_equal(take("udp", &at), one);
	assert_int_equal(take("udp", &at), other);
	close(one);
	close(other);
}

static void without_an_address_any_will_do(void **state)
{
	int ends[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	sockets_add(&all, "bell", ends[0]);
	assert_int_equal(sockets_take(&all, "bell", NULL), ends[0]);
	close(ends[0]);
	close(ends[1]);
}

static void what_nobody_took_is_closed(void **state)
{
	struct sockaddr_in at;
	int fd = open_at("127.0.0.1", SOCK_DGRAM, &at);
	(void)state;
	sockets_add(&all, "udp", fd);
	sockets_close(&all);
	assert_false(is_open(fd));
	assert_int_equal((int)all.count, 0);
}

static void one_too_many_is_closed(void **state)
{
	(void)state;
	all.count = SOCKETS_MOST;
	int fd = dup(STDERR_FILENO);
	sockets_add(&all, "udp", fd);
	assert_false(is_open(fd));
	assert_int_equal((int)all.count, SOCKETS_MOST);
	all.count = 0;
}

static void an_address_that_overlaps_can_be_bound_beside_a_shared_one(void **state)
{
	const int on = 1;
	struct sockaddr_in at;
	int old = open_at("127.0.0.1", SOCK_STREAM, &at), wide = socket(AF_INET, SOCK_STREAM, 0);
	(void)state;
	assert_int_equal(listen(old, 1), 0);
	sockets_add(&all, "tcp", old);
	at.sin_addr.s_addr = htonl(INADDR_ANY);
	setsockopt(wide, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	assert_int_equal(bind(wide, (const struct sockaddr *)&at, sizeof at), -1);
	sockets_share(&all);
	assert_int_equal(bind(wide, (const struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(wide, 1), 0);
	sockets_close(&all);
	close(wide);
}

/* Whether a client of this family reaches a socket that listens at an IPv6 address. */
static bool is_reached(int listener, int family)
{
	struct sockaddr_in6 at;
	socklen_t size = sizeof at;
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = at.sin6_port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	at.sin6_addr = in6addr_loopback;
	int fd = socket(family, SOCK_STREAM, 0);
	bool reached = connect(fd, family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&at,
		family == AF_INET ? sizeof v4 : sizeof at) == 0;
	close(fd);
	return reached;
}

static void who_listens_at_all_of_ipv6_says_whether_ipv4_is_meant(void **state)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = in6addr_any };
	struct error e;
	(void)state;
	for (int v4_too = 0; v4_too < 2; v4_too++) {
		int fd;
		if (sockets_listen((struct sockaddr *)&any, sizeof any, false, v4_too != 0, &fd, &e) != DONE)
			skip(); /* a machine without IPv6 */
		assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		assert_true(is_reached(fd, AF_INET6));
		assert_int_equal(is_reached(fd, AF_INET), v4_too);
		close(fd);
	}
}

/* A second one listens at the same address only beside one that shares it; a refusal says where, and leaves nothing open. */
static void a_second_one_listens_beside_a_shared_one_alone(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t size = sizeof at;
		struct error e;
		int first, second;
		assert_done(sockets_listen((struct sockaddr *)&at, sizeof at, shared != 0, false, &first, &e), &e);
		assert_int_equal(getsockname(first, (struct sockaddr *)&at, &size), 0);
		int outcome = sockets_listen((struct sockaddr *)&at, sizeof at, shared != 0, false, &second, &e);
		assert_int_equal(outcome, shared != 0 ? DONE : FAILED);
		assert_int_equal(is_open(second), shared);
		if (outcome != DONE)
			assert_says(e.text, "listening at 127.0.0.1:");
		else
			close(second);
		close(first);
	}
}

static int bind_at(const char *address, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address), .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), code = sockets_bind(fd, (const struct sockaddr *)&at, sizeof at);
	int why = errno;
	close(fd);
	return code == 0 ? 0 : why;
}

/* An interface may get its address later. What another one has bound is another's still. */
static void an_address_that_is_not_there_yet_can_be_bound(void **state)
{
	struct sockaddr_in at;
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	int taken = open_at("127.0.0.1", SOCK_DGRAM, &at);
	(void)state;
	assert_int_equal(bind_at("192.0.2.77", 0), 0);
	assert_int_equal(bind_at("127.0.0.1", ntohs(at.sin_port)), EADDRINUSE);
	close(taken);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd < 0)
		return; /* a machine without IPv6 */
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::77", &six.sin6_addr), 1);
	assert_int_equal(sockets_bind(fd, (const struct sockaddr *)&six, sizeof six), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_found_by_use_and_address),
		cmocka_unit_test(all_at_one_address_are_taken_one_by_one),
		cmocka_unit_test(without_an_address_any_will_do),
		cmocka_unit_test(what_nobody_took_is_closed),
		cmocka_unit_test(one_too_many_is_closed),
		cmocka_unit_test(who_listens_at_all_of_ipv6_says_whether_ipv4_is_meant),
		cmocka_unit_test(a_second_one_listens_beside_a_shared_one_alone),
		cmocka_unit_test(an_address_that_is_not_there_yet_can_be_bound),
		cmocka_unit_test(an_address_that_overlaps_can_be_bound_beside_a_shared_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
