/* SPDX-License-Identifier: BSD-2-Clause */
/* What pools deal to each network, to questions with DO: the same as to others, signed; where there is no budget for that,
 * what was signed ahead. */
#include "tests/unit/check.h"

#include <ldns/ldns.h>
#include <stdlib.h>

#include "dnsd/answer/sign.h"
#include "tests/unit/dnsd/fixture.h"

enum { DO = 0x8000, RELAYS = 60, STATIC = 60, NOW = 20000 * 86400, A_SIZE = RR_FIXED + 4, NONE_LEFT = 1 /* signatures a second: never one */ };

static struct fixture fixture;
static uint8_t packet[65535 + SCAN_BEHIND];
#define FRONTENDS (const uint8_t *)"\11frontends\3b5p\2us", 18
#define FE4_100 (const uint8_t *)"\7fe4_100\3b5p\2us", 16

static struct relay relays[RELAYS];
static char names[RELAYS][8], addresses[RELAYS][40];
static struct pool pools[] = {
	{ .label = "fe4_100", .note = "", .successor = "", .ttl = 300, .answers = 3 },
	{ .label = "frontends", .note = "", .ttl = 300, .answers = 3 },
};

static void serve(int64_t now, size_t count)
{
	struct fleet fleet = { .relays = relays, .relay_count = count, .pools = pools, .pool_count = 2, .now = now };
	for (size_t i = 0; i < RELAYS; i++) {
		snprintf(names[i], sizeof names[i], "r%02zu", i);
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%zu 2001:db8::%zu", i + 1, i + 1);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .note = "", .port = 443,
			.state = RELAY_SERVICE, .tls = 1 << i % 2, .weight = 100 };
	}
	char text[STATIC * 24] = "@ NS ns1\nns1 A 192.0.2.53\nwww CNAME frontends\n", *at = text + strlen(text);
	for (int i = 0; i < STATIC - 4; i++)
		at += sprintf(at, "s%d A 192.0.2.9\n", i);
	struct zone_view *zone = fixture_zone("b5p.us", text);
	fixture_serve_fleet(&fixture, &zone, 1, &fleet);
}

/* The last octets of the addresses that a network is given, each behind the one before, and nothing behind the last. */
struct given {
	uint8_t count, last[32];
	bool truncated, is_signed;
};

static struct address network(unsigned number)
{
	return (struct address){ .family = ADDRESS_V4, .bytes = { 100, (uint8_t)(number >> 8), (uint8_t)number, 1 } };
}

static int compare(const void *a, const void *b)
{
	return (int)*(const uint8_t *)a - (int)*(const uint8_t *)b;
}

static struct given read_answer(size_t size)
{
	struct given given = { .truncated = (packet[2] & 2) != 0 };
	ldns_pkt *answer;
	assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt_get_rcode(answer), LDNS_RCODE_NOERROR);
	for (size_t i = 0; i < ldns_rr_list_rr_count(ldns_pkt_answer(answer)); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(answer), i);
		ldns_rr_type type = ldns_rr_get_type(rr);
		given.is_signed |= type == LDNS_RR_TYPE_RRSIG;
		if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA)
			continue;
		assert_true(given.count < sizeof given.last);
		given.last[given.count++] = ldns_rdf_data(ldns_rr_rdf(rr, 0))[ldns_rdf_size(ldns_rr_rdf(rr, 0)) - 1];
	}
	ldns_pkt_free(answer);
	qsort(given.last, given.count, 1, compare);
	return given;
}

static struct given ask(unsigned number, const char *name, uint16_t type, bool signs, bool tcp)
{
	const struct address client = network(number);
	size_t size = fixture_query_signed(packet, name, type, 1232, signs ? DO : 0);
	size = respond(&fixture.worker, packet, size, tcp ? 65535 : 4096, &client, tcp);
	return read_answer(size);
}

static bool same(const struct given *a, const struct given *b)
{
	return a->count == b->count && memcmp(a->last, b->last, a->count) == 0;
}

/* The first signature of an answer's last name is good. */
static void check_signature(unsigned number, const char *name, uint16_t type)
{
	const struct address client = network(number);
	ldns_pkt *answer, *keys;
	size_t size = fixture_query_signed(packet, "b5p.us", TYPE_DNSKEY, 1232, DO);
	size = respond(&fixture.worker, packet, size, 4096, &client, true);
	assert_int_equal(ldns_wire2pkt(&keys, packet, size), LDNS_STATUS_OK);
	size = fixture_query_signed(packet, name, type, 1232, DO);
	size = respond(&fixture.worker, packet, size, 4096, &client, false);
	assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
	ldns_rr_list *set = ldns_pkt_rr_list_by_type(answer, (ldns_rr_type)type, LDNS_SECTION_ANSWER);
	ldns_rr_list *dnskeys = ldns_pkt_rr_list_by_type(keys, LDNS_RR_TYPE_DNSKEY, LDNS_SECTION_ANSWER);
	ldns_rr_list *signatures = ldns_pkt_rr_list_by_type(answer, LDNS_RR_TYPE_RRSIG, LDNS_SECTION_ANSWER);
	size_t last = ldns_rr_list_rr_count(signatures) - 1;
	ldns_rr_list *good = ldns_rr_list_new();
	assert_int_equal(ldns_verify_rrsig_keylist(set, ldns_rr_list_rr(signatures, last), dnskeys, good), LDNS_STATUS_OK);
	ldns_rr_list_free(good);
	ldns_rr_list_deep_free(set);
	ldns_rr_list_deep_free(dnskeys);
	ldns_rr_list_deep_free(signatures);
	ldns_pkt_free(answer);
	ldns_pkt_free(keys);
}

/* By UDP and TCP, by an alias, of both families, of a version that nobody defined: whoever asks, signed or not. */
static void a_network_is_given_the_same_signed(void **state)
{
	static const char *const asked[] = { "frontends.b5p.us", "www.b5p.us", "fe4_100.b5p.us", "fe4_101.b5p.us" };
	(void)state;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	for (unsigned number = 0; number < 400; number++) {
		const char *name = asked[number % 4];
		uint16_t type = number % 8 < 2 ? TYPE_AAAA : TYPE_A;
		struct given plain = ask(number, name, type, false, false), sealed = ask(number, name, type, true, number % 3 == 0);
		assert_true(plain.count == 3 && same(&plain, &sealed) && sealed.is_signed && !plain.is_signed);
		check_signature(number, name, type);
	}
}

static struct given sample_of(unsigned number, const struct variants *v)
{
	const struct address client = network(number);
	struct given given = { .is_signed = true };
	uint8_t room[HAND_MOST];
	struct rrset set = variants_hand(v, steering_sample(steering_sample_of(steering_bucket(&client))), number, room);
	for (unsigned i = 0; i < set.count; i++)
		given.last[given.count++] = set.rrs[(i + 1) * v->each - 1];
	qsort(given.last, given.count, 1, compare);
	return given;
}

/* As the thread does that goes ahead of questions. */
static void sign_samples(const uint8_t *owner, size_t size, const struct variants *v)
{
	uint8_t room[HAND_MOST];
	int64_t rate = fixture.signatures.rate[SIGNER_KEPT];
	fixture.signatures.rate[SIGNER_KEPT] = 0;
	for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
		struct rrset set = variants_hand(v, steering_sample(sample), 0, room);
		assert_true(sign_ahead(fixture.worker.signer, fixture.view.snapshot->zones[0], owner, size, &set));
	}
	fixture.signatures.rate[SIGNER_KEPT] = rate;
}

/* What is signed already goes on being given out; others are given what was signed ahead, and nobody nothing. */
static void without_a_budget_it_is_the_sample(void **state)
{
	(void)state;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	const struct variants *v = &fixture.view.snapshot->pools.pool[1].a;
	for (unsigned number = 0; number < 100; number++)
		ask(number, "frontends.b5p.us", TYPE_A, true, false);
	sign_samples(FRONTENDS, v);
	ask(0, "www.b5p.us", TYPE_A, true, false); /* the alias' own signature */
	check_signature(0, "frontends.b5p.us", TYPE_A); /* and the keys' */
	fixture.signatures.rate[SIGNER_KEPT] = NONE_LEFT;
	unsigned others = 0;
	for (unsigned number = 0; number < 300; number++) {
		struct given plain = ask(number, "frontends.b5p.us", TYPE_A, false, false), sample = sample_of(number, v);
		struct given by_udp = ask(number, "frontends.b5p.us", TYPE_A, true, false);
		bool known = number < 100 || same(&by_udp, &plain); /* by chance, as one before */
		const struct given *wanted = known ? &plain : &sample;
		struct given by_tcp = ask(number, "frontends.b5p.us", TYPE_A, true, true);
		struct given by_alias = ask(number, "www.b5p.us", TYPE_A, true, false);
		assert_true(same(wanted, &by_udp) && same(wanted, &by_tcp) && same(wanted, &by_alias));
		assert_true(by_udp.is_signed && by_tcp.is_signed && by_alias.is_signed && !by_udp.truncated);
		if (number % 10 == 0)
			check_signature(number, number % 20 == 0 ? "frontends.b5p.us" : "www.b5p.us", TYPE_A);
		others += !known;
	}
	assert_true(others > 180);
	fixture.signatures.rate[SIGNER_KEPT] = 0;
	struct given plain = ask(200, "frontends.b5p.us", TYPE_A, false, false), sealed = ask(200, "frontends.b5p.us", TYPE_A, true, false);
	assert_true(same(&plain, &sealed));
}

/* Where not even the sample is signed, it has what others leave of the budget, and then it is as with all else. */
static void without_a_sample_it_is_cut_short(void **state)
{
	(void)state;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	fixture.signatures.rate[SIGNER_KEPT] = NONE_LEFT;
	struct given given = ask(7, "frontends.b5p.us", TYPE_A, true, false);
	assert_true(given.truncated && given.count == 0);
	fixture.signatures.rate[SIGNER_KEPT] = 0;
}

/* Networks without number leave half of the budget to hosts and static data, and all of their signatures where they are. */
static void hands_take_what_is_left(void **state)
{
	enum { RATE = 1000, HALF = RATE / 10 / 2, MANY = 20000 /* more than the cache holds */ };
	char name[32];
	(void)state;
	pools[1].answers = 8;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	struct signer *signer = fixture.worker.signer;
	const struct variants *v = &fixture.view.snapshot->pools.pool[1].a;
	sign_samples(FRONTENDS, v);
	fixture.signatures.rate[SIGNER_KEPT] = RATE;
	for (unsigned number = 0; signer->refused == 0; number++) /* until there is no more for them */
		assert_true(ask(number, "frontends.b5p.us", TYPE_A, true, false).count == 8);
	for (int i = 0; i < HALF; i++) {
		snprintf(name, sizeof name, "s%d.b5p.us", i);
		struct given given = ask(0, name, TYPE_A, true, false);
		assert_true(given.is_signed && !given.truncated);
	}
	fixture.signatures.rate[SIGNER_KEPT] = 0;
	for (unsigned number = 0; number < MANY; number++)
		ask(number, "frontends.b5p.us", TYPE_A, true, false);
	uint64_t made = signer->made;
	for (int i = 0; i < HALF; i++) {
		snprintf(name, sizeof name, "s%d.b5p.us", i);
		assert_true(ask(0, name, TYPE_A, true, false).is_signed);
	}
	sign_samples(FRONTENDS, v);
	assert_int_equal(signer->made, made);
	pools[1].answers = 3;
}

/* A relay that does not suit is in no answer from the next snapshot on, though its signatures are kept; others' stay. */
static void who_does_not_suit_is_not_given(void **state)
{
	unsigned moved = 0;
	(void)state;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	struct given before[500];
	for (unsigned number = 0; number < 500; number++)
		before[number] = ask(number, "frontends.b5p.us", TYPE_A, true, false);
	struct signing_keys *keys = fixture.view.snapshot->zones[0]->keys;
	fixture.view.snapshot->zones[0]->keys = NULL;
	serve(NOW, RELAYS - 1);
	fixture.view.snapshot->zones[0]->keys = keys;
	fixture.view.snapshot->zones[0]->signed_ = ZONE_SIGNED;
	uint64_t made = fixture.worker.signer->made;
	for (unsigned number = 0; number < 500; number++) {
		struct given after = ask(number, "frontends.b5p.us", TYPE_A, true, false);
		assert_true(after.count == 3 && after.last[2] != RELAYS && after.is_signed);
		assert_true(same(&after, &before[number]) || before[number].last[2] == RELAYS);
		moved += !same(&after, &before[number]);
	}
	assert_in_range(moved, 1, 60); /* a twentieth had it */
	assert_true(fixture.worker.signer->made - made <= moved);
}

/* The day's turn is each network's own, signed as well. */
static void no_moment_moves_many(void **state)
{
	enum { NETWORKS = 20000, FEW = NETWORKS / 100 };
	static struct given before[NETWORKS];
	(void)state;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	fixture.signatures.rate[SIGNER_KEPT] = 0;
	for (unsigned number = 0; number < NETWORKS; number++)
		before[number] = ask(number, "frontends.b5p.us", TYPE_A, true, false);
	for (int turn = 1; turn <= 2; turn++) {
		unsigned moved = 0;
		serve(NOW + turn * STEERING_TURN, RELAYS);
		fixture_sign(&fixture, false);
		for (unsigned number = 0; number < NETWORKS; number++) {
			struct given after = ask(number, "frontends.b5p.us", TYPE_A, true, false);
			moved += !same(&after, &before[number]);
			before[number] = after;
		}
		assert_in_range(moved, 1, FEW);
	}
}

/* In a brownout, a network is given the successor's hand, signed as well, and the successor's sample. */
static void brownouts_deal_to_each_network_too(void **state)
{
	unsigned led = 0, samples = 0;
	(void)state;
	pools[0].tls = 1;
	pools[0].successor = "frontends";
	pools[0].brownout = 50;
	pools[0].brownout_until = NOW + 600;
	pools[1].tls = 2;
	serve(NOW, RELAYS);
	fixture_sign(&fixture, false);
	const struct variants *v = &fixture.view.snapshot->pools.pool[0].given_a;
	for (unsigned number = 0; number < 200; number++) {
		struct given plain = ask(number, "fe4_100.b5p.us", TYPE_A, false, false);
		struct given sealed = ask(number, "fe4_100.b5p.us", TYPE_A, true, false);
		assert_true(plain.count == 3 && same(&plain, &sealed) && sealed.is_signed);
		check_signature(number, "fe4_100.b5p.us", TYPE_A);
		led += sealed.last[0] % 2 == 0;
		for (int i = 1; i < 3; i++)
			assert_int_equal(sealed.last[i] % 2, sealed.last[0] % 2);
	}
	assert_in_range(led, 60, 140);
	sign_samples(FE4_100, v);
	sign_samples(FE4_100, &fixture.view.snapshot->pools.pool[0].a);
	fixture.signatures.rate[SIGNER_KEPT] = NONE_LEFT;
	for (unsigned number = 200; number < 400; number++) {
		struct given plain = ask(number, "fe4_100.b5p.us", TYPE_A, false, false), sample = sample_of(number, v);
		struct given sealed = ask(number, "fe4_100.b5p.us", TYPE_A, true, false);
		assert_true(sealed.count == 3 && sealed.last[0] % 2 == plain.last[0] % 2);
		samples += plain.last[0] % 2 == 0 && same(&sample, &sealed);
	}
	assert_in_range(samples, 50, 140);
	pools[0] = (struct pool){ .label = "fe4_100", .note = "", .successor = "", .ttl = 300, .answers = 3 };
	pools[1].tls = 0;
}

static int begin(void **state)
{
	(void)state;
	fixture_make(&fixture);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_network_is_given_the_same_signed, begin, end),
		cmocka_unit_test_setup_teardown(without_a_budget_it_is_the_sample, begin, end),
		cmocka_unit_test_setup_teardown(without_a_sample_it_is_cut_short, begin, end),
		cmocka_unit_test_setup_teardown(hands_take_what_is_left, begin, end),
		cmocka_unit_test_setup_teardown(who_does_not_suit_is_not_given, begin, end),
		cmocka_unit_test_setup_teardown(no_moment_moves_many, begin, end),
		cmocka_unit_test_setup_teardown(brownouts_deal_to_each_network_too, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
