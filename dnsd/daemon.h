/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole of windsock-dnsd. The main thread uses it, other threads only as its parts say. */
#ifndef DNSD_DAEMON_H
#define DNSD_DAEMON_H

#include "dnsd/collect.h"
#include "dnsd/last_copy.h"
#include "dnsd/serve/forward.h"
#include "dnsd/view/load.h"
#include "dnsd/serve/notify.h"
#include "dnsd/answer/presign.h"
#include "dnsd/serve/tcp.h"
#include "dnsd/serve/tls.h"
#include "dnsd/serve/udp.h"
#include "link/takeover.h"
#include "settings/dnsd.h"

enum { ENDPOINTS_MOST = 64 };

struct daemon {
	struct arena arena;
	int argc; /* the command line, which SIGHUP reads again with the file */
	char **argv;
	struct settings settings;
	struct server_settings shared;
	struct tcp_settings tcp_settings;
	struct keys keys;
	struct view view;
	struct loader loader;
	struct signatures signatures;
	struct signatures ahead; /* the same caches without a budget, for the presigner */
	struct presigner presigner;
	struct collector collector;
	struct last_copy last_copy;
	struct udp_server *udp;
	size_t udp_count;
	struct tcp_server tcp;
	struct transfer_server transfers;
	struct notifier notifier;
	struct forwarder forwarder;
	int tcp_fds[ENDPOINTS_MOST], tls_fds[ENDPOINTS_MOST];
	struct tls_server tls;
	char node[256]; /* this server's name */
	char catalog[NAME_TEXT]; /* in normal form; "" */
	struct doorbell_listener bell;
	int signals;
	struct sockets inherited; /* of the process that we replace, or that started us, until they are taken */
	struct sockets offered;   /* ours, which a successor is given. The numbers are borrowed, and not closed here */
	bool is_beside;           /* we open sockets while another process has some */
	struct takeover takeover;
	int predecessor;          /* the connection to it, -1: none; and what it has counted: */
	int64_t counted[TAKEOVER_COUNTS];
	uint32_t tcp_rounds_seen;  /* when the service manager was last told that all go on, */
	int64_t alive_at;          /* which was at these ticks */
	_Atomic bool leave; /* nothing new is taken any more: a successor takes it, or we stop, too */
	_Atomic bool stop;
};

/* A count of all workers, and of the processes before us that we have replaced one after the other. */
int64_t daemon_count(const struct daemon *, enum counter);

/* What the service manager is told (dnsd/supervise.c): that we serve, and keep these sockets; and every second that all
 * workers go on. */
void supervise_ready(const struct daemon *);
void supervise_alive(struct daemon *);

/* Taking the place of another process, and giving up ours (dnsd/replace.c). */

/* Asks the dnsd that serves this registry for its sockets. DONE, too, when there is none. */
int replace_ask(struct daemon *, struct error *);

/* Lets others take our place. Call it when all sockets are open. */
int replace_listen(struct daemon *, struct error *);

/* Tells the predecessor that we serve, and waits until it takes no more. */
void replace_predecessor(struct daemon *);

/* Now and then. True when a successor serves: nothing new is taken here any more, and its bell is rung instead of ours. */
bool replace_heed(struct daemon *);

/* Whether something is in hand yet: connections, transfers, UPDATEs. */
bool replace_busy(struct daemon *);

/* The last word to a successor. */
void replace_end(struct daemon *);

/* Reads the settings anew, and takes up those that may change while we serve (dnsd/reread.c). What they say wrong is logged, and
 * then nothing changes. */
void reread_settings(struct daemon *);

/* What of the settings may change while we serve: gives it to those who go by it. FAILED when memory is out, and then the
 * networks stay as they were. */
int reread_apply(struct daemon *, struct error *);

/* Opens the sockets of `listen` and `listen-tls`, and reads the certificate for the latter (dnsd/endpoints.c). */
int endpoints_open(struct daemon *, struct error *);

#endif
