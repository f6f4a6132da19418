/* SPDX-License-Identifier: BSD-2-Clause */
/* Making replies. Bodies are the exchange's arena's. */
#ifndef UPDATER_REPLY_H
#define UPDATER_REPLY_H

#include <jansson.h>

#include "updater/exchange.h"

/* Plain text that lives for ever, or in the exchange's arena. */
void reply_text(struct exchange *, int status, const char *body);

/* RFC 9457 on /v1; elsewhere the title alone, as plain text. */
void reply_problem(struct exchange *, int status, const char *title, const char *detail);

/* Takes over the JSON value; a NULL is answered 500. */
void reply_json(struct exchange *, int status, json_t *);

/* Trouble of ours: what the route says to it, or 503; with Retry-After. */
void reply_trouble(struct exchange *);

/* Too often: what the route says to trouble, or 429; with Retry-After. */
void reply_limited(struct exchange *);

#endif
