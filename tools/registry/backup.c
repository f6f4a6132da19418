/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock backup` and `restore`: a folder in which the registry stands with all that a machine cannot make anew, under the
 * names that it has at home, so that the folder is itself a registry that can be looked at. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/copy.h"
#include "lib/owner.h"
#include "lib/place.h"
#include "registry/serial.h"
#include "registry/telemetry.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"

enum {
	PATIENCE = 10000, /* for who is writing telemetry, in milliseconds */
	/* A machine that was lost went on after its backup. Nobody knows how far its serials came: they are taken to have grown
	 * by no more than this, and by so many a second since. */
	LEAD = 1000000,
	LEAD_A_SECOND = 100,
	LEAD_MOST = 1 << 30, /* half of what RFC 1982 takes for forward */
};

/* The registry as it is named in a backup's folder. */
static char *registry_in(struct command *c, const char *folder)
{
	return arena_format(&c->arena, "%s/registry", folder);
}

/* Gives each file of a folder to TAKE, with its name here and there. A folder that is not there has none. */
typedef int take_file(const char *from, const char *to, const char *like, struct error *);
static int each_file(struct command *c, const char *from, const char *to, const char *like, take_file *take, struct error *e)
{
	DIR *files = opendir(from);
	if (files == NULL)
		return errno == ENOENT ? DONE : fail(e, FAILED, "directory %s: %s", from, strerror(errno));
	int outcome = DONE;
	for (struct dirent *file; outcome == DONE && (file = readdir(files)) != NULL;) {
		struct stat status;
		char *a = arena_format(&c->arena, "%s/%s", from, file->d_name), *b = arena_format(&c->arena, "%s/%s", to, file->d_name);
		if (a == NULL || b == NULL)
			outcome = fail(e, FAILED, "out of memory");
		else if (stat(a, &status) == 0 && S_ISREG(status.st_mode)) /* what is renamed meanwhile is there by its new name */
			outcome = take(a, b, like, e);
	}
	closedir(files);
	return outcome;
}

static int copy_secret(const char *from, const char *to, const char *like, struct error *e)
{
	int outcome = copy_file(from, to, like, OWNER_SECRET, e);
	return outcome == ABSENT ? DONE : outcome;
}

/* EXISTS if there is something else at TO. */
static int check_free(const char *from, const char *to, const char *like, struct error *e)
{
	bool same = false;
	struct error none;
	(void)like;
	if (access(to, F_OK) != 0)
		return DONE;
	if (copy_same(from, to, &same, &none) == DONE && same)
		return DONE;
	return fail(e, REFUSED, "%s is there, and not what the backup has: move it away first", to);
}

/* What is there by now is the same. */
static int copy_missing(const char *from, const char *to, const char *like, struct error *e)
{
	int outcome = copy_secret(from, to, like, e);
	if (outcome == DONE)
		outcome = owner_keep_name(to, e);
	return outcome == EXISTS ? DONE : outcome;
}

static int remove_file(const char *from, const char *to, const char *like, struct error *e)
{
	(void)to, (void)like, (void)e;
	unlink(from);
	return DONE;
}

/* A folder that this command made, and what it put there. */
static void remove_folder(struct command *c, const char *folder)
{
	each_file(c, folder, folder, NULL, remove_file, NULL);
	rmdir(folder);
}

/* With --json, what was made. */
static void tell(const struct command *c, const char *path, int64_t revision)
{
	if (c->json)
		print_json(c, json_pack("{s:s, s:I}", "path", path, "revision", (json_int_t)revision));
}

/* Backup. */

struct backup {
	struct command *c;
	const char *folder, *fresh; /* FRESH becomes FOLDER when all is in it */
	char *registry, *keys, *zone_keys, *telemetry; /* in FRESH */
	const char *zone_keys_here;
};

static int backup_telemetry(struct backup *b, struct error *e)
{
	struct telemetry *t = NULL;
	const char *path = place_path(&b->c->arena, b->c->registry_path, PLACE_TELEMETRY);
	int outcome = path == NULL ? fail(e, FAILED, "out of memory") : telemetry_look(path, PATIENCE, &t, e);
	if (outcome == DONE)
		outcome = telemetry_copy(t, b->telemetry, e);
	telemetry_close(t);
	return outcome == ABSENT ? DONE : outcome;
}

static int backup_keys(struct backup *b, struct error *e)
{
	const char *path = place_path(&b->c->arena, b->c->registry_path, PLACE_KEYS);
	int outcome = path == NULL ? fail(e, FAILED, "out of memory") : copy_file(path, b->keys, b->fresh, OWNER_SECRET, e);
	if (outcome != ABSENT)
		return outcome;
	note("there is no key file %s: secrets cannot be read without it, and the backup has none", path);
	return DONE;
}

static int backup_zone_keys(struct backup *b, struct error *e)
{
	if (mkdir(b->zone_keys, 0700) != 0)
		return fail(e, FAILED, "directory %s: %s", b->zone_keys, strerror(errno));
	return each_file(b->c, b->zone_keys_here, b->zone_keys, b->fresh, copy_secret, e);
}

/* Of the files in both folders. */
static int keep_names(const struct backup *b, struct error *e)
{
	int outcome = owner_keep_names(b->zone_keys, e);
	return outcome == DONE ? owner_keep_names(b->fresh, e) : outcome;
}

/* The registry first: what it tells of is made before it is told, so that keys of a zone that it has as signed are there. */
static int backup_all(struct backup *b, struct error *e)
{
	int outcome = registry_copy(b->c->registry, b->registry, e);
	if (outcome == DONE)
		outcome = backup_keys(b, e);
	if (outcome == DONE)
		outcome = backup_zone_keys(b, e);
	if (outcome == DONE)
		outcome = backup_telemetry(b, e);
	if (outcome == DONE)
		outcome = keep_names(b, e);
	if (outcome == DONE && rename(b->fresh, b->folder) != 0)
		outcome = fail(e, FAILED, "%s: %s", b->folder, strerror(errno));
	return outcome == DONE ? owner_keep_name(b->folder, e) : outcome;
}

static int name_backup(struct backup *b, struct error *e)
{
	struct arena *arena = &b->c->arena;
	b->fresh = arena_format(arena, "%s.%ld", b->folder, (long)getpid());
	b->registry = b->fresh == NULL ? NULL : registry_in(b->c, b->fresh);
	if (b->registry == NULL || (b->keys = place_path(arena, b->registry, PLACE_KEYS)) == NULL
		|| (b->zone_keys = place_path(arena, b->registry, PLACE_ZONE_KEYS)) == NULL
		|| (b->telemetry = place_path(arena, b->registry, PLACE_TELEMETRY)) == NULL)
		return fail(e, FAILED, "out of memory");
	if (b->zone_keys_here == NULL)
		b->zone_keys_here = place_path(arena, b->c->registry_path, PLACE_ZONE_KEYS);
	return b->zone_keys_here == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* A slash at its end would name what is in it. */
static const char *folder_word(struct command *c)
{
	size_t length = strlen(c->words[0]);
	while (length > 1 && c->words[0][length - 1] == '/')
		length--;
	return arena_text_part(&c->arena, c->words[0], length);
}

int verb_backup(struct command *c, struct error *e)
{
	struct backup b = { .c = c, .folder = folder_word(c), .zone_keys_here = option(c, "keys") };
	int64_t revision = 0;
	int outcome = options_done(c, e);
	if (outcome == DONE && c->dry_run)
		return fail(e, REFUSED, "backup has no --dry-run: it makes files");
	if (outcome == DONE && b.folder == NULL)
		return fail(e, FAILED, "out of memory");
	if (outcome == DONE && access(b.folder, F_OK) == 0)
		return fail(e, REFUSED, "%s is there already: each backup is a folder of its own", b.folder);
	if (outcome == DONE)
		outcome = registry_revision(c->registry, &revision, e);
	if (outcome == DONE)
		outcome = name_backup(&b, e);
	if (outcome != DONE)
		return outcome;
	if (mkdir(b.fresh, 0700) != 0)
		return fail(e, FAILED, "directory %s: %s", b.fresh, strerror(errno));
	outcome = backup_all(&b, e);
	if (outcome != DONE) {
		remove_folder(c, b.zone_keys);
		remove_folder(c, b.fresh);
		return outcome;
	}
	tell(c, b.folder, revision);
	say(c, "backup %s of revision %" PRId64 " made: it has the keys, so keep it as they are kept", b.folder, revision);
	return DONE;
}

/* Restore. */

struct restore {
	struct command *c;
	char *registry, *keys, *zone_keys, *telemetry;                    /* in the backup */
	char *fresh, *keys_here, *zone_keys_here, *telemetry_here, *home; /* HOME: the folder of the registry that is to be */
};

static int name_restore(struct restore *r, const char *folder, struct error *e)
{
	struct arena *arena = &r->c->arena;
	const char *here = r->c->registry_path, *keys = option(r->c, "keys");
	char **const paths[] = { &r->registry, &r->keys, &r->zone_keys, &r->telemetry, &r->fresh, &r->keys_here, &r->zone_keys_here,
		&r->telemetry_here, &r->home };
	r->registry = registry_in(r->c, folder);
	if (r->registry == NULL)
		return fail(e, FAILED, "out of memory");
	r->keys = place_path(arena, r->registry, PLACE_KEYS);
	r->zone_keys = place_path(arena, r->registry, PLACE_ZONE_KEYS);
	r->telemetry = place_path(arena, r->registry, PLACE_TELEMETRY);
	r->fresh = arena_format(arena, "%s.restored", here);
	r->keys_here = place_path(arena, here, PLACE_KEYS);
	r->zone_keys_here = keys != NULL ? arena_text(arena, keys) : place_path(arena, here, PLACE_ZONE_KEYS);
	r->telemetry_here = place_path(arena, here, PLACE_TELEMETRY);
	r->home = owner_folder(here);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (*paths[i] == NULL)
			return fail(e, FAILED, "out of memory");
	return DONE;
}

/* Nothing is written over: whoever restores into the wrong place, or the wrong backup, has lost nothing. */
static int check_place(struct restore *r, struct error *e)
{
	if (access(r->registry, F_OK) != 0)
		return fail(e, REFUSED, "%s is no backup: there is no %s (%s)", r->c->words[0], r->registry, strerror(errno));
	if (access(r->c->registry_path, F_OK) == 0)
		return fail(e, REFUSED, "there is a registry %s: take a backup of it and move it away first", r->c->registry_path);
	int outcome = access(r->keys, F_OK) == 0 ? check_free(r->keys, r->keys_here, NULL, e) : DONE;
	return outcome == DONE ? each_file(r->c, r->zone_keys, r->zone_keys_here, NULL, check_free, e) : outcome;
}

/* How far serials may have come that were served after the backup was made. */
static int64_t lead(struct restore *r)
{
	int64_t since = clock_date() - clock_changed(r->registry) / 1000000000;
	if (since < 0 || since > LEAD_MOST / LEAD_A_SECOND)
		return since < 0 ? LEAD : LEAD_MOST;
	return LEAD + since * LEAD_A_SECOND > LEAD_MOST ? LEAD_MOST : LEAD + since * LEAD_A_SECOND;
}

/* Where it is known what was served, the registry goes on from there; on a new machine, from far ahead. */
static int raise_serials(struct restore *r, struct registry *registry, struct error *e)
{
	struct error said;
	int64_t revision;
	int outcome = serial_mend_for(r->c->registry_path, registry, &said, e);
	if (outcome != ABSENT)
		return outcome == UNCHANGED ? DONE : outcome;
	outcome = registry_revision(registry, &revision, e);
	return outcome == DONE ? serial_raise(registry, revision + lead(r), e) : outcome;
}

/* The registry is made ready under another name, and comes to its own when it is whole. */
static int restore_registry(struct restore *r, int64_t *revision, struct error *e)
{
	struct registry *registry = NULL;
	int outcome = copy_file(r->registry, r->fresh, r->home, OWNER_DATA, e);
	if (outcome == EXISTS)
		return fail(e, REFUSED, "%s is there, of a restore that was interrupted, or under way: remove it first", r->fresh);
	if (outcome != DONE)
		return outcome;
	outcome = registry_open(r->fresh, REGISTRY_SPARE, &registry, e);
	if (outcome == DONE)
		outcome = registry_begin(registry, e);
	if (outcome == DONE)
		outcome = name_actor(r->c, registry, e);
	if (outcome == DONE)
		outcome = raise_serials(r, registry, e);
	if (outcome == DONE)
		outcome = registry_commit(registry, e);
	if (outcome == DONE)
		outcome = registry_revision(registry, revision, e);
	if (outcome == DONE)
		outcome = registry_copy(registry, r->c->registry_path, e);
	registry_close(registry);
	return outcome;
}

static int restore_telemetry(struct restore *r, struct error *e)
{
	if (access(r->telemetry, F_OK) != 0)
		return DONE;
	int outcome = copy_file(r->telemetry, r->telemetry_here, r->home, OWNER_DATA, e);
	if (outcome == EXISTS)
		note("%s is there, and stays: what the backup has counted is not added", r->telemetry_here);
	return outcome == EXISTS ? DONE : outcome;
}

/* Keys come first: a name server that finds the registry finds them. */
static int restore_all(struct restore *r, int64_t *revision, struct error *e)
{
	int outcome = copy_missing(r->keys, r->keys_here, r->home, e);
	if (outcome == DONE && access(r->zone_keys, F_OK) == 0)
		outcome = owner_make_directory(r->zone_keys_here, r->home, e);
	if (outcome == DONE)
		outcome = each_file(r->c, r->zone_keys, r->zone_keys_here, r->home, copy_missing, e);
	if (outcome == DONE)
		outcome = restore_telemetry(r, e);
	return outcome == DONE ? restore_registry(r, revision, e) : outcome;
}

int verb_restore(struct command *c, struct error *e)
{
	struct restore r = { .c = c };
	const char *folder = folder_word(c);
	int64_t revision = 0;
	int outcome = folder == NULL ? fail(e, FAILED, "out of memory") : name_restore(&r, folder, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && c->dry_run)
		return fail(e, REFUSED, "restore has no --dry-run: it makes files");
	if (outcome == DONE)
		outcome = check_place(&r, e);
	bool ours = outcome == DONE && access(r.fresh, F_OK) != 0;
	if (outcome == DONE)
		outcome = restore_all(&r, &revision, e);
	if (ours)
		registry_discard(r.fresh);
	free(r.home);
	if (outcome != DONE)
		return outcome;
	tell(c, c->registry_path, revision);
	say(c, "registry %s restored from %s: serials go on from %" PRId64, c->registry_path, folder, revision);
	return DONE;
}
