/* SPDX-License-Identifier: BSD-2-Clause */
/* A library to be preloaded that records what a program does to the files of a directory: what it writes and where, cuts, names,
 * and makes durable. Out of that, cut.py makes what a disk may hold after a power cut.
 *
 * RECORD_DIRECTORY is the directory, as the kernel writes it, RECORD_LOG the file that is appended to, by several programs at
 * once. An operation is done and recorded under one lock, so that what stands in the log when somebody was answered is all
 * that was done for it. Files that end in -shm are left out: SQLite makes them anew. */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { CREATED = 1, WROTE, CUT, SYNCED, SYNCED_DIRECTORY, RENAMED, REMOVED, MADE_DIRECTORY };

/* In front of two paths and the octets; cut.py has the same. */
struct head {
	uint32_t operation, path_size, other_size, size;
	uint64_t inode, at;
};

enum { DESCRIPTORS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char directory[PATH_MAX];
static int log_file = -1;
static uint64_t inodes[DESCRIPTORS]; /* of the directory's files that are open */

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
	const char *of = getenv("RECORD_DIRECTORY"), *to = getenv("RECORD_LOG");
	if (of == NULL || to == NULL)
		return;
	snprintf(directory, sizeof directory, "%s", of);
	log_file = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void record(enum operation operation, uint64_t inode, const char *path, const char *other, const void *octets, size_t size,
	uint64_t at)
{
	struct head head = { (uint32_t)operation, (uint32_t)strlen(path), (uint32_t)strlen(other), (uint32_t)size, inode, at };
	const struct iovec parts[] = { { &head, sizeof head }, { (void *)(uintptr_t)path, head.path_size },
		{ (void *)(uintptr_t)other, head.other_size }, { (void *)(uintptr_t)octets, size } };
	if (syscall(SYS_writev, log_file, parts, 4) < 0)
		abort();
}

/* Whether PATH is one of the directory's that are recorded; FULL is it, absolute. */
static bool is_ours(const char *path, char *full)
{
	size_t length = strlen(directory);
	if (log_file < 0)
		return false;
	if (*path == '/')
		snprintf(full, PATH_MAX, "%s", path);
	else if (getcwd(full, PATH_MAX) != NULL)
		snprintf(full + strlen(full), PATH_MAX - strlen(full), "/%s", path);
	size_t end = strlen(full);
	return strncmp(full, directory, length) == 0 && full[length] == '/' && (end < 4 || strcmp(full + end - 4, "-shm") != 0);
}

static uint64_t inode_of(int fd)
{
	struct stat file;
	return NEXT(fstat)(fd, &file) == 0 && S_ISREG(file.st_mode) ? file.st_ino : 0;
}

/* The file that is open there, if it is recorded; 0. */
static uint64_t recorded(int fd)
{
	return log_file >= 0 && fd >= 0 && fd < DESCRIPTORS && inodes[fd] != 0 && inode_of(fd) == inodes[fd] ? inodes[fd] : 0;
}

static int opened(const char *path, int flags, int fd, bool there)
{
	char full[PATH_MAX];
	if (fd < 0 || fd >= DESCRIPTORS)
		return fd;
	inodes[fd] = is_ours(path, full) ? inode_of(fd) : 0;
	if (inodes[fd] != 0 && !there)
		record(CREATED, inodes[fd], full, "", NULL, 0, 0);
	else if (inodes[fd] != 0 && (flags & O_TRUNC) != 0)
		record(CUT, inodes[fd], "", "", NULL, 0, 0);
	return fd;
}

#define OPENS(name)                                                                            \
	int name(const char *path, int flags, ...);                                             \
	int name(const char *path, int flags, ...)                                              \
	{                                                                                       \
		va_list list;                                                                   \
		va_start(list, flags);                                                          \
		mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;  \
		va_end(list);                                                                   \
		pthread_mutex_lock(&lock);                                                      \
		bool there = NEXT(access)(path, F_OK) == 0;                                     \
		int fd = opened(path, flags, NEXT(name)(path, flags, mode), there);             \
		pthread_mutex_unlock(&lock);                                                    \
		return fd;                                                                      \
	}
OPENS(open)
OPENS(open64)

static ssize_t wrote(int fd, const void *octets, ssize_t size, off64_t at)
{
	uint64_t inode = size > 0 ? recorded(fd) : 0;
	if (inode != 0)
		record(WROTE, inode, "", "", octets, (size_t)size, (uint64_t)at);
	return size;
}

ssize_t write(int fd, const void *octets, size_t size)
{
	if (recorded(fd) == 0)
		return NEXT(write)(fd, octets, size);
	pthread_mutex_lock(&lock);
	off64_t at = lseek64(fd, 0, SEEK_CUR);
	ssize_t done = wrote(fd, octets, NEXT(write)(fd, octets, size), at);
	pthread_mutex_unlock(&lock);
	return done;
}

#define WRITES(name, type)                                                     \
	ssize_t name(int fd, const void *octets, size_t size, type at)          \
	{                                                                       \
		pthread_mutex_lock(&lock);                                      \
		ssize_t done = wrote(fd, octets, NEXT(name)(fd, octets, size, at), at); \
		pthread_mutex_unlock(&lock);                                    \
		return done;                                                    \
	}
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

/* A call that is recorded if it gave 0. */
#define RECORDS(name, parameters, arguments, recording)    \
	int name parameters                                 \
	{                                                   \
		char full[PATH_MAX], other[PATH_MAX] = "";  \
		(void)full, (void)other;                    \
		pthread_mutex_lock(&lock);                  \
		int done = NEXT(name) arguments;            \
		if (done == 0)                              \
			recording;                          \
		pthread_mutex_unlock(&lock);                \
		return done;                                \
	}

static void cut(int fd, uint64_t size)
{
	uint64_t inode = recorded(fd);
	if (inode != 0)
		record(CUT, inode, "", "", NULL, 0, size);
}

static void synced(int fd)
{
	char link[64], path[PATH_MAX] = "";
	struct stat file;
	uint64_t inode = recorded(fd);
	if (inode != 0) {
		record(SYNCED, inode, "", "", NULL, 0, 0);
		return;
	}
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* a directory: the recorded one itself, or one within */
	if (log_file >= 0 && NEXT(fstat)(fd, &file) == 0 && S_ISDIR(file.st_mode) && readlink(link, path, sizeof path - 1) > 0)
		record(SYNCED_DIRECTORY, file.st_ino, path, "", NULL, 0, 0);
}

RECORDS(ftruncate, (int fd, off_t size), (fd, size), cut(fd, (uint64_t)size))
RECORDS(ftruncate64, (int fd, off64_t size), (fd, size), cut(fd, (uint64_t)size))
RECORDS(fsync, (int fd), (fd), synced(fd))
RECORDS(fdatasync, (int fd), (fd), synced(fd))
RECORDS(rename, (const char *from, const char *to), (from, to),
	if (is_ours(from, full) && is_ours(to, other)) record(RENAMED, 0, full, other, NULL, 0, 0))
RECORDS(unlink, (const char *path), (path), if (is_ours(path, full)) record(REMOVED, 0, full, "", NULL, 0, 0))
RECORDS(mkdir, (const char *path, mode_t mode), (path, mode), if (is_ours(path, full)) record(MADE_DIRECTORY, 0, full, "", NULL, 0, 0))
