/* SPDX-License-Identifier: BSD-2-Clause */
/* The MACs of signed UPDATEs that were done. One that comes again within the time in which its signature holds was
 * heard on the way and is sent by somebody else, or by its own client, who missed the answer: it is not done twice. */
#ifndef UPDATER_SEEN_H
#define UPDATER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEN_UPDATES = 65536, SEEN_MAC = 16 /* octets of it that are kept */ };

/* Zero-initialise it. A newer one takes the place of an older one of the same slot. */
struct seen {
	uint8_t macs[SEEN_UPDATES][SEEN_MAC];
};

/* Of a MAC of SIZE octets; a shorter one than SEEN_MAC is neither noted nor found. */
void seen_note(struct seen *, const uint8_t *mac, size_t size);
bool seen_before(const struct seen *, const uint8_t *mac, size_t size);

#endif
