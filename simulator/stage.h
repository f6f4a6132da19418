/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet as the actions have made it so far: what the registry holds of it, and the machines as they
 * are. Steering sees the former, clients meet the latter. */
#ifndef SIMULATOR_STAGE_H
#define SIMULATOR_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/fleet.h"
#include "lib/tls.h"
#include "simulator/scenario.h"

enum { MACHINES_MOST = 1024, MACHINE_NONE = -1 };

/* A relay's machine. It stays when the relay is removed: clients may still remember it. */
struct machine {
	const char *name;
	tls_set tls, seen_tls;
	ping_set pings, seen_pings;
	bool up, seen_up;
	bool probed;    /* since it was added */
	uint32_t life;  /* a tunnel ends when this changes: it was switched off, or installed anew */
	bool listed;    /* in the registry, neither invited nor out */
	bool draining;
	unsigned families; /* of its addresses: FAMILY_4, FAMILY_6 (steering/label.h) */
};

struct stage {
	const struct scenario *scenario;
	struct fleet fleet;
	struct machine *machines;
	size_t machine_count, machine_room; /* room: as many as the scenario adds */
	struct release *traits; /* of the scenario's products */
	bool *known;            /* whose traits are known */
	struct arena arena;
	bool moved;        /* the registry, since somebody last set it to false */
	bool machine_moved; /* a machine, likewise */
};

int stage_init(struct stage *, const struct scenario *, struct error *);
void stage_free(struct stage *);

/* The rows of KIND by their keys. find: NULL when there is none. put: adds, or replaces. */
void *stage_find(struct stage *, const struct kind *, const void *key);
int stage_put(struct stage *, const struct kind *, const void *row, struct error *);
void stage_remove(struct stage *, const struct kind *, const void *key);

/* The machine by a relay's name, made if need be; NULL when there is no room. */
struct machine *stage_machine(struct stage *, const char *name);
long stage_machine_index(const struct stage *, const char *name);

/* The one family (FAMILY_4 or FAMILY_6) that clients of a release use: networks here are IPv4, so they use
 * it where they can. */
unsigned family_used(const struct release *);

/* Switches it on with this system, or off. */
void machine_install(struct stage *, struct machine *, const struct os *);
void machine_switch(struct stage *, struct machine *, bool up);

/* The prober looks at all machines: what it sees is the registry's from now on. */
int stage_probe(struct stage *, struct error *);

/* After actions: what machines must know of the registry, and clients' traits of new releases. */
void stage_settle(struct stage *);

#endif
