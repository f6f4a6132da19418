/* SPDX-License-Identifier: BSD-2-Clause */
/* One client of the crowd: how it looks for a relay, and what it does with what it finds. */
#ifndef SIMULATOR_CLIENT_H
#define SIMULATOR_CLIENT_H

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
	CAUSE_NEAREST,      /* another relay in the answer would serve it, but it tries only the nearest */
	CAUSES,
};

struct client {
	uint16_t product, network;
	int16_t home; /* the machine that it has a tunnel to, or had last; MACHINE_NONE */
	uint8_t cause; /* enum cause */
	uint8_t marks; /* enum mark, of this day */
	uint32_t life; /* machine.life of home when the tunnel was made; 0: no tunnel */
	int64_t lost;  /* when it lost its last tunnel */
};

/* A client network, an IPv4 /24 with one resolver. */
struct client_network {
	uint8_t bucket;
	float x, y;   /* where it is: pings take time by the distance */
	double phase; /* of its resolver's cache (asked_recall) */
};

/* How a generation of clients behaves. The form of its ping tells generations apart. */
struct habit {
	int64_t memory; /* for how many seconds it remembers an answer */
	bool learns;    /* passes over a relay that failed, and looks for a nearer one each hour */
	bool listens;   /* goes on asking DNS while it has a tunnel */
};

/* What a product's clients can do with each machine at present. */
struct product_view {
	struct habit habit;
	bool talks[MACHINES_MOST], hears[MACHINES_MOST]; /* both speak a TLS version; the machine answers the ping */
	bool served;          /* a listed machine would serve them, whether or not it is in the answer */
	int64_t served_since;
	bool stirred[STEERING_SAMPLES]; /* by sample of networks: clients there may find something new */
};

/* What clients find around them: machines, what DNS answers, and how far everything is from everything. */
struct surroundings {
	const struct stage *stage;
	const struct answers *answers;
	uint64_t seed;
	struct client_network *networks;
	struct product_view *views; /* by product */
	float *pings;               /* by network, then machine; -1: not yet known */
	size_t machines;            /* as many as there can be */
};

/* For so many seconds after a first compatible relay comes, being stranded is not called avoidable: resolvers still
 * have the negative answer, and clients wait before they ask again. */
enum { ARRIVAL_SECONDS = 900 };

/* Works out the view of a product from the machines as they are. */
void client_view(const struct stage *, size_t product, struct product_view *);

/* Whether it has a tunnel. */
bool client_connected(const struct surroundings *, const struct client *);

/* Restarts it: its tunnel ends, but its name still points to the relay. */
void client_restart(struct client *, int64_t now);

/* Connects to the relay that its own name points to, else to one of the pool's; or sets client->cause.
 * Returns the machine that it tried last, MACHINE_NONE for none. */
long client_connect(struct surroundings *, struct client *, int64_t now);

/* Moves to a nearer relay, as later generations do. */
void client_look_around(struct surroundings *, struct client *, int64_t now);

#endif
