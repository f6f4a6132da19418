/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said and read on one connection. */
#include "prober/talk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/text.h"

static void finish(struct talk *t, enum answer_kind kind, const char *reason)
{
	t->over = true;
	t->answer.kind = kind;
	handshake_free(t->handshake);
	t->handshake = NULL;
	snprintf(t->answer.reason, sizeof t->answer.reason, "%s", reason);
}

/* Feeds OpenSSL what was received, nothing at first, and sends what it makes of it. */
static void shake_hands(struct talk *t, const uint8_t *bytes, size_t size)
{
	bool more = t->handshake != NULL && handshake_take(t->handshake, bytes, size);
	if (t->handshake != NULL)
		t->out_size = handshake_out(t->handshake, t->out, sizeof t->out);
	if (more)
		return;
	if (t->handshake != NULL)
		t->answer.leaf_size = handshake_leaf(t->handshake, t->hello.stream, sizeof t->hello.stream);
	t->answer.leaf = t->hello.stream;
	finish(t, t->answer.leaf_size > 0 ? ANSWER_YES : ANSWER_NO, "it shows no certificate");
}

static void say_hello(struct talk *t)
{
	if (t->question.kind == ASK_CERTIFICATE) {
		t->handshake = handshake_new(t->question.sni);
		shake_hands(t, NULL, 0);
		return;
	}
	hello_expect(&t->hello, t->question.what);
	t->out_size = hello_write(t->question.what, t->question.sni, t->random, t->out);
}

void talk_begin(struct talk *t, const struct question *q, const uint8_t random[HELLO_RANDOM])
{
	t->question = *q;
	t->answer = (struct answer){ 0 };
	t->over = false;
	t->handshake = NULL;
	t->tunnelling = q->kind != ASK_PING && q->connect != NULL;
	t->size = 0;
	memcpy(t->random, random, sizeof t->random);
	if (q->kind != ASK_PING && !t->tunnelling) {
		say_hello(t);
		return;
	}
	int length = t->tunnelling
		? snprintf((char *)t->out, sizeof t->out, "CONNECT %.255s:443 HTTP/1.1\r\nHost: %.255s\r\n\r\n",
			q->connect, q->connect)
		: snprintf((char *)t->out, sizeof t->out, "%s", ping_requests[q->what]);
	t->out_size = (size_t)length;
}

/* As much as there is room for; true if all was taken. */
static bool keep(struct talk *t, const uint8_t *bytes, size_t size)
{
	size_t room = sizeof t->bytes - t->size, piece = size < room ? size : room;
	memcpy(t->bytes + t->size, bytes, piece);
	t->size += piece;
	return piece == size && t->size < sizeof t->bytes;
}

static void judge_ping(struct talk *t, bool ended)
{
	switch (ping_read((enum ping_form)t->question.what, t->bytes, t->size, ended, &t->answer.ping)) {
	case PING_MORE:
		break;
	case PING_WELL:
		finish(t, ANSWER_YES, "");
		break;
	case PING_WRONG:
		finish(t, ANSWER_NO, t->size == 0 ? "it closed without an answer"
			: "it does not answer pings as relays do");
		break;
	}
}

static void judge_hello(struct talk *t)
{
	const struct hello_reader *h = &t->hello;
	t->answer.leaf = h->stream + h->leaf;
	t->answer.leaf_size = h->leaf_size;
	finish(t, h->offered == HELLO_YES ? ANSWER_YES : ANSWER_NO, h->reason);
}

static void take_tls(struct talk *t, const uint8_t *bytes, size_t size)
{
	if (t->question.kind == ASK_CERTIFICATE)
		shake_hands(t, bytes, size);
	else if (!hello_take(&t->hello, bytes, size))
		judge_hello(t);
}

static bool begins(const struct talk *t, const char *words)
{
	size_t length = strlen(words);
	return t->size >= length && memcmp(t->bytes, words, length) == 0;
}

/* A status line and headers of HEAD octets. */
static void judge_status(struct talk *t, size_t head)
{
	if (begins(t, "HTTP/1.0 200 ") || begins(t, "HTTP/1.1 200 ")) {
		t->tunnelling = false;
		say_hello(t);
		if (t->size > head)
			take_tls(t, (const uint8_t *)t->bytes + head, t->size - head);
	} else if (begins(t, "HTTP/1.0 503 ") || begins(t, "HTTP/1.0 403 ") || begins(t, "HTTP/1.1 403 ")) {
		finish(t, ANSWER_DENIED, "it denies CONNECT");
	} else {
		finish(t, ANSWER_NO_PROXY, "it does not know CONNECT");
	}
}

/* The answer to CONNECT: HTTP_ConnectOK and HTTP_ConnectBad of PageKite, or another's. */
static void judge_connect(struct talk *t, bool ended)
{
	const char *end = memmem(t->bytes, t->size, "\r\n\r\n", 4);
	size_t least = t->size < 7 ? t->size : 7;
	if (t->size == 0 && ended)
		finish(t, ANSWER_HUNG_UP, "it closed upon CONNECT");
	else if (memcmp(t->bytes, "HTTP/1.", least) != 0 || (end == NULL && ended))
		finish(t, ANSWER_NO_PROXY, "it does not know CONNECT");
	else if (end != NULL)
		judge_status(t, (size_t)(end - t->bytes) + 4);
}
bool talk_take(struct talk *t, const uint8_t *bytes, size_t size)
{
	if (t->over)
		return false;
	if (t->question.kind != ASK_PING && !t->tunnelling) {
		take_tls(t, bytes, size);
	} else {
		bool fits = keep(t, bytes, size);
		if (t->tunnelling)
			judge_connect(t, !fits);
		else
			judge_ping(t, !fits);
	}
	return !t->over;
}

/* Whether the server offered the version, even if its certificate did not come. */
static bool offered(const struct talk *t)
{
	return t->question.kind == ASK_TLS && !t->tunnelling && t->hello.offered == HELLO_YES;
}

static void end_early(struct talk *t, enum talk_ending ending)
{
	if (t->tunnelling) {
		judge_connect(t, true);
	} else if (t->question.kind == ASK_CERTIFICATE) {
		finish(t, ANSWER_NO, "it closed without showing a certificate");
	} else if (t->question.kind == ASK_TLS) {
		hello_end(&t->hello);
		judge_hello(t);
	} else if (ending == TALK_RESET && t->size == 0) {
		finish(t, ANSWER_NO, "it reset the connection");
	} else {
		judge_ping(t, true);
	}
}

void talk_end(struct talk *t, enum talk_ending ending, const char *why)
{
	struct ping_reply ping;
	enum ping_form form = (enum ping_form)t->question.what;
	if (t->over)
		return;
	if (ending == TALK_CLOSED || ending == TALK_RESET)
		end_early(t, ending);
	else if (ending != TALK_TIMEOUT)
		finish(t, ending == TALK_UNABLE ? ANSWER_UNABLE : ANSWER_UNREACHED, why);
	else if (offered(t))
		judge_hello(t);
	else if (t->question.kind == ASK_PING && t->size > 0
		&& ping_read(form, t->bytes, t->size, true, &ping) == PING_WELL)
		judge_ping(t, true); /* the first line was right, and clients read no further */
	else
		finish(t, ANSWER_SILENT, "no answer in time");
}
