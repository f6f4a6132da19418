/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow: a pointer to items, how many there are, and how many there is room for.
 *
 *   if (!array_room(&list->items, &list->room, list->count + 1, sizeof *list->items))
 *           return out_of_memory;
 *   list->items[list->count++] = item; */
#ifndef LIB_ARRAY_H
#define LIB_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"

/* Makes room for COUNT items of SIZE octets each, at least the double of what there was. ITEMS is the address of the
 * pointer to the first one, which is NULL or malloc's and may be another one afterwards; *ROOM is counted in items. What is
 * new is not zeroed. False when memory is out, or no memory could hold so many: then all is as it was. */
bool array_room(void *items, size_t *room, size_t count, size_t size);

/* The same for an array of an arena's: the old one stays where it is until the arena goes, what is new is zeroed. */
bool array_room_in(struct arena *, void *items, size_t *room, size_t count, size_t size);

#endif
