/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out what entries mean, by the rules that BIND and NSD follow. libzscanner reads a record's RDATA, or ldns if
 * libzscanner does not know the type. */
#include "tools/zone/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <ldns/ldns.h>
#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/zone/zonefile_entry.h"
#include "tools/zone/zonefile_generate.h"
#include "wire/rdata.h"
#include "wire/record.h"

enum {
	TTL_STANDARD = 3600, CHUNK = 1 << 16,
};

struct reading {
	struct zone_records *records;
	const char *path; /* NULL: no file */
	int fd;
	struct entry *entry; /* the only one, where there is no file */
	struct error *error;
	zs_scanner_t *scanner;
	struct text line; /* what the scanner is given */
	struct name origin, owner;
	bool has_default, has_last;
	uint32_t default_ttl, last_ttl; /* of $TTL; of the last record that said one */
	uint8_t *rdata;
};

static int cite(const struct reading *r, int outcome, size_t line, const char *what)
{
	if (r->path == NULL)
		return fail(r->error, outcome, "%s", what);
	return fail(r->error, outcome, "%s:%zu: %s", r->path, line, what);
}

static int refuse(const struct reading *r, size_t line, const char *what)
{
	return cite(r, REFUSED, line, what);
}

static int no_memory(const struct reading *r)
{
	return fail(r->error, FAILED, "out of memory");
}

/* Words. */

/* Reads a TTL in seconds or in BIND's form, 1h30m. A TTL that is too large is not wrapped, so that it is found later. */
static bool read_ttl(const char *text, uint32_t *ttl)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	uint64_t sum = 0, value = 0, limit = UINT32_MAX;
	bool digits = false, bare = false;
	for (; *text != '\0'; text++) {
		size_t unit = 0;
		if (ascii_digit(*text)) {
			value = value > limit ? value : value * 10 + (uint64_t)(*text - '0');
			digits = bare = true;
			continue;
		}
		while (unit < sizeof units / sizeof units[0] && units[unit].letter != ascii_lower(*text))
			unit++;
		if (!bare || unit == sizeof units / sizeof units[0])
			return false;
		sum += value * units[unit].seconds;
		value = 0;
		bare = false;
	}
	sum += value;
	*ttl = sum > limit ? (uint32_t)limit : (uint32_t)sum;
	return digits;
}

static bool read_class(const char *text, uint16_t *class)
{
	static const struct {
		const char *name;
		uint16_t class;
	} names[] = { { "IN", 1 }, { "CS", 2 }, { "CH", 3 }, { "HS", 4 } };
	int64_t number;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(names[i].name, text) == 0) {
			*class = names[i].class;
			return true;
		}
	if (strncasecmp(text, "CLASS", 5) != 0 || !text_number(text + 5, 0, 65535, &number))
		return false;
	*class = (uint16_t)number;
	return true;
}

/* Appends a name, with backslashes where the scanner and lib/name.h need them. */
static void add_name(struct text *line, const char *name)
{
	for (; *name != '\0'; name++) {
		bool plain = ascii_letter(*name) || ascii_digit(*name) || strchr("-_*/.\\", *name) != NULL;
		text_add(line, plain ? "" : "\\");
		text_add_part(line, name, *name == '\\' && name[1] != '\0' ? 2 : 1);
		name += *name == '\\' && name[1] != '\0';
	}
}

/* Reads a name, absolute or relative to the origin. */
static int read_name(struct reading *r, const struct entry *entry, size_t which, struct name *name)
{
	const char *text = entry_word(entry, which);
	size_t size = entry->words[which].size, backslashes = 0;
	struct error why;
	if (strcmp(text, "@") == 0) {
		*name = r->origin;
		return DONE;
	}
	if (size == 0)
		return refuse(r, entry->line, "a name is empty");
	r->line.length = 0;
	add_name(&r->line, text);
	if (r->line.broken)
		return no_memory(r);
	if (name_read_part(r->line.bytes, r->line.length, name, &why) != DONE)
		return refuse(r, entry->line, why.text);
	while (size > 1 + backslashes && text[size - 2 - backslashes] == '\\')
		backslashes++;
	if (text[size - 1] == '.' && backslashes % 2 == 0)
		return DONE;
	if (name->size - 1u + r->origin.size > NAME_WIRE)
		return refuse(r, entry->line, "the name is longer than 255 octets");
	memcpy(name->wire + name->size - 1, r->origin.wire, r->origin.size);
	name->size = (uint8_t)(name->size - 1 + r->origin.size);
	return DONE;
}

/* Data. */

static int scan(struct reading *r, const struct entry *entry)
{
	zs_scanner_t *s = r->scanner;
	if (r->line.broken)
		return no_memory(r);
	if (zs_set_input_string(s, r->line.bytes, r->line.length) != 0 || zs_parse_record(s) != 0)
		return refuse(r, entry->line, zs_strerror(s->error.code));
	return DONE;
}

/* Tells the scanner the origin, for it completes relative names in RDATA. */
static int set_origin(struct reading *r, const struct entry *entry)
{
	char text[NAME_TEXT];
	name_write(r->origin.wire, text);
	r->line.length = 0;
	text_addf(&r->line, "$ORIGIN %s%s\n", text, strcmp(text, ".") == 0 ? "" : ".");
	return scan(r, entry);
}

/* SVCB keys that got their names after the scanner was written are given to it by number. */
static const char *by_number(const char *word, size_t *named)
{
	static const struct {
		const char *name, *number;
	} keys[] = { { "dohpath", "key7" }, { "ohttp", "key8" } };
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		*named = strlen(keys[i].name);
		if (strncasecmp(word, keys[i].name, *named) == 0 && (word[*named] == '=' || word[*named] == '\0'))
			return keys[i].number;
	}
	*named = 0;
	return "";
}

/* Joins the words of the RDATA to a line. `"a"b` is two strings, except in SVCB, where key="value" is one. */
static void add_words(struct reading *r, const struct entry *entry, size_t from, uint16_t type)
{
	bool keys = type == TYPE_SVCB || type == TYPE_HTTPS;
	const char *part = rdata_parts(type);
	for (size_t i = from; i < entry->count; i++) {
		const struct entry_word *word = &entry->words[i];
		const char *text = entry_word(entry, i);
		bool value = keys && word->quoted && word->glued && i > from && text[-2] == '=';
		size_t named = 0;
		text_add(&r->line, value ? "" : " ");
		text_add(&r->line, keys && !word->quoted ? by_number(text, &named) : "");
		text_add(&r->line, word->quoted ? "\"" : "");
		if ((*part == 'N' || *part == 'n') && !word->quoted && strcmp(text, "@") != 0)
			add_name(&r->line, text);
		else
			text_add(&r->line, text + named);
		part += *part != '\0' && strchr("tKGwhb*", *part) == NULL; /* those may be of several words */
		text_add(&r->line, word->quoted ? "\"" : "");
	}
	text_add(&r->line, "\n");
}

/* Reads RDATA by ldns, of types that the scanner does not know, such as HIP. */
static int scan_elsewhere(struct reading *r, const struct entry *entry, const char *why, struct zone_rr_read *rr)
{
	char text[NAME_TEXT];
	ldns_rr *parsed = NULL;
	name_write(r->origin.wire, text);
	ldns_rdf *origin = ldns_dname_new_frm_str(text);
	ldns_buffer *buffer = ldns_buffer_new(RDATA_MOST);
	bool well = origin != NULL && buffer != NULL
		&& ldns_rr_new_frm_str(&parsed, r->line.bytes, 0, origin, NULL) == LDNS_STATUS_OK
		&& ldns_rr_rdata2buffer_wire(buffer, parsed) == LDNS_STATUS_OK && ldns_buffer_position(buffer) <= RDATA_MOST;
	if (well) {
		memcpy(r->rdata, ldns_buffer_begin(buffer), ldns_buffer_position(buffer));
		rr->rdata = (struct blob){ r->rdata, ldns_buffer_position(buffer) };
		rr->type = (uint16_t)ldns_rr_get_type(parsed);
	}
	ldns_rr_free(parsed);
	ldns_rdf_deep_free(origin);
	ldns_buffer_free(buffer);
	return well ? DONE : refuse(r, entry->line, why);
}

/* Reads RDATA of any type in the form \# LENGTH HEX... (RFC 3597 section 5). */
static int read_octets(struct reading *r, const struct entry *entry, size_t from, struct blob *rdata)
{
	int64_t length;
	size_t size = 0, digits = 0;
	if (entry->count < from + 2 || !text_number(entry_word(entry, from + 1), 0, RDATA_MOST, &length))
		return refuse(r, entry->line, "behind \\# stands the data's length, 65535 at most");
	for (size_t i = from + 2; i < entry->count; i++)
		for (const char *c = entry_word(entry, i); *c != '\0'; c++, digits++) {
			int digit = ascii_hex(*c);
			if (digit < 0 || digits / 2 >= (size_t)length)
				return refuse(r, entry->line, digit < 0 ? "data behind \\# that is not hexadecimal"
									: "more data behind \\# than its length says");
			r->rdata[digits / 2] = (uint8_t)(digits % 2 == 0 ? digit << 4 : r->rdata[digits / 2] | digit);
		}
	size = digits / 2;
	*rdata = (struct blob){ r->rdata, size };
	return size == (size_t)length && digits % 2 == 0 ? DONE
		: refuse(r, entry->line, "less data behind \\# than its length says");
}

static int read_data(struct reading *r, const struct entry *entry, size_t type_at, struct zone_rr_read *rr)
{
	const char *type = entry_word(entry, type_at);
	rr->type = type_read(type);
	if (rr->type != 0 && entry->count > type_at + 1 && !entry->words[type_at + 1].quoted
		&& strcmp(entry_word(entry, type_at + 1), "\\#") == 0)
		return read_octets(r, entry, type_at + 1, &rr->rdata);
	r->line.length = 0;
	text_addf(&r->line, "@ 0 IN %s", type);
	add_words(r, entry, type_at + 1, rr->type);
	int outcome = scan(r, entry);
	zs_scanner_t *s = r->scanner;
	if (outcome == DONE && s->state == ZS_STATE_ERROR)
		return s->error.code == ZS_UNSUPPORTED_TYPE ? scan_elsewhere(r, entry, zs_strerror(s->error.code), rr)
							    : refuse(r, entry->line, zs_strerror(s->error.code));
	if (outcome == DONE && s->state != ZS_STATE_DATA)
		return refuse(r, entry->line, "no record");
	rr->type = s->r_type;
	rr->rdata = (struct blob){ s->r_data, s->r_data_length };
	return outcome;
}

/* Records. */

/* The TTL of a record that states none: that of $TTL (RFC 2308 section 4); without one, the last TTL stated (RFC 1035
 * section 5.1); before any is stated, the SOA's MINIMUM, which then counts as $TTL. */
static void settle_ttl(struct reading *r, bool stated, struct zone_rr_read *rr)
{
	if (stated) {
		r->has_last = true;
		r->last_ttl = rr->ttl;
		return;
	}
	r->records->left_out += !r->has_default;
	if (r->has_default)
		rr->ttl = r->default_ttl;
	else if (r->has_last)
		rr->ttl = r->last_ttl;
	else if (rr->type == TYPE_SOA && rr->rdata.size >= 4) {
		const uint8_t *minimum = (const uint8_t *)rr->rdata.data + rr->rdata.size - 4;
		r->default_ttl = rr->ttl = (uint32_t)minimum[0] << 24 | (uint32_t)minimum[1] << 16 | (uint32_t)minimum[2] << 8
			| minimum[3];
		r->has_default = true;
	} else
		rr->ttl = TTL_STANDARD;
}

/* Reads [TTL] [CLASS] in either order, and moves *AT to the type. */
static bool read_head(const struct entry *entry, size_t *at, struct zone_rr_read *rr)
{
	bool stated = false, classed = false;
	rr->class = CLASS_IN;
	for (; *at < entry->count; ++*at) {
		const char *word = entry_word(entry, *at);
		if (!stated && read_ttl(word, &rr->ttl))
			stated = true;
		else if (!classed && read_class(word, &rr->class))
			classed = true;
		else
			break;
	}
	return stated;
}

static int take_record(struct entry *entry, void *context, struct error *e)
{
	struct reading *r = context;
	struct zone_rr_read rr = { .place = entry->line };
	size_t at = entry->indented ? 0 : 1;
	int outcome = entry->indented ? DONE : read_name(r, entry, 0, &r->owner);
	(void)e;
	if (outcome != DONE)
		return outcome;
	rr.owner = r->owner;
	bool stated = read_head(entry, &at, &rr);
	if (at == entry->count)
		return refuse(r, entry->line, "a record without a type");
	if (rr.class == CLASS_IN)
		outcome = read_data(r, entry, at, &rr);
	if (outcome != DONE)
		return outcome;
	settle_ttl(r, stated, &rr);
	return zone_records_take(r->records, &rr, r->error);
}

static int take_directive(struct reading *r, struct entry *entry)
{
	const char *word = entry_word(entry, 0);
	if (strcasecmp(word, "$INCLUDE") == 0) /* it would read files that the operator did not name */
		return refuse(r, entry->line, "$INCLUDE is not followed: put all into one file");
	if (strcasecmp(word, "$GENERATE") == 0) {
		struct error why = { "" }; /* what is wrong with a record that is made is in the reading's error */
		int outcome = generate(entry, take_record, r, &why);
		return *why.text != '\0' ? cite(r, outcome, entry->line, why.text) : outcome;
	}
	if (strcasecmp(word, "$ORIGIN") == 0 && entry->count == 2) {
		struct name origin;
		int outcome = read_name(r, entry, 1, &origin);
		if (outcome != DONE)
			return outcome;
		r->origin = origin;
		return set_origin(r, entry);
	}
	if (strcasecmp(word, "$TTL") == 0 && entry->count == 2 && read_ttl(entry_word(entry, 1), &r->default_ttl)) {
		r->has_default = true;
		return DONE;
	}
	return refuse(r, entry->line, "a directive that is not known, or not whole");
}

static int take_entry(struct reading *r, struct entry *entry)
{
	bool directive = !entry->indented && !entry->words[0].quoted && *entry_word(entry, 0) == '$';
	return directive ? take_directive(r, entry) : take_record(entry, r, r->error);
}

static int take_all(struct reading *r, const char *text, size_t size)
{
	struct entry_reader reader = { text, text + size, 1 };
	struct entry entry = { 0 };
	struct error why;
	int outcome = DONE;
	while (outcome == DONE) {
		outcome = entry_read(&reader, &entry, &why);
		if (outcome == DONE)
			outcome = take_entry(r, &entry);
		else if (outcome != ABSENT)
			outcome = cite(r, outcome, entry.line, why.text);
	}
	entry_free(&entry);
	return outcome == ABSENT ? DONE : outcome;
}

/* The file. */

static int read_whole(struct reading *r, struct text *text)
{
	char *chunk = malloc(CHUNK);
	ssize_t got = chunk == NULL ? 0 : 1;
	while (got > 0 && (got = read(r->fd, chunk, CHUNK)) > 0)
		text_add_part(text, chunk, (size_t)got);
	free(chunk);
	if (got < 0)
		return fail(r->error, FAILED, "%s: %s", r->path, strerror(errno));
	return chunk == NULL || text->broken ? no_memory(r) : DONE;
}

static int read_file(struct reading *r)
{
	struct text text = { 0 };
	int outcome = read_whole(r, &text);
	if (outcome == DONE)
		outcome = take_all(r, text.bytes, text.length);
	text_free(&text);
	return outcome;
}

/* Allocates the scanner, for it is too large for a stack. */
static int with_scanner(struct reading *r)
{
	r->scanner = calloc(1, sizeof *r->scanner);
	r->rdata = malloc(RDATA_MOST);
	bool well = r->scanner != NULL && r->rdata != NULL;
	if (well && zs_init(r->scanner, ".", CLASS_IN, TTL_STANDARD) != 0)
		well = false;
	int outcome = well ? set_origin(r, &(struct entry){ .line = 1 }) : no_memory(r);
	if (outcome == DONE)
		outcome = r->entry != NULL ? take_record(r->entry, r, r->error) : read_file(r);
	if (well)
		zs_deinit(r->scanner);
	free(r->scanner);
	free(r->rdata);
	text_free(&r->line);
	return outcome;
}

int zonefile_read(const char *path, const char *origin, struct zone_records *records, struct error *e)
{
	bool standard = strcmp(path, "-") == 0;
	struct reading r = { .records = records, .path = standard ? "standard input" : path, .error = e };
	int outcome = zone_records_begin(records, r.path, true, origin, e);
	if (outcome == DONE)
		outcome = name_read(origin, &r.origin, e);
	if (outcome != DONE)
		return outcome;
	r.owner = r.origin;
	r.fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	outcome = with_scanner(&r);
	if (!standard)
		close(r.fd);
	return outcome == DONE ? zone_records_end(records, e) : outcome;
}

/* The one record that was typed. */

/* Whether a word of the data goes into quotes, which a shell has taken off, or nobody has typed. */
static bool is_string(uint16_t type, const char *word)
{
	return type == TYPE_TXT || *word == '\0' || strpbrk(word, " \t;()\"") != NULL;
}

static int add_string(struct entry *entry, const char *word, struct error *e)
{
	struct text quoted = { 0 };
	for (; *word != '\0'; word++) {
		text_add(&quoted, *word == '"' ? "\\" : "");
		text_add_part(&quoted, word, 1);
		if (*word == '\\' && word[1] != '\0')
			text_add_part(&quoted, ++word, 1);
	}
	int outcome = quoted.broken ? fail(e, FAILED, "out of memory")
		: entry_add(entry, quoted.bytes == NULL ? "" : quoted.bytes, quoted.length, true, false, e);
	text_free(&quoted);
	return outcome;
}

static int add_typed(struct entry *entry, uint16_t type, const char *word, struct error *e)
{
	size_t size = strlen(word);
	for (const char *at = word; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' && *at != '\t')
			return fail(e, REFUSED, "there are control characters in the data");
	if (size > 1 && word[0] == '"' && word[size - 1] == '"' && strchr(word + 1, '"') == word + size - 1)
		return entry_add(entry, word + 1, size - 2, true, false, e);
	return is_string(type, word) ? add_string(entry, word, e) : entry_add(entry, word, size, false, false, e);
}

static int read_typed(struct reading *r, const struct zonefile_typed *typed, const char *origin)
{
	int outcome = zone_records_begin(r->records, NULL, true, origin, r->error);
	if (outcome == DONE)
		outcome = name_read(typed->owner, &r->owner, r->error);
	if (outcome == DONE)
		outcome = entry_add(r->entry, typed->type, strlen(typed->type), false, false, r->error);
	for (int i = 0; i < typed->count && outcome == DONE; i++)
		outcome = add_typed(r->entry, type_read(typed->type), typed->data[i], r->error);
	if (outcome == DONE)
		outcome = with_scanner(r);
	if (outcome == DONE && r->records->has_soa)
		return fail(r->error, REFUSED, "a zone's SOA is its own: see 'windsock zone set --help'");
	if (outcome == DONE && r->records->skipped > 0)
		return fail(r->error, REFUSED, "%s records are made where zones are signed: see 'windsock dnssec --help'", typed->type);
	return outcome;
}

int zonefile_read_typed(const struct zonefile_typed *typed, const char *origin, struct zone_records *records, struct error *e)
{
	struct entry entry = { .indented = true };
	struct reading r = { .records = records, .entry = &entry, .error = e, .origin = { .size = 1 }, .has_default = true,
		.default_ttl = typed->ttl };
	*records = (struct zone_records){ 0 };
	int outcome = type_read(typed->type) == 0 ? fail(e, REFUSED, "'%.40s' is not a type of records", typed->type)
		: read_typed(&r, typed, origin);
	entry_free(&entry);
	return outcome;
}
