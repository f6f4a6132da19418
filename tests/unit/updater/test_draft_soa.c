/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial that prerequisites are compared with is the one that DNS answers, whatever became of the registry. */
#include "tests/unit/updater/house.h"

#include <unistd.h>

#include "registry/serial.h"
#include "updater/draft.h"

static struct exchange x;
static struct draft draft;
static char mark_path[256];

static int open_all(void **state)
{
	x = (struct exchange){ .request = { .authorization = "", .agent = "" } };
	if (house_open(state) != 0)
		return -1;
	snprintf(mark_path, sizeof mark_path, "%s.serial", registry_path(house->access.registry));
	house_begin();
	return draft_begin(&draft, house, &x, "b5p.us", &house_error);
}

static int close_all(void **state)
{
	unlink(mark_path);
	registry_rollback(house->access.registry);
	arena_free(&x.arena);
	return house_close(state);
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(registry_revision(house->access.registry, &now, &house_error), &house_error);
	return now;
}

static void serve(int64_t served, int64_t offset)
{
	const struct serial_mark mark = { .revision = served, .offset = offset };
	int fd = serial_mark_open(registry_path(house->access.registry), &house_error);
	assert_true(fd >= 0);
	serial_mark_write(fd, &mark);
	close(fd);
}

static uint32_t serial(void)
{
	struct blob soa;
	assert_done(draft_soa(&draft, &soa), &house_error);
	const uint8_t *at = (const uint8_t *)soa.data + soa.size - 20; /* RFC 1035 section 3.3.13: five numbers are last */
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void it_is_the_zones(void **state)
{
	static const char names[] = "\3ns1\3b5p\2us\0\12hostmaster\3b5p\2us";
	struct blob soa;
	(void)state;
	assert_done(draft_soa(&draft, &soa), &house_error);
	assert_int_equal(soa.size, sizeof names + 20);
	assert_memory_equal(soa.data, names, sizeof names);
	assert_memory_equal((const uint8_t *)soa.data + sizeof names + 4, "\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80\0\0\0\x3c", 16);
}

static void without_a_mark_it_is_the_revision(void **state)
{
	(void)state;
	assert_int_equal(serial(), revision());
}

/* Nothing was lost: a name server that has not read the newest yet has served less. */
static void a_registry_that_leads_on(void **state)
{
	(void)state;
	assert_true(revision() > 1);
	serve(revision() - 1, 0);
	assert_int_equal(serial(), revision());
}

/* RFC 1982: what was restored has other content, so its serial is beyond all that was served. */
static void a_registry_that_went_back(void **state)
{
	(void)state;
	int64_t served = revision() + 50;
	serve(served, 0);
	assert_true(serial() > served);
	serve(served, 1000);
	assert_true(serial() > served + 1000);
}

static void a_mark_that_is_none_is_passed_over(void **state)
{
	(void)state;
	FILE *out = fopen(mark_path, "w");
	assert_non_null(out);
	fputs("nonsense", out);
	fclose(out);
	assert_int_equal(serial(), revision());
}

static void a_row_that_cannot_be_served_is_refused(void **state)
{
	struct blob soa;
	(void)state;
	draft.zone.primary = "not a name";
	assert_outcome(draft_soa(&draft, &soa), REFUSED, &house_error);
	assert_int_equal(soa.size, 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)
	const struct CMUnitTest tests[] = { CASE(it_is_the_zones), CASE(without_a_mark_it_is_the_revision),
		CASE(a_registry_that_leads_on), CASE(a_registry_that_went_back), CASE(a_mark_that_is_none_is_passed_over),
		CASE(a_row_that_cannot_be_served_is_refused) };
	return cmocka_run_group_tests_name("updater/draft_soa", tests, NULL, NULL);
}
