/* SPDX-License-Identifier: BSD-2-Clause */
/* From a path and a method to a handler: what is there, what is not, and what comes too often. */
#include "tests/unit/updater/house.h"

#include "updater/route.h"

static char target_room[REQUEST_TARGET + 1];

/* True if the request waits for the batch; the reply is in house_x otherwise. */
static bool queued(enum method method, const char *target)
{
	static const struct route none = { "", METHOD_OTHER, API_READ, NEEDS_NOTHING, NULL, NULL };
	house_asked(&none, "", "", "");
	house_x.route = NULL;
	house_x.request.method = method;
	assert_done(request_target(&house_x.request, target, strlen(target), target_room, &house_error), &house_error);
	house_x.request.exempt = !house_bounded;
	return !route_run(house, &house_x);
}

static int status_of(enum method method, const char *target)
{
	return queued(method, target) ? 0 : house_x.reply.status;
}

static void paths_are_whole(void **state)
{
	static const struct {
		const char *target;
		enum method method;
		int status; /* 0: to the batch */
	} rows[] = {
		{ "/nic/update", METHOD_GET, 0 },
		{ "/nic/update?hostname=a.b", METHOD_POST, 0 },
		{ "/nic/update/", METHOD_GET, 404 },
		{ "/nic/updat", METHOD_GET, 404 },
		{ "/NIC/update", METHOD_GET, 404 },
		{ "/nic%2fupdate", METHOD_GET, 404 },
		{ "//nic/update", METHOD_GET, 404 },
		{ "/", METHOD_GET, 0 },
		{ "/v1/relays/", METHOD_PUT, 404 }, /* no name */
		{ "/v1/relays/r1", METHOD_PUT, 0 },
		{ "/v1/relays/r1/x", METHOD_PUT, 404 },
		{ "/healthz", METHOD_GET, 200 },
		{ "/healthz", METHOD_HEAD, 200 },
		{ "/", METHOD_HEAD, 405 }, /* a kite's update is no page */
		{ "/v1/relays", METHOD_HEAD, 401 },
		{ "/relays.txt", METHOD_PUT, 405 },
		{ "/register", METHOD_GET, 405 },
		{ "/nic/update", METHOD_DELETE, 200 }, /* badagent, in words */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int status = status_of(rows[i].method, rows[i].target);
		if (status != rows[i].status)
			fail_msg("%s: %d, wanted %d", rows[i].target, status, rows[i].status);
	}
}

static void what_is_allowed_is_listed(void **state)
{
	(void)state;
	assert_int_equal(status_of(METHOD_DELETE, "/v1/relays"), 405);
	assert_string_equal(house_x.reply.allow, "POST, GET, HEAD"); /* RFC 9110 section 10.2.1 */
	assert_int_equal(status_of(METHOD_OTHER, "/v1/relays/r1"), 405);
	assert_string_equal(house_x.reply.allow, "PUT, DELETE, GET, HEAD");
	assert_int_equal(status_of(METHOD_POST, "/"), 405);
	assert_string_equal(house_x.reply.allow, "GET");
}

static void without_a_registry_only_the_monitors_get_an_answer(void **state)
{
	char aside[80];
	(void)state;
	snprintf(aside, sizeof aside, "%s.aside", house_key);
	assert_int_equal(rename(house_key, aside), 0);
	access_close(&house->access);
	assert_int_equal(status_of(METHOD_GET, "/v1/relays"), 503);
	assert_int_equal(house_x.reply.retry, 30);
	assert_int_equal(status_of(METHOD_GET, "/healthz"), 200);
	assert_int_equal(rename(aside, house_key), 0);
}

/* A page that fails half-way through says so, and nothing of what it began. */
static void a_failing_registry_is_trouble_and_no_empty_page(void **state)
{
	(void)state;
	house->settings.service_zone = "";
	house_sql("DROP TABLE observation");
	assert_int_equal(status_of(METHOD_GET, "/relays.txt"), 503);
	assert_null(house->access.registry); /* opened anew for the next one */
}

static void a_source_has_20_requests_at_once(void **state)
{
	(void)state;
	house_bounded = true;
	for (int i = 0; i < 20; i++)
		assert_int_equal(status_of(METHOD_GET, "/healthz"), 200);
	assert_int_equal(status_of(METHOD_GET, "/healthz"), 429);
	assert_int_equal(house->counters.limited, 1);
	assert_false(queued(METHOD_GET, "/nic/update?hostname=a.b")); /* without credentials */
	house_bounded = false;
	assert_int_equal(status_of(METHOD_GET, "/healthz"), 200);
}

static bool admitted(const char *target, const char *authorization)
{
	static const struct route none = { "", METHOD_OTHER, API_READ, NEEDS_NOTHING, NULL, NULL };
	house_asked(&none, "", authorization, "");
	house_x.route = NULL;
	house_x.request.method = METHOD_GET;
	assert_done(request_target(&house_x.request, target, strlen(target), target_room, &house_error), &house_error);
	bool waits = !route_run(house, &house_x);
	house_x.request.authorization = "";
	return waits;
}

/* A back-end with 40 kites sends 40 updates at once; the same one again and again is a flood. */
static void whoever_bears_credentials_is_heard_beyond_that(void **state)
{
	char target[100];
	int same = 0;
	(void)state;
	house_bounded = true;
	for (int i = 0; i < 40; i++) {
		snprintf(target, sizeof target, "/nic/update?hostname=h%d.b5p.us", i);
		assert_true(admitted(target, "Basic ZGVtbzpkZW1v"));
		assert_true(house_x.over == (i >= 20)); /* and refused later if they are wrong */
	}
	for (int i = 0; i < 20; i++)
		same += admitted("/nic/update?hostname=same.b5p.us", "Basic ZGVtbzpkZW1v");
	assert_in_range(same, 5, 6);
	assert_true(admitted("/nic/update?hostname=same.b5p.us", "Basic b3RoZXI6b3RoZXI=")); /* another one behind the same address */
	assert_false(admitted("/?hostname=a.b&myip=1.2.3.4", "Basic ZGVtbzpkZW1v")); /* a kite's credential is its signature */
	assert_true(admitted("/?hostname=a.b&myip=1.2.3.4&sign=x", ""));
	house_bounded = false;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_are_whole), TEST(what_is_allowed_is_listed), TEST(without_a_registry_only_the_monitors_get_an_answer),
		TEST(a_failing_registry_is_trouble_and_no_empty_page), TEST(a_source_has_20_requests_at_once),
		TEST(whoever_bears_credentials_is_heard_beyond_that),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
