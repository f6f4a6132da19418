/* SPDX-License-Identifier: BSD-2-Clause */
/* The clients, one by one: which relays they know, ping, and can talk to.
 *
 * A client keeps its tunnel while the relay's machine lives. When it needs a new one, it tries first the relay that
 * its own name points to (the last that it had), then those in its pool's answer, nearest first. Generations differ
 * (struct habit): clients up to 0.5.8 try the nearest relay that answers their ping again and again, and no other;
 * later ones pass over a relay that failed. */
#ifndef SIMULATOR_CROWD_H
#define SIMULATOR_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/client.h"

/* What is remembered of a client until the day ends. */
enum mark { MARK_STRANDED = 1, MARK_AVOIDABLE = 2 };

/* A day of one product. */
struct day_row {
	uint32_t clients, stranded[CAUSES]; /* clients stranded at any time of the day, by the day's first cause */
	uint32_t avoidable;                 /* clients stranded while there was a compatible relay */
};

/* The moment at which a client found no relay, and why. */
struct stranding {
	int64_t at;
	size_t product;
	enum cause cause;
	long machine;    /* the machine that it tried; MACHINE_NONE */
	tls_set speaks;  /* what that machine spoke */
	bool any, avoidable; /* any: false until there is one */
};

struct crowd {
	struct surroundings around; /* of all clients */
	struct client *clients;
	size_t count;
	struct stranding first; /* the first stranding of any client */
	uint32_t *stranded;     /* clients stranded at present, by product */
	int64_t machines_at;    /* when a machine last died or came back */
};

int crowd_init(struct crowd *, const struct stage *, const struct answers *, uint64_t seed, struct error *);
void crowd_free(struct crowd *);

/* Begins a new day: forgets who was stranded on the last. */
void crowd_new_day(struct crowd *);

/* Lets up to COUNT clients of product FROM run TO. *CURSOR is where the search goes on the next time. Returns how many
 * moved. */
size_t crowd_move(struct crowd *, size_t from, size_t to, size_t count, size_t *cursor);

/* Lets a share (hundredths of a percent) of the clients begin anew: they remember nothing, and their names point
 * nowhere. */
void crowd_refresh(struct crowd *, int64_t share, int64_t day);

/* What crowd_step is to do. ROWS, by product, gets who is stranded for the first time today. MACHINES: some machine
 * died or came back since the last step. ROUND: clients that learn look for a nearer relay now. */
struct step {
	int64_t now;
	bool machines, round;
	struct day_row *rows;
};
void crowd_step(struct crowd *, const struct step *);

/* Adds the clients to ROWS, by product, and the tunnels to LOAD, by machine. */
void crowd_count(const struct crowd *, struct day_row *rows, uint32_t *load);

#endif
