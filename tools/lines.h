/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads files line by line. */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include "lib/error.h"

/* Takes one line without its newline, and may write into it. Anything but DONE ends the walk. */
typedef int take_line(char *line, void *context, struct error *);

/* Gives each line of a file ("-" for standard input) to take_line. An error that ends the walk is prefixed with FILE:LINE.
 * REFUSED for a line that holds a NUL. */
int each_line(const char *path, take_line *, void *context, struct error *);

#endif
