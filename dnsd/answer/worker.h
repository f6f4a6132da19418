/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker, and the settings of all. */
#ifndef DNSD_ANSWER_WORKER_H
#define DNSD_ANSWER_WORKER_H

#include "dnsd/answer/cookie.h"
#include "dnsd/answer/reply.h"
#include "dnsd/sign/signer.h"
#include "dnsd/store/counters.h"
#include "dnsd/view/usage.h"
#include "dnsd/view/view.h"

/* What a worker answers with. Its thread alone uses it. */
struct worker {
	const struct view *view;
	const struct snapshot *snapshot; /* the view's at lookup_begin, for one batch */
	const struct name_table *hosts;       /* likewise */
	const struct server_settings *settings;
	struct counters *counters;
	struct usage_bank *_Atomic usage; /* counts queries; the collector swaps it, and the thread writes it in read-side
	                                   * sections */
	bool stale;    /* the view's at lookup_begin */
	bool forwards; /* the caller of answer_alone forwards UPDATEs, so they need no SERVFAIL */
	const struct tsig_key *update_key; /* set by answer_update: the key of an UPDATE that is to be forwarded */
	struct signer *signer; /* signs answers; NULL: nothing is signed */
	struct compression compression; /* of the answer that is being written */
	/* Where the rotation of a pool's A RRset stands, and that of its AAAA. They are counted apart: with one counter, a
	 * client that asks for A and AAAA in turn would get the same first address each time. */
	uint32_t turns[2 * USAGE_SLOTS];
};

/* Settings that answers depend on; the same for all workers, immutable while they run, but for what is atomic. */
struct server_settings {
	const char *nsid;     /* "" for none; also id.server and hostname.bind */
	const char *version;  /* version.bind; "" refuses */
	const struct networks *_Atomic evidence; /* networks that may ask for _status and _why; what it shows is never changed */
	const struct networks *transfers; /* networks that may transfer zones without a key; NULL: none */
	uint16_t udp_most;    /* most octets of a UDP answer, by default 1232 (RFC 9715) */
	uint16_t tcp_idle;    /* tenths of a second that a TCP connection may wait (RFC 7828) */
	struct cookie_secrets cookies; /* count 0: cookies are ignored */
	struct forwarder *forwarder; /* forwards UPDATEs; NULL: there is none */
	bool has_keys;        /* hosts' secrets can be opened */
	uint8_t opt[OPT_SIZE]; /* set by answer_settle: an answer's OPT without rcode, flags and options */
};

#endif
