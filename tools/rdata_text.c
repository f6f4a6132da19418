/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/rdata_text.h"

#include <ldns/ldns.h>
#include <string.h>

enum { CLASS_IN = 1, FIXED = 11 /* the root's name, type, class, TTL, RDLENGTH */ };

/* Whether ldns would write what it read: it follows compression pointers, and RDATA holds none. */
static bool comes_back(const ldns_rr *rr, struct blob rdata)
{
	ldns_buffer *buffer = ldns_buffer_new(rdata.size + 1);
	bool same = buffer != NULL && ldns_rr_rdata2buffer_wire(buffer, rr) == LDNS_STATUS_OK
		&& ldns_buffer_position(buffer) == rdata.size
		&& (rdata.size == 0 || memcmp(ldns_buffer_begin(buffer), rdata.data, rdata.size) == 0);
	ldns_buffer_free(buffer);
	return same;
}

/* The record alone in wire form, as ldns reads it; NULL when it cannot. */
static ldns_rr *read_record(uint16_t type, struct blob rdata)
{
	size_t size = FIXED + rdata.size, at = 0;
	uint8_t *wire = malloc(size);
	ldns_rr *rr = NULL;
	const uint8_t fixed[FIXED] = { 0, (uint8_t)(type >> 8), (uint8_t)type, 0, CLASS_IN, 0, 0, 0, 0,
		(uint8_t)(rdata.size >> 8), (uint8_t)rdata.size };
	if (wire == NULL)
		return NULL;
	memcpy(wire, fixed, FIXED);
	if (rdata.size > 0)
		memcpy(wire + FIXED, rdata.data, rdata.size);
	if (ldns_wire2rr(&rr, wire, size, &at, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK || at != size
		|| !comes_back(rr, rdata)) {
		ldns_rr_free(rr);
		rr = NULL;
	}
	free(wire);
	return rr;
}

static void write_unknown(struct blob rdata, struct text *out)
{
	const uint8_t *bytes = rdata.data;
	text_addf(out, "\\# %zu", rdata.size);
	for (size_t i = 0; i < rdata.size; i++)
		text_addf(out, "%s%02x", i == 0 ? " " : "", bytes[i]);
}

/* Types that have a name here; ldns knows some that we do not, and writes them by other names. */
static bool is_known(uint16_t type)
{
	char name[12];
	type_write(type, name);
	return strncmp(name, "TYPE", 4) != 0;
}

void rdata_write(uint16_t type, struct blob rdata, struct text *out)
{
	ldns_rr *rr = is_known(type) ? read_record(type, rdata) : NULL;
	char *text = NULL;
	struct text line = { 0 };
	for (size_t i = 0; rr != NULL && i < ldns_rr_rd_count(rr); i++) {
		text = ldns_rdf2str(ldns_rr_rdf(rr, i));
		line.broken |= text == NULL;
		text_add(&line, i == 0 ? "" : " ");
		text_add(&line, text == NULL ? "" : text);
		free(text);
	}
	if (rr == NULL || line.broken || line.length == 0)
		write_unknown(rdata, out);
	else
		text_add_part(out, line.bytes, line.length);
	text_free(&line);
	ldns_rr_free(rr);
}
