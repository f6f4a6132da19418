/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock dnssec: sign, ds, status. */
#include "tools/dnssec/dnssec.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/place.h"
#include "tools/zone/delegation.h"
#include "tools/table.h"
#include "tools/zone/zone.h"

static int find_longest(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	int64_t *longest = context;
	(void)e;
	*longest = record->ttl > *longest ? record->ttl : *longest;
	return DONE;
}

/* Digests what a plan depends on: which keys there are, and what their dates say. */
static void digest_keys(struct command *c, const struct zone_keys_of *z)
{
	for (size_t i = 0; i < z->count; i++) {
		const struct zone_key *key = &z->keys[i];
		c->besides = (c->besides ^ (uint64_t)key->tag << 1 ^ key->closed) * UINT64_C(0x100000001b3);
		for (int d = 0; d < KEY_DATES; d++)
			c->besides = (c->besides ^ (uint64_t)key->date[d]) * UINT64_C(0x100000001b3);
	}
}

int dnssec_open(struct command *c, struct zone_keys_of *z, struct error *e)
{
	*z = (struct zone_keys_of){ .now = clock_date(), .longest = DNSSEC_DS_TTL }; /* pools and hosts have less */
	z->directory = option(c, "keys");
	int outcome = zone_named(c, c->words[0], &z->zone, e);
	if (outcome == DONE)
		outcome = fetch(c, &zone_kind, &z->zone, &z->zone, e);
	if (outcome == DONE)
		outcome = name_read(z->zone.name, &z->name, e);
	if (outcome == DONE && z->directory == NULL)
		z->directory = place_path(&c->arena, c->registry_path, PLACE_ZONE_KEYS);
	if (outcome == DONE && z->directory == NULL)
		outcome = fail(e, FAILED, "out of memory");
	struct record of = { .zone = z->zone.name };
	if (outcome == DONE)
		outcome = registry_each(c->registry, &record_kind, &of, find_longest, &z->longest, e);
	if (outcome == DONE)
		outcome = zone_keys_read(z->directory, &z->name, z->keys, &z->count, e);
	if (outcome == DONE)
		digest_keys(c, z);
	return outcome == ABSENT && z->name.size > 0 ? DONE : outcome;
}

/* Keys to be written, in this order, when the change is not refused. */
struct writing {
	struct zone_key keys[2 * ZONE_KEYS_MOST];
	size_t count;
	const char *directory;
};

static int write_keys(struct command *c, struct error *e)
{
	const struct writing *w = c->prepared;
	int outcome = DONE;
	for (size_t i = 0; i < w->count && outcome == DONE; i++)
		outcome = zone_key_write(w->directory, c->registry_path, &w->keys[i], e);
	return outcome;
}

static void forget_keys(struct command *c)
{
	struct writing *w = c->prepared;
	zone_keys_forget(w->keys, w->count);
}

int dnssec_write(struct command *c, const struct zone_keys_of *z, const struct zone_key *key, struct error *e)
{
	struct writing *w = c->prepared == NULL ? arena_take(&c->arena, sizeof *w) : c->prepared;
	if (w == NULL || w->count == sizeof w->keys / sizeof w->keys[0])
		return fail(e, FAILED, "out of memory");
	w->keys[w->count++] = *key;
	w->directory = z->directory;
	c->prepared = w;
	c->discard = forget_keys;
	c->settle = write_keys;
	return DONE;
}

static bool same_tag(const struct zone_keys_of *z, const struct zone_key *key)
{
	for (size_t i = 0; i < z->count; i++)
		if (z->keys[i].tag == key->tag)
			return true;
	return false;
}

int dnssec_make(struct zone_keys_of *z, uint16_t flags, uint8_t algorithm, struct zone_key *key, struct error *e)
{
	int outcome;
	if (z->count == ZONE_KEYS_MOST)
		return fail(e, REFUSED, "zone %s has %d keys: remove the files of old ones from %s", z->zone.name,
			ZONE_KEYS_MOST, z->directory);
	do {
		outcome = zone_key_make(&z->name, flags, algorithm, key, e);
	} while (outcome == DONE && same_tag(z, key));
	key->date[KEY_CREATED] = key->date[KEY_PUBLISH] = z->now;
	return outcome;
}

/* sign */

static int make_first(struct command *c, struct zone_keys_of *z, uint16_t flags, uint8_t algorithm, struct error *e)
{
	struct zone_key key;
	int outcome = dnssec_make(z, flags, algorithm, &key, e);
	key.date[KEY_ACTIVATE] = z->now;
	if (flags == KEY_ENTRY) /* when no cache has unsigned data any more */
		key.date[KEY_SYNC_PUBLISH] = z->now + z->longest + DNSSEC_MARGIN;
	if (outcome == DONE)
		outcome = dnssec_write(c, z, &key, e);
	if (outcome == DONE)
		z->keys[z->count++] = key;
	return outcome;
}

static bool any_active(const struct zone_keys_of *z)
{
	for (size_t i = 0; i < z->count; i++)
		if (key_active(&z->keys[i], z->now))
			return true;
	return false;
}

int dnssec_algorithm(struct command *c, uint8_t standard, uint8_t *algorithm, struct error *e)
{
	const char *name = option(c, "algorithm");
	*algorithm = name == NULL ? standard : algorithm_read(name);
	return name == NULL || *algorithm != 0 ? DONE
		: fail(e, REFUSED, "--algorithm '%s' is not ecdsap256sha256 or ed25519", name);
}

void dnssec_wants_ds(struct command *c, const struct zone_keys_of *z)
{
	int64_t from = 0;
	for (size_t i = 0; i < z->count; i++)
		if (key_active(&z->keys[i], z->now) && z->keys[i].date[KEY_SYNC_PUBLISH] > from)
			from = z->keys[i].date[KEY_SYNC_PUBLISH];
	if (from > z->now && strcmp(c->verb->name, "sign") == 0)
		note("have the registrar publish what 'windsock dnssec ds %s' says, but not before %s: some still remember "
		     "unsigned data", z->zone.name, date_text(c, from));
}

static const char *active_tags(struct command *c, const struct zone_keys_of *z)
{
	const char *list = "";
	for (size_t i = 0; i < z->count && list != NULL; i++)
		if (key_active(&z->keys[i], z->now))
			list = arena_format(&c->arena, "%s%s%u", list, *list == '\0' ? "" : ", ", z->keys[i].tag);
	return list == NULL ? "" : list;
}

/* Takes keys that exist already: another signer's, which the parent has a DS for; or old ones, whose DS the parent must not
 * have before all caches have dropped unsigned data. */
static int take_keys(struct command *c, struct zone_keys_of *z, bool wants_new, struct error *e)
{
	struct delegation d = { .known = false };
	int64_t from = z->now + z->longest + DNSSEC_MARGIN;
	if (wants_new)
		return fail(e, REFUSED, "zone %s has keys that are active (%s), and they would sign: --algorithm and --split are for "
			"new ones. Remove their files from %s, or sign with them and then roll", z->zone.name, active_tags(c, z),
			z->directory);
	int outcome = z->zone.signed_ == ZONE_UNSIGNED ? delegation_find(c, z->zone.name, true, &d, e) : DONE;
	for (size_t i = 0; i < z->count && outcome == DONE && z->zone.signed_ == ZONE_UNSIGNED; i++) {
		struct zone_key *key = &z->keys[i];
		if (key->flags != KEY_ENTRY || key->date[KEY_SYNC_PUBLISH] == 0 || key->date[KEY_SYNC_PUBLISH] >= from
			|| delegation_has(&d, key->tag))
			continue;
		key->date[KEY_SYNC_PUBLISH] = from;
		outcome = dnssec_write(c, z, key, e);
	}
	if (outcome == DONE)
		note("zone %s is signed with the keys that are there: %s", z->zone.name, active_tags(c, z));
	return outcome;
}

static int dnssec_sign(struct command *c, struct error *e)
{
	struct zone_keys_of z;
	bool split = option_flag(c, "split");
	uint8_t algorithm;
	int outcome = dnssec_open(c, &z, e);
	if (outcome == DONE)
		outcome = dnssec_algorithm(c, ALGORITHM_P256, &algorithm, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && z.zone.signed_ == ZONE_SIGNED)
		outcome = fail(e, EXISTS, "zone %s is signed", z.zone.name);
	bool made = outcome == DONE && !any_active(&z);
	if (outcome == DONE && !made)
		outcome = take_keys(c, &z, split || option(c, "algorithm") != NULL, e);
	if (made)
		outcome = make_first(c, &z, KEY_ENTRY, algorithm, e);
	if (made && outcome == DONE && split)
		outcome = make_first(c, &z, KEY_ZONE, algorithm, e);
	if (outcome == DONE)
		outcome = dnssec_forget_leaving(c, &z, e);
	z.zone.signed_ = ZONE_SIGNED;
	if (outcome == DONE)
		outcome = set_row(c, &zone_kind, &z.zone, "is signed", e);
	if (outcome == DONE)
		c->then = dnssec_confirm;
	zone_keys_forget(z.keys, z.count);
	return outcome;
}

/* ds */

static const char *base64_text(struct command *c, const void *bytes, size_t size)
{
	struct text text = { 0 };
	base64_write(bytes, size, &text);
	const char *copy = text.bytes == NULL ? NULL : arena_text(&c->arena, text.bytes);
	text_free(&text);
	return copy == NULL ? "" : copy;
}

static void print_ds(struct command *c, const struct zone_key *key, const char *zone, json_t *list)
{
	uint8_t ds[KEY_DIGEST], rdata[KEY_RDATA_MOST];
	char hex[2 * KEY_DIGEST + 1];
	zone_key_digest(key, ds);
	hex_write(ds + 4, KEY_DIGEST - 4, hex);
	uint16_t size = zone_key_rdata(key, rdata);
	const char *open = base64_text(c, rdata + 4, size - 4u);
	if (list != NULL)
		json_array_append_new(list, json_pack("{s:s s:i s:i s:i s:s s:s}", "zone", zone, "tag", key->tag,
			"algorithm", key->algorithm, "digest_type", 2, "digest", hex, "public_key", open));
	else
		fprintf(c->out, "%s. IN DS %u %u 2 %s\n; %s. IN DNSKEY %u 3 %u %s\n", zone, key->tag, key->algorithm, hex, zone,
			key->flags, key->algorithm, open);
}

static int dnssec_ds(struct command *c, struct error *e)
{
	struct zone_keys_of z;
	size_t printed = 0;
	int outcome = dnssec_open(c, &z, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && z.zone.signed_ == ZONE_UNSIGNED)
		outcome = fail(e, ABSENT, "zone %s is not signed, and wants no DS: 'windsock dnssec sign %s' signs it", z.zone.name,
			z.zone.name);
	if (outcome == DONE && z.zone.signed_ == ZONE_LEAVING)
		note("zone %s leaves: its parent is to have no DS for it", z.zone.name);
	json_t *list = c->json ? json_array() : NULL;
	for (size_t i = 0; i < z.count && outcome == DONE; i++) {
		const struct zone_key *key = &z.keys[i];
		bool leaves = key->date[KEY_SYNC_DELETE] != 0 && key->date[KEY_SYNC_DELETE] <= z.now;
		if (key->flags != KEY_ENTRY || !key_published(key, z.now) || leaves)
			continue;
		print_ds(c, key, z.zone.name, list);
		printed++;
		if (key->date[KEY_SYNC_PUBLISH] > z.now)
			note("the DS of key %u is not to be published before %s", key->tag,
				date_text(c, key->date[KEY_SYNC_PUBLISH]));
	}
	if (outcome == DONE && printed == 0)
		outcome = fail(e, ABSENT, "zone %s has no key for a DS in %s: 'windsock dnssec sign %s' makes one", z.zone.name,
			z.directory, z.zone.name);
	if (list != NULL && outcome == DONE)
		print_json(c, list);
	zone_keys_forget(z.keys, z.count);
	return outcome;
}

/* status */

/* The key's state, by the terms of RFC 7583 section 3.1. */
static const char *state_of(const struct zone_keys_of *z, const struct zone_key *key)
{
	int64_t now = z->now, publish = key->date[KEY_PUBLISH], activate = key->date[KEY_ACTIVATE];
	if (publish == 0 || now < publish)
		return "generated";
	if (key->date[KEY_DELETE] != 0 && now >= key->date[KEY_DELETE])
		return "removed";
	if (key->date[KEY_INACTIVE] != 0 && now >= key->date[KEY_INACTIVE])
		return "retired";
	if (z->zone.signed_ == ZONE_UNSIGNED)
		return "unused";
	if (key->closed)
		return "no private";
	if (activate != 0 && now >= activate)
		return "active";
	return now < publish + z->zone.ttl + DNSSEC_MARGIN ? "published" : "ready";
}

static const char *role_of(const struct zone_keys_of *z, const struct zone_key *key)
{
	for (size_t i = 0; i < z->count; i++)
		if (z->keys[i].flags == KEY_ZONE && z->keys[i].algorithm == key->algorithm)
			return key->flags == KEY_ENTRY ? "ksk" : "zsk";
	return key->flags == KEY_ENTRY ? "csk" : "zsk";
}

/* What happens next to the key. */
static const char *next_of(struct command *c, const struct zone_keys_of *z, const struct zone_key *key)
{
	static const char *const words[KEY_DATES] = { "created", "published", "active", "retired", "removed", "DS wanted",
		"DS to go" };
	int next = -1;
	for (int d = 0; d < KEY_DATES; d++)
		if (key->date[d] > z->now && (next < 0 || key->date[d] < key->date[next]))
			next = d;
	return next < 0 ? "" : arena_format(&c->arena, "%s %s", words[next], date_text(c, key->date[next]));
}

static void print_keys(struct command *c, const struct zone_keys_of *z)
{
	struct table_print table = { .heads = { "tag", "algorithm", "role", "state", "next" }, .columns = 5 };
	for (size_t i = 0; i < z->count; i++) {
		const struct zone_key *key = &z->keys[i];
		table_cell(&table, arena_format(&c->arena, "%u", key->tag));
		table_cell(&table, algorithm_text(key->algorithm));
		table_cell(&table, role_of(z, key));
		table_cell(&table, state_of(z, key));
		table_cell(&table, next_of(c, z, key));
	}
	table_end(c, &table);
}

static json_t *keys_json(struct command *c, const struct zone_keys_of *z)
{
	static const char *const names[KEY_DATES] = { "created", "publish", "activate", "inactive", "delete",
		"sync_publish", "sync_delete" };
	json_t *list = json_array();
	for (size_t i = 0; i < z->count; i++) {
		const struct zone_key *key = &z->keys[i];
		json_t *object = json_pack("{s:i s:s s:i s:s s:s}", "tag", key->tag, "algorithm",
			algorithm_text(key->algorithm), "flags", key->flags, "role", role_of(z, key), "state",
			state_of(z, key));
		for (int d = 0; d < KEY_DATES; d++)
			if (key->date[d] != 0)
				json_object_set_new(object, names[d], json_string(date_text(c, key->date[d])));
		json_array_append_new(list, object);
	}
	return list;
}

/* Prints what the name server serves: it may run as a user that cannot read the files that we can. */
static void print_served(struct command *c, const struct zone_keys_of *z)
{
	struct dnssec_served s;
	const struct doorbell_zone *served = &s.bell.zone;
	dnssec_ask(c, z, &s);
	if (!s.known)
		fprintf(c->out, "name server: silent: %s\n", s.silence.text);
	else if (served->signers > 0)
		fprintf(c->out, "name server: signs it; it publishes %s\n", counted(c, served->keys, "key"));
	else
		fprintf(c->out, "name server: %s\n", served->served != 0 ? "serves it unsigned" : "does not serve it");
	if (s.known && served->stuck != 0)
		note("the name server cannot read its keys: %s", s.bell.keys_trouble);
}

static int dnssec_status(struct command *c, struct error *e)
{
	static const char *const words[] = { "not signed", "signed", "signed, and asks its parent to remove its DS" };
	static const char *const states[] = { "no", "yes", "leaving" };
	struct zone_keys_of z;
	int outcome = dnssec_open(c, &z, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && c->json) {
		print_json(c, json_pack("{s:s s:s s:s s:o}", "zone", z.zone.name, "signed", states[z.zone.signed_], "directory",
			z.directory, "keys", keys_json(c, &z)));
	} else if (outcome == DONE) {
		fprintf(c->out, "zone %s is %s; keys are in %s\n", z.zone.name, words[z.zone.signed_], z.directory);
		print_served(c, &z);
		print_keys(c, &z);
		if (z.zone.signed_ != ZONE_UNSIGNED && !any_active(&z))
			note("no key is active: the zone is served unsigned");
	}
	zone_keys_forget(z.keys, z.count);
	return outcome;
}

const struct verb dnssec_verbs[] = {
	{ "dnssec", "sign", VERB_CHANGES, 1, 1, "ORIGIN [--algorithm ecdsap256sha256|ed25519] [--split] [--keys DIR]",
		"Signs a zone. Makes a key for it if it has none: one for all, or with --split one that signs the keys and\n"
		"one that signs the data. Keys are files in DIR, else REGISTRY.dnssec, in BIND's form.",
		"dnssec sign b5p.us", dnssec_sign },
	{ "dnssec", "unsign", VERB_CHANGES, 1, 1, "ORIGIN [--keys DIR]",
		"Signs a zone no longer. While its parent may have a DS for it, it stays signed, and CDS and CDNSKEY ask the\n"
		"parent to remove that (RFC 8078); say it again when that is done.", "dnssec unsign b5p.us", dnssec_unsign },
	{ "dnssec", "ds", VERB_READS, 1, 1, "ORIGIN [--keys DIR]",
		"Prints what the registrar is to be given.", "dnssec ds b5p.us", dnssec_ds },
	{ "dnssec", "status", VERB_READS, 1, 1, "ORIGIN [--keys DIR]",
		"Shows a zone's keys, their states (RFC 7583), and what happens to them when.", "dnssec status b5p.us",
		dnssec_status },
	{ "dnssec", "roll", VERB_CHANGES, 1, 1, "ORIGIN [--ksk | --zsk] [--algorithm NAME] [--keys DIR]",
		"Replaces a key. A ZSK's successor is published, and signs when all know it; nothing else is to be done. A KSK's\n"
		"or a zone's only key's successor signs beside it until the parent has its DS: then say it again.\n"
		"With --algorithm, the successor is of another one; of a zone with two keys, a ZSK comes with it.",
		"dnssec roll b5p.us --zsk", dnssec_roll },
	{ 0 },
};
