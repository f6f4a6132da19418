/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where arrays are doubled. */
#include "lib/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 16 }; /* items */

/* How many there is to be room for; 0 for more than can be. */
static size_t next_room(size_t room, size_t count, size_t size)
{
	size_t most = SIZE_MAX / 2 / size, next = room < LEAST / 2 ? LEAST : room > most / 2 ? most : room * 2;
	return count > most ? 0 : next < count ? count : next;
}

bool array_room(void *items, size_t *room, size_t count, size_t size)
{
	void *old;
	if (count <= *room)
		return true;
	memcpy(&old, items, sizeof old);
	size_t next = next_room(*room, count, size);
	void *more = next == 0 ? NULL : realloc(old, next * size);
	if (more == NULL)
		return false;
	memcpy(items, &more, sizeof more);
	*room = next;
	return true;
}

bool array_room_in(struct arena *arena, void *items, size_t *room, size_t count, size_t size)
{
	void *old;
	if (count <= *room)
		return true;
	memcpy(&old, items, sizeof old);
	size_t next = next_room(*room, count, size);
	void *more = next == 0 ? NULL : arena_take(arena, next * size);
	if (more == NULL)
		return false;
	if (*room > 0)
		memcpy(more, old, *room * size);
	memcpy(items, &more, sizeof more);
	*room = next;
	return true;
}
