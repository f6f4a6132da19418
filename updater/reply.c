/* SPDX-License-Identifier: BSD-2-Clause */
/* Text, JSON and problems as replies. */
#include "updater/reply.h"

#include <stdlib.h>
#include <string.h>

/* Seconds until a client may try again. dyndns2 clients have times of their own. */
enum { RETRY_TROUBLE = 30, RETRY_LIMITED = 2 };

static const char plain[] = "text/plain; charset=utf-8";

void reply_text(struct exchange *x, int status, const char *body)
{
	x->reply.status = status;
	x->reply.type = plain;
	x->reply.body = body == NULL ? "" : body;
	x->reply.size = strlen(x->reply.body);
}

void reply_json(struct exchange *x, int status, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
	x->reply.status = status;
	x->reply.type = "application/json";
	x->reply.body = text == NULL ? NULL : arena_format(&x->arena, "%s\n", text);
	free(text);
	json_decref(json);
	if (x->reply.body == NULL) {
		reply_text(x, 500, "out of memory\n");
		return;
	}
	x->reply.size = strlen(x->reply.body);
}

static bool is_v1(const struct exchange *x)
{
	return x->request.path.size >= 4 && memcmp(x->request.path.at, "/v1/", 4) == 0;
}

void reply_problem(struct exchange *x, int status, const char *title, const char *detail)
{
	if (!is_v1(x)) {
		reply_text(x, status, arena_format(&x->arena, "%s\n", title));
		return;
	}
	reply_json(x, status, json_pack("{s:s, s:s, s:i, s:s*}", "type", "about:blank", "title", title,
		"status", status, "detail", detail));
	x->reply.type = "application/problem+json";
}

void reply_trouble(struct exchange *x)
{
	x->refusal.why[0] = '\0'; /* it is not the asker's fault */
	if (x->route != NULL && x->route->trouble != NULL)
		x->route->trouble(x);
	else
		reply_problem(x, 503, "the registry cannot be reached", "try again in a while");
	x->reply.retry = RETRY_TROUBLE;
}

void reply_limited(struct exchange *x)
{
	if (x->route != NULL && x->route->trouble != NULL)
		x->route->trouble(x);
	else
		reply_problem(x, 429, "too many requests", "a source may ask 20 times a second");
	x->reply.retry = RETRY_LIMITED;
}
