/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": of the words that there are, the one that a slip of the hand may have made another one of. */
#ifndef TOOLS_NEAREST_H
#define TOOLS_NEAREST_H

#include <stddef.h>

/* Initialise it with the word that was typed. */
struct nearest {
	const char *word;
	const char *best; /* NULL: none is near. It lies where the candidate lay */
	size_t length;    /* of it */
	size_t distance;
};

/* Looks at a candidate: letters that are wrong, missing, too many or swapped with their neighbours count one each, and a word
 * that was cut short counts one. Of several that are as near, the first stays. */
void nearest_try(struct nearest *, const char *candidate, size_t length);

#endif
