/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets that lie somewhere else. */
#ifndef LIB_BLOB_H
#define LIB_BLOB_H

#include <stddef.h>

/* Borrowed: whoever fills it in says how long they live. */
struct blob {
	const void *data;
	size_t size;
};

#endif
