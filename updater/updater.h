/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the updater share. One thread runs it all, so nothing here is locked; a second one
 * only commits (updater/committer.h). */
#ifndef UPDATER_UPDATER_H
#define UPDATER_UPDATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "link/doorbell.h"
#include "link/host_changes.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/secret.h"
#include "registry/registry.h"
#include "updater/committer.h"
#include "updater/horizon.h"
#include "updater/lease.h"
#include "updater/limit.h"
#include "updater/request.h"
#include "updater/sessions.h"

/* From windsock.conf and the command line (updater/settings.c). */
struct settings {
	const char *registry, *key, *telemetry;
	const char *listen, *acme_dns, *proxy_header, *service_zone;
	struct networks unlimited, trusted_proxies, monitors;
	int64_t log_level, allow_private, lease, log_days, log_rows, connections, connections_each, hosts_each, names_each;
};

struct updater;
struct exchange;

/* Does what was asked and leaves the reply in the exchange. DONE, however the asker is answered;
 * FAILED when the registry itself failed, for that gives up all that is done at once. Any other outcome refuses
 * this request alone: what it has written is taken back, and the reply is what it left, or 911. */
typedef int handler(struct updater *, struct exchange *, struct error *);

enum api { API_DYNDNS, API_KITE, API_RELAYS, API_READ, API_ACME, API_UPDATE, API_COUNT };

/* The words of dyndns2, and badip for an address that cannot be published. */
enum code { CODE_GOOD, CODE_NOCHG, CODE_BADAUTH, CODE_NOTFQDN, CODE_NOHOST, CODE_NUMHOST, CODE_ABUSE,
	CODE_BADAGENT, CODE_BADIP, CODE_DNSERR, CODE_911, CODE_COUNT };

struct route {
	const char *path; /* one ending in '/' has a name behind */
	enum method method;
	enum api api;
	bool writes;
	handler *handle;
};

struct reply {
	int status;
	const char *type;
	const char *body; /* the exchange's arena's, or static */
	size_t size;
	const char *authenticate, *allow, *location; /* headers; NULL for none */
	int retry; /* Retry-After, seconds; 0 for none */
	bool close;
};

/* Why a request was refused (updater/refusal.h). */
#define REFUSAL_PASSWORD "unknown account or wrong password"
struct refusal {
	char why[160], host[80], account[64];
	size_t more;
};

/* One request and its reply. Lives in its connection (updater/http.c), or by itself (updater/forwarded.c). */
struct exchange {
	struct request request;
	struct reply reply;
	struct arena arena; /* dies with the reply */
	const struct route *route;
	bool over;    /* its source asks too often: what it asks for is done only if its credentials are right */
	bool right, wrong; /* they were looked at, and are so */
	struct refusal refusal;
	int64_t wait; /* milliseconds that the reply to wrong ones is to wait */
	void (*resume)(struct exchange *); /* of one that was in the batch: its reply is to be sent */
	struct exchange *next; /* in the batch */
	int64_t revision;      /* that dnsd must serve before the reply goes out */
	int64_t deadline;      /* ticks: when it goes out anyway */
};

/* Counts since the start, for /metrics. */
struct counters {
	uint64_t connections, connections_refused, evicted, requests, malformed;
	uint64_t replies[6];                    /* by the first digit of the status */
	uint64_t codes[2][CODE_COUNT];          /* of updates, by API_DYNDNS and API_KITE */
	uint64_t batches, batch_requests, commits, commit_failures, commit_micros;
	uint64_t listings, unacknowledged, faults, limited, slow_closed;
	uint64_t forwarded, rcodes[16]; /* UPDATEs (RFC 2136), and their answers */
};

/* A small cache of accounts, dropped whenever somebody else has written to the registry. */
enum { ACCOUNTS_CACHED = 256 };
struct cached_account {
	struct arena arena;
	struct account account;
	bool there;
};

/* The MACs of UPDATEs that were done; older ones give way. */
enum { SEEN_UPDATES = 65536, SEEN_MAC = 16 };
struct seen_update {
	uint8_t mac[SEEN_MAC];
};

struct updater {
	struct settings settings;
	struct arena arena; /* the settings' */
	struct keys keys;
	struct blob dummy; /* a sealed secret of nobody's */
	struct registry *registry; /* NULL while it cannot be opened */
	int64_t registry_retry;    /* ticks */
	bool trouble_said; /* once, until it goes well again */
	struct cached_account accounts[ACCOUNTS_CACHED];
	struct leases leases;
	struct session_notes sessions;
	struct limit requests, faults, hosts;
	struct counters counters;
	uint64_t refusals_left_out; /* of the log, since its last line of a refusal */

	/* The batch (updater/batch.c). */
	struct exchange *queue, **queue_end, *waiting, **waiting_end;
	size_t queued;
	struct committer committer;
	struct exchange *flight; /* what the committer has in hand; NULL: the connection is the loop's */
	int64_t flight_started;  /* microseconds */
	char acting[64], acting_from[ADDRESS_TEXT];
	const char *acting_verb; /* with these, the last act of the open transaction; NULL: none */
	bool wrote, parted; /* something; the request in hand, in a part of its own */
	int64_t closed_said; /* ticks, when last the log said that a secret cannot be opened */
	bool unmended; /* the registry was opened: does it lead on from what was served? */
	int bell, bell_serial; /* to dnsd, -1 while none listens; which one it is since the start */
	int64_t next_ring;     /* ticks of telling dnsd again */
	struct doorbell heard;   /* dnsd's last answer */
	int64_t heard_at;        /* ticks */
	int64_t revision;
	int64_t revision_before; /* the open transaction */
	struct host_changes moved;      /* what the transaction changed of hosts */

	/* Housekeeping: ticks of the next or last time. */
	struct horizon log_horizon; /* of the change log */
	int64_t started, started_date, housekeeping, noted, noted_revision, pruned, shrunk, belled, admitted, counted, serial_moved;
	int64_t prober_ahead, prober_moved; /* a prober's date that is still to come, and ticks when it was another */
	bool serial_wanted; /* a name server has new signatures for secondaries */
	struct known_relays *known_relays; /* updater/families.c; NULL */
	struct listing *listing; /* who is in which pool, for relays.txt (updater/status.c); NULL */
	struct http *http;
	struct forwarders *forwarders;
	struct seen_update seen[SEEN_UPDATES];
};

#endif
