/* SPDX-License-Identifier: BSD-2-Clause */
/* Records between a name server and an updater: sent, taken, refused, and certificates asked for. */
#include "link/forward.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64];
static uint8_t message[FORWARD_MESSAGE + 1];
static struct beside place;
static struct error e;

static int make_dir(void **state)
{
	(void)state;
	snprintf(registry, sizeof registry, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* A name server's end and an updater's. */
static void meet(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
}

static void part(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void records_come_whole_and_one_by_one(void **state)
{
	struct forward_head head = { .form = FORWARD_FORM, .number = 7, .tcp = 1, .wish = FORWARD_MOVE_SERIAL }, got;
	size_t size = 99;
	int fds[2];
	(void)state;
	meet(fds);
	assert_outcome(forward_take(fds[1], &got, message, &size), UNCHANGED, &e); /* nothing came */
	assert_done(forward_send(fds[0], &head, "update", 6), &e);
	head.number = 8;
	assert_done(forward_send(fds[0], &head, "", 0), &e);
	assert_done(forward_take(fds[1], &got, message, &size), &e);
	assert_int_equal(got.number, 7);
	assert_int_equal(got.wish, FORWARD_MOVE_SERIAL);
	assert_int_equal(size, 6);
	assert_memory_equal(message, "update", 6);
	assert_done(forward_take(fds[1], &got, message, &size), &e);
	assert_int_equal(got.number, 8);
	assert_int_equal(size, 0);
	part(fds);
}

static void the_longest_message_passes(void **state)
{
	const struct forward_head head = { .form = FORWARD_FORM };
	struct forward_head got;
	size_t size = 0;
	int fds[2];
	(void)state;
	meet(fds);
	message[0] = message[FORWARD_MESSAGE - 1] = 0xa5;
	assert_done(forward_send(fds[0], &head, message, FORWARD_MESSAGE), &e);
	memset(message, 0, sizeof message);
	assert_done(forward_take(fds[1], &got, message, &size), &e);
	assert_int_equal(size, FORWARD_MESSAGE);
	assert_int_equal(message[0], 0xa5);
	assert_int_equal(message[FORWARD_MESSAGE - 1], 0xa5);
	part(fds);
}

static void records_of_another_form_are_refused_and_the_next_is_taken(void **state)
{
	const struct forward_head good = { .form = FORWARD_FORM, .number = 3 }, other = { .form = FORWARD_FORM - 1 };
	struct forward_head got;
	size_t size;
	int fds[2];
	(void)state;
	meet(fds);
	assert_done(forward_send(fds[0], &other, "x", 1), &e);
	assert_int_equal(send(fds[0], &good, sizeof good - 1, 0), sizeof good - 1);
	assert_done(forward_send(fds[0], &good, message, FORWARD_MESSAGE + 1), &e);
	assert_done(forward_send(fds[0], &good, "", 0), &e);
	for (int i = 0; i < 3; i++)
		assert_outcome(forward_take(fds[1], &got, message, &size), REFUSED, &e);
	assert_done(forward_take(fds[1], &got, message, &size), &e);
	assert_int_equal(got.number, 3);
	part(fds);
}

static void who_is_gone_and_who_is_slow_differ(void **state)
{
	const struct forward_head head = { .form = FORWARD_FORM };
	struct forward_head got;
	size_t size;
	int fds[2], outcome;
	(void)state;
	meet(fds);
	while ((outcome = forward_send(fds[0], &head, message, 1000)) == DONE)
		continue;
	assert_outcome(outcome, UNCHANGED, &e);
	assert_done(forward_take(fds[1], &got, message, &size), &e);
	close(fds[1]);
	assert_outcome(forward_send(fds[0], &head, message, 1000), ABSENT, &e);
	close(fds[0]);
	meet(fds);
	close(fds[0]);
	assert_outcome(forward_take(fds[1], &got, message, &size), ABSENT, &e);
	close(fds[1]);
}

/* An updater that takes one request and answers with SIZE octets; or, without ANSWER, hangs up. */
struct updater {
	const void *answer;
	size_t size;
	uint32_t form;
	struct forward_head asked;
};

static void *answer_once(void *context)
{
	struct updater *u = context;
	struct pollfd ready = { .fd = place.fd, .events = POLLIN };
	const struct forward_head head = { .form = u->form };
	size_t size;
	poll(&ready, 1, 20000);
	ready.fd = accept(place.fd, NULL, NULL);
	poll(&ready, 1, 20000);
	if (forward_take(ready.fd, &u->asked, message, &size) == DONE && u->answer != NULL)
		forward_send(ready.fd, &head, u->answer, u->size);
	close(ready.fd);
	return NULL;
}

static int ask(struct updater *u, struct forward_certificate **list, size_t *count)
{
	pthread_t thread;
	e.text[0] = '\0';
	assert_done(forward_listen(&place, registry, -1, &e), &e);
	assert_int_equal(pthread_create(&thread, NULL, answer_once, u), 0);
	int outcome = forward_certificates(registry, 20000, list, count, &e);
	pthread_join(thread, NULL);
	beside_leave(&place);
	return outcome;
}

static void certificates_are_asked_for(void **state)
{
	const struct forward_certificate two[] = { { .mark = FORWARD_MARK, .expires = 5, .names = "a.test" },
		{ .mark = FORWARD_MARK, .trouble = "no key" } };
	struct updater u = { two, sizeof two, FORWARD_FORM, { 0 } };
	struct forward_certificate *list = NULL;
	size_t count = 0;
	(void)state;
	assert_done(ask(&u, &list, &count), &e);
	assert_int_equal(u.asked.wish, FORWARD_CERTIFICATES);
	assert_int_equal(count, 2);
	assert_memory_equal(list, two, sizeof two);
	free(list);
	u.size = 0; /* it has none */
	assert_done(ask(&u, &list, &count), &e);
	assert_int_equal(count, 0);
	free(list);
}

static void another_answer_is_none(void **state)
{
	struct forward_certificate two[] = { { .mark = FORWARD_MARK }, { .mark = "certif2" } }, *list;
	struct updater answers[] = { { two, sizeof two, FORWARD_FORM, { 0 } }, { two, sizeof *two - 1, FORWARD_FORM, { 0 } },
		{ "NOTIMP", 6, FORWARD_FORM, { 0 } }, { two, sizeof *two, FORWARD_FORM + 1, { 0 } },
		{ NULL, 0, FORWARD_FORM, { 0 } } };
	size_t count;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		list = two;
		assert_outcome(ask(&answers[i], &list, &count), UNCHANGED, &e);
		assert_null(list);
		assert_says(e.text, "the updater does not say");
	}
}

static void an_updater_that_is_silent_or_missing(void **state)
{
	struct forward_certificate *list;
	size_t count;
	int fd;
	(void)state;
	assert_outcome(forward_certificates(registry, 0, &list, &count, &e), ABSENT, &e);
	assert_outcome(forward_connect(registry, &fd, &e), ABSENT, &e);
	assert_done(forward_listen(&place, registry, -1, &e), &e);
	assert_outcome(forward_certificates(registry, 0, &list, &count, &e), UNCHANGED, &e);
	assert_null(list);
	beside_leave(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(records_come_whole_and_one_by_one),
		cmocka_unit_test(the_longest_message_passes),
		cmocka_unit_test(records_of_another_form_are_refused_and_the_next_is_taken),
		cmocka_unit_test(who_is_gone_and_who_is_slow_differ), cmocka_unit_test(certificates_are_asked_for),
		cmocka_unit_test(another_answer_is_none), cmocka_unit_test(an_updater_that_is_silent_or_missing) };
	return cmocka_run_group_tests_name("link/forward", tests, make_dir, remove_dir);
}
