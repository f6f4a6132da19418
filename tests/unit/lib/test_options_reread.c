/* SPDX-License-Identifier: BSD-2-Clause */
/* Which changed settings are taken up, and which stay. */
#include "lib/options_reread.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "tests/unit/check.h"

struct config {
	const char *text, *list;
	int64_t number, flag;
	struct networks networks, walls;
};

static const struct option_row rows[] = {
	{ "text", OPTION_TEXT, offsetof(struct config, text), .live = false },
	{ "list", OPTION_LIST, offsetof(struct config, list), .live = true },
	{ "number", OPTION_NUMBER, offsetof(struct config, number), 0, 9, .live = true },
	{ "flag", OPTION_FLAG, offsetof(struct config, flag), .live = false },
	{ "networks", OPTION_NETWORKS, offsetof(struct config, networks), .live = true },
	{ "walls", OPTION_NETWORKS, offsetof(struct config, walls), .live = false },
};
static const struct option_table table = { "windsock-test", "test", "A test.", rows, COUNT_OF(rows) };

static struct network network(const char *text)
{
	struct network made;
	assert_true(network_read(text, strlen(text), &made));
	return made;
}

/* What is logged meanwhile goes to SAID. */
static size_t reread(const struct config *old, struct config *fresh, char *said, size_t size)
{
	FILE *log = tmpfile();
	assert_non_null(log);
	int kept = dup(STDERR_FILENO);
	assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
	size_t taken = options_reread(&table, old, fresh);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(log);
	said[fread(said, 1, size - 1, log)] = '\0';
	fclose(log);
	return taken;
}

static void what_did_not_change_is_not_told(void **state)
{
	struct network one = network("192.0.2.0/24"), same = one;
	const struct config old = { "a", "b c", 1, 1, { &one, 1 }, { &one, 1 } };
	struct config fresh = { "a", "b c", 1, 1, { &same, 1 }, { &same, 1 } };
	char said[1000];
	(void)state;
	assert_int_equal(reread(&old, &fresh, said, sizeof said), 0);
	assert_string_equal(said, "");
}

static void what_can_change_is_taken_up_and_all_else_stays(void **state)
{
	struct network one = network("192.0.2.0/24"), two[] = { network("::1"), network("192.0.2.7") };
	const struct config old = { "a", "b", 1, 1, { &one, 1 }, { &one, 1 } };
	struct config fresh = { "x", "b c", 2, 0, { two, 2 }, { two, 1 } };
	char said[2000];
	(void)state;
	assert_int_equal(reread(&old, &fresh, said, sizeof said), 3);
	assert_string_equal(fresh.text, "a");
	assert_string_equal(fresh.list, "b c");
	assert_int_equal(fresh.number, 2);
	assert_int_equal(fresh.flag, 1);
	assert_int_equal(fresh.networks.count, 2);
	assert_ptr_equal(fresh.walls.network, &one);
	assert_says(said, "text: changed from 'a' to 'x', which needs a restart");
	assert_says(said, "list: changed from 'b' to 'b c'\n");
	assert_says(said, "number: changed from '1' to '2'\n");
	assert_says(said, "flag: changed from 'yes' to 'no', which needs a restart");
	assert_says(said, "networks: changed from '192.0.2.0/24' to '::1/128 192.0.2.7/32'\n");
	assert_says(said, "walls: changed from '192.0.2.0/24' to '::1/128', which needs a restart");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_did_not_change_is_not_told),
		cmocka_unit_test(what_can_change_is_taken_up_and_all_else_stays) };
	log_start("test");
	return cmocka_run_group_tests_name("lib/options_reread", tests, NULL, NULL);
}
