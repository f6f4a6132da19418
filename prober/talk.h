/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to a relay and its answer: the words of a connection, without the connection. No I/O. */
#ifndef PROBER_TALK_H
#define PROBER_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prober/handshake.h"
#include "prober/hello.h"
#include "prober/ping.h"

enum question_kind { ASK_PING, ASK_TLS, ASK_CERTIFICATE /* that TLS 1.3 hides */ };

struct question {
	enum question_kind kind;
	int what;            /* a ping form, or a TLS version as in lib/tls.h */
	const char *connect; /* the name for which a relay is asked by CONNECT, as Python clients do,
	                      * before TLS begins; NULL: TLS from the start, as libpagekite does */
	const char *sni;     /* "" for none */
};

enum answer_kind {
	ANSWER_YES,
	ANSWER_NO,        /* it answered otherwise, or closed */
	ANSWER_SILENT,    /* it took the connection, and said too little in time */
	ANSWER_UNREACHED, /* there was no connection */
	ANSWER_UNABLE,    /* and that is our own trouble: no route, no descriptors */
	ANSWER_DENIED,    /* it knows CONNECT, but not that name: PageKite's HTTP_ConnectBad */
	ANSWER_NO_PROXY,  /* it does not know CONNECT */
	ANSWER_HUNG_UP,   /* it closed upon CONNECT: a stranger to it, or a relay that just ends */
};

enum { ANSWER_REASON = 100 };

struct answer {
	enum answer_kind kind;
	struct ping_reply ping;
	const uint8_t *leaf; /* its certificate; borrowed from the talk. Size 0 if it is not known */
	size_t leaf_size;
	char reason[ANSWER_REASON]; /* unless YES */
};

enum { TALK_OUT = 2048 };

struct talk {
	struct question question;
	struct answer answer;
	bool over, tunnelling; /* tunnelling: CONNECT was not answered yet */
	size_t out_size, size;
	uint8_t out[TALK_OUT]; /* to be sent as soon as out_size is not 0; then set it to 0 */
	char bytes[PING_REPLY_MOST];
	uint8_t random[HELLO_RANDOM];
	struct hello_reader hello;
	struct handshake *handshake; /* of ASK_CERTIFICATE, until it is over */
};

/* Begins with what is to be sent once the connection stands. */
void talk_begin(struct talk *, const struct question *, const uint8_t random[HELLO_RANDOM]);

/* Takes what was received; false when it is over. */
bool talk_take(struct talk *, const uint8_t *bytes, size_t size);

/* Ends a talk early: nothing more will come. Each talk that was begun is over in the end, by talk_take or by this. WHY
 * is the system's word, for UNREACHED and UNABLE. */
enum talk_ending { TALK_CLOSED, TALK_RESET, TALK_TIMEOUT, TALK_UNREACHED, TALK_UNABLE };
void talk_end(struct talk *, enum talk_ending, const char *why);

#endif
