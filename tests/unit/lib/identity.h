/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates that tests make, signed by themselves. */
#ifndef TESTS_UNIT_LIB_IDENTITY_H
#define TESTS_UNIT_LIB_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "tests/unit/check.h"

/* Of a subject, with alternative names as OpenSSL writes them ("DNS:a,DNS:b") or NULL, until END. *KEY is the caller's, if
 * that is not NULL. */
static inline X509 *identity_certificate(const char *cn, const char *san, time_t end, EVP_PKEY **key)
{
	X509 *x = X509_new();
	EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(made);
	X509_set_version(x, 2);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	ASN1_TIME_set(X509_getm_notBefore(x), 0);
	ASN1_TIME_set(X509_getm_notAfter(x), end);
	if (san != NULL) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
		assert_non_null(extension);
		X509_add_ext(x, extension, -1);
		X509_EXTENSION_free(extension);
	}
	X509_set_pubkey(x, made);
	assert_true(X509_sign(x, made, EVP_sha256()) > 0);
	if (key != NULL)
		*key = made;
	else
		EVP_PKEY_free(made);
	return x;
}

/* Writes PEM: a certificate and a key, either of which may be NULL, to FOLDER/NAME. */
static inline void identity_write(const char *folder, const char *name, X509 *x, EVP_PKEY *key)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(x == NULL || PEM_write_X509(file, x) == 1);
	assert_true(key == NULL || PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
}

#endif
