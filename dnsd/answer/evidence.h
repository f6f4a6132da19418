/* SPDX-License-Identifier: BSD-2-Clause */
/* _status.LABEL.ZONE and _why.LABEL.ZONE TXT: a pool's state and each relay's reason, for operators with dig. */
#ifndef DNSD_ANSWER_EVIDENCE_H
#define DNSD_ANSWER_EVIDENCE_H

#include "dnsd/answer/lookup_hop.h"

/* Whether the first label is _status or _why. */
bool evidence_named(const struct scan *name);

/* Whether the client may ask. */
bool evidence_allowed(const struct hop *);

/* Answers a client that may not ask: REFUSED; but if an alias led here, the alias alone is the answer. */
void evidence_refuse(struct hop *);

/* Answers a question for a pool's TXT. It computes the pool anew, and allocates memory, for it is not on the hot path. */
void evidence_answer(struct hop *, const struct pool_view *);

#endif
