/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole of windsock-dnsd. The main thread uses it, other threads only as its parts say. */
#ifndef DNSD_DAEMON_H
#define DNSD_DAEMON_H

#include "dnsd/collect.h"
#include "dnsd/serve/forward.h"
#include "dnsd/view/load.h"
#include "dnsd/serve/notify.h"
#include "dnsd/answer/presign.h"
#include "dnsd/settings.h"
#include "dnsd/serve/tls.h"
#include "dnsd/serve/udp.h"

enum { ENDPOINTS_MOST = 64 };

struct daemon {
	struct arena arena;
	struct settings settings;
	struct server_settings shared;
	struct keys keys;
	struct view view;
	struct loader loader;
	struct signatures signatures;
	struct signatures ahead; /* the same caches without a budget, for the presigner */
	struct presigner presigner;
	struct collector collector;
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
	_Atomic bool stop;
};

/* Opens the sockets of `listen` and `listen-tls`, and reads the certificate for the latter (dnsd/endpoints.c). */
int endpoints_open(struct daemon *, struct error *);

#endif
