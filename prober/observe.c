/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/observe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void watch_start(struct watch *w, const char *relay, const struct observation *o)
{
	*w = (struct watch){ .route = ROUTE_UNKNOWN, .look = true };
	snprintf(w->relay, sizeof w->relay, "%s", relay);
	if (o == NULL)
		return;
	w->belief = (struct belief){ (enum health)o->health, (tls_set)o->tls, pings_read(o->pings),
		o->overloaded != 0 };
	w->look = o->tls == 0;
	w->written = w->seen = o->at;
	w->certificate.expires = o->expires;
	if (strlen(o->names) < sizeof w->certificate.names)
		strcpy(w->certificate.names, o->names);
	snprintf(w->uuid, sizeof w->uuid, "%s", o->uuid);
	snprintf(w->notes, sizeof w->notes, "%s", o->reason);
	if (o->health == HEALTH_DOWN)
		snprintf(w->trouble, sizeof w->trouble, "%s", o->reason);
}

static void believe(struct watch *w, enum health health)
{
	w->changed |= w->belief.health != health;
	w->belief.health = health;
}

/* A set that was never looked at takes what was seen; later, a member comes or goes when it was
 * contradicted twice. What was neither seen nor refused stays. */
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

static void note_capabilities(struct watch *w, const struct finding *f, const struct rules *rules)
{
	unsigned doubt = w->tls_doubt, tls = w->belief.tls, pings = w->belief.pings;
	/* TLS that is gone altogether is no smaller set, but a relay that serves nobody */
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
	w->look = doubt != 0 || w->pings_doubt != 0 || w->mute || (w->look && !f->full);
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

static void note_health(struct watch *w, bool well, const struct rules *rules)
{
	w->good = well ? w->good + 1 : 0;
	w->bad = well ? 0 : w->bad + 1;
	/* nobody was told anything yet: the first answer is news enough */
	if (well && (rules->at_once || w->good >= rules->rise || w->belief.health == HEALTH_UNKNOWN))
		believe(w, HEALTH_UP);
	if (!well && (rules->at_once || w->bad >= rules->fall))
		believe(w, HEALTH_DOWN);
}

void watch_note(struct watch *w, const struct finding *f, const struct rules *rules, int64_t date)
{
	if (!f->able)
		return;
	w->seen = date;
	if (f->well) {
		note_capabilities(w, f, rules);
		w->changed |= f->pinged && w->belief.overloaded != f->overloaded;
		w->belief.overloaded = f->pinged ? f->overloaded : w->belief.overloaded;
		w->route = f->route;
		note_identity(w, f, date);
	}
	if (f->well && f->full) {
		snprintf(w->flaw, sizeof w->flaw, "%s", f->reason);
		if (f->tls_yes != 0)
			w->certificate = f->certificate;
	}
	w->look |= !f->well && f->tls_no != 0; /* known by TLS alone, and what it was asked for is gone */
	snprintf(w->trouble, sizeof w->trouble, "%s", f->reason[0] == '\0' && f->well ? w->flaw : f->reason);
	note_health(w, f->well && !w->mute, rules);
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
		|| seen_at(w, date) - w->written >= OBSERVE_REFRESH;
}

struct observation watch_row(const struct watch *w, const char *observer, int64_t date,
	char pings[PINGS_TEXT])
{
	pings_write((ping_set)w->belief.pings, pings);
	return (struct observation){ .relay = w->relay, .observer = observer, .version = "",
		.uuid = w->uuid, .reason = w->notes, .health = w->belief.health, .tls = w->belief.tls,
		.overloaded = w->belief.overloaded, .pings = pings, .names = w->certificate.names,
		.expires = w->certificate.expires, .at = seen_at(w, date) };
}
