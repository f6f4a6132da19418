/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of certificates: which one a name gets, and what happens to files that change. */
#include "updater/certificates.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/lib/identity.h"

static char folder[32];
static struct certificates c;
static struct error e;
static int64_t now;

static void put(const char *name, const char *cn, const char *san, time_t end)
{
	EVP_PKEY *key;
	X509 *x = identity_certificate(cn, san, end, &key);
	identity_write(folder, name, x, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void put_two(const char *certificate, const char *its_key, const char *cn)
{
	EVP_PKEY *key;
	X509 *x = identity_certificate(cn, NULL, 4000000000, &key);
	identity_write(folder, certificate, x, NULL);
	identity_write(folder, its_key, NULL, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void take_away(const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

/* So many looks, a second apart. */
static void look(int times)
{
	for (int i = 0; i < times; i++)
		certificates_look(&c, now += 1000);
}

static const char *file_of(const char *name)
{
	const struct certificate *one = certificates_find(&c, name);
	return one == NULL ? "none" : one->file;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	now = 0;
	return 0;
}

static int tear_down(void **state)
{
	char command[64];
	(void)state;
	certificates_close(&c);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static void by_name(void **state)
{
	(void)state;
	put("b.pem", "b.test", "DNS:b.test,DNS:*.c.test", 4000000000);
	put("a.pem", "a.test", "DNS:a.test,DNS:x.c.test", 4000000000);
	assert_done(certificates_open(&c, folder, &e), &e);
	static const char *const rows[][2] = { { "a.test", "a" }, { "A.TEST", "a" }, { "a.test.", "a" }, { "b.test", "b" }, { "y.c.test", "b" },
		{ "x.c.test", "a" }, { "z.x.c.test", "a" }, { "c.test", "a" }, { "*.c.test", "b" }, { "", "a" }, { ".", "a" }, { "test", "a" },
		{ ".c.test", "a" }, { "a..test", "a" }, { "bb.test", "a" }, { "y.c.tes", "a" } };
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(file_of(rows[i][0]), rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], file_of(rows[i][0]));
	assert_string_equal(file_of(NULL), "a");
	put("default.pem", "z.test", NULL, 4000000000);
	look(1);
	assert_string_equal(file_of(NULL), "default");
	assert_string_equal(file_of("other"), "default");
	assert_string_equal(file_of("a.test"), "a");
}

static void the_one_that_lasts_longer(void **state)
{
	(void)state;
	put("a.pem", "a.test", NULL, 3000000000);
	put("b.pem", "a.test", NULL, 3000000001);
	put("c.pem", "a.test", NULL, 3000000000);
	assert_done(certificates_open(&c, folder, &e), &e);
	assert_string_equal(file_of("a.test"), "b");
	take_away("b.pem");
	look(2);
	assert_string_equal(file_of("a.test"), "a");
	assert_int_equal(c.count, 2);
}

static void forms_of_files(void **state)
{
	char path[64];
	(void)state;
	put_two("crt.crt", "crt.key", "crt.test");
	put_two("pem.pem", "pem.key", "pem.test");
	put("both.pem", "both.test", NULL, 4000000000);
	put_two("both.crt", "other.key", "wrong.test");
	snprintf(path, sizeof path, "%s/dir", folder);
	mkdir(path, 0700);
	put_two("dir/fullchain.pem", "dir/privkey.pem", "dir.test");
	snprintf(path, sizeof path, "%s/both", folder);
	mkdir(path, 0700);
	put_two("both/fullchain.pem", "both/privkey.pem", "wrong.test");
	put(".hidden.pem", "hidden.test", NULL, 4000000000);
	put("issuer.crt", "issuer.test", NULL, 4000000000);
	assert_done(certificates_open(&c, folder, &e), &e);
	assert_int_equal(c.count, 4);
	assert_int_equal(certificates_troubled(&c), 0);
	assert_string_equal(file_of("crt.test"), "crt");
	assert_string_equal(file_of("pem.test"), "pem");
	assert_string_equal(file_of("both.test"), "both");
	assert_string_equal(file_of("dir.test"), "dir");
}

/* What cannot be used is tried again, complained about at the second look, and leaves the old one. */
static void what_changes(void **state)
{
	(void)state;
	put_two("a.crt", "a.key", "a.test");
	assert_done(certificates_open(&c, folder, &e), &e);
	const X509 *first = certificates_find(&c, "a.test")->identity.certificate;
	put_two("a.crt", "b.key", "new.test"); /* its key comes later */
	look(1);
	assert_int_equal(certificates_troubled(&c), 0);
	look(1);
	assert_int_equal(certificates_troubled(&c), 1);
	assert_says(c.list[0]->trouble, "key does not fit");
	assert_ptr_equal(certificates_find(&c, "a.test")->identity.certificate, first);
	assert_string_equal(file_of("new.test"), "a"); /* as any other name */
	char from[64], to[64];
	snprintf(from, sizeof from, "%s/b.key", folder);
	snprintf(to, sizeof to, "%s/a.key", folder);
	assert_int_equal(rename(from, to), 0);
	certificates_look(&c, now + 999);
	assert_int_equal(certificates_troubled(&c), 1); /* too early */
	look(1);
	assert_int_equal(certificates_troubled(&c), 0);
	assert_int_equal(c.name_count, 1);
	assert_string_equal(c.names[0].name, "new.test");
}

static void what_goes(void **state)
{
	(void)state;
	put("a.pem", "a.test", NULL, 4000000000);
	put("b.pem", "b.test", NULL, 4000000000);
	assert_done(certificates_open(&c, folder, &e), &e);
	take_away("a.pem");
	look(1);
	assert_string_equal(file_of("a.test"), "a"); /* who renews one may take it away first */
	look(1);
	assert_string_equal(file_of("a.test"), "b");
	take_away("b.pem");
	look(2);
	assert_string_equal(file_of("a.test"), "none");
	put("c.pem", "c.test", NULL, 4000000000);
	look(1);
	assert_string_equal(file_of("a.test"), "c");
	assert_int_equal(rename(folder, "/tmp/windsock-test-away"), 0);
	look(3);
	assert_string_equal(file_of("c.test"), "c");
	assert_says(c.trouble, "No such file");
	assert_int_equal(rename("/tmp/windsock-test-away", folder), 0);
	look(1);
	assert_string_equal(c.trouble, "");
}

static void a_bad_one_harms_no_other(void **state)
{
	(void)state;
	put("b.pem", "b.test", NULL, 4000000000);
	identity_write(folder, "a.pem", NULL, NULL);
	assert_done(certificates_open(&c, folder, &e), &e);
	assert_int_equal(certificates_troubled(&c), 1); /* said at once */
	assert_string_equal(file_of("x"), "b");
	assert_int_equal(c.name_count, 1);
}

static void no_directory(void **state)
{
	(void)state;
	assert_outcome(certificates_open(&c, "/nowhere", &e), REFUSED, &e);
	assert_says(e.text, "/nowhere: No such file");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = { CASE(by_name), CASE(the_one_that_lasts_longer), CASE(forms_of_files), CASE(what_changes),
		CASE(what_goes), CASE(a_bad_one_harms_no_other), CASE(no_directory) };
	return cmocka_run_group_tests_name("updater/certificates", tests, NULL, NULL);
}
