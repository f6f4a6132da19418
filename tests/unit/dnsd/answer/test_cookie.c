/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS cookies: the test vectors of RFC 9018 appendix A, and what is no cookie of ours. */
#include "dnsd/answer/cookie.h"
#include "lib/siphash.h"
#include "lib/cursor.h"
#include "lib/text.h"
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct cookie_secrets secrets_of(const char *hex)
{
	struct cookie_secrets secrets = { .count = 1 };
	assert_true(hex_read(hex, strlen(hex), secrets.secret[0], COOKIE_SECRET));
	return secrets;
}

static struct address address_from(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	return address;
}

/* Sections A.1 to A.4: client's part, time, address, secret, the whole. */
static const struct {
	const char *secret, *address, *client, *whole;
	uint32_t now;
} vectors[] = {
	{ "e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100", "2464c4abcf10c957",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985 },
	{ "e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100", "2464c4abcf10c957",
		"2464c4abcf10c957010000005cf7a871d4a564a1442aca77", 1559734385 },
	{ "e5e973e5a6b2a43f48e7dc849e37bfcf", "203.0.113.203", "fc93fc62807ddb86",
		"fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e", 1559734700 },
	{ "445536bcd2513298075a5d379663c962", "2001:db8:220:1:59de:d0f4:8769:82b8", "22681ab97d52c298",
		"22681ab97d52c298010000005cf7c609a6bb79d16625507a", 1559741961 },
};

static void vectors_of_rfc_9018(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct cookie_secrets secrets = secrets_of(vectors[i].secret);
		struct address client = address_from(vectors[i].address);
		uint8_t part[COOKIE_CLIENT], made[COOKIE_CLIENT + COOKIE_SERVER];
		char hex[2 * sizeof made + 1];
		assert_true(hex_read(vectors[i].client, 16, part, sizeof part));
		cookie_make(&secrets, &client, part, vectors[i].now, made);
		hex_write(made, sizeof made, hex);
		assert_string_equal(hex, vectors[i].whole);
		assert_true(cookie_good(&secrets, &client, made, sizeof made, vectors[i].now + 10));
	}
}

/* Section A.3: the reserved octets of another server's cookie are hashed as they came. */
static void reserved_octets_count(void **state)
{
	(void)state;
	struct cookie_secrets secrets = secrets_of(vectors[0].secret);
	struct address client = address_from("203.0.113.203");
	uint8_t option[COOKIE_CLIENT + COOKIE_SERVER];
	assert_true(hex_read("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 48, option, sizeof option));
	assert_true(cookie_good(&secrets, &client, option, sizeof option, 1559727985 + 60));
}

/* The authors' own: key 00..0f, input 00..0e. */
static void vector_of_siphash(void **state)
{
	(void)state;
	uint8_t key[16], input[15];
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		input[i] = i;
	assert_true(siphash(key, input, 15) == UINT64_C(0xa129ca6149be45e5));
	uint64_t wide[2]; /* by an implementation in Python that has the authors' vector of 2-4 rounds */
	siphash_wide(key, input, 15, wide);
	assert_true(wide[0] == UINT64_C(0x6c52bdb205557ec1) && wide[1] == UINT64_C(0x09017e1eeccd2129));
}

static void only_ours_and_fresh(void **state)
{
	(void)state;
	struct cookie_secrets secrets = secrets_of(vectors[0].secret), other = secrets_of(vectors[3].secret);
	struct address client = address_from("198.51.100.100"), elsewhere = address_from("198.51.100.101");
	uint8_t made[COOKIE_CLIENT + COOKIE_SERVER];
	const uint32_t now = 1559731985;
	cookie_make(&secrets, &client, (const uint8_t *)"12345678", now, made);
	assert_true(cookie_good(&secrets, &client, made, sizeof made, now + 3600));
	assert_false(cookie_good(&secrets, &client, made, sizeof made, now + 3601));
	assert_true(cookie_good(&secrets, &client, made, sizeof made, now - 300));
	assert_false(cookie_good(&secrets, &client, made, sizeof made, now - 301));
	assert_false(cookie_good(&secrets, &elsewhere, made, sizeof made, now));
	assert_false(cookie_good(&other, &client, made, sizeof made, now));
	assert_false(cookie_good(&secrets, &client, made, COOKIE_CLIENT, now));
	for (size_t i = 0; i < sizeof made; i++) {
		made[i] ^= 1;
		assert_false(cookie_good(&secrets, &client, made, sizeof made, now));
		made[i] ^= 1;
	}
	struct cookie_secrets both = other; /* rolling over: made by the new, accepted of the old */
	memcpy(both.secret[1], secrets.secret[0], COOKIE_SECRET);
	both.count = 2;
	assert_true(cookie_good(&both, &client, made, sizeof made, now));
}

static uint8_t packet[4096 + SCAN_BEHIND];
static struct fixture fixture;

static size_t ask(const void *cookie, uint8_t size, struct query *q)
{
	size_t length = fixture_query(packet, "mail.b5p.us", TYPE_A, 1232);
	packet[length - 1] = (uint8_t)(size + 4);
	struct cursor c = cursor_over(packet + length, 100);
	cursor_put_u16(&c, 10);
	cursor_put_u16(&c, size);
	cursor_put(&c, cookie, size);
	*q = (struct query){ .packet = packet, .size = length + cursor_done(&c), .room = 4096,
		.client = &fixture.client };
	return answer_alone(&fixture.worker, q);
}

/* RFC 7873 section 5.4: with no question, a cookie alone is asked for. */
static void alone(void **state)
{
	(void)state;
	static const uint8_t asked[] = { 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, TYPE_OPT, 4, 208, 0, 0, 0, 0,
		0, 12, 0, 10, 0, 8, '1', '2', '3', '4', '5', '6', '7', '8' };
	fixture_make(&fixture);
	memcpy(packet, asked, sizeof asked);
	size_t size = respond(&fixture.worker, packet, sizeof asked, 4096, &fixture.client, false);
	assert_int_equal(size, HEADER_SIZE + 11 + 4 + 24);
	assert_memory_equal(packet + 2, "\x80\0\0\0\0\0\0\0\0\1", 10);
	assert_memory_equal(packet + HEADER_SIZE + 11, "\0\12\0\30" "12345678", 12);
	memcpy(packet, asked, sizeof asked);
	packet[24] = 11; /* another option: no question is an error then */
	respond(&fixture.worker, packet, sizeof asked, 4096, &fixture.client, false);
	assert_int_equal(packet[3] & 15, RCODE_FORMERR);
	memcpy(packet, asked, sizeof asked);
	packet[18] = 1; /* a version that is not ours */
	respond(&fixture.worker, packet, sizeof asked, 4096, &fixture.client, false);
	assert_int_equal(packet[17], 1);
	fixture_free(&fixture);
}

static void in_messages(void **state)
{
	(void)state;
	struct query q;
	uint8_t given[COOKIE_CLIENT + COOKIE_SERVER];
	fixture_make(&fixture);
	size_t size = ask("12345678", 8, &q);
	assert_false(q.cookie_good);
	assert_memory_equal(packet + size - 28, "\0\12\0\30" "12345678", 12);
	memcpy(given, packet + size - 24, sizeof given);
	size = ask(given, sizeof given, &q);
	assert_true(q.cookie_good);
	assert_int_equal(packet[3] & 15, RCODE_NOERROR);
	ask("12345678aaaaaaaabbbbbbbb", 24, &q); /* not ours: answered as if there were none */
	assert_false(q.cookie_good);
	assert_int_equal(packet[3] & 15, RCODE_NOERROR);
	static const uint8_t wrong[] = { 1, 7, 9, 15, 41 };
	for (size_t i = 0; i < sizeof wrong; i++) {
		ask("123456789012345678901234567890123456789012345", wrong[i], &q);
		assert_int_equal(packet[3] & 15, RCODE_FORMERR);
	}
	fixture_free(&fixture);
}

#define ONE "000102030405060708090a0b0c0d0e0f\n"

/* Each file's text, and what is said of it: "" where it is read. */
static void files_of_secrets(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
		size_t count;
	} files[] = {
		{ ONE, "", 1 },
		{ ONE "\r\n\n" ONE ONE "ffffffffffffffffffffffffffffffff", "", 4 },
		{ ONE ONE ONE ONE ONE, ":5: more than 4 secrets", 0 },
		{ "", "it holds no secret", 0 },
		{ "\n\n", "it holds no secret", 0 },
		{ ONE "000102", ":2: wanted 32 hexadecimal digits", 0 },
		{ "g00102030405060708090a0b0c0d0e0f", ":1: wanted 32 hexadecimal digits", 0 },
	};
	char path[] = "/tmp/cookies.XXXXXX";
	struct cookie_secrets secrets;
	struct error e;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		size_t length = strlen(files[i].text);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, files[i].text, length, 0), length);
		int outcome = cookie_secrets_read(path, &secrets, &e);
		assert_int_equal(outcome, files[i].count > 0 ? DONE : REFUSED);
		if (outcome == DONE)
			assert_int_equal(secrets.count, files[i].count);
		else
			assert_non_null(strstr(e.text, files[i].says));
	}
	close(fd);
	unlink(path);
	assert_int_equal(cookie_secrets_read(path, &secrets, &e), REFUSED);
	assert_non_null(strstr(e.text, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_rfc_9018),
		cmocka_unit_test(reserved_octets_count),
		cmocka_unit_test(vector_of_siphash),
		cmocka_unit_test(only_ours_and_fresh),
		cmocka_unit_test(alone),
		cmocka_unit_test(in_messages),
		cmocka_unit_test(files_of_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
