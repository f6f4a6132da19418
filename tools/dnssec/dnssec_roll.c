/* SPDX-License-Identifier: BSD-2-Clause */
/* Rollovers (RFC 6781 section 4, RFC 7583): a ZSK is pre-published; a KSK or a zone's only key signs beside the old one
 * until the DS has changed (double-KSK, double-signature). The dates in the key files say all of this, and the name
 * server follows them by its clock. */
#include <string.h>

#include "tools/zone/delegation.h"
#include "tools/dnssec/dnssec.h"
#include "tools/table.h"

/* The newest active key with these flags that has no end date, and how many such keys there are. */
static struct zone_key *find_current(struct zone_keys_of *z, uint16_t flags, size_t *count)
{
	struct zone_key *newest = NULL;
	*count = 0;
	for (size_t i = 0; i < z->count; i++)
		if (z->keys[i].flags == flags && key_active(&z->keys[i], z->now) && z->keys[i].date[KEY_INACTIVE] == 0) {
			if (newest == NULL || z->keys[i].date[KEY_SYNC_DELETE] == 0) /* they are in the order of their making */
				newest = &z->keys[i];
			++*count;
		}
	return newest;
}

static int refuse_overlap(struct command *c, const struct zone_keys_of *z, uint16_t flags, struct error *e)
{
	for (size_t i = 0; i < z->count; i++) {
		const struct zone_key *k = &z->keys[i];
		bool ends = k->date[KEY_DELETE] > z->now;
		if (k->flags == flags && (ends || k->date[KEY_ACTIVATE] > z->now))
			return fail(e, EXISTS, "a roll of zone %s is under way: key %u %s %s", z->zone.name, k->tag,
				ends ? "is removed at" : "is active at",
				date_text(c, k->date[ends ? KEY_DELETE : KEY_ACTIVATE]));
	}
	return DONE;
}

static int roll_zsk(struct command *c, struct zone_keys_of *z, struct error *e)
{
	struct zone_key fresh;
	size_t count;
	struct zone_key *old = find_current(z, KEY_ZONE, &count);
	int outcome = refuse_overlap(c, z, KEY_ZONE, e);
	if (outcome == DONE && old == NULL)
		outcome = fail(e, ABSENT, "zone %s has no active ZSK", z->zone.name);
	if (outcome == DONE)
		outcome = dnssec_make(z, KEY_ZONE, old->algorithm, &fresh, e);
	if (outcome != DONE)
		return outcome;
	fresh.date[KEY_ACTIVATE] = z->now + z->zone.ttl + DNSSEC_MARGIN;
	old->date[KEY_INACTIVE] = fresh.date[KEY_ACTIVATE];
	old->date[KEY_DELETE] = old->date[KEY_INACTIVE] + z->longest + DNSSEC_MARGIN;
	outcome = dnssec_write(c, z, &fresh, e); /* first, for the old key must not end without the new one */
	if (outcome == DONE)
		outcome = dnssec_write(c, z, old, e);
	if (outcome == DONE)
		say(c, "key %u is published, and signs from %s on; key %u is removed at %s", fresh.tag,
			date_text(c, fresh.date[KEY_ACTIVATE]), old->tag, date_text(c, old->date[KEY_DELETE]));
	return outcome;
}

/* Adds a ZSK of another algorithm beside the old one, for each algorithm must sign everything (RFC 6840 section 5.11). */
static int add_zsk(struct command *c, struct zone_keys_of *z, uint8_t algorithm, struct error *e)
{
	struct zone_key fresh;
	int outcome = refuse_overlap(c, z, KEY_ZONE, e);
	if (outcome == DONE)
		outcome = dnssec_make(z, KEY_ZONE, algorithm, &fresh, e);
	if (outcome != DONE)
		return outcome;
	fresh.date[KEY_ACTIVATE] = z->now;
	return dnssec_write(c, z, &fresh, e);
}

/* The DS of another algorithm must wait until no cache has answers without its signatures (RFC 6781 section 4.1.4). */
static int begin_ksk(struct command *c, struct zone_keys_of *z, struct zone_key *old, uint8_t algorithm, struct error *e)
{
	struct zone_key fresh;
	size_t zsks;
	bool other = algorithm != old->algorithm;
	int outcome = refuse_overlap(c, z, KEY_ENTRY, e);
	if (outcome == DONE && other && find_current(z, KEY_ZONE, &zsks) != NULL)
		outcome = add_zsk(c, z, algorithm, e);
	if (outcome == DONE)
		outcome = dnssec_make(z, KEY_ENTRY, algorithm, &fresh, e);
	if (outcome != DONE)
		return outcome;
	fresh.date[KEY_ACTIVATE] = z->now;
	fresh.date[KEY_SYNC_PUBLISH] = z->now + (other ? z->longest : z->zone.ttl) + DNSSEC_MARGIN;
	old->date[KEY_SYNC_DELETE] = fresh.date[KEY_SYNC_PUBLISH];
	outcome = dnssec_write(c, z, &fresh, e);
	if (outcome == DONE)
		outcome = dnssec_write(c, z, old, e);
	if (outcome == DONE)
		say(c, "key %u signs beside key %u; from %s on, have the registrar publish its DS in the other's place, then "
		       "say 'windsock dnssec roll %s --ksk' again", fresh.tag, old->tag,
			date_text(c, fresh.date[KEY_SYNC_PUBLISH]), z->zone.name);
	return outcome;
}

/* Lets the old keys sign until no cache has the old DS. */
static int end_ksk(struct command *c, struct zone_keys_of *z, const struct zone_key *fresh, struct error *e)
{
	struct delegation d;
	int outcome = delegation_find(c, z->zone.name, true, &d, e);
	if (outcome == DONE && (!d.known || !delegation_has(&d, fresh->tag)))
		outcome = harm(c, e, "the parent of %s has no DS of key %u yet (so says %s): without the old key all who "
			"validate would lose the zone", z->zone.name, fresh->tag, d.source);
	for (size_t i = 0; i < z->count && outcome == DONE; i++) {
		struct zone_key *old = &z->keys[i];
		bool ends = old->flags == KEY_ENTRY || old->algorithm != fresh->algorithm;
		if (!ends || old == fresh || !key_active(old, z->now) || old->date[KEY_INACTIVE] != 0)
			continue;
		old->date[KEY_INACTIVE] = old->date[KEY_DELETE] = z->now + DNSSEC_DS_TTL + z->longest + DNSSEC_MARGIN;
		outcome = dnssec_write(c, z, old, e);
		if (outcome == DONE)
			say(c, "key %u is removed at %s", old->tag, date_text(c, old->date[KEY_DELETE]));
	}
	return outcome;
}

static int roll_ksk(struct command *c, struct zone_keys_of *z, uint8_t algorithm, struct error *e)
{
	size_t count;
	struct zone_key *current = find_current(z, KEY_ENTRY, &count);
	if (current == NULL)
		return fail(e, ABSENT, "zone %s has no active key to be rolled", z->zone.name);
	if (count > 1 && algorithm != 0)
		return fail(e, EXISTS, "a roll of zone %s is under way: it ends without --algorithm", z->zone.name);
	return count > 1 ? end_ksk(c, z, current, e)
		: begin_ksk(c, z, current, algorithm == 0 ? current->algorithm : algorithm, e);
}

int dnssec_roll(struct command *c, struct error *e)
{
	struct zone_keys_of z;
	size_t zsks;
	bool ksk = option_flag(c, "ksk"), zsk = option_flag(c, "zsk");
	uint8_t algorithm;
	int outcome = dnssec_open(c, &z, e);
	if (outcome == DONE)
		outcome = dnssec_algorithm(c, 0, &algorithm, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	find_current(&z, KEY_ZONE, &zsks);
	if (algorithm != 0 && zsk)
		outcome = fail(e, REFUSED, "another algorithm begins with the KSK: --ksk");
	else if (z.zone.signed_ == ZONE_LEAVING)
		outcome = fail(e, REFUSED, "zone %s leaves: 'windsock dnssec sign %s' keeps it signed, and then its keys can be "
			"rolled", z.zone.name, z.zone.name);
	else if (z.zone.signed_ != ZONE_SIGNED)
		outcome = fail(e, REFUSED, "zone %s is not signed", z.zone.name);
	else if (ksk == zsk && (ksk || zsks > 0))
		outcome = fail(e, REFUSED, "zone %s has two kinds of keys: --ksk or --zsk", z.zone.name);
	else if (zsk)
		outcome = roll_zsk(c, &z, e);
	else
		outcome = roll_ksk(c, &z, algorithm, e);
	if (outcome == DONE)
		c->then = dnssec_confirm;
	zone_keys_forget(z.keys, z.count);
	return outcome;
}
