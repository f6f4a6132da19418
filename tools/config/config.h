/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock config check`: windsock.conf as all programs read it, and what is wrong with it. */
#ifndef TOOLS_CONFIG_CONFIG_H
#define TOOLS_CONFIG_CONFIG_H

#include <jansson.h>

#include "lib/options.h"
#include "tools/command.h"

/* A setting as the file has it. The texts are the command's. */
struct config_entry {
	int line;
	const char *section, *name, *value;
};

struct config {
	struct command *command;
	const char *path, *user; /* user: as whom daemons are to read files; NULL: each as its own */
	struct config_entry *entries;
	size_t count, room;
	json_t *faults;
};

/* Notes, and prints unless --json, "FILE:LINE: what is wrong"; LINE is 0 for what no line says. */
void config_fault(struct config *, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether a setting is for the program of that table: it stands in its section, or in [windsock] and the table has it. */
bool config_concerns(const struct config_entry *, const struct option_table *);

/* What a program has for a row: the last that the file says, and its line in *LINE; else the default, and 0. */
const char *config_value(const struct config *, const struct option_table *, const struct option_row *, int *line);

/* Faults of files that settings name: missing, or not for the user that the daemon runs as. */
void config_check_files(struct config *);

/* Faults of addresses to listen at: the same for two of them. */
void config_check_listen(struct config *);

#endif
