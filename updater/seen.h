/* SPDX-License-Identifier: BSD-2-Clause */
/* The MACs of signed UPDATEs that were done. One that comes again within the time in which its signature holds was
 * heard on the way and is sent by somebody else, or by its own client, who missed the answer: it is not done twice. They are kept
 * in a file beside the registry, too, so that the next process knows them, and one that takes our place. */
#ifndef UPDATER_SEEN_H
#define UPDATER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum { SEEN_UPDATES = 65536, SEEN_MAC = 16 /* octets of it that are kept */ };

/* Zero-initialised, it has no file. */
struct seen {
	uint8_t macs[SEEN_UPDATES][SEEN_MAC];
	bool kept;     /* in a file as well: */
	int fd;
	int64_t since; /* date from when on all are known; 0: always. What was signed earlier may have been done */
};

/* Opens the file of a registry, or makes it. One that was written before the machine was started anew may lack what was done
 * last: then all are known from NOW, a date, on. FAILED when there can be no file: then this process knows its own alone. */
int seen_open(struct seen *, const char *registry, int64_t now, struct error *);
void seen_close(struct seen *);

/* Of a MAC of SIZE octets; a shorter one than SEEN_MAC is neither noted nor found. A newer one takes the place of an older one of
 * the same slot. */
void seen_note(struct seen *, const uint8_t *mac, size_t size);
bool seen_before(const struct seen *, const uint8_t *mac, size_t size);

#endif
