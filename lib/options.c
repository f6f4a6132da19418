/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of options filled from a file and the command line, each value checked by its row. */
#include "lib/options.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/options_words.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

struct reading {
	const struct option_table *table;
	void *config;
	struct arena *arena;
	struct error *error;
	uint64_t listed; /* a bit a row: its list was begun by this source (file, command line), so that more adds to
	                  * it; the first of a source replaces what earlier ones said */
};

/* Adds the networks of VALUE to those that were given before. */
static int store_networks(struct reading *r, const struct option_row *row, const char *value,
	struct networks *networks, bool more)
{
	size_t length, count = more ? networks->count : 0;
	struct network *all = arena_take(r->arena, (count + strlen(value) / 2 + 1) * sizeof *all);
	if (all == NULL)
		return fail(r->error, FAILED, "out of memory");
	if (count > 0)
		memcpy(all, networks->network, count * sizeof *all);
	for (const char *word; (word = text_word(&value, ", ", &length)) != NULL; count++)
		if (!network_read(word, length, &all[count]))
			return fail(r->error, REFUSED, "%s: '%.*s' is not ADDRESS or ADDRESS/LENGTH", row->name,
				(int)length, word);
	*networks = (struct networks){ all, count };
	return DONE;
}

/* Asks the row's check about a text, or about each word of a list. An empty text is none where that is the default. */
static int check_text(struct reading *r, const struct option_row *row, const char *value)
{
	size_t length;
	int outcome = DONE;
	bool none = *value == '\0' && (row->standard == NULL || *row->standard == '\0');
	if (row->kind == OPTION_TEXT && !none)
		outcome = row->check(value, r->error);
	for (const char *word; row->kind == OPTION_LIST && outcome == DONE && (word = text_word(&value, " ", &length)) != NULL;) {
		const char *text = arena_text_part(r->arena, word, length);
		outcome = text == NULL ? fail(r->error, FAILED, "out of memory") : row->check(text, r->error);
	}
	return outcome == DONE ? DONE : fail_within(r->error, outcome, "%s", row->name);
}

static int store(struct reading *r, const struct option_row *row, const char *value)
{
	char *member = (char *)r->config + row->offset;
	if (row->kind == OPTION_NUMBER || row->kind == OPTION_FLAG) {
		int64_t number;
		bool flag = row->kind == OPTION_FLAG;
		if (flag && (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0))
			number = value[0] == 'y';
		else if (!text_number(value, flag ? 0 : row->least, flag ? 1 : row->most, &number))
			return fail(r->error, REFUSED, flag ? "%s: '%s': wanted yes or no"
				: "%s: '%s': wanted a number from %lld to %lld", row->name, value,
				(long long)row->least, (long long)row->most);
		memcpy(member, &number, sizeof number);
		return DONE;
	}
	int outcome = row->check == NULL ? DONE : check_text(r, row, value);
	if (outcome != DONE)
		return outcome;
	uint64_t bit = UINT64_C(1) << (row - r->table->rows);
	bool more = (r->listed & bit) != 0;
	r->listed |= bit;
	if (row->kind == OPTION_NETWORKS)
		return store_networks(r, row, value, (void *)member, more);
	const char *before = *(const char *const *)(const void *)member;
	char *text = row->kind == OPTION_LIST && more ? arena_format(r->arena, "%s %s", before, value)
						      : arena_text(r->arena, value);
	if (text == NULL)
		return fail(r->error, FAILED, "out of memory");
	memcpy(member, &text, sizeof text);
	return DONE;
}

int option_judge(const struct option_row *row, const char *value, struct error *e)
{
	union {
		int64_t number;
		const char *text;
		struct networks networks;
	} room = { 0 };
	struct option_row alone = *row;
	const struct option_table table = { .rows = &alone, .count = 1 };
	struct arena arena = { 0 };
	struct reading r = { .table = &table, .config = &room, .arena = &arena, .error = e };
	alone.offset = 0;
	int outcome = store(&r, &alone, value);
	arena_free(&arena);
	return outcome;
}

/* The sections of all programs that read the file. */
const char *const options_sections[] = { "windsock", "dnsd", "updater", "prober", "agent", NULL };

/* The section that NAME is; NULL for none. */
static const char *find_section(const char *name)
{
	for (const char *const *section = options_sections; *section != NULL; section++)
		if (strcmp(*section, name) == 0)
			return *section;
	return NULL;
}

/* Whether one slip of the fingers leads from A to B: a letter too many, too few or wrong, or two in turned order. */
static bool is_slip(const char *a, const char *b)
{
	size_t long_a = strlen(a), long_b = strlen(b), head = 0, tail = 0;
	while (a[head] != '\0' && a[head] == b[head])
		head++;
	while (tail < long_a - head && tail < long_b - head && a[long_a - 1 - tail] == b[long_b - 1 - tail])
		tail++;
	long_a -= head + tail;
	long_b -= head + tail;
	return (long_a <= 1 && long_b <= 1)
		|| (long_a == 2 && long_b == 2 && a[head] == b[head + 1] && a[head + 1] == b[head]);
}

/* Refuses a section that no program reads: it is a slip, and what stands in it would silently be left out. */
static int check_section(const struct reading *r, const char *section, const char *setting)
{
	if (*section == '\0')
		return fail(r->error, REFUSED, "'%s' stands before any [section]: [windsock], [dnsd], [updater] or [prober]",
			setting);
	if (find_section(section) != NULL)
		return DONE;
	for (const char *const *known = options_sections; *known != NULL; known++)
		if (is_slip(section, *known))
			return fail(r->error, REFUSED, "there is no section [%s]: is it [%s]?", section, *known);
	return find_section(r->table->section) == NULL ? DONE
		: fail(r->error, REFUSED, "there is no section [%s], but [windsock], [dnsd], [updater] and [prober]", section);
}

/* Refuses a name in [windsock] that is a slip of one of ours. Others pass: which settings other programs share is not
 * known here. */
static int check_common(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->table->count; i++)
		if (is_slip(name, r->table->rows[i].name))
			return fail(r->error, REFUSED, "[windsock] has no setting '%s': is it '%s'?", name, r->table->rows[i].name);
	return DONE;
}

/* Takes a setting of the file that is ours; those of others are passed over, unless nobody would read them. */
static int from_file(void *context, const struct option_line *line, struct error *e)
{
	struct reading *r = context;
	bool ours = strcmp(line->section, r->table->section) == 0, common = strcmp(line->section, "windsock") == 0;
	int outcome = ours ? DONE : check_section(r, line->section, line->name);
	if (outcome != DONE || (!ours && !common))
		return outcome;
	const struct option_row *row = option_find(r->table, line->name, strlen(line->name));
	if (row != NULL)
		return store(r, row, line->value);
	return common ? check_common(r, line->name) /* another program's */
		: fail(e, REFUSED, "[%s] has no setting '%s'", line->section, line->name);
}

/* A file on its way through libinih. */
struct walk {
	FILE *file;
	int number, longest; /* the line; longest: octets that one may have */
	bool overlong;
	int (*visit)(void *, const struct option_line *, struct error *);
	void *context;
	struct error *error;
	int outcome; /* what the visit returned */
};

/* Hands libinih a line. It would take the rest of one that is longer than its buffer for another
 * setting: such a line ends the file, as does one that the visit refused. */
static char *next_line(char *line, int room, void *context)
{
	struct walk *w = context;
	if (w->outcome != DONE || w->overlong || fgets(line, room, w->file) == NULL)
		return NULL;
	w->number++;
	w->longest = room - 2;
	w->overlong = strchr(line, '\n') == NULL && strlen(line) + 1 == (size_t)room;
	return w->overlong ? NULL : line;
}

static int take_setting(void *context, const char *section, const char *name, const char *value)
{
	struct walk *w = context;
	const struct option_line line = { w->number, section, name, value };
	w->outcome = w->visit(w->context, &line, w->error);
	return 1;
}

int options_walk(const char *path, int (*visit)(void *context, const struct option_line *, struct error *), void *context,
	struct error *e)
{
	struct walk w = { .file = fopen(path, "re"), .visit = visit, .context = context, .error = e };
	if (w.file == NULL) {
		int outcome = errno == ENOENT || errno == ENOTDIR ? ABSENT : REFUSED;
		return fail(e, outcome, "%s: %s", path, strerror(errno));
	}
	int wrong = ini_parse_stream(next_line, &w, take_setting, &w);
	bool broken = ferror(w.file) != 0;
	fclose(w.file);
	if (broken)
		return fail(e, FAILED, "%s: cannot be read", path);
	if (w.outcome != DONE)
		return fail_within(e, w.outcome, "%s:%d", path, w.number);
	if (w.overlong)
		return fail(e, REFUSED, "%s:%d: a line has at most %d octets; a list can go on in further "
			"lines that set it again", path, w.number, w.longest);
	if (wrong != 0)
		return fail(e, REFUSED, "%s:%d: not [section], name = value or ; comment", path, wrong);
	return DONE;
}

static int read_file(struct reading *r, const char *path, bool needed)
{
	r->listed = 0;
	int outcome = options_walk(path, from_file, r, r->error);
	if (outcome == ABSENT) /* one that is there and cannot be read is no reason to go on by other settings */
		return needed ? REFUSED : DONE;
	return outcome;
}

/* What the environment says goes before a file that nobody named. */
static int read_environment(struct reading *r)
{
	int outcome = DONE;
	for (size_t i = 0; i < r->table->count && outcome == DONE; i++) {
		const struct option_row *row = &r->table->rows[i];
		const char *value = row->environment == NULL ? NULL : getenv(row->environment);
		if (value != NULL && *value != '\0' && (outcome = store(r, row, value)) != DONE)
			fail_within(r->error, outcome, "$%s", row->environment);
	}
	return outcome;
}

/* The second is where it stood until version 0.2. */
static const char standard_file[] = SYSCONFDIR "/windsock/windsock.conf", former_file[] = SYSCONFDIR "/windsock.conf";

/* One argument of the command line; *i is left on the last word it took. */
static int argument(struct reading *r, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
		return fail(r->error, REFUSED, "'%s' is not an option: see --help", word);
	size_t length = strcspn(word + 2, "=");
	const struct option_row *row = option_find(r->table, word + 2, length);
	if (row == NULL && strncmp(word, "--no-", 5) == 0) {
		row = option_find(r->table, word + 5, strlen(word + 5));
		if (row != NULL && row->kind == OPTION_FLAG)
			return store(r, row, "0");
		row = NULL;
	}
	if (row == NULL)
		return fail(r->error, REFUSED, "there is no option %.*s: see --help", (int)length + 2, word);
	if (word[2 + length] == '=')
		return store(r, row, word + 3 + length);
	if (row->kind == OPTION_FLAG)
		return store(r, row, "1");
	if (*i + 1 >= argc)
		return fail(r->error, REFUSED, "%s needs %s", word, row->argument);
	return store(r, row, argv[++*i]);
}

static bool is_config(const char *word)
{
	return strcmp(word, "-c") == 0 || strcmp(word, "--config") == 0;
}

const char *options_file(int argc, char **argv)
{
	bool former = access(standard_file, F_OK) != 0 && access(former_file, F_OK) == 0;
	const char *path = former ? former_file : standard_file;
	for (int i = 1; i + 1 < argc; i++)
		if (is_config(argv[i]))
			path = argv[++i];
	return path;
}

int options_read(const struct option_table *table, int argc, char **argv, void *config,
	struct arena *arena, struct error *e)
{
	struct reading r = { .table = table, .config = config, .arena = arena, .error = e };
	bool needed = false;
	int outcome = DONE;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			options_help(table, standard_file);
			return OPTIONS_SHOWN;
		}
		if (strcmp(argv[i], "--version") == 0) {
			printf("%s %s\n", table->program, PACKAGE_VERSION);
			return OPTIONS_SHOWN;
		}
		if (is_config(argv[i]) && i + 1 >= argc)
			return fail(e, REFUSED, "%s needs FILE", argv[i]);
		if (is_config(argv[i])) {
			i++;
			needed = true;
		}
	}
	for (size_t i = 0; i < table->count && outcome == DONE; i++)
		outcome = store(&r, &table->rows[i], table->rows[i].standard != NULL ? table->rows[i].standard
			: table->rows[i].kind >= OPTION_NUMBER ? "0" : "");
	if (outcome == DONE)
		outcome = read_file(&r, options_file(argc, argv), needed);
	r.listed = 0;
	if (outcome == DONE && !needed)
		outcome = read_environment(&r);
	for (int i = 1; i < argc && outcome == DONE; i++) {
		if (is_config(argv[i]))
			i++;
		else
			outcome = argument(&r, argc, argv, &i);
	}
	return outcome;
}
