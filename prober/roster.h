/* SPDX-License-Identifier: BSD-2-Clause */
/* The relays that we look after, as the registry has them, and what we believe of each. */
#ifndef PROBER_ROSTER_H
#define PROBER_ROSTER_H

#include "model/fleet.h"
#include "prober/observe.h"
#include "prober/schedule.h"
#include "registry/registry.h"

/* A relay in our care. */
struct charge {
	struct due due; /* its next visit */
	struct watch watch;
	struct address addresses[VISIT_ADDRESSES];
	size_t count;
	uint16_t port;
	bool asked;    /* what the operator wants of it is worth a visit */
	bool wanted;   /* a pool gives it out, or would if it were well */
	bool fresh;    /* new, or somewhere else than before: to be visited now */
	bool known;    /* somebody saw it before: no hurry */
	bool visiting;
	bool gone;     /* from the registry */
	int64_t look_at; /* ticks, from when on all is to be asked */
};

/* One thread. */
struct roster {
	const char *observer; /* our name */
	const char *connect;  /* the operator's names for CONNECT; "": those of the zones */
	struct charge **charges; /* in the order of their names */
	size_t count;
	struct schedule schedule;
	struct vias vias;
	struct via *names;   /* the array that `vias` shows; when it outgrows its room the old one stays, for visits
	                      * that began before look at it */
	size_t room;
	struct arena arena;  /* the names' */
	int64_t heard;       /* the newest date in the registry by which anybody was heard */
};

void roster_free(struct roster *);

/* Brings it up to date with the registry. What was there is kept, with what we believe of it. */
int roster_read(struct roster *, struct registry *, struct error *);

/* Only the names for CONNECT. REGISTRY may be NULL: those that are known without one. */
int roster_vias(struct roster *, struct registry *, struct error *);

/* Finds out who is wanted. */
int roster_want(struct roster *, const struct fleet *, struct error *);

/* Notes when anybody was heard last. The registry's clock is that of all who write into it: it never goes back,
 * so that a prober whose own clock is ahead or behind is as new as any other. */
void roster_hear(struct roster *, const struct fleet *);

/* Whether a charge is to be visited at the ordinary pace, though no pool may want it. */
bool roster_presses(const struct charge *, int64_t date);

/* The server name that other clients of ours than those without one send, in turn; NULL when there is none. */
const char *roster_sni(const struct roster *, size_t turn);

/* Judges a relay's certificate, and the way to it, after a visit that asked for everything. */
void roster_judge(const struct roster *, struct watch *);

/* Marks those that are one and the same relay by their UUIDs. */
int roster_pair(struct roster *, struct error *);

/* A charge that left while it was visited is let go. */
void charge_free(struct charge *);

/* Whether PageKite's clients of a zone accept the names in its certificate. */
bool roster_accepts(const struct roster *, const struct watch *);

#endif
