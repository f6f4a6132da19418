/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages made at random by a seed, plain ones, odd ones and broken ones. */
#include "tests/unit/dnsd/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 6, COOKIE_SIZE = 8, COOKIE_ANSWER = 16, TYPE_UNKNOWN = 65280 };

static uint32_t next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static size_t make_query(uint8_t *octets, uint16_t edns, uint64_t *state)
{
	static const char *const names[] = { "www.b5p.us", "kite.b5p.us", "demo.b5p.us", "nx%u.b5p.us", "fe4_152.b5p.us",
		"fe4_%u.b5p.us", "x%u.demo.b5p.us", "b5p.us", "big.b5p.us", "text.kites.example", "many.kites.example",
		"h%u.old.b5p.us", "loop1.b5p.us", "x%u.sub.b5p.us", "elsewhere.test", "a%u.w.b5p.us", "version.bind",
		"half1.kites.example", "a.b.c.b5p.us", "h%u.long.b5p.us", "cat.invalid" };
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA, TYPE_TXT, TYPE_SOA, TYPE_NS, TYPE_ANY, TYPE_MX, TYPE_DS, TYPE_RRSIG,
		TYPE_AXFR, TYPE_IXFR, TYPE_TKEY, TYPE_UNKNOWN, TYPE_MAILA };
	char name[64];
	uint32_t number = next(state), which = next(state) % (sizeof names / sizeof names[0]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof name, names[which], number % 100000);
#pragma GCC diagnostic pop
	return fixture_query(octets, name, types[next(state) % (sizeof types / sizeof types[0])], edns);
}

static void sign(struct message *m, const char *name, bool wrong, int64_t late)
{
	m->key = fixture_key(name, TSIG_SHA256);
	if (wrong)
		m->key.secret[0] ^= 1;
	tsig_sign_request(&m->tsig, &m->key, m->octets, &m->size, (uint64_t)(time(NULL) - late));
}

static void add_cookie(struct message *m, uint64_t *state)
{
	static const size_t sizes[] = { COOKIE_SIZE, COOKIE_SIZE + COOKIE_ANSWER, 7, 40 };
	size_t size = sizes[next(state) % 4];
	uint8_t *at = m->octets + m->size;
	at[-1] = (uint8_t)(size + 4);
	memset(at, 7, size + 4);
	memcpy(at, "\0\012\0", 3);
	at[3] = (uint8_t)size;
	memcpy(at + 4, "cookies!", size < 8 ? size : 8);
	m->size += size + 4;
}

/* An UPDATE of b5p.us that adds a record. */
static void make_update(struct message *m)
{
	static const uint8_t body[] = "\0\0\x28\0\0\1\0\0\0\1\0\0\3b5p\2us\0\0\6\0\1\1a\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\300\0\2\1";
	m->size = sizeof body - 1;
	memcpy(m->octets, body, m->size);
}

void message_make(struct message *m, enum message_kind kind, uint16_t id, uint64_t *state)
{
	static const uint16_t buffers[] = { 1, 512, 700, 1232, 4096 };
	bool edns = kind != MESSAGE_PLAIN && (kind < MESSAGE_KEYED || kind == MESSAGE_COOKIE || next(state) % 2 == 0);
	memset(m, 0, offsetof(struct message, answer));
	m->kind = kind;
	m->size = make_query(m->octets, edns ? buffers[next(state) % 5] : 0, state);
	m->keyed = kind == MESSAGE_KEYED;
	if (kind == MESSAGE_SIGNED)
		m->octets[m->size - 4] = DNSSEC_OK;
	if (kind == MESSAGE_KEYED)
		sign(m, "xfr.key", false, 0);
	if (kind == MESSAGE_WRONG_KEY)
		sign(m, "nobody.knows.this.key", false, 0);
	if (kind == MESSAGE_WRONG_SECRET)
		sign(m, "xfr.key", true, 0);
	if (kind == MESSAGE_LATE)
		sign(m, "xfr.key", false, 4000);
	if (kind == MESSAGE_COOKIE)
		add_cookie(m, state);
	if (kind == MESSAGE_CUT)
		m->size = next(state) % m->size;
	if (kind == MESSAGE_UPDATE || kind == MESSAGE_UPDATE_KEYED)
		make_update(m);
	if (kind == MESSAGE_UPDATE_KEYED)
		sign(m, "xfr.key", false, 0);
	if (kind == MESSAGE_OVERSIZED)
		for (m->size = 600 + next(state) % 1400; next(state) % 64 != 0;)
			m->octets[next(state) % m->size] = (uint8_t)next(state);
	if (kind == MESSAGE_NOISE)
		for (size_t i = 0; i < m->size; i++)
			m->octets[i] = (uint8_t)next(state);
	if (kind == MESSAGE_NOTIFY)
		m->octets[2] = 0x24;
	if (kind == MESSAGE_RESPONSE)
		m->octets[2] |= 0x80;
	if (kind == MESSAGE_FLIPPED)
		for (int i = 0; i < 3; i++)
			m->octets[2 + next(state) % (m->size - 2)] ^= (uint8_t)(1u << next(state) % 8);
	if (m->keyed || kind == MESSAGE_UPDATE_KEYED)
		return; /* the MAC covers the ID */
	m->octets[0] = (uint8_t)(id >> 8);
	m->octets[1] = (uint8_t)id;
}

void message_expect(struct message *m, struct fixture *f, size_t room, bool tcp, unsigned turn)
{
	size_t size = m->size < room ? m->size : room;
	memset(m->answer, 0, sizeof m->answer);
	memcpy(m->answer, m->octets, size);
	for (size_t i = 0; i < 128; i++) /* of few pools */
		f->worker.turns[i] = turn;
	m->answer_size = respond(&f->worker, m->answer, size, room, &f->client, tcp);
}

/* What depends on the moment is blotted out; returns what is left. */
static size_t plain(uint8_t *answer, size_t size)
{
	struct tsig_context t;
	uint8_t *cookie = memmem(answer, size, "\0\012\0\030cookies!", 12);
	if (cookie != NULL && answer + size - cookie >= 12 + COOKIE_ANSWER)
		memset(cookie + 12, 0, COOKIE_ANSWER);
	return tsig_find(answer, size, &t) == TSIG_THERE ? t.at : size;
}

static bool same(struct message *m, const uint8_t *answer, size_t size)
{
	static uint8_t one[65535], two[65535];
	if (size != m->answer_size)
		return false;
	memcpy(one, m->answer, size);
	memcpy(two, answer, size);
	size_t left = plain(one, size);
	return left == plain(two, size) && memcmp(one, two, left) == 0;
}

static bool verified(struct message *m, const uint8_t *answer, size_t size)
{
	static uint8_t copy[65535];
	struct tsig_context t = m->tsig;
	memcpy(copy, answer, size);
	return tsig_verify_answer(&t, copy, size, (uint64_t)time(NULL));
}

bool message_answered(struct message *m, struct fixture *f, size_t room, bool tcp, const uint8_t *answer, size_t size)
{
	if (m->kind == MESSAGE_UPDATE_KEYED) /* there is no updater: who forwards it says SERVFAIL */
		return size >= HEADER_SIZE && (answer[3] & 15) == RCODE_SERVFAIL && verified(m, answer, size);
	if (m->keyed && !verified(m, answer, size))
		return false;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		message_expect(m, f, room, tcp, turn);
		if (same(m, answer, size))
			return true;
	}
	return false;
}
