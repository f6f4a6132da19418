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

/* What a worker answers from. Its thread alone uses it. */
struct worker {
	const struct view *view;
	const struct snapshot *snapshot; /* lookup_begin: of the view, for a batch */
	const struct table *hosts;       /* the same */
	const struct server_settings *settings;
	struct counters *counters;
	struct usage_bank *_Atomic usage; /* written by the thread in sections that began after it was set */
	bool stale;    /* lookup_begin: of the view */
	bool forwards; /* UPDATEs that come alone are forwarded by who asks for their answer */
	const struct tsig_key *signer; /* of the UPDATE that is to be forwarded: answer_update */
	struct signer *seal; /* NULL: nothing is signed */
	struct compression compression; /* of the answer that is being written */
	/* Where the order of a pool's A begins, and of its AAAA; each grows with each answer of its own, for who asks for
	 * both in turn would find the same first. */
	uint32_t turns[2 * USAGE_SLOTS];
};

/* Settings that answers depend on; the same for all workers, immutable while they run. */
struct server_settings {
	const char *nsid;     /* "" for none; also id.server and hostname.bind */
	const char *version;  /* version.bind; "" refuses */
	const struct networks *evidence; /* networks that may ask for _status and _why */
	const struct networks *transfers; /* that may transfer without a key; NULL: none */
	uint16_t udp_most;    /* octets of a UDP answer at most, 1232 (RFC 9715) */
	uint16_t tcp_idle;    /* tenths of a second that a TCP connection may wait (RFC 7828) */
	struct cookie_secrets cookies; /* count 0: cookies are passed over */
	struct forwarder *forwarder; /* of UPDATEs; NULL: there is none */
	bool has_keys;        /* hosts' secrets can be opened */
	uint8_t opt[OPT_SIZE]; /* answer_settle: an answer's OPT, but for rcode, DO and options */
};

/* Takes from the view what is answered from until the read-side section ends. */
static inline void lookup_begin(struct worker *w)
{
	w->snapshot = view_snapshot(w->view);
	w->hosts = view_hosts(w->view);
	w->stale = atomic_load_explicit(&w->view->stale, memory_order_relaxed);
}

/* Three steps, each of which fetches the memory that the next one needs; a batch takes them together.
 * The first two are for questions of any class. */
static inline void lookup_fetch(const struct worker *w, const struct query *q)
{
	__builtin_prefetch(table_slot(w->hosts, q->name.hash));
}

static inline __attribute__((always_inline)) void lookup_find_zone(const struct worker *w, struct query *q)
{
	q->zone = snapshot_zone(w->snapshot, &q->name, q->name.labels);
	table_prefetch(w->hosts, q->name.hash);
	if (q->zone != NULL)
		__builtin_prefetch(table_slot(&q->zone->names, q->name.hash));
}

static inline void lookup_fetch_node(const struct query *q)
{
	if (q->zone != NULL)
		table_prefetch(&q->zone->names, q->name.hash);
}

/* The zone's uppermost delegation or DNAME that the name is at or below, and the LABEL at which it stands; NULL. AT: a
 * delegation at the name itself counts. A DNAME does not rename its own owner. */
const struct node *lookup_find_cut(const struct zone_view *, const struct scan *name, bool at, unsigned *label);

/* Answers a question of class IN whose zone has been found. */
void lookup_answer(struct worker *, const struct query *, struct reply *);

#endif
