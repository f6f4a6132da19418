/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwards UPDATEs to the updater (RFC 2136 section 6). This has a thread of its own, so that workers do not wait for the
 * updater. UPDATEs under way are limited in number and time; one that the updater does not answer in time is answered
 * with SERVFAIL. */
#ifndef DNSD_SERVE_FORWARD_H
#define DNSD_SERVE_FORWARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "lib/address.h"
#include "lib/error.h"
#include "link/forward.h"
#include "wire/tsig.h"

enum {
	FORWARD_MOST = 256,      /* under way at once; a power of two */
	FORWARD_DEADLINE = 2500, /* milliseconds: clients ask again after three seconds */
	FORWARD_CONTROL = 64,
};

/* One UPDATE under way. It belongs to the thread that makes it until it is given to the forwarder, then to the
 * forwarder's thread, and if it came by TCP, to TCP's thread again once it is answered. */
struct forward_job {
	struct forward_job *next;
	struct forward_head head;
	struct tsig_key key; /* that signed it, and signs its answer */
	int64_t deadline;
	bool sent;
	/* UDP: from where the answer leaves, and where it goes */
	int fd;
	struct sockaddr_storage peer;
	socklen_t peer_size;
	size_t control_size;
	_Alignas(8) uint8_t control[FORWARD_CONTROL];
	/* TCP: whose it is; NULL once that connection is gone. TCP's thread alone looks at it */
	void *connection;
	uint8_t *answer; /* two octets of length before it; NULL: memory was out */
	size_t answer_size;
	size_t size;
	uint8_t message[];
};

struct forwarder {
	const char *registry;
	const _Atomic bool *stop;
	pthread_t thread;
	pthread_mutex_t lock;                 /* over the next three */
	struct forward_job *fresh, **fresh_end; /* to be sent */
	struct forward_job *done;             /* of TCP */
	size_t count;                         /* not answered yet */
	_Atomic bool move;                    /* the updater is to be asked to move the serial */
	int wake, tcp; /* eventfds: there are fresh ones; there are done ones, which TCP's thread waits for */
	/* the thread's own */
	int updater; /* -1: not connected */
	uint32_t number;
	struct forward_job *slots[FORWARD_MOST]; /* by number */
	uint8_t scratch[FORWARD_MESSAGE];
};

int forwarder_start(struct forwarder *, const char *registry, const _Atomic bool *stop, struct error *);

/* Once *stop is set; who gives jobs has ended before. */
void forwarder_stop(struct forwarder *);

/* Copies of a message that came by UDP or by TCP, and that the key has signed, are given to the forwarder; NULL
 * when too many are under way. */
bool forward_udp(struct forwarder *, const struct tsig_key *, const uint8_t *message, size_t size, int fd, const struct msghdr *from);
struct forward_job *forward_tcp(struct forwarder *, const struct tsig_key *, const uint8_t *message, size_t size,
	const struct address *client, void *connection);

/* Asks the updater to move the serial of all zones, as soon as there is an updater: signatures or keys of a zone that
 * secondaries have are others now. Any thread. */
void forwarder_move_serial(struct forwarder *);

/* Whether UPDATEs are not answered yet. Any thread. */
bool forwarder_busy(struct forwarder *);

/* All TCP jobs that were answered, to be freed with forward_free. */
struct forward_job *forward_done(struct forwarder *);
void forward_free(struct forward_job *);

#endif
