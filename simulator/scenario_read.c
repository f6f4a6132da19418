/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario's lines: settings, and what is done on a date. */
#include "simulator/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/text.h"

/* Limits set by memory, and by how much a report can show. */
enum { CLIENTS_MOST = 10000000, NETWORKS_MOST = 65536, PRODUCTS_MOST = 64 };

/* Adds a zeroed element of SIZE bytes to an array of *COUNT. ARRAY points to the array's pointer. NULL when memory is
 * out. */
static void *one_more(void *array, size_t *count, size_t size)
{
	size_t room = *count; /* at least: a scenario is short, and read once */
	char *items;
	if (!array_room(array, &room, *count + 1, size))
		return NULL;
	memcpy(&items, array, sizeof items);
	return memset(items + (*count)++ * size, 0, size);
}

static int product_index(struct scenario *s, const char *product, const char *version, size_t *index,
	struct error *e)
{
	for (*index = 0; *index < s->product_count; (*index)++)
		if (strcmp(s->products[*index].traits.product, product) == 0
			&& strcmp(s->products[*index].traits.version, version) == 0)
			return DONE;
	if (s->product_count == PRODUCTS_MOST)
		return fail(e, REFUSED, "more than %d releases with clients", PRODUCTS_MOST);
	struct product *new = one_more(&s->products, &s->product_count, sizeof *new);
	if (new == NULL)
		return fail(e, FAILED, "out of memory");
	*new = (struct product){ .traits = { .product = product, .version = version }, .line = s->line };
	return DONE;
}

/* REFUSED, with the usage, when there are not COUNT words. */
static int expect(const struct words *w, int count, const char *usage, struct error *e)
{
	if (w->count == count)
		return DONE;
	return fail(e, REFUSED, "wanted %s", usage);
}

static int no_fields(const struct words *w, struct error *e)
{
	return w->value_count == 0 ? DONE : fail(e, REFUSED, "'%.40s=' has no place here", w->name[0]);
}

static int read_from(struct scenario *s, struct words *w, struct error *e)
{
	return date_read(w->word[1], &s->from, e);
}

static int read_until(struct scenario *s, struct words *w, struct error *e)
{
	return date_read(w->word[1], &s->until, e);
}

static int read_count(const struct words *w, int64_t most, int64_t *count, struct error *e)
{
	if (text_number(w->word[1], 1, most, count))
		return DONE;
	return fail(e, REFUSED, "%s '%.40s': wanted a number from 1 to %lld", w->word[0], w->word[1],
		(long long)most);
}

static int read_clients(struct scenario *s, struct words *w, struct error *e)
{
	return read_count(w, CLIENTS_MOST, &s->clients, e);
}

static int read_networks(struct scenario *s, struct words *w, struct error *e)
{
	return read_count(w, NETWORKS_MOST, &s->networks, e);
}

static int read_fresh(struct scenario *s, struct words *w, struct error *e)
{
	return percent_read(w->word[1], &s->fresh, e);
}

static int read_prober(struct scenario *s, struct words *w, struct error *e)
{
	s->prober = strcmp(w->word[1], "on") == 0;
	return s->prober || strcmp(w->word[1], "off") == 0 ? DONE
		: fail(e, REFUSED, "prober '%.40s': wanted on or off", w->word[1]);
}

static int read_pings(const char *text, ping_set *pings, struct error *e)
{
	size_t length;
	*pings = 0;
	for (const char *word, *rest = text; (word = text_word(&rest, " ", &length)) != NULL;) {
		char form[PINGS_TEXT] = "";
		if (length < sizeof form)
			memcpy(form, word, length);
		if (pings_read(form) == 0)
			return fail(e, REFUSED, "'%.*s' is no form of ping", (int)(length < 40 ? length : 40), word);
		*pings |= pings_read(form);
	}
	return DONE;
}

static int read_os(struct scenario *s, struct words *w, struct error *e)
{
	const char *tls = words_take(w, "tls"), *pings = words_take(w, "pings");
	struct os os = { .name = w->word[1], .pings = (1u << PING_FORMS) - 1 };
	if (scenario_os(s, os.name) != NULL)
		return fail(e, REFUSED, "os %.40s is there already", os.name);
	if (tls == NULL)
		return fail(e, REFUSED, "os %.40s needs tls=RANGE", os.name);
	int outcome = tls_read(tls, &os.tls, e);
	if (outcome == DONE && pings != NULL)
		outcome = read_pings(pings, &os.pings, e);
	struct os *new = outcome == DONE ? one_more(&s->oses, &s->os_count, sizeof *new) : NULL;
	if (new != NULL)
		*new = os;
	return outcome == DONE && new == NULL ? fail(e, FAILED, "out of memory") : outcome;
}

/* Reads the fields of `release add`, but for the clients only: the registry does not get the release. */
static int read_client(struct scenario *s, struct words *w, struct error *e)
{
	struct action action;
	size_t index;
	struct words release = *w;
	release.word[0] = "add";
	memmove(release.word + 1, release.word, (size_t)release.count++ * sizeof release.word[0]);
	release.word[0] = "release";
	int outcome = action_read(&release, &s->arena, &action, e);
	if (outcome == DONE)
		outcome = product_index(s, w->word[1], w->word[2], &index, e);
	if (outcome != DONE)
		return outcome;
	struct product *product = &s->products[index];
	if (product->fixed)
		return fail(e, REFUSED, "client %.40s %.40s is there already", w->word[1], w->word[2]);
	product->known = product->fixed = true;
	w->value_count = 0;
	return action_fill(&action, &product->traits, &s->arena, e);
}

static int read_use(struct scenario *s, struct words *w, struct error *e)
{
	struct use use = { 0 };
	int outcome = percent_read(w->word[3], &use.share, e);
	if (outcome == DONE)
		outcome = product_index(s, w->word[1], w->word[2], &use.product, e);
	for (size_t i = 0; i < s->use_count && outcome == DONE; i++)
		if (s->uses[i].product == use.product)
			outcome = fail(e, REFUSED, "%.40s %.40s has its share already", w->word[1], w->word[2]);
	struct use *new = outcome == DONE ? one_more(&s->uses, &s->use_count, sizeof *new) : NULL;
	if (new != NULL)
		*new = use;
	return outcome == DONE && new == NULL ? fail(e, FAILED, "out of memory") : outcome;
}

static const struct setting {
	const char *name;
	int words;
	const char *usage;
	int (*read)(struct scenario *, struct words *, struct error *);
} settings[] = {
	{ "from", 2, "from DATE", read_from },
	{ "until", 2, "until DATE", read_until },
	{ "clients", 2, "clients NUMBER", read_clients },
	{ "networks", 2, "networks NUMBER", read_networks },
	{ "fresh", 2, "fresh PERCENT", read_fresh },
	{ "prober", 2, "prober on, or prober off", read_prober },
	{ "os", 2, "os NAME tls=RANGE [pings=FORMS]", read_os },
	{ "client", 3, "client PRODUCT VERSION pools=LABELS tls=RANGE [families=4|6|46] [ping=FORM]", read_client },
	{ "use", 4, "use PRODUCT VERSION PERCENT", read_use },
};

/* move PRODUCT VERSION PRODUCT VERSION share=PERCENT days=NUMBER */
static int read_move(struct scenario *s, struct words *w, int64_t at, struct error *e)
{
	const char *share = words_take(w, "share"), *days = words_take(w, "days");
	struct move move = { .at = at - at % 86400 };
	int outcome = w->count == 5 && share != NULL && days != NULL ? DONE : fail(e, REFUSED,
		"wanted move PRODUCT VERSION PRODUCT VERSION share=PERCENT days=NUMBER");
	if (outcome == DONE)
		outcome = no_fields(w, e);
	if (outcome == DONE)
		outcome = percent_read(share, &move.share, e);
	if (outcome == DONE && !text_number(days, 1, DAYS_MOST, &move.days))
		outcome = fail(e, REFUSED, "days '%.40s': wanted a number from 1 to %d", days, DAYS_MOST);
	if (outcome == DONE)
		outcome = product_index(s, w->word[1], w->word[2], &move.from, e);
	if (outcome == DONE)
		outcome = product_index(s, w->word[3], w->word[4], &move.to, e);
	if (outcome == DONE && move.from == move.to)
		outcome = fail(e, REFUSED, "a release cannot move to itself");
	struct move *new = outcome == DONE ? one_more(&s->moves, &s->move_count, sizeof *new) : NULL;
	if (new != NULL)
		*new = move;
	return outcome == DONE && new == NULL ? fail(e, FAILED, "out of memory") : outcome;
}

static int read_action(struct scenario *s, const struct words *w, int64_t at, const char *text,
	struct error *e)
{
	struct action action;
	int outcome = action_read(w, &s->arena, &action, e);
	if (outcome != DONE)
		return outcome;
	if (action.os != NULL && scenario_os(s, action.os) == NULL)
		return fail(e, REFUSED, "os '%.40s' is not defined above", action.os);
	struct action *new = one_more(&s->actions, &s->action_count, sizeof *new);
	if (new == NULL)
		return fail(e, FAILED, "out of memory");
	*new = action;
	new->at = at;
	new->line = s->line;
	new->text = arena_text(&s->arena, text);
	return new->text == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

/* The rest of the line after COUNT words. */
static const char *behind(const char *line, int count)
{
	line += strspn(line, " \t");
	for (; count > 0; count--) {
		line += strcspn(line, " \t");
		line += strspn(line, " \t");
	}
	return line;
}

static int read_dated(struct scenario *s, struct words *w, const char *line, struct error *e)
{
	int64_t date, seconds = 0;
	int took = w->count > 1 && ascii_digit(w->word[1][0]) ? 2 : 1;
	int outcome = date_read(w->word[0], &date, e);
	if (outcome == DONE && took == 2)
		outcome = time_read(w->word[1], &seconds, e);
	if (outcome != DONE)
		return outcome;
	words_shift(w, took);
	if (w->count > 0 && strcmp(w->word[0], "move") == 0)
		return read_move(s, w, date, e);
	return read_action(s, w, date + seconds, behind(line, took), e);
}

int scenario_line(struct scenario *s, const char *line, struct error *e)
{
	struct words w;
	s->line++;
	int outcome = words_read(line, &s->arena, &w, e);
	if (outcome != DONE || w.count + w.value_count == 0)
		return outcome;
	if (w.count > 0 && ascii_digit(w.word[0][0]))
		return read_dated(s, &w, line, e);
	for (size_t i = 0; w.count > 0 && i < sizeof settings / sizeof settings[0]; i++) {
		if (strcmp(settings[i].name, w.word[0]) != 0)
			continue;
		outcome = expect(&w, settings[i].words, settings[i].usage, e);
		if (outcome == DONE)
			outcome = settings[i].read(s, &w, e);
		return outcome == DONE ? no_fields(&w, e) : outcome;
	}
	return fail(e, REFUSED, "'%.40s': wanted a setting (from, until, clients, networks, fresh, prober, os, "
		"client, use) or a date and what is done on it", w.count > 0 ? w.word[0] : w.name[0]);
}
