/* SPDX-License-Identifier: BSD-2-Clause */
/* Key files written, read and refused, the records made of keys, and what keys do by their dates. */
#include "dnssec/zone_key.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64], keys_dir[64];

/* The example of RFC 8080 section 6.1. */
#define ED_STEM "Kexample.com.+015+03613"
#define ED_PRIVATE "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: " \
	"ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n"
#define ED_OPEN "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="

static int make_dir(void **state)
{
	(void)state;
	snprintf(registry, sizeof registry, "%s", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(keys_dir, sizeof keys_dir, "%s/keys", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int remove_keys(void **state)
{
	char path[400];
	(void)state;
	DIR *files = opendir(keys_dir);
	for (struct dirent *file; files != NULL && (file = readdir(files)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", keys_dir, file->d_name);
		unlink(path);
	}
	if (files != NULL)
		closedir(files);
	rmdir(keys_dir);
	return 0;
}

static struct name read_name(const char *text)
{
	struct name name;
	struct error e;
	assert_done(name_read(text, &name, &e), &e);
	return name;
}

static void put(const char *file, const char *text)
{
	char path[200];
	mkdir(keys_dir, 0700);
	snprintf(path, sizeof path, "%s/%s", keys_dir, file);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	chmod(path, 0600);
}

static void put_pair(const char *secret, const char *open)
{
	put(ED_STEM ".private", secret);
	put(ED_STEM ".key", open);
}

static int read_keys(const char *zone, struct zone_key keys[ZONE_KEYS_MOST], size_t *count, struct error *e)
{
	const struct name name = read_name(zone);
	return zone_keys_read(keys_dir, &name, keys, count, e);
}

static void one_key(const char *zone, struct zone_key *key)
{
	struct zone_key keys[ZONE_KEYS_MOST];
	struct error e = { "" };
	size_t count;
	assert_done(read_keys(zone, keys, &count, &e), &e);
	assert_int_equal(count, 1);
	*key = keys[0];
}

/* The only key is refused, and both the file and what is wrong with it are cited. */
static void is_refused(const char *file, const char *words)
{
	struct zone_key keys[ZONE_KEYS_MOST];
	struct error e = { "" };
	size_t count;
	assert_outcome(read_keys("example.com", keys, &count, &e), REFUSED, &e);
	assert_says(e.text, file);
	assert_says(e.text, words);
}

static void has_digest(const struct zone_key *key, const char *hex)
{
	uint8_t ds[KEY_DIGEST];
	char text[65];
	zone_key_digest(key, ds);
	assert_int_equal(ds[0] << 8 | ds[1], key->tag);
	assert_int_equal(ds[2], key->algorithm);
	assert_int_equal(ds[3], 2);
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", ds[4 + i]);
	assert_string_equal(text, hex);
}

static void the_examples_of_the_rfcs(void **state)
{
	struct zone_key key;
	uint8_t rdata[KEY_RDATA_MOST];
	(void)state;
	put_pair(ED_PRIVATE, "example.com. 3600 IN DNSKEY 257 3 15 " ED_OPEN "\n");
	one_key("EXAMPLE.com", &key);
	assert_int_equal(key.tag, 3613);
	assert_int_equal(zone_key_rdata(&key, rdata), 36);
	assert_memory_equal(rdata, "\x01\x01\x03\x0f\x97\x4d", 6);
	has_digest(&key, "3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b");
	/* RFC 6605 section 6.1 */
	put("Kexample.net.+013+55648.private", "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n"
		"PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n");
	put("Kexample.net.+013+55648.key", "; a comment on its DNSKEY\nexample.net. IN DNSKEY 257 3 13 "
		"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==\n");
	one_key("example.net", &key);
	assert_int_equal(zone_key_rdata(&key, rdata), 68);
	has_digest(&key, "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17");
}

static struct zone_key make(const char *zone, uint16_t flags, uint8_t algorithm, int64_t created)
{
	const struct name name = read_name(zone);
	struct zone_key key;
	struct error e;
	assert_done(zone_key_make(&name, flags, algorithm, &key, &e), &e);
	key.date[KEY_CREATED] = created;
	return key;
}

static void write_key(const struct zone_key *key)
{
	struct error e;
	assert_done(zone_key_write(keys_dir, registry, key, &e), &e);
}

static void is_same(const struct zone_key *got, const struct zone_key *key)
{
	assert_true(name_equal(&got->zone, &key->zone) && got->closed == key->closed);
	assert_int_equal(got->flags, key->flags);
	assert_int_equal(got->tag, key->tag);
	assert_int_equal(got->algorithm, key->algorithm);
	assert_memory_equal(got->secret, key->secret, sizeof key->secret);
	assert_memory_equal(got->open, key->open, sizeof key->open);
	assert_memory_equal(got->date, key->date, sizeof key->date);
}

static void keys_come_back_as_they_were_oldest_first(void **state)
{
	struct zone_key keys[ZONE_KEYS_MOST], young = make("b5p.us", KEY_ENTRY, ALGORITHM_P256, 2000000000),
					      old = make("b5p.us", KEY_ZONE, ALGORITHM_ED25519, 1000000000);
	const struct zone_key other = make("c.b5p.us", KEY_ENTRY, ALGORITHM_ED25519, 5);
	struct error e = { "" };
	struct stat info;
	char path[200];
	size_t count;
	(void)state;
	for (int d = KEY_PUBLISH; d < KEY_DATES; d++)
		young.date[d] = 2000000000 + d;
	write_key(&young);
	write_key(&old);
	write_key(&other);
	assert_done(read_keys("b5p.us", keys, &count, &e), &e);
	assert_int_equal(count, 2);
	is_same(&keys[0], &old);
	is_same(&keys[1], &young);
	snprintf(path, sizeof path, "%s/Kb5p.us.+013+%05u.private", keys_dir, young.tag);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07, 0);
	zone_keys_forget(keys, count);
	for (size_t i = 0; i < sizeof keys[0].secret; i++)
		assert_int_equal(keys[0].secret[i] | keys[1].secret[i], 0);
}

static void a_key_that_is_written_again_is_replaced(void **state)
{
	struct zone_key key = make(".", KEY_ENTRY, ALGORITHM_ED25519, 7), again;
	char left[200];
	(void)state;
	write_key(&key);
	snprintf(left, sizeof left, "K.+015+%05u.private.new", key.tag);
	put(left, "what a killed command left");
	key.date[KEY_DELETE] = 8;
	write_key(&key);
	one_key(".", &again);
	is_same(&again, &key);
	snprintf(left, sizeof left, "%s/K.+015+%05u.private.new", keys_dir, key.tag);
	assert_int_equal(access(left, F_OK), -1);
}

static void names_that_no_file_can_have_are_refused(void **state)
{
	const struct zone_key key = make("a/b.example", KEY_ENTRY, ALGORITHM_ED25519, 1);
	struct error e = { "" };
	(void)state;
	assert_outcome(zone_key_write(keys_dir, registry, &key, &e), REFUSED, &e);
	assert_says(e.text, "a/b.example");
}

static void what_is_no_key_of_the_zone_is_left_out(void **state)
{
	struct zone_key keys[ZONE_KEYS_MOST];
	struct error e = { "" };
	size_t count = 9;
	(void)state;
	assert_outcome(read_keys("example.com", keys, &count, &e), ABSENT, &e); /* no directory */
	assert_int_equal(count, 0);
	put(ED_STEM ".private", ED_PRIVATE); /* without its .key, which is written last */
	put("Kexample.com.+008+00001.key", "nonsense");
	put("Kexample.com.+015+00001.key.new", "nonsense");
	put("Kexample.com.+015+00001.state", "nonsense");
	put("Kexample.com.org.+015+00001.key", "nonsense");
	put("Ksub.example.com.+015+00001.key", "nonsense");
	assert_outcome(read_keys("example.com", keys, &count, &e), ABSENT, &e);
	assert_says(e.text, "example.com");
	assert_says(e.text, keys_dir);
}

static void broken_files_are_refused(void **state)
{
	static const char good[] = "example.com. IN DNSKEY 257 3 15 " ED_OPEN "\n";
	char large[4200], path[200];
	(void)state;
	static const struct {
		const char *text, *says;
	} secrets[] = { { "", "no private key" }, { "Private-key-format: v2.0\n", "no private key" },
		{ "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n", "no private key" },
		{ "Private-key-format: v1.2\nAlgorithm: 13 (ED25519)\nPrivateKey: "
		  "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n", "no private key" },
		{ "Private-key-format: v1.2\nAlgorithm: 15\nPrivateKey: ODIyNjAzODQ2MjgwODA=\n", "no private key" },
		{ "Private-key-format: v1.2\nAlgorithm: 15\nPrivateKey: "
		  "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjIxMjM0NTY3ODkw\n", "no private key" },
		{ ED_PRIVATE "Publish: tomorrow\n", "'tomorrow" }, { ED_PRIVATE "Delete: 2026\n", "'2026" },
		{ ED_PRIVATE "Activate: 20260231000000\n", "'20260231000000'" },
		{ ED_PRIVATE "Inactive: 20261301000000\n", "'20261301000000'" },
		{ ED_PRIVATE "Delete: 99999999000000\n", "'99999999000000'" },
		{ ED_PRIVATE "Created: 19690101000000\n", "'19690101000000'" } };
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		put_pair(secrets[i].text, good);
		is_refused(ED_STEM ".private", secrets[i].says);
	}
	static const struct {
		const char *text, *says;
	} opens[] = { { "", "no DNSKEY" }, { "example.com. IN DNSKEY 257 3\n", "no DNSKEY" },
		{ "example.com. IN DNSKEY 258 3 15 " ED_OPEN "\n", "flags" },
		{ "example.com. IN DNSKEY 65793 3 15 " ED_OPEN "\n", "flags" }, /* 257 in its low octets */
		{ "example.com. IN DNSKEY 257 2 15 " ED_OPEN "\n", "no DNSKEY" },
		{ "example.com. IN DNSKEY 257 3 13 " ED_OPEN "\n", "algorithm 15" },
		{ "example.com. IN CDNSKEY 257 3 15 " ED_OPEN "\n", "no DNSKEY" },
		{ "example.com. IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQw\n", "not whole" },
		{ "example.com. IN DNSKEY 257 3 15 !" ED_OPEN "\n", "not whole" },
		{ "example.com. IN DNSKEY 256 3 15 " ED_OPEN "\n", "its tag is 3612" } };
	for (size_t i = 0; i < COUNT_OF(opens); i++) {
		put_pair(ED_PRIVATE, opens[i].text);
		is_refused(ED_STEM ".key", opens[i].says);
	}
	memset(large, 'A', sizeof large);
	memcpy(large, "example.com. IN DNSKEY 257 3 15 ", 32);
	large[sizeof large - 1] = '\0';
	put_pair(ED_PRIVATE, large);
	is_refused(ED_STEM ".key", "longer than a key");
	large[1000] = '\0';
	put_pair(ED_PRIVATE, large);
	is_refused(ED_STEM ".key", "not whole");
	put_pair(ED_PRIVATE, good);
	snprintf(path, sizeof path, "%s/" ED_STEM ".private", keys_dir);
	assert_int_equal(chmod(path, 0604), 0);
	is_refused(ED_STEM ".private", "chmod o=");
}

static void without_its_secret_a_key_is_published_and_signs_nothing(void **state)
{
	struct zone_key key;
	(void)state;
	put(ED_STEM ".key", "example.com. IN DNSKEY 257 3 15 " ED_OPEN "\n");
	one_key("example.com", &key);
	assert_true(key.closed && key_published(&key, 1000) && !key_active(&key, 1000));
	put(ED_STEM ".key", "; Publish: 20010909014640 (Sun Sep  9 01:46:40 2001)\n; Activate: 20010909014640\n"
		"; Delete: 20010909014740\nexample.com. IN DNSKEY 257 3 15 " ED_OPEN "\n");
	one_key("example.com", &key);
	assert_int_equal(key.date[KEY_PUBLISH], 1000000000);
	assert_true(!key_published(&key, 999999999) && key_published(&key, 1000000000));
	assert_true(key_published(&key, 1000000059) && !key_published(&key, 1000000060));
	assert_false(key_active(&key, 1000000001));
	put(ED_STEM ".key", "; Delete: never\nexample.com. IN DNSKEY 257 3 15 " ED_OPEN "\n");
	is_refused(ED_STEM ".key", "'never");
}

static void so_many_keys_and_no_more(void **state)
{
	struct zone_key keys[ZONE_KEYS_MOST];
	struct error e = { "" };
	size_t count;
	(void)state;
	for (int i = 0; i < ZONE_KEYS_MOST; i++) {
		const struct zone_key key = make("b5p.us", KEY_ZONE, ALGORITHM_ED25519, 100 - i);
		write_key(&key);
	}
	assert_done(read_keys("b5p.us", keys, &count, &e), &e);
	/* two of one tag would share a file, which chance allows once in some 500 runs */
	assert_in_range(count, ZONE_KEYS_MOST - 1, ZONE_KEYS_MOST);
	for (size_t i = 1; i < count; i++)
		assert_true(keys[i - 1].date[KEY_CREATED] < keys[i].date[KEY_CREATED]);
	for (int i = 0; i < 3; i++) {
		const struct zone_key key = make("b5p.us", KEY_ENTRY, ALGORITHM_P256, 1);
		write_key(&key);
	}
	assert_outcome(read_keys("b5p.us", keys, &count, &e), REFUSED, &e);
	assert_says(e.text, "more than 16 keys of b5p.us");
}

static struct zone_key active(uint16_t flags, uint8_t algorithm)
{
	return (struct zone_key){ .flags = flags, .algorithm = algorithm,
		.date = { [KEY_PUBLISH] = 10, [KEY_ACTIVATE] = 20, [KEY_INACTIVE] = 30, [KEY_DELETE] = 40 } };
}

static void who_signs_what(void **state)
{
	struct zone_key k[] = { active(KEY_ENTRY, ALGORITHM_P256), active(KEY_ZONE, ALGORITHM_P256),
		active(KEY_ENTRY, ALGORITHM_ED25519) };
	(void)state;
	assert_int_equal(zone_key_signs(k, 3, 0, 19), SIGNS_NOTHING);
	assert_int_equal(zone_key_signs(k, 3, 0, 20), SIGNS_KEYS);
	assert_int_equal(zone_key_signs(k, 3, 1, 20), SIGNS_DATA);
	assert_int_equal(zone_key_signs(k, 3, 2, 29), SIGNS_KEYS | SIGNS_DATA); /* the only one of its algorithm */
	assert_int_equal(zone_key_signs(k, 3, 2, 30), SIGNS_NOTHING);
	k[0].date[KEY_INACTIVE] = 25; /* the KSK leaves: the ZSK alone signs all */
	assert_int_equal(zone_key_signs(k, 3, 1, 25), SIGNS_KEYS | SIGNS_DATA);
	k[1].closed = true;
	assert_int_equal(zone_key_signs(k, 3, 0, 24), SIGNS_KEYS | SIGNS_DATA);
	assert_int_equal(zone_key_signs(k, 3, 1, 24), SIGNS_NOTHING);
	k[2].date[KEY_DELETE] = 22; /* it may be gone from the zone before the date that it stops signing at */
	assert_int_equal(zone_key_signs(k, 3, 2, 22), SIGNS_NOTHING);
}

static void the_parent_hears_of_entries_only(void **state)
{
	struct zone_key k = active(KEY_ENTRY, ALGORITHM_P256);
	(void)state;
	assert_false(key_at_parent(&k, 20));
	k.date[KEY_SYNC_PUBLISH] = 15;
	k.date[KEY_SYNC_DELETE] = 35;
	assert_true(!key_at_parent(&k, 14) && key_at_parent(&k, 15) && key_at_parent(&k, 34) && !key_at_parent(&k, 35));
	k.flags = KEY_ZONE;
	assert_false(key_at_parent(&k, 20));
}

static void the_next_date(void **state)
{
	const struct zone_key k[] = { active(KEY_ENTRY, ALGORITHM_P256), active(KEY_ZONE, ALGORITHM_P256) };
	(void)state;
	assert_int_equal(zone_keys_next(k, 2, 0), 10);
	assert_int_equal(zone_keys_next(k, 2, 10), 20);
	assert_int_equal(zone_keys_next(k, 2, 39), 40);
	assert_true(zone_keys_next(k, 2, 40) == INT64_MAX);
	assert_true(zone_keys_next(NULL, 0, 0) == INT64_MAX);
}

static void algorithms_have_words(void **state)
{
	(void)state;
	assert_int_equal(algorithm_read("ecdsap256sha256"), ALGORITHM_P256);
	assert_int_equal(algorithm_read("ed25519"), ALGORITHM_ED25519);
	assert_int_equal(algorithm_read("rsasha256"), 0);
	assert_int_equal(algorithm_read(""), 0);
	assert_string_equal(algorithm_text(ALGORITHM_ED25519), "ed25519");
	assert_null(algorithm_text(8));
}

#define WITH_FILES(test) cmocka_unit_test_teardown(test, remove_keys)

int main(void)
{
	const struct CMUnitTest tests[] = { WITH_FILES(the_examples_of_the_rfcs),
		WITH_FILES(keys_come_back_as_they_were_oldest_first), WITH_FILES(a_key_that_is_written_again_is_replaced),
		WITH_FILES(names_that_no_file_can_have_are_refused), WITH_FILES(what_is_no_key_of_the_zone_is_left_out),
		WITH_FILES(broken_files_are_refused), WITH_FILES(without_its_secret_a_key_is_published_and_signs_nothing),
		WITH_FILES(so_many_keys_and_no_more), cmocka_unit_test(who_signs_what),
		cmocka_unit_test(the_parent_hears_of_entries_only), cmocka_unit_test(the_next_date),
		cmocka_unit_test(algorithms_have_words) };
	return cmocka_run_group_tests_name("dnssec/zone_key", tests, make_dir, remove_dir);
}
