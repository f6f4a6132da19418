/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark beside the registry, and what it says about a registry that is found there. */
#include "registry/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"
#include "lib/place.h"

enum { MARK = 96 /* octets of a mark's line: one write, in one page */ };

#define FORM "windsock serial revision=%020" PRId64 " offset=%010" PRId64 " anchor=%020" PRId64 " print=%016" PRIx64
#define SCAN "windsock serial revision=%" SCNd64 " offset=%" SCNd64 " anchor=%" SCNd64 " print=%" SCNx64

/* The mark's file. */

int serial_mark_read(const char *registry, struct serial_mark *m, struct error *e)
{
	char path[PLACE_MOST], text[2 * MARK] = "";
	place_real(registry, place_suffix(PLACE_SERIAL), path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return fail(e, ABSENT, "%s: %s", path, strerror(errno));
	if (sscanf(text, SCAN, &m->revision, &m->offset, &m->anchor, &m->print) != 4 || m->revision < 0 || m->offset < 0)
		return fail(e, ABSENT, "%s: it does not say what was served", path);
	return DONE;
}

int serial_mark_open(const char *registry, struct error *e)
{
	char path[PLACE_MOST];
	int fd;
	place_real(registry, place_suffix(PLACE_SERIAL), path);
	int outcome = owner_make(path, registry, OWNER_DATA, &fd, e);
	if (outcome == DONE && owner_keep_name(path, e) != DONE) {
		close(fd);
		return -1;
	}
	if (outcome == EXISTS)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (outcome == EXISTS && fd < 0)
		fail(e, FAILED, "%s: %s", path, strerror(errno));
	return outcome == DONE || outcome == EXISTS ? fd : -1;
}

void serial_mark_write(int fd, const struct serial_mark *m)
{
	char text[2 * MARK];
	int size = snprintf(text, sizeof text, FORM "\n", m->revision, m->offset, m->anchor, m->print);
	if (fd >= 0 && pwrite(fd, text, (size_t)size, 0) != size)
		return; /* a full disk: the mark stays behind, as after a power cut */
	if (fd >= 0) /* on its way to the disk at once, not when the kernel comes to it; nobody waits for that */
		sync_file_range(fd, 0, size, SYNC_FILE_RANGE_WRITE);
}

/* History. */

struct printing {
	int64_t revision;
	uint64_t print;
	bool found;
};

/* FNV-1a: nobody gains by making two rows alike. */
static void add_text(uint64_t *print, const char *text)
{
	for (const char *c = text == NULL ? "" : text;; c++) {
		*print = (*print ^ (unsigned char)*c) * 0x100000001b3u;
		if (*c == '\0')
			return;
	}
}

static int take_first(const struct change *change, void *context, struct error *e)
{
	struct printing *p = context;
	char at[24];
	(void)e;
	p->found = change->revision == p->revision;
	p->print = 0xcbf29ce484222325u;
	snprintf(at, sizeof at, "%" PRId64, change->at);
	add_text(&p->print, at);
	add_text(&p->print, change->kind);
	add_text(&p->print, change->key);
	add_text(&p->print, change->old);
	add_text(&p->print, change->new);
	return EXISTS; /* one is enough */
}

/* Finds the print of a change. ABSENT where the log no longer reaches back to it; UNCHANGED where the log has no
 * change of that number. */
static int find_print(struct registry *r, int64_t revision, uint64_t *print, struct error *e)
{
	struct printing p = { .revision = revision };
	int outcome = registry_changes(r, revision - 1, take_first, &p, e);
	if (outcome != EXISTS && outcome != DONE)
		return outcome;
	*print = p.print;
	return p.found ? DONE : UNCHANGED;
}

int serial_anchor(struct registry *r, int64_t revision, struct serial_mark *m, struct error *e)
{
	uint64_t print;
	int outcome = find_print(r, revision, &print, e);
	if (outcome == DONE) {
		m->anchor = revision;
		m->print = print;
	}
	return outcome < 0 ? outcome : DONE;
}

static int read_number(struct registry *r, const char *name, int64_t *value, struct error *e)
{
	struct arena arena = { 0 };
	const char *text;
	int outcome = registry_meta_get(r, name, &arena, &text, e);
	*value = outcome == DONE ? strtoll(text, NULL, 10) : 0;
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome;
}

int serial_raised(struct registry *r, int64_t *revision, struct error *e)
{
	return read_number(r, "raised", revision, e);
}

/* *same: the registry is of the mark's history, for its log has the mark's anchor; or it no longer reaches back so
 * far, and so cannot tell otherwise. */
static int compare_history(struct registry *r, const struct serial_mark *m, bool *same, struct error *e)
{
	uint64_t print;
	int outcome = m->anchor == 0 ? ABSENT : find_print(r, m->anchor, &print, e);
	*same = outcome == ABSENT || (outcome == DONE && print == m->print);
	return outcome < 0 ? outcome : DONE;
}

int serial_judge(struct registry *r, const struct serial_mark *m, int64_t *offset, struct error *e)
{
	int64_t revision, raised, served = m->revision + m->offset;
	bool same = false;
	int outcome = registry_revision(r, &revision, e);
	if (outcome == DONE)
		outcome = serial_raised(r, &raised, e);
	if (outcome == DONE)
		outcome = compare_history(r, m, &same, e);
	if (outcome != DONE)
		return outcome;
	*offset = 0;
	if (raised > served)
		return DONE;
	*offset = m->offset;
	if (same && revision >= m->revision)
		return DONE;
	*offset = (served > revision ? served : revision) + 2 - revision;
	return fail(e, HARMFUL, "the registry is at revision %" PRId64 " of another history than what was served up to serial "
		"%" PRId64 " (a backup?)", revision, served);
}

int serial_raise(struct registry *r, int64_t past, struct error *e)
{
	char text[24];
	/* two, not one: the number that is left out is a gap in the log, by which transfers know that it does not lead
	 * on */
	snprintf(text, sizeof text, "%" PRId64, past + 1);
	int outcome = registry_raise(r, past + 2, e);
	if (outcome == DONE)
		outcome = registry_meta_set(r, "raised", text, e);
	return outcome == DONE ? registry_note(r, registry_serial_note, e) : outcome;
}

int serial_mend_for(const char *place, struct registry *r, struct error *said, struct error *e)
{
	struct serial_mark m;
	int64_t offset, revision = 0;
	int outcome = serial_mark_read(place, &m, e);
	if (outcome == DONE)
		outcome = serial_judge(r, &m, &offset, e);
	if (outcome < 0 || outcome == ABSENT)
		return outcome;
	if (offset == 0)
		return UNCHANGED;
	outcome = registry_revision(r, &revision, e);
	int64_t served = m.revision + m.offset > revision ? m.revision + m.offset : revision;
	if (outcome == DONE)
		outcome = serial_raise(r, served, e);
	if (outcome == DONE)
		fail(said, DONE, "the registry is of another history than what was served up to serial %" PRId64 " (a "
			"backup?): its revision goes on from %" PRId64 " to %" PRId64 ", and secondaries get whole zones",
			m.revision + m.offset, revision, served + 2);
	return outcome;
}

int serial_mend(struct registry *r, struct error *said, struct error *e)
{
	int outcome = serial_mend_for(registry_path(r), r, said, e);
	return outcome == ABSENT ? UNCHANGED : outcome;
}
