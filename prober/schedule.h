/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is next: a heap of things that are due at a time. No I/O, no clock. */
#ifndef PROBER_SCHEDULE_H
#define PROBER_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of what is scheduled; zero-initialise it. */
struct due {
	int64_t at;   /* milliseconds, clock_ticks() */
	size_t place; /* in the heap, from 1 on; 0 if it is not in it */
};

struct schedule {
	struct due **heap;
	size_t count, room;
};

/* Makes room for COUNT in all; false when memory is out. */
bool schedule_reserve(struct schedule *, size_t count);
void schedule_free(struct schedule *);

/* Puts it in, or moves it if it is in. Room was reserved. */
void schedule_put(struct schedule *, struct due *, int64_t at);
void schedule_remove(struct schedule *, struct due *);

/* The earliest; NULL if there is none. */
struct due *schedule_first(const struct schedule *);

/* LENGTH, 10 % more or less; RANDOM is any number. */
int64_t schedule_jitter(int64_t length, uint32_t random);

#endif
