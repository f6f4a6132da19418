/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registry and its engines speak of: connections, how one is opened, acts, changes, and what a walk calls. */
#ifndef REGISTRY_TERMS_H
#define REGISTRY_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"

/* A connection. One thread at a time; threads that work at once have one each. */
struct registry;

enum registry_mode {
	REGISTRY_READ,   /* never writes, not even the schema; ABSENT if there is none */
	REGISTRY_WRITE,  /* brings an older schema up to date, says so in the log, and keeps a copy as it was, PATH.schema-N;
	                  * ABSENT if there is none */
	REGISTRY_SPARE,  /* the same of one that is itself a copy: no other is kept */
	REGISTRY_CREATE, /* the same, and makes an empty one where there is none */
};

/* Who does what follows, for the audit. Texts are cut at 200 and 500 bytes. */
struct act {
	const char *actor;  /* an account, a relay or an operator's login name */
	const char *origin; /* the address, or "tty" and the like */
	const char *verb;   /* what was asked, without secrets */
	const char *reason; /* why, when somebody said so; may be NULL */
};

/* One row of the change log. */
struct change {
	int64_t revision, at;
	const char *kind, *key;
	const struct kind *of; /* the kind of that name; NULL of what is no row (registry_note) */
	const char *old, *new; /* JSON; NULL where there was or is nothing */
	const char *actor, *origin, *verb, *reason; /* "" where nobody said: SQL by hand */
	int64_t act; /* the same of all that one act changed; 0 where nobody said, and of registry_touched */
};

typedef int registry_row(const void *row, void *context, struct error *);
typedef int registry_change(const struct change *, void *context, struct error *);

#endif
