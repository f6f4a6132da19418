/* SPDX-License-Identifier: BSD-2-Clause */
/* From a message to its answer, the same way for UDP, TCP, tests and fuzzers. All functions here run in a read-side
 * section (RCU) of the worker's own thread. */
#ifndef DNSD_ANSWER_ANSWER_H
#define DNSD_ANSWER_ANSWER_H

#include "dnsd/answer/lookup.h"

/* Fills those members that are computed from the others. Call it once these are set. */
void answer_settle(struct server_settings *);

/* Answers a query that query_read has read and whose zone lookup_find_zone has found. The answer overwrites the query.
 * Returns its octets; 0 when nothing is to be sent, or when the query is a QUERY_UPDATE that is to be forwarded. The
 * caller counts COUNT_QUERIES. */
size_t answer(struct worker *, struct query *);

/* The key that signed a query whose TSIG record tsig_find has found; NULL when the signature is not valid at NOW, in
 * seconds since 1970. The key is the snapshot's. */
const struct ring_key *answer_verify(const struct worker *, const struct query *, struct tsig_context *, uint64_t now);

/* The part of answer for a QUERY_TSIG. */
size_t answer_tsig(struct worker *, struct query *);

/* The part of answer for a QUERY_UPDATE. Returns 0 if one of our keys signed it and it is to be forwarded; that key is
 * then worker->update_key, until the read-side section ends. */
size_t answer_update(struct worker *, struct query *);

/* Answers an UPDATE that could not be forwarded: SERVFAIL. */
size_t answer_failed(struct worker *, struct query *);

/* Answers a message that is not served on its connection: REFUSED, signed if the message is; or the error that the
 * message has. */
size_t answer_refused(struct worker *, struct query *);

/* Empties an answer that was written, and sets TC, so that the client asks again over TCP. Returns its octets. */
size_t answer_truncate(struct query *);

/* Reads and answers one message that is in no batch. An UPDATE is answered with SERVFAIL, unless worker->forwards. */
size_t answer_alone(struct worker *, struct query *);

/* The same for a message of SIZE octets at PACKET. An answer takes at most ROOM octets, at least 512, behind which
 * SCAN_BEHIND more can be read. */
size_t respond(struct worker *, uint8_t *packet, size_t size, size_t room,
	const struct address *client, bool tcp);

#endif
