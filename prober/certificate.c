/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names a certificate holds, and whether clients look for one of them. */
#include "prober/certificate.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/certificate.h"
#include "lib/text.h"

static void add_name(void *context, const char *name, size_t length)
{
	struct certificate *c = context;
	size_t used = strlen(c->names);
	if (strchr(name, '.') == NULL || text_lists(c->names, name) || used + length + 2 > sizeof c->names)
		return;
	if (used > 0)
		c->names[used++] = ' ';
	memcpy(c->names + used, name, length + 1);
}

int certificate_read(const uint8_t *der, size_t size, struct certificate *c, struct error *e)
{
	const unsigned char *at = der;
	*c = (struct certificate){ .names = "" };
	X509 *x509 = size == 0 || size > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)size);
	if (x509 != NULL)
		c->expires = certificate_expires(x509);
	if (c->expires != 0)
		certificate_names(x509, add_name, c);
	X509_free(x509);
	ERR_clear_error();
	return c->expires != 0 ? DONE : fail(e, REFUSED, "its certificate is none");
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
