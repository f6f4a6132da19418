/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings (lib/option_table.h) read from windsock.conf, the environment and the command line. */
#ifndef LIB_OPTIONS_H
#define LIB_OPTIONS_H

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/option_table.h"

enum options_verdict { OPTIONS_RUN = 0, OPTIONS_SHOWN = 10 /* --help or --version was printed */ };

/* Fills CONFIG: standards, then the file, then the environment, then the command line. Texts go to the arena. Returns
 * DONE, OPTIONS_SHOWN, REFUSED (cites file and line, or the option) or FAILED. The file is -c FILE,
 * --config FILE, or SYSCONFDIR/windsock/windsock.conf if that is there, or SYSCONFDIR/windsock.conf. */
int options_read(const struct option_table *, int argc, char **argv, void *config, struct arena *,
	struct error *);

/* The path of that file, which the command line has, or is constant. It need not be there. */
const char *options_file(int argc, char **argv);

/* Judges a value as options_read does: DONE, REFUSED or FAILED, in words that begin with the row's name. */
int option_judge(const struct option_row *, const char *value, struct error *);

/* What stands in a file, without judging it: */
struct option_line {
	int number; /* of its line, from 1 */
	const char *section, *name, *value; /* section: "" before the first */
};

/* Calls VISIT for each setting of a file, until it returns something else than DONE, which is returned. ABSENT when there
 * is no such file, and REFUSED when it can't be read, or, after the others were visited, for a line that is no setting;
 * these are cited. What VISIT says is given its file and line. */
int options_walk(const char *path, int (*visit)(void *context, const struct option_line *, struct error *), void *context,
	struct error *);

/* The sections that there may be; NULL ends them. The agent's is another program's, which reads the file, too. */
extern const char *const options_sections[];

#endif
