/* SPDX-License-Identifier: BSD-2-Clause */
/* A heap by the time that a thing is due. */
#include "prober/schedule.h"

#include <stdlib.h>

#include "lib/array.h"

bool schedule_reserve(struct schedule *s, size_t count)
{
	return array_room(&s->heap, &s->room, count + 1, sizeof *s->heap);
}

void schedule_free(struct schedule *s)
{
	free(s->heap);
	*s = (struct schedule){ 0 };
}

static void set(struct schedule *s, size_t place, struct due *d)
{
	s->heap[place] = d;
	d->place = place;
}

static void rise(struct schedule *s, struct due *d)
{
	size_t place = d->place;
	for (; place > 1 && s->heap[place / 2]->at > d->at; place /= 2)
		set(s, place, s->heap[place / 2]);
	set(s, place, d);
}

static void sink(struct schedule *s, struct due *d)
{
	size_t place = d->place;
	for (size_t child; (child = 2 * place) <= s->count; place = child) {
		if (child < s->count && s->heap[child + 1]->at < s->heap[child]->at)
			child++;
		if (s->heap[child]->at >= d->at)
			break;
		set(s, place, s->heap[child]);
	}
	set(s, place, d);
}

void schedule_put(struct schedule *s, struct due *d, int64_t at)
{
	schedule_remove(s, d);
	d->at = at;
	set(s, ++s->count, d);
	rise(s, d);
}

void schedule_remove(struct schedule *s, struct due *d)
{
	if (d->place == 0)
		return;
	struct due *last = s->heap[s->count--];
	if (last != d) {
		set(s, d->place, last);
		rise(s, last);
		sink(s, last);
	}
	d->place = 0;
}

struct due *schedule_first(const struct schedule *s)
{
	return s->count == 0 ? NULL : s->heap[1];
}

int64_t schedule_jitter(int64_t length, uint32_t random)
{
	int64_t tenth = length / 10;
	return length - tenth + (tenth == 0 ? 0 : (int64_t)random % (2 * tenth + 1));
}
