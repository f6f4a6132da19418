/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a file line by line, and counts lines, to cite them in errors. */
#include "tools/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int walk(FILE *file, const char *name, take_line *take, void *context, struct error *e)
{
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t length;
	int outcome = DONE;
	while (outcome == DONE && (length = getline(&line, &room, file)) >= 0) {
		number++;
		if (length > 0 && line[length - 1] == '\n')
			line[--length] = '\0';
		outcome = strlen(line) != (size_t)length ? fail(e, REFUSED, "it holds a NUL")
							 : take(line, context, e);
		if (outcome != DONE)
			fail_within(e, outcome, "%s:%zu", name, number);
	}
	if (outcome == DONE && ferror(file))
		outcome = fail(e, FAILED, "%s: %s", name, strerror(errno));
	free(line);
	return outcome;
}

int each_line(const char *path, take_line *take, void *context, struct error *e)
{
	if (strcmp(path, "-") == 0)
		return walk(stdin, "standard input", take, context, e);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	int outcome = walk(file, path, take, context, e);
	fclose(file);
	return outcome;
}
