/* SPDX-License-Identifier: BSD-2-Clause */
/* A context, and the sessions that are made of it. */
#include "updater/tls_port.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/clock.h"

enum { TICKETS_LIVE = 24 * 60 * 60 * 1000 /* milliseconds, at most: whoever steals their key later can read no more */ };

static int show(SSL *tls, void *context)
{
	return certificates_show(context, tls) ? 1 : 0;
}

static int make_context(struct tls_port *p, SSL_CTX **made, struct error *e)
{
	int outcome = tls_server_context(p->versions, "http/1.1", made, e);
	if (outcome != DONE)
		return outcome;
	SSL_CTX_set_cert_cb(*made, show, p->certificates);
	SSL_CTX_set_num_tickets(*made, 1);
	SSL_CTX_set_timeout(*made, TICKETS_LIVE / 1000);
	SSL_CTX_clear_mode(*made, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(*made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	return DONE;
}

int tls_port_open(struct tls_port *p, tls_set versions, struct certificates *certificates, struct error *e)
{
	*p = (struct tls_port){ .versions = versions, .certificates = certificates, .made = clock_ticks() };
	return make_context(p, &p->context, e);
}

void tls_port_close(struct tls_port *p)
{
	SSL_CTX_free(p->context);
	p->context = NULL;
}

/* The context has the key of tickets. Sessions that have begun keep the old one. */
SSL *tls_port_session(struct tls_port *p, int64_t now)
{
	SSL_CTX *fresh;
	if (now >= p->made + TICKETS_LIVE && make_context(p, &fresh, NULL) == DONE) {
		SSL_CTX_free(p->context);
		p->context = fresh;
		p->made = now;
	}
	SSL *session = SSL_new(p->context);
	ERR_clear_error();
	return session;
}
