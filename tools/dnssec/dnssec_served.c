/* SPDX-License-Identifier: BSD-2-Clause */
/* What the name server really serves of a zone's keys: it may run as a user that cannot read the files. */
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "tools/dnssec/dnssec.h"
#include "tools/table.h"

enum { WAIT = 1000, FOLLOWS = 4000, PAUSE = 100 /* milliseconds; the name server looks at key files each second */ };

void dnssec_ask(struct command *c, const struct zone_keys_of *z, struct dnssec_served *s)
{
	struct error e;
	int64_t revision;
	*s = (struct dnssec_served){ 0 };
	if (registry_revision(c->registry, &revision, &e) == DONE)
		s->known = doorbell_wait_zone(c->registry_path, revision, &z->name, WAIT, &s->bell, &s->silence) == DONE;
}

static bool is_published(const struct doorbell_zone *served, uint16_t tag)
{
	for (unsigned i = 0; i < served->keys && i < ZONE_KEYS_MOST; i++)
		if (served->tags[i] == tag)
			return true;
	return false;
}

/* Whether the name server publishes all keys that the files say, and can read them. */
static bool has_all(const struct zone_keys_of *z, const struct doorbell_zone *served)
{
	for (size_t i = 0; i < z->count; i++)
		if (key_published(&z->keys[i], z->now) && !is_published(served, z->keys[i].tag))
			return false;
	return served->signers > 0 && served->stuck == 0;
}

static int judge(const struct zone_keys_of *z, const struct dnssec_served *s, struct error *e)
{
	const struct doorbell_zone *served = &s->bell.zone;
	const char *why = *s->bell.keys_trouble == '\0' ? "its log may say why" : s->bell.keys_trouble;
	if (served->served == 0)
		return fail(e, FAILED, "the name server does not serve zone %s; publish no DS", z->zone.name);
	if (served->signers == 0)
		return fail(e, FAILED, "the name server serves zone %s unsigned: %s; publish no DS", z->zone.name, why);
	return fail(e, FAILED, "the name server does not publish all keys of zone %s: %s", z->zone.name, why);
}

int dnssec_confirm(struct command *c, struct error *e)
{
	const struct timespec pause = { 0, PAUSE * 1000000L };
	struct zone_keys_of z;
	struct dnssec_served s;
	int outcome = dnssec_open(c, &z, e);
	if (outcome != DONE)
		fail_within(e, outcome, "it is done, but its keys cannot be compared with what is served");
	int64_t end = clock_ticks() + FOLLOWS;
	bool well = false;
	while (outcome == DONE && !well) {
		dnssec_ask(c, &z, &s);
		well = !s.known || has_all(&z, &s.bell.zone);
		if (!well && clock_ticks() > end)
			outcome = judge(&z, &s, e);
		else if (!well)
			nanosleep(&pause, NULL);
	}
	if (outcome == DONE && !s.known)
		note("whether zone %s is served so is not known: %s", z.zone.name, s.silence.text);
	if (outcome == DONE)
		dnssec_wants_ds(c, &z);
	zone_keys_forget(z.keys, z.count);
	return outcome;
}
