/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark of what is not on the straight way to an answer. */
#ifndef DNSD_STORE_ASIDE_H
#define DNSD_STORE_ASIDE_H

/* Marks a function that the hot path, from a question to the addresses of a host or pool, does not need. It is not
 * inlined there, so that the hot path needs few registers and little stack. */
#define ASIDE __attribute__((noinline))

#endif
