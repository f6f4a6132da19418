/* SPDX-License-Identifier: BSD-2-Clause */
/* Noting why a request is refused, and writing it to the log. */
#include "updater/refusal_log.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

enum { SOURCE_INTERVAL = 10 * 1000, SOURCE_BURST = 5, ALL_INTERVAL = 200, ALL_BURST = 50 };

/* Names are from outside: what could be taken for another part of the line becomes '?'. */
static void copy_name(char *to, size_t room, const char *from)
{
	size_t used = 0;
	for (; from != NULL && *from != '\0' && used + 1 < room; from++)
		to[used++] = ascii_letter(*from) || ascii_digit(*from) || strchr("._-*+@", *from) != NULL ? *from : '?';
	to[used] = '\0';
}

void refusal_note(struct exchange *x, const char *account, const char *host, const char *why)
{
	struct refusal *r = &x->refusal;
	if (r->why[0] != '\0') {
		r->more++;
		return;
	}
	copy_name(r->account, sizeof r->account, account);
	copy_name(r->host, sizeof r->host, host);
	snprintf(r->why, sizeof r->why, "%s", why);
}

static bool may_write(struct limits *limits, const struct exchange *x)
{
	struct limit *l = &limits->requests;
	int64_t now = clock_ticks();
	uint64_t all = limit_name(l, "refusals"), source = limit_part(limit_source(l, &x->request.caller), "refusals", 8);
	return limit_take(l, source, now, SOURCE_INTERVAL, SOURCE_BURST)
		&& limit_take(l, all, now, ALL_INTERVAL, ALL_BURST);
}

/* Tells a wrong password from an account that there is not. */
static const char *which(struct access *a, const struct refusal *r)
{
	const struct account *account = NULL;
	struct error e;
	if (strcmp(r->why, REFUSAL_PASSWORD) != 0 || a->registry == NULL || a->lent
		|| access_account(a, r->account, &account, &e) != DONE)
		return r->why;
	return account == NULL ? "unknown account" : "wrong password";
}

void refusal_log(struct limits *limits, struct access *a, struct exchange *x)
{
	struct refusal *r = &x->refusal;
	char from[ADDRESS_TEXT], more[64] = "", left_out[64] = "", host[sizeof r->host + 8] = "",
		account[sizeof r->account + 12] = "";
	if (r->why[0] == '\0')
		return;
	if (!may_write(limits, x)) {
		limits->refusals_left_out++;
		return;
	}
	address_write(&x->request.caller, from);
	if (r->more > 0)
		snprintf(more, sizeof more, " (and %zu more of the same request)", r->more);
	if (limits->refusals_left_out > 0)
		snprintf(left_out, sizeof left_out, " (%llu such lines were left out)",
			(unsigned long long)limits->refusals_left_out);
	limits->refusals_left_out = 0;
	if (r->host[0] != '\0')
		snprintf(host, sizeof host, " host=%s", r->host);
	if (r->account[0] != '\0')
		snprintf(account, sizeof account, " account=%s", r->account);
	log_notice("refused a request: %s%s%s from=%s%s%s path=%s", which(a, r), more, left_out, from, host, account,
		x->route == NULL ? "?" : x->route->path);
}
