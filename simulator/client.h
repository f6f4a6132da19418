/* SPDX-License-Identifier: BSD-2-Clause */
/* One client of the crowd: what it finds when it looks for a relay, and what it does then. */
#ifndef SIMULATOR_CLIENT_H
#define SIMULATOR_CLIENT_H

#include "simulator/crowd.h"

/* How a generation behaves, by its ping. */
struct habit {
	int64_t memory; /* seconds that it keeps what it was answered */
	bool learns;    /* passes over a relay that failed, and looks for a nearer one each hour */
	bool listens;   /* asks again and again while it has a tunnel */
};

/* What a product's clients can do with each machine, as things are. */
struct product_view {
	struct habit habit;
	bool talks[MACHINES_MOST], hears[MACHINES_MOST]; /* TLS versions meet; it answers the ping */
	bool served;          /* some machine would do, in or out of the answer */
	int64_t served_since;
	bool stirred[STEERING_SAMPLES];
};

/* Resolvers remember that there was nothing, and clients wait before they ask again: so long is nobody to
 * blame when a first compatible relay comes. */
enum { ARRIVAL_SECONDS = 900 };

/* Works out the view of a product from the machines as they are. */
void client_view(const struct stage *, size_t product, struct product_view *);

/* Its tunnel is there. */
bool client_connected(const struct crowd *, const struct client *);

/* It starts: its tunnel ends, its name still points to the relay. */
void client_restart(struct client *, int64_t now);

/* Connects to the relay that its own name points to, else to one of the pool's, or says why it cannot.
 * Returns the machine that it tried last, MACHINE_NONE for none. */
long client_connect(struct crowd *, struct client *, int64_t now);

/* Moves to a nearer relay, as later generations do. */
void client_look_around(struct crowd *, struct client *, int64_t now);

#endif
