/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of settings. */
#include "dnsd/settings.h"

#include <stddef.h>

#define AT(member) offsetof(struct settings, member)

/* All limits in one place, each with its reason. */
static const struct option_row rows[] = {
	{ "registry", OPTION_TEXT, AT(registry), 0, 0, OPTION_REGISTRY, "FILE",
		"the registry" },
	{ "key", OPTION_TEXT, AT(key), 0, 0, "", "FILE",
		"the key file, without which PageKite's secrets stay closed; empty: REGISTRY.key" },
	{ "listen", OPTION_LIST, AT(listen), 0, 0, "127.0.0.1:53", "ADDR:PORT",
		"where to answer, UDP and TCP" },
	{ "udp-workers", OPTION_NUMBER, AT(udp_workers), 1, 256, "1", "N", "threads for each address" },
	/* NSD's default: a resolver asks less than that of one kind */
	{ "rate-limit", OPTION_NUMBER, AT(rate_limit), -1, 1000000, "-1", "N",
		"UDP answers of one kind a second to a client network; 0: no limit; -1: 200, not for loopback" },
	{ "rate-limit-exempt", OPTION_NETWORKS, AT(rate_exempt), 0, 0, "", "NETWORK",
		"to which a --rate-limit does not apply" },
	{ "cookie-secrets", OPTION_TEXT, AT(cookie_secrets), 0, 0, "", "FILE",
		"secrets of DNS cookies, 32 hexadecimal digits a line, the first in use; empty: of the key" },
	/* RFC 9715: this crosses nearly any path unfragmented */
	{ "udp-size", OPTION_NUMBER, AT(udp_size), 512, 4096, "1232", "OCTETS", "a UDP answer at most" },
	/* RFC 9210: as many as descriptors and memory allow; a client's share as in NSD and Knot */
	{ "tcp-connections", OPTION_NUMBER, AT(tcp.connections), 1, 100000, "4096", "N", "at most" },
	{ "tcp-per-client", OPTION_NUMBER, AT(tcp.per_client), 1, 100000, "64", "N",
		"of one IPv4 address or IPv6 /64; twice as many of a /56, four times of a /48" },
	{ "tcp-idle", OPTION_NUMBER, AT(tcp.wait[TCP_IDLE]), 100, 600000, "10000", "MS",
		"a connection that begins no message is closed" },
	/* a query is one segment: if it takes seconds, the path has a hole or the client drips octets on purpose */
	{ "tcp-message", OPTION_NUMBER, AT(tcp.wait[TCP_READING]), 100, 600000, "5000", "MS",
		"one whose message is not complete by then" },
	/* unsent answers are at most what the socket and some 80 KiB hold: even a slow path carries that in time */
	{ "tcp-answers", OPTION_NUMBER, AT(tcp.wait[TCP_WRITING]), 100, 600000, "10000", "MS",
		"one whose client has not taken its answers by then" },
	{ "listen-tls", OPTION_LIST, AT(listen_tls), 0, 0, "", "ADDR:PORT",
		"where secondaries may transfer over TLS (RFC 9103), for which 853 is the port; empty: nowhere" },
	{ "tls-certificate", OPTION_TEXT, AT(tls_certificate), 0, 0, "", "FILE",
		"the chain of certificates for it, in PEM; a renewed one is taken up" },
	{ "tls-key", OPTION_TEXT, AT(tls_key), 0, 0, "", "FILE", "its key" },
	/* all zones have the registry's revision for a serial: most of what moves it is not in them */
	{ "catalog", OPTION_TEXT, AT(catalog), 0, 0, "", "NAME",
		"the catalog zone that lists all zones for secondaries; empty: none" },
	{ "notify-quiet", OPTION_NUMBER, AT(notify_quiet), 1, 86400, "300", "S",
		"between NOTIFYs of zones of which the serial alone has moved" },
	{ "transfer-networks", OPTION_NETWORKS, AT(transfer_networks), 0, 0, "", "NETWORK",
		"that may transfer zones without a key; empty: none" },
	{ "transfer-journal", OPTION_NUMBER, AT(transfer_journal), 1, 65536, "64", "MIB",
		"of what changed in signed zones, of all together, for IXFR; of each at most what it has" },
	{ "nsid", OPTION_TEXT, AT(nsid), 0, 0, "auto", "TEXT",
		"this server's name, for NSID, id.server and hostname.bind; auto: the machine's; empty: refused" },
	{ "version-text", OPTION_TEXT, AT(version), 0, 0, "windsock " PACKAGE_VERSION, "TEXT",
		"version.bind; empty: refused" },
	{ "dnssec-keys", OPTION_TEXT, AT(dnssec_keys), 0, 0, "", "DIR",
		"the keys of signed zones; empty: REGISTRY.dnssec" },
	/* as with other signers: secondaries and caches survive a weekend without us */
	{ "dnssec-validity", OPTION_NUMBER, AT(signature_days), 1, 365, "14", "DAYS", "that a signature is good" },
	/* some 260,000 signatures: of static data, of hosts that are asked for with DO, and of as many hands of pools */
	{ "dnssec-cache", OPTION_NUMBER, AT(signature_cache), 1, 65536, "32", "MIB",
		"for signatures; as much again for those of what pools give each network, and a quarter for denials" },
	/* a signature takes some 20 microseconds */
	{ "dnssec-rate", OPTION_NUMBER, AT(sign_rate), 0, 1000000, "10000", "N",
		"signatures a second and thread for names that are there; 0: no limit" },
	/* a fifteenth of a thread's time: a flood of made-up names leaves the rest to other queries */
	{ "dnssec-deny-rate", OPTION_NUMBER, AT(deny_rate), 0, 1000000, "3000", "N",
		"the same for denials, wildcards and names below hosts" },
	{ "evidence", OPTION_NETWORKS, AT(evidence), 0, 0, "127.0.0.0/8 ::1", "NETWORK",
		"who may ask for _status and _why" },
	{ "telemetry", OPTION_TEXT, AT(telemetry), 0, 0, "", "FILE",
		"where queries are counted by pool, zone and day; empty: REGISTRY.telemetry; none: nowhere" },
	/* what a kill -9 may lose */
	{ "telemetry-interval", OPTION_NUMBER, AT(telemetry_interval), 1, 3600, "60", "S",
		"between writings of that file" },
	/* what a start without a registry may have missed, against reading and writing all of it that often */
	{ "copy-interval", OPTION_NUMBER, AT(copy_interval), 0, 86400, "600", "S",
		"between copies of the registry, from which a start goes on when that is missing or damaged; 0: none" },
	{ "replace", OPTION_FLAG, AT(replace), 0, 1, NULL, NULL,
		"take over from the windsock-dnsd that serves this registry, without a lost question; if none does, just start" },
	{ "background", OPTION_FLAG, AT(background), 0, 1, NULL, NULL,
		"return as soon as questions are answered, and go on in the background" },
	{ "sandbox", OPTION_FLAG, AT(sandbox), 0, 1, "yes", NULL,
		"give up all files and system calls that are not needed; no: for finding faults" },
	{ "log-level", OPTION_NUMBER, AT(log_level), 3, 7, "6", "N", "3 errors to 7 debugging" },
};

const struct option_table settings_table = { .program = "windsock-dnsd", .section = "dnsd",
	.summary = "Answers DNS from windsock's registry.", .rows = rows,
	.count = sizeof rows / sizeof rows[0] };
