/* SPDX-License-Identifier: BSD-2-Clause */
/* A handshake by OpenSSL over memory. */
#include "prober/handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

enum { IN_MOST = 65536 }; /* octets from the server: more than any chain of certificates */

struct handshake {
	SSL *ssl;
	BIO *in, *out; /* the ssl's */
	size_t taken;
};

/* The context of all handshakes, made when it is first needed. It verifies nothing: certificates are looked at here,
 * not trusted. */
static SSL_CTX *context(void)
{
	static SSL_CTX *made;
	if (made != NULL)
		return made;
	made = SSL_CTX_new(TLS_client_method());
	if (made == NULL)
		return NULL;
	SSL_CTX_set_security_level(made, 0);
	SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
	return made;
}

struct handshake *handshake_new(const char *sni)
{
	struct handshake *h = calloc(1, sizeof *h);
	SSL_CTX *ctx = context();
	if (h == NULL || ctx == NULL || (h->ssl = SSL_new(ctx)) == NULL) {
		free(h);
		return NULL;
	}
	h->in = BIO_new(BIO_s_mem());
	h->out = BIO_new(BIO_s_mem());
	if (h->in == NULL || h->out == NULL) {
		BIO_free(h->in);
		BIO_free(h->out);
		SSL_free(h->ssl);
		free(h);
		return NULL;
	}
	SSL_set_bio(h->ssl, h->in, h->out);
	SSL_set_connect_state(h->ssl);
	if (*sni != '\0')
		SSL_set_tlsext_host_name(h->ssl, sni);
	return h;
}

void handshake_free(struct handshake *h)
{
	if (h == NULL)
		return;
	SSL_free(h->ssl);
	free(h);
}

bool handshake_take(struct handshake *h, const uint8_t *bytes, size_t size)
{
	if (size > IN_MOST - h->taken || (size > 0 && BIO_write(h->in, bytes, (int)size) != (int)size))
		return false;
	h->taken += size;
	int done = SSL_do_handshake(h->ssl);
	bool more = done != 1 && SSL_get_error(h->ssl, done) == SSL_ERROR_WANT_READ;
	ERR_clear_error();
	return more;
}

size_t handshake_out(struct handshake *h, uint8_t *out, size_t room)
{
	int got = BIO_read(h->out, out, (int)room);
	return got > 0 ? (size_t)got : 0;
}

size_t handshake_leaf(struct handshake *h, uint8_t *der, size_t room)
{
	X509 *leaf = SSL_get0_peer_certificate(h->ssl);
	int size = leaf == NULL ? 0 : i2d_X509(leaf, NULL);
	if (size <= 0 || (size_t)size > room)
		return 0;
	return i2d_X509(leaf, &der) == size ? (size_t)size : 0;
}
