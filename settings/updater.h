/* SPDX-License-Identifier: BSD-2-Clause */
/* What windsock.conf and the command line say to the updater. */
#ifndef SETTINGS_UPDATER_H
#define SETTINGS_UPDATER_H

#include <stdint.h>

#include "lib/address.h"
#include "lib/arena.h"
#include "lib/error.h"

struct settings {
	const char *registry, *key, *telemetry;
	const char *listen, *listen_tls, *certificates, *tls, *acme_dns, *proxy_header, *service_zone;
	struct networks unlimited, trusted_proxies, monitors;
	int64_t replace, background, sandbox;
	int64_t log_level, allow_private, lease, log_days, log_rows, connections, connections_each, hosts_each, names_each;
};

/* Reads the file and the command line; what lib/options.h says of the outcome. Networks are checked. Texts are the
 * arena's. */
int settings_read(int argc, char **argv, struct settings *, struct arena *, struct error *);

#endif
