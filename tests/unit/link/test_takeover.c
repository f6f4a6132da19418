/* SPDX-License-Identifier: BSD-2-Clause */
/* One process that takes the place of another: sockets and counts handed over, and who is turned away. */
#include "link/takeover.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define SUFFIX ".successor"

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64];
static struct takeover old;
static struct sockets offered, given;
static struct error e;
static _Atomic bool stop, over;
static pthread_t thread;
static bool runs;
static int pipe_ends[2];

/* The predecessor's main loop. */
static void *serve(void *context)
{
	const int64_t counts[TAKEOVER_COUNTS] = { 7, [TAKEOVER_COUNTS - 1] = 9 };
	(void)context;
	while (!atomic_load(&stop) && !atomic_load(&over)) {
		usleep(1000);
		if (takeover_heed(&old, &offered)) {
			takeover_tell(&old, counts);
			atomic_store(&over, true);
		}
	}
	return NULL;
}

static int set_up(void **state)
{
	(void)state;
	atomic_store(&stop, false);
	atomic_store(&over, false);
	assert_done(takeover_listen(&old, registry, SUFFIX, -1, &e), &e);
	assert_int_equal(pipe(pipe_ends), 0);
	offered.count = 0;
	sockets_add(&offered, "udp", pipe_ends[0]);
	sockets_add(&offered, "successor", old.place.fd);
	runs = pthread_create(&thread, NULL, serve, NULL) == 0;
	return runs ? 0 : -1;
}

static void end(void)
{
	atomic_store(&stop, true);
	if (runs)
		pthread_join(thread, NULL);
	runs = false;
}

static int tear_down(void **state)
{
	(void)state;
	end();
	takeover_leave(&old);
	sockets_close(&given);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return 0;
}

static void ask(int *fd)
{
	assert_done(takeover_ask(registry, SUFFIX, &given, fd, &e), &e);
}

static void nobody_is_there_to_be_replaced(void **state)
{
	int fd;
	(void)state;
	assert_outcome(takeover_ask(registry, SUFFIX, &given, &fd, &e), ABSENT, &e);
}

static void the_sockets_are_the_same_under_other_numbers(void **state)
{
	int fd, from;
	char word[4];
	(void)state;
	ask(&fd);
	assert_int_equal((int)given.count, 2);
	from = sockets_take(&given, "udp", NULL);
	assert_int_not_equal(from, pipe_ends[0]);
	assert_int_equal(write(pipe_ends[1], "hi", 3), 3);
	assert_int_equal(read(from, word, sizeof word), 3);
	assert_string_equal(word, "hi");
	close(from);
	close(fd);
}

static void who_only_asks_replaces_nobody(void **state)
{
	int fd;
	(void)state;
	for (int i = 0; i < 3; i++) {
		ask(&fd);
		close(fd);
		sockets_close(&given);
	}
	usleep(20000);
	assert_false(atomic_load(&over));
}

static void counts_come_when_it_leaves_and_when_it_ends(void **state)
{
	int64_t counts[TAKEOVER_COUNTS] = { 0 };
	const int64_t last[TAKEOVER_COUNTS] = { 8 };
	int fd;
	(void)state;
	ask(&fd);
	assert_done(takeover_serve(fd, counts, &e), &e);
	end();
	assert_true(atomic_load(&over));
	assert_int_equal(counts[0], 7);
	assert_int_equal(counts[TAKEOVER_COUNTS - 1], 9);
	assert_false(takeover_ended(fd, counts));
	assert_int_equal(counts[0], 7);
	takeover_tell(&old, last);
	takeover_leave(&old);
	assert_true(takeover_ended(fd, counts));
	assert_int_equal(counts[0], 8);
}

static void one_that_was_killed_leaves_its_first_counts(void **state)
{
	int64_t counts[TAKEOVER_COUNTS] = { 0 };
	int fd;
	(void)state;
	ask(&fd);
	assert_done(takeover_serve(fd, counts, &e), &e);
	end();
	takeover_leave(&old);
	assert_true(takeover_ended(fd, counts));
	assert_int_equal(counts[0], 7);
}

static void a_successor_can_be_replaced_under_the_same_name(void **state)
{
	int64_t counts[TAKEOVER_COUNTS] = { 0 };
	struct takeover fresh;
	struct sockets more = { 0 };
	int fd, another;
	(void)state;
	ask(&fd);
	assert_done(takeover_listen(&fresh, registry, SUFFIX, sockets_take(&given, "successor", NULL), &e), &e);
	assert_done(takeover_serve(fd, counts, &e), &e);
	end();
	takeover_leave(&old); /* must leave the name alone */
	assert_true(takeover_ended(fd, counts));
	old = fresh;
	atomic_store(&stop, false);
	atomic_store(&over, false);
	runs = pthread_create(&thread, NULL, serve, NULL) == 0;
	assert_done(takeover_ask(registry, SUFFIX, &more, &another, &e), &e);
	sockets_close(&more);
	close(another);
}

static void a_second_successor_is_turned_away_and_can_come_later(void **state)
{
	struct sockets none = { 0 };
	int fd, second;
	(void)state;
	ask(&fd);
	assert_outcome(takeover_ask(registry, SUFFIX, &none, &second, &e), FAILED, &e);
	assert_says(e.text, "has ended");
	close(fd);
	usleep(20000);
	assert_done(takeover_ask(registry, SUFFIX, &none, &second, &e), &e);
	sockets_close(&none);
	close(second);
}

static void words_that_are_none_part_them(void **state)
{
	int fd;
	char word;
	(void)state;
	assert_done(beside_connect(registry, SUFFIX, &fd, &e), &e);
	assert_int_equal(write(fd, "GIVE ME ALL", 11), 11);
	for (int i = 0; i < 500 && read(fd, &word, 1) != 0; i++)
		usleep(10000);
	assert_int_equal(read(fd, &word, 1), 0);
	assert_false(atomic_load(&over));
	close(fd);
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(registry, sizeof registry, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* which fails if a name was left behind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_there_to_be_replaced),
		cmocka_unit_test_setup_teardown(the_sockets_are_the_same_under_other_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_only_asks_replaces_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_come_when_it_leaves_and_when_it_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_was_killed_leaves_its_first_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_successor_can_be_replaced_under_the_same_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_second_successor_is_turned_away_and_can_come_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(words_that_are_none_part_them, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
