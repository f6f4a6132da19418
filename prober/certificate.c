/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names a certificate holds, and until when it is valid. */
#include "prober/certificate.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "lib/name.h"
#include "lib/text.h"

static bool listed(const char *names, const char *name)
{
	size_t length, wide = strlen(name);
	for (const char *word; (word = text_word(&names, " ", &length)) != NULL;)
		if (length == wide && memcmp(word, name, wide) == 0)
			return true;
	return false;
}

static void add_name(struct certificate *c, const char *text, size_t length)
{
	struct name name;
	char normal[NAME_TEXT];
	if (name_read_part(text, length, &name, NULL) != DONE || name_labels(name.wire) < 2)
		return;
	size_t wide = name_write(name.wire, normal), used = strlen(c->names);
	if (strchr(normal, '\\') != NULL || listed(c->names, normal)
		|| used + wide + 2 > sizeof c->names)
		return;
	if (used > 0)
		c->names[used++] = ' ';
	memcpy(c->names + used, normal, wide + 1);
}

static void add_text(struct certificate *c, const ASN1_STRING *text)
{
	unsigned char *utf8 = NULL;
	int length = ASN1_STRING_to_UTF8(&utf8, text);
	if (length > 0)
		add_name(c, (const char *)utf8, (size_t)length);
	OPENSSL_free(utf8);
}

static void read_names(struct certificate *c, X509 *x509)
{
	const X509_NAME *subject = X509_get_subject_name(x509);
	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
		add_text(c, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	GENERAL_NAMES *others = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(others); i++) {
		const GENERAL_NAME *other = sk_GENERAL_NAME_value(others, i);
		if (other->type == GEN_DNS)
			add_text(c, other->d.dNSName);
	}
	GENERAL_NAMES_free(others);
}

int certificate_read(const uint8_t *der, size_t size, struct certificate *c, struct error *e)
{
	struct tm end;
	const unsigned char *at = der;
	*c = (struct certificate){ .names = "" };
	X509 *x509 = size == 0 || size > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)size);
	int outcome = x509 != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(x509), &end) == 1
		? DONE
		: fail(e, REFUSED, "its certificate is none");
	if (outcome == DONE) {
		c->expires = (int64_t)timegm(&end);
		if (c->expires < 1)
			c->expires = 1; /* 0 is "not known" */
		read_names(c, x509);
	}
	X509_free(x509);
	ERR_clear_error();
	return outcome;
}

/* SERVICE_CERTS but the first, which old clients drop. */
static const char *const service_names[] = { "frontends.b5p.us", "pagekite.net", "pagekite.me",
	"pagekite.com", "pagekite.org", "testing.is", "302.is" };

/* As SSL_CheckName of SocksipyChain: *.D stands for D and all below it. */
static bool matches(const char *name, size_t length, const char *wanted)
{
	size_t wide = strlen(wanted);
	if (length == wide && memcmp(name, wanted, wide) == 0)
		return true;
	if (length < 3 || memcmp(name, "*.", 2) != 0)
		return false;
	name += 2;
	length -= 2;
	return wide >= length && memcmp(wanted + wide - length, name, length) == 0
		&& (wide == length || wanted[wide - length - 1] == '.');
}

bool certificate_serves(const char *names, const char *zone)
{
	size_t length;
	bool own = strcmp(zone, "b5p.us") != 0;
	for (const char *name; (name = text_word(&names, " ", &length)) != NULL;) {
		if (own && matches(name, length, zone))
			return true;
		for (size_t i = 0; i < sizeof service_names / sizeof service_names[0]; i++)
			if (matches(name, length, service_names[i]))
				return true;
	}
	return false;
}
