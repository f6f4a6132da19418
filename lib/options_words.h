/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of settings in words, so that --help, the manual and the example that is shipped say the same. Written to
 * standard output. */
#ifndef LIB_OPTIONS_WORDS_H
#define LIB_OPTIONS_WORDS_H

#include "lib/option_table.h"

/* A program's --help. FILE is where its settings are read from. */
void options_help(const struct option_table *, const char *file);

/* The sections of windsock.conf(5), in mdoc. Tables end with NULL. */
void options_manual(const struct option_table *const *);

/* A windsock.conf that says nothing else than what holds anyhow: each setting, commented out, with its default, and what
 * it is. Tables end with NULL. */
void options_example(const struct option_table *const *);

#endif
