/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of types and their parts, and what goes through RDATA by it. */
#include "wire/rdata.h"

#include <string.h>

#include "lib/text.h"
#include "wire/naptr.h"
#include "wire/octets.h"
#include "wire/type.h"

const char *rdata_parts(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *parts;
	} forms[] = {
		{ 1, "A" }, { 2, "N" }, { 3, "N" }, { 4, "N" }, { 5, "N" }, { 6, "NN44444" }, { 7, "N" }, { 8, "N" },
		{ 9, "N" }, { 12, "N" }, { 13, "ss" }, { 14, "NN" }, { 15, "2N" }, { 16, "t" }, { 17, "NN" }, { 18, "2N" },
		{ 21, "2N" }, { 25, "211b" }, { 26, "2NN" }, { 28, "Q" }, { 29, "1*" }, { 33, "222N" }, { 35, "22ssrN" },
		{ 36, "2N" }, { 37, "221b" }, { 39, "N" }, { 42, "*" }, { 43, "211h" }, { 44, "11h" }, { 45, "1G" },
		{ 48, "211b" }, { 49, "b" }, { 52, "111h" }, { 53, "111h" }, { 55, "112*" }, { 59, "211h" }, { 60, "211b" },
		{ 61, "b" }, { 62, "42w" }, { 63, "411h" }, { 64, "2nK" }, { 65, "2nK" }, { 99, "t" }, { 108, "e" },
		{ 109, "e" }, { 256, "22q" }, { 257, "1gq" },
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (forms[i].type == type)
			return forms[i].parts;
	return "*";
}

bool rdata_has_names(uint16_t type)
{
	return type != TYPE_A && type != TYPE_AAAA && strchr(rdata_parts(type), 'N') != NULL;
}

/* One part. */

static size_t string_size(struct blob rest)
{
	const uint8_t *octets = rest.data;
	return rest.size == 0 || rest.size < 1u + octets[0] ? 0 : 1u + octets[0];
}

static size_t expression_size(struct blob rest)
{
	size_t size = string_size(rest);
	return size > 0 && naptr_expression((const char *)rest.data + 1, size - 1) ? size : 0;
}

static size_t strings_size(struct blob rest)
{
	const uint8_t *octets = rest.data;
	size_t at = 0, size;
	while (at < rest.size && (size = string_size((struct blob){ octets + at, rest.size - at })) > 0)
		at += size;
	return at == rest.size ? at : 0;
}

/* CAA's tag (RFC 8659 section 4.1). */
static size_t word_size(struct blob rest)
{
	const uint8_t *octets = rest.data;
	size_t size = string_size(rest);
	for (size_t i = 1; i < size; i++)
		if (!ascii_letter((char)octets[i]) && !ascii_digit((char)octets[i]))
			return 0;
	return size > 1 ? size : 0;
}

/* RFC 4034 section 4.1.2: windows that ascend, none that is empty or ends in zeros. */
static size_t bitmap_size(struct blob rest)
{
	const uint8_t *octets = rest.data;
	size_t at = 0;
	for (int before = -1; at < rest.size; at += 2u + octets[at + 1]) {
		if (rest.size - at < 2 || octets[at] <= before || octets[at + 1] == 0 || octets[at + 1] > 32
			|| rest.size - at < 2u + octets[at + 1] || octets[at + 1 + octets[at + 1]] == 0)
			return 0;
		before = octets[at];
	}
	return at;
}

/* RFC 9460 section 7.1.1: strings that are not empty. */
static bool is_alpn(struct blob value)
{
	const uint8_t *octets = value.data;
	for (size_t at = 0; at < value.size; at += 1u + octets[at])
		if (octets[at] == 0)
			return false;
	return value.size > 0 && strings_size(value) == value.size;
}

/* Section 8: ascending keys, neither this one nor any twice. */
static bool is_mandatory(struct blob value)
{
	const uint8_t *octets = value.data;
	int before = 0;
	for (size_t at = 0; at + 2 <= value.size; before = (int)octets_16(octets + at), at += 2)
		if ((int)octets_16(octets + at) <= before)
			return false;
	return value.size > 0 && value.size % 2 == 0;
}

/* RFC 9460 section 7, RFC 9461 section 5, RFC 9540 section 4. */
static bool is_parameter(unsigned key, struct blob value)
{
	switch (key) {
	case 0:
		return is_mandatory(value);
	case 1:
		return is_alpn(value);
	case 2:
	case 8:
		return value.size == 0;
	case 3:
		return value.size == 2;
	case 4:
		return value.size > 0 && value.size % 4 == 0;
	case 6:
		return value.size > 0 && value.size % 16 == 0;
	case 5:
	case 7:
		return value.size > 0;
	default:
		return key != 65535;
	}
}

static bool holds_key(struct blob parameters, unsigned key)
{
	const uint8_t *octets = parameters.data;
	for (size_t at = 0; at < parameters.size; at += 4 + octets_16(octets + at + 2))
		if (octets_16(octets + at) == key)
			return true;
	return false;
}

/* What is mandatory is there (section 8), and no-default-alpn stands beside an alpn (section 7.1.1). */
static bool is_consistent(struct blob parameters)
{
	const uint8_t *octets = parameters.data;
	if (parameters.size == 0 || octets_16(octets) != 0)
		return !holds_key(parameters, 2) || holds_key(parameters, 1);
	for (size_t at = 4; at < 4u + octets_16(octets + 2); at += 2)
		if (!holds_key(parameters, octets_16(octets + at)))
			return false;
	return !holds_key(parameters, 2) || holds_key(parameters, 1);
}

/* RFC 9460 section 2.2: keys ascend. */
static bool are_parameters(struct blob rest)
{
	const uint8_t *octets = rest.data;
	size_t at = 0;
	for (int before = -1; at < rest.size; at += 4 + octets_16(octets + at + 2)) {
		if (rest.size - at < 4 || (int)octets_16(octets + at) <= before || rest.size - at - 4 < octets_16(octets + at + 2)
			|| !is_parameter(octets_16(octets + at), (struct blob){ octets + at + 4, octets_16(octets + at + 2) }))
			return false;
		before = (int)octets_16(octets + at);
	}
	return is_consistent(rest);
}

/* RFC 4025 section 2: the gateway's type, the key's algorithm, the gateway, the key. */
static bool is_gateway(struct blob rest)
{
	const uint8_t *octets = rest.data;
	if (rest.size < 2)
		return false;
	size_t name = octets[0] == 3 ? name_size(octets + 2, rest.size - 2) : 1, left = rest.size - 2;
	const size_t sizes[] = { 0, 4, 16, name };
	return octets[0] < 4 && name != 0 && sizes[octets[0]] <= left
		&& (octets[1] == 0) == (sizes[octets[0]] == left);
}

size_t rdata_part(char part, struct blob rest)
{
	size_t size = 0;
	switch (part) {
	case 'N':
	case 'n':
		return rest.size == 0 ? 0 : name_size(rest.data, rest.size);
	case 'A':
		size = 4;
		break;
	case 'Q':
		size = 16;
		break;
	case 's':
		return string_size(rest);
	case 'r':
		return expression_size(rest);
	case 't':
		return strings_size(rest);
	case 'g':
		return word_size(rest);
	case 'w':
		return bitmap_size(rest);
	case 'K':
		return are_parameters(rest) ? rest.size : 0;
	case 'G':
		return is_gateway(rest) ? rest.size : 0;
	case 'q':
	case 'h':
	case 'b':
	case 'e':
	case '*':
		return rest.size;
	default:
		size = (size_t)(part - '0');
		break;
	}
	return size <= rest.size ? size : 0;
}

static bool may_be_empty(char part)
{
	return strchr("qbwK*", part) != NULL;
}

static bool has_parts(uint16_t type, struct blob rest)
{
	const uint8_t *octets = rest.data;
	for (const char *part = rdata_parts(type); *part != '\0'; part++) {
		size_t size = rdata_part(*part, rest);
		if (size == 0 && (rest.size > 0 || !may_be_empty(*part)))
			return false;
		octets += size;
		rest = (struct blob){ octets, rest.size - size };
	}
	return rest.size == 0;
}

/* What a type wants beyond its parts. */

/* A digest's octets are told by its algorithm, where that is known. */
static bool is_digest(uint16_t type, const uint8_t *octets, size_t size)
{
	size_t head = type == TYPE_SSHFP ? 2 : type == TYPE_ZONEMD ? 6 : 4, digest = size - head;
	switch (octets[head - 1]) {
	case 1:
		return digest == (type == TYPE_ZONEMD ? 48 : 20);
	case 2:
		return digest == (type == TYPE_ZONEMD ? 64 : 32);
	case 4:
		return (type != TYPE_DS && type != TYPE_CDS) || digest == 48;
	default:
		return type != TYPE_ZONEMD || digest >= 12;
	}
}

/* RFC 1876 section 2: base and exponent of a decimal number, below 10 each, and no zero with an exponent. */
static bool is_length(uint8_t octet)
{
	return octet >> 4 <= 9 && (octet & 15) <= 9 && (octet >> 4 != 0 || octet == 0);
}

static bool is_location(const uint8_t *octets, size_t size)
{
	const uint32_t equator = UINT32_C(1) << 31, degree = 3600000;
	if (size != 16 || octets[0] != 0)
		return size > 0 && octets[0] != 0;
	uint32_t latitude = octets_32(octets + 4),
		 longitude = octets_32(octets + 8);
	return is_length(octets[1]) && is_length(octets[2]) && is_length(octets[3])
		&& latitude - (equator - 90 * degree) <= 180 * degree
		&& longitude - (equator - 180 * degree) <= 360 * degree;
}

/* RFC 3123 section 4. */
static bool are_prefixes(const uint8_t *octets, size_t size)
{
	size_t at = 0;
	while (size - at >= 4) {
		unsigned family = octets_16(octets + at), prefix = octets[at + 2], length = octets[at + 3] & 127;
		if (size - at - 4 < length || (length > 0 && octets[at + 3 + length] == 0)
			|| (family == 1 && (prefix > 32 || length > 4)) || (family == 2 && (prefix > 128 || length > 16))
			|| family < 1 || family > 2)
			return false;
		at += 4 + length;
	}
	return at == size;
}

/* RFC 8005 section 5: a HIT, a key, and names of servers. */
static bool is_identity(const uint8_t *octets, size_t size)
{
	size_t hit = octets[0], key = octets_16(octets + 2), at = 4 + hit + key, length;
	if (hit == 0 || key == 0 || at > size)
		return false;
	while (at < size && (length = name_size(octets + at, size - at)) > 0)
		at += length;
	return at == size;
}

bool rdata_whole(uint16_t type, struct blob rdata)
{
	const uint8_t *octets = rdata.data;
	if (type == TYPE_A || type == TYPE_AAAA) /* most are these */
		return rdata.size == (type == TYPE_A ? 4 : 16);
	if (!has_parts(type, rdata))
		return false;
	switch (type) {
	case TYPE_DS:
	case TYPE_CDS:
	case TYPE_SSHFP:
	case TYPE_ZONEMD:
		return is_digest(type, octets, rdata.size);
	case TYPE_LOC:
		return is_location(octets, rdata.size);
	case TYPE_APL:
		return are_prefixes(octets, rdata.size);
	case TYPE_HIP:
		return is_identity(octets, rdata.size);
	case 108:
		return rdata.size == 6;
	case 109:
		return rdata.size == 8;
	default:
		return true;
	}
}

/* Canonical form. */

void rdata_canonical(uint16_t type, struct blob rdata, uint8_t *to)
{
	const uint8_t *octets = rdata.data;
	size_t at = 0;
	for (const char *part = rdata_parts(type); *part != '\0' && at < rdata.size; part++) {
		size_t size = rdata_part(*part, (struct blob){ octets + at, rdata.size - at });
		if (size == 0)
			break;
		if (*part == 'N')
			name_lower(octets + at, to + at, size);
		else
			memcpy(to + at, octets + at, size);
		at += size;
	}
	if (at < rdata.size)
		memcpy(to + at, octets + at, rdata.size - at);
}

static int compare_octets(const uint8_t *a, const uint8_t *b, size_t size, bool lower)
{
	if (!lower)
		return size == 0 ? 0 : memcmp(a, b, size);
	for (size_t i = 0; i < size; i++) {
		int left = (uint8_t)ascii_lower((char)a[i]), right = (uint8_t)ascii_lower((char)b[i]);
		if (left != right)
			return left - right;
	}
	return 0;
}

/* The parts are found in A alone: up to the first difference, B has the same ones. */
int rdata_compare(uint16_t type, struct blob a, struct blob b)
{
	const uint8_t *x = a.data, *y = b.data;
	size_t at = 0, least = a.size < b.size ? a.size : b.size;
	int order = 0;
	for (const char *part = rdata_parts(type); *part != '\0' && at < least && order == 0; part++) {
		size_t size = rdata_part(*part, (struct blob){ x + at, a.size - at });
		if (size == 0)
			break;
		size = size < least - at ? size : least - at;
		order = compare_octets(x + at, y + at, size, *part == 'N');
		at += size;
	}
	if (order == 0)
		order = compare_octets(x + at, y + at, least - at, false);
	return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}
