/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of an object, in words of the field tables: for the change log, and for what a change would do. */
#ifndef TOOLS_ROW_WORDS_H
#define TOOLS_ROW_WORDS_H

#include <jansson.h>

#include "model/model.h"

/* An object as it was and as it is; NULL where there was or is none. Bit N of the sets is the kind's Nth field. */
struct row_sides {
	const struct kind *kind;
	const void *was, *is;
	uint64_t told;    /* fields whose values are known; of the others, nothing is said */
	uint64_t secrets; /* hidden fields that are others than before */
};

/* Of two rows of which all is known. */
struct row_sides row_sides(const struct kind *, const void *was, const void *is);

/* Whether anything in them differs. */
bool row_changed(const struct row_sides *);

/* Appends "relay r1": the kind, and the key as the change log has it; of a record, that is its zone. */
void row_words_key(const struct row_sides *, struct text *);

/* Appends what tells of the object: of one that changed, the fields that did, as "weight 100 -> 50, tls 1.0 -> 1.0-1.2"; of
 * one that came or went, its state and the like, and what differs from a new object's, as "state service, weight 50". A record stands before them as
 * "www.b5p.us A 192.0.2.1". Nothing is appended where nothing differs. */
void row_words(const struct row_sides *, struct text *);

/* The same as JSON: "kind", "key", "was" and "is" (null, or the values by their fields), in the words of `list --json`; of one
 * that changed, the fields that did and "secrets", the names of hidden ones. */
json_t *row_sides_json(const struct row_sides *);

#endif
