/* SPDX-License-Identifier: BSD-2-Clause */
/* What an address that is listened at for TLS offers its clients. */
#ifndef UPDATER_TLS_PORT_H
#define UPDATER_TLS_PORT_H

#include "updater/certificates.h"

struct tls_port {
	tls_set versions;
	struct certificates *certificates; /* of all such addresses */
	SSL_CTX *context;
	int64_t made; /* ticks: when the context was */
};

/* REFUSED for versions that can't be offered. */
int tls_port_open(struct tls_port *, tls_set, struct certificates *, struct error *);
void tls_port_close(struct tls_port *);

/* A session for a new client; NULL when memory is out. Now and then, what tickets are sealed with is made anew. NOW in
 * ticks. */
SSL *tls_port_session(struct tls_port *, int64_t now);

#endif
