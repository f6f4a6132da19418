/* SPDX-License-Identifier: BSD-2-Clause */
/* What is replied to trouble of ours and to who asks too often, by the route; problems by the path. */
#include "updater/reply.h"

#include <string.h>

#include "tests/unit/check.h"
#include "updater/dyndns.h"

static const struct route v1 = { "/v1/relays", METHOD_GET, API_READ, NEEDS_REGISTRY, NULL, NULL },
	nic = { "/nic/update", METHOD_GET, API_DYNDNS, NEEDS_BATCH, NULL, dyndns_trouble };

static struct exchange begun(const struct route *route)
{
	struct exchange x = { .route = route };
	if (route != NULL)
		x.request.path = (struct piece){ route->path, strlen(route->path) };
	else
		x.request.path = (struct piece){ "/", 1 };
	return x;
}

static void trouble_is_said_in_the_routes_words(void **state)
{
	static const struct {
		const struct route *route;
		int trouble, limited;
		const char *type, *holds;
	} rows[] = {
		{ &v1, 503, 429, "application/problem+json", "\"title\"" }, { &nic, 503, 503, "text/plain; charset=utf-8", "911\n" },
		{ NULL, 503, 429, "text/plain; charset=utf-8", "\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange x = begun(rows[i].route);
		strcpy(x.refusal.why, "something");
		reply_trouble(&x);
		assert_int_equal(x.reply.status, rows[i].trouble);
		assert_string_equal(x.reply.type, rows[i].type);
		assert_non_null(strstr(x.reply.body, rows[i].holds));
		assert_int_equal(x.reply.size, strlen(x.reply.body));
		assert_int_equal(x.reply.retry, 30);
		assert_string_equal(x.refusal.why, ""); /* it is not the asker's fault */
		reply_limited(&x);
		assert_int_equal(x.reply.status, rows[i].limited);
		assert_int_equal(x.reply.retry, 2);
		arena_free(&x.arena);
	}
}

static void json_that_cannot_be_made_is_trouble(void **state)
{
	struct exchange x = begun(&v1);
	(void)state;
	reply_json(&x, 200, NULL);
	assert_int_equal(x.reply.status, 500);
	reply_json(&x, 200, json_pack("{s:i}", "a", 1));
	assert_int_equal(x.reply.status, 200);
	assert_string_equal(x.reply.body, "{\n  \"a\": 1\n}\n");
	arena_free(&x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trouble_is_said_in_the_routes_words),
		cmocka_unit_test(json_that_cannot_be_made_is_trouble),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
