/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of all kinds, one after the other, and what each is answered with by a worker that never saw another. */
#ifndef TESTS_UNIT_DNSD_MESSAGES_H
#define TESTS_UNIT_DNSD_MESSAGES_H

#include "tests/unit/dnsd/fixture.h"

enum { TEST_MESSAGE = 2048 };

enum message_kind {
	MESSAGE_PLAIN, MESSAGE_EDNS, MESSAGE_SIGNED, MESSAGE_KEYED, MESSAGE_WRONG_KEY, MESSAGE_WRONG_SECRET, MESSAGE_LATE,
	MESSAGE_COOKIE, MESSAGE_CUT, MESSAGE_FLIPPED, MESSAGE_OVERSIZED, MESSAGE_UPDATE, MESSAGE_UPDATE_KEYED,
	MESSAGE_NOTIFY, MESSAGE_RESPONSE, MESSAGE_NOISE, MESSAGE_KINDS
};

struct message {
	enum message_kind kind;
	size_t size;
	uint8_t octets[TEST_MESSAGE];
	bool keyed;
	struct tsig_key key;
	struct tsig_context tsig; /* with KEYED: to verify the answer; refers to the key */
	size_t answer_size;       /* 0: silence */
	uint8_t answer[65535 + SCAN_BEHIND];
};

/* The next message of a sequence that *STATE determines, of a kind, with this ID. */
void message_make(struct message *, enum message_kind, uint16_t id, uint64_t *state);

/* Fills in its answer: a fresh query in fresh memory. TURN: where pools' addresses begin. */
void message_expect(struct message *, struct fixture *, size_t room, bool tcp, unsigned turn);

/* Whether an answer that came is the one that is expected, apart from what depends on the moment: MACs, which must verify,
 * and server cookies. */
bool message_answered(struct message *, struct fixture *, size_t room, bool tcp, const uint8_t *answer, size_t size);

#endif
