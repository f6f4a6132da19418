/* SPDX-License-Identifier: BSD-2-Clause */
/* The TXT records of ACME's challenges over HTTP: whose they are, how many stay, and what acme-dns' clients are told. */
#include "tests/unit/updater/house.h"

#include <jansson.h>

#include "updater/acme.h"

static const struct route registers = { "/register", METHOD_POST, API_ACME, NEEDS_BATCH, acme_register, NULL };
static const struct route updates = { "/update", METHOD_POST, API_ACME, NEEDS_BATCH, acme_update, NULL };
static const struct route presents = { "/present", METHOD_POST, API_ACME, NEEDS_BATCH, acme_present, NULL };
static const struct route cleanups = { "/cleanup", METHOD_POST, API_ACME, NEEDS_BATCH, acme_cleanup, NULL };

static int open_all(void **state)
{
	if (house_open(state) != 0)
		return -1;
	house->settings.acme_dns = "acme.b5p.us";
	house_token("account", "demo", "demo");
	house_token("account", "other", "other");
	return 0;
}

static int status_of(int outcome)
{
	house_x.request.api_user = house_x.request.api_key = house_x.request.authorization = "";
	house_x.request.body = (struct piece){ "", 0 };
	return outcome == DONE ? house_x.reply.status : -outcome;
}

static int update(const char *user, const char *key, const char *body)
{
	house_asked(&updates, "/update", "", body);
	house_x.request.api_user = user;
	house_x.request.api_key = key;
	return status_of(house_handle());
}

/* A token of acme-dns' form that begins with the letter. */
static const char *token(char letter)
{
	static char text[44];
	snprintf(text, sizeof text, "%c%042d", letter, 0);
	return text;
}

static int set(const char *user, const char *key, const char *subdomain, char letter)
{
	char body[200];
	snprintf(body, sizeof body, "{\"subdomain\": \"%s\", \"txt\": \"%s\"}", subdomain, token(letter));
	return update(user, key, body);
}

/* The first letters of an owner's values, in order. */
static const char *letters(const char *owner)
{
	static char found[32];
	char statement[300];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM record WHERE owner = '%s' AND type = 16", owner);
	int64_t count = house_number(statement);
	assert_true(count < 30);
	for (int64_t i = 0; i < count; i++) {
		snprintf(statement, sizeof statement, "SELECT unicode(CAST(substr(rdata, 2, 1) AS TEXT)) FROM record "
			"WHERE owner = '%s' AND type = 16 ORDER BY rdata LIMIT 1 OFFSET %d", owner, (int)i);
		found[i] = (char)house_number(statement);
	}
	found[count] = '\0';
	return found;
}

static void only_the_last_two_values_stay(void **state)
{
	static const char owner[] = "_acme-challenge.demo.b5p.us";
	(void)state;
	assert_int_equal(set("demo", "demo", "demo.b5p.us", 'c'), 200);
	assert_string_equal(letters(owner), "c");
	assert_int_equal(set("demo", "demo", "Demo.B5p.us", 'a'), 200);
	assert_string_equal(letters(owner), "ac");
	assert_int_equal(set("demo", "demo", "demo.b5p.us", 'b'), 200); /* the oldest goes, not the first in order */
	assert_string_equal(letters(owner), "ab");
	assert_int_equal(set("demo", "demo", "demo.b5p.us", 'b'), 200); /* the same again */
	assert_string_equal(letters(owner), "ab");
	assert_int_equal(set("demo", "demo", "demo.b5p.us", 'z'), 200);
	assert_string_equal(letters(owner), "bz");
	assert_int_equal(house_number("SELECT min(ttl) FROM record"), 60);
}

static void what_is_wrong_is_said_in_acme_dns_words(void **state)
{
	static const struct {
		const char *user, *key, *body;
		int status;
		const char *word;
	} rows[] = {
		{ "demo", "wrong", "{}", 401, "forbidden" },
		{ "nobody", "demo", "{}", 401, "forbidden" },
		{ "", "", "{}", 401, "forbidden" },
		{ "demo", "demo", "{", 400, "malformed_json_payload" },
		{ "demo", "demo", "[]", 400, "malformed_json_payload" },
		{ "demo", "demo", "{}", 400, "bad_subdomain" },
		{ "demo", "demo", "{\"subdomain\": 7, \"txt\": \"x\"}", 400, "bad_subdomain" },
		{ "demo", "demo", "{\"subdomain\": \"..\", \"txt\": \"x\"}", 400, "bad_subdomain" },
		{ "demo", "demo", "{\"subdomain\": \"demo.b5p.us\"}", 400, "bad_txt" },
		{ "demo", "demo", "{\"subdomain\": \"demo.b5p.us\", \"txt\": \"short\"}", 400, "bad_txt" },
		{ "demo", "demo", "{\"subdomain\": \"demo.b5p.us\", \"txt\": \"000000000000000000000000000000000000000000=\"}", 400, "bad_txt" },
		{ "demo", "demo", "{\"subdomain\": \"demo.b5p.us\", \"txt\": \"00000000000000000000000000000000000000000000\"}", 400,
			"bad_txt" }, /* 44 */
		{ "demo", "demo", "{\"subdomain\": \"a.example\", \"txt\": \"0000000000000000000000000000000000000000000\"}", 400,
			"bad_subdomain" }, /* in no zone of ours */
		{ "demo", "demo", "{\"subdomain\": \"other.b5p.us\", \"txt\": \"0000000000000000000000000000000000000000000\"}", 401,
			"forbidden" }, /* another's host */
		{ "demo", "demo", "{\"subdomain\": \"uuid\", \"txt\": \"0000000000000000000000000000000000000000000\"}", 401,
			"forbidden" }, /* another's registration */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int status = update(rows[i].user, rows[i].key, rows[i].body);
		if (status != rows[i].status)
			fail_msg("%s: %d, wanted %d", rows[i].body, status, rows[i].status);
		assert_says(house_x.reply.body, rows[i].word);
		assert_int_equal(house_number("SELECT count(*) FROM record"), 0);
	}
	house->settings.acme_dns = "";
	assert_int_equal(set("demo", "demo", "uuid", 'a'), 400); /* there is no such thing here */
}

static int enrol(bool exempt, uint8_t last)
{
	house_asked(&registers, "/register", "", "");
	house_x.request.exempt = exempt;
	house_x.request.caller = (struct address){ ADDRESS_V4, { 198, 51, 100, last } };
	return status_of(house_handle());
}

static void who_registers_has_one_name(void **state)
{
	char user[64], password[64], owner[200], full[200];
	(void)state;
	assert_int_equal(enrol(false, 7), 201);
	json_t *reply = json_loads(house_x.reply.body, 0, NULL);
	assert_non_null(reply);
	snprintf(user, sizeof user, "%s", json_string_value(json_object_get(reply, "username")));
	snprintf(password, sizeof password, "%s", json_string_value(json_object_get(reply, "password")));
	snprintf(full, sizeof full, "%s", json_string_value(json_object_get(reply, "fulldomain")));
	json_decref(reply);
	assert_int_equal(strlen(user), 36);
	assert_int_equal(user[14], '4'); /* RFC 4122 section 4.4 */
	assert_non_null(strchr("89ab", user[19]));
	snprintf(owner, sizeof owner, "_acme-challenge.%s.acme.b5p.us", user);
	assert_string_equal(full, owner);
	if (set(user, password, user, 'a') != 200)
		fail_msg("refused: %s", house_x.refusal.why);
	assert_string_equal(letters(owner), "a");
	assert_int_equal(set(user, password, "demo.b5p.us", 'a'), 401);
	assert_int_equal(set("demo", "demo", user, 'b'), 401);
	assert_string_equal(letters(owner), "a");
	assert_int_equal(house_number("SELECT count(*) FROM account WHERE network = '198.51.100.0/24'"), 1);
	house->settings.acme_dns = "";
	assert_int_equal(enrol(false, 7), 404);
}

/* Below `auth` the name server computes what it answers: whoever registered there could never set his name. */
static void nobody_registers_where_nothing_can_be_set(void **state)
{
	(void)state;
	house->settings.acme_dns = "auth.b5p.us";
	assert_int_equal(enrol(false, 7), -REFUSED);
	assert_says(house_error.text, "auth.b5p.us");
	assert_int_equal(house_number("SELECT count(*) FROM account WHERE network <> ''"), 0);
}

/* A source is slowed, and a network has so many names, but for those without limits. */
static void registrations_are_bounded(void **state)
{
	int made = 0;
	(void)state;
	house->settings.names_each = 12;
	while (enrol(false, 7) == 201)
		made++;
	assert_int_equal(made, 10);
	assert_int_equal(house_x.reply.status, 429);
	while (enrol(false, 8) == 201)
		made++;
	assert_int_equal(made, 12);
	assert_int_equal(house_x.reply.status, 403);
	assert_says(house_x.reply.body, "too_many_registrations");
	assert_int_equal(enrol(true, 7), 201);
}

static int httpreq(const struct route *route, const char *authorization, const char *body)
{
	house_asked(route, route->path, authorization, body);
	return status_of(house_handle());
}

static void httpreq_adds_and_removes_its_own(void **state)
{
	static const char demo[] = "Basic ZGVtbzpkZW1v", other[] = "Basic b3RoZXI6b3RoZXI=", owner[] = "_acme-challenge.demo.b5p.us";
	char body[400], value[300];
	(void)state;
	for (char c = 'a'; c < 'd'; c++) {
		snprintf(body, sizeof body, "{\"fqdn\": \"_acme-challenge.demo.b5p.us.\", \"value\": \"%c\"}", c);
		assert_int_equal(httpreq(&presents, demo, body), 200);
	}
	assert_string_equal(letters(owner), "abc"); /* it removes them itself */
	assert_int_equal(httpreq(&cleanups, other, body), 403);
	assert_string_equal(letters(owner), "abc");
	assert_int_equal(httpreq(&cleanups, demo, body), 200);
	assert_string_equal(letters(owner), "ab");
	assert_int_equal(httpreq(&cleanups, demo, body), 200); /* gone already */
	assert_int_equal(httpreq(&presents, "", body), 401);
	assert_string_equal(house_x.reply.authenticate, "Basic realm=\"windsock\", charset=\"UTF-8\"");
	assert_int_equal(httpreq(&presents, demo, "{\"value\": \"x\"}"), 400);
	assert_int_equal(httpreq(&presents, demo, "nonsense"), 400);
	assert_int_equal(httpreq(&presents, demo, "{\"fqdn\": \"_acme-challenge.a.example\", \"value\": \"x\"}"), 403);
	memset(value, 'v', 256);
	value[256] = '\0';
	snprintf(body, sizeof body, "{\"fqdn\": \"_acme-challenge.demo.b5p.us\", \"value\": \"%s\"}", value);
	assert_int_equal(httpreq(&presents, demo, body), 400); /* a character-string has 255 octets (RFC 1035 section 3.3) */
	assert_string_equal(letters(owner), "ab");
	house_sql("UPDATE account SET blocked = 1 WHERE name = 'demo'");
	access_close(&house->access);
	assert_true(batch_open(house));
	assert_int_equal(httpreq(&presents, demo, "{\"fqdn\": \"_acme-challenge.demo.b5p.us\", \"value\": \"x\"}"), 403);
	assert_string_equal(letters(owner), "ab");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_last_two_values_stay), TEST(what_is_wrong_is_said_in_acme_dns_words), TEST(who_registers_has_one_name),
		TEST(nobody_registers_where_nothing_can_be_set),
		TEST(registrations_are_bounded), TEST(httpreq_adds_and_removes_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
