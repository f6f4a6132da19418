/* SPDX-License-Identifier: BSD-2-Clause */
/* The one way from a message to its answer, for UDP, TCP, tests and fuzzers alike. */
#ifndef DNSD_ANSWER_ANSWER_H
#define DNSD_ANSWER_ANSWER_H

#include "dnsd/answer/lookup.h"

/* Fills what is made of the other settings. Call it once they are known. */
void answer_settle(struct server_settings *);

/* Writes the answer to a query that query_read has read, and whose zone lookup_find_zone has found, over
 * the query itself. Returns its octets; 0 when there is none to be sent, or when it is a
 * QUERY_UPDATE, which is to be forwarded then. The caller counts COUNT_QUERIES. Call it in a read-side section of the worker's own thread. */
size_t answer(struct worker *, struct query *);

/* The key with which a question's TSIG record, which tsig_find has found, was made; NULL where it is no good.
 * What is borrowed is the snapshot's. */
const struct ring_key *answer_verify(const struct worker *, const struct query *, struct tsig_context *, uint64_t now);

/* answer's, for what is QUERY_SIGNED. */
size_t answer_signed(struct worker *, struct query *);

/* The same for what is QUERY_UPDATE: 0 if its key is one of ours, which is worker->signer then, until the
 * read-side section ends. */
size_t answer_update(struct worker *, struct query *);

/* What could not be forwarded: SERVFAIL. */
size_t answer_failed(struct worker *, struct query *);

/* The same for a message to which nothing can be answered where it came: REFUSED, signed if it is; or what is wrong with
 * it. */
size_t answer_refused(struct worker *, struct query *);

/* Makes of the answer that was written an empty one, to be asked again over TCP. Returns its octets. */
size_t answer_truncate(struct query *);

/* All that for one message that is in no batch. An UPDATE is answered, too, unless the
 * worker forwards it. */
size_t answer_alone(struct worker *, struct query *);

/* The same, of a message: ROOM is at least 512, and what an answer may take at most; SCAN_BEHIND
 * octets more can be read. */
size_t respond(struct worker *, uint8_t *packet, size_t size, size_t room,
	const struct address *client, bool tcp);

#endif
