/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings as rows of a table: what each is called, takes, means and is by default. */
#ifndef LIB_OPTION_TABLE_H
#define LIB_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/error.h"
#include "lib/text.h"

#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var"
#endif

/* Where the registry is, unless somebody says otherwise; and the variable of the environment in which one may. */
#define OPTION_REGISTRY LOCALSTATEDIR "/lib/windsock/registry"
#define OPTION_REGISTRY_ENVIRONMENT "WINDSOCK_REGISTRY"

enum option_kind {
	OPTION_TEXT,   /* const char * */
	OPTION_LIST,   /* const char *: words separated by a space; given again, it adds */
	OPTION_NETWORKS, /* struct networks: the same, each an address or a network */
	OPTION_NUMBER, /* int64_t within [least, most] */
	OPTION_FLAG,   /* int64_t: --name sets 1, --no-name 0 */
};

/* What a text that names a file means to the program. "none" and "" name none. */
enum option_file {
	OPTION_FILE_NONE,    /* it names no file */
	OPTION_FILE_READ,    /* a file that is read */
	OPTION_FILE_CHANGED, /* one that is there, is read and is written */
	OPTION_FILE_MADE,    /* one that is written, and made if it is not there */
	OPTION_FILE_FOLDER,  /* a folder whose files are read */
};

struct option_row {
	const char *name; /* --NAME, and NAME in the file */
	enum option_kind kind;
	size_t offset;
	int64_t least, most;
	const char *standard; /* as text; NULL for "" or 0 */
	const char *argument; /* what the help calls it */
	const char *help;     /* one phrase */
	const char *unit;     /* of a number, in the plural; NULL: none */
	const char *more;     /* sentences that only the manual and the example have; NULL: none */
	const char *environment; /* a variable that goes before the standard file, but not before one that the command
	                          * line names; NULL: none */
	enum option_file file;
	bool live;   /* SIGHUP takes up another value (lib/options_reread.h) */
	bool common; /* other tables have the same row */
	/* Judges a text, or each word of a list: DONE, or REFUSED with why. An empty text is judged only where the default is
	 * another. NULL: anything will do. */
	int (*check)(const char *text, struct error *);
};

/* A program's settings. FILE sections: [windsock] for what all share, and [section]. Common rows
 * (registry, key, log-level) are rows of each table that names them. */
struct option_table {
	const char *program, *section, *summary;
	const struct option_row *rows;
	size_t count;
};

/* The row of that name; NULL for none. */
const struct option_row *option_find(const struct option_table *, const char *name, size_t length);

/* Adds to the text what CONFIG has for the row, as the file would say it. */
void option_write(const struct option_row *, const void *config, struct text *);

#endif
