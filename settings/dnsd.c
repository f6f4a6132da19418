/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of windsock-dnsd's settings. */
#include "settings/dnsd.h"

#include <stddef.h>

#include "settings/checks.h"
#include "settings/common.h"
#include "settings/tables.h"

#define AT(member) offsetof(struct settings, member)

/* All limits in one place, each with its reason. */
static const struct option_row rows[] = {
	ROW_REGISTRY(AT(registry)),
	ROW_KEY(AT(key)),
	{ "listen", OPTION_LIST, AT(listen), 0, 0, "127.0.0.1:53", "ADDR:PORT",
		"where to answer, UDP and TCP", .check = check_endpoint },
	{ "udp-workers", OPTION_NUMBER, AT(udp_workers), 1, 256, "1", "N", "threads for each address",
		.unit = "threads" },
	/* NSD's default: a resolver asks less than that of one kind */
	{ "rate-limit", OPTION_NUMBER, AT(rate_limit), -1, 1000000, "-1", "N",
		"UDP answers of one kind a second to a client network; 0: no limit; -1: 200, not for loopback",
		.unit = "answers a second", .live = true },
	{ "rate-limit-exempt", OPTION_NETWORKS, AT(rate_exempt), 0, 0, "", "NETWORK",
		"networks to which no rate-limit applies", .live = true },
	{ "cookie-secrets", OPTION_TEXT, AT(cookie_secrets), 0, 0, "", "FILE",
		"secrets of DNS cookies, 32 hexadecimal digits a line, the first in use; empty: of the key",
		.file = OPTION_FILE_READ },
	/* RFC 9715: this crosses nearly any path unfragmented */
	{ "udp-size", OPTION_NUMBER, AT(udp_size), 512, 4096, "1232", "OCTETS", "the most octets of a UDP answer",
		.unit = "octets" },
	/* RFC 9210: as many as descriptors and memory allow; a client's share as in NSD and Knot */
	{ "tcp-connections", OPTION_NUMBER, AT(tcp_connections), 1, 100000, "4096", "N", "TCP connections at most",
		.unit = "connections" },
	{ "tcp-per-client", OPTION_NUMBER, AT(tcp_per_client), 1, 100000, "64", "N",
		"TCP connections of one IPv4 address or IPv6 /64; twice as many of a /56, four times of a /48",
		.unit = "connections" },
	{ "tcp-idle", OPTION_NUMBER, AT(tcp_idle), 100, 600000, "10000", "MS",
		"a TCP connection that begins no message by then is closed", .unit = "milliseconds" },
	/* a query is one segment: if it takes seconds, the path has a hole or the client drips octets on purpose */
	{ "tcp-message", OPTION_NUMBER, AT(tcp_message), 100, 600000, "5000", "MS",
		"a TCP connection whose message is not complete by then is closed", .unit = "milliseconds" },
	/* unsent answers are at most what the socket and some 80 KiB hold: even a slow path carries that in time */
	{ "tcp-answers", OPTION_NUMBER, AT(tcp_answers), 100, 600000, "10000", "MS",
		"a TCP connection whose client has not taken its answers by then is closed", .unit = "milliseconds" },
	{ "listen-tls", OPTION_LIST, AT(listen_tls), 0, 0, "", "ADDR:PORT",
		"where secondaries may transfer over TLS (RFC 9103), for which 853 is the port; empty: nowhere",
		.check = check_endpoint },
	{ "tls-certificate", OPTION_TEXT, AT(tls_certificate), 0, 0, "", "FILE",
		"the chain of certificates for it, in PEM; a renewed one is taken up", .file = OPTION_FILE_READ },
	{ "tls-key", OPTION_TEXT, AT(tls_key), 0, 0, "", "FILE", "the key of that certificate, in PEM",
		.file = OPTION_FILE_READ },
	/* all zones have the registry's revision for a serial: most of what moves it is not in them */
	{ "catalog", OPTION_TEXT, AT(catalog), 0, 0, "", "NAME",
		"the catalog zone that lists all zones for secondaries; empty: none", .check = check_domain },
	{ "notify-quiet", OPTION_NUMBER, AT(notify_quiet), 1, 86400, "300", "S",
		"time between NOTIFYs of zones of which the serial alone has moved", .unit = "seconds" },
	{ "transfer-networks", OPTION_NETWORKS, AT(transfer_networks), 0, 0, "", "NETWORK",
		"networks that may transfer zones without a key; empty: none", .live = false },
	{ "transfer-journal", OPTION_NUMBER, AT(transfer_journal), 1, 65536, "64", "MIB",
		"memory for what changed in signed zones, of all together, for IXFR; of each at most what it has",
		.unit = "MiB" },
	{ "nsid", OPTION_TEXT, AT(nsid), 0, 0, "auto", "TEXT",
		"this server's name, for NSID, id.server and hostname.bind; auto: the machine's; empty: refused",
		.check = check_string },
	{ "version-text", OPTION_TEXT, AT(version), 0, 0, "auto", "TEXT",
		"the answer to version.bind; auto: windsock and its version; empty: refused", .check = check_string },
	{ "dnssec-keys", OPTION_TEXT, AT(dnssec_keys), 0, 0, "", "DIR",
		"the keys of signed zones; empty: REGISTRY.dnssec", .file = OPTION_FILE_FOLDER },
	/* as with other signers: secondaries and caches survive a weekend without us */
	{ "dnssec-validity", OPTION_NUMBER, AT(signature_days), 1, 365, "14", "DAYS", "how long a signature is good",
		.unit = "days" },
	/* some 260,000 signatures: of static data, of hosts that are asked for with DO, and of as many hands of pools */
	{ "dnssec-cache", OPTION_NUMBER, AT(signature_cache), 1, 65536, "32", "MIB",
		"memory for signatures; as much again for those of what pools give each network, and a quarter for denials",
		.unit = "MiB" },
	/* a signature takes some 20 microseconds */
	{ "dnssec-rate", OPTION_NUMBER, AT(sign_rate), 0, 1000000, "10000", "N",
		"signatures a second and thread for names that are there; 0: no limit", .unit = "signatures a second" },
	/* a fifteenth of a thread's time: a flood of made-up names leaves the rest to other queries */
	{ "dnssec-deny-rate", OPTION_NUMBER, AT(deny_rate), 0, 1000000, "3000", "N",
		"signatures a second and thread for denials, wildcards and names below hosts; 0: no limit",
		.unit = "signatures a second" },
	{ "evidence", OPTION_NETWORKS, AT(evidence), 0, 0, "127.0.0.0/8 ::1", "NETWORK",
		"networks that may ask for _status and _why", .live = true },
	{ "telemetry", OPTION_TEXT, AT(telemetry), 0, 0, "", "FILE",
		"where queries are counted by pool, zone and day; empty: REGISTRY.telemetry; none: nowhere",
		.file = OPTION_FILE_MADE },
	/* what a kill -9 may lose */
	{ "telemetry-interval", OPTION_NUMBER, AT(telemetry_interval), 1, 3600, "60", "S",
		"time between writings of the telemetry file", .unit = "seconds" },
	/* what a start without a registry may have missed, against reading and writing all of it that often */
	{ "copy-interval", OPTION_NUMBER, AT(copy_interval), 0, 86400, "600", "S",
		"time between copies of the registry, from which a start goes on when that is missing or damaged; 0: none",
		.unit = "seconds" },
	ROW_REPLACE(AT(replace)),
	ROW_BACKGROUND(AT(background)),
	ROW_SANDBOX(AT(sandbox)),
	ROW_LOG_LEVEL(AT(log_level)),
};

const struct option_table settings_dnsd = { .program = "windsock-dnsd", .section = "dnsd",
	.summary = "Answers DNS from windsock's registry.", .rows = rows,
	.count = sizeof rows / sizeof rows[0] };
