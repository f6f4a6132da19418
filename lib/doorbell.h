/* SPDX-License-Identifier: BSD-2-Clause */
/* The one datagram between a writer of the registry and the name server: "there is a new revision",
 * and the answer "I serve it now". The registry is the truth; a lost datagram costs milliseconds.
 * A ring may say what changed, if that is nothing but hosts (lib/moved.h).
 *
 * The name server binds REGISTRY.dnsd; writers send from a socket of their own, to which the answer
 * goes. */
#ifndef LIB_DOORBELL_H
#define LIB_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/error.h"

enum { DOORBELL_TEXT = 200 };

/* Sent both ways, as it lies in memory: both ends are on one machine, of one build or refuse each
 * other by FORM. */
struct doorbell {
	uint32_t form;     /* DOORBELL_FORM */
	uint32_t serving;  /* answer: 1 if names are answered */
	int64_t revision;  /* request: the revision to reach; answer: the one that is served */
	int64_t from;      /* request: the revision from which the hosts behind it lead to that one; 0 without any */
	int64_t loaded_at; /* answer: when the view last followed the registry, clock_date() */
	int64_t zones, hosts, pools, queries, answers, refused_rows; /* answer: counts */
	int64_t signatures, unsigned_; /* answer: signatures made, answers for which there was no budget */
	char trouble[DOORBELL_TEXT]; /* answer: why the view is stale; "" if it is not */
};
enum { DOORBELL_FORM = 0x77730003 };

/* The address of a socket beside the registry itself, not beside a link to it: its name and SUFFIX. A path that is
 * too long for an address is gone to from its folder, which *folder then holds open, to be closed; -1 otherwise. */
int doorbell_place(const char *registry, const char *suffix, struct sockaddr_un *, int *folder, struct error *);

/* The name server's end: a bound, non-blocking socket. What stood there before is removed. */
int doorbell_listen(const char *registry, int *fd, struct error *);
void doorbell_unlisten(const char *registry, int fd);

/* A writer's end. */
int doorbell_open(const char *registry, int *fd, struct error *);

/* Asks for a revision, not waiting. ABSENT when no name server listens. */
int doorbell_ring(int fd, int64_t revision, struct error *);

/* The same with what changed since the revision FROM: SIZE octets of a struct moved. */
int doorbell_ring_with(int fd, int64_t from, int64_t revision, const uint8_t *moved, size_t size, struct error *);

/* Takes one datagram that is there; ABSENT when there is none. PEER may be NULL. */
int doorbell_take(int fd, struct doorbell *, struct sockaddr_un *peer, socklen_t *peer_size);

/* The same with what is behind it, to MOVED: *size octets, for as many as which there is room at first. */
int doorbell_take_with(int fd, struct doorbell *, struct sockaddr_un *peer, socklen_t *peer_size,
	uint8_t *moved, size_t *size);

/* The name server's answer to a peer. A peer that is gone or full is passed over. */
void doorbell_answer(int fd, const struct doorbell *, const struct sockaddr_un *peer,
	socklen_t peer_size);

/* Rings and waits until the revision is served, at most MILLISECONDS. ABSENT when no name server
 * listens, UNCHANGED when it did not get there in time; *last is its last answer. */
int doorbell_wait(const char *registry, int64_t revision, int milliseconds, struct doorbell *last,
	struct error *);

#endif
