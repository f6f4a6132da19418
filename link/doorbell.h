/* SPDX-License-Identifier: BSD-2-Clause */
/* How a writer of the registry tells the name server that there is a new revision, and is told when it is served:
 * records of a connection between Unix sockets. Nothing depends on it: the name server looks at the registry anyway,
 * and a lost record costs milliseconds. A ring may bring along what changed, if that is hosts alone
 * (link/host_changes.h). The name server listens at REGISTRY.dnsd. Its answer comes back over the same connection, so
 * that writers need no name of their own, and may be in another network namespace. */
#ifndef LINK_DOORBELL_H
#define LINK_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

#include "link/beside.h"
#include "lib/error.h"
#include "lib/name.h"
#include "dnssec/zone_key.h"

enum { DOORBELL_TEXT = 200, DOORBELL_WRITERS = 64 };

/* Sent both ways, as it lies in memory. Both ends are on one machine and of one build: one of another build is refused
 * by its form. */
struct doorbell {
	uint32_t form;     /* DOORBELL_FORM */
	uint32_t serving;  /* answer: 1 if names are answered */
	int64_t revision;  /* request: the revision to reach; answer: the revision that is served */
	int64_t serial;    /* answer: the serial of that revision, which is greater if the registry went back */
	int64_t from;      /* request: the hosts that follow are all that changed since this revision; 0: no hosts
	                    * follow */
	int64_t loaded_at; /* answer: when the view last followed the registry, clock_date() */
	int64_t zones, hosts, pools, queries, answers, refused_rows; /* answer: counts */
	int64_t signatures, unsigned_; /* answer: signatures made; answers that were not signed, for want of budget */
	int64_t samples;               /* answers of pools that were what was signed ahead, for want of budget */
	int64_t journal_octets;          /* answer: what changed in signed zones, kept for IXFR, of all together */
	int64_t closed_hosts;            /* answer: hosts whose secrets cannot be opened */
	int64_t bare_zones, stuck_zones; /* answer: zones that are to be signed and are not; zones whose key files
	                                  * cannot be read, which go on with the keys that they had, if any */
	char trouble[DOORBELL_TEXT]; /* answer: why the view is stale; "" if it is not */
	char keys_trouble[DOORBELL_TEXT]; /* answer: why the keys of the first such zone cannot be read; "" */
	struct doorbell_zone {
		uint8_t size, name[NAME_WIRE]; /* request: also tell of this zone; size 0: of none */
		uint8_t served, stuck;         /* answer: there is such a zone; its keys cannot be read */
		uint8_t signers, keys;         /* answer: keys that sign it, 0 when it is served unsigned; its DNSKEYs, */
		uint16_t tags[ZONE_KEYS_MOST]; /* and their tags */
	} zone;
};
enum { DOORBELL_FORM = 0x77730008 };

/* The name server's end. When all places for writers are taken, a newcomer gets that of the one who came first. */
struct doorbell_listener {
	struct beside place;
	int epoll; /* readable when somebody rings or comes */
	int writers[DOORBELL_WRITERS]; /* -1: free */
	unsigned next;
};

/* FD is the socket of the name server that we replace, -1 for none (link/beside.h). DONE also while another name
 * server listens there: nobody rings here then before that one is gone. */
int doorbell_listen(struct doorbell_listener *, const char *registry, int fd, struct error *);

/* To be called now and then: listens again when the socket's file was removed, or when the name server that had it is
 * gone. */
void doorbell_keep(struct doorbell_listener *);
void doorbell_unlisten(struct doorbell_listener *);

/* The same for one that was replaced: its name stays, and writers who call again reach the successor. */
void doorbell_hand_over(struct doorbell_listener *);

/* Takes one ring, and *WRITER, whom the answer is for. *size is the room in CHANGES before, and the octets of changes
 * that came afterwards. UNCHANGED when nobody rang; REFUSED for a ring of another form. */
int doorbell_heed(struct doorbell_listener *, struct doorbell *, int *writer, uint8_t *changes, size_t *size);

/* Answers a writer; one that is gone or does not read is passed over. */
void doorbell_answer(const struct doorbell_listener *, int writer, const struct doorbell *);

/* A writer's end: connected, not blocking. ABSENT when no name server listens. */
int doorbell_open(const char *registry, int *fd, struct error *);

/* Asks for a revision, not waiting. ABSENT when no name server listens. */
int doorbell_ring(int fd, int64_t revision, struct error *);

/* The same with what changed since the revision FROM: SIZE octets of a struct host_changes. */
int doorbell_ring_with(int fd, int64_t from, int64_t revision, const uint8_t *changes, size_t size, struct error *);

/* Takes one answer: UNCHANGED when there is none yet, REFUSED for one of another form, ABSENT when the name server is
 * gone. */
int doorbell_take(int fd, struct doorbell *);

/* Rings and waits until the revision is served, at most MILLISECONDS. ABSENT when no name server
 * listens, UNCHANGED when it did not get there in time; *last is its last answer. */
int doorbell_wait(const char *registry, int64_t revision, int milliseconds, struct doorbell *last,
	struct error *);

/* The same; the answer also tells of the zone. */
int doorbell_wait_zone(const char *registry, int64_t revision, const struct name *zone, int milliseconds,
	struct doorbell *last, struct error *);

#endif
