/* SPDX-License-Identifier: BSD-2-Clause */
/* From a question to the records that answer it: RFC 1034 section 4.3.2 as clarified by RFC 2181,
 * 2308, 4592, 6604 and 6672. */
#ifndef DNSD_LOOKUP_H
#define DNSD_LOOKUP_H

#include "dnsd/cookie.h"
#include "dnsd/counters.h"
#include "dnsd/query.h"
#include "dnsd/reply.h"
#include "dnsd/view.h"

/* What a worker answers from. Its thread alone uses it. */
struct worker {
	const struct view *view;
	const struct server_settings *settings;
	struct counters *counters;
	unsigned turn; /* where the order of a pool's addresses begins; grows with each answer */
};

/* Settings that answers depend on; the same for all workers, immutable while they run. */
struct server_settings {
	const char *nsid;     /* "" for none; also id.server and hostname.bind */
	const char *version;  /* version.bind; "" refuses */
	const char *evidence; /* networks that may ask for _status and _why */
	uint16_t udp_most;    /* octets of a UDP answer at most, 1232 (RFC 9715) */
	struct cookie_secrets cookies; /* count 0: cookies are passed over */
	bool has_keys;        /* hosts' secrets can be opened */
	uint8_t opt[OPT_SIZE]; /* answer_settle: an answer's OPT, but for rcode, DO and options */
};

/* Answers a question of class IN. Call it in a read-side section. */
void lookup_answer(struct worker *, const struct query *, struct reply *);

/* Fetch what lookup_answer will look at first. Call them a batch ahead: slots, then nodes. */
static inline void lookup_prefetch_slot(const struct worker *w, const struct query *q)
{
	__builtin_prefetch(table_slot(view_hosts(w->view), q->name.hash));
}

static inline void lookup_prefetch_node(const struct worker *w, const struct query *q)
{
	const _Atomic uint64_t *slot = table_slot(view_hosts(w->view), q->name.hash);
	uint64_t first = atomic_load_explicit(slot, memory_order_relaxed);
	if ((first ^ table_tag(q->name.hash)) >> 48 == 0)
		__builtin_prefetch(table_pointer(first));
}

#endif
