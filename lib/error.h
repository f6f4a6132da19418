/* SPDX-License-Identifier: BSD-2-Clause */
/* Outcomes and the one line that explains them. */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

/* What a function that can fail returns. Negative is trouble of ours or of the machine and is
 * passed up; zero is done; positive is a documented answer that the caller must handle. */
enum outcome {
	FAILED = -1, /* memory, I/O or the database; never to be taken for "no such thing" */
	DONE = 0,
	REFUSED,   /* the input is wrong; the text says what was wrong with which part of it */
	ABSENT,    /* nothing by that key */
	EXISTS,    /* something by that key already, or still in use */
	UNCHANGED, /* the wanted state was there before */
	HARMFUL,   /* it would hurt clients */
};

enum { ERROR_TEXT = 512 };

/* A refusal or failure in words: one line, without the program's name, no final stop. */
struct error {
	char text[ERROR_TEXT];
};

/* Writes the text and returns the outcome, so that a caller can `return fail(e, REFUSED, ...)`.
 * e may be NULL. Control bytes in the text are replaced by '?', for it may quote hostile input. */
int fail(struct error *e, int outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "CONTEXT: " before the text that is there, and returns the outcome. */
int fail_within(struct error *e, int outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
