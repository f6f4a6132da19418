/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of options filled from a file and the command line, each value checked by its row. */
#include "lib/options.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/text.h"

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
	int outcome;
	const char *path;
	uint64_t listed; /* a bit a row: its list was begun by this source (file, command line), so that more adds to
	                  * it; the first of a source replaces what earlier ones said */
};

static const struct option_row *find(const struct option_table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++)
		if (strlen(table->rows[i].name) == length && memcmp(table->rows[i].name, name, length) == 0)
			return &table->rows[i];
	return NULL;
}

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

/* The sections of all programs that read the file. */
static const char *const sections[] = { "windsock", "dnsd", "updater", "prober", "agent", NULL };

/* The section that NAME is; NULL for none. */
static const char *find_section(const char *name)
{
	for (const char *const *section = sections; *section != NULL; section++)
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
	for (const char *const *known = sections; *known != NULL; known++)
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

static int from_file(void *context, const char *section, const char *name, const char *value)
{
	struct reading *r = context;
	bool ours = strcmp(section, r->table->section) == 0, common = strcmp(section, "windsock") == 0;
	if (r->outcome != DONE)
		return 1;
	if (!ours)
		r->outcome = check_section(r, section, name);
	if (r->outcome != DONE || (!ours && !common))
		return r->outcome == DONE;
	const struct option_row *row = find(r->table, name, strlen(name));
	if (row == NULL && common) /* another program's */
		return (r->outcome = check_common(r, name)) == DONE;
	r->outcome = row == NULL
		? fail(r->error, REFUSED, "[%s] has no setting '%s'", section, name)
		: store(r, row, value);
	return r->outcome == DONE;
}

struct lines {
	FILE *file;
	int number, longest; /* longest: octets that a line may have */
	bool overlong;
};

/* Hands libinih a line. It would take the rest of one that is longer than its buffer for another
 * setting: such a line ends the file. */
static char *next_line(char *line, int room, void *context)
{
	struct lines *l = context;
	if (l->overlong || fgets(line, room, l->file) == NULL)
		return NULL;
	l->number++;
	l->longest = room - 2;
	l->overlong = strchr(line, '\n') == NULL && strlen(line) + 1 == (size_t)room;
	return l->overlong ? NULL : line;
}

static int parse_file(struct reading *r, struct lines *lines)
{
	int line = ini_parse_stream(next_line, lines, from_file, r);
	if (r->outcome == DONE && lines->overlong) {
		r->outcome = fail(r->error, REFUSED, "a line has at most %d octets; a list can go on in further "
			"lines that set it again", lines->longest);
		return lines->number;
	}
	return line;
}

static int read_file(struct reading *r, const char *path, bool needed)
{
	struct lines lines = { .file = fopen(path, "re") };
	if (lines.file == NULL) /* one that is there and cannot be read is no reason to go on by other settings */
		return needed || (errno != ENOENT && errno != ENOTDIR) ? fail(r->error, REFUSED, "%s: %s", path, strerror(errno)) : DONE;
	r->listed = 0;
	int line = parse_file(r, &lines);
	bool broken = ferror(lines.file) != 0;
	fclose(lines.file);
	if (broken)
		return fail(r->error, FAILED, "%s: cannot be read", path);
	if (r->outcome != DONE)
		return fail_within(r->error, r->outcome, "%s:%d", path, line);
	if (line != 0)
		return fail(r->error, REFUSED, "%s:%d: not [section], name = value or ; comment", path, line);
	return DONE;
}

/* The second is where it stood until version 0.2. */
static const char standard_file[] = SYSCONFDIR "/windsock/windsock.conf", former_file[] = SYSCONFDIR "/windsock.conf";

static void help(const struct option_table *table)
{
	printf("usage: %s [OPTION]...\n%s\n\noptions:\n", table->program, table->summary);
	printf("  -c, --config FILE         read settings from FILE (default %s)\n", standard_file);
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", row->name, row->kind == OPTION_FLAG ? "" : " ",
			row->kind == OPTION_FLAG ? "" : row->argument);
		printf("      %-20s  %s", left, row->help);
		if (row->kind == OPTION_LIST || row->kind == OPTION_NETWORKS)
			printf("; may be given again");
		if (row->standard != NULL && *row->standard != '\0')
			printf(" (default %s)", row->standard);
		putchar('\n');
	}
	printf("      --help                print this\n      --version             print the version\n");
}

/* One argument of the command line; *i is left on the last word it took. */
static int argument(struct reading *r, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
		return fail(r->error, REFUSED, "'%s' is not an option: see --help", word);
	size_t length = strcspn(word + 2, "=");
	const struct option_row *row = find(r->table, word + 2, length);
	if (row == NULL && strncmp(word, "--no-", 5) == 0) {
		row = find(r->table, word + 5, strlen(word + 5));
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
			help(table);
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
	for (int i = 1; i < argc && outcome == DONE; i++) {
		if (is_config(argv[i]))
			i++;
		else
			outcome = argument(&r, argc, argv, &i);
	}
	return outcome;
}
