/* SPDX-License-Identifier: BSD-2-Clause */
/* The name in a path, and an exchange that serves one request after the other. */
#include "updater/exchange.h"

#include <string.h>

#include "tests/unit/check.h"

static void names_in_paths(void **state)
{
	static const struct route route = { "/v1/relays/", METHOD_PUT, API_RELAYS, NEEDS_BATCH, NULL, NULL };
	static const struct {
		const char *path, *name; /* NULL: none */
	} rows[] = {
		{ "/v1/relays/r1", "r1" }, { "/v1/relays/FE_4.a-b+c", "fe_4.a-b+c" }, { "/v1/relays/", NULL },
		{ "/v1/relays/a%20b", NULL }, { "/v1/relays/a\"b", NULL },
		{ "/v1/relays/123456789012345678901234567890123456789012345678901234567890123",
			"123456789012345678901234567890123456789012345678901234567890123" },
		{ "/v1/relays/1234567890123456789012345678901234567890123456789012345678901234", NULL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char name[64] = "";
		struct exchange x = { .route = &route, .request.path = { rows[i].path, strlen(rows[i].path) } };
		assert_int_equal(exchange_name(&x, name), rows[i].name != NULL);
		if (rows[i].name != NULL)
			assert_string_equal(name, rows[i].name);
	}
}

static void nothing_of_the_last_request_stays(void **state)
{
	struct exchange x = { .over = true, .right = true, .wrong = true, .wait = 9, .refusal = { .why = "x", .more = 2 },
		.reply = { .status = 401, .authenticate = "Basic", .close = true }, .request = { .authorization = "Basic x",
			.privileged = true, .exempt = true } };
	(void)state;
	exchange_begin(&x);
	assert_false(x.over || x.right || x.wrong || x.request.privileged || x.request.exempt || x.reply.close);
	assert_string_equal(x.request.authorization, "");
	assert_int_equal(x.reply.status, 0);
	assert_null(x.reply.authenticate);
	assert_int_equal(x.wait, 0);
	assert_true(x.refusal.why[0] == '\0' && x.refusal.more == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_paths),
		cmocka_unit_test(nothing_of_the_last_request_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
