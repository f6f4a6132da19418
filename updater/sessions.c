/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading relays' sessions, keeping them, and storing them now and then. */
#include "updater/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/text.h"

enum {
	VERSION_TEXT = 64,
	SESSIONS_MOST = 1000 * 1000 * 1000,
	STORE_EACH = 5000,    /* milliseconds */
	NOTES_MOST = 100000,  /* relays that are kept while nothing can be stored */
};

static bool is_version(const char *text, size_t length)
{
	if (length == 0 || length > VERSION_TEXT)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!ascii_letter(text[i]) && !ascii_digit(text[i]) && strchr("._+-~", text[i]) == NULL)
			return false;
	return true;
}

int sessions_read(const json_t *json, struct arena *arena, struct telemetry_sessions **list, size_t *count,
	struct error *e)
{
	const char *version;
	const json_t *number;
	void *iterator = json_object_iter((json_t *)(uintptr_t)json);
	*count = 0;
	if (!json_is_object(json))
		return fail(e, REFUSED, "sessions: wanted an object of numbers by version");
	if (json_object_size(json) > TELEMETRY_VERSIONS)
		return fail(e, REFUSED, "sessions: more than %d versions", TELEMETRY_VERSIONS);
	*list = arena_take(arena, (json_object_size(json) + 1) * sizeof **list);
	for (; iterator != NULL && *list != NULL;
		iterator = json_object_iter_next((json_t *)(uintptr_t)json, iterator)) {
		version = json_object_iter_key(iterator);
		number = json_object_iter_value(iterator);
		if (!is_version(version, strlen(version)))
			return fail(e, REFUSED, "sessions: '%.64s' is no version", version);
		if (!json_is_integer(number) || json_integer_value(number) < 0
			|| json_integer_value(number) > SESSIONS_MOST)
			return fail(e, REFUSED, "sessions: of version '%.64s': not a number of them", version);
		const char *copy = arena_text(arena, version);
		if (copy == NULL)
			return fail(e, FAILED, "out of memory");
		(*list)[(*count)++] = (struct telemetry_sessions){ copy, 0, json_integer_value(number) };
	}
	return *list == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

static struct session_note *find_note(struct session_notes *notes, const char *relay, int64_t day)
{
	for (struct session_note *n = notes->note; n < notes->note + notes->count; n++)
		if (n->day == day && strcmp(n->relay, relay) == 0)
			return n;
	return NULL;
}

static struct session_note *add_note(struct session_notes *notes)
{
	if (notes->count == NOTES_MOST)
		return NULL;
	if (!array_room(&notes->note, &notes->room, notes->count + 1, sizeof *notes->note))
		return NULL;
	return &notes->note[notes->count++];
}

int sessions_take(struct session_notes *notes, const char *relay, const json_t *facts, int64_t day,
	struct error *e)
{
	struct session_note fresh = { .day = day };
	const json_t *json = json_object_get(facts, "sessions");
	if (json == NULL || json_is_null(json))
		return DONE;
	int outcome = sessions_read(json, &fresh.arena, &fresh.list, &fresh.count, e);
	struct session_note *note = outcome != DONE ? NULL : find_note(notes, relay, day);
	if (note != NULL)
		arena_free(&note->arena);
	else if (outcome == DONE)
		note = add_note(notes);
	if (note == NULL) { /* either it was refused, or memory is out, which is no reason to refuse a heartbeat */
		arena_free(&fresh.arena);
		return outcome;
	}
	snprintf(fresh.relay, sizeof fresh.relay, "%s", relay);
	*note = fresh;
	return DONE;
}

static void forget(struct session_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		arena_free(&notes->note[i].arena);
	notes->count = 0;
}

static int add_all(void *kept, struct telemetry *t, struct error *e)
{
	const struct session_notes *notes = kept;
	int outcome = DONE;
	for (size_t i = 0; i < notes->count && outcome == DONE; i++) {
		const struct session_note *n = &notes->note[i];
		outcome = telemetry_put_sessions(t, n->relay, n->day, n->list, n->count, e);
	}
	return outcome;
}

void sessions_store(struct session_notes *notes, const char *path, const char *registry, int64_t day,
	int64_t now)
{
	static const struct storing_kind kind = { "relays' sessions", STORE_EACH, add_all };
	if (notes->count > 0 && storing_run(&notes->storing, &kind, notes, path, registry, day, now))
		forget(notes);
}

void sessions_free(struct session_notes *notes)
{
	forget(notes);
	free(notes->note);
	*notes = (struct session_notes){ 0 };
}
