/* SPDX-License-Identifier: BSD-2-Clause */
/* That no serial is ever seen twice with different content, nor one that goes back (RFC 1982), whatever becomes of the
 * registry: restored from a backup, copied, filled anew from an export, its clock set back. Serials are the
 * revision; what a name server served last is kept beside the registry, in REGISTRY.serial, which a backup does not
 * bring back. A registry that does not lead on from there has another history: its revision is raised past it, and
 * whoever transferred the other history gets whole zones. */
#ifndef REGISTRY_SERIAL_H
#define REGISTRY_SERIAL_H

#include <stdbool.h>

#include "registry/registry.h"

/* What a name server served last, and by which row of the change log to know its history. */
struct serial_mark {
	int64_t revision, offset; /* the serial is their sum; offset: how far the registry had gone back */
	int64_t anchor;           /* a revision of that history; 0: none is known */
	uint64_t print;           /* of its row */
};

/* Reads the mark of a registry. ABSENT when there is none, or what is there is none. */
int serial_mark_read(const char *registry, struct serial_mark *, struct error *);

/* Opens the mark's file for serial_mark_write, to be called each time when something new is served. Makes it if it is
 * not there. -1, and why, when it cannot be opened. */
int serial_mark_open(const char *registry, struct error *);
void serial_mark_write(int fd, const struct serial_mark *);

/* Makes the log's row of this revision the mark's anchor, by which its history is known; where the row is pruned or
 * there is none, the mark stays as it was. */
int serial_anchor(struct registry *, int64_t revision, struct serial_mark *, struct error *);

/* How a registry stands to what was served: DONE when it leads on from there, and *offset is to be added to its
 * revision (not 0 only while nobody raised it). HARMFUL when it has another history: *offset leads past all that was
 * served. */
int serial_judge(struct registry *, const struct serial_mark *, int64_t *offset, struct error *);

/* Raises the revision past PAST, in the caller's transaction: transfers go on from there with whole zones. */
int serial_raise(struct registry *, int64_t past, struct error *);

/* The revision to which it was raised last; 0 if it never was. */
int serial_raised(struct registry *, int64_t *revision, struct error *);

/* Raises it if it does not lead on from what was served by the registry whose place is PLACE. ABSENT when no mark there says
 * what was; UNCHANGED when it leads on; DONE says in *SAID what was done. */
int serial_mend_for(const char *place, struct registry *, struct error *said, struct error *);

/* The same at the registry's own place, where no mark is nothing to lead on from: UNCHANGED. */
int serial_mend(struct registry *, struct error *said, struct error *);

#endif
