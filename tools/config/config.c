/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock config check`: each setting is held against the tables of all programs, and all faults are told at once. */
#include "tools/config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/array.h"
#include "settings/tables.h"
#include "tools/nearest.h"
#include "tools/table.h"

void config_fault(struct config *f, int line, const char *format, ...)
{
	char what[ERROR_TEXT];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	json_array_append_new(f->faults, json_pack("{s:s, s:i, s:s}", "file", f->path, "line", line, "what", what));
	f->command->status = STATUS_FAILED;
	if (f->command->json)
		return;
	if (line > 0)
		fprintf(f->command->out, "%s:%d: %s\n", f->path, line, what);
	else
		fprintf(f->command->out, "%s: %s\n", f->path, what);
}

bool config_concerns(const struct config_entry *entry, const struct option_table *table)
{
	bool common = strcmp(entry->section, "windsock") == 0;
	return strcmp(entry->section, table->section) == 0
		|| (common && option_find(table, entry->name, strlen(entry->name)) != NULL);
}

const char *config_value(const struct config *f, const struct option_table *table, const struct option_row *row, int *line)
{
	const char *value = row->standard == NULL ? "" : row->standard;
	*line = 0;
	for (size_t i = 0; i < f->count; i++)
		if (config_concerns(&f->entries[i], table) && strcmp(f->entries[i].name, row->name) == 0) {
			value = f->entries[i].value;
			*line = f->entries[i].line;
		}
	return value;
}

static bool is_section(const char *section)
{
	const char *const *known = options_sections;
	while (*known != NULL && strcmp(*known, section) != 0)
		known++;
	return *known != NULL;
}

static void fault_section(struct config *f, const struct config_entry *entry)
{
	struct nearest near = { .word = entry->section };
	for (const char *const *known = options_sections; *known != NULL; known++)
		nearest_try(&near, *known, strlen(*known));
	if (*entry->section == '\0')
		config_fault(f, entry->line, "'%s' stands before any [section]", entry->name);
	else if (near.best != NULL)
		config_fault(f, entry->line, "there is no section [%s]: did you mean [%s]?", entry->section, near.best);
	else
		config_fault(f, entry->line, "there is no section [%s], but [windsock], [dnsd], [updater] and [prober]", entry->section);
}

/* A name that its section has not got: a slip, or another program's. */
static void fault_name(struct config *f, const struct config_entry *entry)
{
	struct nearest near = { .word = entry->name };
	bool common = strcmp(entry->section, "windsock") == 0;
	const char *elsewhere = NULL;
	for (size_t t = 0; settings_tables[t] != NULL; t++) {
		const struct option_table *table = settings_tables[t];
		if (option_find(table, entry->name, strlen(entry->name)) != NULL)
			elsewhere = table->section;
		for (size_t i = 0; (common || strcmp(entry->section, table->section) == 0) && i < table->count; i++)
			nearest_try(&near, table->rows[i].name, strlen(table->rows[i].name));
	}
	if (elsewhere != NULL)
		config_fault(f, entry->line, "[%s] has no setting '%s': [%s] has", entry->section, entry->name, elsewhere);
	else if (near.best != NULL)
		config_fault(f, entry->line, "[%s] has no setting '%s': did you mean '%s'?", entry->section, entry->name, near.best);
	else
		config_fault(f, entry->line, "[%s] has no setting '%s'", entry->section, entry->name);
}

static void check_entry(struct config *f, const struct config_entry *entry)
{
	struct error e;
	bool known = strcmp(entry->section, "agent") == 0; /* another program's, which judges it itself */
	int outcome = DONE;
	if (!is_section(entry->section)) {
		fault_section(f, entry);
		return;
	}
	for (size_t t = 0; settings_tables[t] != NULL && outcome == DONE; t++) {
		const struct option_row *row = option_find(settings_tables[t], entry->name, strlen(entry->name));
		if (row == NULL || !config_concerns(entry, settings_tables[t]))
			continue;
		known = true;
		outcome = option_judge(row, entry->value, &e);
	}
	if (!known)
		fault_name(f, entry);
	else if (outcome != DONE)
		config_fault(f, entry->line, "%s", e.text);
}

/* Keeps a setting: all are looked at together, when the file was read. */
static int keep(void *context, const struct option_line *line, struct error *e)
{
	struct config *f = context;
	struct arena *arena = &f->command->arena;
	if (!array_room_in(arena, &f->entries, &f->room, f->count + 1, sizeof *f->entries))
		return fail(e, FAILED, "out of memory");
	struct config_entry *entry = &f->entries[f->count++];
	*entry = (struct config_entry){ line->number, arena_text(arena, line->section), arena_text(arena, line->name),
		arena_text(arena, line->value) };
	return entry->section == NULL || entry->name == NULL || entry->value == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* What cannot be read as settings at all; it ends with the words of options_walk, which cite file and line. */
static void fault_walk(struct config *f, const struct error *e)
{
	size_t length = strlen(f->path);
	const char *rest = e->text;
	int line = 0;
	if (strncmp(rest, f->path, length) == 0 && rest[length] == ':') {
		int end = 0;
		rest += length + 1;
		if (sscanf(rest, "%d:%n", &line, &end) == 1 && end > 0)
			rest += end;
		else
			line = 0;
	}
	config_fault(f, line, "%s", rest + strspn(rest, " "));
}

static int config_check(struct command *c, struct error *e)
{
	char *words[] = { NULL, (char *)(uintptr_t)"-c", (char *)(uintptr_t)option(c, "config") };
	struct config f = { .command = c, .faults = json_array() };
	f.path = c->word_count > 0 ? c->words[0] : options_file(words[2] == NULL ? 1 : 3, words);
	f.user = option(c, "user");
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = options_walk(f.path, keep, &f, e);
	if (outcome == REFUSED || outcome == ABSENT) {
		fault_walk(&f, e);
		outcome = DONE;
	}
	for (size_t i = 0; outcome == DONE && i < f.count; i++)
		check_entry(&f, &f.entries[i]);
	if (outcome == DONE) {
		config_check_listen(&f);
		config_check_files(&f);
	}
	if (outcome == DONE && c->json)
		print_json(c, json_incref(f.faults));
	else if (outcome == DONE && json_array_size(f.faults) == 0)
		say(c, "%s: %s, no fault", f.path, counted(c, (int64_t)f.count, "setting"));
	json_decref(f.faults);
	return outcome;
}

const struct verb config_verbs[] = {
	{ "config", "check", VERB_ALONE, 0, 1, "[FILE] [--user NAME]",
		"Reads windsock.conf as all programs would, and says what is wrong with it, each fault with its line: unknown sections\n"
		"and settings, values that are refused, addresses that two would listen at, and files that are missing or that the\n"
		"daemon's user, or NAME, may not read. Who may do what is seen by root alone. Exit status 1 when there is a fault.",
		"config check /etc/windsock/windsock.conf", config_check },
	{ 0 },
};
