/* SPDX-License-Identifier: BSD-2-Clause */
/* A landlock ruleset: what is allowed below which folders. libc has no functions for it yet. */
#include "lib/sandbox_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/owner.h"

/* Kernels newer than Debian 12's headers know of more that can be forbidden. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (UINT64_C(1) << 15)
#endif

enum {
	ABI_TRUNCATE = 3, ABI_IOCTL = 5, /* versions of landlock that brought these */
	DEPTH = 2, /* folders in which links are looked for */
};

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t change_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
	| LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG
	| LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_TRUNCATE;
static const uint64_t file_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE
	| LANDLOCK_ACCESS_FS_TRUNCATE; /* that mean something for what is no folder */
static const uint64_t first_rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* of the first version: up to that */

/* What libc, OpenSSL and SQLite read when they first need it: libraries and their data, which hold no secrets. */
static const struct sandbox_path common[] = {
	{ .path = "/usr" }, { .path = "/lib" }, { .path = "/lib64" },
	{ .path = "/etc/ld.so.cache" }, { .path = "/etc/ssl/openssl.cnf" }, { .path = "/etc/localtime" },
	{ .path = "/dev/urandom" }, { .path = "/sys/devices/system/cpu" },
#ifdef __SANITIZE_ADDRESS__ /* it reads its process's memory map, and the program's lines for its reports */
	{ .path = "/proc" }, { .path = "/proc/self/exe", .place = SANDBOX_BESIDE },
#endif
};

struct ruleset {
	int fd;
	uint64_t handled; /* what the kernel can forbid, all of which is forbidden where no rule allows it */
};

static int allow(const struct ruleset *r, const char *path, enum sandbox_right right, struct error *e)
{
	struct stat file;
	struct landlock_path_beneath_attr rule = { .allowed_access = right == SANDBOX_CHANGE ? change_rights : read_rights,
		.parent_fd = open(path, O_PATH | O_CLOEXEC) };
	if (rule.parent_fd < 0 && errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != EIO)
		return DONE; /* nothing is there that could be opened */
	bool seen = rule.parent_fd >= 0 && fstat(rule.parent_fd, &file) == 0;
	if (seen && !S_ISDIR(file.st_mode))
		rule.allowed_access &= file_rights;
	rule.allowed_access &= r->handled;
	long code = seen ? syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) : -1;
	int why = errno;
	if (rule.parent_fd < 0)
		return fail(e, FAILED, "landlock: allowing %s: %s", path, strerror(why));
	close(rule.parent_fd);
	return code == 0 ? DONE : fail(e, FAILED, "landlock: allowing %s: %s", path, strerror(why));
}

static int allow_folder_of(const struct ruleset *r, const char *path, enum sandbox_right right, struct error *e)
{
	char *folder = owner_folder(path);
	int outcome = folder == NULL ? fail(e, FAILED, "out of memory") : allow(r, folder, right, e);
	free(folder);
	return outcome;
}

/* Where a link leads. */
static int allow_beside_real(const struct ruleset *r, const char *path, enum sandbox_right right, struct error *e)
{
	char real[PATH_MAX];
	return realpath(path, real) == NULL ? DONE : allow_folder_of(r, real, right, e);
}

static int allow_links(const struct ruleset *r, const char *path, enum sandbox_right right, int depth, struct error *e)
{
	char inner[PATH_MAX];
	DIR *folder = depth == 0 ? NULL : opendir(path);
	int outcome = depth == DEPTH ? allow(r, path, right, e) : DONE;
	for (const struct dirent *entry; folder != NULL && outcome == DONE && (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.' || snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= PATH_MAX)
			continue;
		if (entry->d_type == DT_LNK)
			outcome = allow_beside_real(r, inner, right, e);
		if (outcome == DONE && entry->d_type != DT_REG)
			outcome = allow_links(r, inner, right, depth - 1, e);
	}
	if (folder != NULL)
		closedir(folder);
	return outcome;
}

static int allow_path(const struct ruleset *r, const struct sandbox_path *p, struct error *e)
{
	if (p->path == NULL || *p->path == '\0')
		return DONE;
	if (p->place != SANDBOX_BESIDE)
		return p->place == SANDBOX_AT ? allow(r, p->path, p->right, e) : allow_links(r, p->path, p->right, DEPTH, e);
	int outcome = allow_folder_of(r, p->path, p->right, e);
	return outcome == DONE ? allow_beside_real(r, p->path, p->right, e) : outcome;
}

static int allow_all(const struct ruleset *r, const struct sandbox_path *paths, size_t count, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < count && outcome == DONE; i++)
		outcome = allow_path(r, &paths[i], e);
	return outcome;
}

static int make(struct ruleset *r, struct error *e)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 0)
		return fail(e, ABSENT, "the kernel has no landlock, which keeps us from files: %s", strerror(errno));
	r->handled = first_rights | (version >= ABI_TRUNCATE ? LANDLOCK_ACCESS_FS_TRUNCATE : 0)
		| (version >= ABI_IOCTL ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0);
	struct landlock_ruleset_attr attributes = { .handled_access_fs = r->handled };
	r->fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	return r->fd >= 0 ? DONE : fail(e, FAILED, "landlock: %s", strerror(errno));
}

int sandbox_files_limit(const struct sandbox_path *paths, size_t count, struct error *e)
{
	struct ruleset r;
	int outcome = make(&r, e);
	if (outcome != DONE)
		return outcome;
	outcome = allow_all(&r, common, sizeof common / sizeof common[0], e);
	if (outcome == DONE)
		outcome = allow_all(&r, paths, count, e);
	if (outcome == DONE && syscall(SYS_landlock_restrict_self, r.fd, 0) != 0)
		outcome = fail(e, FAILED, "landlock: %s", strerror(errno));
	close(r.fd);
	return outcome;
}
