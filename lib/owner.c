/* SPDX-License-Identifier: BSD-2-Clause */
/* Files made with the owner and the mode of what they stand beside. */
#include "lib/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mode of a new file. A secret that cannot be given to LIKE's owner may be read by its group instead. */
static mode_t mode_of(const struct stat *like, enum owner_mode mode, bool given)
{
	if (mode == OWNER_SECRET)
		return (like->st_mode & 020) != 0 || !given ? 0640 : 0600;
	if (!S_ISDIR(like->st_mode))
		return like->st_mode & 0666;
	mode_t mask = umask(077);
	umask(mask);
	return (like->st_mode & 020) != 0 ? 0660 : 0660 & ~mask;
}

int owner_make(const char *path, const char *like, enum owner_mode mode, int *fd, struct error *e)
{
	struct stat of, made;
	if (stat(like, &of) != 0)
		return fail(e, FAILED, "%s: %s", like, strerror(errno));
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return fail(e, errno == EEXIST ? EXISTS : FAILED, "%s: %s", path, strerror(errno));
	bool given = of.st_uid == geteuid() || fchown(*fd, of.st_uid, of.st_gid) == 0;
	/* we may be a member of that group without being its owner; and the folder may have given it to the file already, where
	 * we must not ask for it (a unit's SystemCallFilter=~@privileged) */
	bool grouped = (fstat(*fd, &made) == 0 && made.st_gid == of.st_gid) || fchown(*fd, (uid_t)-1, of.st_gid) == 0;
	if (given || grouped)
		fchmod(*fd, mode_of(&of, mode, given));
	return DONE;
}

void owner_give(const char *path, const char *like)
{
	struct stat of;
	if (stat(like, &of) == 0 && of.st_uid != geteuid() && lchown(path, of.st_uid, of.st_gid) != 0)
		return; /* nobody but root gives files away */
}

int owner_make_directory(const char *path, const char *like, struct error *e)
{
	struct stat of;
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? DONE : fail(e, FAILED, "directory %s: %s", path, strerror(errno));
	owner_give(path, like);
	if (stat(like, &of) == 0 && (of.st_mode & 020) != 0 && lchown(path, (uid_t)-1, of.st_gid) == 0)
		chmod(path, 0750);
	return owner_keep_name(path, e);
}

char *owner_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int owner_append(int fd, const char *path, const void *bytes, size_t size, struct error *e)
{
	const char *at = bytes;
	while (size > 0) {
		ssize_t written = write(fd, at, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return fail(e, FAILED, "writing %s: %s", path, strerror(errno));
		at += written;
		size -= (size_t)written;
	}
	return DONE;
}

int owner_write(int fd, const char *path, const void *bytes, size_t size, struct error *e)
{
	int outcome = owner_append(fd, path, bytes, size, e);
	return outcome != DONE || fsync(fd) == 0 ? outcome : fail(e, FAILED, "writing %s: %s", path, strerror(errno));
}

int owner_keep_names(const char *folder, struct error *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int outcome = fd >= 0 && fsync(fd) == 0 ? DONE : fail(e, FAILED, "directory %s: %s", folder, strerror(errno));
	if (fd >= 0)
		close(fd);
	return outcome;
}

int owner_keep_name(const char *path, struct error *e)
{
	char *folder = owner_folder(path);
	int outcome = folder == NULL ? fail(e, FAILED, "out of memory") : owner_keep_names(folder, e);
	free(folder);
	return outcome;
}
