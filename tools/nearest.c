/* SPDX-License-Identifier: BSD-2-Clause */
/* The distance of two words, by the table of their beginnings' distances. */
#include "tools/nearest.h"

#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Three rows of the table are enough, for a swap looks back by two. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][LONGEST + 1];
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3], *top = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], top[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void nearest_try(struct nearest *n, const char *candidate, size_t length)
{
	size_t typed = strlen(n->word);
	if (typed == 0 || typed > LONGEST || length > LONGEST)
		return;
	size_t far = typed > 1 && length > typed && memcmp(n->word, candidate, typed) == 0 ? 1
		: distance(n->word, typed, candidate, length);
	size_t most = typed < 4 ? 1 : typed < 8 ? 2 : 3;
	if (far > most || far >= length || (n->best != NULL && far >= n->distance))
		return;
	n->best = candidate;
	n->length = length;
	n->distance = far;
}
