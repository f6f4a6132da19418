/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone consists of, from random registries, such as SQL by hand could write them, too: what is given can be
 * served, and what was removed and added makes of what was what is. */
#include "zone/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone/rrsets.h"
#include "registry/registry.h"
#include "tests/unit/check.h"
#include "wire/rdata.h"
#include "zone/difference.h"

enum { STEPS = 1500, LINES = 400, NOW = 1000000 };

static char dir[32], path[64];
static struct registry *r;
static const struct zone zone = { "z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return registry_open(path, REGISTRY_CREATE, &r, &e);
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* Random rows. */

static const char *any(const char *const *list, size_t count)
{
	return list[(size_t)rand() % count];
}

static const char *owner(void)
{
	static const char *const owners[] = { "z.example", "a.z.example", "*.a.z.example", "b.a.z.example", "d.z.example",
		"x.d.z.example", "p.z.example", "k.z.example", "w.k.z.example", "*.z.example", "*.d.z.example" };
	return any(owners, COUNT_OF(owners));
}

static const char *host_name(void)
{
	static const char *const hosts[] = { "a.z.example", "x.d.z.example", "p.z.example", "h.k.z.example", "h.z.example",
		"d.z.example", "z.example" };
	return any(hosts, COUNT_OF(hosts));
}

#define RDATA(text) { text, sizeof(text) - 1 }

static struct record a_record(void)
{
	static const struct {
		int64_t type;
		struct blob rdata;
	} kinds[] = {
		{ 1, RDATA("\300\0\2\1") }, { 1, RDATA("\300\0\2\2") }, { 28, RDATA("0123456789abcdef") }, { 2, RDATA("\2ns\0") },
		{ 2, RDATA("\2NS\0") }, { 5, RDATA("\1x\0") }, { 5, RDATA("\1y\0") }, { 39, RDATA("\1x\0") }, { 39, RDATA("\1y\0") },
		{ 16, RDATA("\1x") }, { 15, RDATA("\0\1\1m\0") }, { 15, RDATA("\0\1\1M\0") }, { 1, RDATA("\300\0") },
		{ 48, RDATA("\1\0\3\10k") },
	};
	size_t which = (size_t)rand() % COUNT_OF(kinds);
	const char *at = owner();
	while (kinds[which].type == 39 && rand() % 2 != 0) /* a DNAME hides much, at the apex all */
		which = (size_t)rand() % COUNT_OF(kinds);
	while (kinds[which].type == 39 && strcmp(at, zone.name) == 0 && rand() % 8 != 0)
		at = owner();
	return (struct record){ zone.name, at, kinds[which].type, 60, kinds[which].rdata };
}

static struct host a_host(void)
{
	static const char *const addresses[] = { "", "192.0.2.9", "2001:db8::9", "192.0.2.9 2001:db8::9" };
	return (struct host){ .name = host_name(), .account = "", .addresses = any(addresses, COUNT_OF(addresses)), .ttl = 60 };
}

/* The more there are, the likelier one goes, so that names have few. */
static int put_or_remove(struct error *e)
{
	struct arena arena = { 0 };
	struct record *all, record = a_record();
	size_t count;
	int outcome = registry_all(r, &record_kind, &zone, &arena, &all, &count, e);
	if (outcome == DONE && (size_t)rand() % 16 < count)
		outcome = registry_remove(r, &record_kind, &all[(size_t)rand() % count], e);
	else if (outcome == DONE)
		outcome = registry_put(r, &record_kind, &record, e);
	arena_free(&arena);
	return outcome;
}

static void change(void)
{
	static const char *const states[] = { "192.0.2.11", "192.0.2.12 2001:db8::12" };
	struct error e;
	struct arena arena = { 0 };
	struct relay relay;
	struct pool pool;
	const struct host host = a_host();
	int what = rand() % 40, outcome = DONE;
	if (what < 24)
		outcome = put_or_remove(&e);
	else if (what < 29)
		outcome = registry_put(r, &host_kind, &host, &e);
	else if (what < 37)
		outcome = registry_remove(r, &host_kind, &host, &e);
	else if (what < 39) {
		assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
		relay.name = "r1";
		relay.addresses = any(states, COUNT_OF(states));
		relay.state = RELAY_SERVICE;
		relay.tls = 30;
		outcome = registry_put(r, &relay_kind, &relay, &e);
	} else {
		assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
		pool.label = "p";
		outcome = rand() % 2 == 0 ? registry_put(r, &pool_kind, &pool, &e) : registry_remove(r, &pool_kind, &pool, &e);
	}
	arena_free(&arena);
	if (outcome < 0)
		fail_msg("%s", e.text);
}

static void write_changes(void)
{
	struct error e;
	assert_done(registry_begin(r, &e), &e);
	for (int i = rand() % 4; i >= 0; i--)
		change();
	assert_done(registry_commit(r, &e), &e);
}

/* What is served, as sorted lines. */

struct content {
	char *line[LINES];
	size_t count;
	int64_t revision;
	struct rr_list pools;
};

static char *line_of(const struct zone_rr *rr)
{
	struct text line = { 0 };
	char name[NAME_TEXT];
	name_write(rr->owner->wire, name);
	text_addf(&line, "%s %u %u ", name, rr->type, rr->ttl);
	for (size_t i = 0; i < rr->length; i++)
		text_addf(&line, "%02x", rr->rdata[i]);
	char *copy = strdup(line.bytes);
	text_free(&line);
	return copy;
}

static int take(const struct zone_rr *rr, void *context, struct error *e)
{
	struct content *c = context;
	(void)e;
	assert_true(c->count < LINES);
	c->line[c->count++] = line_of(rr);
	return DONE;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct content *c)
{
	if (c->count > 1)
		qsort(c->line, c->count, sizeof c->line[0], compare);
}

static void read_content(struct content *c)
{
	struct error e;
	*c = (struct content){ 0 };
	assert_done(registry_freeze(r, &e), &e);
	assert_done(registry_revision(r, &c->revision, &e), &e);
	assert_done(zone_content_pools(r, NOW, &c->pools, &e), &e);
	assert_done(zone_content_walk(r, &zone, &c->pools, take, c, &e), &e);
	registry_rollback(r);
	sort(c);
}

static void forget(struct content *c)
{
	while (c->count > 0)
		free(c->line[--c->count]);
	free(c->pools.octets);
}

static bool holds(const struct content *c, const char *line)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->line[i], line) == 0)
			return true;
	return false;
}

/* By another way than zone/form.c's: what no name server may be given. */
static void check_form(const struct content *c)
{
	for (size_t i = 0; i < c->count; i++) {
		char name[64], other[64], data[128], more[128];
		unsigned type, types, ttl;
		assert_int_equal(sscanf(c->line[i], "%63s %u %u %127s", name, &type, &ttl, data), 4);
		if (type == 2 && name[0] == '*')
			fail_msg("%s: NS at a wildcard", c->line[i]);
		if (type == 48 && zone.signed_ != 0)
			fail_msg("%s: made by us", c->line[i]);
		for (size_t j = 0; j < c->count; j++) {
			assert_int_equal(sscanf(c->line[j], "%63s %u %u %127s", other, &types, &ttl, more), 4);
			bool same = strcmp(name, other) == 0;
			size_t length = strlen(other), top = strlen(name);
			bool below = length > top && other[length - top - 1] == '.' && strcmp(other + length - top, name) == 0;
			if (i != j && same && (type == 5 || (type == 39 && types == 39)
				|| (type == 39 && types == 2 && strcmp(name, zone.name) != 0)))
				fail_msg("%s beside %s", c->line[i], c->line[j]);
			if (type == 39 && below)
				fail_msg("%s below %s", c->line[j], c->line[i]);
			if (i != j && same && type == types && strcasecmp(data, more) == 0)
				fail_msg("%s twice", c->line[i]);
		}
	}
}

/* True when the change log told. */
static bool check_difference(const struct content *before, const struct content *after, bool know)
{
	struct error e;
	struct rr_list removed = { 0 }, added = { 0 };
	struct content went = { 0 }, came = { 0 };
	assert_done(registry_freeze(r, &e), &e);
	int outcome = zone_content_difference(r, &zone, before->revision, know ? &before->pools : NULL, &after->pools, &removed,
		&added, &e);
	if (outcome == DONE) {
		assert_done(rr_list_walk(&removed, take, &went, &e), &e);
		assert_done(rr_list_walk(&added, take, &came, &e), &e);
	} else
		assert_outcome(outcome, ABSENT, &e);
	registry_rollback(r);
	for (size_t i = 0; i < went.count; i++)
		if (!holds(before, went.line[i]) || (holds(after, went.line[i]) && !holds(&came, went.line[i])))
			fail_msg("removed in vain: %s", went.line[i]);
	for (size_t i = 0; i < came.count; i++)
		if (!holds(after, came.line[i]) || (holds(before, came.line[i]) && !holds(&went, came.line[i])))
			fail_msg("added in vain: %s", came.line[i]);
	for (size_t i = 0; outcome == DONE && i < before->count; i++)
		if (!holds(after, before->line[i]) && !holds(&went, before->line[i]))
			fail_msg("not removed: %s", before->line[i]);
	for (size_t i = 0; outcome == DONE && i < after->count; i++)
		if (!holds(before, after->line[i]) && !holds(&came, after->line[i]))
			fail_msg("not added: %s", after->line[i]);
	forget(&went);
	forget(&came);
	free(removed.octets);
	free(added.octets);
	return outcome == DONE;
}

/* RRsets. */

static int take_set(const struct zone_rrset *set, void *context, struct error *e)
{
	struct rdatas rest = set->rdatas;
	uint16_t length;
	struct zone_rr rr = { &set->owner, set->type, 0, set->ttl, NULL };
	if (set->rdatas.size == 0) {
		rr.ttl = 0;
		return take(&rr, context, e); /* "OWNER TYPE 0 " */
	}
	for (const uint8_t *rdata; (rdata = rdatas_next(&rest, &length)) != NULL;) {
		rr.rdata = rdata;
		rr.length = length;
		take(&rr, context, e);
	}
	return DONE;
}

/* The beginning of a line, owner and type. */
static bool same_set(const char *a, const char *b)
{
	const char *end = strchr(strchr(a, ' ') + 1, ' ');
	return strncmp(a, b, (size_t)(end - a) + 1) == 0;
}

static bool is_given(const struct content *sets, const char *line)
{
	for (size_t i = 0; i < sets->count; i++)
		if (same_set(sets->line[i], line))
			return true;
	return false;
}

static void check_rrsets(const struct content *before, const struct content *after)
{
	struct error e;
	struct content whole = { 0 }, changed = { 0 };
	assert_done(registry_freeze(r, &e), &e);
	assert_done(zone_content_rrsets(r, &zone, &after->pools, take_set, &whole, &e), &e);
	int outcome = zone_content_changed(r, &zone, before->revision, &before->pools, &after->pools, take_set, &changed, &e);
	registry_rollback(r);
	sort(&whole);
	assert_int_equal(whole.count, after->count);
	for (size_t i = 0; i < whole.count; i++)
		assert_string_equal(whole.line[i], after->line[i]);
	for (size_t i = 0; outcome == DONE && i < changed.count; i++) {
		bool nothing = strstr(changed.line[i], " 0 ") != NULL;
		if (nothing ? is_given(after, changed.line[i]) : !holds(after, changed.line[i]))
			fail_msg("not as it is now: %s", changed.line[i]);
	}
	for (size_t i = 0; outcome == DONE && i < after->count; i++)
		if (is_given(&changed, after->line[i]) != holds(&changed, after->line[i]))
			fail_msg("an RRset without %s", after->line[i]);
		else if (!holds(before, after->line[i]) && !holds(&changed, after->line[i]))
			fail_msg("not given: %s", after->line[i]);
	for (size_t i = 0; outcome == DONE && i < before->count; i++)
		if (!holds(after, before->line[i]) && !is_given(&changed, before->line[i]))
			fail_msg("not given, though it went: %s", before->line[i]);
	forget(&whole);
	forget(&changed);
}

static void random_registries_are_served_as_they_can(void **state)
{
	struct error e;
	struct content before, after;
	size_t told = 0, untold = 0, lines = 0;
	(void)state;
	srand(20);
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	read_content(&before);
	for (int i = 0; i < STEPS; i++) {
		write_changes();
		read_content(&after);
		check_form(&after);
		if (check_difference(&before, &after, rand() % 8 != 0))
			told++;
		else
			untold++;
		check_rrsets(&before, &after);
		lines += after.count;
		forget(&before);
		before = after;
	}
	forget(&before);
	print_message("%zu told, %zu not, %zu RRs a zone\n", told, untold, lines / STEPS);
	assert_true(told > STEPS / 5 && untold > STEPS / 20);
}

/* By hand. */

static void put_record(const char *name, int64_t type, const char *rdata, size_t size)
{
	struct error e;
	const struct record record = { zone.name, name, type, 60, { rdata, size } };
	assert_done(registry_add(r, &record_kind, &record, &e), &e);
}

static void put_host(const char *name)
{
	struct error e;
	const struct host host = { .name = name, .account = "", .addresses = "192.0.2.9", .ttl = 60 };
	assert_done(registry_add(r, &host_kind, &host, &e), &e);
}

static void what_is_given_is_what_is_answered(void **state)
{
	static const char *const wanted[] = {
		"*.d.z.example 1 60 c0000209", /* a host answers for what is below it, be its own name a pool's, */
		"*.h.z.example 1 60 c0000209", "*.p.z.example 1 60 c0000209", "*.w.z.example 1 60 c0000209",
		"d.z.example 1 60 c0000209", "h.z.example 1 60 c0000209", "h.z.example 16 60 0178", "m.z.example 15 60 0001014d00",
		"n.z.example 5 60 017800", "p.z.example 16 60 0178", "w.z.example 1 60 c0000209", "z.example 2 60 026e7300",
	};
	struct error e;
	struct content content;
	struct pool pool;
	struct arena arena = { 0 };
	const struct zone child = { "c.z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };
	(void)state;
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	assert_done(registry_add(r, &zone_kind, &child, &e), &e);
	assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
	pool.label = "p";
	assert_done(registry_add(r, &pool_kind, &pool, &e), &e);
	put_record("z.example", 2, "\2ns", 4);
	put_host("h.z.example");
	put_host("p.z.example");
	put_host("z.example");   /* the apex is none */
	put_host("h.c.z.example"); /* another zone's */
	put_host("w.z.example");
	put_host("d.z.example");
	put_record("h.z.example", 1, "\300\0\2\1", 4);
	put_record("h.z.example", 16, "\1x", 2);
	put_record("*.h.z.example", 16, "\1x", 2);
	put_record("*.h.z.example", 28, "0123456789abcdef", 16);
	put_record("p.z.example", 1, "\300\0\2\1", 4);
	put_record("p.z.example", 16, "\1x", 2);
	put_record("w.z.example", 5, "\1x", 3);
	put_record("b.z.example", 1, "\300\0\2", 3);
	put_record("m.z.example", 15, "\0\1\1M", 5);
	put_record("m.z.example", 15, "\0\1\1m", 5);
	put_record("n.z.example", 5, "\1x", 3);
	put_record("n.z.example", 5, "\1y", 3);
	assert_done(registry_commit(r, &e), &e);
	arena_free(&arena);
	read_content(&content);
	for (size_t i = 0; i < content.count && i < COUNT_OF(wanted); i++)
		assert_string_equal(content.line[i], wanted[i]);
	assert_int_equal(content.count, COUNT_OF(wanted));
	forget(&content);
}

static void a_signed_zone_has_no_keys_but_our_own(void **state)
{
	static const struct {
		const char *name;
		int64_t type;
		bool given[2]; /* unsigned, signed */
	} rows[] = {
		{ "z.example", 48, { true, false } }, { "a.z.example", 48, { true, false } }, { "z.example", 59, { true, false } },
		{ "a.z.example", 59, { true, true } }, { "z.example", 60, { true, false } }, { "a.z.example", 16, { true, true } },
		{ "a.z.example", 47, { true, false } }, { "a.z.example", 50, { true, false } },
	};
	struct error e;
	struct zone row = zone;
	(void)state;
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		put_record(rows[i].name, rows[i].type, rows[i].type == 16 ? "\1x" : rows[i].type == 59 ? "\0\1\10\7x" : "\0\1\10\7", rows[i].type == 16 ? 2 : rows[i].type == 59 ? 5 : 4);
	assert_done(registry_commit(r, &e), &e);
	for (row.signed_ = 0; row.signed_ < 2; row.signed_++) {
		struct content content = { 0 };
		size_t wanted = 0;
		assert_done(zone_content_walk(r, &row, &content.pools, take, &content, &e), &e);
		for (size_t i = 0; i < COUNT_OF(rows); i++)
			wanted += rows[i].given[row.signed_];
		assert_int_equal(content.count, wanted);
		forget(&content);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_registries_are_served_as_they_can, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(what_is_given_is_what_is_answered, make_registry, drop_registry),
		cmocka_unit_test_setup_teardown(a_signed_zone_has_no_keys_but_our_own, make_registry, drop_registry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
