/* SPDX-License-Identifier: BSD-2-Clause */
/* What the clocks say of themselves and of files, and that waiting ends. */
#include "lib/clock.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void ticks_only_grow(void **state)
{
	int64_t before = clock_ticks();
	(void)state;
	assert_true(before > 0);
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_ticks();
		assert_true(now >= before);
		before = now;
	}
}

/* Ticks go on while the machine is suspended, as the boot's clock does; dates are the calendar's. */
static void each_is_its_clock(void **state)
{
	struct timespec before, after;
	(void)state;
	clock_gettime(CLOCK_BOOTTIME, &before);
	int64_t ticks = clock_ticks();
	clock_gettime(CLOCK_BOOTTIME, &after);
	assert_true(ticks >= before.tv_sec * 1000 + before.tv_nsec / 1000000);
	assert_true(ticks <= after.tv_sec * 1000 + after.tv_nsec / 1000000);
	int64_t first = (int64_t)time(NULL), date = clock_date();
	assert_true(date >= first && date <= (int64_t)time(NULL));
}

/* Whatever is left of a second, and when the time is over already: the mutex is held again, so it can be let go. */
static void waiting_ends_and_holds_the_mutex(void **state)
{
	static const int64_t waits[] = { 0, 1, -1, -5000, 20 };
	pthread_mutexattr_t checked;
	pthread_mutex_t mutex;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	(void)state;
	pthread_mutexattr_init(&checked);
	pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &checked);
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		assert_int_equal(pthread_mutex_lock(&mutex), 0);
		clock_wait(&condition, &mutex, waits[i]);
		assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	}
	pthread_mutex_destroy(&mutex);
}

struct waking {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	bool woken;
};

static void *wake(void *context)
{
	struct waking *w = context;
	pthread_mutex_lock(&w->mutex);
	w->woken = true;
	pthread_cond_signal(&w->condition);
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

/* An hour's wait ends when there is news: else the test would not. */
static void news_ends_the_wait(void **state)
{
	struct waking w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	pthread_t thread;
	(void)state;
	pthread_mutex_lock(&w.mutex);
	assert_int_equal(pthread_create(&thread, NULL, wake, &w), 0);
	while (!w.woken)
		clock_wait(&w.condition, &w.mutex, 3600000);
	pthread_mutex_unlock(&w.mutex);
	pthread_join(thread, NULL);
}

static void when_a_file_changed(void **state)
{
	char path[] = "/tmp/windsock-XXXXXX";
	const struct timespec times[2] = { { 5, 6 }, { 1700000000, 123456789 } };
	int fd = mkstemp(path);
	(void)state;
	assert_int_equal(futimens(fd, times), 0);
	assert_true(clock_changed(path) == INT64_C(1700000000123456789)); /* and not when it was read */
	close(fd);
	unlink(path);
	assert_int_equal(clock_changed(path), 0);
	assert_true(clock_changed("/") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ticks_only_grow), cmocka_unit_test(each_is_its_clock),
		cmocka_unit_test(waiting_ends_and_holds_the_mutex), cmocka_unit_test(news_ends_the_wait),
		cmocka_unit_test(when_a_file_changed) };
	return cmocka_run_group_tests_name("lib/clock", tests, NULL, NULL);
}
