/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that explains an outcome, put together. */
#include "lib/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void disarm(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

int fail(struct error *e, int outcome, const char *format, ...)
{
	if (e == NULL)
		return outcome;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(e->text, sizeof e->text, format, arguments);
	va_end(arguments);
	disarm(e->text);
	return outcome;
}

int fail_within(struct error *e, int outcome, const char *format, ...)
{
	if (e == NULL)
		return outcome;
	char context[ERROR_TEXT / 2], rest[ERROR_TEXT];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(context, sizeof context, format, arguments);
	va_end(arguments);
	memcpy(rest, e->text, sizeof rest);
	return fail(e, outcome, "%s: %.*s", context, ERROR_TEXT / 2, rest);
}
