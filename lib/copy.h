/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of files that hold secrets, or must not be lost. */
#ifndef LIB_COPY_H
#define LIB_COPY_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/owner.h"

/* Copies a file to a name at which there is none yet, and makes its content durable; its name is so after owner_keep_names.
 * LIKE and the mode are owner_make's. ABSENT when there is nothing at FROM, EXISTS when there is something at TO, FAILED
 * with nothing left at TO. */
int copy_file(const char *from, const char *to, const char *like, enum owner_mode, struct error *);

/* Whether two files have the same content. ABSENT when there is no A. */
int copy_same(const char *a, const char *b, bool *same, struct error *);

#endif
