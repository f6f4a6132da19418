/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients of today by version, and labels that nobody defined. */
#include "tools/watch/today.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 10 /* lines, or versions on a line, for people */ };

static int compare_sessions(const void *left, const void *right)
{
	const struct telemetry_sessions *a = left, *b = right;
	return a->sessions != b->sessions ? (a->sessions < b->sessions ? 1 : -1) : strcmp(a->version, b->version);
}

/* Soon after midnight, not all relays have said anything yet: then yesterday is the newest day. */
static int find_sessions(struct command *c, const struct telemetry_files *files, struct today *t, struct error *e)
{
	struct telemetry_sessions *all;
	size_t count, first;
	int outcome = telemetry_sessions(files, telemetry_today() - 1, &c->arena, &all, &count, e);
	if (outcome != DONE || count == 0)
		return outcome;
	for (first = count - 1; first > 0 && all[first - 1].day == all[count - 1].day; first--)
		;
	t->version = all + first;
	t->versions = count - first;
	qsort(t->version, t->versions, sizeof *t->version, compare_sessions);
	return DONE;
}

int today_find(struct command *c, struct today *t, struct error *e)
{
	struct telemetry_files files;
	struct error why;
	*t = (struct today){ 0 };
	int outcome = telemetry_take(c, &files, &why);
	int options = options_done(c, e);
	if (outcome == DONE && options == DONE)
		outcome = telemetry_unknowns(&files, telemetry_today(), &c->arena, &t->label, &t->labels, &why);
	if (outcome == DONE && options == DONE)
		outcome = telemetry_zones(&files, telemetry_today(), &c->arena, &t->zone, &t->zones, &why);
	if (outcome == DONE && options == DONE)
		outcome = find_sessions(c, &files, t, &why);
	if (outcome != DONE)
		note("%s", why.text);
	telemetry_drop(&files);
	return options;
}

void today_print(FILE *out, const struct today *t)
{
	for (size_t i = 0; i < t->labels && i < SHOWN; i++) {
		const char *label = t->label[i].label;
		fprintf(out, "label %s: nobody defined it; %lld queries today\n", *label == '\0' ? "(others)" : label,
			(long long)t->label[i].queries);
	}
	if (t->labels > SHOWN)
		fprintf(out, "%zu more labels that nobody defined\n", t->labels - SHOWN);
	for (size_t i = 0; i < t->zones && i < SHOWN; i++)
		fprintf(out, "zone %s: about %.0f network%s asked for its pools; %lld queries today\n", t->zone[i].zone,
			t->zone[i].networks, t->zone[i].networks < 1.5 ? "" : "s", (long long)t->zone[i].queries);
	if (t->zones > SHOWN)
		fprintf(out, "%zu more zones whose pools were asked for\n", t->zones - SHOWN);
	for (size_t i = 0; i < t->versions && i < SHOWN; i++)
		fprintf(out, "%s%s %lld", i == 0 ? "sessions: " : ", ", t->version[i].version,
			(long long)t->version[i].sessions);
	if (t->versions > SHOWN)
		fprintf(out, ", and of %zu more versions", t->versions - SHOWN);
	if (t->versions > 0)
		fputc('\n', out);
}

void today_json(const struct today *t, json_t *object)
{
	json_t *labels = json_array(), *zones = json_array(), *versions = json_array();
	for (size_t i = 0; i < t->labels; i++)
		json_array_append_new(labels, json_pack("{s:s, s:I, s:I}", "label", t->label[i].label, "queries",
			(json_int_t)t->label[i].queries, "last", (json_int_t)t->label[i].last));
	for (size_t i = 0; i < t->zones; i++)
		json_array_append_new(zones, json_pack("{s:s, s:I, s:I}", "zone", t->zone[i].zone, "queries",
			(json_int_t)t->zone[i].queries, "networks", (json_int_t)(t->zone[i].networks + 0.5)));
	for (size_t i = 0; i < t->versions; i++)
		json_array_append_new(versions, json_pack("{s:s, s:I}", "version", t->version[i].version,
			"sessions", (json_int_t)t->version[i].sessions));
	json_object_set_new(object, "undefined_labels", labels);
	json_object_set_new(object, "zones_asked", zones);
	json_object_set_new(object, "sessions", versions);
}
