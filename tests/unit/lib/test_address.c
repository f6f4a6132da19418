/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, lists of them and networks: read, refused, and told apart. */
#include "lib/address.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

static struct address read(const char *text)
{
	struct address address;
	if (!address_read(text, strlen(text), &address))
		fail_msg("'%s' was not read", text);
	return address;
}

static void normal_forms(void **state)
{
	static const char *const pairs[][2] = { { "192.0.2.1", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" }, { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "::", "::" }, { "0.0.0.0", "0.0.0.0" }, { "255.255.255.255", "255.255.255.255" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		char text[ADDRESS_TEXT];
		struct address address = read(pairs[i][0]);
		size_t length = address_write(&address, text);
		assert_int_equal(length, strlen(pairs[i][1]));
		assert_string_equal(text, pairs[i][1]);
	}
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = { "", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
		" 1.2.3.4", "1.2.3.4\n", "fe80::1%lo", ":::", "1::2::3", "12345::", "0x7f.1", "[::1]",
		"2001:db8:0000:0000:0000:0000:0000:0000:0000:00001" };
	struct address address;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (address_read(bad[i], strlen(bad[i]), &address))
			fail_msg("'%s' was read", bad[i]);
	assert_false(address_read("1.2.3.4\0", 8, &address));
}

static void tells_public_addresses(void **state)
{
	static const char *const public[] = { "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.1", "223.255.255.255", "2606:4700::1", "2a00::1", "2001:200::1" };
	static const char *const special[] = { "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1",
		"172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
		"fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "2002:c000:201::1", "2001::1", "3fff::1",
		"::ffff:8.8.8.8", "64:ff9b::808:808" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(public); i++) {
		struct address address = read(public[i]);
		if (!address_public(&address))
			fail_msg("%s is public", public[i]);
	}
	for (size_t i = 0; i < COUNT_OF(special); i++) {
		struct address address = read(special[i]);
		if (address_public(&address))
			fail_msg("%s is not public", special[i]);
	}
}

static void tells_unicast_addresses(void **state)
{
	static const char *const good[] = { "10.0.0.1", "127.0.0.1", "192.0.2.1", "::1", "fd00::1" };
	static const char *const bad[] = { "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1",
		"::ffff:10.0.0.1" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct address address = read(good[i]);
		assert_true(address_unicast(&address));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct address address = read(bad[i]);
		assert_false(address_unicast(&address));
	}
}

static void unmaps(void **state)
{
	struct address mapped = read("::ffff:192.0.2.7"), plain = read("192.0.2.7"), other = read("::1");
	(void)state;
	address_unmap(&mapped);
	assert_true(address_equal(&mapped, &plain));
	address_unmap(&other);
	assert_int_equal(other.family, ADDRESS_V6);
	assert_false(address_equal(&other, &plain));
}

static void lists(void **state)
{
	char normal[ADDRESS_LIST];
	struct error e;
	(void)state;
	assert_done(address_list(" 192.0.2.1,,2001:DB8::1 192.0.2.1, ", 8, normal, &e), &e);
	assert_string_equal(normal, "192.0.2.1 2001:db8::1");
	assert_done(address_list("", 8, normal, &e), &e);
	assert_string_equal(normal, "");
	assert_outcome(address_list("192.0.2.1,x", 8, normal, &e), REFUSED, &e);
	assert_says(e.text, "'x'");
	assert_done(address_list("192.0.2.1,192.0.2.2", 2, normal, &e), &e);
	assert_outcome(address_list("192.0.2.1,192.0.2.2,192.0.2.3", 2, normal, &e), REFUSED, &e);
	assert_says(e.text, "more than 2");
}

static void the_longest_list_fits(void **state)
{
	char text[2 * ADDRESS_LIST] = "", normal[ADDRESS_LIST];
	struct error e;
	(void)state;
	for (int i = 0; i < ADDRESS_LIST_MOST; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			"2001:1db8:1111:1111:1111:1111:1111:%x,", 0x1000 + i);
	assert_done(address_list(text, 1000, normal, &e), &e);
	strcat(text, "192.0.2.1");
	assert_outcome(address_list(text, 1000, normal, &e), REFUSED, &e);
}

static void walks_a_list(void **state)
{
	const char *rest = "192.0.2.1 2001:db8::1";
	struct address address;
	(void)state;
	assert_true(address_next(&rest, &address));
	assert_int_equal(address.family, ADDRESS_V4);
	assert_true(address_next(&rest, &address));
	assert_int_equal(address.family, ADDRESS_V6);
	assert_false(address_next(&rest, &address));
}

static void networks(void **state)
{
	static const struct {
		const char *network, *address;
		bool holds;
	} cases[] = { { "192.0.2.0/24", "192.0.2.255", true }, { "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/25", "192.0.2.127", true }, { "192.0.2.0/25", "192.0.2.128", false },
		{ "0.0.0.0/0", "8.8.8.8", true }, { "0.0.0.0/0", "::1", false },
		{ "192.0.2.1", "192.0.2.1", true }, { "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true }, { "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::1/128", "::1", true }, { "::/0", "2001:db8::1", true } };
	static const char *const bad[] = { "192.0.2.0/33", "::/129", "192.0.2.0/", "/8", "192.0.2.0/-1", "x/8",
		"192.0.2.0/8/8", "192.0.2.0/ 8", "::/0128" };
	struct network network;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct address address = read(cases[i].address);
		assert_true(network_read(cases[i].network, strlen(cases[i].network), &network));
		if (network_holds(&network, &address) != cases[i].holds)
			fail_msg("%s in %s", cases[i].address, cases[i].network);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (network_read(bad[i], strlen(bad[i]), &network))
			fail_msg("'%s' was read", bad[i]);
	struct address inside = read("10.1.2.3"), outside = read("11.1.2.3");
	struct network both[2];
	assert_true(network_read("127.0.0.0/8", 11, &both[0]) && network_read("10.0.0.0/8", 10, &both[1]));
	assert_true(networks_hold(&(struct networks){ both, 2 }, &inside));
	assert_false(networks_hold(&(struct networks){ both, 2 }, &outside));
	assert_false(networks_hold(&(struct networks){ NULL, 0 }, &inside));
	struct address loopback = read("127.9.9.9"), one = read("::1"), two = read("::2");
	assert_true(address_loopback(&loopback) && address_loopback(&one));
	assert_false(address_loopback(&inside) || address_loopback(&two));
}

static void end_points(void **state)
{
	static const char *const good[] = { "192.0.2.1:53", "[2001:db8::1]:8053", "[::]:0", "0.0.0.0:65535" };
	static const char *const bad[] = { "", ":", "53", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536",
		"192.0.2.1:-1", "2001:db8::1:53", "[192.0.2.1]:53", "[]:53", "localhost:53", "[::1:53", "192.0.2.1:5x" };
	struct sockaddr_storage endpoint;
	socklen_t size;
	struct error e;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		char text[ENDPOINT_TEXT];
		assert_done(endpoint_read(good[i], &endpoint, &size, &e), &e);
		endpoint_write((struct sockaddr *)&endpoint, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (endpoint_read(bad[i], &endpoint, &size, &e) != REFUSED)
			fail_msg("'%s' was not refused", bad[i]);
	assert_done(endpoint_read(":53", &endpoint, &size, &e), &e);
	assert_int_equal(endpoint.ss_family, AF_INET6);
	assert_int_equal(size, sizeof(struct sockaddr_in6));
}

/* Somebody to send to has an address, and 53 where it says no port. */
static void somebody_to_send_to(void **state)
{
	static const char *const good[][2] = { { "192.0.2.1", "192.0.2.1:53" }, { "192.0.2.1:5353", "192.0.2.1:5353" },
		{ "2001:db8::1", "[2001:db8::1]:53" }, { "[2001:db8::1]", "[2001:db8::1]:53" }, { "[2001:db8::1]:1", "[2001:db8::1]:1" },
		{ "::1", "[::1]:53" }, { "2001:db8:1111:2222:3333:4444:5555:6666", "[2001:db8:1111:2222:3333:4444:5555:6666]:53" } };
	static const char *const bad[] = { "", ":", ":53", "53", "192.0.2.1:", "192.0.2.1:0", "[::1]:0", "[]", "[192.0.2.1]", "]", "x]",
		"2001:db8::1:53:1:1:1:1:1", "ns.example", "192.0.2.1:53:53",
		"[1111111111111111111111111111111111111111111111111111111111111111]" };
	struct sockaddr_storage endpoint;
	socklen_t size;
	struct error e;
	char text[ENDPOINT_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_done(endpoint_read_peer(good[i][0], 53, &endpoint, &size, &e), &e);
		endpoint_write((struct sockaddr *)&endpoint, text);
		assert_string_equal(text, good[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char wanted[200];
		snprintf(wanted, sizeof wanted, "'%s' is not ADDRESS or ADDRESS:PORT", bad[i]);
		if (endpoint_read_peer(bad[i], 53, &endpoint, &size, &e) != REFUSED)
			fail_msg("'%s' was not refused", bad[i]);
		assert_string_equal(e.text, wanted);
	}
}

static void addresses_of_peers(void **state)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	struct error e;
	(void)state;
	assert_done(endpoint_read("[::ffff:192.0.2.9]:1", &endpoint, &size, &e), &e);
	struct address got = address_of((struct sockaddr *)&endpoint), wanted = read("192.0.2.9");
	assert_true(address_equal(&got, &wanted));
	struct sockaddr unix_peer = { .sa_family = AF_UNIX };
	assert_int_equal(address_of(&unix_peer).family, ADDRESS_NONE);
}

static void check_scope(const char *text, enum address_scope scope, const char *word)
{
	struct address address;
	struct error e;
	assert_true(address_read(text, strlen(text), &address));
	assert_int_equal(address_scope(&address), scope);
	assert_int_equal(addresses_judge(text, false, &e), scope == SCOPE_GLOBAL ? DONE : REFUSED);
	if (scope != SCOPE_GLOBAL)
		assert_true(strstr(e.text, text) != NULL && strstr(e.text, word) != NULL);
	assert_int_equal(addresses_judge(text, true, &e), scope < SCOPE_UNSPECIFIED ? DONE : REFUSED);
}

static void test_scope(void **state)
{
	(void)state;
	check_scope("9.9.9.9", SCOPE_GLOBAL, "");
	check_scope("198.51.100.1", SCOPE_GLOBAL, ""); /* documentation */
	check_scope("2001:db8::1", SCOPE_GLOBAL, "");
	check_scope("2620:fe::fe", SCOPE_GLOBAL, "");
	check_scope("10.0.0.1", SCOPE_PRIVATE, "private");
	check_scope("172.31.255.255", SCOPE_PRIVATE, "private");
	check_scope("172.32.0.0", SCOPE_GLOBAL, "");
	check_scope("192.168.1.1", SCOPE_PRIVATE, "private");
	check_scope("100.64.0.1", SCOPE_SHARED, "6598");
	check_scope("100.128.0.1", SCOPE_GLOBAL, "");
	check_scope("127.0.0.1", SCOPE_LOOPBACK, "loopback");
	check_scope("169.254.1.1", SCOPE_LINK_LOCAL, "link");
	check_scope("0.0.0.0", SCOPE_UNSPECIFIED, "no address");
	check_scope("0.1.2.3", SCOPE_UNSPECIFIED, "no address");
	check_scope("224.0.0.1", SCOPE_MULTICAST, "multicast");
	check_scope("239.255.255.255", SCOPE_MULTICAST, "multicast");
	check_scope("240.0.0.1", SCOPE_RESERVED, "reserved");
	check_scope("255.255.255.255", SCOPE_RESERVED, "reserved");
	check_scope("::", SCOPE_UNSPECIFIED, "no address");
	check_scope("::1", SCOPE_LOOPBACK, "loopback");
	check_scope("fe80::1", SCOPE_LINK_LOCAL, "link");
	check_scope("fd00::1", SCOPE_PRIVATE, "private");
	check_scope("ff02::1", SCOPE_MULTICAST, "multicast");
	check_scope("64:ff9b::102:304", SCOPE_RESERVED, "reserved");
	check_scope("4000::1", SCOPE_RESERVED, "reserved");
}

static void test_judging_a_list(void **state)
{
	struct error e;
	(void)state;
	assert_int_equal(addresses_judge("", false, &e), DONE);
	assert_int_equal(addresses_judge("9.9.9.9 2620:fe::fe", false, &e), DONE);
	assert_int_equal(addresses_judge("9.9.9.9 10.0.0.1", false, &e), REFUSED);
	assert_non_null(strstr(e.text, "10.0.0.1"));
	assert_int_equal(addresses_judge("9.9.9.9 10.0.0.1", true, &e), DONE);
	assert_int_equal(addresses_judge("10.0.0.1 0.0.0.0", true, &e), REFUSED);
}

/* Who may be one client with 2001:db8:1:200::1, and with 192.0.2.1. */
static void tells_who_is_near(void **state)
{
	static const struct { const char *address; enum address_near near; } cases[] = {
		{ "2001:db8:1:200::1", ADDRESS_MACHINE }, { "2001:db8:1:200:ffff:ffff:ffff:ffff", ADDRESS_MACHINE },
		{ "2001:db8:1:201::1", ADDRESS_HOME }, { "2001:db8:1:2ff::1", ADDRESS_HOME }, { "2001:db8:1:300::1", ADDRESS_SITE },
		{ "2001:db8:1:ffff::", ADDRESS_SITE }, { "2001:db8:2:200::1", ADDRESS_FAR }, { "32.1.13.184", ADDRESS_FAR } };
	struct address six = read("2001:db8:1:200::1"), four = read("192.0.2.1"), other = read("192.0.2.2");
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct address address = read(cases[i].address);
		assert_int_equal(address_near(&six, &address), cases[i].near);
	}
	assert_int_equal(address_near(&four, &four), ADDRESS_MACHINE);
	assert_int_equal(address_near(&four, &other), ADDRESS_FAR);
	assert_int_equal(address_share(ADDRESS_MACHINE, 4), 4);
	assert_int_equal(address_share(ADDRESS_SITE, 4), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scope), cmocka_unit_test(test_judging_a_list), cmocka_unit_test(normal_forms),
		cmocka_unit_test(refuses_what_is_no_address), cmocka_unit_test(tells_public_addresses),
		cmocka_unit_test(tells_unicast_addresses), cmocka_unit_test(unmaps), cmocka_unit_test(tells_who_is_near), cmocka_unit_test(lists),
		cmocka_unit_test(the_longest_list_fits), cmocka_unit_test(walks_a_list),
		cmocka_unit_test(networks), cmocka_unit_test(end_points), cmocka_unit_test(somebody_to_send_to), cmocka_unit_test(addresses_of_peers) };
	return cmocka_run_group_tests_name("lib/address", tests, NULL, NULL);
}
