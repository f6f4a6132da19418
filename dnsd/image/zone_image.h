/* SPDX-License-Identifier: BSD-2-Clause */
/* The signed zones that secondaries transfer. Our own answers are signed when they are asked for, with NSECs made for each
 * question (dnsd/answer/sign.h). A secondary has no key, so it gets a zone with a conventional NSEC chain and all
 * signatures. Such an image is made at the first transfer, follows the registry at each later one, and remembers its
 * differences from serial to serial, for IXFR. It is not stored: after a restart, secondaries get the whole zone once. */
#ifndef DNSD_IMAGE_ZONE_IMAGE_H
#define DNSD_IMAGE_ZONE_IMAGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "dnsd/image/signed_zone.h"
#include "dnsd/sign/signer.h"
#include "registry/registry.h"

struct zone_image;

struct zone_images {
	const char *key_directory;
	const _Atomic bool *stop;
	struct signatures signatures; /* caches of their own, so that a whole zone does not displace signatures for answers */
	uint32_t first_serial; /* the serial at the start, with which an earlier process may have sent other signatures */
	pthread_mutex_t lock;  /* over what follows */
	struct zone_image *list;
	size_t journals, journals_most; /* octets of all their journals; each has at most what its zone has, too */
};

/* Signatures are valid for VALIDITY seconds; the journals of all zones together take JOURNALS octets at most. FAILED when
 * memory is out. */
int zone_images_init(struct zone_images *, int64_t validity, size_t journals, struct error *);
/* Octets of all journals. Any thread. */
size_t zone_images_journals(struct zone_images *);

void zone_images_free(struct zone_images *);

/* Takes the image of a zone, which is the caller's alone until it is released; waits while another thread has it. NULL when
 * memory is out. */
struct zone_image *zone_image_take(struct zone_images *, const struct name *apex);
void zone_image_release(struct zone_image *);

/* Reads the zone from a frozen picture of the registry, unless the image is as new, and reads its keys. Nothing is signed
 * yet, so that the picture can be released first. HARMFUL when there are no keys, for an unsigned zone would be bogus.
 * After anything but DONE, the image is empty. */
int zone_image_follow(struct zone_image *, struct registry *, const struct zone *row, int64_t revision, uint32_t serial,
	const struct rr_list *pools, struct error *);

/* Signs what is new. After anything but DONE, the image is empty. */
int zone_image_publish(struct zone_image *, struct error *);

/* Gives the RRs of a transfer to TAKE. For a secondary that has the serial *FROM: the differences since then (RFC 1995),
 * and *INCREMENTAL is set; or the SOA alone if it is up to date. Where the differences are not known, or FROM is NULL:
 * the whole zone (RFC 5936). */
int zone_image_walk(const struct zone_image *, const uint32_t *from, bool *incremental, zone_rr_taker *take, void *context,
	struct error *);

/* Whether the serial is to move, for an image needs new signatures or its keys have changed, and secondaries are to get
 * that. True only once until the image follows. Frees images of zones that are not signed, by IS_SIGNED. */
bool zone_images_due(struct zone_images *, bool (*is_signed)(void *context, const struct name *), void *context,
	int64_t now);

#endif
