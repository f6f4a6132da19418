/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted since the start, for /metrics. */
#ifndef UPDATER_COUNTERS_H
#define UPDATER_COUNTERS_H

#include <stdint.h>

#include "lib/tls.h"
#include "updater/dyndns_words.h"
#include "updater/exchange.h"

struct counters {
	int64_t started, started_date; /* ticks and clock_date() of the start */
	uint64_t open; /* connections, now */
	uint64_t connections, connections_refused, evicted, requests, malformed;
	uint64_t replies[6];           /* by the first digit of the status */
	uint64_t codes[2][CODE_COUNT]; /* of updates, by API_DYNDNS and API_KITE */
	uint64_t batches, batch_requests, commits, commit_failures, commit_micros;
	uint64_t listings, unacknowledged, faults, limited, slow_closed;
	uint64_t tls[TLS_VERSIONS], tls_resumed, tls_failed; /* handshakes, by what was agreed upon */
	uint64_t forwarded, rcodes[16]; /* UPDATEs (RFC 2136), and their answers */
};

#endif
