/* SPDX-License-Identifier: BSD-2-Clause */
/* A draft of an update, by its own hands: what a name holds, is made to hold, and may not; and that only what changed is
 * written. What whole UPDATEs make of a zone is in test_update.c. */
#include "tests/unit/updater/house.h"

#include "updater/draft.h"

static struct exchange x;
static struct draft draft;

static int open_all(void **state)
{
	x = (struct exchange){ .request = { .authorization = "", .agent = "" } };
	if (house_open(state) != 0)
		return -1;
	house_sql("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES "
		  "('b5p.us', 'b5p.us', 2, x'036e733100', 60), ('b5p.us', 'b5p.us', 2, x'036e733200', 60), "
		  "('b5p.us', 'txt.b5p.us', 16, x'0161', 60), ('b5p.us', 'alias.b5p.us', 5, x'036e733100', 60)");
	house_begin();
	return draft_begin(&draft, house, &x, "b5p.us", &house_error);
}

static int close_all(void **state)
{
	registry_rollback(house->access.registry);
	arena_free(&x.arena);
	return house_close(state);
}

static struct draft_name *name_of(const char *text)
{
	struct draft_name *name;
	assert_done(draft_name(&draft, text, &name), &house_error);
	return name;
}

static bool has(const char *name, uint16_t type)
{
	bool there = false;
	assert_done(draft_has(&draft, name_of(name), type, &there), &house_error);
	return there;
}

static size_t count_of(const char *name, uint16_t type)
{
	struct blob *rdatas;
	size_t count;
	assert_done(draft_records(&draft, name_of(name), type, &rdatas, &count), &house_error);
	return count;
}

static void add(const char *name, uint16_t type, const char *octets, size_t size)
{
	assert_done(draft_add(&draft, name_of(name), type, 60, (struct blob){ octets, size }), &house_error);
}

static void a_zone_that_is_not_ours_is_absent(void **state)
{
	struct draft other;
	(void)state;
	assert_outcome(draft_begin(&other, house, &x, "example", &house_error), ABSENT, &house_error);
	assert_outcome(draft_begin(&other, house, &x, "us", &house_error), ABSENT, &house_error);
}

static void what_a_name_holds(void **state)
{
	(void)state;
	assert_ptr_equal(name_of("txt.b5p.us"), name_of("txt.b5p.us")); /* read once */
	assert_true(has("txt.b5p.us", 0));
	assert_true(has("txt.b5p.us", TYPE_TXT));
	assert_false(has("txt.b5p.us", TYPE_A));
	assert_false(has("nothing.b5p.us", 0));
	assert_true(has("demo.b5p.us", TYPE_A)); /* a host */
	assert_false(has("demo.b5p.us", TYPE_AAAA));
	assert_int_equal(count_of("demo.b5p.us", TYPE_A), 1);
	assert_int_equal(count_of("demo.b5p.us", TYPE_AAAA), 0);
	house_sql("INSERT INTO host (name, account) VALUES ('bare.b5p.us', 'demo')");
	assert_true(has("bare.b5p.us", 0)); /* a host without an address is a name, too */
	assert_false(has("bare.b5p.us", TYPE_A));
	assert_true(has("b5p.us", 0));
	assert_true(has("b5p.us", TYPE_SOA));
	assert_false(has("txt.b5p.us", TYPE_SOA));
	assert_int_equal(count_of("b5p.us", TYPE_NS), 2);
}

/* Only that there is a DNSKEY is known here. */
static void what_the_signer_makes_is_not_ours_to_say(void **state)
{
	struct blob *rdatas;
	size_t count;
	bool there;
	(void)state;
	assert_false(has("b5p.us", TYPE_DNSKEY));
	house_sql("UPDATE zone SET signed = 1");
	draft.names = NULL;
	assert_done(draft_begin(&draft, house, &x, "b5p.us", &house_error), &house_error);
	assert_true(has("b5p.us", TYPE_DNSKEY));
	assert_outcome(draft_has(&draft, name_of("b5p.us"), TYPE_CDS, &there), REFUSED, &house_error);
	assert_outcome(draft_records(&draft, name_of("b5p.us"), TYPE_DNSKEY, &rdatas, &count), REFUSED, &house_error);
	assert_says(house_error.text, "b5p.us");
	assert_false(has("txt.b5p.us", TYPE_DNSKEY));
}

/* RFC 2136 section 3.4.2.2. */
static void adding_replaces_and_is_passed_over(void **state)
{
	(void)state;
	add("alias.b5p.us", TYPE_TXT, "\1b", 2); /* beside a CNAME */
	assert_false(has("alias.b5p.us", TYPE_TXT));
	add("txt.b5p.us", TYPE_CNAME, "\3ns1", 5); /* a CNAME beside something */
	assert_false(has("txt.b5p.us", TYPE_CNAME));
	add("b5p.us", TYPE_CNAME, "\3ns1", 5); /* the apex has a SOA at least */
	assert_false(has("b5p.us", TYPE_CNAME));
	assert_false(draft_changes(&draft));
	add("alias.b5p.us", TYPE_CNAME, "\3NS1", 5); /* the same name */
	assert_false(draft_changes(&draft));
	add("alias.b5p.us", TYPE_CNAME, "\3ns2", 5); /* there is one CNAME */
	assert_int_equal(count_of("alias.b5p.us", TYPE_CNAME), 1);
	assert_true(draft_name_changes(name_of("alias.b5p.us")));
	assert_true(draft_name_grows(name_of("alias.b5p.us")));
}

/* RFC 2181 section 5.2: an RRset has one TTL. */
static void a_ttl_is_the_rrsets(void **state)
{
	struct draft_name *name = name_of("txt.b5p.us");
	(void)state;
	assert_done(draft_add(&draft, name, TYPE_TXT, 300, (struct blob){ "\1b", 2 }), &house_error);
	for (size_t i = 0; i < name->count; i++)
		assert_int_equal(name->records[i].row.ttl, 300);
	draft_delete_one(&draft, name, TYPE_TXT, (struct blob){ "\1b", 2 });
	assert_true(draft_name_changes(name)); /* the TTL of what stays is another */
	assert_false(draft_name_grows(name));
	assert_done(draft_add(&draft, name, TYPE_TXT, 60, (struct blob){ "\1a", 2 }), &house_error);
	assert_false(draft_name_changes(name)); /* and as it was again */
}

/* Sections 3.4.2.3 and 3.4.2.4. */
static void an_apex_keeps_its_ns(void **state)
{
	struct draft_name *apex = name_of("b5p.us");
	(void)state;
	draft_delete(&draft, apex, TYPE_NS);
	draft_delete(&draft, apex, 0);
	assert_int_equal(count_of("b5p.us", TYPE_NS), 2);
	draft_delete_one(&draft, apex, TYPE_NS, (struct blob){ "\3ns1", 5 });
	assert_int_equal(count_of("b5p.us", TYPE_NS), 1);
	draft_delete_one(&draft, apex, TYPE_NS, (struct blob){ "\3NS2", 5 });
	assert_int_equal(count_of("b5p.us", TYPE_NS), 1);
	draft_delete(&draft, name_of("txt.b5p.us"), 0);
	assert_false(has("txt.b5p.us", 0));
}

static void addresses_are_a_set_with_an_end(void **state)
{
	struct draft_name *demo = name_of("demo.b5p.us");
	uint8_t octets[4] = { 192, 0, 2, 1 }, six[16] = { 0x20, 1, 0xd, 0xb8 };
	(void)state;
	assert_done(draft_add_address(&draft, demo, TYPE_A, (struct blob){ octets, 4 }), &house_error);
	assert_false(draft_host_changes(demo)); /* it had that one */
	assert_done(draft_add_address(&draft, demo, TYPE_AAAA, (struct blob){ six, 16 }), &house_error);
	assert_string_equal(demo->addresses, "192.0.2.1 2001:db8::");
	assert_done(draft_delete_address(&draft, demo, TYPE_A, (struct blob){ six, 0 }), &house_error);
	assert_string_equal(demo->addresses, "2001:db8::");
	assert_done(draft_delete_address(&draft, demo, 0, (struct blob){ NULL, 0 }), &house_error);
	assert_string_equal(demo->addresses, "");
	for (octets[3] = 1; octets[3] <= ADDRESS_LIST_MOST; octets[3]++)
		assert_done(draft_add_address(&draft, demo, TYPE_A, (struct blob){ octets, 4 }), &house_error);
	assert_outcome(draft_add_address(&draft, demo, TYPE_A, (struct blob){ octets, 4 }), REFUSED, &house_error);
	assert_says(house_error.text, "demo.b5p.us has");
}

static void what_cannot_stand_is_refused(void **state)
{
	(void)state;
	assert_done(draft_check(&draft), &house_error);
	add("x.txt.b5p.us", TYPE_TXT, "\1b", 2);
	assert_done(draft_check(&draft), &house_error);
	add("txt.b5p.us", TYPE_DNAME, "\3ns1", 5); /* RFC 6672 section 2.4, new beside what is new */
	assert_outcome(draft_check(&draft), REFUSED, &house_error);
	assert_says(house_error.text, "b5p.us");
	draft_delete(&draft, name_of("x.txt.b5p.us"), 0);
	assert_done(draft_check(&draft), &house_error);
	add("b5p.us", TYPE_DNAME, "\3ns1", 5); /* over hosts */
	assert_outcome(draft_check(&draft), REFUSED, &house_error);
}

static void an_rrset_fits_into_a_message(void **state)
{
	static uint8_t rdata[300][256];
	(void)state;
	for (int i = 0; i < 300; i++) {
		rdata[i][0] = 255;
		rdata[i][1] = (uint8_t)i;
		rdata[i][2] = (uint8_t)(i >> 8);
		add("big.b5p.us", TYPE_TXT, (const char *)rdata[i], 256);
		if (i == 200)
			assert_done(draft_check(&draft), &house_error);
	}
	assert_outcome(draft_check(&draft), REFUSED, &house_error);
	assert_says(house_error.text, "big.b5p.us");
}

static void only_what_changed_is_written(void **state)
{
	const int64_t before = house_number("SELECT max(id) FROM change");
	(void)state;
	has("demo.b5p.us", TYPE_A); /* looked at, no more */
	add("txt.b5p.us", TYPE_TXT, "\1a", 2);
	assert_done(draft_write(&draft), &house_error);
	assert_int_equal(house_number("SELECT max(id) FROM change"), before);
	assert_done(transaction_act(&house->transaction, &x, "demo", "a test", &house_error), &house_error);
	add("txt.b5p.us", TYPE_TXT, "\1b", 2);
	draft_delete_one(&draft, name_of("txt.b5p.us"), TYPE_TXT, (struct blob){ "\1a", 2 });
	draft_delete_address(&draft, name_of("demo.b5p.us"), 0, (struct blob){ NULL, 0 });
	assert_done(draft_write(&draft), &house_error);
	assert_int_equal(house_number("SELECT max(id) FROM change"), before + 3);
	assert_int_equal(house_number("SELECT count(*) FROM record WHERE owner = 'txt.b5p.us' AND rdata = x'0162'"), 1);
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name = 'demo.b5p.us' AND addresses = ''"), 1);
	assert_int_equal(house->transaction.hosts.count, 1); /* dnsd is told of it */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_zone_that_is_not_ours_is_absent), TEST(what_a_name_holds), TEST(what_the_signer_makes_is_not_ours_to_say),
		TEST(adding_replaces_and_is_passed_over), TEST(a_ttl_is_the_rrsets), TEST(an_apex_keeps_its_ns),
		TEST(addresses_are_a_set_with_an_end), TEST(what_cannot_stand_is_refused), TEST(an_rrset_fits_into_a_message),
		TEST(only_what_changed_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
