/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking, how often, and what the log may say of it; relays' leases and other addresses. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "updater/auth.h"
#include "updater/families.h"
#include "updater/refusal.h"

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
	token_hash(&house->keys, token, strlen(token), hash);
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

static void make_relays(void)
{
	house_sql("INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) VALUES "
		  "('r1', '9.9.9.9 2620:fe::fe', 443, 2, 0, 100, 0, ''), ('r2', '', 443, 0, 0, 100, 0, ''),"
		  "('r3', '8.8.8.8 fd00::1', 443, 2, 0, 100, 0, '')");
}

static void a_relay_is_its_name_and_its_token_and_an_invitation_is_none(void **state)
{
	(void)state;
	make_relays();
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

static void what_is_noted_is_the_first_and_cannot_look_like_more(void **state)
{
	(void)state;
	fresh("");
	refusal_note(&x, "demo from=1", "a\n b=\x1b\"c\\d.example", "first");
	refusal_note(&x, "other", "other", "second");
	assert_string_equal(x.refusal.account, "demo?from?1");
	assert_string_equal(x.refusal.host, "a??b???c?d.example");
	assert_string_equal(x.refusal.why, "first");
	assert_int_equal(x.refusal.more, 1);
	char longer[500];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	fresh("");
	refusal_note(&x, longer, longer, longer);
	assert_int_equal(strlen(x.refusal.host), sizeof x.refusal.host - 1);
	for (int i = 0; i < 20; i++)
		refusal_log(house, &x);
	assert_int_equal(house->refusals_left_out, 15); /* five at once */
}

static void check_families(const char *given, const char *ipv, const char *wanted)
{
	const char *all;
	fresh("");
	assert_done(families_add(house, &x, given, (struct piece){ ipv, strlen(ipv) }, &all, &house_error), &house_error);
	assert_string_equal(all, wanted);
}

static void a_relays_other_family(void **state)
{
	(void)state;
	make_relays();
	check_families("9.9.9.9", "", "9.9.9.9");
	check_families("9.9.9.9", "46", "9.9.9.9 2620:fe::fe");
	check_families("9.9.9.9", "4", "9.9.9.9");
	check_families("2620:fe::fe", "4", "2620:fe::fe 9.9.9.9");
	check_families("9.9.9.9 2620:fe::fe", "46", "9.9.9.9 2620:fe::fe");
	check_families("8.8.8.8", "46", "8.8.8.8"); /* fd00::1 is not public */
	check_families("fd00::1", "46", "fd00::1 8.8.8.8");
	check_families("1.1.1.1", "46", "1.1.1.1");
	families_forget(house);
}

static int expire(struct updater *u, struct error *e)
{
	return lease_expire(u, e);
}

/* After a start each relay that is up by its own word has a whole lease; one that runs out is written down. */
static void leases_start_anew_and_run_out(void **state)
{
	(void)state;
	make_relays();
	house->settings.lease = 1000;
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES "
		  "('r1', 'lease', 1, 0, 0, 0, 1), ('r3', 'lease', 2, 0, 0, 0, 1), ('r3', 'prober', 1, 0, 0, 0, 1)");
	assert_done(lease_load(house, &house_error), &house_error);
	assert_int_equal(house->leases.count, 1);
	assert_string_equal(house->leases.list[0].relay, "r1");
	assert_true(house->leases.list[0].until > clock_ticks() + 900 * 1000);
	assert_done(batch_own(house, expire, &house_error), &house_error);
	assert_int_equal(house_number("SELECT health FROM observation WHERE relay = 'r1'"), 1);
	house->leases.list[0].until = 0;
	assert_done(batch_own(house, expire, &house_error), &house_error);
	assert_int_equal(house_number("SELECT health FROM observation WHERE relay = 'r1'"), 2);
	assert_int_equal(house_number("SELECT count(*) FROM observation WHERE health = 1"), 1); /* the prober's */
}

static void another_writer_is_no_trouble(void **state)
{
	sqlite3 *other = NULL;
	(void)state;
	registry_patience(house->registry, 1);
	assert_int_equal(sqlite3_open(house_path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(batch_own(house, expire, &house_error), UNCHANGED);
	sqlite3_close(other);
	assert_done(batch_own(house, expire, &house_error), &house_error);
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
		cmocka_unit_test_setup_teardown(what_is_noted_is_the_first_and_cannot_look_like_more, house_open, leave),
		cmocka_unit_test_setup_teardown(a_relays_other_family, house_open, leave),
		cmocka_unit_test_setup_teardown(leases_start_anew_and_run_out, house_open, leave),
		cmocka_unit_test_setup_teardown(another_writer_is_no_trouble, house_open, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
