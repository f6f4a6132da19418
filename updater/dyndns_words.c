/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of dyndns2, and the lines that are made of them. */
#include "updater/dyndns_words.h"

const char *const code_words[CODE_COUNT] = { "good", "nochg", "badauth", "notfqdn", "nohost", "numhost",
	"abuse", "badagent", "badip", "dnserr", "911" };

void code_line(struct text *out, enum code code, const char *addresses)
{
	text_add(out, code_words[code]);
	if (code == CODE_GOOD || code == CODE_NOCHG) {
		text_add(out, *addresses == '\0' ? "" : " ");
		for (const char *c = addresses; *c != '\0'; c++)
			text_add_part(out, *c == ' ' ? "," : c, 1);
	}
	text_add(out, "\n");
}
