/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that commits: what it was handed is durable once it answered, and its trouble comes back in words. */
#include "updater/committer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static struct committer committer;
static struct registry *registry, *other;
static char dir[32];
static struct error e;

static int open_all(void **state)
{
	char path[64];
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	return registry_open(path, REGISTRY_CREATE, &registry, &e) != DONE || registry_open(path, REGISTRY_READ, &other, &e) != DONE
		|| committer_start(&committer, &e) != DONE;
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	committer_stop(&committer);
	registry_close(registry);
	registry_close(other);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void write_meta(const char *value)
{
	assert_done(registry_begin(registry, &e), &e);
	assert_done(registry_meta_set(registry, "test", value, &e), &e);
}

static const char *read_meta(void)
{
	static char found[32];
	struct arena arena = { 0 };
	const char *value = "";
	assert_true(registry_meta_get(other, "test", &arena, &value, &e) >= 0);
	snprintf(found, sizeof found, "%s", value);
	arena_free(&arena);
	return found;
}

static bool readable(void)
{
	struct pollfd p = { .fd = committer.fd, .events = POLLIN };
	return poll(&p, 1, 0) == 1;
}

static void what_was_handed_over_is_committed(void **state)
{
	int outcome = FAILED;
	(void)state;
	assert_false(committer_answer(&committer, true, &outcome, &e)); /* nothing was asked: nobody waits for ever */
	for (int turn = 0; turn < 3; turn++) {
		char value[8];
		snprintf(value, sizeof value, "%d", turn);
		write_meta(value);
		assert_string_not_equal(read_meta(), value);
		committer_ask(&committer, registry);
		assert_true(committer_answer(&committer, true, &outcome, &e));
		assert_done(outcome, &e);
		assert_string_equal(read_meta(), value);
		assert_false(committer_answer(&committer, false, &outcome, &e)); /* an answer is given once */
		assert_false(readable());
	}
}

static void the_descriptor_says_when_it_answered(void **state)
{
	int outcome = FAILED;
	struct pollfd p = { .fd = committer.fd, .events = POLLIN };
	(void)state;
	assert_false(readable());
	write_meta("told");
	committer_ask(&committer, registry);
	assert_int_equal(poll(&p, 1, -1), 1);
	assert_true(committer_answer(&committer, false, &outcome, &e));
	assert_done(outcome, &e);
	assert_false(readable());
}

static void trouble_comes_back_in_words(void **state)
{
	int outcome = DONE;
	(void)state;
	e.text[0] = '\0';
	committer_ask(&committer, registry); /* no transaction is open */
	assert_true(committer_answer(&committer, true, &outcome, &e));
	assert_true(outcome < 0);
	assert_string_not_equal(e.text, "");
	write_meta("after"); /* and the thread lives on */
	committer_ask(&committer, registry);
	assert_true(committer_answer(&committer, true, &outcome, &e));
	assert_done(outcome, &e);
	assert_string_equal(read_meta(), "after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_handed_over_is_committed, open_all, close_all),
		cmocka_unit_test_setup_teardown(the_descriptor_says_when_it_answered, open_all, close_all),
		cmocka_unit_test_setup_teardown(trouble_comes_back_in_words, open_all, close_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
