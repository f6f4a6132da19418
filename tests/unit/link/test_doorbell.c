/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings that arrive, are answered, are no rings, or are not heard in time. */
#include "link/doorbell.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/unit/check.h"

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64];

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

static int asker;

static int heed(struct doorbell_listener *server, struct doorbell *bell)
{
	size_t none = 0;
	return doorbell_heed(server, bell, &asker, NULL, &none);
}

static void nobody_listens(void **state)
{
	struct doorbell last;
	struct error e;
	int fd;
	(void)state;
	assert_outcome(doorbell_open(registry, &fd, &e), ABSENT, &e);
	assert_outcome(doorbell_wait(registry, 1, 10, &last, &e), ABSENT, &e);
}

static void a_ring_arrives_and_is_answered(void **state)
{
	struct doorbell bell;
	struct stat info;
	struct error e;
	struct doorbell_listener server;
	int writer;
	char path[80];
	(void)state;
	assert_done(doorbell_listen(&server, registry, -1, &e), &e);
	snprintf(path, sizeof path, "%s.dnsd", registry);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0007, 0);
	assert_int_equal(heed(&server, &bell), UNCHANGED);
	assert_done(doorbell_open(registry, &writer, &e), &e);
	assert_done(doorbell_ring(writer, 42, &e), &e);
	assert_int_equal(heed(&server, &bell), DONE);
	assert_true(bell.revision == 42);
	memset(bell.trouble, 'x', sizeof bell.trouble);
	doorbell_answer(&server, asker, &bell);
	assert_int_equal(doorbell_take(writer, &bell), DONE);
	assert_int_equal(strlen(bell.trouble), DOORBELL_TEXT - 1);
	close(writer);
	doorbell_answer(&server, asker, &bell); /* gone: passed over */
	doorbell_unlisten(&server);
	assert_int_equal(stat(path, &info), -1);
}

static void a_ring_may_say_more(void **state)
{
	uint8_t said[300] = { 1, 2, 3 }, heard[300];
	struct doorbell bell;
	struct error e;
	struct doorbell_listener server;
	int writer;
	size_t size = sizeof heard;
	(void)state;
	assert_done(doorbell_listen(&server, registry, -1, &e), &e);
	assert_done(doorbell_open(registry, &writer, &e), &e);
	assert_done(doorbell_ring_with(writer, 41, 42, said, sizeof said, &e), &e);
	assert_int_equal(doorbell_heed(&server, &bell, &asker, heard, &size), DONE);
	assert_int_equal(bell.from, 41);
	assert_int_equal(bell.revision, 42);
	assert_int_equal(size, sizeof said);
	assert_memory_equal(heard, said, size);
	assert_done(doorbell_ring_with(writer, 41, 42, said, sizeof said, &e), &e);
	size = sizeof heard - 1; /* cut off */
	assert_int_equal(doorbell_heed(&server, &bell, &asker, heard, &size), REFUSED);
	assert_done(doorbell_ring(writer, 43, &e), &e);
	size = sizeof heard;
	assert_int_equal(doorbell_heed(&server, &bell, &asker, heard, &size), DONE);
	assert_int_equal(size, 0);
	close(writer);
	doorbell_unlisten(&server);
}

static void what_is_no_doorbell_is_refused(void **state)
{
	struct doorbell bell = { .form = DOORBELL_FORM + 1 };
	struct error e;
	struct doorbell_listener server;
	int writer;
	(void)state;
	assert_done(doorbell_listen(&server, registry, -1, &e), &e);
	assert_done(doorbell_open(registry, &writer, &e), &e);
	assert_int_equal(send(writer, &bell, sizeof bell, 0), sizeof bell);
	assert_int_equal(heed(&server, &bell), REFUSED);
	bell.form = DOORBELL_FORM;
	char longer[sizeof bell + 1] = { 0 };
	memcpy(longer, &bell, sizeof bell);
	for (size_t length = 1; length <= sizeof longer; length += length < sizeof bell - 1 ? 61 : 1) {
		if (length == sizeof bell)
			continue;
		assert_int_equal(send(writer, longer, length, 0), length);
		assert_int_equal(heed(&server, &bell), REFUSED);
	}
	close(writer);
	doorbell_unlisten(&server);
}

/* A name server that serves the revision one too low first, then the right one. */
static void *serve(void *context)
{
	struct doorbell_listener *server = context;
	struct doorbell bell;
	while (heed(server, &bell) != DONE)
		usleep(1000);
	bell.revision--;
	doorbell_answer(server, asker, &bell);
	usleep(20000);
	bell.revision++;
	doorbell_answer(server, asker, &bell);
	return NULL;
}

static void waits_until_it_is_served(void **state)
{
	struct doorbell last;
	struct error e;
	pthread_t thread;
	struct doorbell_listener server;
	(void)state;
	assert_done(doorbell_listen(&server, registry, -1, &e), &e);
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	assert_done(doorbell_wait(registry, 7, 5000, &last, &e), &e);
	assert_true(last.revision == 7);
	pthread_join(thread, NULL);
	doorbell_unlisten(&server);
}

static void waiting_is_bounded(void **state)
{
	struct doorbell last;
	struct error e;
	struct doorbell_listener server;
	(void)state;
	assert_done(doorbell_listen(&server, registry, -1, &e), &e);
	int64_t start = clock_ticks();
	assert_outcome(doorbell_wait(registry, 7, 100, &last, &e), ABSENT, &e);
	assert_in_range(clock_ticks() - start, 99, 3000);
	doorbell_unlisten(&server);
}

static void a_path_too_long_is_refused(void **state)
{
	char path[200];
	struct doorbell_listener server;
	struct error e;
	int fd;
	(void)state;
	memset(path, 'x', sizeof path);
	path[199] = '\0';
	assert_outcome(doorbell_listen(&server, path, -1, &e), REFUSED, &e);
	path[107 - 5] = '\0';
	assert_outcome(doorbell_open(path, &fd, &e), ABSENT, &e);
}

/* An address has 108 bytes, a path many more; and a link leads to where the registry itself is. */
static void a_long_path_and_a_link_are_followed(void **state)
{
	char folder[300], deep[400], link[400];
	struct doorbell bell;
	struct error e;
	struct doorbell_listener server;
	int writer;
	(void)state;
	snprintf(folder, sizeof folder, "%s-%0180d", registry, 0);
	snprintf(deep, sizeof deep, "%s/registry", folder);
	snprintf(link, sizeof link, "%s-link", registry);
	assert_int_equal(mkdir(folder, 0700), 0);
	close(open(deep, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(symlink(deep, link), 0);
	assert_done(doorbell_listen(&server, deep, -1, &e), &e);
	assert_done(doorbell_open(link, &writer, &e), &e);
	assert_done(doorbell_ring(writer, 5, &e), &e);
	assert_outcome(heed(&server, &bell), DONE, &e);
	assert_int_equal(bell.revision, 5);
	close(writer);
	doorbell_unlisten(&server);
	unlink(deep);
	unlink(link);
	assert_int_equal(rmdir(folder), 0); /* the socket is gone, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_listens),
		cmocka_unit_test(a_ring_arrives_and_is_answered), cmocka_unit_test(what_is_no_doorbell_is_refused),
		cmocka_unit_test(a_ring_may_say_more),
		cmocka_unit_test(waits_until_it_is_served), cmocka_unit_test(waiting_is_bounded),
		cmocka_unit_test(a_path_too_long_is_refused),
		cmocka_unit_test(a_long_path_and_a_link_are_followed) };
	return cmocka_run_group_tests_name("link/doorbell", tests, make_dir, remove_dir);
}
