/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/ping.h"

#include <string.h>
#include <strings.h>

#include "lib/text.h"

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

enum ping_verdict ping_read(const char *bytes, size_t size, bool ended, struct ping_reply *reply)
{
	*reply = (struct ping_reply){ 0 };
	size_t least = size < sizeof wanted - 1 ? size : sizeof wanted - 1;
	if (least > 0 && memcmp(bytes, wanted, least) != 0)
		return PING_WRONG;
	if (least < sizeof wanted - 1)
		return ended ? PING_WRONG : PING_MORE;
	bool whole = false;
	for (size_t at = 0; at < size && !whole;) {
		const char *end = memchr(bytes + at, '\n', size - at);
		if (end == NULL)
			break;
		size_t length = (size_t)(end - (bytes + at)), next = at + length + 1;
		if (length > 0 && bytes[at + length - 1] == '\r')
			length--;
		whole = length == 0;
		read_header(bytes + at, length, reply);
		at = next;
	}
	return whole || ended ? PING_WELL : PING_MORE;
}
