/* SPDX-License-Identifier: BSD-2-Clause */
/* What operators, clients and monitors are shown of the registry, and what they are not. */
#include "tests/unit/updater/house.h"

#include <jansson.h>

#include "lib/clock.h"
#include "updater/status.h"

static char page[64];
static struct route route = { page, METHOD_GET, API_READ, NEEDS_REGISTRY, NULL, NULL };

static int open_all(void **state)
{
	if (house_open(state) != 0)
		return -1;
	house->settings.service_zone = "";
	house_relays();
	house_token("account", "ops", "boss");
	house_token("account", "demo", "demo");
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		  "SELECT name, 'p', 1, 31, 0, 0, unixepoch() FROM relay WHERE state = 2;"
		  "INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('fe4_058', 0, 0, 60, 2), ('frontends', 0, 0, 60, 1);"
		  "INSERT INTO release (product, version, pools, tls, families, ping) VALUES "
		  "('pagekite.py', '0.5.8', 'fe4_058', 31, 0, 0)");
	return 0;
}

static int close_all(void **state)
{
	status_forget(house);
	return house_close(state);
}

/* Asks for PREFIX followed by NAME. */
static int get(handler *handle, const char *prefix, const char *name, const char *authorization)
{
	char path[200];
	snprintf(page, sizeof page, "%s", prefix);
	snprintf(path, sizeof path, "%s%s", prefix, name);
	route.handle = handle;
	house_asked(&route, path, authorization, "");
	int outcome = handle(house, &house_x, &house_error);
	house_x.request.path = (struct piece){ "", 0 };
	return outcome == DONE ? house_x.reply.status : -outcome;
}

static json_t *shown(handler *handle, const char *prefix, const char *name)
{
	assert_int_equal(get(handle, prefix, name, "Bearer boss"), 200);
	json_t *object = json_loads(house_x.reply.body, 0, NULL);
	assert_non_null(object);
	return object;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "(none)" : text;
}

static void only_operators_see_the_pages(void **state)
{
	static handler *const handlers[] = { status_relays, status_relay, status_pools, status_pool, status_zones, status_releases,
		status_status };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(handlers); i++) {
		assert_int_equal(get(handlers[i], "/v1/page/", "r1", ""), 401);
		assert_string_equal(house_x.reply.authenticate, "Bearer realm=\"windsock\"");
		assert_int_equal(get(handlers[i], "/v1/page/", "r1", "Bearer demo"), 401);
		assert_int_equal(get(handlers[i], "/v1/page/", "r1", "Bearer wrong"), 401);
		assert_int_not_equal(get(handlers[i], "/v1/page/", "r1", "Bearer boss"), 401);
	}
	house_sql("UPDATE account SET blocked = 1 WHERE name = 'ops'");
	assert_int_equal(get(status_relays, "/v1/relays", "", "Bearer boss"), 401);
}

static void relays_have_their_lease_and_no_token(void **state)
{
	(void)state;
	house_token("relay", "r1", "token-1");
	lease_renew(&house->leases, "r1", clock_ticks() + 50500);
	json_t *all = shown(status_relays, "/v1/relays", ""), *list = json_object_get(all, "relays");
	assert_int_equal(json_array_size(list), 3);
	assert_null(strstr(house_x.reply.body, "token"));
	assert_int_equal(json_integer_value(json_object_get(all, "revision")), house_number("SELECT max(id) FROM change"));
	json_decref(all);
	json_t *one = shown(status_relay, "/v1/relays/", "R1");
	assert_string_equal(text_of(one, "name"), "r1");
	assert_in_range(json_integer_value(json_object_get(one, "lease")), 49, 50);
	assert_int_equal(json_array_size(json_object_get(one, "observations")), 1);
	json_decref(one);
	one = shown(status_relay, "/v1/relays/", "r2");
	assert_true(json_is_null(json_object_get(one, "lease")));
	json_decref(one);
	assert_int_equal(get(status_relay, "/v1/relays/", "r9", "Bearer boss"), 404);
	assert_int_equal(get(status_relay, "/v1/relays/", "r%31", "Bearer boss"), 404);
}

/* A label that nobody defined is shown as the pool that answers it; each relay has its reason. */
static void pools_are_shown_as_they_answer(void **state)
{
	(void)state;
	json_t *one = shown(status_pool, "/v1/pools/", "fe4_059");
	assert_string_equal(text_of(one, "asked"), "fe4_059");
	assert_string_equal(text_of(one, "label"), "fe4_058");
	assert_int_equal(json_integer_value(json_object_get(one, "members")), 2);
	assert_int_equal(json_array_size(json_object_get(one, "relays")), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_not_equal(text_of(json_array_get(json_object_get(one, "relays"), i), "reason"), "");
	json_decref(one);
	one = shown(status_pools, "/v1/pools", "");
	assert_int_equal(json_array_size(json_object_get(one, "pools")), 2);
	assert_null(json_object_get(json_array_get(json_object_get(one, "pools"), 0), "relays"));
	json_decref(one);
	assert_int_equal(get(status_pool, "/v1/pools/", "else", "Bearer boss"), 404);
	assert_int_equal(get(status_pool, "/v1/pools/", "a b", "Bearer boss"), 404);
}

static void the_rest_is_counted(void **state)
{
	(void)state;
	json_t *all = shown(status_zones, "/v1/zones", "");
	assert_string_equal(text_of(json_array_get(json_object_get(all, "zones"), 0), "name"), "b5p.us");
	json_decref(all);
	all = shown(status_releases, "/v1/releases", "");
	assert_string_equal(text_of(json_array_get(json_object_get(all, "releases"), 0), "version"), "0.5.8");
	json_decref(all);
	all = shown(status_status, "/v1/status", "");
	assert_int_equal(json_integer_value(json_object_get(all, "hosts")), 2);
	assert_int_equal(json_integer_value(json_object_get(all, "accounts")), 4);
	assert_int_equal(json_integer_value(json_object_get(all, "relays")), 3);
	assert_true(json_is_null(json_object_get(all, "dnsd"))); /* nothing was heard of it */
	json_decref(all);
	house->bell.heard_at = clock_ticks();
	house->bell.heard = (struct doorbell){ .revision = 77, .serving = 1, .trouble = "it is stale" };
	all = shown(status_status, "/v1/status", "");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(all, "dnsd"), "revision")), 77);
	assert_string_equal(text_of(json_object_get(all, "dnsd"), "trouble"), "it is stale");
	json_decref(all);
}

/* Of relays.txt, as HOST asks for it. */
static const char *listing(const char *host)
{
	snprintf(page, sizeof page, "/relays.txt");
	route.handle = status_relays_txt;
	house_asked(&route, page, "", "");
	house_x.request.host = host;
	assert_done(status_relays_txt(house, &house_x, &house_error), &house_error);
	house_x.request.host = "";
	return house_x.reply.body;
}

static void relays_txt_is_of_the_zones_asked_in(void **state)
{
	char label[300];
	(void)state;
	house_sql("INSERT INTO zone (name, \"primary\", contact, ttl, refresh, retry, expire, minimum) "
		  "VALUES ('white.test', 'ns1.b5p.us', 'h.b5p.us', 3600, 3600, 600, 86400, 60)");
	assert_string_equal(listing("elsewhere.example"), ""); /* and which zone is the service's nobody said */
	const char *text = listing("up.White.TEST:8080");
	assert_says(text, "X-DNS: fe4_058.white.test ");
	assert_says(text, "X-DNS: frontends.white.test ");
	assert_says(text, "X-DNS: fe.white.test "); /* the lattice's, for nobody defined it */
	assert_null(strstr(text, "b5p.us"));
	house->settings.service_zone = "B5P.us.";
	text = listing("white.test");
	assert_true(strstr(text, "white.test") < strstr(text, "b5p.us"));
	assert_null(strstr(listing("b5p.us"), "white.test")); /* once, and nothing of others */
	memset(label, 'a', sizeof label - 1);
	label[sizeof label - 1] = '\0';
	assert_says(listing(label), ".b5p.us "); /* no name at all */
	assert_null(strstr(listing("a b\r\n.white.test"), "white.test"));
	house->settings.service_zone = "";
	house_sql("DELETE FROM zone WHERE name = 'white.test'");
	assert_says(listing("white.test"), "X-DNS: frontends.b5p.us "); /* the only one is the service's */
}

/* Whoever asks costs no decision of steering, while nothing has changed. */
static void relays_txt_is_kept(void **state)
{
	(void)state;
	listing("");
	listing("b5p.us");
	assert_int_equal(house->counters.listings, 1);
	house_sql("UPDATE relay SET state = 4 WHERE name = 'r1'");
	assert_null(strstr(listing("b5p.us"), "9.9.9.9"));
	assert_int_equal(house->counters.listings, 2);
	status_forget(house);
	listing("");
	assert_int_equal(house->counters.listings, 3);
}

static void what_is_not_ready_is_named(void **state)
{
	(void)state;
	assert_int_equal(get(status_healthz, "/healthz", "", ""), 200);
	assert_int_equal(get(status_readyz, "/readyz", "", ""), 503);
	assert_says(house_x.reply.body, "\"dnsd\"");
	assert_null(strstr(house_x.reply.body, "registry"));
	house->bell.heard_at = clock_ticks();
	house->bell.heard.serving = 1;
	assert_int_equal(get(status_readyz, "/readyz", "", ""), 200);
	house->bell.heard.serving = 0;
	assert_int_equal(get(status_readyz, "/readyz", "", ""), 503);
	house->bell.heard.serving = 1;
	house->bell.heard_at -= 16000;
	assert_int_equal(get(status_readyz, "/readyz", "", ""), 503); /* it fell silent */
	house->bell.heard_at = clock_ticks();
	access_close(&house->access);
	assert_int_equal(get(status_readyz, "/readyz", "", ""), 503);
	assert_says(house_x.reply.body, "\"registry\"");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_operators_see_the_pages), TEST(relays_have_their_lease_and_no_token), TEST(pools_are_shown_as_they_answer),
		TEST(the_rest_is_counted), TEST(relays_txt_is_of_the_zones_asked_in), TEST(relays_txt_is_kept),
		TEST(what_is_not_ready_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
