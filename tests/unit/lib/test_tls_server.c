/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates with keys from files, and contexts for ranges of versions. */
#include "lib/tls_server.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/lib/identity.h"

static char folder[] = "/tmp/windsock-test-XXXXXX";
static X509 *one, *other;
static EVP_PKEY *one_key, *other_key;
static struct error e;

static const char *path(const char *name)
{
	static char paths[2][256];
	static int last;
	last = 1 - last;
	snprintf(paths[last], sizeof paths[last], "%s/%s", folder, name);
	return paths[last];
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	one = identity_certificate("one.test", NULL, 4000000000, &one_key);
	other = identity_certificate("other.test", NULL, 4000000000, &other_key);
	identity_write(folder, "chain", one, NULL);
	identity_write(folder, "key", NULL, one_key);
	identity_write(folder, "both", one, one_key);
	identity_write(folder, "mixed", one, other_key);
	identity_write(folder, "empty", NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "chain", "key", "both", "mixed", "empty", "long", "sealed" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		remove(path(files[i]));
	X509_free(one);
	X509_free(other);
	EVP_PKEY_free(one_key);
	EVP_PKEY_free(other_key);
	return rmdir(folder);
}

static void two_files_or_one(void **state)
{
	struct tls_identity t;
	(void)state;
	assert_done(tls_identity_read(path("chain"), path("key"), &t, &e), &e);
	assert_int_equal(X509_cmp(t.certificate, one), 0);
	assert_int_equal(sk_X509_num(t.chain), 0);
	tls_identity_free(&t);
	assert_null(t.certificate);
	assert_done(tls_identity_read(path("both"), path("both"), &t, &e), &e);
	tls_identity_free(&t);
}

static void issuers_come_with_it(void **state)
{
	struct tls_identity t;
	(void)state;
	FILE *file = fopen(path("long"), "w");
	PEM_write_X509(file, one);
	PEM_write_X509(file, other);
	PEM_write_X509(file, other);
	fclose(file);
	assert_done(tls_identity_read(path("long"), path("key"), &t, &e), &e);
	assert_int_equal(sk_X509_num(t.chain), 2);
	assert_int_equal(X509_cmp(sk_X509_value(t.chain, 1), other), 0);
	tls_identity_free(&t);
	file = fopen(path("long"), "a");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
	fclose(file);
	assert_outcome(tls_identity_read(path("long"), path("key"), &t, &e), REFUSED, &e);
	assert_says(e.text, "/long");
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *chain, *key, *says;
	} rows[] = { { "none", "key", "the certificate " }, { "chain", "none", "the key " }, { "empty", "key", "the certificate " },
		{ "chain", "empty", "the key " }, { "key", "key", "the certificate " }, { "chain", "chain", "the key " },
		{ "mixed", "mixed", "the key does not fit the certificate " } };
	struct tls_identity t;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_outcome(tls_identity_read(path(rows[i].chain), path(rows[i].key), &t, &e), REFUSED, &e);
		assert_says(e.text, rows[i].says);
		assert_true(t.certificate == NULL && t.key == NULL && t.chain == NULL);
	}
}

/* Nobody is asked for a passphrase. */
static void a_sealed_key_is_refused(void **state)
{
	struct tls_identity t;
	(void)state;
	FILE *file = fopen(path("sealed"), "w");
	assert_int_equal(PEM_write_PrivateKey(file, one_key, EVP_aes_128_cbc(), (const unsigned char *)"word", 4, NULL, NULL), 1);
	fclose(file);
	assert_outcome(tls_identity_read(path("chain"), path("sealed"), &t, &e), REFUSED, &e);
	assert_says(e.text, "/sealed");
}

static void a_weak_one_is_refused(void **state)
{
	struct tls_identity t;
	EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	X509 *x = X509_dup(one);
	(void)state;
	X509_set_pubkey(x, weak);
	X509_sign(x, weak, EVP_sha256());
	identity_write(folder, "long", x, weak);
	assert_outcome(tls_identity_read(path("long"), path("long"), &t, &e), REFUSED, &e);
	assert_says(e.text, "key too small");
	X509_free(x);
	EVP_PKEY_free(weak);
}

static void ranges(void **state)
{
	static const struct {
		const char *text;
		long low, high;
	} rows[] = { { "1.2-1.3", TLS1_2_VERSION, TLS1_3_VERSION }, { "1.3", TLS1_3_VERSION, TLS1_3_VERSION },
		{ "1.0-1.2", TLS1_VERSION, TLS1_2_VERSION }, { "1.1", TLS1_1_VERSION, TLS1_1_VERSION } };
	static const char *const wrong[] = { "1.0,1.2", "ssl3", "ssl3-1.3", "1.0-1.1,1.3", "none" };
	SSL_CTX *context;
	tls_set set;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_done(tls_read(rows[i].text, &set, &e), &e);
		assert_done(tls_server_context(set, "http/1.1", &context, &e), &e);
		assert_int_equal(SSL_CTX_get_min_proto_version(context), rows[i].low);
		assert_int_equal(SSL_CTX_get_max_proto_version(context), rows[i].high);
		assert_int_equal(SSL_CTX_get_security_level(context), rows[i].low < TLS1_2_VERSION ? 0 : 2);
		SSL_CTX_free(context);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_done(tls_read(wrong[i], &set, &e), &e);
		assert_outcome(tls_server_context(set, "http/1.1", &context, &e), REFUSED, &e);
		assert_says(e.text, wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(two_files_or_one), cmocka_unit_test(issuers_come_with_it),
		cmocka_unit_test(what_is_wrong_is_said), cmocka_unit_test(a_sealed_key_is_refused),
		cmocka_unit_test(a_weak_one_is_refused), cmocka_unit_test(ranges) };
	return cmocka_run_group_tests_name("lib/tls_server", tests, set_up, tear_down);
}
