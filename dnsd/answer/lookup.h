/* SPDX-License-Identifier: BSD-2-Clause */
/* From a question to the records that answer it: RFC 1034 section 4.3.2 as clarified by RFC 2181,
 * 2308, 4592, 6604 and 6672. */
#ifndef DNSD_ANSWER_LOOKUP_H
#define DNSD_ANSWER_LOOKUP_H

#include "dnsd/answer/cookie.h"
#include "dnsd/store/counters.h"
#include "dnsd/answer/query.h"
#include "dnsd/answer/reply.h"
#include "dnsd/sign/signer.h"
#include "dnsd/view/usage.h"
#include "dnsd/view/view.h"

/* What a worker answers with. Its thread alone uses it. */
struct worker {
	const struct view *view;
	const struct snapshot *snapshot; /* the view's at lookup_begin, for one batch */
	const struct name_table *hosts;       /* likewise */
	const struct server_settings *settings;
	struct counters *counters;
	struct usage_bank *_Atomic usage; /* counts queries; the collector swaps it, and the thread writes it in read-side
	                                   * sections */
	bool stale;    /* the view's at lookup_begin */
	bool forwards; /* the caller of answer_alone forwards UPDATEs, so they need no SERVFAIL */
	const struct tsig_key *update_key; /* set by answer_update: the key of an UPDATE that is to be forwarded */
	struct signer *signer; /* signs answers; NULL: nothing is signed */
	struct compression compression; /* of the answer that is being written */
	/* Where the rotation of a pool's A RRset stands, and that of its AAAA. They are counted apart: with one counter, a
	 * client that asks for A and AAAA in turn would get the same first address each time. */
	uint32_t turns[2 * USAGE_SLOTS];
};

/* Settings that answers depend on; the same for all workers, immutable while they run. */
struct server_settings {
	const char *nsid;     /* "" for none; also id.server and hostname.bind */
	const char *version;  /* version.bind; "" refuses */
	const struct networks *evidence; /* networks that may ask for _status and _why */
	const struct networks *transfers; /* networks that may transfer zones without a key; NULL: none */
	uint16_t udp_most;    /* most octets of a UDP answer, by default 1232 (RFC 9715) */
	uint16_t tcp_idle;    /* tenths of a second that a TCP connection may wait (RFC 7828) */
	struct cookie_secrets cookies; /* count 0: cookies are ignored */
	struct forwarder *forwarder; /* forwards UPDATEs; NULL: there is none */
	bool has_keys;        /* hosts' secrets can be opened */
	uint8_t opt[OPT_SIZE]; /* set by answer_settle: an answer's OPT without rcode, flags and options */
};

/* Takes from the view what is used until the read-side section ends. Call it at the section's beginning. */
static inline void lookup_begin(struct worker *w)
{
	w->snapshot = view_snapshot(w->view);
	w->hosts = view_hosts(w->view);
	w->stale = atomic_load_explicit(&w->view->stale, memory_order_relaxed);
}

/* Three steps, each of which prefetches the memory that the next one reads. Each step is taken for a whole batch before
 * the next one. The first two are for questions of any class. */
static inline void lookup_fetch(const struct worker *w, const struct query *q)
{
	__builtin_prefetch(name_table_slot(w->hosts, q->name.hash));
}

static inline __attribute__((always_inline)) void lookup_find_zone(const struct worker *w, struct query *q)
{
	q->zone = snapshot_zone(w->snapshot, &q->name, q->name.labels);
	name_table_prefetch(w->hosts, q->name.hash);
	if (q->zone != NULL)
		__builtin_prefetch(name_table_slot(&q->zone->names, q->name.hash));
}

static inline void lookup_fetch_node(const struct query *q)
{
	if (q->zone != NULL)
		name_table_prefetch(&q->zone->names, q->name.hash);
}

/* The zone's uppermost delegation or DNAME above the name, and *LABEL, the number of the name's label at which it stands;
 * NULL when there is none. AT: a delegation at the name itself counts, too. A DNAME never does, for it does not rename
 * its own owner. */
const struct node *lookup_find_cut(const struct zone_view *, const struct scan *name, bool at, unsigned *label);

/* Answers a question of class IN whose zone has been found. */
void lookup_answer(struct worker *, const struct query *, struct reply *);

#endif
