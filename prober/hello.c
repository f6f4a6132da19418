/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6101 (SSLv3), 2246, 4346, 5246 and 8446 share the hello's frame; what differs are the
 * version, the suites and the extensions, which are those of the OpenSSL that each generation came with. */
#include "prober/hello.h"

#include <string.h>

#include "lib/cursor.h"

enum {
	RECORD_HANDSHAKE = 22,
	CLIENT_HELLO = 1,
	WIRE_SSL3 = 0x0300, /* the versions follow one by one */
	WIRE_TLS12 = 0x0303,
	TLS12 = 3, /* as in lib/tls.h */
	TLS13 = 4,
	RANDOM = 32,
	SNI_MOST = 200,
};

/* Python 2 with OpenSSL 0.9.8 to 1.0.1: RSA and DSA with AES, 3DES, RC4 and what else was there. */
static const uint16_t suites_ssl3[] = { 0x39, 0x38, 0x88, 0x87, 0x35, 0x84, 0x16, 0x13, 0x0a, 0x33,
	0x32, 0x9a, 0x99, 0x45, 0x44, 0x2f, 0x96, 0x41, 0x07, 0x05, 0x04, 0x15, 0x12, 0x09, 0x14,
	0x11, 0x08, 0x06, 0x03, 0xff };
/* The same with elliptic curves: OpenSSL 1.0. */
static const uint16_t suites_tls10[] = { 0xc014, 0xc00a, 0x39, 0x38, 0x88, 0x87, 0xc00f, 0xc005,
	0x35, 0x84, 0xc012, 0xc008, 0x16, 0x13, 0xc00d, 0xc003, 0x0a, 0xc013, 0xc009, 0x33, 0x32,
	0x9a, 0x99, 0x45, 0x44, 0xc00e, 0xc004, 0x2f, 0x96, 0x41, 0xc011, 0xc007, 0xc00c, 0xc002,
	0x05, 0x04, 0xff };
/* OpenSSL 1.0.2 and 1.1. */
static const uint16_t suites_tls12[] = { 0xc02c, 0xc030, 0x9f, 0xcca9, 0xcca8, 0xccaa, 0xc02b,
	0xc02f, 0x9e, 0xc024, 0xc028, 0x6b, 0xc023, 0xc027, 0x67, 0xc00a, 0xc014, 0x39, 0xc009,
	0xc013, 0x33, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f, 0x0a, 0xff };
/* OpenSSL 1.1.1 and later. */
static const uint16_t suites_tls13[] = { 0x1302, 0x1303, 0x1301 };

enum { SIGNALLING = 0xff }; /* RFC 5746: no suite, but "I know of secure renegotiation" */

#define SUITES(list) { list, sizeof list / sizeof list[0] }
static const struct {
	const uint16_t *list;
	size_t count;
} suites[] = { SUITES(suites_ssl3), SUITES(suites_tls10), SUITES(suites_tls10),
	SUITES(suites_tls12), SUITES(suites_tls13) };

bool hello_offers(int version, uint16_t suite)
{
	for (size_t i = 0; i < suites[version].count; i++)
		if (suites[version].list[i] == suite)
			return suite != SIGNALLING;
	return false;
}

/* Extensions whole, type and length included. Groups: x25519, P-256, P-521, P-384. */
static const uint8_t curves[] = { 0, 10, 0, 10, 0, 8, 0, 0x1d, 0, 0x17, 0, 0x19, 0, 0x18,
	0, 11, 0, 2, 1, 0 };
static const uint8_t ticket[] = { 0, 35, 0, 0 };
static const uint8_t signatures[] = { 0, 13, 0, 28, 0, 26, 4, 3, 5, 3, 6, 3, 8, 7, 8, 8, 8, 4, 8, 5,
	8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1 };
static const uint8_t only_tls13[] = { 0, 43, 0, 3, 2, 3, 4, 
	/* psk_key_exchange_modes */ 0, 45, 0, 2, 1, 1 };
/* Any 32 octets are a key of X25519. */
static const uint8_t share_head[] = { 0, 51, 0, 38, 0, 36, 0, 0x1d, 0, 32 };

/* Writes the length of what was written since PLACE into the WIDTH octets there. */
static void measure(struct cursor *c, uint8_t *place, size_t width)
{
	if (c->broken)
		return;
	size_t length = (size_t)(c->at - place) - width;
	for (size_t i = 0; i < width; i++)
		place[i] = (uint8_t)(length >> 8 * (width - 1 - i));
}

static void write_sni(struct cursor *c, const char *sni)
{
	uint16_t length = (uint16_t)strnlen(sni, SNI_MOST + 1);
	if (length == 0 || length > SNI_MOST)
		return;
	cursor_put_u16(c, 0);
	cursor_put_u16(c, (uint16_t)(length + 5));
	cursor_put_u16(c, (uint16_t)(length + 3));
	cursor_put_u8(c, 0);
	cursor_put_u16(c, length);
	cursor_put(c, sni, length);
}

/* Kept apart: inlined, gcc 12 takes what a cursor never does for an overflow. */
static __attribute__((noinline)) void write_extensions(struct cursor *c, int version,
	const char *sni, const uint8_t *share)
{
	uint8_t *length = cursor_skip(c, 2);
	write_sni(c, sni);
	cursor_put(c, curves, sizeof curves);
	cursor_put(c, ticket, sizeof ticket);
	if (version >= TLS12)
		cursor_put(c, signatures, sizeof signatures);
	if (version >= TLS13) {
		cursor_put(c, only_tls13, sizeof only_tls13);
		cursor_put(c, share_head, sizeof share_head);
		cursor_put(c, share, 32);
	}
	measure(c, length, 2);
}

/* All up to the suites. */
static void write_head(struct cursor *c, int version, const uint8_t *random)
{
	cursor_put_u16(c, (uint16_t)(version >= TLS12 ? WIRE_TLS12 : WIRE_SSL3 + version));
	cursor_put(c, random, RANDOM);
	if (version >= TLS13) { /* RFC 8446 appendix D.4: as if it resumed a session */
		cursor_put_u8(c, RANDOM);
		cursor_put(c, random + RANDOM, RANDOM);
	} else {
		cursor_put_u8(c, 0);
	}
}

static void write_suites(struct cursor *c, int version)
{
	cursor_put_u16(c, (uint16_t)(2 * suites[version].count));
	for (size_t i = 0; i < suites[version].count; i++)
		cursor_put_u16(c, suites[version].list[i]);
	cursor_put_u16(c, 0x0100); /* one compression: none */
}

size_t hello_write(int version, const char *sni, const uint8_t random[HELLO_RANDOM],
	uint8_t hello[HELLO_MOST])
{
	struct cursor c = cursor_over(hello, HELLO_MOST);
	cursor_put_u8(&c, RECORD_HANDSHAKE);
	cursor_put_u16(&c, version == 0 ? WIRE_SSL3 : WIRE_SSL3 + 1); /* RFC 5246 appendix E.1 */
	uint8_t *record = cursor_skip(&c, 2);
	cursor_put_u8(&c, CLIENT_HELLO);
	uint8_t *message = cursor_skip(&c, 3);
	write_head(&c, version, random);
	write_suites(&c, version);
	if (version > 0)
		write_extensions(&c, version, sni, random + 2 * RANDOM);
	measure(&c, message, 3);
	measure(&c, record, 2);
	return c.broken ? 0 : cursor_done(&c);
}
