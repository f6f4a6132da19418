/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock-prober: asks each relay at each of its addresses, and writes what it saw. */
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "model/model.h"
#include "lib/name.h"
#include "lib/options.h"
#include "prober/prober.h"

#define AT(member) .offset = offsetof(struct settings, member)
static const struct option_row rows[] = {
	{ "registry", OPTION_TEXT, AT(registry), .standard = OPTION_REGISTRY, .argument = "FILE",
		.help = "the registry" },
	{ "name", OPTION_TEXT, AT(name), .standard = "prober", .argument = "OBSERVER",
		.help = "under which its observations stand; each prober has its own" },
	{ "interval", OPTION_NUMBER, AT(interval), 1, 3600, "15", "SECONDS",
		"from one ping to the next, 10 % more or less; ten times that for relays that no pool wants" },
	{ "look", OPTION_NUMBER, AT(look), 1, 86400, "300", "SECONDS",
		"from one look at all TLS versions and forms of ping to the next" },
	{ "timeout", OPTION_NUMBER, AT(timeout), 1, 60, "5", "SECONDS", "for one answer" },
	{ "sockets", OPTION_NUMBER, AT(sockets), 1, 1000, "64", "N", "open at once" },
	{ "rise", OPTION_NUMBER, AT(rise), 1, 100, "2", "N",
		"answers in a row until a relay that was down is up" },
	{ "fall", OPTION_NUMBER, AT(fall), 1, 100, "3", "N",
		"failures in a row until one that was up is down" },
	{ "stale", OPTION_NUMBER, AT(stale), 1, 604800, "600", "SECONDS",
		"of silence after which another prober has no voice any more" },
	{ "connect", OPTION_LIST, AT(connect), .argument = "NAME",
		.help = "to ask relays for by CONNECT (default: fe.ZONE of each zone, b5p.us)" },
	{ "sni", OPTION_TEXT, AT(sni), .argument = "NAME",
		.help = "to send in hellos (default: as clients do, mostly none)" },
	{ "once", OPTION_FLAG, AT(once), .help = "one round, whose findings are believed at once" },
	{ "ask", OPTION_TEXT, AT(ask), .argument = "ADDRESS",
		.help = "print what there is at an address, and write nothing" },
	{ "port", OPTION_NUMBER, AT(port), 1, 65535, "443", "PORT", "for --ask" },
	{ "sandbox", OPTION_FLAG, AT(sandbox), 0, 1, "yes", NULL,
		"give up all files and system calls that are not needed; no: for finding faults" },
	{ "log-level", OPTION_NUMBER, AT(log_level), 3, 7, "6", "N", "3 errors only, 7 everything" },
};
static const struct option_table table = { "windsock-prober", "prober",
	"Asks the relays what they can do, and writes it into the registry.", rows,
	sizeof rows / sizeof rows[0] };

/* Names go out on the wire: a line's end in one would be another request. */
static int check_hosts(const char *option, const char *names, struct error *e)
{
	size_t length;
	for (const char *word; (word = text_word(&names, " ", &length)) != NULL;) {
		struct name name;
		int outcome = name_read_part(word, length, &name, e);
		if (outcome == DONE && !name_is_host(&name))
			outcome = fail(e, REFUSED, "'%.*s' is no host name", (int)(length < 100 ? length : 100), word);
		if (outcome != DONE)
			return fail_within(e, outcome, "--%s", option);
	}
	return DONE;
}

static int check(const struct settings *s, struct error *e)
{
	struct observation named = { .relay = "x", .observer = s->name, .version = "", .uuid = "",
		.reason = "", .pings = "", .names = "" };
	if (strcmp(s->name, "lease") == 0)
		return fail(e, REFUSED, "--name lease: that is windsock-updater's");
	int outcome = row_check(&observation_kind, &named, e);
	if (outcome != DONE)
		return fail_within(e, outcome, "--name");
	outcome = check_hosts("connect", s->connect, e);
	return outcome == DONE ? check_hosts("sni", s->sni, e) : outcome;
}

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct arena arena = { 0 };
	struct error e = { "" };
	log_start("windsock-prober");
	int outcome = options_read(&table, argc, argv, &settings, &arena, &e);
	bool shown = (int)outcome == OPTIONS_SHOWN;
	if (outcome == DONE)
		outcome = check(&settings, &e);
	int status = outcome == DONE || shown ? EXIT_SUCCESS : 2;
	if (outcome == DONE) {
		log_limit((enum log_level)settings.log_level);
		outcome = *settings.ask != '\0' ? prober_ask(&settings, &e) : prober_run(&settings, &e);
		status = outcome == DONE ? EXIT_SUCCESS : outcome == REFUSED ? 2 : EXIT_FAILURE;
	}
	if (status != EXIT_SUCCESS)
		log_error("%s", e.text);
	arena_free(&arena);
	return status;
}
