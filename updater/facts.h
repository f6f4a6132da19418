/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects as JSON and back, by the field tables of model/model.h. */
#ifndef UPDATER_FACTS_H
#define UPDATER_FACTS_H

#include <jansson.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"

/* An object of all fields that may be shown: lists are arrays, numbers numbers, flags booleans, times
 * text or null. NULL when memory is out. */
json_t *facts_show(const struct kind *, const void *row);

/* Reads KEY of a JSON object, if it is there, into a field; *given tells. A number, a boolean, text
 * or an array of text, as the field's kind wants. REFUSED cites it. */
int facts_take(const json_t *object, const char *key, const struct kind *, const char *field, void *row,
	bool *given, struct arena *, struct error *);

/* One JSON object and nothing else; no key twice. REFUSED says where it goes wrong; an empty text is an
 * empty object. */
int facts_read(const char *text, size_t size, json_t **object, struct error *);

#endif
