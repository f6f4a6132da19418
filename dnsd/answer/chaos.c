/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server says of itself in class CH. */
#include "dnsd/answer/chaos.h"

static const char *value(const struct worker *w, const struct scan *name)
{
	if (name->labels != 2)
		return "";
	bool bind = scan_label_is(name, 1, "bind"), server = scan_label_is(name, 1, "server");
	if ((bind || server) && scan_label_is(name, 0, "version"))
		return w->settings->version;
	if ((bind && scan_label_is(name, 0, "hostname")) || (server && scan_label_is(name, 0, "id")))
		return w->settings->nsid;
	return "";
}

void chaos_answer(const struct worker *w, const struct query *q, struct reply *r)
{
	const char *text = value(w, &q->name);
	uint8_t rdata[256];
	size_t length = strlen(text);
	if (length == 0 || length > 255 || (q->type != TYPE_TXT && q->type != TYPE_ANY)) {
		r->rcode = RCODE_REFUSED;
		reply_explain(r, EXTENDED_PROHIBITED, "");
		return;
	}
	rdata[0] = (uint8_t)length;
	memcpy(rdata + 1, text, length);
	size_t at = reply_rr(r, &r->answers, QUESTION_NAME, TYPE_TXT, 0, rdata, (uint16_t)(length + 1));
	if (at == 0) {
		reply_truncate(r);
		return;
	}
	r->packet[at - RR_FIXED + 5] = CLASS_CH;
}
