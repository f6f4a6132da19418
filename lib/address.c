/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and networks read, written, compared, and judged by their scope. */
#include "lib/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

bool address_read(const char *text, size_t length, struct address *address)
{
	char copy[ADDRESS_TEXT];
	if (length == 0 || length >= sizeof copy || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*address = (struct address){ 0 };
	if (inet_pton(AF_INET, copy, address->bytes) == 1)
		address->family = ADDRESS_V4;
	else if (inet_pton(AF_INET6, copy, address->bytes) == 1)
		address->family = ADDRESS_V6;
	return address->family != ADDRESS_NONE;
}

size_t address_write(const struct address *address, char *text)
{
	int family = address->family == ADDRESS_V4 ? AF_INET : AF_INET6;
	if (inet_ntop(family, address->bytes, text, ADDRESS_TEXT) == NULL)
		*text = '\0';
	return strlen(text);
}

size_t address_size(const struct address *address)
{
	return address->family == ADDRESS_V4 ? 4 : 16;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, address_size(a)) == 0;
}

enum address_near address_near(const struct address *a, const struct address *b)
{
	static const size_t octets[] = { [ADDRESS_MACHINE] = 8, [ADDRESS_HOME] = 7, [ADDRESS_SITE] = ADDRESS_SITE_SIZE };
	if (a->family != b->family)
		return ADDRESS_FAR;
	if (a->family == ADDRESS_V4)
		return memcmp(a->bytes, b->bytes, 4) == 0 ? ADDRESS_MACHINE : ADDRESS_FAR;
	enum address_near near = ADDRESS_MACHINE;
	while (near < ADDRESS_FAR && memcmp(a->bytes, b->bytes, octets[near]) != 0)
		near++;
	return near;
}

bool network_holds(const struct network *network, const struct address *address)
{
	if (network->address.family != address->family)
		return false;
	unsigned whole = network->length / 8, bits = network->length % 8;
	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	return bits == 0 || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - bits) == 0;
}

struct prefix4 {
	uint8_t bytes[4], length;
};

struct prefix6 {
	uint8_t bytes[16], length;
};

static bool any4(const struct prefix4 *list, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++) {
		struct network network = { { .family = ADDRESS_V4 }, list[i].length };
		memcpy(network.address.bytes, list[i].bytes, 4);
		if (network_holds(&network, address))
			return true;
	}
	return false;
}

static bool any6(const struct prefix6 *list, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++) {
		struct network network = { { .family = ADDRESS_V6 }, list[i].length };
		memcpy(network.address.bytes, list[i].bytes, 16);
		if (network_holds(&network, address))
			return true;
	}
	return false;
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

bool address_public(const struct address *address)
{
	/* IANA IPv4 Special-Purpose Address Registry: whatever is not globally reachable. */
	static const struct prefix4 special4[] = {
		{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 }, { { 169, 254 }, 16 },
		{ { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 }, { { 192, 0, 2 }, 24 },
		{ { 192, 88, 99 }, 24 }, { { 192, 168 }, 16 }, { { 198, 18 }, 15 },
		{ { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 }, { { 224 }, 3 },
	};
	/* IPv6: only 2000::/3 is given out, less documentation, 6to4, Teredo, benchmarking,
	 * ORCHID and the segment routing block. */
	static const struct prefix6 special6[] = {
		{ { 0x20, 0x01 }, 23 }, { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, { { 0x20, 0x02 }, 16 },
		{ { 0x3f, 0xff }, 20 }, { { 0x3f, 0xfe }, 16 },
	};
	static const struct prefix6 global6[] = { { { 0x20 }, 3 } };
	if (address->family == ADDRESS_V4)
		return !any4(special4, COUNT(special4), address);
	return any6(global6, COUNT(global6), address) && !any6(special6, COUNT(special6), address);
}

bool address_unicast(const struct address *address)
{
	static const struct prefix4 never4[] = { { { 0 }, 8 }, { { 224 }, 3 } };
	static const struct prefix6 never6[] = {
		{ { 0 }, 128 }, { { 0xff }, 8 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96 }, /* a mapped IPv4 address */
		{ { 0, 0x64, 0xff, 0x9b }, 96 },                      /* NAT64 */
	};
	if (address->family == ADDRESS_V4)
		return !any4(never4, COUNT(never4), address);
	return !any6(never6, COUNT(never6), address);
}

enum address_scope address_scope(const struct address *address)
{
	static const struct {
		struct prefix4 prefix;
		enum address_scope scope;
	} rows4[] = { { { { 0 }, 8 }, SCOPE_UNSPECIFIED }, { { { 10 }, 8 }, SCOPE_PRIVATE },
		{ { { 100, 64 }, 10 }, SCOPE_SHARED }, { { { 127 }, 8 }, SCOPE_LOOPBACK },
		{ { { 169, 254 }, 16 }, SCOPE_LINK_LOCAL }, { { { 172, 16 }, 12 }, SCOPE_PRIVATE },
		{ { { 192, 168 }, 16 }, SCOPE_PRIVATE }, { { { 224 }, 4 }, SCOPE_MULTICAST },
		{ { { 240 }, 4 }, SCOPE_RESERVED } };
	static const struct {
		struct prefix6 prefix;
		enum address_scope scope;
	} rows6[] = { { { { 0 }, 128 }, SCOPE_UNSPECIFIED }, { { { [15] = 1 }, 128 }, SCOPE_LOOPBACK },
		{ { { 0xfc }, 7 }, SCOPE_PRIVATE }, { { { 0xfe, 0xc0 }, 10 }, SCOPE_PRIVATE },
		{ { { 0xfe, 0x80 }, 10 }, SCOPE_LINK_LOCAL }, { { { 0xff }, 8 }, SCOPE_MULTICAST },
		{ { { 0x20 }, 3 }, SCOPE_GLOBAL }, { { { 0 }, 0 }, SCOPE_RESERVED } };
	if (address->family == ADDRESS_V4) {
		for (size_t i = 0; i < COUNT(rows4); i++)
			if (any4(&rows4[i].prefix, 1, address))
				return rows4[i].scope;
		return SCOPE_GLOBAL;
	}
	size_t i = 0;
	while (!any6(&rows6[i].prefix, 1, address)) /* the last one holds all */
		i++;
	return rows6[i].scope;
}

int addresses_judge(const char *list, bool private, struct error *e)
{
	static const char *const words[] = { "", "a private address", "a provider's own (RFC 6598)",
		"the asker's own machine (loopback)", "of one link only", "no address", "multicast", "reserved" };
	struct address address;
	while (address_next(&list, &address)) {
		enum address_scope scope = address_scope(&address);
		char text[ADDRESS_TEXT];
		if (scope == SCOPE_GLOBAL || (private && scope < SCOPE_UNSPECIFIED))
			continue;
		address_write(&address, text);
		return fail(e, REFUSED, "%s is %s: clients elsewhere can't reach it", text, words[scope]);
	}
	return DONE;
}

void address_unmap(struct address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (address->family != ADDRESS_V6 || memcmp(address->bytes, mapped, sizeof mapped) != 0)
		return;
	memmove(address->bytes, address->bytes + 12, 4);
	memset(address->bytes + 4, 0, 12);
	address->family = ADDRESS_V4;
}

struct address address_of(const struct sockaddr *peer)
{
	struct address address = { 0 };
	if (peer->sa_family == AF_INET) {
		address.family = ADDRESS_V4;
		memcpy(address.bytes, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
	} else if (peer->sa_family == AF_INET6) {
		address.family = ADDRESS_V6;
		memcpy(address.bytes, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 16);
		address_unmap(&address);
	}
	return address;
}

bool address_next(const char **rest, struct address *address)
{
	size_t length;
	const char *word = text_word(rest, " ", &length);
	return word != NULL && address_read(word, length, address);
}

static bool listed(const char *list, const struct address *address)
{
	struct address other;
	while (address_next(&list, &other))
		if (address_equal(&other, address))
			return true;
	return false;
}

int address_list(const char *text, size_t most, char *normal, struct error *e)
{
	size_t count = 0, length, used = 0;
	normal[0] = '\0';
	for (const char *word; (word = text_word(&text, ", ", &length)) != NULL;) {
		struct address address;
		if (!address_read(word, length, &address))
			return fail(e, REFUSED, "'%.*s' is not an IPv4 or IPv6 address",
				(int)(length < 64 ? length : 64), word);
		if (listed(normal, &address))
			continue;
		if (++count > most || count > ADDRESS_LIST_MOST)
			return fail(e, REFUSED, "more than %zu addresses",
				most < ADDRESS_LIST_MOST ? most : (size_t)ADDRESS_LIST_MOST);
		if (used > 0)
			normal[used++] = ' ';
		used += address_write(&address, normal + used);
	}
	return DONE;
}

bool network_read(const char *text, size_t length, struct network *network)
{
	const char *slash = memchr(text, '/', length);
	size_t head = slash == NULL ? length : (size_t)(slash - text);
	if (!address_read(text, head, &network->address))
		return false;
	int64_t most = (int64_t)address_size(&network->address) * 8, bits = most;
	if (slash != NULL) {
		char digits[4] = { 0 };
		size_t count = length - head - 1;
		if (count == 0 || count >= sizeof digits)
			return false;
		memcpy(digits, slash + 1, count);
		if (!text_number(digits, 0, most, &bits))
			return false;
	}
	network->length = (uint8_t)bits;
	return true;
}

bool networks_hold(const struct networks *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_holds(&networks->network[i], address))
			return true;
	return false;
}

int endpoint_read(const char *text, struct sockaddr_storage *endpoint, socklen_t *size,
	struct error *e)
{
	const char *colon = strrchr(text, ':');
	int64_t port;
	if (colon == NULL || !text_number(colon + 1, 0, 65535, &port))
		return fail(e, REFUSED, "'%s' is not ADDRESS:PORT", text);
	const char *host = text;
	size_t length = (size_t)(colon - text);
	struct address address = { .family = ADDRESS_V6 };
	bool brackets = length >= 2 && host[0] == '[' && host[length - 1] == ']';
	if (length > 0 && !address_read(host + brackets, length - 2u * brackets, &address))
		return fail(e, REFUSED, "'%s' is not ADDRESS:PORT: the address cannot be read", text);
	if (length > 0 && (address.family == ADDRESS_V6) != brackets)
		return fail(e, REFUSED, "'%s': write IPv6 addresses as [ADDRESS]:PORT", text);
	memset(endpoint, 0, sizeof *endpoint);
	if (address.family == ADDRESS_V4) {
		struct sockaddr_in *in = (void *)endpoint;
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, address.bytes, 4);
		*size = sizeof *in;
	} else {
		struct sockaddr_in6 *in = (void *)endpoint;
		in->sin6_family = AF_INET6;
		in->sin6_port = htons((uint16_t)port);
		memcpy(&in->sin6_addr, address.bytes, 16);
		*size = sizeof *in;
	}
	return DONE;
}

static bool has_port(const struct sockaddr_storage *endpoint)
{
	return endpoint->ss_family == AF_INET ? ((const struct sockaddr_in *)(const void *)endpoint)->sin_port != 0
		: ((const struct sockaddr_in6 *)(const void *)endpoint)->sin6_port != 0;
}

int endpoint_read_peer(const char *text, uint16_t port, struct sockaddr_storage *endpoint, socklen_t *size, struct error *e)
{
	const char *said = text;
	char with_port[ENDPOINT_TEXT + 16];
	struct address address;
	size_t length = strlen(text);
	bool bare = address_read(text, length, &address), v6 = bare && address.family == ADDRESS_V6;
	if (bare || (length > 0 && length < ENDPOINT_TEXT && text[length - 1] == ']')) {
		snprintf(with_port, sizeof with_port, "%s%.*s%s:%u", v6 ? "[" : "", ENDPOINT_TEXT, text, v6 ? "]" : "", port);
		text = with_port;
	}
	if (text[0] == ':' || endpoint_read(text, endpoint, size, NULL) != DONE || !has_port(endpoint))
		return fail(e, REFUSED, "'%s' is not ADDRESS or ADDRESS:PORT", said);
	return DONE;
}

void endpoint_write(const struct sockaddr *peer, char *text)
{
	char host[ADDRESS_TEXT] = "?";
	if (peer->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)peer;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		snprintf(text, ENDPOINT_TEXT, "%s:%u", host, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in = (const void *)peer;
		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
		snprintf(text, ENDPOINT_TEXT, "[%s]:%u", host, ntohs(in->sin6_port));
	}
}
