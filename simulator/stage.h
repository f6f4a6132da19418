/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet as the actions so far have made it: the registry's rows, which steering sees, and the machines themselves,
 * which clients meet. */
#ifndef SIMULATOR_STAGE_H
#define SIMULATOR_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/fleet.h"
#include "lib/tls.h"
#include "simulator/scenario.h"

enum { MACHINE_NONE = -1 };

/* A relay's machine. It stays when the relay is removed: clients may still remember it. */
struct machine {
	const char *name;
	tls_set tls, seen_tls;
	ping_set pings, seen_pings;
	bool up, seen_up;
	bool probed;    /* a prober has looked at it */
	uint32_t life;  /* changes when it is switched on or off or installed anew, which ends its tunnels */
	bool listed;    /* the registry has it, neither invited nor out */
	bool draining;
	unsigned families; /* of its addresses: FAMILY_4, FAMILY_6 (steering/label.h) */
};

struct stage {
	const struct scenario *scenario;
	struct fleet fleet;
	struct machine *machines;
	size_t machine_count, machine_room; /* room: as many as the scenario adds */
	struct release *traits; /* by the scenario's products: what they can speak */
	bool *known;            /* by product: whether the traits are known */
	struct arena arena;
	bool moved;        /* the registry has changed; whoever has seen to that clears it */
	bool machine_moved; /* a machine has changed; likewise */
};

/* Borrows the scenario. FAILED when memory is out; stage_free is due either way. */
int stage_init(struct stage *, const struct scenario *, struct error *);
void stage_free(struct stage *);

/* The rows of KIND by their keys. stage_find: NULL when there is none; the row is valid until the next put or remove.
 * stage_put: adds or replaces; texts are borrowed. FAILED when memory is out. */
void *stage_find(struct stage *, const struct kind *, const void *key);
int stage_put(struct stage *, const struct kind *, const void *row, struct error *);
void stage_remove(struct stage *, const struct kind *, const void *key);

/* The machine of a relay's name, made if need be; NULL when there is no room. */
struct machine *stage_machine(struct stage *, const char *name);
/* Its index; MACHINE_NONE when there is none. */
long stage_machine_index(const struct stage *, const char *name);

/* The one family (FAMILY_4 or FAMILY_6) that clients of a release use: IPv4 unless they speak only IPv6, for the
 * scenario's networks are IPv4. */
unsigned family_used(const struct release *);

/* Installs a system on a machine and switches it on; switches a machine on or off. */
void machine_install(struct stage *, struct machine *, const struct os *);
void machine_switch(struct stage *, struct machine *, bool up);

/* Lets the prober look at all machines and write what it sees into the registry's rows. FAILED when memory is out. */
int stage_probe(struct stage *, struct error *);

/* To be called after actions: copies relays' states and addresses to machines and releases' traits to clients, and
 * removes observations of relays that are gone. */
void stage_settle(struct stage *);

#endif
