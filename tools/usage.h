/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb's usage, as "NAME [--port N] [--wait]", taken apart: the command line is read by it, completed by it, and faults in it
 * are told by it, so that an option stands in one place. No I/O. */
#ifndef TOOLS_USAGE_H
#define TOOLS_USAGE_H

#include <stdbool.h>
#include <stddef.h>

/* A word of the usage, or an option with its value. Texts lie in the usage, and have no end of their own. */
struct usage_part {
	bool option;
	const char *text; /* an option's name without dashes; what stands for a word, as NAME */
	size_t length;
	const char *value; /* what stands for an option's value, as N or yes|no */
	size_t value_length; /* 0: a flag, which has none */
};

/* Takes the next part off *USAGE; false behind the last. */
bool usage_next(const char **usage, struct usage_part *);

/* The option of that name; false when the usage has none. */
bool usage_option(const char *usage, const char *name, struct usage_part *);

/* The word of that number, counted from 0; false when the usage has fewer. */
bool usage_word(const char *usage, size_t number, struct usage_part *);

/* Whether a part's value, or a word, is a choice: alternatives such as yes|no, none of which stands for something else. */
bool usage_is_choice(const char *text, size_t length);

#endif
