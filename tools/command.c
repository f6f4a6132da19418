/* SPDX-License-Identifier: BSD-2-Clause */
/* What verbs share: options, rows set by them, words to the operator, and refusals. */
#include "tools/command.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"

const char *option(struct command *c, const char *name)
{
	const char *value = NULL;
	for (int i = 0; i < c->option_count; i++)
		if (strcmp(c->options[i].name, name) == 0) {
			c->options[i].used = true;
			value = c->options[i].value;
		}
	return value;
}

bool option_flag(struct command *c, const char *name)
{
	return option(c, name) != NULL;
}

const char *option_all(struct command *c, const char *name)
{
	const char *all = NULL;
	for (int i = 0; i < c->option_count; i++) {
		if (strcmp(c->options[i].name, name) != 0)
			continue;
		c->options[i].used = true;
		const char *value = c->options[i].value;
		all = all == NULL ? value : arena_format(&c->arena, "%s %s", all, value);
	}
	return all;
}

/* An option is called as its field is, with - for _. */
static const char *option_name(struct command *c, const struct field *field)
{
	char *name = arena_text(&c->arena, field->name);
	for (char *at = name; at != NULL && *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	return name;
}

int options_to_row(struct command *c, const struct kind *kind, void *row, bool *changed, struct error *e)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		const char *name = option_name(c, f);
		if (name == NULL)
			return fail(e, FAILED, "out of memory");
		if ((f->flags & (FIELD_KEY | FIELD_HIDDEN)) != 0)
			continue;
		const char *value = option_all(c, name);
		if (value == NULL)
			continue;
		if (*value == '\0' && f->kind == FIELD_FLAG)
			value = "yes";
		int outcome = field_read(f, value, row, &c->arena, e);
		if (outcome != DONE)
			return outcome;
		if (changed != NULL)
			*changed = true;
	}
	return DONE;
}

int set_field(struct command *c, const struct kind *kind, void *row, const char *name,
	const char *text, struct error *e)
{
	return field_read(kind_field(kind, name, strlen(name)), text, row, &c->arena, e);
}

int options_done(struct command *c, struct error *e)
{
	for (int i = 0; i < c->option_count; i++)
		if (!c->options[i].used)
			return fail(e, REFUSED, "%s %s has no option --%s: see 'windsock %s %s --help'",
				c->verb->noun, c->verb->name, c->options[i].name, c->verb->noun, c->verb->name);
	return DONE;
}

int read_secret(struct command *c, const char *what, const char **secret, struct error *e)
{
	char line[SECRET_MOST + 2];
	if (fgets(line, sizeof line, stdin) == NULL)
		return fail(e, REFUSED, "no %s on standard input", what);
	size_t length = strcspn(line, "\r\n");
	if (length == 0)
		return fail(e, REFUSED, "the %s on standard input is empty", what);
	if (length > SECRET_MOST)
		return fail(e, REFUSED, "the %s is longer than %d bytes", what, SECRET_MOST);
	*secret = arena_text_part(&c->arena, line, length);
	secret_forget(line, sizeof line);
	return *secret == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

void note(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	fputs("note: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void remark(struct command *c, const char *format, ...)
{
	va_list arguments;
	char text[ERROR_TEXT];
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (c->planning)
		text_addf(&c->remarks, "%s\n", text);
	else
		note("%s", text);
}

void say(const struct command *c, const char *format, ...)
{
	va_list arguments;
	if (c->json)
		return;
	fputs(c->dry_run ? "would be: " : "", c->out);
	va_start(arguments, format);
	vfprintf(c->out, format, arguments);
	va_end(arguments);
	fputc('\n', c->out);
}

int harm(struct command *c, struct error *e, const char *format, ...)
{
	va_list arguments;
	char text[ERROR_TEXT];
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	text_addf(&c->harms, "%s%s", c->harms.length > 0 ? "; " : "", text);
	if (c->planning)
		return DONE;
	if (c->force)
		note("forced: %s", text);
	else
		return fail(e, HARMFUL, "refused: %.430s (--force --reason TEXT does it all the same)", text);
	return DONE;
}

static void cite(struct command *c, const struct kind *kind, const void *row, const char *done)
{
	struct text text = { 0 };
	row_cite(kind, row, &text);
	if (!text.broken)
		say(c, "%s %s", text.bytes, done);
	text_free(&text);
}

int fetch(struct command *c, const struct kind *kind, const void *key, void *row, struct error *e)
{
	int outcome = registry_get(c->registry, kind, key, &c->arena, row, e);
	if (outcome == ABSENT) {
		struct error before = *e;
		fail(e, ABSENT, "there is %s: 'windsock %s list' shows what there is", before.text, kind->name);
	}
	return outcome;
}

int add_row(struct command *c, const struct kind *kind, const void *row, struct error *e)
{
	int outcome = registry_add(c->registry, kind, row, e);
	if (outcome == DONE)
		cite(c, kind, row, "added");
	return outcome;
}

int set_row(struct command *c, const struct kind *kind, const void *row, const char *done, struct error *e)
{
	int outcome = registry_set(c->registry, kind, row, e);
	if (outcome == DONE)
		cite(c, kind, row, done);
	return outcome;
}

int remove_row(struct command *c, const struct kind *kind, const void *key, struct error *e)
{
	union any_row row;
	int outcome = fetch(c, kind, key, &row, e);
	if (outcome == DONE)
		outcome = registry_remove(c->registry, kind, key, e);
	if (outcome == DONE)
		cite(c, kind, key, "removed");
	return outcome;
}
