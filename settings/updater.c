/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of windsock-updater's settings, and what they are where nothing is said. */
#include "settings/updater.h"

#include <stddef.h>

#include "lib/options.h"
#include "lib/place.h"
#include "settings/checks.h"
#include "settings/common.h"
#include "settings/tables.h"

#define AT(member) offsetof(struct settings, member)

static const struct option_row rows[] = {
	ROW_REGISTRY(AT(registry)),
	ROW_KEY(AT(key)),
	ROW_REPLACE(AT(replace)),
	ROW_BACKGROUND(AT(background)),
	ROW_SANDBOX(AT(sandbox)),
	ROW_LOG_LEVEL(AT(log_level)),
	{ "listen", OPTION_LIST, AT(listen), 0, 0, "127.0.0.1:8053", "ADDR:PORT",
		"where to listen, :PORT for everywhere", .check = check_endpoint },
	{ "listen-tls", OPTION_LIST, AT(listen_tls), 0, 0, "", "ADDR:PORT",
		"where to listen for HTTPS; tls=RANGE behind one is for it alone; empty: nowhere",
		.check = check_tls_endpoint,
		.more = "Port 443 needs AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit. Clients that cannot be upgraded may have a "
			"port of their own, as in ':443 :8443 tls=1.0-1.3'." },
	{ "certificates", OPTION_TEXT, AT(certificates), 0, 0, "", "DIR",
		"the certificates for it, found by name: NAME.pem, or NAME.crt and NAME.key, or NAME/fullchain.pem and privkey.pem",
		.file = OPTION_FILE_FOLDER, .more = "Renewed ones are taken up." },
	{ "tls", OPTION_TEXT, AT(tls), 0, 0, "1.2-1.3", "RANGE", "the versions of TLS that HTTPS speaks",
		.check = check_tls_versions },
	{ "unlimited", OPTION_NETWORKS, AT(unlimited), 0, 0, "127.0.0.0/8 ::1", "NET",
		"networks to which no limit on requests, failures and connections applies", .live = true },
	{ "trusted-proxies", OPTION_NETWORKS, AT(trusted_proxies), 0, 0, "", "NET",
		"networks of proxies whose word on the client's address is taken", .live = true,
		.more = "Only these are believed in the header that proxy-header names." },
	{ "proxy-header", OPTION_TEXT, AT(proxy_header), 0, 0, "X-Forwarded-For", "NAME",
		"the header in which trusted-proxies say it", .check = check_header, .live = true },
	{ "monitors", OPTION_NETWORKS, AT(monitors), 0, 0, "", "NET",
		"networks that may read /metrics, beside loopback", .live = true },
	{ "allow-private", OPTION_FLAG, AT(allow_private), 0, 1, "no", NULL,
		"hosts without an account may have addresses that are not public", .live = true },
	{ "lease", OPTION_NUMBER, AT(lease), 1, 86400, "900", "SECONDS",
		"how long a relay is believed after its heartbeat", .unit = "seconds", .live = true },
	{ "connections", OPTION_NUMBER, AT(connections), 1, 15000, "1000", "N", "connections at once",
		.unit = "connections", .more = "The one that has waited longest gives way to a newcomer." },
	{ "connections-each", OPTION_NUMBER, AT(connections_each), 1, 15000, "20", "N",
		"connections at once from one IPv4 address or IPv6 /64", .unit = "connections", .live = true,
		.more = "A /56 may have twice as many, a /48 four times." },
	{ "service-zone", OPTION_TEXT, AT(service_zone), 0, 0, "", "ZONE",
		"the zone that /relays.txt lists beside that of the Host header; empty: the only one",
		.check = check_domain, .live = true },
	{ "acme-dns", OPTION_TEXT, AT(acme_dns), 0, 0, "", "DOMAIN",
		"the domain below which anybody may register a name for ACME challenges; empty: nobody may",
		.check = check_domain, .live = true,
		.more = "Not auth of a zone, nor a pool's label, where the name server computes its answers." },
	{ "hosts-each", OPTION_NUMBER, AT(hosts_each), 1, 1000000, "100", "N",
		"hosts that an account may own and make more, where its quota says nothing else",
		.unit = "hosts", .live = true },
	{ "names-each", OPTION_NUMBER, AT(names_each), 1, 1000000, "100", "N",
		"names of acme-dns that one network may register: an IPv4 /24 or an IPv6 /48",
		.unit = "names", .live = true },
	{ "telemetry", OPTION_TEXT, AT(telemetry), 0, 0, "", "FILE",
		"where relays' sessions are kept by day; empty: REGISTRY.telemetry; none: nowhere",
		.file = OPTION_FILE_MADE },
	{ "log-days", OPTION_NUMBER, AT(log_days), 1, 36500, "90", "DAYS",
		"how long the change log is kept", .unit = "days", .live = true },
	{ "log-rows", OPTION_NUMBER, AT(log_rows), 1000, INT64_C(1) << 40, "1000000", "N",
		"how many changes the change log keeps at most", .unit = "changes", .live = true },
};
const struct option_table settings_updater = { "windsock-updater", "updater",
	"Takes dynamic DNS updates and relays' heartbeats over HTTP.", rows, sizeof rows / sizeof rows[0] };

int settings_read(int argc, char **argv, struct settings *s, struct arena *arena, struct error *e)
{
	int outcome = options_read(&settings_updater, argc, argv, s, arena, e);
	if (outcome == DONE && *s->key == '\0' && (s->key = place_path(arena, s->registry, PLACE_KEYS)) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE && *s->telemetry == '\0'
		&& (s->telemetry = place_path(arena, s->registry, PLACE_TELEMETRY)) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	return outcome;
}
