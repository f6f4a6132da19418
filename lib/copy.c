/* SPDX-License-Identifier: BSD-2-Clause */
/* Files are copied and compared a piece at a time; what was in a piece is wiped. */
#include "lib/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"

enum { PIECE = 16384 };

static int open_it(const char *path, int *fd, struct error *e)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? DONE : fail(e, errno == ENOENT ? ABSENT : FAILED, "%s: %s", path, strerror(errno));
}

/* A piece, or what is left of the file: its size, 0 at the end, -1. */
static ssize_t read_piece(int fd, uint8_t *piece)
{
	size_t size = 0;
	ssize_t part;
	while (size < PIECE && (part = read(fd, piece + size, PIECE - size)) != 0) {
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -1;
		size += (size_t)part;
	}
	return (ssize_t)size;
}

static int pour(int from, int to, const char *from_path, const char *to_path, struct error *e)
{
	uint8_t piece[PIECE];
	ssize_t size;
	int outcome = DONE;
	while (outcome == DONE && (size = read_piece(from, piece)) != 0) {
		outcome = size < 0 ? fail(e, FAILED, "reading %s: %s", from_path, strerror(errno))
			: owner_append(to, to_path, piece, (size_t)size, e);
	}
	if (outcome == DONE)
		outcome = owner_write(to, to_path, "", 0, e);
	secret_forget(piece, sizeof piece);
	return outcome;
}

int copy_file(const char *from, const char *to, const char *like, enum owner_mode mode, struct error *e)
{
	int source, copy, outcome = open_it(from, &source, e);
	if (outcome != DONE)
		return outcome;
	outcome = owner_make(to, like, mode, &copy, e);
	if (outcome == DONE) {
		outcome = pour(source, copy, from, to, e);
		if (close(copy) != 0 && outcome == DONE)
			outcome = fail(e, FAILED, "writing %s: %s", to, strerror(errno));
		if (outcome != DONE)
			unlink(to);
	}
	close(source);
	return outcome;
}

int copy_same(const char *a, const char *b, bool *same, struct error *e)
{
	uint8_t one[PIECE], other[PIECE];
	ssize_t size = 0, size_b = 0;
	int fd_a, fd_b, outcome = open_it(a, &fd_a, e);
	if (outcome != DONE)
		return outcome;
	outcome = open_it(b, &fd_b, e);
	if (outcome == DONE) {
		do {
			size = read_piece(fd_a, one);
			size_b = read_piece(fd_b, other);
			*same = size == size_b && (size <= 0 || memcmp(one, other, (size_t)size) == 0);
		} while (size > 0 && *same);
		if (size < 0 || size_b < 0)
			outcome = fail(e, FAILED, "reading %s: %s", size < 0 ? a : b, strerror(errno));
		close(fd_b);
	}
	close(fd_a);
	secret_forget(one, sizeof one);
	secret_forget(other, sizeof other);
	return outcome == ABSENT ? FAILED : outcome; /* A was there */
}
