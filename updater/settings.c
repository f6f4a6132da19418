/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of settings. */
#include "updater/settings.h"

#include <string.h>

#include "lib/options.h"
#include "lib/place.h"
#include "registry/telemetry.h"

#define AT(member) offsetof(struct settings, member)

static const struct option_row rows[] = {
	{ "registry", OPTION_TEXT, AT(registry), 0, 0, OPTION_REGISTRY, "FILE",
		"the registry" },
	{ "key", OPTION_TEXT, AT(key), 0, 0, NULL, "FILE", "its key (the registry's name and .key)" },
	{ "replace", OPTION_FLAG, AT(replace), 0, 1, NULL, NULL,
		"take over from the windsock-updater of this registry, without a lost request; if there is none, just start" },
	{ "background", OPTION_FLAG, AT(background), 0, 1, NULL, NULL,
		"return as soon as requests are answered, and go on in the background" },
	{ "sandbox", OPTION_FLAG, AT(sandbox), 0, 1, "yes", NULL,
		"give up all files and system calls that are not needed; no: for finding faults" },
	{ "log-level", OPTION_NUMBER, AT(log_level), 3, 7, "6", "N", "3 errors to 7 debugging" },
	{ "listen", OPTION_LIST, AT(listen), 0, 0, "127.0.0.1:8053", "ADDR:PORT",
		"where to listen, :PORT for everywhere" },
	{ "listen-tls", OPTION_LIST, AT(listen_tls), 0, 0, "", "ADDR:PORT",
		"where to listen for HTTPS; tls=RANGE behind one is for it alone" },
	{ "certificates", OPTION_TEXT, AT(certificates), 0, 0, "", "DIR",
		"their certificates for it: NAME.pem, or NAME.crt and NAME.key, or NAME/fullchain.pem and privkey.pem" },
	{ "tls", OPTION_TEXT, AT(tls), 0, 0, "1.2-1.3", "RANGE", "the versions of TLS that it speaks" },
	{ "unlimited", OPTION_NETWORKS, AT(unlimited), 0, 0, "127.0.0.0/8 ::1", "NET",
		"networks to which no limit on requests, failures and connections applies" },
	{ "trusted-proxies", OPTION_NETWORKS, AT(trusted_proxies), 0, 0, NULL, "NET",
		"networks of proxies whose word on the client's address is taken" },
	{ "proxy-header", OPTION_TEXT, AT(proxy_header), 0, 0, "X-Forwarded-For", "NAME",
		"the header in which they say it" },
	{ "monitors", OPTION_NETWORKS, AT(monitors), 0, 0, NULL, "NET",
		"networks that may read /metrics, beside loopback" },
	{ "allow-private", OPTION_FLAG, AT(allow_private), 0, 1, "0", NULL,
		"hosts without an account may have addresses that are not public" },
	{ "lease", OPTION_NUMBER, AT(lease), 1, 86400, "900", "SECONDS",
		"how long a relay is believed after its heartbeat" },
	{ "connections", OPTION_NUMBER, AT(connections), 1, 15000, "1000", "N", "connections at once" },
	{ "connections-each", OPTION_NUMBER, AT(connections_each), 1, 15000, "20", "N",
		"connections at once from one IPv4 address or IPv6 /64" },
	{ "service-zone", OPTION_TEXT, AT(service_zone), 0, 0, "", "ZONE",
		"the zone that /relays.txt lists beside that of the Host header; empty: the only one" },
	{ "acme-dns", OPTION_TEXT, AT(acme_dns), 0, 0, "", "DOMAIN",
		"below which anybody may register a name for ACME challenges; empty: nobody may" },
	{ "hosts-each", OPTION_NUMBER, AT(hosts_each), 1, 1000000, "100", "N",
		"hosts that an account may own and make more, where its quota says nothing else" },
	{ "names-each", OPTION_NUMBER, AT(names_each), 1, 1000000, "100", "N",
		"names of acme-dns that one network may register: an IPv4 /24 or an IPv6 /48" },
	{ "telemetry", OPTION_TEXT, AT(telemetry), 0, 0, NULL, "FILE",
		"where relays' sessions are kept (the registry's name and .telemetry); none: nowhere" },
	{ "log-days", OPTION_NUMBER, AT(log_days), 1, 36500, "90", "DAYS",
		"how long the change log is kept" },
	{ "log-rows", OPTION_NUMBER, AT(log_rows), 1000, INT64_C(1) << 40, "1000000", "N",
		"how many changes of it at most" },
};
static const struct option_table table = { "windsock-updater", "updater",
	"Takes dynamic DNS updates and relays' heartbeats over HTTP.", rows, sizeof rows / sizeof rows[0] };

int settings_read(int argc, char **argv, struct settings *s, struct arena *arena, struct error *e)
{
	int outcome = options_read(&table, argc, argv, s, arena, e);
	if (outcome == DONE && *s->key == '\0' && (s->key = place_path(arena, s->registry, PLACE_KEYS)) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE && *s->telemetry == '\0'
		&& (s->telemetry = place_path(arena, s->registry, PLACE_TELEMETRY)) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	return outcome;
}
