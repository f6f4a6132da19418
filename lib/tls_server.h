/* SPDX-License-Identifier: BSD-2-Clause */
/* What our servers of TLS share: a certificate with its chain and its key, and what is offered to clients. */
#ifndef LIB_TLS_SERVER_H
#define LIB_TLS_SERVER_H

#include <openssl/types.h>
#include <openssl/x509.h>

#include "lib/error.h"
#include "lib/tls.h"

/* A certificate, those of its issuers, and its key, which fits it. Zero-initialise it. Once it is read any thread may use
 * it, one at a time may free it. */
struct tls_identity {
	X509 *certificate;
	STACK_OF(X509) *chain;
	EVP_PKEY *key;
};

/* Reads PEM files: CHAIN has the certificate first, KEY its key without a passphrase; they may be the same file. REFUSED
 * names the file and what is wrong with it; then IDENTITY is empty. */
int tls_identity_read(const char *chain, const char *key, struct tls_identity *, struct error *);
void tls_identity_free(struct tls_identity *);

/* A server's context that speaks these versions, a range without gaps, and from 1.2 on nothing that is weak today; with
 * versions before 1.2 also the ciphers and signatures (SHA-1) that their clients know. Of a client that says which protocols
 * it speaks (RFC 7301), PROTOCOL must be among them; it lives for ever. REFUSED for versions that this OpenSSL hasn't. To be
 * freed by SSL_CTX_free. */
int tls_server_context(tls_set, const char *protocol, SSL_CTX **, struct error *);

/* The version of a session: the place of its bit in a tls_set. */
int tls_session_version(const SSL *);

#endif
