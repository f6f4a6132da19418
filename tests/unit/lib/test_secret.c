/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys made and loaded, tokens, and secrets that only their own key and name open. */
#include "lib/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[] = "/tmp/windsock-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/key", mkdtemp(dir) == NULL ? "" : dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void write_key(const char *text, size_t length, mode_t mode)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void key_files(void **state)
{
	struct keys first, second;
	struct error e;
	struct stat info;
	(void)state;
	unlink(path);
	assert_outcome(keys_load(path, &first, &e), ABSENT, &e);
	assert_done(keys_make(path, "/proc/self/status", &e), &e);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_outcome(keys_make(path, "/proc/self/status", &e), EXISTS, &e);
	assert_done(keys_load(path, &first, &e), &e);
	assert_done(keys_load(path, &second, &e), &e);
	assert_memory_equal(&first, &second, sizeof first);
	assert_memory_not_equal(first.token, first.seal, KEY_SIZE);
	assert_memory_not_equal(first.token, first.cookie, KEY_SIZE);
}

/* A disk's error is not taken for a key file of another form. */
static void what_cannot_be_read_is_said(void **state)
{
	struct keys keys;
	struct error e;
	(void)state;
	assert_outcome(keys_load("/proc/self", &keys, &e), FAILED, &e);
	assert_string_equal(e.text, "key file /proc/self: Is a directory");
}

static void bad_key_files_are_refused(void **state)
{
	char digits[66];
	struct keys keys;
	struct error e;
	(void)state;
	memset(digits, 'a', 65);
	digits[64] = '\n';
	write_key(digits, 65, 0640);
	assert_done(keys_load(path, &keys, &e), &e);
	write_key(digits, 64, 0600);
	assert_done(keys_load(path, &keys, &e), &e);
	write_key(digits, 65, 0644);
	assert_outcome(keys_load(path, &keys, &e), REFUSED, &e);
	assert_null(strstr(e.text, "aaaa"));
	write_key(digits, 63, 0600);
	assert_outcome(keys_load(path, &keys, &e), REFUSED, &e);
	write_key("", 0, 0600);
	assert_outcome(keys_load(path, &keys, &e), REFUSED, &e);
	digits[3] = 'g';
	write_key(digits, 65, 0600);
	assert_outcome(keys_load(path, &keys, &e), REFUSED, &e);
	assert_null(strstr(e.text, "aaaa"));
	digits[3] = digits[64] = 'a';
	write_key(digits, 65, 0600);
	assert_outcome(keys_load(path, &keys, &e), REFUSED, &e);
}

static struct keys some_keys(void)
{
	struct keys keys;
	struct error e;
	assert_done(secret_random(&keys, sizeof keys, &e), &e);
	return keys;
}

static void tokens(void **state)
{
	char token[TOKEN_TEXT], other[TOKEN_TEXT];
	uint8_t hash[TOKEN_HASH];
	struct keys keys = some_keys(), wrong = some_keys();
	struct error e;
	(void)state;
	assert_done(token_make(token, &e), &e);
	assert_done(token_make(other, &e), &e);
	assert_int_equal(strlen(token), 35);
	assert_memory_equal(token, "ws_", 3);
	assert_string_not_equal(token, other);
	token_hash(&keys, token, strlen(token), hash);
	struct blob stored = { hash, sizeof hash };
	assert_true(token_matches(&keys, token, strlen(token), stored));
	assert_false(token_matches(&keys, other, strlen(other), stored));
	assert_false(token_matches(&keys, token, strlen(token) - 1, stored));
	assert_false(token_matches(&wrong, token, strlen(token), stored));
	assert_false(token_matches(&keys, token, strlen(token), (struct blob){ NULL, 0 }));
	assert_false(token_matches(&keys, token, strlen(token), (struct blob){ hash, 31 }));
	assert_false(token_matches(&keys, "", 0, (struct blob){ NULL, 0 }));
}

static void seals_and_opens(void **state)
{
	uint8_t longest[SECRET_MOST + 1], opened[SECRET_MOST];
	struct keys keys = some_keys();
	struct arena arena = { 0 };
	struct blob sealed, again;
	struct error e;
	size_t size;
	(void)state;
	memset(longest, 's', sizeof longest);
	for (size_t length = 1; length <= SECRET_MOST; length += 127) {
		assert_done(secret_seal(&keys, "kite.test", longest, length, &arena, &sealed, &e), &e);
		assert_int_equal(sealed.size, length + SEAL_EXTRA);
		assert_done(secret_open(&keys, "kite.test", sealed, opened, &size, &e), &e);
		assert_int_equal(size, length);
		assert_memory_equal(opened, longest, length);
	}
	assert_done(secret_seal(&keys, "kite.test", longest, 9, &arena, &sealed, &e), &e);
	assert_done(secret_seal(&keys, "kite.test", longest, 9, &arena, &again, &e), &e);
	assert_memory_not_equal(sealed.data, again.data, sealed.size);
	assert_null(memmem(sealed.data, sealed.size, "sss", 3));
	assert_outcome(secret_seal(&keys, "kite.test", longest, 0, &arena, &sealed, &e), REFUSED, &e);
	assert_outcome(secret_seal(&keys, "kite.test", longest, SECRET_MOST + 1, &arena, &sealed, &e), REFUSED,
		&e);
	assert_null(strstr(e.text, "sss"));
	arena_free(&arena);
}

static void only_the_whole_under_its_name_opens(void **state)
{
	uint8_t opened[SECRET_MOST], bytes[SEAL_EXTRA + 6];
	struct keys keys = some_keys(), wrong = some_keys();
	struct arena arena = { 0 };
	struct blob sealed;
	struct error e;
	size_t size;
	(void)state;
	assert_done(secret_seal(&keys, "kite.test", "sekrit", 6, &arena, &sealed, &e), &e);
	assert_outcome(secret_open(&wrong, "kite.test", sealed, opened, &size, &e), REFUSED, &e);
	assert_outcome(secret_open(&keys, "kite.tess", sealed, opened, &size, &e), REFUSED, &e);
	for (size_t i = 0; i < sealed.size; i++) {
		memcpy(bytes, sealed.data, sealed.size);
		bytes[i] ^= 1;
		assert_outcome(secret_open(&keys, "kite.test", (struct blob){ bytes, sealed.size }, opened, &size,
			&e), REFUSED, &e);
	}
	for (size_t cut = 0; cut < sealed.size; cut++)
		assert_outcome(secret_open(&keys, "kite.test", (struct blob){ sealed.data, cut }, opened, &size,
			&e), REFUSED, &e);
	arena_free(&arena);
}

/* The kernel's flags of the mapping that an address is in (proc(5), VmFlags). */
static void find_flags(const void *address, char *flags, size_t room)
{
	char line[512];
	unsigned long first, last;
	bool here = false;
	FILE *maps = fopen("/proc/self/smaps", "r");
	assert_non_null(maps);
	*flags = '\0';
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
			here = (uintptr_t)address >= first && (uintptr_t)address < last;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, room, "%.200s", line + 8);
	}
	fclose(maps);
}

static void keys_are_kept_from_dumps_and_swap(void **state)
{
	static struct keys keys;
	char flags[256];
	(void)state;
	find_flags(&keys, flags, sizeof flags);
	assert_null(strstr(flags, " dd"));
	secret_keep(&keys, sizeof keys);
	find_flags(&keys, flags, sizeof flags);
	assert_says(flags, " dd");
#ifndef __SANITIZE_ADDRESS__ /* it makes mlock do nothing */
	assert_says(flags, " lo");
#endif
	find_flags((const uint8_t *)&keys + sizeof keys - 1, flags, sizeof flags);
	assert_says(flags, " dd");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(key_files),
		cmocka_unit_test(what_cannot_be_read_is_said), cmocka_unit_test(bad_key_files_are_refused), cmocka_unit_test(tokens),
		cmocka_unit_test(seals_and_opens), cmocka_unit_test(keys_are_kept_from_dumps_and_swap),
		 cmocka_unit_test(only_the_whole_under_its_name_opens) };
	return cmocka_run_group_tests_name("lib/secret", tests, make_dir, remove_dir);
}
