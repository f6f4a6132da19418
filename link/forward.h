/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarded UPDATEs (RFC 2136 section 6), and what the command asks the updater: the name server never writes the registry, so it passes each on to the updater
 * and takes the answer back, as records of a connection between Unix sockets (SOCK_SEQPACKET). The updater listens at
 * REGISTRY.updater. A side that ends closes its socket, which the other one sees at once. */
#ifndef LINK_FORWARD_H
#define LINK_FORWARD_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/address.h"
#include "link/beside.h"
#include "lib/error.h"

/* Before each message and each answer, as it lies in memory: both ends are on one machine, of one build or refuse
 * each other by FORM. An answer bears its request's number. */
struct forward_head {
	uint32_t form;   /* FORWARD_FORM */
	uint32_t number;
	struct address client;
	uint8_t tcp;
	uint8_t wish; /* enum forward_wish */
};

enum forward_wish {
	FORWARD_UPDATE,      /* of the message, which is an UPDATE */
	FORWARD_MOVE_SERIAL, /* that there be another revision: signatures of zones are others now. It is not answered */
	FORWARD_CERTIFICATES, /* to know the updater's certificates: answered by a struct forward_certificate each, as many as
	                       * fit. An updater that is older answers with something else, or not at all */
};
enum { FORWARD_FORM = 0x77750002, FORWARD_MESSAGE = 65535, FORWARD_NAMES = 128, FORWARD_TROUBLE = 200 };

/* One that HTTPS shows, or should. */
struct forward_certificate {
	char mark[8];                  /* FORWARD_MARK */
	int64_t expires;               /* date; 0: it cannot be read, and there is no older one */
	char names[FORWARD_NAMES];     /* the names that it is for, as many as have room, or its file's */
	char trouble[FORWARD_TROUBLE]; /* why what is in its files now is not shown; "" when it is */
};
#define FORWARD_MARK "certif1"

/* The updater's end, as link/beside.h has it: FD is the socket of the updater that we replace, or -1. UNCHANGED when
 * another updater listens there. */
int forward_listen(struct beside *, const char *registry, int fd, struct error *);

/* The name server's end, connected and non-blocking; ABSENT when no updater listens. */
int forward_connect(const char *registry, int *fd, struct error *);

/* Sends one record. DONE, UNCHANGED when there is no room for it now, ABSENT when the other side is gone. */
int forward_send(int fd, const struct forward_head *, const void *message, size_t size);

/* Asks the updater for its certificates, and waits for at most MILLISECONDS: *count of them in a list that is the caller's to
 * free. ABSENT when no updater listens, UNCHANGED when it did not answer that. */
int forward_certificates(const char *registry, int milliseconds, struct forward_certificate **, size_t *count,
	struct error *);

/* Takes one record: *size octets into MESSAGE, which has room for FORWARD_MESSAGE. UNCHANGED when there is none,
 * ABSENT when the other side is gone, REFUSED for one of another form. */
int forward_take(int fd, struct forward_head *, void *message, size_t *size);

#endif
