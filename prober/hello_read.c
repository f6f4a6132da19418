/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server answers to our hello: records, the handshake messages in them, and alerts. All of
 * it is hostile until it was measured. */
#include <stdio.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/tls.h"
#include "prober/hello.h"

enum {
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_MOST = 16384 + 2048, /* RFC 5246 section 6.2.3 */
	SERVER_HELLO = 2,
	CERTIFICATE = 11,
	SERVER_HELLO_DONE = 14,
	EXTENSION_VERSIONS = 43,
	WIRE_SSL3 = 0x0300,
	TLS13 = 4,
};

static const struct {
	uint8_t number;
	const char *name;
} alerts[] = { { 0, "close_notify" }, { 10, "unexpected_message" }, { 20, "bad_record_mac" },
	{ 21, "decryption_failed" }, { 22, "record_overflow" }, { 30, "decompression_failure" },
	{ 40, "handshake_failure" }, { 41, "no_certificate" }, { 42, "bad_certificate" },
	{ 43, "unsupported_certificate" }, { 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" }, { 47, "illegal_parameter" }, { 48, "unknown_ca" },
	{ 49, "access_denied" }, { 50, "decode_error" }, { 51, "decrypt_error" },
	{ 60, "export_restriction" },
	{ 70, "protocol_version" }, { 71, "insufficient_security" }, { 80, "internal_error" },
	{ 86, "inappropriate_fallback" }, { 90, "user_canceled" }, { 100, "no_renegotiation" },
	{ 109, "missing_extension" }, { 110, "unsupported_extension" },
	{ 112, "unrecognized_name" },
	{ 116, "certificate_required" }, { 120, "no_application_protocol" } };

const char *hello_alert(unsigned alert)
{
	for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
		if (alerts[i].number == alert)
			return alerts[i].name;
	return NULL;
}

void hello_expect(struct hello_reader *r, int version)
{
	/* not the stream: it is large, and only what was written to it is read */
	memset(r, 0, offsetof(struct hello_reader, stream));
	r->version = version;
}

/* Ends the reading with a reason; an answer that is known already stays. */
static void finish(struct hello_reader *r, const char *reason)
{
	r->over = true;
	if (r->offered != HELLO_MORE)
		return;
	r->offered = HELLO_NO;
	snprintf(r->reason, sizeof r->reason, "%s", reason);
}

/* Alerts have their own place: one may come amid a message. */
static void take_alert(struct hello_reader *r, uint8_t byte)
{
	char reason[HELLO_REASON];
	r->alert[r->alert_size++] = byte;
	if (r->alert_size < sizeof r->alert)
		return;
	r->alert_size = 0;
	if (r->alert[0] == 1 && r->alert[1] != 0)
		return; /* a warning: unrecognized_name often precedes the answer */
	const char *name = hello_alert(r->alert[1]);
	if (name == NULL)
		snprintf(reason, sizeof reason, "alert %u", r->alert[1]);
	else
		snprintf(reason, sizeof reason, "alert %u (%s)", r->alert[1], name);
	finish(r, reason);
}

/* The version that a ServerHello settles on: an extension says so since TLS 1.3 (RFC 8446 section
 * 4.2.1), in a HelloRetryRequest too. */
static uint16_t settled(uint16_t legacy, struct cursor *extensions)
{
	uint16_t version = legacy;
	while (cursor_left(extensions) > 0) {
		uint16_t type = cursor_u16(extensions), length = cursor_u16(extensions);
		const uint8_t *value = cursor_skip(extensions, length);
		if (type == EXTENSION_VERSIONS && length == 2 && value != NULL)
			version = (uint16_t)((unsigned)value[0] << 8 | value[1]);
	}
	return version;
}

static void finish_other(struct hello_reader *r, uint16_t version)
{
	char reason[HELLO_REASON], name[TLS_TEXT];
	if (version >= WIRE_SSL3 && version < WIRE_SSL3 + TLS_VERSIONS) {
		tls_write((tls_set)(1u << (version - WIRE_SSL3)), name);
		snprintf(reason, sizeof reason, "it answers %s instead", name);
	} else {
		snprintf(reason, sizeof reason, "it answers a version 0x%04x", version);
	}
	finish(r, reason);
}

static void take_server_hello(struct hello_reader *r, struct cursor body)
{
	uint16_t legacy = cursor_u16(&body);
	cursor_skip(&body, 32);
	uint8_t session = cursor_u8(&body);
	cursor_skip(&body, session);
	r->suite = cursor_u16(&body);
	uint8_t compression = cursor_u8(&body);
	struct cursor extensions = body;
	if (cursor_left(&body) > 0) {
		uint16_t length = cursor_u16(&body);
		extensions = cursor_reading(body.at, cursor_left(&body));
		body.broken |= length != cursor_left(&body);
	}
	uint16_t version = settled(legacy, &extensions);
	if (body.broken || extensions.broken || session > 32)
		finish(r, "its ServerHello is malformed");
	else if (version != WIRE_SSL3 + r->version)
		finish_other(r, version);
	else if (compression != 0 || !hello_offers(r->version, r->suite))
		finish(r, "it chose a cipher suite or compression that was not offered");
	else
		r->offered = HELLO_YES;
	r->over |= r->version == TLS13; /* what follows is encrypted */
}

/* Only the first certificate matters: names and dates are the leaf's. */
static bool take_certificate(struct hello_reader *r, struct cursor body)
{
	cursor_skip(&body, 3);
	size_t length = (size_t)cursor_u8(&body) << 16;
	length |= cursor_u16(&body);
	const uint8_t *leaf = cursor_skip(&body, length);
	if (leaf == NULL || length == 0)
		return false;
	r->leaf = (size_t)(leaf - r->stream);
	r->leaf_size = length;
	return true;
}

/* A message that is whole, or as much of a certificate as is there. */
static void take_message(struct hello_reader *r, uint8_t type, struct cursor body, bool whole)
{
	if (r->offered == HELLO_MORE) {
		if (type == SERVER_HELLO && whole)
			take_server_hello(r, body);
		else if (type != SERVER_HELLO && type != 0)
			finish(r, "it answers a handshake message that is no ServerHello");
	} else if (type == CERTIFICATE) {
		r->over = take_certificate(r, body) || whole;
	} else if (type == SERVER_HELLO_DONE) {
		r->over = true;
	}
}

/* Messages may be cut anywhere by records, and several may stand in one. */
static void take_stream(struct hello_reader *r)
{
	size_t at = 0;
	while (!r->over && r->size - at >= 4) {
		struct cursor c = cursor_reading(r->stream + at, r->size - at);
		uint8_t type = cursor_u8(&c);
		size_t length = (size_t)cursor_u8(&c) << 16;
		length |= cursor_u16(&c);
		bool whole = length <= cursor_left(&c);
		size_t there = whole ? length : cursor_left(&c);
		take_message(r, type, cursor_reading(c.at, there), whole);
		if (!whole)
			break;
		at += 4 + length;
	}
	if (r->over || at == 0)
		return; /* a certificate that was found stays where it is */
	memmove(r->stream, r->stream + at, r->size - at);
	r->size -= at;
}

static void take_header(struct hello_reader *r)
{
	r->type = r->header[0];
	r->record_left = (size_t)(r->header[3] << 8 | r->header[4]);
	if ((r->type != RECORD_ALERT && r->type != RECORD_HANDSHAKE) || r->header[1] != 3)
		finish(r, r->offered == HELLO_MORE ? "it does not answer in TLS" : "");
	else if (r->record_left == 0 || r->record_left > RECORD_MOST)
		finish(r, "it sends a record of a length that TLS has not");
	r->header_size = 0;
}

static void take_piece(struct hello_reader *r, const uint8_t *bytes, size_t size)
{
	r->record_left -= size;
	for (size_t i = 0; r->type == RECORD_ALERT && i < size && !r->over; i++)
		take_alert(r, bytes[i]);
	if (r->type == RECORD_ALERT)
		return;
	if (size > sizeof r->stream - r->size) {
		finish(r, "its answer is too long");
		return;
	}
	memcpy(r->stream + r->size, bytes, size);
	r->size += size;
	take_stream(r);
}

bool hello_take(struct hello_reader *r, const uint8_t *bytes, size_t size)
{
	size_t at = 0;
	while (at < size && !r->over) {
		if (r->record_left == 0) {
			r->header[r->header_size++] = bytes[at++];
			if (r->header[0] != RECORD_ALERT && r->header[0] != RECORD_HANDSHAKE)
				finish(r, "it does not answer in TLS");
			if (r->header_size == sizeof r->header)
				take_header(r);
			continue;
		}
		size_t piece = size - at < r->record_left ? size - at : r->record_left;
		take_piece(r, bytes + at, piece);
		at += piece;
	}
	return !r->over;
}

void hello_end(struct hello_reader *r)
{
	bool begun = r->size > 0 || r->header_size > 0 || r->record_left > 0;
	finish(r, begun ? "it closed amid its answer" : "it closed without an answer");
}
