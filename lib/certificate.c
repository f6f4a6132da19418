/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the end and the names of a certificate that OpenSSL has taken apart. */
#include "lib/certificate.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "lib/name.h"

int64_t certificate_expires(const X509 *x509)
{
	struct tm end;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(x509), &end) != 1)
		return 0;
	int64_t expires = (int64_t)timegm(&end);
	return expires < 1 ? 1 : expires;
}

struct taking {
	void (*take)(void *, const char *, size_t);
	void *context;
};

static void take_text(const struct taking *t, const ASN1_STRING *text)
{
	unsigned char *utf8 = NULL;
	int length = ASN1_STRING_to_UTF8(&utf8, text);
	struct name name;
	char normal[NAME_TEXT];
	if (length > 0 && name_read_part((const char *)utf8, (size_t)length, &name, NULL) == DONE) {
		size_t wide = name_write(name.wire, normal);
		if (name_labels(name.wire) > 0 && strchr(normal, '\\') == NULL)
			t->take(t->context, normal, wide);
	}
	OPENSSL_free(utf8);
}

void certificate_names(const X509 *x509, void (*take)(void *, const char *, size_t), void *context)
{
	const struct taking t = { take, context };
	const X509_NAME *subject = X509_get_subject_name(x509);
	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
		take_text(&t, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	GENERAL_NAMES *others = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(others); i++) {
		const GENERAL_NAME *other = sk_GENERAL_NAME_value(others, i);
		if (other->type == GEN_DNS)
			take_text(&t, other->d.dNSName);
	}
	GENERAL_NAMES_free(others);
}
