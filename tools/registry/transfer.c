/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock export` and `windsock import`. */
#include "registry/serial.h"
#include "lib/place.h"
#include "tools/registry/transfer.h"
#include "tools/registry/declared.h"
#include "tools/registry/line.h"
#include "tools/registry/preview.h"
#include "tools/registry/registry_verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"
#include "tools/lines.h"
#include "tools/relay/relay.h"

enum { FORMAT = 1, ARENA_MOST = 1 << 20, PROGRESS_STEP = 10000 };

void progress(const char *what, size_t count, bool done)
{
	static int terminal = -1;
	if (terminal < 0)
		terminal = isatty(STDERR_FILENO);
	if (terminal && (done || count % PROGRESS_STEP == 0))
		fprintf(stderr, done ? "\r\033[K" : "\r%s %zu", what, count);
}

/* The first octets of a fixed word's keyed hash: they tell keys apart, and reveal nothing else. */
static int fingerprint(struct command *c, char *hex, struct error *e)
{
	struct keys keys;
	uint8_t hash[TOKEN_HASH];
	int outcome = keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	if (outcome != DONE)
		return outcome;
	token_hash(&keys, "fingerprint", 11, hash);
	hex_write(hash, 8, hex);
	secret_forget(&keys, sizeof keys);
	return DONE;
}

static bool secret_within(const struct kind *kind, const void *row)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if (f->kind == FIELD_BLOB && (f->flags & FIELD_HIDDEN) != 0 && kind != &signature_kind
			&& strcmp(f->name, "sign") != 0 && field_blob(f, row).size > 0)
			return true;
	return false;
}

static int see_secret(const void *row, void *context, struct error *e)
{
	(void)e;
	return secret_within(context, row) ? UNCHANGED : DONE;
}

/* Whether the registry holds anything that was sealed or hashed with the key. */
static int holds_secrets(struct command *c, bool *any, struct error *e)
{
	static const struct kind *const kinds[] = { &account_kind, &relay_kind, &host_kind, &tsig_kind };
	*any = false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !*any; i++) {
		int outcome = registry_each(c->registry, kinds[i], NULL, see_secret,
			(void *)(uintptr_t)kinds[i], e);
		if (outcome < 0)
			return outcome;
		*any = outcome == UNCHANGED;
	}
	return DONE;
}

/* The fingerprint of the key under which the registry's secrets were made: that of an import, or that
 * of the key file; "" when there are none. The arena's. */
static int secrets_key(struct command *c, const char **key, struct error *e)
{
	char *own = arena_bytes(&c->arena, 17);
	bool any = false;
	*key = "";
	int outcome = own == NULL ? fail(e, FAILED, "out of memory") : holds_secrets(c, &any, e);
	if (outcome != DONE || !any)
		return outcome;
	outcome = registry_meta_get(c->registry, "key", &c->arena, key, e);
	if (outcome != ABSENT)
		return outcome;
	outcome = fingerprint(c, own, e);
	*key = outcome == DONE ? own : "";
	return outcome == ABSENT ? DONE : outcome;
}

struct exporting {
	FILE *out;
	const struct kind *kind;
	bool declared; /* what operators decide, alone */
	struct text line;
};

static int export_row(const void *row, void *context, struct error *e)
{
	struct exporting *x = context;
	x->line.length = 0;
	if (x->declared && declared_by_client(x->kind, row))
		return DONE;
	if (x->declared)
		line_write_declared(x->kind, row, &x->line);
	else
		line_write(x->kind, row, &x->line);
	if (x->line.broken)
		return fail(e, FAILED, "out of memory");
	return fwrite(x->line.bytes, 1, x->line.length, x->out) == x->line.length ? DONE
		: fail(e, FAILED, "writing: %s", strerror(errno));
}

int verb_export(struct command *c, struct error *e)
{
	const char *key = "";
	int64_t revision = 0;
	struct exporting x = { .out = c->out, .declared = option_flag(c, "declared") };
	int outcome = options_done(c, e);
	if (outcome == DONE && !x.declared)
		outcome = secrets_key(c, &key, e);
	if (outcome == DONE)
		outcome = registry_revision(c->registry, &revision, e);
	if (outcome == DONE)
		fprintf(c->out, "windsock %d revision=%lld%s%s\n", FORMAT, (long long)revision, *key == '\0' ? "" : " key=", key);
	for (const struct kind *const *kind = model_kinds; *kind != NULL && outcome == DONE; kind++) {
		x.kind = *kind;
		if (x.declared && !declared_kind(*kind))
			continue;
		outcome = registry_each(c->registry, *kind, NULL, export_row, &x, e);
	}
	text_free(&x.line);
	return outcome;
}

int add_pools(struct command *c, const struct release *release, struct error *e)
{
	size_t length;
	const char *rest = release->pools;
	int outcome = DONE;
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		struct pool pool;
		outcome = row_standard(&pool_kind, &pool, &c->arena, e);
		if (outcome == DONE)
			pool.label = arena_text_part(&c->arena, word, length);
		if (outcome == DONE)
			outcome = registry_add(c->registry, &pool_kind, &pool, e);
		outcome = outcome == EXISTS ? DONE : outcome;
	}
	return outcome;
}

struct importing {
	struct command *command;
	const struct kind *const *kinds;
	struct declaring *declaring; /* NULL, unless the file is to be all that there is */
	bool sealed_elsewhere; /* the file's secrets are of another key than the registry's: they cannot be mixed */
	struct arena arena;
	size_t count;
};

/* The file's secrets may come into a registry that holds none, or only secrets of the same key. */
static int take_key(struct importing *m, const char *key, struct error *e)
{
	struct command *c = m->command;
	const char *here;
	char own[17] = "";
	int outcome = secrets_key(c, &here, e);
	if (outcome != DONE)
		return outcome;
	m->sealed_elsewhere = *here != '\0' && strcmp(here, key) != 0;
	if (m->sealed_elsewhere)
		return DONE;
	outcome = fingerprint(c, own, e);
	if (outcome < 0)
		return outcome;
	if (strcmp(own, key) != 0)
		note("its secrets and tokens were made under another key: until that key's file stands at "
		     "%s.key, or they are set anew, they match nothing", c->registry_path);
	return registry_meta_set(c->registry, "key", key, e);
}

/* The registry goes on from the exported one's revision, for secondaries have serials up to that. */
static int take_revision(struct importing *m, const char *text, struct error *e)
{
	struct registry *r = m->command->registry;
	char digits[24] = "";
	int64_t exported, here = 0;
	snprintf(digits, sizeof digits, "%.*s", (int)strspn(text, "0123456789"), text);
	if (!text_number(digits, 0, INT64_MAX / 2, &exported))
		return fail(e, REFUSED, "'revision=%.20s' is no revision", text);
	int outcome = registry_revision(r, &here, e);
	if (outcome == DONE && m->declaring != NULL && here >= exported)
		outcome = declared_since(m->declaring, exported, e);
	if (outcome != DONE || here >= exported)
		return outcome;
	note("the revision goes on from %lld to %lld, past that of the registry that was exported", (long long)here,
		(long long)exported + 2);
	return serial_raise(r, exported, e);
}

/* "windsock 1 revision=NUMBER key=FINGERPRINT" */
static int read_head(struct importing *m, const char *line, struct error *e)
{
	char head[16];
	int length = snprintf(head, sizeof head, "windsock %d", FORMAT);
	if (strncmp(line, head, (size_t)length) != 0 || (line[length] != ' ' && line[length] != '\0'))
		return fail(e, REFUSED, "'%.40s' is of a form that this windsock does not know", line);
	const char *revision = strstr(line, " revision="), *key = strstr(line, " key=");
	int outcome = revision == NULL ? DONE : take_revision(m, revision + strlen(" revision="), e);
	if (outcome != DONE)
		return outcome;
	return key == NULL ? DONE : take_key(m, key + 5, e);
}

static bool taken(const struct kind *const *kinds, const struct kind *kind)
{
	while (*kinds != NULL && *kinds != kind)
		kinds++;
	return *kinds != NULL;
}

/* Adds a row, or sets it if it differs: the change log is to hold real changes only. */
static int put(struct importing *m, const struct kind *kind, union any_row *row, uint64_t given, struct error *e)
{
	union any_row there;
	struct registry *registry = m->command->registry;
	int outcome = registry_add(registry, kind, row, e);
	if (outcome != EXISTS || kind == &signature_kind)
		return outcome == EXISTS ? DONE : outcome;
	outcome = registry_get(registry, kind, row, &m->arena, &there, e);
	if (outcome == DONE)
		line_keep(kind, row, &there, given);
	if (outcome == DONE && kind == &zone_kind)
		outcome = preview_judge_zone(m->command, &there.zone, &row->zone, e);
	if (outcome == DONE && !lines_same(kind, row, &there))
		outcome = registry_set(registry, kind, row, e);
	return outcome;
}

static int import_line(char *line, void *context, struct error *e)
{
	struct importing *m = context;
	union any_row row;
	uint64_t given = 0;
	const struct kind *kind;
	struct command *c = m->command;
	if (strncmp(line, "windsock ", 9) == 0)
		return read_head(m, line, e);
	if (strncmp(line, "declares ", 9) == 0)
		return m->declaring == NULL ? DONE : declared_words(m->declaring, line + 9, e);
	int outcome = line_read_given(line, &kind, &row, &given, &m->arena, e);
	if (outcome != DONE)
		return outcome == ABSENT ? DONE : outcome;
	if (!taken(m->kinds, kind))
		return fail(e, REFUSED, "a %s has no place in this file", kind->name);
	if (m->sealed_elsewhere && secret_within(kind, &row))
		return fail(e, REFUSED, "it holds secrets under another key than those that are here: import it "
			"into an empty registry");
	if (kind == &relay_kind)
		outcome = addresses_usable(row.relay.addresses, true, e);
	if (kind == &host_kind)
		outcome = addresses_usable(row.host.addresses, false, e);
	if (outcome == DONE && m->declaring != NULL)
		outcome = declared_take(m->declaring, kind, &row, given, e);
	else if (outcome == DONE && kind == &release_kind)
		outcome = add_pools(c, &row.release, e);
	if (outcome == DONE && m->declaring == NULL)
		outcome = put(m, kind, &row, given, e);
	progress("lines imported:", ++m->count, false);
	if (m->arena.total > ARENA_MOST)
		arena_free(&m->arena);
	return outcome;
}

int import_file(struct command *c, const char *path, const struct kind *const *kinds, struct error *e)
{
	struct importing m = { .command = c, .kinds = kinds };
	c->reading = true;
	int outcome = each_line(path, import_line, &m, e);
	progress("", 0, true);
	if (outcome == DONE)
		say(c, "%zu lines imported", m.count);
	arena_free(&m.arena);
	return outcome;
}

/* The same, and then there is nothing but what the file has. */
static int replace_by_file(struct command *c, const char *path, struct error *e)
{
	struct importing m = { .command = c, .kinds = model_kinds };
	c->reading = true;
	int outcome = declared_begin(c, &m.declaring, e);
	if (outcome == DONE)
		outcome = each_line(path, import_line, &m, e);
	progress("", 0, true);
	if (outcome == DONE)
		outcome = declared_finish(m.declaring, e);
	declared_end(m.declaring);
	arena_free(&m.arena);
	return outcome;
}

int verb_import(struct command *c, struct error *e)
{
	const char *path = c->word_count > 0 ? c->words[0] : "-";
	bool replaces = option_flag(c, "replace");
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	return replaces ? replace_by_file(c, path, e) : import_file(c, path, model_kinds, e);
}
