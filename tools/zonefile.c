/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cursor.h"
#include "lib/name.h"
#include "tools/rdata_text.h"
#include "tools/transfer.h"

enum {
	CLASS_IN = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_DNAME = 39,
	TTL_STANDARD = 3600,
	TTL_MOST = 2147483647,
	CHUNK = 1 << 16,
	RR_FIXED = 12, /* a pointer to the owner, type, class, TTL, RDLENGTH */
	RRSET_MOST = 65535 - 12 - NAME_WIRE - 4 - 11, /* beside header, question and OPT in one message */
};

struct reading {
	struct zonefile *file;
	const char *path;
	struct name origin;
	struct error *error;
	int outcome;
	char owner[NAME_TEXT]; /* of the last record: most follow another of the same */
	const char *owner_copy;
};

static void stop(struct reading *r, zs_scanner_t *s, const char *what)
{
	r->outcome = fail(r->error, REFUSED, "%s:%llu: %s", r->path, (unsigned long long)s->line_counter, what);
}

static void take_soa(struct reading *r, zs_scanner_t *s)
{
	struct zonefile *f = r->file;
	char text[NAME_TEXT];
	if (f->has_soa) {
		stop(r, s, "a second SOA");
		return;
	}
	size_t primary = name_size(s->r_data, s->r_data_length);
	size_t contact = primary == 0 ? 0 : name_size(s->r_data + primary, s->r_data_length - primary);
	if (contact == 0 || s->r_data_length != primary + contact + 20) {
		stop(r, s, "the SOA is not whole");
		return;
	}
	name_write(s->r_data, text);
	f->zone.primary = arena_text(&f->arena, text);
	name_write(s->r_data + primary, text);
	f->zone.contact = arena_text(&f->arena, text);
	struct cursor times = cursor_reading(s->r_data + primary + contact, 20);
	f->serial = cursor_u32(&times);
	f->zone.refresh = cursor_u32(&times);
	f->zone.retry = cursor_u32(&times);
	f->zone.expire = cursor_u32(&times);
	f->zone.minimum = cursor_u32(&times);
	f->zone.ttl = s->r_ttl;
	f->has_soa = true;
	if (row_check(&zone_kind, &f->zone, r->error) != DONE) {
		struct error why = *r->error;
		stop(r, s, why.text);
	}
}

/* RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM and what else a signer makes. */
static bool of_a_signer(uint16_t type)
{
	return (type >= 46 && type <= 48) || type == 50 || type == 51 || type == 63;
}

static bool grow(struct zonefile *f)
{
	if (f->count < f->room)
		return true;
	size_t room = f->room == 0 ? 256 : f->room * 2;
	struct zonefile_record *records = realloc(f->records, room * sizeof *records);
	if (records == NULL)
		return false;
	f->records = records;
	f->room = room;
	return true;
}

static void keep(struct reading *r, zs_scanner_t *s)
{
	struct zonefile *f = r->file;
	char owner[NAME_TEXT];
	name_write(s->r_owner, owner);
	if (r->owner_copy == NULL || strcmp(owner, r->owner) != 0) {
		r->owner_copy = arena_text(&f->arena, owner);
		strcpy(r->owner, owner);
	}
	void *rdata = arena_bytes(&f->arena, s->r_data_length + 1);
	if (r->owner_copy == NULL || rdata == NULL || !grow(f)) {
		r->outcome = fail(r->error, FAILED, "out of memory");
		return;
	}
	memcpy(rdata, s->r_data, s->r_data_length);
	f->records[f->count++] = (struct zonefile_record){ .line = (size_t)s->line_counter,
		.row = { .zone = f->zone.name, .owner = r->owner_copy, .type = s->r_type,
			.ttl = s->r_ttl, .rdata = { rdata, s->r_data_length } } };
	progress("records read:", f->count, false);
}

static void take_record(struct reading *r, zs_scanner_t *s)
{
	struct name owner = { .size = (uint8_t)s->r_owner_length };
	if (s->r_owner_length > NAME_WIRE) {
		stop(r, s, "the owner's name is longer than 255 octets");
		return;
	}
	name_lower(s->r_owner, owner.wire, owner.size);
	if (s->r_class != CLASS_IN)
		stop(r, s, "only class IN is served");
	else if (!name_within(&owner, &r->origin))
		stop(r, s, "the record is outside the zone");
	else if (s->r_ttl > TTL_MOST)
		stop(r, s, "the TTL is beyond 2147483647 (RFC 2181 section 8)");
	else if (s->r_type == TYPE_SOA && !name_equal(&owner, &r->origin))
		stop(r, s, "an SOA that is not at the zone's apex");
	else if (s->r_type == TYPE_SOA)
		take_soa(r, s);
	else if (of_a_signer(s->r_type))
		r->file->skipped++;
	else if (s->r_type == 0 || s->r_type == 41 || (s->r_type >= 249 && s->r_type <= 255))
		stop(r, s, "a type that cannot stand in a zone");
	else if (!rdata_whole(s->r_type, (struct blob){ s->r_data, s->r_data_length }))
		stop(r, s, "the RDATA is not of its type's form");
	else
		keep(r, s);
}

int record_compare(const struct record *a, const struct record *b)
{
	int order = strcmp(a->owner, b->owner);
	if (order == 0)
		order = (a->type > b->type) - (a->type < b->type);
	size_t least = a->rdata.size < b->rdata.size ? a->rdata.size : b->rdata.size;
	if (order == 0 && least > 0)
		order = memcmp(a->rdata.data, b->rdata.data, least);
	return order != 0 ? order : (a->rdata.size > b->rdata.size) - (a->rdata.size < b->rdata.size);
}

static int compare(const void *left, const void *right)
{
	const struct zonefile_record *a = left, *b = right;
	return record_compare(&a->row, &b->row);
}

static bool same_owner(const struct zonefile_record *a, const struct zonefile_record *b)
{
	return strcmp(a->row.owner, b->row.owner) == 0;
}

static bool same_set(const struct zonefile_record *a, const struct zonefile_record *b)
{
	return a->row.type == b->row.type && same_owner(a, b);
}

/* Sorted records: doubles go, and an RRset gets one TTL. */
static void settle(struct zonefile *f)
{
	struct zonefile_record *records = f->records;
	size_t kept = 0;
	for (size_t i = 0; i < f->count; i++)
		if (kept == 0 || compare(&records[kept - 1], &records[i]) != 0)
			records[kept++] = records[i];
		else if (records[i].row.ttl < records[kept - 1].row.ttl)
			records[kept - 1].row.ttl = records[i].row.ttl;
	f->count = kept;
	for (size_t first = 0, end; first < kept; first = end) {
		int64_t lowest = records[first].row.ttl;
		bool differ = false;
		for (end = first + 1; end < kept && same_set(&records[first], &records[end]); end++) {
			differ |= records[end].row.ttl != lowest;
			lowest = records[end].row.ttl < lowest ? records[end].row.ttl : lowest;
		}
		for (size_t i = first; differ && i < end; i++)
			records[i].row.ttl = lowest;
		f->differing += differ;
	}
}

static int refuse(const char *path, const struct zonefile_record *record, const char *what, struct error *e)
{
	return fail(e, REFUSED, "%s:%zu: %s %s", path, record->line, record->row.owner, what);
}

/* One owner's records: RFC 2181 section 10.1, RFC 6672 section 2.4. What is cited is the last of
 * those that cannot stand side by side. */
static int check_owner(const struct zonefile *f, size_t first, size_t end, const char *path, struct error *e)
{
	size_t aliases = 0, renamings = 0;
	const struct zonefile_record *last = &f->records[first];
	for (size_t i = first; i < end; i++) {
		aliases += f->records[i].row.type == TYPE_CNAME;
		renamings += f->records[i].row.type == TYPE_DNAME;
		if (f->records[i].line > last->line)
			last = &f->records[i];
	}
	if (aliases > 1 && aliases == end - first)
		return refuse(path, last, "has more than one CNAME (RFC 2181 section 10.1)", e);
	if (aliases > 0 && (end - first > 1 || strcmp(last->row.owner, f->zone.name) == 0))
		return refuse(path, last, "has a CNAME and other data (RFC 2181 section 10.1)", e);
	if (renamings > 1)
		return refuse(path, last, "has more than one DNAME (RFC 6672 section 2.4)", e);
	return DONE;
}

static int compare_owner(const void *owner, const void *record)
{
	return strcmp(owner, ((const struct zonefile_record *)record)->row.owner);
}

/* Whether the name owns a DNAME. Records are sorted by owner: one of its is found, and the others
 * stand around it. */
static bool renames(const struct zonefile *f, const char *owner)
{
	const struct zonefile_record *end = f->records + f->count,
		*found = bsearch(owner, f->records, f->count, sizeof *found, compare_owner);
	if (found == NULL)
		return false;
	while (found > f->records && strcmp(found[-1].row.owner, owner) == 0)
		found--;
	for (; found < end && strcmp(found->row.owner, owner) == 0; found++)
		if (found->row.type == TYPE_DNAME)
			return true;
	return false;
}

static int check_renamed(const struct zonefile *f, const char *path, struct error *e)
{
	bool any = false;
	for (size_t i = 0; i < f->count; i++)
		any |= f->records[i].row.type == TYPE_DNAME;
	for (size_t i = 0; i < f->count && any; i++) {
		const struct zonefile_record *record = &f->records[i];
		for (const char *at = name_parent(record->row.owner); at != NULL; at = name_parent(at))
			if (renames(f, at))
				return refuse(path, record, "stands below a DNAME (RFC 6672 section 2.4)", e);
	}
	return DONE;
}

/* The RRset that begins at FIRST must fit into a message. */
static int check_size(const struct zonefile *f, size_t first, const char *path, struct error *e)
{
	size_t size = 0;
	if (first > 0 && same_set(&f->records[first - 1], &f->records[first]))
		return DONE;
	for (size_t i = first; i < f->count && same_set(&f->records[first], &f->records[i]); i++) {
		size += RR_FIXED + f->records[i].row.rdata.size;
		if (size > RRSET_MOST)
			return refuse(path, &f->records[i], "has more of this type than fit into a message", e);
	}
	return DONE;
}

static int check_zone(const struct zonefile *f, const char *path, struct error *e)
{
	bool served = false;
	int outcome = DONE;
	for (size_t first = 0, end; first < f->count && outcome == DONE; first = end) {
		for (end = first + 1; end < f->count; end++)
			if (!same_owner(&f->records[first], &f->records[end]))
				break;
		outcome = check_owner(f, first, end, path, e);
		bool apex = strcmp(f->records[first].row.owner, f->zone.name) == 0;
		for (size_t i = first; i < end && outcome == DONE; i++) {
			served |= apex && f->records[i].row.type == TYPE_NS;
			outcome = check_size(f, i, path, e);
		}
	}
	if (outcome == DONE)
		outcome = check_renamed(f, path, e);
	if (outcome == DONE && !served)
		outcome = fail(e, REFUSED, "%s: the zone has no NS at its apex, %s", path, f->zone.name);
	return outcome;
}

static int read_whole(struct reading *r, int fd, struct text *text)
{
	char *chunk = malloc(CHUNK);
	ssize_t got = chunk == NULL ? 0 : 1;
	while (got > 0 && (got = read(fd, chunk, CHUNK)) > 0)
		text_add_part(text, chunk, (size_t)got);
	text_add(text, "\n"); /* the last line may lack it */
	free(chunk);
	if (got < 0)
		return fail(r->error, FAILED, "%s: %s", r->path, strerror(errno));
	return chunk == NULL || text->broken ? fail(r->error, FAILED, "out of memory") : DONE;
}

/* An $INCLUDE is refused, for it would read files that nobody named. */
static void scan_all(zs_scanner_t *s, struct reading *r)
{
	while (r->outcome == DONE && zs_parse_record(s) == 0) {
		if (s->state == ZS_STATE_DATA)
			take_record(r, s);
		else if (s->state == ZS_STATE_ERROR)
			stop(r, s, zs_strerror(s->error.code));
		else if (s->state == ZS_STATE_INCLUDE)
			stop(r, s, "$INCLUDE is not followed: put all into one file");
		else
			break;
	}
	if (r->outcome == DONE && s->state == ZS_STATE_ERROR)
		stop(r, s, zs_strerror(s->error.code));
}

static int scan(zs_scanner_t *s, struct reading *r, int fd)
{
	struct text text = { 0 };
	int outcome = read_whole(r, fd, &text);
	if (outcome == DONE && zs_set_input_string(s, text.bytes, text.length) != 0)
		outcome = fail(r->error, FAILED, "%s: %s", r->path, zs_strerror(s->error.code));
	if (outcome == DONE) {
		scan_all(s, r);
		outcome = r->outcome;
	}
	text_free(&text);
	return outcome;
}

int zonefile_read(const char *path, const char *origin, struct zonefile *f, struct error *e)
{
	char dotted[NAME_TEXT + 1];
	bool standard = strcmp(path, "-") == 0;
	struct reading r = { .file = f, .path = standard ? "standard input" : path, .error = e };
	*f = (struct zonefile){ 0 };
	f->zone.name = arena_text(&f->arena, origin);
	int outcome = name_read(origin, &r.origin, e);
	if (outcome != DONE)
		return outcome;
	snprintf(dotted, sizeof dotted, "%s%s", origin, strcmp(origin, ".") == 0 ? "" : ".");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	zs_scanner_t *s = calloc(1, sizeof *s); /* it is larger than a thread's stack should bear */
	if (s == NULL || zs_init(s, dotted, CLASS_IN, TTL_STANDARD) != 0)
		outcome = fail(e, FAILED, "out of memory");
	else
		outcome = scan(s, &r, fd);
	progress("", 0, true);
	if (s != NULL)
		zs_deinit(s);
	free(s);
	if (!standard)
		close(fd);
	if (outcome != DONE)
		return outcome;
	if (f->count > 0)
		qsort(f->records, f->count, sizeof *f->records, compare);
	settle(f);
	return check_zone(f, r.path, e);
}

void zonefile_free(struct zonefile *f)
{
	free(f->records);
	arena_free(&f->arena);
}
