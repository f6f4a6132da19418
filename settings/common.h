/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that several tables of settings have, word for word alike: they stand once in the manual and in the example. */
#ifndef SETTINGS_COMMON_H
#define SETTINGS_COMMON_H

#include "lib/option_table.h"

/* AT is where the table's struct has it. */
#define ROW_REGISTRY(at) \
	{ "registry", OPTION_TEXT, at, 0, 0, OPTION_REGISTRY, "FILE", "the registry", .common = true, \
		.environment = OPTION_REGISTRY_ENVIRONMENT, .file = OPTION_FILE_CHANGED, \
		.more = "windsock(1) reads only this." }
#define ROW_KEY(at) \
	{ "key", OPTION_TEXT, at, 0, 0, "", "FILE", "the key file; empty: REGISTRY.key", .common = true, \
		.file = OPTION_FILE_READ, .more = "Without it, secrets of PageKite stay closed and relays get no authentication." }
#define ROW_REPLACE(at) \
	{ "replace", OPTION_FLAG, at, 0, 1, NULL, NULL, \
		"take over from the process that serves this registry, and nothing is lost; if none does, just start", .common = true }
#define ROW_BACKGROUND(at) \
	{ "background", OPTION_FLAG, at, 0, 1, NULL, NULL, \
		"return as soon as clients are answered, and go on in the background", .common = true }
#define ROW_SANDBOX(at) \
	{ "sandbox", OPTION_FLAG, at, 0, 1, "yes", NULL, \
		"give up all files and system calls that are not needed; no: for finding faults", .common = true }
#define ROW_LOG_LEVEL(at) \
	{ "log-level", OPTION_NUMBER, at, 3, 7, "6", "N", "what is logged: 3 errors only, to 7 everything", .common = true, \
		.live = true }

#endif
