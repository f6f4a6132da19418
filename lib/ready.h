/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting until one of several descriptors is ready, and never in a circle. */
#ifndef LIB_READY_H
#define LIB_READY_H

#include <poll.h>
#include <stdbool.h>

/* Waits as poll(2) does, MILLISECONDS at most, and says in each one's revents what it is ready for; -1 stands for none and
 * is passed over. Returns how many are ready. A signal ends the wait early, with 0.
 *
 * A loop around it never spins: where the kernel refuses to wait for all of them (it has no memory, or the process' limit
 * of descriptors has been set below COUNT), it sleeps for that time and then looks at each by itself. Any thread. */
int ready_wait(struct pollfd *, nfds_t count, int milliseconds);

/* Whether accept(2) failed with CODE, an errno, because of that one newcomer or for none is there. If not, descriptors or
 * memory are out: the listener stays ready and would fail again at once, so that who waits for it has to pause. */
bool ready_passes(int code);

#endif
