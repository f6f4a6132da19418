/* SPDX-License-Identifier: BSD-2-Clause */
/* What a writer of the registry says to the name server, "there is a new revision", and the answer, "I serve it
 * now": records of a connection between Unix sockets. The registry is the truth; a lost word costs milliseconds.
 * A ring may say what changed, if that is nothing but hosts (link/host_changes.h).
 *
 * The name server listens at REGISTRY.dnsd; its answer comes back over the connection, so that writers need no
 * name, and reach it from other network namespaces. */
#ifndef LINK_DOORBELL_H
#define LINK_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

#include "link/beside.h"
#include "lib/error.h"
#include "lib/name.h"
#include "dnssec/zone_key.h"

enum { DOORBELL_TEXT = 200, DOORBELL_WRITERS = 64 };

/* Sent both ways, as it lies in memory: both ends are on one machine, of one build or refuse each
 * other by FORM. */
struct doorbell {
	uint32_t form;     /* DOORBELL_FORM */
	uint32_t serving;  /* answer: 1 if names are answered */
	int64_t revision;  /* request: the revision to reach; answer: the revision that is served */
	int64_t serial;    /* answer: the serial of that revision, which is greater if the registry went back */
	int64_t from;      /* request: the revision to which the hosts behind this are added to reach `revision`; 0: no hosts */
	int64_t loaded_at; /* answer: when the view last followed the registry, clock_date() */
	int64_t zones, hosts, pools, queries, answers, refused_rows; /* answer: counts */
	int64_t signatures, unsigned_; /* answer: signatures made, answers for which there was no budget, */
	int64_t samples;               /* and those of pools that were what was signed ahead */
	int64_t journal_octets;          /* answer: what changed in signed zones, kept for IXFR, of all together */
	int64_t closed_hosts;            /* answer: hosts whose secrets cannot be opened */
	int64_t bare_zones, stuck_zones; /* answer: zones that are to be signed and are not; whose keys cannot be read,
	                                  * and that keep those that they have, some none */
	char trouble[DOORBELL_TEXT]; /* answer: why the view is stale; "" if it is not */
	char keys_trouble[DOORBELL_TEXT]; /* answer: why the first of those zones' keys cannot be read */
	struct doorbell_zone {
		uint8_t size, name[NAME_WIRE]; /* request: a zone of which more is wanted; 0: of none */
		uint8_t served, stuck;         /* answer: there is such a zone; its keys cannot be read */
		uint8_t signers, keys;         /* answer: keys that sign it, 0 when it is served unsigned; its DNSKEYs, */
		uint16_t tags[ZONE_KEYS_MOST]; /* and their tags */
	} zone;
};
enum { DOORBELL_FORM = 0x77730008 };

/* The name server's end. A writer too many takes the place of the one that came first. */
struct doorbell_listener {
	struct beside place;
	int epoll; /* readable when somebody rings or comes */
	int writers[DOORBELL_WRITERS]; /* -1: free */
	unsigned next;
};

/* FD is the socket of the name server that we replace, -1 for none (link/beside.h). DONE too when another name server
 * listens there: then nobody rings here before that one is gone. */
int doorbell_listen(struct doorbell_listener *, const char *registry, int fd, struct error *);

/* Now and then: listens again when the name was removed, or when the name server that had it is gone. */
void doorbell_keep(struct doorbell_listener *);
void doorbell_unlisten(struct doorbell_listener *);

/* The same for one that was replaced: its name stays, and writers who call again reach the successor. */
void doorbell_hand_over(struct doorbell_listener *);

/* Takes one ring that is there. UNCHANGED when there is none; REFUSED for one of another form. *size octets of what
 * is behind it go to CHANGES, for as many as which there is room at first. *WRITER is who is to be answered. */
int doorbell_heed(struct doorbell_listener *, struct doorbell *, int *writer, uint8_t *changes, size_t *size);

/* The answer. A writer that is gone or does not read is passed over. */
void doorbell_answer(const struct doorbell_listener *, int writer, const struct doorbell *);

/* A writer's end. */
int doorbell_open(const char *registry, int *fd, struct error *);

/* Asks for a revision, not waiting. ABSENT when no name server listens. */
int doorbell_ring(int fd, int64_t revision, struct error *);

/* The same with what changed since the revision FROM: SIZE octets of a struct host_changes. */
int doorbell_ring_with(int fd, int64_t from, int64_t revision, const uint8_t *changes, size_t size, struct error *);

/* Takes one answer that is there: UNCHANGED when there is none, REFUSED for one of another form, ABSENT when the
 * name server is gone. */
int doorbell_take(int fd, struct doorbell *);

/* Rings and waits until the revision is served, at most MILLISECONDS. ABSENT when no name server
 * listens, UNCHANGED when it did not get there in time; *last is its last answer. */
int doorbell_wait(const char *registry, int64_t revision, int milliseconds, struct doorbell *last,
	struct error *);

/* The same, and asks for more of a zone. */
int doorbell_wait_zone(const char *registry, int64_t revision, const struct name *zone, int milliseconds,
	struct doorbell *last, struct error *);

#endif
