/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of windsock-dnsd, from windsock.conf and the command line. */
#ifndef SETTINGS_DNSD_H
#define SETTINGS_DNSD_H

#include <stdint.h>

#include "lib/address.h"

/* The rate limit, in answers a second, when none is configured. */
enum { RATE_STANDARD = 200 };

struct settings {
	const char *catalog;
	const char *registry, *key, *listen, *nsid, *version, *cookie_secrets, *telemetry, *dnssec_keys;
	const char *listen_tls, *tls_certificate, *tls_key;
	struct networks evidence, rate_exempt, transfer_networks;
	int64_t udp_workers, rate_limit, udp_size, log_level, telemetry_interval, notify_quiet;
	int64_t transfer_journal; /* MiB */
	int64_t replace, background, sandbox, copy_interval;
	int64_t signature_cache, signature_days, sign_rate, deny_rate;
	int64_t tcp_connections, tcp_per_client, tcp_idle, tcp_message, tcp_answers; /* the last three in milliseconds */
};

#endif
