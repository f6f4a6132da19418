/* SPDX-License-Identifier: BSD-2-Clause */
/* The only way to the registry. Which database stands behind it, nobody outside of this room knows.
 *
 * Every function that returns an int returns an outcome (lib/error.h). FAILED leaves the transaction to be rolled back by the
 * caller; refusals and absences leave it usable, and nothing of what was refused is written.
 *
 * Order: rows come in the order of their key fields, texts compared by octets, numbers by value; changes by revision.
 *
 * Walks (registry_each and its like, registry_changes, registry_touched) call back for each row. The row and its texts and
 * blobs are the registry's and live until the callback returns. A callback returns DONE to go on; anything else ends the walk, and
 * is what the walk returns. It may do anything with the same registry but begin a walk of the same kind, which is refused: FAILED.
 * Whether a walk sees rows that are written meanwhile is not said.
 *
 * Texts of a row that is read by registry_get or registry_all are the arena's. Texts of a row that is given are the caller's, and are
 * not kept. Rows are in normal form (field_read, row_check). */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "registry/terms.h"

/* Opens a registry at a path. REFUSED for a database of another program or a newer windsock. */
int registry_open(const char *path, enum registry_mode, struct registry **, struct error *);
void registry_close(struct registry *);

/* The path as it was opened: the registry's, as long as it is open. */
const char *registry_path(const struct registry *);

/* How long to wait for another writer; five seconds if never said. */
void registry_patience(struct registry *, int milliseconds);

/* A write transaction; FAILED when another writer holds on for longer than we have patience.
 * Commit returns only when the data are durable: FAILED when the files that it wrote are no longer those
 * that stand there. */
int registry_begin(struct registry *, struct error *);
int registry_act(struct registry *, const struct act *, struct error *);
int registry_commit(struct registry *, struct error *);
void registry_rollback(struct registry *);

/* A part of the open write transaction, one at a time: undo takes back what was written since save, its act
 * among it, and ends the part as keep does. */
int registry_save(struct registry *, struct error *);
int registry_keep(struct registry *, struct error *);
int registry_undo(struct registry *, struct error *);

/* A picture that does not move while it is read, until rollback. */
int registry_freeze(struct registry *, struct error *);

/* Walks all rows of a kind; with OF, those whose first key field is as in the row OF. */
int registry_each(struct registry *, const struct kind *, const void *of, registry_row *, void *context, struct error *);

/* The same of those whose first two key fields are as in the row OF. */
int registry_each_in(struct registry *, const struct kind *, const void *of, registry_row *, void *context, struct error *);

/* Walks the records of OF's zone whose owner is OF's owner below one to four labels with an underscore, in no order:
 * what else the zone holds costs nothing. */
int registry_each_underscore(struct registry *, const struct record *of, registry_row *, void *context, struct error *);

/* Walks the accounts or relays whose token is OF's: by an index, so that asking for a token that nobody has costs
 * the same whoever is named with it. */
int registry_each_by_token(struct registry *, const struct kind *, const void *of, registry_row *, void *context,
	struct error *);

/* All rows of a kind into the arena: *rows is an array of the kind's struct. */
int registry_all(struct registry *, const struct kind *, const void *of, struct arena *, void *rows, size_t *count,
	struct error *);

/* The row whose key fields are as in KEY; texts go to the arena. ABSENT. KEY may be ROW. */
int registry_get(struct registry *, const struct kind *, const void *key, struct arena *, void *row, struct error *);

/* add: EXISTS if there is such a row; REFUSED if it refers to a row that does not exist. set: ABSENT. remove: ABSENT, or
 * EXISTS while other rows refer to it. put: adds the row, or sets it if it exists. */
int registry_add(struct registry *, const struct kind *, const void *row, struct error *);
int registry_set(struct registry *, const struct kind *, const void *row, struct error *);
int registry_put(struct registry *, const struct kind *, const void *row, struct error *);
int registry_remove(struct registry *, const struct kind *, const void *key, struct error *);

/* Removes all rows whose first key field is as in OF. */
int registry_remove_all(struct registry *, const struct kind *, const void *of, struct error *);

int registry_count(struct registry *, const struct kind *, int64_t *count, struct error *);

/* How many hosts an account owns, or how many accounts a network registered: MOST if it is more, so that
 * asking costs no more than that many rows. */
int registry_count_owned(struct registry *, const struct kind *, const char *by, int64_t most, int64_t *count,
	struct error *);

/* Writes a whole copy of what is committed to a file, which may be opened as a registry, and which is checked and durable
 * before it takes the place of what is at PATH. Others may read and write meanwhile. FAILED leaves what is at PATH as it
 * was: for lack of room, or because this registry is damaged. */
int registry_copy(struct registry *, const char *path, struct error *);

/* Removes a registry that nobody has open, and what may have been left beside it. */
void registry_discard(const char *path);

/* The newest change's id. raise makes the next one at least LEAST. */
int registry_revision(struct registry *, int64_t *revision, struct error *);
int registry_raise(struct registry *, int64_t least, struct error *);

/* Adds an entry to the change log for something that is in no row; the entry has only a kind, which is one of these: the
 * serial was raised; signatures are to be made anew, for a zone's keys have changed. */
extern const char registry_serial_note[], registry_signatures_note[];
int registry_note(struct registry *, const char *kind, struct error *);

/* Walks the changes after a revision, oldest first. ABSENT when the log no longer reaches back so far: the reader must
 * reload whole. */
int registry_changes(struct registry *, int64_t after, registry_change *, void *context, struct error *);

/* The same, of revision, time, kind and key alone, which is much cheaper. */
int registry_touched(struct registry *, int64_t after, registry_change *, void *context, struct error *);

/* Walks all changes that there are, the newest first. That the log ends is no fault. */
int registry_changes_back(struct registry *, registry_change *, void *context, struct error *);

/* The time of the oldest change; 0 where there is none. */
int registry_oldest(struct registry *, int64_t *at, struct error *);

/* Removes changes older than the time BEFORE or beyond the newest MOST, but none that a reader heard of since
 * READERS_SINCE has not read. */
int registry_prune(struct registry *, int64_t before, int64_t most, int64_t readers_since, struct error *);

/* Whether others committed since the last call on this connection; cheap enough for every few milliseconds. ABSENT when the
 * file is gone or is another file than was opened: close and open again. */
int registry_news(struct registry *, bool *news, struct error *);

/* What a registry says of itself, by name: not an object, and not in the change log. ABSENT. */
int registry_meta_get(struct registry *, const char *name, struct arena *, const char **value, struct error *);
int registry_meta_set(struct registry *, const char *name, const char *value, struct error *);

#endif
