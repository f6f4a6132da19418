/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of windsock-prober's settings. */
#include "settings/prober.h"

#include <stddef.h>

#include "settings/checks.h"
#include "settings/common.h"
#include "settings/tables.h"

#define AT(member) offsetof(struct settings, member)

static const struct option_row rows[] = {
	ROW_REGISTRY(AT(registry)),
	{ "name", OPTION_TEXT, AT(name), 0, 0, "prober", "OBSERVER", "the name under which its observations stand",
		.check = check_observer,
		.more = "Several probers, on several machines, have a name each; the majority decides." },
	{ "interval", OPTION_NUMBER, AT(interval), 1, 3600, "15", "SECONDS",
		"time from one ping to the next, 10 % more or less; ten times that for relays that no pool wants",
		.unit = "seconds", .live = true },
	{ "look", OPTION_NUMBER, AT(look), 1, 86400, "300", "SECONDS",
		"time from one look at all TLS versions and forms of ping to the next", .unit = "seconds", .live = true },
	{ "timeout", OPTION_NUMBER, AT(timeout), 1, 60, "5", "SECONDS", "how long it waits for one answer", .unit = "seconds" },
	{ "sockets", OPTION_NUMBER, AT(sockets), 1, 1000, "64", "N", "sockets open at once", .unit = "sockets" },
	{ "rise", OPTION_NUMBER, AT(rise), 1, 100, "2", "N", "answers in a row until a relay that was down is up",
		.unit = "answers", .live = true },
	{ "fall", OPTION_NUMBER, AT(fall), 1, 100, "3", "N", "failures in a row until one that was up is down",
		.unit = "failures", .live = true },
	{ "stale", OPTION_NUMBER, AT(stale), 1, 604800, "600", "SECONDS",
		"silence after which another prober has no voice any more", .unit = "seconds", .live = true },
	{ "connect", OPTION_LIST, AT(connect), 0, 0, "", "NAME",
		"names to ask relays for by CONNECT; empty: fe.ZONE of each zone, b5p.us", .check = check_host },
	{ "sni", OPTION_TEXT, AT(sni), 0, 0, "", "NAME", "the server name in hellos; empty: as clients do, mostly none",
		.check = check_host, .live = true },
	{ "once", OPTION_FLAG, AT(once), 0, 1, NULL, NULL, "one round, whose findings are believed at once", .live = false },
	{ "ask", OPTION_TEXT, AT(ask), 0, 0, "", "ADDRESS", "print what there is at an address, and write nothing",
		.check = check_address },
	{ "port", OPTION_NUMBER, AT(port), 1, 65535, "443", "PORT", "the port for --ask", .live = false },
	ROW_SANDBOX(AT(sandbox)),
	ROW_LOG_LEVEL(AT(log_level)),
};

const struct option_table settings_prober = { "windsock-prober", "prober",
	"Asks the relays what they can do, and writes it into the registry.", rows, sizeof rows / sizeof rows[0] };
