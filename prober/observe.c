/* SPDX-License-Identifier: BSD-2-Clause */
/* What a relay is believed to be after each finding. */
#include "prober/observe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/text.h"

/* Lists the addresses that are down, if others answer: of a relay that is down altogether there is nothing to tell
 * apart. */
static void list_down(struct watch *w)
{
	char down[sizeof w->down] = "";
	size_t used = 0, well = 0;
	for (size_t i = 0; i < w->count; i++) {
		well += w->places[i].health != HEALTH_DOWN;
		if (w->places[i].health != HEALTH_DOWN)
			continue;
		if (used > 0)
			down[used++] = ' ';
		used += address_write(&w->places[i].address, down + used);
	}
	if (well == 0)
		down[0] = '\0';
	w->changed |= strcmp(down, w->down) != 0;
	strcpy(w->down, down);
}

void watch_start(struct watch *w, const char *relay, const struct observation *o)
{
	*w = (struct watch){ .route = ROUTE_UNKNOWN, .look = true };
	snprintf(w->relay, sizeof w->relay, "%s", relay);
	if (o == NULL)
		return;
	w->belief = (struct belief){ (enum health)o->health, (tls_set)o->tls, pings_read(o->pings),
		o->overloaded != 0 };
	w->look = o->tls == 0;
	w->use = (enum certificate_use)o->certificate;
	w->fell = o->health == HEALTH_DOWN ? o->at : 0;
	if (o->down != NULL && strlen(o->down) < sizeof w->down)
		strcpy(w->down, o->down);
	w->written = w->seen = o->at;
	w->certificate.expires = o->expires;
	if (strlen(o->names) < sizeof w->certificate.names)
		strcpy(w->certificate.names, o->names);
	snprintf(w->uuid, sizeof w->uuid, "%s", o->uuid);
	snprintf(w->notes, sizeof w->notes, "%s", o->reason);
	if (o->health == HEALTH_DOWN)
		snprintf(w->trouble, sizeof w->trouble, "%s", o->reason);
}

static const struct watch_address *place_of(const struct watch_address *places, size_t count,
	const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(&places[i].address, address))
			return &places[i];
	return NULL;
}

void watch_at(struct watch *w, const struct address *addresses, size_t count)
{
	struct watch_address before[VISIT_ADDRESSES];
	size_t had = w->count;
	char text[ADDRESS_TEXT];
	memcpy(before, w->places, sizeof before);
	w->count = count;
	for (size_t i = 0; i < count; i++) {
		const struct watch_address *same = place_of(before, had, &addresses[i]);
		address_write(&addresses[i], text);
		enum health health = w->belief.health != HEALTH_UP ? HEALTH_UNKNOWN
			: text_lists(w->down, text) ? HEALTH_DOWN : had == 0 ? HEALTH_UP : HEALTH_UNKNOWN;
		w->places[i] = same != NULL ? *same : (struct watch_address){ addresses[i], health, 0, 0 };
	}
	list_down(w);
}

bool watch_unsettled(const struct watch *w, int64_t date)
{
	bool down = w->belief.health == HEALTH_DOWN;
	bool fresh = down && date - w->fell < OBSERVE_FRESH;
	return w->pressing || fresh || w->belief.health == HEALTH_UNKNOWN || (down && w->good > 0)
		|| (w->look && !down);
}

static void believe(struct watch *w, enum health health, int64_t date)
{
	if (health == HEALTH_DOWN && w->belief.health != HEALTH_DOWN)
		w->fell = date;
	w->changed |= w->belief.health != health;
	w->belief.health = health;
}

/* Revises a set of capabilities. A set that was never looked at becomes what was seen; later, a member comes or goes
 * when it was contradicted twice in a row. What was neither seen nor refused stays. */
static unsigned revise(unsigned believed, unsigned yes, unsigned no, unsigned *doubt, bool at_once)
{
	unsigned against = (yes & ~believed) | (no & believed);
	if (at_once || believed == 0) {
		*doubt = 0;
		return (believed | yes) & ~no;
	}
	unsigned sure = against & *doubt;
	*doubt = ((*doubt & ~(yes | no)) | against) & ~sure;
	return believed ^ sure;
}

static void note_place(struct watch_address *p, const struct spot *spot, bool mute, const struct rules *rules)
{
	bool well = spot->well && !mute;
	if (!spot->able)
		return;
	p->good = well ? p->good + 1 : 0;
	p->bad = well ? 0 : p->bad + 1;
	bool known = p->health != HEALTH_UNKNOWN && !rules->at_once;
	if (well && (!known || p->good >= rules->rise))
		p->health = HEALTH_UP;
	if (!well && (!known || p->bad >= rules->fall))
		p->health = HEALTH_DOWN;
}

/* Whether TLS is spoken at any address: if at none, addresses that answer pings are not down for that. */
static bool speaks_somewhere(const struct finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->spots[i].tls_yes != 0)
			return true;
	return false;
}

/* Judges each address of a relay that has several. Those that do not answer are not given out, so the relay can do
 * what all others can. */
static void note_places(struct watch *w, struct finding *f, const struct rules *rules)
{
	struct finding all = { .count = 0 };
	size_t used = 0;
	bool speaks = speaks_somewhere(f);
	if (f->count < 2 || f->count != w->count)
		return;
	for (size_t i = 0; i < f->count; i++)
		note_place(&w->places[i], &f->spots[i], f->spots[i].mute && speaks, rules);
	for (size_t i = 0; i < f->count; i++) {
		const struct spot *spot = &f->spots[i];
		if (w->places[i].health == HEALTH_DOWN || (spot->mute && speaks))
			continue;
		used++;
		all.tls_yes |= spot->tls_yes;
		all.tls_no |= spot->tls_no;
		all.pings_yes |= spot->pings_yes;
		all.pings_no |= spot->pings_no;
	}
	list_down(w);
	if (used == 0)
		return;
	f->tls_no = all.tls_no;
	f->tls_yes = all.tls_yes & (tls_set)~all.tls_no;
	f->pings_no = all.pings_no;
	f->pings_yes = all.pings_yes & ~all.pings_no;
}

/* Whether one of several addresses speaks no TLS: then all is asked at each visit until it does. */
static bool mute_place(const struct finding *f)
{
	bool mute = false;
	for (size_t i = 0; i < f->count; i++)
		mute |= f->count > 1 && f->spots[i].mute;
	return mute;
}

static void note_capabilities(struct watch *w, const struct finding *f, const struct rules *rules)
{
	unsigned doubt = w->tls_doubt, tls = w->belief.tls, pings = w->belief.pings;
	/* a relay that lost all of its TLS has no smaller set: it serves nobody, and what it spoke is kept */
	if (f->full)
		w->mute = tls != 0 && f->tls_yes == 0 && (tls & ~(unsigned)f->tls_no) == 0;
	if (!w->mute)
		tls = revise(tls, f->tls_yes, f->full ? f->tls_no : 0, &doubt, rules->at_once && f->full);
	if (f->full || pings != 0)
		pings = revise(pings, f->pings_yes, f->pings_no, &w->pings_doubt, rules->at_once && f->full);
	w->changed |= tls != w->belief.tls || pings != w->belief.pings;
	w->belief.tls = (tls_set)tls;
	w->belief.pings = pings;
	w->tls_doubt = (tls_set)doubt;
	w->look = doubt != 0 || w->pings_doubt != 0 || w->mute || (w->look && !f->full)
		|| mute_place(f);
}

static void note_identity(struct watch *w, const struct finding *f, int64_t date)
{
	w->split = f->split;
	if (f->uuid[0] == '\0' || f->split || strcmp(w->uuid, f->uuid) == 0)
		return;
	if (w->uuid[0] != '\0') {
		w->restarted = date;
		w->look = true; /* it may be another program now, or on another system */
	}
	w->changed = true;
	snprintf(w->uuid, sizeof w->uuid, "%s", f->uuid);
}

static void note_health(struct watch *w, bool well, const struct rules *rules, int64_t date)
{
	w->good = well ? w->good + 1 : 0;
	w->bad = well ? 0 : w->bad + 1;
	/* of a relay that nothing is known of the first answer counts */
	if (well && (rules->at_once || w->good >= rules->rise || w->belief.health == HEALTH_UNKNOWN))
		believe(w, HEALTH_UP, date);
	if (!well && (rules->at_once || w->bad >= rules->fall))
		believe(w, HEALTH_DOWN, date);
}

void watch_note(struct watch *w, const struct finding *found, const struct rules *rules, int64_t date)
{
	struct finding copy = *found, *f = &copy;
	if (!f->able)
		return;
	w->seen = date;
	note_places(w, f, rules);
	if (f->well) {
		note_capabilities(w, f, rules);
		w->changed |= f->pinged && w->belief.overloaded != f->overloaded;
		w->belief.overloaded = f->pinged ? f->overloaded : w->belief.overloaded;
		w->route = f->route == ROUTE_LATER ? ROUTE_UNKNOWN : f->route;
		w->denied = f->route == ROUTE_LATER ? f->denied : 0;
		w->look |= f->route == ROUTE_LATER;
		note_identity(w, f, date);
	}
	if (f->well && f->full) {
		memcpy(w->flaw, f->reason, sizeof w->flaw);
		if (f->tls_yes != 0)
			w->certificate = f->certificate;
	}
	w->look |= !f->well && f->tls_no != 0; /* it answers no ping, and the TLS version that it was known by is
	                                        * refused */
	memcpy(w->trouble, f->reason[0] == '\0' && f->well ? w->flaw : f->reason, sizeof w->trouble);
	note_health(w, f->well && !w->mute, rules, date);
}

__attribute__((format(printf, 2, 3))) static void add(char *notes, const char *format, ...)
{
	size_t used = strlen(notes);
	va_list arguments;
	if (used > 0 && used + 2 < OBSERVE_REASON) {
		strcpy(notes + used, "; ");
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(notes + used, OBSERVE_REASON - used, format, arguments);
	va_end(arguments);
}

static void add_date(char *notes, const char *words, int64_t date, bool precise)
{
	char text[40] = "";
	time_t time = (time_t)date;
	struct tm tm;
	if (gmtime_r(&time, &tm) != NULL && precise)
		strftime(text, sizeof text, "%F %T UTC", &tm);
	else if (gmtime_r(&time, &tm) != NULL)
		strftime(text, sizeof text, "%F", &tm);
	add(notes, "%s %s", words, text);
}

bool watch_describe(struct watch *w, int64_t date)
{
	char notes[OBSERVE_REASON] = "";
	const struct certificate *c = &w->certificate;
	if (w->belief.health == HEALTH_UP && w->bad > 0 && !w->mute)
		return false; /* a lost packet is no news */
	if (w->trouble[0] != '\0')
		add(notes, "%s", w->trouble);
	if (w->belief.health == HEALTH_UP && w->twin[0] != '\0')
		add(notes, "by its UUID it is the same relay as %s", w->twin);
	if (w->belief.health == HEALTH_UP && w->split)
		add(notes, "by their UUIDs its addresses are different relays");
	if (w->belief.health == HEALTH_UP && c->expires != 0 && c->expires <= date)
		add_date(notes, "its certificate expired on", c->expires, false);
	else if (w->belief.health == HEALTH_UP && c->expires != 0 && c->expires <= date + OBSERVE_WARN)
		add_date(notes, "its certificate expires on", c->expires, false);
	if (w->belief.health == HEALTH_UP && w->misnamed)
		add(notes, "its certificate (%.120s) has no name that PageKite's clients accept here",
			c->names[0] == '\0' ? "of no name" : c->names);
	if (w->belief.health == HEALTH_UP && w->refused[0] != '\0')
		add(notes, "it has no TLS for the name %.120s, as clients of ours ask for it", w->refused);
	if (w->restarted != 0 && date - w->restarted < OBSERVE_RECENT)
		add_date(notes, "it restarted at", w->restarted, true);
	if (strcmp(notes, w->notes) == 0)
		return false;
	strcpy(w->notes, notes);
	w->changed = true;
	return true;
}

/* When it was last seen, by a clock that may have been set back since. */
static int64_t seen_at(const struct watch *w, int64_t date)
{
	return w->seen < date ? w->seen : date;
}

bool watch_due(const struct watch *w, int64_t date)
{
	if (w->belief.health == HEALTH_UNKNOWN)
		return false;
	return w->changed || w->written == 0 || date < w->written
		|| seen_at(w, date) - w->written >= (w->pressing ? OBSERVE_PRESSING : OBSERVE_REFRESH);
}

struct observation watch_row(const struct watch *w, const char *observer, int64_t date,
	char pings[PINGS_TEXT])
{
	pings_write((ping_set)w->belief.pings, pings);
	return (struct observation){ .relay = w->relay, .observer = observer, .version = "",
		.uuid = w->uuid, .reason = w->notes, .health = w->belief.health, .tls = w->belief.tls,
		.overloaded = w->belief.overloaded, .pings = pings, .names = w->certificate.names,
		.down = w->down, .certificate = w->use,
		.expires = w->certificate.expires, .at = seen_at(w, date) };
}
