/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing pings, and reading the answers. */
#include "prober/ping.h"

#include <string.h>
#include <strings.h>

#include "lib/text.h"

#define HOST "Host: ping.pagekite\r\n\r\n"
const char *const ping_requests[PING_FORMS] = {
	[PING_PING_10] = "PING / HTTP/1.0\r\n\r\n", /* up to 0.3.21 */
	[PING_HEAD_10] = "HEAD / HTTP/1.0\r\n\r\n", /* 0.4 to 0.5.8 */
	[PING_HEAD_11] = "HEAD /ping HTTP/1.1\r\n" HOST,
	[PING_GET_11] = "GET /ping HTTP/1.1\r\n" HOST, /* libpagekite */
	[PING_GET_10] = "GET /ping HTTP/1.0\r\n" HOST, /* upagekite */
};
static const char wanted[] = "HTTP/1.1 503 Unavailable";

static void read_uuid(const char *value, size_t length, struct ping_reply *reply)
{
	if (length == 0 || length > PING_UUID)
		return;
	for (size_t i = 0; i < length; i++)
		if (ascii_hex(value[i]) < 0 && value[i] != '-')
			return;
	memcpy(reply->uuid, value, length);
	reply->uuid[length] = '\0';
}

static void read_header(const char *line, size_t length, struct ping_reply *reply)
{
	static const char busy[] = "X-PageKite-Overloaded:", uuid[] = "X-PageKite-UUID:";
	if (length >= sizeof busy - 1 && strncasecmp(line, busy, sizeof busy - 1) == 0)
		reply->overloaded = true;
	if (length < sizeof uuid - 1 || strncasecmp(line, uuid, sizeof uuid - 1) != 0)
		return;
	size_t at = sizeof uuid - 1;
	while (at < length && line[at] == ' ')
		at++;
	read_uuid(line + at, length - at, reply);
}

/* Judges the first line, as far as it came; PING_MORE while that is too little. */
static enum ping_verdict judge(enum ping_form form, const char *bytes, size_t size, bool ended)
{
	if (form != PING_HEAD_11 && form != PING_GET_11)
		return size > 0 || ended ? PING_WELL : PING_MORE;
	size_t least = size < sizeof wanted - 1 ? size : sizeof wanted - 1;
	if (least > 0 && memcmp(bytes, wanted, least) != 0)
		return PING_WRONG;
	if (least < sizeof wanted - 1)
		return ended ? PING_WRONG : PING_MORE;
	return PING_WELL;
}

enum ping_verdict ping_read(enum ping_form form, const char *bytes, size_t size, bool ended,
	struct ping_reply *reply)
{
	*reply = (struct ping_reply){ 0 };
	enum ping_verdict verdict = judge(form, bytes, size, ended);
	if (verdict != PING_WELL)
		return verdict;
	bool whole = form != PING_HEAD_11 && form != PING_GET_11;
	for (size_t at = 0; at < size;) {
		const char *end = memchr(bytes + at, '\n', size - at);
		if (end == NULL)
			break;
		size_t length = (size_t)(end - (bytes + at)), next = at + length + 1;
		if (length > 0 && bytes[at + length - 1] == '\r')
			length--;
		if (length == 0)
			return PING_WELL;
		read_header(bytes + at, length, reply);
		at = next;
	}
	return whole || ended ? PING_WELL : PING_MORE;
}
