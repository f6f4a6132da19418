/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings as rows of a table, read from windsock.conf and then from the command line. */
#ifndef LIB_OPTIONS_H
#define LIB_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/address.h"
#include "lib/error.h"

#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var"
#endif

/* Where the registry is, unless somebody says otherwise. */
#define OPTION_REGISTRY LOCALSTATEDIR "/lib/windsock/registry"

enum option_kind {
	OPTION_TEXT,   /* const char * */
	OPTION_LIST,   /* const char *: words separated by a space; given again, it adds */
	OPTION_NETWORKS, /* struct networks: the same, each an address or a network */
	OPTION_NUMBER, /* int64_t within [least, most] */
	OPTION_FLAG,   /* int64_t: --name sets 1, --no-name 0 */
};

struct option_row {
	const char *name; /* --NAME, and NAME in the file */
	enum option_kind kind;
	size_t offset;
	int64_t least, most;
	const char *standard; /* as text; NULL for "" or 0 */
	const char *argument; /* what the help calls it */
	const char *help;
};

/* A program's settings. FILE sections: [windsock] for what all share, and [section]. Common rows
 * (registry, key, log-level) are rows of each table that names them. */
struct option_table {
	const char *program, *section, *summary;
	const struct option_row *rows;
	size_t count;
};

enum options_verdict { OPTIONS_RUN = 0, OPTIONS_SHOWN = 10 /* --help or --version was printed */ };

/* Fills CONFIG: standards, then the file, then the command line. Texts go to the arena. Returns
 * DONE, OPTIONS_SHOWN, REFUSED (cites file and line, or the option) or FAILED. The file is -c FILE,
 * --config FILE, or SYSCONFDIR/windsock/windsock.conf if that is there, or SYSCONFDIR/windsock.conf. */
int options_read(const struct option_table *, int argc, char **argv, void *config, struct arena *,
	struct error *);

/* The path of that file, which the command line has, or is constant. It need not be there. */
const char *options_file(int argc, char **argv);

#endif
