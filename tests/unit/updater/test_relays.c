/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays that come, stay and leave: what their tokens are good for, and what they may say of themselves. */
#include "tests/unit/updater/house.h"

#include <jansson.h>

#include "lib/clock.h"
#include "updater/relays.h"

static const struct route registers = { "/v1/relays", METHOD_POST, API_RELAYS, NEEDS_BATCH, relays_register, NULL };
static const struct route beats = { "/v1/relays/", METHOD_PUT, API_RELAYS, NEEDS_BATCH, relays_heartbeat, NULL };
static const struct route leaves = { "/v1/relays/", METHOD_DELETE, API_RELAYS, NEEDS_BATCH, relays_leave, NULL };

static int open_all(void **state)
{
	if (house_open(state) != 0)
		return -1;
	house->settings.lease = 90;
	house_relays();
	house_token("relay", "r1", "token-1");
	house_token("relay", "r2", "invitation");
	house_token("relay", "r3", "token-3");
	return 0;
}

/* The status, or minus an outcome. */
static int ask(const struct route *route, const char *path, const char *token, const char *body)
{
	char bearer[100];
	snprintf(bearer, sizeof bearer, "Bearer %s", token);
	house_asked(route, path, *token == '\0' ? "" : bearer, body);
	int outcome = house_handle();
	house_x.request.authorization = "";
	return outcome == DONE ? house_x.reply.status : -outcome;
}

static int beat(const char *body)
{
	return ask(&beats, "/v1/relays/r1", "token-1", body);
}

static bool relay_is(const char *name, const char *condition)
{
	char statement[300];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM relay WHERE name = '%s' AND %s", name, condition);
	return house_number(statement) == 1;
}

static void an_invitation_is_good_once(void **state)
{
	char token[100], *end;
	(void)state;
	assert_int_equal(ask(&registers, "/v1/relays", "", "{}"), 401);
	assert_int_equal(ask(&registers, "/v1/relays", "wrong", "{}"), 401);
	assert_int_equal(ask(&registers, "/v1/relays", "token-1", "{}"), 401); /* that of a relay which is in */
	assert_string_equal(house_x.reply.authenticate, "Bearer realm=\"windsock\"");
	assert_int_equal(ask(&registers, "/v1/relays", "invitation", "{\"addresses\": [\"9.9.9.20\"], \"port\": 444, \"weight\": 7, "
		"\"tls\": \"1.2-1.3\", \"version\": \"0.5.9\", \"load\": 3}"), 201);
	assert_string_equal(house_x.reply.location, "/v1/relays/r2");
	assert_true(relay_is("r2", "addresses = '9.9.9.20' AND port = 444 AND weight = 7 AND state = 2"));
	assert_int_equal(house_number("SELECT count(*) FROM observation WHERE relay = 'r2' AND observer = 'lease' AND health = 1 "
		"AND version = '0.5.9' AND load = 3"), 1);
	assert_non_null(lease_find(&house->leases, "r2"));
	const char *at = strstr(house_x.reply.body, "\"token\": \"");
	assert_non_null(at);
	snprintf(token, sizeof token, "%s", at + strlen("\"token\": \""));
	end = strchr(token, '"');
	assert_non_null(end);
	*end = '\0';
	assert_int_equal(ask(&registers, "/v1/relays", "invitation", "{}"), 401); /* used */
	assert_int_equal(ask(&registers, "/v1/relays", token, "{}"), 401);
	assert_int_equal(ask(&beats, "/v1/relays/r2", token, "{}"), 200); /* its own from now on */
	assert_int_equal(ask(&beats, "/v1/relays/R2", token, "{}"), 200); /* names have no case */
}

static void who_says_no_address_has_the_callers(void **state)
{
	(void)state;
	house_asked(&registers, "/v1/relays", "Bearer invitation", "{}");
	house_x.request.caller = (struct address){ ADDRESS_V4, { 9, 9, 9, 30 } };
	assert_done(house_handle(), &house_error);
	assert_int_equal(house_x.reply.status, 201);
	assert_true(relay_is("r2", "addresses = '9.9.9.30'"));
}

static void where_a_prober_speaks_newcomers_are_tested(void **state)
{
	(void)state;
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at, heard) "
		  "VALUES ('r1', 'prober', 1, 0, 0, 0, unixepoch(), unixepoch())");
	assert_int_equal(ask(&registers, "/v1/relays", "invitation", "{\"addresses\": [\"9.9.9.20\"]}"), 201);
	assert_true(relay_is("r2", "state = 1"));
	assert_non_null(strstr(house_x.reply.body, "\"state\": \"testing\""));
	assert_int_equal(beat("{\"addresses\": [\"9.9.9.40\"]}"), 200);
	assert_true(relay_is("r1", "state = 1")); /* where it is now nobody has looked */
	assert_int_equal(ask(&beats, "/v1/relays/r3", "token-3", "{\"addresses\": [\"8.8.8.8\"]}"), 200);
	assert_true(relay_is("r3", "state = 2 AND addresses = '8.8.8.8'")); /* fewer addresses: nothing new */
}

static void hostile_facts_are_refused_whole(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *says;
	} rows[] = {
		{ "{", 400, "the body is not JSON" },
		{ "[]", 400, "" },
		{ "{\"name\": \"r3\"}", 422, "the token is that of r1" },
		{ "{\"addresses\": []}", 422, "an empty list" },
		{ "{\"addresses\": [\"8.8.8.8\"]}", 422, "8.8.8.8 is another relay's" },
		{ "{\"addresses\": [\"10.0.0.1\"]}", 422, "10.0.0.1" },
		{ "{\"addresses\": [\"9.9.9.9\", \"127.0.0.1\"]}", 422, "127.0.0.1" },
		{ "{\"addresses\": [\"relay.example\"]}", 422, "addresses" },
		{ "{\"port\": 0}", 422, "port" },
		{ "{\"port\": 65536}", 422, "port" },
		{ "{\"port\": \"http\"}", 422, "port" },
		{ "{\"port\": 444, \"load\": -1}", 422, "load" },
		{ "{\"port\": 444, \"tls\": \"9.9\"}", 422, "tls" },
		{ "{\"port\": 444, \"sessions\": [1]}", 422, "sessions" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int status = beat(rows[i].body);
		if (status != rows[i].status)
			fail_msg("%s: %d, wanted %d", rows[i].body, status, rows[i].status);
		assert_says(house_x.reply.body, rows[i].says);
		assert_true(relay_is("r1", "addresses = '9.9.9.9 2620:fe::fe' AND port = 443"));
		assert_false(house->transaction.wrote);
	}
	assert_null(lease_find(&house->leases, "r1"));
	assert_int_equal(beat("{\"weight\": 10000}"), 200); /* the operator's, once it is in */
	assert_true(relay_is("r1", "weight = 100"));
}

static void a_token_is_good_for_its_own_relay(void **state)
{
	(void)state;
	assert_int_equal(ask(&beats, "/v1/relays/r3", "token-1", "{}"), 401);
	assert_int_equal(ask(&beats, "/v1/relays/r4", "token-1", "{}"), 401);
	assert_int_equal(ask(&beats, "/v1/relays/r%31", "token-1", "{}"), 401);
	assert_int_equal(ask(&leaves, "/v1/relays/r3", "token-1", ""), 401);
	assert_int_equal(ask(&beats, "/v1/relays/r2", "invitation", "{}"), 401); /* it has not come yet */
	assert_true(relay_is("r3", "state = 2"));
	assert_null(lease_find(&house->leases, "r3"));
}

/* A heartbeat each few seconds from hundreds: only what is news is written, and once a minute the rest. */
static void heartbeats_are_written_when_they_are_news(void **state)
{
	(void)state;
	assert_int_equal(beat("{\"load\": 1}"), 200);
	assert_true(house->transaction.wrote);
	struct lease *lease = lease_find(&house->leases, "r1");
	assert_true(lease->until > clock_ticks() + 80000);
	assert_int_equal(beat("{\"load\": 2}"), 200);
	assert_false(house->transaction.wrote);
	assert_int_equal(beat("{\"load\": 0}"), 200); /* what a drain waits for */
	assert_true(house->transaction.wrote);
	assert_int_equal(beat("{\"overloaded\": true}"), 200);
	assert_true(house->transaction.wrote);
	assert_says(house_x.reply.body, "\"shed\": true");
	assert_says(house_x.reply.body, "\"drain\": false");
	assert_int_equal(beat("{}"), 200); /* what it does not say stays */
	assert_false(house->transaction.wrote);
	assert_says(house_x.reply.body, "\"shed\": true");
	lease->written -= 61 * 1000;
	assert_int_equal(beat("{}"), 200);
	assert_true(house->transaction.wrote);
	lease_unwritten(&house->leases);
	assert_int_equal(beat("{}"), 200);
	assert_true(house->transaction.wrote);
}

static void drained_relays_are_told(void **state)
{
	(void)state;
	house_sql("UPDATE relay SET state = 3 WHERE name = 'r1'");
	assert_int_equal(beat("{}"), 200);
	assert_says(house_x.reply.body, "\"drain\": true");
	assert_says(house_x.reply.body, "\"shed\": true");
	assert_int_equal(beat("{\"addresses\": [\"9.9.9.41\"]}"), 200);
	assert_true(relay_is("r1", "state = 3 AND addresses = '9.9.9.41'")); /* moving does not undo an operator's word */
}

static void who_leaves_is_out(void **state)
{
	(void)state;
	assert_int_equal(beat("{}"), 200);
	assert_int_equal(ask(&leaves, "/v1/relays/r1", "token-1", ""), 204);
	assert_true(house->transaction.wrote);
	assert_true(relay_is("r1", "state = 4"));
	assert_null(lease_find(&house->leases, "r1"));
	assert_null(house_x.reply.type);
	assert_int_equal(ask(&leaves, "/v1/relays/r1", "token-1", ""), 204); /* again: it is out already */
	assert_false(house->transaction.wrote);
	assert_int_equal(beat("{}"), 200);
	assert_says(house_x.reply.body, "\"drain\": true");
	assert_true(relay_is("r1", "state = 4")); /* only the operator brings it back */
}

static void a_registry_that_fails_is_no_wrong_token(void **state)
{
	(void)state;
	house_sql("DROP TABLE observation");
	assert_int_equal(beat("{}"), -FAILED);
	assert_int_equal(house_x.reply.status, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_invitation_is_good_once), TEST(who_says_no_address_has_the_callers),
		TEST(where_a_prober_speaks_newcomers_are_tested), TEST(hostile_facts_are_refused_whole),
		TEST(a_token_is_good_for_its_own_relay), TEST(heartbeats_are_written_when_they_are_news),
		TEST(drained_relays_are_told), TEST(who_leaves_is_out), TEST(a_registry_that_fails_is_no_wrong_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
