/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock-prober: asks each relay at each of its addresses, and writes what it saw. */
#include <stdlib.h>

#include "lib/log.h"
#include "lib/options.h"
#include "prober/prober.h"
#include "settings/tables.h"

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct arena arena = { 0 };
	struct error e = { "" };
	log_start("windsock-prober");
	int outcome = options_read(&settings_prober, argc, argv, &settings, &arena, &e);
	bool shown = (int)outcome == OPTIONS_SHOWN;
	int status = outcome == DONE || shown ? EXIT_SUCCESS : 2;
	if (outcome == DONE) {
		log_limit((enum log_level)settings.log_level);
		outcome = *settings.ask != '\0' ? prober_ask(&settings, &e) : prober_run(&settings, argc, argv, &arena, &e);
		status = outcome == DONE ? EXIT_SUCCESS : outcome == REFUSED ? 2 : EXIT_FAILURE;
	}
	if (status != EXIT_SUCCESS)
		log_error("%s", e.text);
	arena_free(&arena);
	return status;
}
