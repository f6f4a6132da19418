/* SPDX-License-Identifier: BSD-2-Clause */
/* One event a line on standard error: a sentence, then key=value. Nothing secret, nothing a query. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7 };

/* Call once, before threads start. PROGRAM lives for ever. Lines bear the program's name and the
 * time on a terminal or in a file, and systemd's <N> prefix where JOURNAL_STREAM is set. */
void log_start(const char *program);

/* Lines above this level are not written. Any thread. */
void log_limit(enum log_level);

/* Any thread; each call writes one line with one system call. Control bytes become '?'. */
void log_line(enum log_level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
