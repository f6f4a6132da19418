/* SPDX-License-Identifier: BSD-2-Clause */
/* Files beyond which a process does not come, by landlock(7). */
#ifndef LIB_SANDBOX_FILES_H
#define LIB_SANDBOX_FILES_H

#include <stddef.h>

#include "lib/error.h"

/* What may be done with files. */
enum sandbox_right {
	SANDBOX_READ,
	SANDBOX_CHANGE, /* and written, made, renamed and removed, sockets, too; but no folders or devices */
};

enum sandbox_place {
	SANDBOX_AT,     /* at the path, and below it */
	SANDBOX_BESIDE, /* in the folder that holds it, and in the one to which it leads as a link: where files are replaced by
	                 * others of their names, as databases and certificates are */
	SANDBOX_LINKS,  /* at the path, and in the folders to which links lead that are in it, or in a folder in it */
};

/* A path at which something may be done; "" or NULL: none. What is not there is left out. */
struct sandbox_path {
	const char *path;
	enum sandbox_right right;
	enum sandbox_place place;
};

/* Only these paths, and what every daemon reads of the system, can be opened from now on, by this thread and those that
 * it starts; what is open stays so. No program can be executed. ABSENT when the kernel has no landlock. */
int sandbox_files_limit(const struct sandbox_path *, size_t count, struct error *);

#endif
