/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows before and after a change, in words or as JSON. */
#include "tools/registry/preview.h"

#include <string.h>

#include "lib/address.h"
#include "registry/fleet.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

/* Clients would find one machine as two relays; and who removes a relay must know whose hosts go with it. */
static int judge_relay(struct command *c, const struct relay *was, const struct relay *is, struct error *e)
{
	struct relay other;
	struct address address;
	struct pointing hosts;
	char text[ADDRESS_TEXT];
	if (is != NULL && was != NULL && is->state == RELAY_INVITED && was->state != RELAY_INVITED)
		return harm(c, e, "relay %s has registered since it was invited, and could not again", is->name);
	if (is != NULL) {
		int outcome = registry_relay_at(c->registry, is->addresses, is->name, &c->arena, &other, &address, e);
		if (outcome != DONE)
			return outcome == ABSENT ? DONE : outcome;
		address_write(&address, text);
		return fail(e, REFUSED, "relay %s: %s is relay %s's address", is->name, text, other.name);
	}
	int outcome = relay_pointing(c, was, &hosts, e);
	if (outcome == DONE && hosts.count > 0)
		outcome = harm(c, e, "%zu host%s at relay %s still: %s", hosts.count, hosts.count == 1 ? " points" : "s point",
			was->name, pointing_text(c, &hosts));
	return outcome;
}

/* While the parent has a DS, a zone without signatures is bogus to whoever validates. */
int preview_judge_zone(struct command *c, const struct zone *was, const struct zone *is, struct error *e)
{
	if (was == NULL || was->signed_ == ZONE_UNSIGNED || (is != NULL && is->signed_ == was->signed_))
		return DONE;
	return harm(c, e, "zone %s is signed, and its parent may have a DS: 'windsock dnssec unsign' or 'zone remove' asks it",
		was->name);
}

static int show(struct preview *p, const struct row_sides *s, struct error *e)
{
	struct command *c = p->command;
	struct text line = { 0 }, words = { 0 };
	if (c->json) {
		json_t *row = row_sides_json(s);
		json_object_set_new(row, "change", json_string(s->was == NULL ? "added" : s->is == NULL ? "removed" : "changed"));
		p->rows = p->rows == NULL ? json_array() : p->rows;
		json_array_append_new(p->rows, row);
		return DONE;
	}
	row_words_key(s, &line);
	row_words(s, &words);
	int outcome = line.broken || words.broken ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE)
		fprintf(c->out, "%c %s%s%s\n", s->was == NULL ? '+' : s->is == NULL ? '-' : '~', line.bytes,
			words.length > 0 ? ": " : "", words.length > 0 ? words.bytes : "");
	text_free(&line);
	text_free(&words);
	return outcome;
}

int preview_row(struct preview *p, const struct row_sides *s, struct error *e)
{
	if (!row_changed(s))
		return DONE;
	p->added += s->was == NULL;
	p->removed += s->is == NULL;
	p->changed += s->was != NULL && s->is != NULL;
	int outcome = DONE;
	if (s->kind == &relay_kind)
		outcome = judge_relay(p->command, s->was, s->is, e);
	if (s->kind == &zone_kind)
		outcome = preview_judge_zone(p->command, s->was, s->is, e);
	return outcome == DONE ? show(p, s, e) : outcome;
}

int preview_end(struct preview *p, const char *what, int outcome)
{
	struct command *c = p->command;
	json_t *rows = p->rows != NULL ? p->rows : json_array();
	if (outcome != DONE) {
		json_decref(rows);
	} else if (c->json) {
		print_json(c, json_pack("{s:I, s:I, s:I, s:o}", "added", (json_int_t)p->added, "changed", (json_int_t)p->changed,
			"removed", (json_int_t)p->removed, "rows", rows));
	} else {
		json_decref(rows);
		say(c, "%s: %zu added, %zu changed, %zu removed", what, p->added, p->changed, p->removed);
	}
	if (outcome == DONE && c->planning)
		remark(c, "%s: %zu added, %zu changed, %zu removed (--dry-run shows each)", what, p->added, p->changed, p->removed);
	return outcome;
}
