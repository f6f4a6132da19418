/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes what is made from the tables of settings: `settings/write example` prints contrib/windsock.conf, `settings/write
 * manual` the sections of doc/windsock.conf.5. `make settings-words` puts both into the source tree. */
#include <stdio.h>
#include <string.h>

#include "lib/options_words.h"
#include "settings/tables.h"

int main(int argc, char **argv)
{
	bool manual = argc == 2 && strcmp(argv[1], "manual") == 0, example = argc == 2 && strcmp(argv[1], "example") == 0;
	if (manual)
		options_manual(settings_tables);
	else if (example)
		options_example(settings_tables);
	else
		fputs("usage: settings/write manual | example\n", stderr);
	return manual || example ? 0 : 2;
}
