/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes RDATA as text, each part in its form (RFC 1035 section 5.1); in RFC 3597's form for types that have none. */
#include "tools/rdata_text.h"

#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "wire/rdata.h"
#include "wire/type.h"


static unsigned number(const uint8_t *at, size_t size)
{
	unsigned value = 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

/* Octets between quotes, which SPECIAL ones do not end; what is not printable stands by its number. */
static void add_octets(struct text *out, const uint8_t *octets, size_t size, const char *special)
{
	for (size_t i = 0; i < size; i++)
		if (octets[i] < ' ' || octets[i] >= 127)
			text_addf(out, "\\%03u", octets[i]);
		else
			text_addf(out, "%s%c", strchr(special, octets[i]) != NULL ? "\\" : "", octets[i]);
}

static void add_quoted(struct text *out, const uint8_t *octets, size_t size)
{
	text_add(out, "\"");
	add_octets(out, octets, size, "\"\\");
	text_add(out, "\"");
}

/* Appends a name in its own case, with a backslash before all characters that some programs do not read without. */
static void add_name(struct text *out, const uint8_t *wire)
{
	for (const uint8_t *label = wire; *label != 0; label = name_above(label)) {
		for (unsigned i = 1; i <= *label; i++) {
			char c = (char)label[i];
			if (ascii_letter(c) || ascii_digit(c) || (c != '\0' && strchr("-_*/", c) != NULL))
				text_addf(out, "%c", c);
			else
				text_addf(out, c != '\0' && strchr(".\\\";()@$", c) != NULL ? "\\%c" : "\\%03u", label[i]);
		}
		text_add(out, ".");
	}
	if (*wire == 0)
		text_add(out, ".");
}

static void add_strings(struct text *out, const uint8_t *octets, size_t size)
{
	for (size_t at = 0; at < size; at += 1u + octets[at]) {
		text_add(out, at == 0 ? "" : " ");
		add_quoted(out, octets + at + 1, octets[at]);
	}
}

static void add_hex(struct text *out, const uint8_t *octets, size_t size, const char *between)
{
	for (size_t i = 0; i < size; i++)
		text_addf(out, "%s%02x", i == 0 ? "" : between, octets[i]);
}

static void add_address(struct text *out, const uint8_t *octets, size_t size)
{
	char text[ADDRESS_TEXT];
	struct address address = { .family = size == 4 ? ADDRESS_V4 : ADDRESS_V6 };
	memcpy(address.bytes, octets, size);
	address_write(&address, text);
	text_add(out, text);
}

static void add_addresses(struct text *out, const uint8_t *octets, size_t size, size_t each)
{
	for (size_t at = 0; at < size; at += each) {
		text_add(out, at == 0 ? "" : ",");
		add_address(out, octets + at, each);
	}
}

static void add_bitmap(struct text *out, const uint8_t *octets, size_t size)
{
	const char *before = "";
	for (size_t at = 0; at < size; at += 2u + octets[at + 1])
		for (unsigned bit = 0; bit < octets[at + 1] * 8u; bit++) {
			char name[TYPE_TEXT];
			if ((octets[at + 2 + bit / 8] & 128 >> bit % 8) == 0)
				continue;
			type_write((uint16_t)(octets[at] * 256u + bit), name);
			text_addf(out, "%s%s", before, name);
			before = " ";
		}
}

/* Appends the RDATA of IPSECKEY behind the precedence (RFC 4025 section 3). */
static void add_gateway(struct text *out, const uint8_t *octets, size_t size)
{
	size_t at = 2;
	text_addf(out, "%u %u ", octets[0], octets[1]);
	switch (octets[0]) {
	case 1:
	case 2:
		add_address(out, octets + at, octets[0] == 1 ? 4 : 16);
		at += octets[0] == 1 ? 4 : 16;
		break;
	case 3:
		add_name(out, octets + at);
		at += name_size(octets + at, size - at);
		break;
	default:
		text_add(out, ".");
		break;
	}
	text_add(out, " ");
	base64_write(octets + at, size - at, out);
}

/* RFC 9460 section 2.1 and 7. The values of keys that some do not know by name are written by number. */

static void add_keys(struct text *out, const uint8_t *octets, size_t size)
{
	static const char *const names[] = { "mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint" };
	for (size_t at = 0; at < size; at += 2) {
		unsigned key = number(octets + at, 2);
		text_add(out, at == 0 ? "" : ",");
		if (key < sizeof names / sizeof names[0])
			text_add(out, names[key]);
		else
			text_addf(out, "key%u", key);
	}
}

static void add_parameter(struct text *out, unsigned key, const uint8_t *value, size_t size)
{
	switch (key) {
	case 0:
		text_add(out, "mandatory=");
		add_keys(out, value, size);
		break;
	case 1:
		text_add(out, "alpn=\"");
		for (size_t at = 0; at < size; at += 1u + value[at]) {
			text_add(out, at == 0 ? "" : ",");
			text_addf(out, "%.*s", value[at], (const char *)value + at + 1);
		}
		text_add(out, "\"");
		break;
	case 2:
		text_add(out, "no-default-alpn");
		break;
	case 3:
		text_addf(out, "port=%u", number(value, 2));
		break;
	case 4:
	case 6:
		text_add(out, key == 4 ? "ipv4hint=" : "ipv6hint=");
		add_addresses(out, value, size, key == 4 ? 4 : 16);
		break;
	case 5:
		text_add(out, "ech=\"");
		base64_write(value, size, out);
		text_add(out, "\"");
		break;
	default:
		text_addf(out, "key%u%s", key, size > 0 ? "=" : "");
		if (size > 0)
			add_quoted(out, value, size);
		break;
	}
}

static void add_parameters(struct text *out, const uint8_t *octets, size_t size)
{
	for (size_t at = 0; at < size; at += 4 + number(octets + at + 2, 2)) {
		text_add(out, at == 0 ? "" : " ");
		add_parameter(out, number(octets + at, 2), octets + at + 4, number(octets + at + 2, 2));
	}
}

static bool is_plain(char c)
{
	return ascii_letter(c) || ascii_digit(c) || c == '-' || c == '_' || c == '.' || c == '/';
}

/* Whether an ALPN id is no plain word, which programs read differently. */
static bool has_odd_alpn(const uint8_t *octets, size_t size)
{
	for (size_t at = 0; at < size; at += 4 + number(octets + at + 2, 2)) {
		size_t length = number(octets + at + 2, 2);
		if (number(octets + at, 2) != 1)
			continue;
		for (size_t i = 0; i < length; i += 1u + octets[at + 4 + i])
			for (size_t j = 1; j <= octets[at + 4 + i]; j++)
				if (!is_plain((char)octets[at + 4 + i + j]))
					return true;
	}
	return false;
}

/* RFC 1876 section 3. */

static void add_angle(struct text *out, const uint8_t *at, const char *sides)
{
	int64_t angle = (int64_t)number(at, 4) - (INT64_C(1) << 31);
	unsigned long size = (unsigned long)(angle < 0 ? -angle : angle);
	text_addf(out, "%lu %lu %lu.%03lu %c ", size / 3600000, size / 60000 % 60, size / 1000 % 60, size % 1000,
		sides[angle < 0]);
}

static void add_length(struct text *out, uint8_t octet)
{
	unsigned long long length = octet >> 4;
	for (unsigned power = octet & 15; power > 0; power--)
		length *= 10;
	text_addf(out, " %llu.%02llum", length / 100, length % 100);
}

static void add_location(struct text *out, const uint8_t *octets)
{
	long altitude = (long)number(octets + 12, 4) - 10000000, size = altitude < 0 ? -altitude : altitude;
	add_angle(out, octets + 4, "NS");
	add_angle(out, octets + 8, "EW");
	text_addf(out, "%s%ld.%02ldm", altitude < 0 ? "-" : "", size / 100, size % 100);
	for (int i = 1; i <= 3; i++)
		add_length(out, octets[i]);
}

/* RFC 3123 section 5. */
static void add_prefixes(struct text *out, const uint8_t *octets, size_t size)
{
	for (size_t at = 0; at < size; at += 4 + (octets[at + 3] & 127u)) {
		uint8_t address[16] = { 0 };
		bool v4 = octets[at + 1] == 1;
		memcpy(address, octets + at + 4, octets[at + 3] & 127);
		text_addf(out, "%s%s%u:", at == 0 ? "" : " ", (octets[at + 3] & 128) != 0 ? "!" : "", octets[at + 1]);
		add_address(out, address, v4 ? 4 : 16);
		text_addf(out, "/%u", octets[at + 2]);
	}
}

static void add_part(struct text *out, char part, const uint8_t *octets, size_t size)
{
	switch (part) {
	case 'N':
	case 'n':
		add_name(out, octets);
		break;
	case 'A':
	case 'Q':
		add_address(out, octets, size);
		break;
	case 's':
	case 'r':
		add_quoted(out, octets + 1, size - 1);
		break;
	case 't':
		add_strings(out, octets, size);
		break;
	case 'g':
		text_addf(out, "%.*s", (int)size - 1, (const char *)octets + 1);
		break;
	case 'q':
		add_quoted(out, octets, size);
		break;
	case 'h':
		add_hex(out, octets, size, "");
		break;
	case 'b':
		base64_write(octets, size, out);
		break;
	case 'e':
		add_hex(out, octets, size, "-");
		break;
	case 'w':
		add_bitmap(out, octets, size);
		break;
	case 'K':
		add_parameters(out, octets, size);
		break;
	case 'G':
		add_gateway(out, octets, size);
		break;
	default:
		text_addf(out, "%u", number(octets, size));
		break;
	}
}

static void add_parts(struct text *out, uint16_t type, struct blob rdata)
{
	const uint8_t *octets = rdata.data;
	size_t at = 0;
	for (const char *part = rdata_parts(type); *part != '\0'; part++) {
		size_t size = rdata_part(*part, (struct blob){ octets + at, rdata.size - at });
		if (size == 0 && *part == 'K')
			break;
		text_add(out, at == 0 ? "" : " ");
		add_part(out, *part, octets + at, size);
		at += size;
	}
}

/* Whether all programs read the type's own text alike; to some, an empty part is an error. */
static bool has_text(uint16_t type, struct blob rdata)
{
	const uint8_t *octets = rdata.data;
	const char *parts = rdata_parts(type), *last = parts + strlen(parts) - 1;
	size_t head = 0;
	if (!rdata_whole(type, rdata) || rdata.size == 0)
		return false;
	if (type == TYPE_LOC)
		return rdata.size == 16 && octets[0] == 0;
	if (type == TYPE_APL)
		return true;
	for (const char *part = parts; part < last; part++)
		head += rdata_part(*part, (struct blob){ octets + head, rdata.size - head });
	switch (*last) {
	case '*':
		return false;
	case 'h':
	case 'b':
	case 'w':
		return head < rdata.size;
	case 'G':
		return octets[head + 1] != 0;
	case 'K':
		return !has_odd_alpn(octets + head, rdata.size - head);
	default:
		return true;
	}
}

static void write_unknown(struct blob rdata, struct text *out)
{
	text_addf(out, "\\# %zu", rdata.size);
	text_add(out, rdata.size > 0 ? " " : "");
	add_hex(out, rdata.data, rdata.size, "");
}

void rdata_write(uint16_t type, struct blob rdata, struct text *out)
{
	if (!has_text(type, rdata))
		write_unknown(rdata, out);
	else if (type == TYPE_LOC)
		add_location(out, rdata.data);
	else if (type == TYPE_APL)
		add_prefixes(out, rdata.data, rdata.size);
	else
		add_parts(out, type, rdata);
}
