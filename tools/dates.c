/* SPDX-License-Identifier: BSD-2-Clause */
/* A moment that lies behind, as an operator says it. */
#include "tools/dates.h"

#include <string.h>

#include "lib/clock.h"

/* "90s" and "2d", but not "90", which is a date. */
static bool is_duration(const char *text, int64_t *seconds)
{
	size_t length = strlen(text);
	return length > 0 && ascii_letter(text[length - 1]) && text_duration(text, seconds);
}

int date_option(struct command *c, const char *name, int64_t *date, struct error *e)
{
	const char *text = option(c, name);
	struct field field = { .name = arena_format(&c->arena, "--%s", name), .kind = FIELD_TIME };
	int64_t now = clock_date(), ago;
	int outcome = DONE;
	if (text == NULL)
		return DONE;
	if (field.name == NULL)
		return fail(e, FAILED, "out of memory");
	if (strcmp(text, "now") == 0)
		*date = now;
	else if (is_duration(text, &ago))
		*date = ago < now ? now - ago : 1;
	else
		outcome = field_read(&field, text, date, &c->arena, e);
	if (outcome == REFUSED && strstr(e->text, "wanted") != NULL)
		return fail(e, REFUSED, "--%s '%.60s': wanted a time (UTC) as 2026-11-23T05:00:00Z, 2026-11-23 05:00 or 2026-11-23, or "
			"how long ago, as 30m, 2h or 1d", name, text);
	if (outcome == DONE && (*date > now || *date <= 0))
		return fail(e, REFUSED, "--%s %s: that is yet to come", name, text);
	return outcome;
}
