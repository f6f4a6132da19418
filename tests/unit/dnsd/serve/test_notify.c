/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that tells secondaries: one on loopback hears of each zone that changed. When what is said is test_notify_words.c's. */
#include "dnsd/serve/notify.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/store/node.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

enum { PATIENCE = 20000 /* milliseconds */ };

static struct secondary_view secondary(uint16_t port)
{
	struct secondary_view view = { .size = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (struct sockaddr_in *)&view.endpoint;
	*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return view;
}

static int listen_loopback(struct secondary_view *view)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	*view = secondary(0);
	assert_int_equal(bind(fd, (struct sockaddr *)&view->endpoint, view->size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&view->endpoint, &view->size), 0);
	return fd;
}

/* Answers what comes until it was told of COUNT zones. */
static void be_secondary(int fd, size_t count)
{
	uint8_t message[512];
	struct sockaddr_in peer;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	while (count > 0) {
		socklen_t size = sizeof peer;
		assert_int_equal(poll(&ready, 1, PATIENCE), 1);
		ssize_t got = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&peer, &size);
		assert_true(got > HEADER_SIZE);
		assert_int_equal(message[2], 0x24);
		message[2] |= 0x80;
		assert_int_equal(sendto(fd, message, (size_t)got, 0, (struct sockaddr *)&peer, size), got);
		count--;
	}
}

static void a_secondary_on_loopback(void **state)
{
	static struct fixture f;
	_Atomic bool stops = false;
	struct error e;
	static struct secondary_view to;
	(void)state;
	fixture_make(&f);
	struct snapshot *snapshot = f.view.snapshot;
	int fd = listen_loopback(&to);
	snapshot->secondaries = &to;
	snapshot->secondary_count = 1;
	for (size_t i = 0; i < snapshot->zone_count; i++)
		atomic_store(&snapshot->zones[i]->changed, i < 2);
	if (snapshot->catalog != NULL)
		atomic_store(&snapshot->catalog->changed, false);
	struct notifier n = { .view = &f.view, .stop = &stops, .quiet = 3600 };
	assert_done(notifier_start(&n, &e), &e);
	be_secondary(fd, 2);
	atomic_store(&stops, true);
	notifier_stop(&n);
	close(fd);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_secondary_on_loopback) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
