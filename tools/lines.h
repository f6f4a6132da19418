/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are read line by line. */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include "lib/error.h"

/* Takes one line without its newline, which it may write into; anything but DONE ends the walk. */
typedef int take_line(char *line, void *context, struct error *);

/* Each line of a file, "-" for standard input. What ends it is cited with FILE:LINE. A line with a
 * NUL inside is REFUSED. */
int each_line(const char *path, take_line *, void *context, struct error *);

#endif
