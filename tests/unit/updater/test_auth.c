/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking, by which credentials, and what wrong ones cost. */
#include "tests/unit/updater/house.h"

#include "updater/auth.h"

static struct exchange x;

static void fresh(const char *authorization)
{
	arena_free(&x.arena);
	x = (struct exchange){ .request = { .authorization = authorization, .agent = "", .caller = { ADDRESS_V4, { 192, 0, 2, 7 } } } };
}

static void give_token(const char *table, const char *name, const char *token)
{
	uint8_t hash[TOKEN_HASH];
	char hex[2 * TOKEN_HASH + 1], statement[200];
	token_hash(&house->access.keys, token, strlen(token), hash);
	hex_write(hash, sizeof hash, hex);
	snprintf(statement, sizeof statement, "UPDATE %s SET token = x'%s' WHERE name = '%s'", table, hex, name);
	house_sql(statement);
}

static const char *account_of(const char *user, const char *password)
{
	const struct account *account;
	fresh("");
	assert_done(auth_password(house, &x, user, password, &account, &house_error), &house_error);
	assert_int_equal(x.right, account != NULL);
	return account == NULL ? "" : account->name;
}

/* Two accounts may have chosen one password; each is who it says. */
static void an_account_is_its_name_and_its_token(void **state)
{
	(void)state;
	give_token("account", "demo", "one");
	give_token("account", "wide", "one");
	give_token("account", "other", "two");
	assert_string_equal(account_of("demo", "one"), "demo");
	assert_string_equal(account_of("WIDE", "one"), "wide");
	assert_string_equal(account_of("demo", "two"), "");
	assert_string_equal(account_of("nobody", "one"), "");
	assert_string_equal(account_of("ops", ""), ""); /* which has no token */
	assert_string_equal(account_of("demo", ""), "");
}

static const char *operator_of(const char *authorization)
{
	static char name[64];
	fresh(authorization);
	assert_done(auth_operator(house, &x, name, &house_error), &house_error);
	return name;
}

static void an_operator_is_not_blocked_and_has_the_role(void **state)
{
	(void)state;
	give_token("account", "ops", "boss");
	give_token("account", "demo", "one");
	assert_string_equal(operator_of("Bearer boss"), "ops");
	assert_string_equal(operator_of("Bearer one"), "");
	assert_true(x.wrong && !x.right);
	assert_string_equal(operator_of("Basic boss"), "");
	house_sql("UPDATE account SET blocked = 1 WHERE name = 'ops'");
	assert_string_equal(operator_of("Bearer boss"), "");
}

static int relay_of(const char *authorization, const char *name)
{
	struct relay relay;
	fresh(authorization);
	int outcome = auth_relay(house, &x, name, &relay, &house_error);
	if (outcome == DONE && name != NULL)
		assert_string_equal(relay.name, name);
	return outcome;
}

static void a_relay_is_its_name_and_its_token_and_an_invitation_is_none(void **state)
{
	(void)state;
	house_relays();
	give_token("relay", "r1", "own");
	give_token("relay", "r2", "invitation");
	assert_int_equal(relay_of("Bearer own", "r1"), DONE);
	assert_int_equal(relay_of("Bearer own", "r2"), ABSENT);
	assert_int_equal(relay_of("Bearer own", "r3"), ABSENT);
	assert_int_equal(relay_of("Bearer own", NULL), ABSENT);
	assert_int_equal(relay_of("Bearer invitation", NULL), DONE);
	assert_int_equal(relay_of("Bearer invitation", "r2"), ABSENT);
	assert_int_equal(relay_of("", "r1"), ABSENT);
	assert_false(x.wrong);
}

static void ten_wrong_ones_are_free_and_right_ones_always_get_in(void **state)
{
	(void)state;
	give_token("account", "demo", "one");
	for (int i = 0; i < 30; i++) {
		assert_string_equal(account_of("demo", "wrong"), "");
		assert_true(x.wrong);
		assert_true(i < 10 ? x.wait == 0 : x.wait >= 250 && x.wait <= 4000);
		assert_string_equal(account_of("demo", "one"), "demo");
		assert_int_equal(x.wait, 0);
	}
	fresh("");
	auth_failed(house, &x);
	int64_t faults = (int64_t)house->counters.faults;
	auth_failed(house, &x); /* a handler that ran twice */
	assert_int_equal(house->counters.faults, faults);
}

static int leave(void **state)
{
	arena_free(&x.arena);
	return house_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_account_is_its_name_and_its_token, house_open, leave),
		cmocka_unit_test_setup_teardown(an_operator_is_not_blocked_and_has_the_role, house_open, leave),
		cmocka_unit_test_setup_teardown(a_relay_is_its_name_and_its_token_and_an_invitation_is_none, house_open, leave),
		cmocka_unit_test_setup_teardown(ten_wrong_ones_are_free_and_right_ones_always_get_in, house_open, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
