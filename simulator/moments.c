/* SPDX-License-Identifier: BSD-2-Clause */
/* A heap of dates. */
#include "simulator/moments.h"

#include <stdlib.h>

#include "lib/array.h"

static void swap(int64_t *a, int64_t *b)
{
	int64_t c = *a;
	*a = *b;
	*b = c;
}

int moments_add(struct moments *m, int64_t moment, struct error *e)
{
	if (!array_room(&m->heap, &m->room, m->count + 1, sizeof *m->heap))
		return fail(e, FAILED, "out of memory");
	size_t at = m->count++;
	m->heap[at] = moment;
	for (; at > 0 && m->heap[(at - 1) / 2] > m->heap[at]; at = (at - 1) / 2)
		swap(&m->heap[at], &m->heap[(at - 1) / 2]);
	return DONE;
}

static int64_t take(struct moments *m)
{
	int64_t first = m->heap[0];
	m->heap[0] = m->heap[--m->count];
	for (size_t at = 0, child; (child = 2 * at + 1) < m->count; at = child) {
		child += child + 1 < m->count && m->heap[child + 1] < m->heap[child];
		if (m->heap[at] <= m->heap[child])
			break;
		swap(&m->heap[at], &m->heap[child]);
	}
	return first;
}

bool moments_next(struct moments *m, int64_t *moment)
{
	if (m->count == 0)
		return false;
	*moment = take(m);
	while (m->count > 0 && m->heap[0] == *moment)
		take(m);
	return true;
}

void moments_free(struct moments *m)
{
	free(m->heap);
}
