/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the log, filtered by their level. */
#include "lib/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *log_program = "windsock";
static bool log_journal;
static _Atomic int log_most = LOG_LEVEL_INFO;

void log_start(const char *program)
{
	log_program = program;
	log_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_limit(enum log_level level)
{
	atomic_store_explicit(&log_most, (int)level, memory_order_relaxed);
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "", "", "", "error", "warning", "notice", "info", "debug" };
	char line[1024];
	int used;
	if ((int)level > atomic_load_explicit(&log_most, memory_order_relaxed))
		return;
	if (log_journal) {
		used = snprintf(line, sizeof line, "<%d>", (int)level);
	} else {
		time_t now = time(NULL);
		struct tm tm;
		char stamp[24] = "";
		if (gmtime_r(&now, &tm) != NULL)
			strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
		used = snprintf(line, sizeof line, "%s %s %s: ", stamp, log_program, names[level]);
	}
	va_list arguments;
	va_start(arguments, format);
	int more = vsnprintf(line + used, sizeof line - (size_t)used - 1, format, arguments);
	va_end(arguments);
	int end = used + (more < 0 ? 0 : more);
	if (end > (int)sizeof line - 2)
		end = (int)sizeof line - 2;
	for (int i = used; i < end; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = '?';
	line[end++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, (size_t)end);
	(void)written; /* there is nobody left to tell */
}
