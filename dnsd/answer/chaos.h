/* SPDX-License-Identifier: BSD-2-Clause */
/* version.bind, version.server, hostname.bind and id.server in class CH (RFC 4892). */
#ifndef DNSD_ANSWER_CHAOS_H
#define DNSD_ANSWER_CHAOS_H

#include "dnsd/answer/query.h"
#include "dnsd/answer/reply.h"
#include "dnsd/answer/worker.h"

/* Answers a question of class CH: REFUSED for other names, and for those whose setting is empty. */
void chaos_answer(const struct worker *, const struct query *, struct reply *);

#endif
