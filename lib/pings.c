/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of the forms of the ping, and sets of them read and written. */
#include "lib/pings.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

static const char *const names[PING_FORMS] = { "ping-1.0", "head-1.0", "head-ping-1.1",
	"get-ping-1.1", "get-ping-1.0" };

const char *ping_name(int form)
{
	return names[form];
}

ping_set pings_read(const char *words)
{
	ping_set set = 0;
	size_t length;
	for (const char *word; words != NULL && (word = text_word(&words, " ", &length)) != NULL;)
		for (int form = 0; form < PING_FORMS; form++)
			if (strlen(names[form]) == length && memcmp(word, names[form], length) == 0)
				set |= (ping_set)(1u << form);
	return set;
}

void pings_write(ping_set set, char *words)
{
	char *at = words;
	*at = '\0';
	for (int form = 0; form < PING_FORMS; form++)
		if ((set >> form & 1) != 0)
			at += sprintf(at, "%s%s", at == words ? "" : " ", names[form]);
}
