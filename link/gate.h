/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of an UPDATE (RFC 2136 section 6) from the name server, which never writes the registry, to the updater,
 * and of its answer back: records of a connection between Unix sockets (SOCK_SEQPACKET). The updater binds
 * REGISTRY.updater; that it is gone is seen at once. */
#ifndef LINK_GATE_H
#define LINK_GATE_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/address.h"
#include "link/beside.h"
#include "lib/error.h"
#include "wire/record.h"

/* Before each message and each answer, as it lies in memory: both ends are on one machine, of one build or refuse
 * each other by FORM. An answer bears its request's number. */
struct gate {
	uint32_t form;   /* GATE_FORM */
	uint32_t number;
	struct address client;
	uint8_t tcp;
	uint8_t wish; /* enum gate_wish */
};

enum gate_wish {
	GATE_UPDATE,      /* of the message, which is an UPDATE */
	GATE_MOVE_SERIAL, /* that there be another revision: signatures of zones are others now. It is not answered */
};
enum { GATE_FORM = 0x77750002, GATE_MESSAGE = MESSAGE_MOST };

/* The updater's end, as link/beside.h has it. UNCHANGED when another updater listens there. */
int gate_listen(struct beside *, const char *registry, struct error *);

/* The name server's end, connected and non-blocking; ABSENT when no updater listens. */
int gate_open(const char *registry, int *fd, struct error *);

/* Sends one record. DONE, UNCHANGED when there is no room for it now, ABSENT when the other side is gone. */
int gate_send(int fd, const struct gate *, const void *message, size_t size);

/* Takes one record: *size octets into MESSAGE, which has room for GATE_MESSAGE. UNCHANGED when there is none,
 * ABSENT when the other side is gone, REFUSED for one of another form. */
int gate_take(int fd, struct gate *, void *message, size_t *size);

#endif
