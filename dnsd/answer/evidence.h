/* SPDX-License-Identifier: BSD-2-Clause */
/* _status.LABEL.ZONE and _why.LABEL.ZONE TXT: what a pool answers and for what reasons, by dig. */
#ifndef DNSD_ANSWER_EVIDENCE_H
#define DNSD_ANSWER_EVIDENCE_H

#include "dnsd/answer/lookup_step.h"

/* Whether the first label is one of ours. */
bool evidence_named(const struct scan *name);

/* Whether the client may ask. */
bool evidence_allowed(const struct step *);

/* What is said to clients that may not: REFUSED, unless an alias led here, which stays. */
void evidence_refuse(struct step *);

/* Answers a question for TXT for a pool. This is not the hot path: it computes the pool anew, with memory of its own. */
void evidence_answer(struct step *, const struct pool_view *);

#endif
