/* SPDX-License-Identifier: BSD-2-Clause */
/* The clients, one by one: whom they know, whom they ping, whom they can talk to.
 *
 * A client keeps its tunnel while the relay's machine lives. When it needs one, it goes first to the relay
 * that its own name points to (the last that it had), then to those in its pool's answer, nearest first.
 * Generations differ (struct habit): clients up to 0.5.8 go to the nearest that answers their ping and to
 * no other, again and again; later ones pass over what failed. */
#ifndef SIMULATOR_CROWD_H
#define SIMULATOR_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/answers.h"
#include "simulator/stage.h"

/* Why a client has no tunnel. */
enum cause {
	CAUSE_NONE,
	CAUSE_EMPTY,        /* its pool's answer is empty */
	CAUSE_DOWN,         /* no relay in the answer is up */
	CAUSE_INCOMPATIBLE, /* those that are up speak nothing that it can, or not its ping */
	CAUSE_NEAREST,      /* one in the answer would do, but it goes to the nearest, which does not */
	CAUSES,
};

struct client {
	uint16_t product, network;
	int16_t home; /* the machine that it has a tunnel to, or had last; MACHINE_NONE */
	uint8_t cause;
	uint8_t marks; /* of the day: enum mark */
	uint32_t life; /* of home, when the tunnel was made; 0: there is none */
	int64_t lost;  /* since when it has none */
};

enum mark { MARK_STRANDED = 1, MARK_AVOIDABLE = 2 };

/* A client network, an IPv4 /24 with one resolver. */
struct place {
	uint8_t bucket;
	float x, y;   /* where it is: pings come of the distance */
	double phase; /* of its resolver's cache */
};

/* A day of one product. */
struct day_row {
	uint32_t clients, stranded[CAUSES]; /* at some time of the day, by its first cause */
	uint32_t avoidable;                 /* while there was a compatible relay */
};

/* Somebody's first day without. */
struct stranding {
	int64_t at;
	size_t product;
	enum cause cause;
	long machine;    /* that it tried; MACHINE_NONE */
	tls_set speaks;  /* what that machine spoke */
	bool any, avoidable;
};

struct crowd {
	const struct stage *stage;
	const struct answers *answers;
	uint64_t seed;
	struct client *clients;
	struct place *networks;
	struct product_view *views; /* by product */
	float *pings;               /* by network, then machine; -1: not yet known */
	size_t count, machines;     /* machines: at most */
	struct stranding first; /* the first of all */
	uint32_t *stranded;     /* now, by product */
	int64_t machines_at;    /* when one last died or came back */
};

int crowd_init(struct crowd *, const struct stage *, const struct answers *, uint64_t seed, struct error *);
void crowd_free(struct crowd *);

/* A new day: those who were stranded are counted anew. */
void crowd_new_day(struct crowd *);

/* COUNT clients of FROM begin to run TO. *CURSOR is where the search goes on. How many there were. */
size_t crowd_move(struct crowd *, size_t from, size_t to, size_t count, size_t *cursor);

/* So many of the clients begin with nothing in memory, and their names point nowhere. */
void crowd_refresh(struct crowd *, int64_t share, int64_t day);

/* All that is due now. ROWS, by product, gets who was stranded for the first time today. MACHINES: some
 * died or came back since the last time. ROUND: those who look for a nearer relay now and then do. */
struct step {
	int64_t now;
	bool machines, round;
	struct day_row *rows;
};
void crowd_step(struct crowd *, const struct step *);

/* Clients by product, and tunnels by machine, which is counted. */
void crowd_count(const struct crowd *, struct day_row *rows, uint32_t *load);

#endif
