/* SPDX-License-Identifier: BSD-2-Clause */
/* MACs of UPDATEs that were done: found again, and by no other one. */
#include "updater/seen.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void what_was_noted_is_found(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[32] = { 1, 2, 3, 4, 5 }, other[32] = { 1, 2, 3, 4, 6 };
	(void)state;
	assert_non_null(s);
	assert_false(seen_before(s, mac, sizeof mac));
	seen_note(s, mac, sizeof mac);
	assert_true(seen_before(s, mac, sizeof mac));
	assert_true(seen_before(s, mac, SEEN_MAC)); /* no more of it is kept */
	assert_false(seen_before(s, other, sizeof other));
	seen_note(s, other, sizeof other); /* the same slot */
	assert_true(seen_before(s, other, sizeof other));
	assert_false(seen_before(s, mac, sizeof mac));
	free(s);
}

/* A MAC that was cut short (RFC 8945 section 5.2.2.1) says too little to tell one message from another. */
static void short_macs_are_no_ones(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[SEEN_MAC] = { 9 };
	(void)state;
	assert_non_null(s);
	seen_note(s, mac, SEEN_MAC - 1);
	assert_false(seen_before(s, mac, SEEN_MAC));
	seen_note(s, mac, SEEN_MAC);
	assert_false(seen_before(s, mac, SEEN_MAC - 1));
	free(s);
}

static char dir[] = "/tmp/windsock-XXXXXX";
static char registry[64], path[72];

static int make_dir(void **state)
{
	(void)state;
	snprintf(registry, sizeof registry, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(path, sizeof path, "%s.seen", registry);
	close(open(registry, O_CREAT | O_WRONLY, 0640));
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	unlink(registry);
	return rmdir(dir);
}

/* The next process knows what the last one did, and so does one that runs beside it. */
static void another_process_knows_them(void **state)
{
	struct seen *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
	uint8_t mac[32] = { 1, 2, 3, 4, 5 }, later[32] = { 6 };
	struct stat file;
	struct error e;
	(void)state;
	assert_true(one != NULL && other != NULL);
	assert_done(seen_open(one, registry, 1000, &e), &e);
	assert_int_equal(one->since, 0); /* nothing was done before */
	seen_note(one, mac, sizeof mac);
	assert_done(seen_open(other, registry, 2000, &e), &e);
	assert_int_equal(other->since, 0);
	assert_true(seen_before(other, mac, sizeof mac));
	assert_false(seen_before(other, later, sizeof later));
	seen_note(one, later, sizeof later);
	assert_true(seen_before(other, later, sizeof later));
	seen_close(one);
	seen_close(other);
	assert_int_equal(stat(path, &file), 0);
	assert_true(file.st_size <= 64 + (off_t)SEEN_UPDATES * SEEN_MAC && (file.st_mode & 0777) == 0640);
	free(one);
	free(other);
}

/* What another boot of the machine has written may have lost its end, and what is no such file says nothing. */
static void a_file_that_may_lack_some_is_begun_anew(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[32] = { 1, 2, 3, 4, 5 };
	struct error e;
	(void)state;
	assert_non_null(s);
	for (off_t at = 0; at < 64; at += 20) {
		assert_done(seen_open(s, registry, 1000, &e), &e);
		seen_note(s, mac, sizeof mac);
		seen_close(s);
		memset(s, 0, sizeof *s);
		int fd = open(path, O_WRONLY);
		assert_int_equal(pwrite(fd, "?", 1, at), 1);
		close(fd);
		assert_done(seen_open(s, registry, 3000 + at, &e), &e);
		assert_int_equal(s->since, 3000 + at);
		assert_false(seen_before(s, mac, sizeof mac));
		seen_close(s);
		assert_done(seen_open(s, registry, 5000, &e), &e);
		assert_int_equal(s->since, 0);
		seen_close(s);
	}
	free(s);
}

static void without_a_file_it_knows_its_own(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	uint8_t mac[32] = { 7 };
	struct error e;
	(void)state;
	assert_non_null(s);
	assert_outcome(seen_open(s, "/nowhere/registry", 1000, &e), FAILED, &e);
	assert_says(e.text, "/nowhere/registry");
	seen_note(s, mac, sizeof mac);
	assert_true(seen_before(s, mac, sizeof mac));
	seen_close(s);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_noted_is_found),
		cmocka_unit_test(short_macs_are_no_ones),
		cmocka_unit_test(another_process_knows_them),
		cmocka_unit_test(a_file_that_may_lack_some_is_begun_anew),
		cmocka_unit_test(without_a_file_it_knows_its_own),
	};
	return cmocka_run_group_tests_name("updater/seen", tests, make_dir, remove_dir);
}
