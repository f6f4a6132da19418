/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the files are that are made beside a registry: they belong to whom it belongs, so that what an operator makes
 * as root is not closed to the daemons. The registry itself, and a directory, belong to whom their folder belongs. */
#ifndef LIB_OWNER_H
#define LIB_OWNER_H

#include <sys/types.h>

#include "lib/error.h"

/* Who may read a file. */
enum owner_mode {
	OWNER_DATA,   /* who may read LIKE; if that is a folder, its group, if it may write there, or as our umask says */
	OWNER_SECRET, /* its owner; its group, too, if that may write LIKE, or if we cannot give it to LIKE's owner */
};

/* Makes a file that is not there yet, and gives it to LIKE's owner and group: *fd is open for writing. EXISTS when
 * there is one. */
int owner_make(const char *path, const char *like, enum owner_mode, int *fd, struct error *);

/* Makes a directory for its owner alone, and gives it to LIKE's owner; LIKE's group may read it, if that may write LIKE.
 * One that is there stays as it is. */
int owner_make_directory(const char *path, const char *like, struct error *);

/* Gives a file, not what a link leads to, to LIKE's owner and group, if we may. */
void owner_give(const char *path, const char *like);

/* Writes all of it at a file's end. PATH is for the message. */
int owner_append(int fd, const char *path, const void *bytes, size_t size, struct error *);

/* The same, and makes durable all that the file has. */
int owner_write(int fd, const char *path, const void *bytes, size_t size, struct error *);

/* Makes the name of a file durable, or those of all in a folder: they are found after a power cut, too. */
int owner_keep_name(const char *path, struct error *);
int owner_keep_names(const char *folder, struct error *);

/* PATH's folder, which is the caller's to free; NULL when memory is out. */
char *owner_folder(const char *path);

#endif
