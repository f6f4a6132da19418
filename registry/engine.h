/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands behind the registry: an engine, which is a table of functions. This room alone knows it; what each function has
 * to do says registry/registry.h, under the same name. */
#ifndef REGISTRY_ENGINE_H
#define REGISTRY_ENGINE_H

#include "registry/terms.h"

/* A walk that goes on, the innermost first. OF: its kind, or what else is walked. */
struct walk {
	const void *of;
	const struct walk *outer;
};

struct registry {
	const struct registry_engine *engine;
	const char *path; /* as it was opened */
	const struct walk *walks;
};

struct registry_engine {
	void (*close)(struct registry *);
	void (*patience)(struct registry *, int milliseconds);
	int (*begin)(struct registry *, struct error *);
	int (*act)(struct registry *, const struct act *, struct error *);
	int (*commit)(struct registry *, struct error *);
	void (*rollback)(struct registry *);
	int (*save)(struct registry *, struct error *);
	int (*keep)(struct registry *, struct error *);
	int (*undo)(struct registry *, struct error *);
	int (*freeze)(struct registry *, struct error *);
	int (*each)(struct registry *, const struct kind *, const void *of, registry_row *,
		void *context, struct error *);
	int (*each_in)(struct registry *, const struct kind *, const void *of, registry_row *,
		void *context, struct error *);
	int (*each_underscore)(struct registry *, const struct record *of, registry_row *, void *context,
		struct error *);
	int (*each_by_token)(struct registry *, const struct kind *, const void *of, registry_row *,
		void *context, struct error *);
	int (*get)(struct registry *, const struct kind *, const void *key, struct arena *, void *row,
		struct error *);
	int (*add)(struct registry *, const struct kind *, const void *row, struct error *);
	int (*set)(struct registry *, const struct kind *, const void *row, struct error *);
	int (*remove)(struct registry *, const struct kind *, const void *key, struct error *);
	int (*remove_all)(struct registry *, const struct kind *, const void *of, struct error *);
	int (*count)(struct registry *, const struct kind *, int64_t *count, struct error *);
	int (*count_owned)(struct registry *, const struct kind *, const char *by, int64_t most, int64_t *count,
		struct error *);
	int (*copy)(struct registry *, const char *path, struct error *);
	int (*revision)(struct registry *, int64_t *revision, struct error *);
	int (*raise)(struct registry *, int64_t least, struct error *);
	int (*note)(struct registry *, const char *kind, struct error *);
	int (*changes)(struct registry *, int64_t after, registry_change *, void *context,
		struct error *);
	int (*touched)(struct registry *, int64_t after, registry_change *, void *context,
		struct error *);
	int (*changes_back)(struct registry *, registry_change *, void *context, struct error *);
	int (*oldest)(struct registry *, int64_t *at, struct error *);
	int (*prune)(struct registry *, int64_t before, int64_t most, int64_t readers_since,
		struct error *);
	int (*news)(struct registry *, bool *news, struct error *);
	int (*meta_get)(struct registry *, const char *name, struct arena *, const char **value,
		struct error *);
	int (*meta_set)(struct registry *, const char *name, const char *value, struct error *);
};

#endif
