/* SPDX-License-Identifier: BSD-2-Clause */
/* _status.LABEL.ZONE and _why.LABEL.ZONE TXT: what a pool answers and for what reasons, by dig. */
#ifndef DNSD_EVIDENCE_H
#define DNSD_EVIDENCE_H

#include "dnsd/lookup.h"

/* Whether the first label is one of ours. */
bool evidence_named(const struct scan *name);

/* Answers for a pool; REFUSED for clients that may not ask. False when there is no data: the type
 * is not TXT. This is not the hot path: it computes the pool anew, with memory of its own. */
bool evidence_answer(struct worker *, const struct pool_view *,
	const struct query *, const struct scan *name, struct reply *);

#endif
