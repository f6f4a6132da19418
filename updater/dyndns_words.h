/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of dyndns2, in which updates of hosts over HTTP are answered, and badip for an address that cannot be
 * published. Which one a client gets, updater/hosts.c decides of what it may and did, updater/dyndns.c of its request; the
 * table is in updater/dyndns.h. */
#ifndef UPDATER_DYNDNS_WORDS_H
#define UPDATER_DYNDNS_WORDS_H

#include "lib/text.h"

enum code { CODE_GOOD, CODE_NOCHG, CODE_BADAUTH, CODE_NOTFQDN, CODE_NOHOST, CODE_NUMHOST, CODE_ABUSE,
	CODE_BADAGENT, CODE_BADIP, CODE_DNSERR, CODE_911, CODE_COUNT };

extern const char *const code_words[CODE_COUNT];

/* Appends a line of a reply: the word, and the addresses with commas between them where it is good or nochg. */
void code_line(struct text *, enum code, const char *addresses);

#endif
