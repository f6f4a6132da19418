/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading PEM files, and setting up a context of OpenSSL's. */
#include "lib/tls_server.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>

/* PEM files. */

static int refuse(struct error *e, const char *what, const char *path)
{
	char why[256];
	ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
	ERR_clear_error();
	return fail(e, REFUSED, "%s %s: %s", what, path, why);
}

/* A key with a passphrase cannot be read: nobody is there to type it. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return 0;
}

static bool at_end(void)
{
	unsigned long why = ERR_peek_last_error();
	return ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
}

static bool read_chain(BIO *file, struct tls_identity *t)
{
	t->certificate = PEM_read_bio_X509_AUX(file, NULL, no_passphrase, NULL);
	t->chain = sk_X509_new_null();
	if (t->certificate == NULL || t->chain == NULL)
		return false;
	for (X509 *issuer; (issuer = PEM_read_bio_X509(file, NULL, no_passphrase, NULL)) != NULL;)
		if (sk_X509_push(t->chain, issuer) == 0) {
			X509_free(issuer);
			return false;
		}
	return at_end();
}

static bool read_key(BIO *file, struct tls_identity *t)
{
	t->key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
	return t->key != NULL;
}

static int read_file(const char *path, const char *what, bool (*take)(BIO *, struct tls_identity *),
	struct tls_identity *t, struct error *e)
{
	BIO *file = BIO_new_file(path, "re");
	int outcome = file != NULL && take(file, t) ? DONE : refuse(e, what, path);
	BIO_free(file);
	ERR_clear_error();
	return outcome;
}

/* Whether OpenSSL would show it to clients: it does not, if it is too weak. */
static bool usable(const struct tls_identity *t)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	bool well = context != NULL && SSL_CTX_use_cert_and_key(context, t->certificate, t->key, t->chain, 1) == 1;
	SSL_CTX_free(context);
	return well;
}

int tls_identity_read(const char *chain, const char *key, struct tls_identity *t, struct error *e)
{
	*t = (struct tls_identity){ 0 };
	ERR_clear_error();
	int outcome = read_file(chain, "the certificate", read_chain, t, e);
	if (outcome == DONE)
		outcome = read_file(key, "the key", read_key, t, e);
	if (outcome == DONE && X509_check_private_key(t->certificate, t->key) != 1)
		outcome = refuse(e, "the key does not fit the certificate", chain);
	if (outcome == DONE && !usable(t))
		outcome = refuse(e, "the certificate cannot be used:", chain);
	if (outcome != DONE)
		tls_identity_free(t);
	return outcome;
}

void tls_identity_free(struct tls_identity *t)
{
	X509_free(t->certificate);
	sk_X509_pop_free(t->chain, X509_free);
	EVP_PKEY_free(t->key);
	*t = (struct tls_identity){ 0 };
}

/* Contexts. */

static const int versions[TLS_VERSIONS] = { SSL3_VERSION, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };

enum { VERSION_1_2 = 3 };

int tls_session_version(const SSL *tls)
{
	int i = TLS_VERSIONS - 1;
	while (i > 0 && versions[i] != SSL_version(tls))
		i--;
	return i;
}

static int choose_protocol(SSL *tls, const unsigned char **out, unsigned char *size, const unsigned char *offered,
	unsigned offered_size, void *context)
{
	const char *protocol = context;
	size_t length = strlen(protocol);
	(void)tls;
	for (unsigned at = 0; at < offered_size; at += offered[at] + 1u)
		if (offered[at] == length && memcmp(offered + at + 1, protocol, length) == 0) {
			*out = offered + at + 1;
			*size = offered[at];
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The lowest and the highest version of a range; false for one with gaps. */
static bool range_of(tls_set set, int *low, int *high)
{
	*low = 0;
	while (*low < TLS_VERSIONS && (set >> *low & 1) == 0)
		(*low)++;
	*high = *low;
	while (*high + 1 < TLS_VERSIONS && (set >> (*high + 1) & 1) != 0)
		(*high)++;
	return *low < TLS_VERSIONS && set >> (*high + 1) == 0;
}

static void take_options(SSL_CTX *context, const char *protocol)
{
	union {
		const char *from;
		void *to;
	} text = { protocol };
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, text.to);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* sessions are resumed by tickets, which hold no memory here */
}

int tls_server_context(tls_set set, const char *protocol, SSL_CTX **made, struct error *e)
{
	int low, high;
	char text[TLS_TEXT];
	tls_write(set, text);
	if (!range_of(set, &low, &high))
		return fail(e, REFUSED, "TLS %s: wanted a range without gaps, as in 1.0-1.3", text);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context == NULL)
		return fail(e, FAILED, "out of memory");
	bool well = low > 0 && SSL_CTX_set_min_proto_version(context, versions[low]) == 1
		&& SSL_CTX_set_max_proto_version(context, versions[high]) == 1
		&& (low >= VERSION_1_2 || SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1);
	ERR_clear_error();
	if (!well) {
		SSL_CTX_free(context);
		return fail(e, REFUSED, "TLS %s: this OpenSSL does not speak all of it", text);
	}
	take_options(context, protocol);
	*made = context;
	return DONE;
}
