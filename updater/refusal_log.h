/* SPDX-License-Identifier: BSD-2-Clause */
/* Not what is refused, but how an operator learns of it: "why does this client get badauth?" is one line in the log for a refused request, at a bounded rate. */
#ifndef UPDATER_REFUSAL_LOG_H
#define UPDATER_REFUSAL_LOG_H

#include "updater/access.h"
#include "updater/exchange.h"
#include "updater/limit.h"

/* Why the exchange is refused, which host was asked for and by which account, "" where nobody said. What was
 * said first stays; others of the same request are counted. Never a secret. Texts are copied and cut. */
void refusal_note(struct exchange *, const char *account, const char *host, const char *why);

#define REFUSAL_PASSWORD "unknown account or wrong password"

/* Writes it to the log, if one was noted: five lines a source at once and one in ten seconds, 50 of all at once and
 * five a second; how many were left out is said in the next line. After the reply is sent, for what is looked up
 * for the line must not be seen in the reply's time. */
void refusal_log(struct limits *, struct access *, struct exchange *);

#endif
