/* SPDX-License-Identifier: BSD-2-Clause */
/* Names written as pointers to what stands before, which a small table remembers. */
#include "wire/compress.h"

#include <string.h>

#include "wire/octets.h"
#include "wire/type.h"
#include "wire/header.h"
#include "lib/name.h"
#include "lib/text.h"
#include "wire/rdata.h"

/* A name taken apart: where each label begins, and a hash of each suffix, made of its first label and of the hash of
 * the rest. */
struct parts {
	const uint8_t *wire;
	unsigned labels;
	uint8_t offset[NAME_LABELS + 1]; /* the root's last */
	uint32_t hash[NAME_LABELS + 1];
};

struct names_within compress_names(uint16_t type)
{
	switch (type) {
	case TYPE_NS:
	case TYPE_MD:
	case TYPE_MF:
	case TYPE_CNAME:
	case TYPE_MB:
	case TYPE_MG:
	case TYPE_MR:
	case TYPE_PTR:
		return (struct names_within){ 0, 1, false };
	case TYPE_SOA:
	case TYPE_MINFO:
		return (struct names_within){ 0, 2, false };
	case TYPE_MX:
		return (struct names_within){ 2, 1, false };
	case TYPE_SRV:
		return (struct names_within){ 6, 1, true };
	case TYPE_DNAME: /* RFC 6672 section 2.5 */
		return (struct names_within){ 0, 1, true };
	default:
		return (struct names_within){ 0, 0, true };
	}
}

static void take_apart(const uint8_t *wire, struct parts *p)
{
	uint32_t hash = 0;
	p->wire = wire;
	p->labels = 0;
	const uint8_t *at = wire;
	for (; *at != 0; at = name_above(at))
		p->offset[p->labels++] = (uint8_t)(at - wire);
	p->offset[p->labels] = (uint8_t)(at - wire);
	for (unsigned i = p->labels; i-- > 0;) {
		const uint8_t *label = wire + p->offset[i];
		for (unsigned octet = 0; octet <= label[0]; octet++)
			hash = (hash ^ (uint8_t)ascii_lower((char)label[octet])) * UINT32_C(0x01000193);
		p->hash[i] = hash;
	}
}

/* The labels of a name in a message follow each other, or a pointer leads on to what stood there before. */
static size_t follow_pointers(const uint8_t *packet, size_t at)
{
	while (packet[at] >= POINTER)
		at = octets_16(packet + at) & POINTER_MOST;
	return at;
}

static bool same_name(const uint8_t *packet, size_t at, const uint8_t *wire)
{
	for (;; wire = name_above(wire)) {
		at = follow_pointers(packet, at);
		for (unsigned octet = 0; octet <= *wire; octet++)
			if (ascii_lower((char)packet[at + octet]) != ascii_lower((char)wire[octet]))
				return false;
		if (*wire == 0)
			return true;
		at += *wire + 1u;
	}
}

/* The slot of the suffix that begins with a label: the one where it is noted, or a free one. There is always one, for
 * no more than COMPRESS_MOST are noted. */
static uint16_t *slot_of(struct compression *c, const uint8_t *packet, const struct parts *name, unsigned label)
{
	for (uint32_t i = name->hash[label] ^ name->hash[label] >> 16;; i++) {
		uint16_t *slot = &c->slot[i % COMPRESS_SLOTS];
		if (*slot == 0 || same_name(packet, *slot, name->wire + name->offset[label]))
			return slot;
	}
}

/* Notes the first labels of a name that stands at AT. */
static void note(struct compression *c, const uint8_t *packet, size_t at, const struct parts *name, unsigned labels)
{
	for (unsigned i = 0; i < labels && c->count < COMPRESS_MOST && at + name->offset[i] <= POINTER_MOST; i++) {
		uint16_t *slot = slot_of(c, packet, name, i);
		if (*slot != 0)
			continue;
		*slot = (uint16_t)(at + name->offset[i]);
		c->count++;
	}
}

void compress_begin(struct compression *c, const uint8_t *packet, size_t at)
{
	struct parts name;
	memset(c, 0, sizeof *c);
	take_apart(packet + at, &name);
	note(c, packet, at, &name, name.labels);
}

static size_t put_octets(uint8_t *packet, size_t at, size_t end, const uint8_t *octets, size_t size)
{
	if (at == 0 || size > end - at)
		return 0;
	memcpy(packet + at, octets, size);
	return at + size;
}

/* Writes as few labels as can be, and a pointer to where the others stand already. */
static size_t put_name(struct compression *c, uint8_t *packet, size_t at, size_t end, const uint8_t *wire)
{
	struct parts name;
	unsigned label = 0;
	uint16_t known = 0;
	take_apart(wire, &name);
	while (label < name.labels && (known = *slot_of(c, packet, &name, label)) == 0)
		label++;
	static const uint8_t root[] = { 0 };
	uint8_t last[2];
	octets_put_16(last, pointer_to(known));
	size_t from = at;
	at = put_octets(packet, at, end, wire, name.offset[label]);
	at = known != 0 ? put_octets(packet, at, end, last, sizeof last) : put_octets(packet, at, end, root, sizeof root);
	if (at != 0)
		note(c, packet, from, &name, label);
	return at;
}

size_t compress_rdata(struct compression *c, uint8_t *packet, size_t at, size_t end, uint16_t type,
	const uint8_t *rdata, size_t length)
{
	struct names_within names = compress_names(type);
	const uint8_t *rest = rdata + names.before;
	if (names.count == 0 || !rdata_whole(type, (struct blob){ rdata, length }))
		return put_octets(packet, at, end, rdata, length);
	if (names.whole) {
		struct parts name;
		size_t from = at + names.before;
		at = put_octets(packet, at, end, rdata, length);
		take_apart(rest, &name);
		if (at != 0)
			note(c, packet, from, &name, name.labels);
		return at;
	}
	at = put_octets(packet, at, end, rdata, names.before);
	for (unsigned i = 0; i < names.count && at != 0; i++) {
		at = put_name(c, packet, at, end, rest);
		rest += name_size(rest, NAME_WIRE);
	}
	return put_octets(packet, at, end, rest, (size_t)(rdata + length - rest));
}

size_t compress_label_at(const uint8_t *packet, size_t at, unsigned label)
{
	at = follow_pointers(packet, at);
	for (; label > 0; label--)
		at = follow_pointers(packet, at + packet[at] + 1);
	return at;
}

size_t compress_read(const uint8_t *packet, size_t at, uint8_t *name)
{
	size_t size = 0;
	for (;;) {
		at = follow_pointers(packet, at);
		size_t octets = packet[at] + 1u;
		memcpy(name + size, packet + at, octets);
		size += octets;
		if (octets == 1)
			return size;
		at += octets;
	}
}
