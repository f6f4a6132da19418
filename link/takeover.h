/* SPDX-License-Identifier: BSD-2-Clause */
/* One daemon takes the place of another, its predecessor, without a lost question. The successor asks for the listening
 * sockets, loads all that it needs, and starts to serve on them beside the predecessor; only then it says so, and the
 * predecessor stops taking what comes, finishes what it has in hand, and ends. A successor that fails before leaves the
 * predecessor as it was.
 *
 * Both talk over a Unix socket beside the registry, which passes on, too. Only the same user, or root, may take over. */
#ifndef LINK_TAKEOVER_H
#define LINK_TAKEOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "link/beside.h"
#include "link/sockets.h"

enum {
	TAKEOVER_COUNTS = 32,      /* totals that go on with the successor; what they are is the daemon's */
	TAKEOVER_PATIENCE = 5000,  /* milliseconds that one waits for the other's next word */
	TAKEOVER_FINISH = 60000,   /* milliseconds in which a predecessor serves to the end those who are connected */
};

/* The predecessor's end. */
struct takeover {
	struct beside place;
	int successor; /* connected; -1: none */
};

/* Listens at REGISTRY SUFFIX, with the predecessor's socket FD if there is one, else -1. DONE too when another daemon does:
 * then this one can't be replaced as long. */
int takeover_listen(struct takeover *, const char *registry, const char *suffix, int fd, struct error *);

/* Now and then: takes the name when it was removed or is nobody's. */
void takeover_keep(struct takeover *);

/* Whether there is something to heed. */
bool takeover_stirs(const struct takeover *);

/* Looks for a successor's words, not waiting. OFFERED are the sockets that it is given, which stay open here. True when it
 * serves: then tell it the counts with takeover_tell, and end when there is nothing left in hand. */
bool takeover_heed(struct takeover *, const struct sockets *offered);

/* Tells the successor what was counted: once when nothing more is taken, and at the end. */
void takeover_tell(const struct takeover *, const int64_t counts[TAKEOVER_COUNTS]);

/* Closes it. The name goes if it is still ours and nobody has succeeded. */
void takeover_leave(struct takeover *);

/* The successor's end. */

/* Asks the daemon at REGISTRY SUFFIX for its sockets, which are added. *FD is the connection. ABSENT when there is nobody;
 * FAILED when its words are not understood or do not come. */
int takeover_ask(const char *registry, const char *suffix, struct sockets *, int *fd, struct error *);

/* The same, but that there is nobody is DONE, with -1 in *FD, and told in the log: then we just start. */
int takeover_ask_any(const char *registry, const char *suffix, struct sockets *, int *fd, struct error *);

/* Says that we serve, and waits until the predecessor takes no more. Its counts so far are added to COUNTS. A predecessor
 * that has ended meanwhile is none. */
int takeover_serve(int fd, int64_t counts[TAKEOVER_COUNTS], struct error *);

/* The same, if there is a predecessor; what goes wrong is told in the log, for we serve all the same. */
void takeover_serve_any(int fd, int64_t counts[TAKEOVER_COUNTS]);

/* Looks for the predecessor's last word, not waiting. True when it has ended, or has gone without one: FD is closed then.
 * COUNTS are its counts at the end, if it said them. */
bool takeover_ended(int fd, int64_t counts[TAKEOVER_COUNTS]);

#endif
