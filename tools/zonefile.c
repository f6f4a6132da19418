/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLASS_IN = 1, TTL_STANDARD = 3600, CHUNK = 1 << 16 };

struct reading {
	struct zone_records *records;
	const char *path;
	struct error *error;
	int outcome;
};

static void stop(struct reading *r, zs_scanner_t *s, const char *what)
{
	r->outcome = fail(r->error, REFUSED, "%s:%llu: %s", r->path, (unsigned long long)s->line_counter, what);
}

static void take_record(struct reading *r, zs_scanner_t *s)
{
	struct zone_rr_read rr = { .owner.size = (uint8_t)s->r_owner_length, .type = s->r_type, .class = s->r_class,
		.ttl = s->r_ttl, .rdata = { s->r_data, s->r_data_length }, .place = (size_t)s->line_counter };
	if (s->r_owner_length > NAME_WIRE) {
		stop(r, s, "the owner's name is longer than 255 octets");
		return;
	}
	name_lower(s->r_owner, rr.owner.wire, rr.owner.size);
	r->outcome = zone_records_take(r->records, &rr, r->error);
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

int zonefile_read(const char *path, const char *origin, struct zone_records *records, struct error *e)
{
	char dotted[NAME_TEXT + 1];
	bool standard = strcmp(path, "-") == 0;
	struct reading r = { .records = records, .path = standard ? "standard input" : path, .error = e };
	int outcome = zone_records_begin(records, r.path, true, origin, e);
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
	if (s != NULL)
		zs_deinit(s);
	free(s);
	if (!standard)
		close(fd);
	return outcome == DONE ? zone_records_end(records, e) : outcome;
}
