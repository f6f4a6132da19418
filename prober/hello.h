/* SPDX-License-Identifier: BSD-2-Clause */
/* A ClientHello of one TLS version, written by hand, and the server's answer to it: so that a host
 * whose OpenSSL can't speak SSLv3 can still tell who does. No I/O; nothing here is a secret. */
#ifndef PROBER_HELLO_H
#define PROBER_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HELLO_MOST = 512,    /* octets of a hello with the longest SNI */
	HELLO_RANDOM = 96,   /* random, session, key share */
	HELLO_STREAM = 20480, /* of handshake messages; a leaf certificate is seldom above 4 kB */
	HELLO_REASON = 80,
};

/* Writes the hello that a client of this generation sends when VERSION (an index as in lib/tls.h: 0
 * is SSLv3, 4 TLS 1.3) is the newest that it knows, and for 1.3 the only one. SNI is "" for none,
 * as most PageKite clients have it; SSLv3 has no place for it. HELLO has room for HELLO_MOST. Returns
 * its size. */
size_t hello_write(int version, const char *sni, const uint8_t random[HELLO_RANDOM],
	uint8_t hello[HELLO_MOST]);

/* Whether the hello of that version names the cipher suite. */
bool hello_offers(int version, uint16_t suite);

enum hello_verdict { HELLO_MORE, HELLO_YES, HELLO_NO };

/* Reads the answer as it comes. */
struct hello_reader {
	int version;                /* that was asked for */
	enum hello_verdict offered; /* HELLO_MORE: not known yet */
	bool over;                  /* nothing more is to be learned */
	char reason[HELLO_REASON];  /* of HELLO_NO */
	uint16_t suite;
	size_t leaf, leaf_size;     /* the certificate in `stream`; size 0 if it is not known */

	uint8_t header[5], type; /* of the record that is being read */
	uint8_t alert[2];
	size_t header_size, record_left, alert_size;
	size_t size;
	uint8_t stream[HELLO_STREAM];
};

void hello_expect(struct hello_reader *, int version);

/* Takes what was received. Any bytes will do. True while more is wanted: until it is clear whether
 * the version is offered, and up to SSLv3 .. TLS 1.2 until the certificate was read. */
bool hello_take(struct hello_reader *, const uint8_t *bytes, size_t size);

/* The server closed or reset the connection: without an answer, that is its no. */
void hello_end(struct hello_reader *);

/* "protocol_version" for alert 70; NULL for one that no TLS has. */
const char *hello_alert(unsigned alert);

#endif
