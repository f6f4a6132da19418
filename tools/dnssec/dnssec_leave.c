/* SPDX-License-Identifier: BSD-2-Clause */
/* From a signed zone back to an unsigned one: first the parent must remove the DS and caches must drop it, or validating
 * resolvers would lose the zone (RFC 6781 section 4.4, RFC 8078). doc/operators-guide.md says what each verb does in
 * each state of a zone. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "tools/zone/delegation.h"
#include "tools/dnssec/dnssec.h"
#include "tools/table.h"
#include "tools/telemetry.h"
#include "wire/type.h"


/* The last DS of a zone that its parent, a zone of ours, removed. */
struct last_ds {
	const char *parent, *zone;
	int64_t gone, ttl; /* when it was removed, and its TTL; 0: none is known */
};

static int take_change(const struct change *change, void *context, struct error *e)
{
	struct last_ds *last = context;
	json_int_t type = 0, ttl = 0;
	const char *owner = "";
	(void)e;
	if (change->of != &record_kind || change->old == NULL || strcmp(change->key, last->parent) != 0)
		return DONE;
	json_t *old = json_loads(change->old, 0, NULL);
	if (json_unpack(old, "[s, I, I]", &owner, &type, &ttl) == 0 /* as the triggers write it */ && type == TYPE_DS
		&& strcmp(owner, last->zone) == 0) {
		last->gone = change->at;
		last->ttl = ttl;
	}
	json_decref(old);
	return DONE;
}

/* Finds it in the change log, if we have the parent. */
static int find_in_log(struct command *c, struct last_ds *last, struct error *e)
{
	const char *text;
	int64_t pruned = 0;
	for (const char *above = name_parent(last->zone); above != NULL; above = name_parent(above)) {
		struct zone parent = { .name = above };
		int outcome = registry_get(c->registry, &zone_kind, &parent, &c->arena, &parent, e);
		if (outcome == ABSENT)
			continue;
		if (outcome == DONE && registry_meta_get(c->registry, "pruned", &c->arena, &text, e) == DONE)
			pruned = strtoll(text, NULL, 10);
		last->parent = above;
		return outcome == DONE ? registry_changes(c->registry, pruned, take_change, last, e) : outcome;
	}
	return ABSENT;
}

static const char *seen_name(struct command *c, const struct zone_keys_of *z)
{
	return arena_format(&c->arena, "ds gone %s", z->zone.name);
}

/* Elsewhere nobody tells when it was removed: counts from when we first saw that it is gone. */
static int find_seen(struct command *c, const struct zone_keys_of *z, struct last_ds *last, struct error *e)
{
	const char *text, *name = seen_name(c, z);
	int outcome = name == NULL ? fail(e, FAILED, "out of memory")
		: registry_meta_get(c->registry, name, &c->arena, &text, e);
	if (outcome == DONE)
		last->gone = strtoll(text, NULL, 10);
	if (outcome == DONE && last->gone <= z->now)
		return DONE;
	last->gone = z->now;
	return outcome < 0 ? outcome
		: registry_meta_set(c->registry, name, arena_format(&c->arena, "%lld", (long long)z->now), e);
}

/* Whether a DS may ever have been published: a CDS asked for it, or the key is from another signer. */
static bool had_ds(const struct zone_keys_of *z)
{
	for (size_t i = 0; i < z->count; i++)
		if (z->keys[i].flags == KEY_ENTRY && z->keys[i].date[KEY_SYNC_PUBLISH] <= z->now)
			return true;
	return false;
}

int dnssec_forget_leaving(struct command *c, const struct zone_keys_of *z, struct error *e)
{
	const char *name = seen_name(c, z);
	return name == NULL ? fail(e, FAILED, "out of memory") : registry_meta_set(c->registry, name, "", e);
}

/* Ends the keys together with the signatures. If the zone is signed again, it gets new keys, for the parent has no DS of
 * these. */
static int retire_keys(struct command *c, struct error *e)
{
	static const enum key_date ends[] = { KEY_INACTIVE, KEY_DELETE, KEY_SYNC_DELETE };
	struct zone_keys_of z;
	int outcome = dnssec_open(c, &z, e);
	for (size_t i = 0; i < z.count && outcome == DONE; i++) {
		bool late = false;
		for (size_t d = 0; d < 3; d++) {
			int64_t *date = &z.keys[i].date[ends[d]];
			late |= *date == 0 || *date > z.now;
			*date = *date == 0 || *date > z.now ? z.now : *date;
		}
		if (late)
			outcome = zone_key_write(z.directory, c->registry_path, &z.keys[i], e);
	}
	zone_keys_forget(z.keys, z.count);
	return outcome == DONE ? DONE : fail_within(e, outcome, "the zone is no longer signed, but its keys are not retired");
}

static int set_state(struct command *c, struct zone_keys_of *z, enum zone_signed value, const char *done, struct error *e)
{
	z->zone.signed_ = value;
	return set_row(c, &zone_kind, &z->zone, done, e);
}

static int begin(struct command *c, struct zone_keys_of *z, const struct delegation *d, struct error *e)
{
	const char *why = d->count > 0 ? "its parent has a DS for it"
		: d->known ? "its parent has no DS for it now, but some may remember one"
			   : "whether its parent has a DS for it is not known";
	note("%s: CDS and CDNSKEY say 'delete' now (RFC 8078); have the registrar remove the DS if it is there, and say it "
	     "again a day later", why);
	return set_state(c, z, ZONE_LEAVING, "stays signed and asks its parent to remove its DS", e);
}

/* Sets *UNTIL to when no cache has a DS any more. */
static int wait_for(struct command *c, const struct zone_keys_of *z, int64_t *until, struct error *e)
{
	struct last_ds last = { .zone = z->zone.name };
	int outcome = find_in_log(c, &last, e);
	if (outcome == ABSENT)
		outcome = had_ds(z) ? find_seen(c, z, &last, e) : DONE;
	*until = last.gone == 0 ? 0 : last.gone + (last.ttl > DNSSEC_DS_TTL ? last.ttl : DNSSEC_DS_TTL);
	return outcome;
}

static int judge(struct command *c, struct zone_keys_of *z, const struct delegation *d, int64_t until, struct error *e)
{
	if (d->known && d->count > 0)
		return harm(c, e, "the parent of %s still has a DS for it (key %u, so says %s): all who validate would "
			"lose the zone", z->zone.name, d->tags[0], d->source);
	if (!d->known)
		return harm(c, e, "whether the parent of %s still has a DS for it is not known: %s does not say",
			z->zone.name, d->source);
	if (until > z->now)
		return harm(c, e, "the parent of %s has no DS for it any more, but some may remember it until %s: for them the "
			"zone would be bogus; say it again then", z->zone.name, date_text(c, until));
	return DONE;
}

/* ASKED: who would be without the zone. */
static int leave(struct command *c, struct zone_keys_of *z, const struct delegation *d, const char *asked,
	struct error *e)
{
	int64_t until = 0;
	int outcome = d->known && d->count == 0 ? wait_for(c, z, &until, e) : DONE;
	bool may_be_known = !d->known || d->count > 0 || until > z->now;
	if (outcome == DONE && z->zone.signed_ == ZONE_SIGNED && may_be_known && !c->force)
		return begin(c, z, d, e);
	if (may_be_known)
		remark(c, "%s", asked);
	if (outcome == DONE)
		outcome = judge(c, z, d, until, e);
	if (outcome == DONE)
		outcome = dnssec_forget_leaving(c, z, e);
	if (outcome == DONE)
		outcome = set_state(c, z, ZONE_UNSIGNED, "is no longer signed", e);
	if (outcome == DONE)
		c->then = retire_keys;
	return outcome;
}

int dnssec_unsign(struct command *c, struct error *e)
{
	struct zone_keys_of z;
	struct delegation d;
	int outcome = dnssec_open(c, &z, e);
	const char *asked = outcome == DONE ? telemetry_asked_in(c, z.zone.name) : "";
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && z.zone.signed_ == ZONE_UNSIGNED)
		outcome = fail(e, UNCHANGED, "zone %s is not signed", z.zone.name);
	if (outcome == DONE)
		outcome = delegation_find(c, z.zone.name, true, &d, e);
	if (outcome == DONE)
		outcome = leave(c, &z, &d, asked, e);
	zone_keys_forget(z.keys, z.count);
	return outcome;
}
