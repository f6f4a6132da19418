/* SPDX-License-Identifier: BSD-2-Clause */
/* A replay's figures as text and as JSON. */
#include "tools/simulate/simulate.h"

#include <string.h>

#include "tools/table.h"

/* Who is stranded for what: days that differ in it are worth a look. */
static uint64_t signature(const struct replay *r, const struct day *day)
{
	uint64_t hash = 1;
	for (size_t p = 0; p < r->scenario->product_count; p++)
		for (int cause = 0; cause < CAUSES; cause++)
			hash = hash * 3 + (day->rows[p].stranded[cause] > 0);
	return hash;
}

static bool shown(const struct simulation *s, size_t index)
{
	const struct replay *r = s->replay;
	const struct day *day = &r->days[index];
	return s->all_days || index == 0 || index + 1 == r->day_count || day->action_count > 0 || day->notes != NULL
		|| signature(r, day) != signature(r, day - 1);
}

static const char *product_name(struct command *c, const struct replay *r, size_t product)
{
	const struct release *release = &r->stage.traits[product];
	char *name = arena_format(&c->arena, "%s %s", release->product, release->version);
	return name == NULL ? "?" : name;
}

static void add_causes(const struct day_row *row, struct text *out)
{
	for (int cause = 0; cause < CAUSES; cause++)
		if (row->stranded[cause] > 0)
			text_addf(out, "%s%s: %u", out->length == 0 ? "" : "; ", cause_words((enum cause)cause),
				row->stranded[cause]);
}

static void print_number(struct table_print *table, uint32_t number)
{
	char text[16];
	snprintf(text, sizeof text, "%u", number);
	table_cell(table, text);
}

static void print_rows_of(struct command *c, const struct replay *r, const struct day *day)
{
	struct table_print table = { .heads = { "  release", "clients", "connected", "stranded", "why" },
		.columns = 5 };
	for (size_t p = 0; p < r->scenario->product_count; p++) {
		const struct day_row *row = &day->rows[p];
		uint32_t stranded = row_stranded(row);
		struct text why = { 0 }, name = { 0 };
		if (row->clients == 0 && stranded == 0)
			continue;
		text_addf(&name, "  %s", product_name(c, r, p));
		add_causes(row, &why);
		table_cell(&table, name.bytes == NULL ? "?" : name.bytes);
		print_number(&table, row->clients);
		print_number(&table, row->clients > stranded ? row->clients - stranded : 0);
		print_number(&table, stranded);
		table_cell(&table, why.length == 0 ? "-" : why.bytes);
		text_free(&why);
		text_free(&name);
	}
	table_end(c, &table);
}

static void print_load(FILE *out, const struct replay *r, const struct day *day)
{
	const char *comma = "";
	fprintf(out, "  load: ");
	for (size_t m = 0; m < day->machine_count; m++) {
		if (day->load[m] == 0)
			continue;
		fprintf(out, "%s%s %u", comma, r->stage.machines[m].name, day->load[m]);
		comma = ", ";
	}
	fprintf(out, "%s\n", *comma == '\0' ? "nothing" : "");
}

static void print_notes(FILE *out, const char *notes)
{
	size_t length;
	for (const char *note; notes != NULL && (note = text_word(&notes, "\n", &length)) != NULL;)
		fprintf(out, "  (%.*s)\n", (int)length, note);
}

static void print_day(struct command *c, const struct replay *r, const struct day *day)
{
	char date[DATE_TEXT];
	date_write(day->date, date);
	fprintf(c->out, "%s\n", date);
	for (size_t i = 0; i < day->action_count; i++)
		fprintf(c->out, "  %s\n", r->scenario->actions[day->action + i].text);
	print_notes(c->out, day->notes);
	print_rows_of(c, r, day);
	print_load(c->out, r, day);
	fputc('\n', c->out);
}

static void print_summary(struct command *c, const struct replay *r)
{
	char date[DATE_TEXT], worst[DATE_TEXT];
	if (!r->first.any) {
		fprintf(c->out, "%s\n", "stranded: nobody");
		return;
	}
	char *reason = stranding_reason(r, &c->arena);
	date_write(r->first.at, date);
	date_write(r->worst, worst);
	fprintf(c->out, "first stranded: %s, %s\n", date, reason == NULL ? "?" : reason);
	fprintf(c->out, "worst day: %s, %llu clients stranded\n", worst, (unsigned long long)r->worst_count);
	fprintf(c->out, "client-days stranded: %llu, of them %llu while a compatible relay existed\n",
		(unsigned long long)r->client_days, (unsigned long long)r->avoidable_days);
	fprintf(c->out, "client-hours stranded: %.0f\n", r->client_hours);
}

void simulation_text(struct command *c, const struct simulation *s)
{
	const struct replay *r = s->replay;
	char from[DATE_TEXT], until[DATE_TEXT];
	date_write(r->scenario->from, from);
	date_write(r->scenario->until, until);
	fprintf(c->out, "%s to %s: %zu days, %lld clients in %lld networks, seed %llu\n\n", from, until, r->day_count,
		(long long)r->scenario->clients, (long long)r->scenario->networks, (unsigned long long)s->seed);
	for (size_t i = 0; i < r->day_count; i++)
		if (shown(s, i))
			print_day(c, r, &r->days[i]);
	print_summary(c, r);
}

static json_t *row_object(const struct replay *r, const struct day *day, size_t p)
{
	const struct day_row *row = &day->rows[p];
	const struct release *release = &r->stage.traits[p];
	uint32_t stranded = row_stranded(row);
	json_t *causes = json_object();
	for (int cause = 0; cause < CAUSES; cause++)
		if (row->stranded[cause] > 0)
			json_object_set_new(causes, cause_words((enum cause)cause),
				json_integer(row->stranded[cause]));
	return json_pack("{ss ss si si si si so}", "product", release->product, "version", release->version,
		"clients", (int)row->clients, "connected", (int)(row->clients > stranded ? row->clients - stranded : 0),
		"stranded", (int)stranded, "avoidable", (int)row->avoidable, "why", causes);
}

static json_t *notes_array(const char *notes)
{
	size_t length;
	json_t *array = json_array();
	for (const char *note; notes != NULL && (note = text_word(&notes, "\n", &length)) != NULL;)
		json_array_append_new(array, json_stringn(note, length));
	return array;
}

static json_t *day_object(const struct replay *r, const struct day *day)
{
	char date[DATE_TEXT];
	json_t *actions = json_array(), *releases = json_array(), *load = json_object();
	date_write(day->date, date);
	for (size_t i = 0; i < day->action_count; i++)
		json_array_append_new(actions, json_string(r->scenario->actions[day->action + i].text));
	for (size_t p = 0; p < r->scenario->product_count; p++)
		if (day->rows[p].clients > 0 || row_stranded(&day->rows[p]) > 0)
			json_array_append_new(releases, row_object(r, day, p));
	for (size_t m = 0; m < day->machine_count; m++)
		if (day->load[m] > 0)
			json_object_set_new(load, r->stage.machines[m].name, json_integer(day->load[m]));
	return json_pack("{ss so so so so}", "date", date, "actions", actions, "notes", notes_array(day->notes),
		"releases", releases, "load", load);
}

static json_t *stranded_object(struct command *c, const struct replay *r)
{
	char date[DATE_TEXT], worst[DATE_TEXT];
	json_t *object = json_pack("{sI sI sf}", "client_days", (json_int_t)r->client_days,
		"avoidable_client_days", (json_int_t)r->avoidable_days, "client_hours", r->client_hours);
	if (!r->first.any)
		return object;
	const struct release *who = &r->stage.traits[r->first.product];
	const char *reason = stranding_reason(r, &c->arena);
	date_write(r->first.at, date);
	date_write(r->worst, worst);
	json_object_set_new(object, "first", json_pack("{ss ss ss ss ss sb}", "date", date, "product",
		who->product, "version", who->version, "cause", cause_words(r->first.cause), "reason",
		reason == NULL ? "" : reason, "avoidable", r->first.avoidable));
	json_object_set_new(object, "worst", json_pack("{ss sI}", "date", worst, "clients",
		(json_int_t)r->worst_count));
	return object;
}

void simulation_json(struct command *c, const struct simulation *s)
{
	const struct replay *r = s->replay;
	char from[DATE_TEXT], until[DATE_TEXT];
	json_t *days = json_array();
	date_write(r->scenario->from, from);
	date_write(r->scenario->until, until);
	for (size_t i = 0; i < r->day_count; i++)
		if (shown(s, i))
			json_array_append_new(days, day_object(r, &r->days[i]));
	print_json(c, json_pack("{ss ss ss sI sI sI sI so so}", "scenario", s->path, "from", from, "until", until,
		"clients", (json_int_t)r->scenario->clients, "networks", (json_int_t)r->scenario->networks,
		"seed", (json_int_t)s->seed, "days_simulated", (json_int_t)r->day_count, "days", days, "stranded",
		stranded_object(c, r)));
}
