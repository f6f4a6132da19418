/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry's contract (registry/registry.h), which every engine keeps: all tests run once for each engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/registry.h"
#include "tests/unit/check.h"

/* How an engine gives an address at which there is no registry yet, and takes away what was made there. */
struct engine_under_test {
	const char *name;
	int (*make)(char *address, size_t room);
	int (*drop)(const char *address);
};

static int make_folder(char *address, size_t room)
{
	char folder[] = "/tmp/windsock-XXXXXX";
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(address, room, "%s/registry", folder);
	return 0;
}

static int drop_folder(const char *address)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf \"$(dirname %s)\"", address);
	return system(command);
}

static const struct engine_under_test engines[] = { { "registry on sqlite", make_folder, drop_folder } };

static const struct engine_under_test *engine;
static char address[96];
static struct registry *r, *other; /* two connections to the same registry */
static struct arena arena;
static struct error e;

#define CALL(function, ...) registry_##function(r, ##__VA_ARGS__)

static int make_registry(void **state)
{
	(void)state;
	if (engine->make(address, sizeof address) != 0)
		return -1;
	int outcome = registry_open(address, REGISTRY_CREATE, &r, &e);
	return outcome == DONE ? registry_open(address, REGISTRY_WRITE, &other, &e) : outcome;
}

static int drop_registry(void **state)
{
	(void)state;
	registry_close(r);
	registry_close(other);
	arena_free(&arena);
	return engine->drop(address);
}

/* Rows. */

static struct relay relay_named(const char *name)
{
	struct relay relay;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = name;
	relay.addresses = "192.0.2.1";
	relay.tls = 6;
	return relay;
}

static struct account account_named(const char *name)
{
	struct account account;
	assert_done(row_standard(&account_kind, &account, &arena, &e), &e);
	account.name = name;
	return account;
}

static struct host host_of(const char *name, const char *account)
{
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	host.account = account;
	return host;
}

static struct zone zone_named(const char *name)
{
	struct zone zone;
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = name;
	zone.primary = zone.contact = "ns1.example";
	return zone;
}

static struct record record_at(const char *owner, int64_t type, const char *rdata, size_t size)
{
	return (struct record){ "b5p.us", owner, type, 60, { (const uint8_t *)rdata, size } };
}

static void add_in(struct registry *to, const struct kind *kind, const void *row)
{
	assert_done(registry_begin(to, &e), &e);
	assert_done(registry_add(to, kind, row, &e), &e);
	assert_done(registry_commit(to, &e), &e);
}

static void add(const struct kind *kind, const void *row)
{
	add_in(r, kind, row);
}

static void add_relay(const char *name)
{
	struct relay relay = relay_named(name);
	add(&relay_kind, &relay);
}

static void set_weight(struct registry *in, const char *name, int64_t weight)
{
	struct relay relay = relay_named(name);
	relay.weight = weight;
	assert_done(registry_begin(in, &e), &e);
	assert_done(registry_set(in, &relay_kind, &relay, &e), &e);
	assert_done(registry_commit(in, &e), &e);
}

static int64_t weight_in(struct registry *in, const char *name)
{
	struct relay relay = { .name = name };
	assert_done(registry_get(in, &relay_kind, &relay, &arena, &relay, &e), &e);
	return relay.weight;
}

static int64_t count_in(struct registry *in, const struct kind *kind)
{
	int64_t count;
	assert_done(registry_count(in, kind, &count, &e), &e);
	return count;
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(CALL(revision, &now, &e), &e);
	return now;
}

/* Changes: the last one that a walk saw, in words of its own, for a change's texts end with the callback. */

struct seen {
	int count;
	int64_t first, revision, act;
	const struct kind *of;
	char kind[32], key[64], old[600], new[600], actor[301], origin[301], verb[601], reason[601];
};

static void keep_text(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text == NULL ? "-" : text);
}

static int see(const struct change *change, void *context, struct error *fault)
{
	struct seen *seen = context;
	(void)fault;
	if (seen->count > 0 && change->revision != seen->revision + 1)
		fail_msg("%lld came after %lld", (long long)change->revision, (long long)seen->revision);
	seen->first = seen->count++ == 0 ? change->revision : seen->first;
	seen->revision = change->revision;
	seen->of = change->of;
	keep_text(seen->kind, sizeof seen->kind, change->kind);
	keep_text(seen->key, sizeof seen->key, change->key);
	keep_text(seen->old, sizeof seen->old, change->old);
	keep_text(seen->new, sizeof seen->new, change->new);
	keep_text(seen->actor, sizeof seen->actor, change->actor);
	keep_text(seen->origin, sizeof seen->origin, change->origin);
	keep_text(seen->verb, sizeof seen->verb, change->verb);
	keep_text(seen->reason, sizeof seen->reason, change->reason);
	return DONE;
}

static struct seen changes_after(int64_t after)
{
	struct seen seen = { 0 };
	assert_done(CALL(changes, after, see, &seen, &e), &e);
	return seen;
}

/* Opening. */

static void who_only_reads_never_writes(void **state)
{
	struct registry *reader;
	struct relay relay = relay_named("r1");
	(void)state;
	assert_done(registry_open(address, REGISTRY_READ, &reader, &e), &e);
	assert_outcome(registry_add(reader, &relay_kind, &relay, &e), FAILED, &e);
	assert_string_equal(registry_path(reader), address);
	registry_close(reader);
	assert_true(count_in(r, &relay_kind) == 0);
}

/* Rows in and out. */

static void rows_come_back(void **state)
{
	struct relay relay = relay_named("r1"), got;
	(void)state;
	relay.token = (struct blob){ (const uint8_t *)"\0hash", 5 };
	relay.note = "sch\xc3\xb6n";
	add(&relay_kind, &relay);
	assert_done(CALL(get, &relay_kind, &relay, &arena, &got, &e), &e);
	assert_string_equal(got.note, relay.note);
	assert_int_equal(got.token.size, 5);
	assert_memory_equal(got.token.data, "\0hash", 5);
	assert_true(got.weight == relay.weight && got.port == relay.port);
	set_weight(r, "r1", 7);
	assert_true(weight_in(r, "r1") == 7);
}

static void every_kind_goes_in_and_out(void **state)
{
	struct zone zone = zone_named("b5p.us");
	struct record record = record_at("www.b5p.us", 1, "\300\0\2\1", 4);
	struct pool pool;
	struct release release;
	struct rule rule = { .pool = "fe058", .relay = "r1", .note = "" };
	struct observation observation;
	struct account account = account_named("demo");
	struct host host = host_of("demo.b5p.us", "demo");
	struct signature signature = { "demo.b5p.us", { (const uint8_t *)"\273", 1 } };
	struct tsig tsig;
	struct secondary secondary;
	struct reader reader = { "dnsd", 5, 6 };
	struct relay relay = relay_named("r1");
	(void)state;
	assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
	pool.label = "fe058";
	assert_done(row_standard(&release_kind, &release, &arena, &e), &e);
	release.product = "p", release.version = "1", release.pools = "fe058", release.tls = 6;
	assert_done(row_standard(&observation_kind, &observation, &arena, &e), &e);
	observation.relay = "r1", observation.observer = "o";
	assert_done(row_standard(&tsig_kind, &tsig, &arena, &e), &e);
	tsig.name = "xfr.key", tsig.account = "demo", tsig.secret = (struct blob){ (const uint8_t *)"\314", 1 };
	assert_done(row_standard(&secondary_kind, &secondary, &arena, &e), &e);
	secondary.name = "ns2", secondary.address = "192.0.2.53", secondary.tsig = "xfr.key";
	const struct {
		const struct kind *kind;
		const void *row;
	} all[] = { { &zone_kind, &zone }, { &record_kind, &record }, { &relay_kind, &relay }, { &pool_kind, &pool },
		{ &release_kind, &release }, { &rule_kind, &rule }, { &observation_kind, &observation },
		{ &account_kind, &account }, { &host_kind, &host }, { &signature_kind, &signature }, { &tsig_kind, &tsig },
		{ &secondary_kind, &secondary }, { &reader_kind, &reader } };
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		size_t count;
		void *rows;
		add(all[i].kind, all[i].row);
		assert_done(registry_all(other, all[i].kind, NULL, &arena, &rows, &count, &e), &e);
		assert_int_equal(count, 1);
		assert_done(row_check(all[i].kind, rows, &e), &e);
		struct text one = { 0 }, two = { 0 };
		for (const struct field *f = all[i].kind->fields; f < all[i].kind->fields + all[i].kind->count; f++) {
			field_write(f, all[i].row, &one);
			field_write(f, rows, &two);
		}
		assert_int_equal(one.length, two.length);
		assert_memory_equal(one.bytes, two.bytes, one.length);
		text_free(&one);
		text_free(&two);
		assert_done(registry_put(r, all[i].kind, rows, &e), &e);
	}
	assert_int_equal(COUNT_OF(all), 13);
}

static void what_is_not_there_is_absent(void **state)
{
	struct relay relay = relay_named("r2"), got;
	(void)state;
	add_relay("r1");
	assert_outcome(CALL(get, &relay_kind, &relay, &arena, &got, &e), ABSENT, &e);
	assert_says(e.text, "relay r2");
	assert_outcome(CALL(set, &relay_kind, &relay, &e), ABSENT, &e);
	assert_outcome(CALL(remove, &relay_kind, &relay, &e), ABSENT, &e);
	assert_done(CALL(put, &relay_kind, &relay, &e), &e);
	assert_done(CALL(get, &relay_kind, &relay, &arena, &got, &e), &e);
	relay.weight = 9;
	assert_done(CALL(put, &relay_kind, &relay, &e), &e);
	assert_true(weight_in(r, "r2") == 9);
	assert_done(CALL(remove, &relay_kind, &relay, &e), &e);
	assert_outcome(CALL(get, &relay_kind, &relay, &arena, &got, &e), ABSENT, &e);
	assert_true(count_in(r, &relay_kind) == 1);
}

/* A text that is read is the arena's, whatever becomes of its row and of the connection; one that is given is looked at
 * no more. */
static void texts_are_the_arenas(void **state)
{
	char name[] = "r1", note[] = "first";
	struct relay relay = relay_named(name), got, *all;
	size_t count;
	(void)state;
	relay.note = note;
	add(&relay_kind, &relay);
	strcpy(name, "xx");
	strcpy(note, "xxxxx");
	relay = (struct relay){ .name = "r1" };
	assert_done(CALL(get, &relay_kind, &relay, &arena, &got, &e), &e);
	assert_done(registry_all(r, &relay_kind, NULL, &arena, &all, &count, &e), &e);
	relay = relay_named("r1");
	relay.note = "second";
	assert_done(CALL(set, &relay_kind, &relay, &e), &e);
	registry_close(r);
	assert_done(registry_open(address, REGISTRY_WRITE, &r, &e), &e);
	assert_string_equal(got.note, "first");
	assert_string_equal(all[0].note, "first");
	assert_string_equal(all[0].name, "r1");
	relay = (struct relay){ .name = "r1" };
	assert_done(CALL(get, &relay_kind, &relay, &arena, &relay, &e), &e); /* the key may be the row */
	assert_string_equal(relay.note, "second");
}

static void hosts_and_accounts_are_counted_by_owner(void **state)
{
	struct account account = account_named("demo");
	int64_t count;
	(void)state;
	account.network = "192.0.2.0/24";
	add(&account_kind, &account);
	for (int i = 0; i < 5; i++) {
		char name[32];
		snprintf(name, sizeof name, "h%d.example", i);
		struct host host = host_of(name, i < 4 ? "demo" : "");
		add(&host_kind, &host);
	}
	assert_done(CALL(count_owned, &host_kind, "demo", 9, &count, &e), &e);
	assert_true(count == 4);
	assert_done(CALL(count_owned, &host_kind, "demo", 3, &count, &e), &e);
	assert_true(count == 3);
	assert_done(CALL(count_owned, &account_kind, "192.0.2.0/24", 9, &count, &e), &e);
	assert_true(count == 1);
	assert_done(CALL(count_owned, &account_kind, "", 9, &count, &e), &e);
	assert_true(count == 0);
}

static void all_rows_of_a_first_key_go(void **state)
{
	struct zone zone = zone_named("b5p.us"), another = zone_named("example");
	struct record www = record_at("www.b5p.us", 1, "\1\2\3\4", 4), mail = record_at("mail.b5p.us", 1, "\1\2\3\4", 4);
	struct record theirs = { "example", "www.example", 1, 60, { (const uint8_t *)"\1\2\3\4", 4 } };
	(void)state;
	add(&zone_kind, &zone);
	add(&zone_kind, &another);
	add(&record_kind, &www);
	add(&record_kind, &mail);
	add(&record_kind, &theirs);
	assert_done(CALL(remove_all, &record_kind, &www, &e), &e);
	assert_true(count_in(r, &record_kind) == 1);
	assert_done(CALL(remove_all, &record_kind, &www, &e), &e); /* none is no fault */
}

/* Walks. */

struct order {
	int count, stop;
	char line[600];
};

static int note_record(const void *row, void *context, struct error *fault)
{
	const struct record *record = row;
	struct order *o = context;
	(void)fault;
	size_t at = strlen(o->line);
	snprintf(o->line + at, sizeof o->line - at, "%s%s/%lld/%zu", at == 0 ? "" : " ", record->owner,
		(long long)record->type, record->rdata.size);
	return ++o->count == o->stop ? REFUSED : DONE;
}

static void add_records(void)
{
	struct zone zone = zone_named("b5p.us");
	const struct record all[] = { record_at("ab.b5p.us", 16, "\1a", 2), record_at("a-b.b5p.us", 1, "\1\2\3\4", 4),
		record_at("a.b5p.us", 9, "\1", 1), record_at("a.b5p.us", 10, "\377\1", 2), record_at("a.b5p.us", 10, "\1\2\3", 3),
		record_at("a.b5p.us", 10, "\1\2", 2), record_at("_x.a.b5p.us", 16, "\1a", 2),
		record_at("_y._x.a.b5p.us", 16, "\1a", 2), record_at("y._x.a.b5p.us", 16, "\1a", 2),
		record_at("_z.ab.b5p.us", 16, "\1a", 2) };
	add(&zone_kind, &zone);
	for (size_t i = 0; i < COUNT_OF(all); i++)
		add(&record_kind, &all[i]);
}

/* By octets, whatever a database's language has for an order: '-' before '.' before '_' before letters; numbers by value. */
static void rows_come_in_the_order_of_their_keys(void **state)
{
	struct order o = { 0 };
	(void)state;
	add_records();
	assert_done(CALL(each, &record_kind, NULL, note_record, &o, &e), &e);
	assert_string_equal(o.line, "_x.a.b5p.us/16/2 _y._x.a.b5p.us/16/2 _z.ab.b5p.us/16/2 a-b.b5p.us/1/4 a.b5p.us/9/1 "
		"a.b5p.us/10/2 a.b5p.us/10/3 a.b5p.us/10/2 ab.b5p.us/16/2 y._x.a.b5p.us/16/2");
	static const char *const names[] = { "ab", "B", "a_b", "a-b", "a.b", "A", "b", "\xc3\xa4", "z" };
	struct relay *relays;
	size_t count;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		add_relay(names[i]);
	assert_done(registry_all(r, &relay_kind, NULL, &arena, &relays, &count, &e), &e);
	assert_int_equal(count, COUNT_OF(names));
	for (size_t i = 1; i < count; i++)
		if (strcmp(relays[i - 1].name, relays[i].name) >= 0)
			fail_msg("%s came before %s", relays[i - 1].name, relays[i].name);
}

static void walks_go_through_a_part(void **state)
{
	struct zone none = zone_named("none");
	struct record of = record_at("a.b5p.us", 0, "", 0), elsewhere = { .zone = "none" };
	struct order in = { 0 }, each = { 0 }, underscore = { 0 }, nothing = { 0 };
	(void)state;
	add_records();
	add(&zone_kind, &none);
	assert_done(CALL(each, &record_kind, &of, note_record, &each, &e), &e);
	assert_int_equal(each.count, 10);
	assert_done(CALL(each_in, &record_kind, &of, note_record, &in, &e), &e);
	assert_string_equal(in.line, "a.b5p.us/9/1 a.b5p.us/10/2 a.b5p.us/10/3 a.b5p.us/10/2");
	assert_done(CALL(each_underscore, &of, note_record, &underscore, &e), &e);
	assert_int_equal(underscore.count, 2);
	assert_says(underscore.line, "_x.a.b5p.us");
	assert_says(underscore.line, "_y._x.a.b5p.us");
	assert_done(CALL(each, &record_kind, &elsewhere, note_record, &nothing, &e), &e);
	assert_int_equal(nothing.count, 0);
}

static int count_rows(const void *row, void *context, struct error *fault)
{
	(void)row;
	(void)fault;
	++*(int *)context;
	return DONE;
}

static void tokens_are_found(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	int found = 0;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct account account = account_named(names[i]);
		account.token = (struct blob){ (const uint8_t *)(i == 2 ? "other" : "token"), 5 };
		add(&account_kind, &account);
	}
	struct account of = { .token = { (const uint8_t *)"token", 5 } };
	assert_done(CALL(each_by_token, &account_kind, &of, count_rows, &found, &e), &e);
	assert_int_equal(found, 2);
	of.token.size = 4;
	assert_done(CALL(each_by_token, &account_kind, &of, count_rows, &found, &e), &e);
	assert_int_equal(found, 2);
}

static void a_callback_ends_a_walk(void **state)
{
	struct order o = { .stop = 2 };
	(void)state;
	add_records();
	assert_int_equal(CALL(each, &record_kind, NULL, note_record, &o, &e), REFUSED);
	assert_int_equal(o.count, 2);
	assert_done(CALL(each, &record_kind, NULL, note_record, &o, &e), &e); /* another one begins at the beginning */
	assert_int_equal(o.count, 12);
}

static int walk_again(const void *row, void *context, struct error *fault)
{
	(void)row;
	++*(int *)context;
	return CALL(each, &relay_kind, NULL, walk_again, context, fault);
}

static int walk_relays(const void *row, void *context, struct error *fault)
{
	(void)row;
	return CALL(each, &relay_kind, NULL, count_rows, context, fault);
}

static int count_changes(const struct change *change, void *context, struct error *fault)
{
	(void)change;
	(void)fault;
	++*(int *)context;
	return DONE;
}

static int walk_changes_again(const struct change *change, void *context, struct error *fault)
{
	(void)change;
	return CALL(changes, 0, count_changes, context, fault);
}

static void walks_of_one_kind_do_not_nest(void **state)
{
	struct zone zone = zone_named("example");
	int rows = 0, before = 0;
	(void)state;
	add_relay("r1");
	add_relay("r2");
	add(&zone_kind, &zone);
	assert_int_equal(CALL(each, &relay_kind, NULL, walk_again, &rows, &e), FAILED);
	assert_int_equal(rows, 1);
	assert_says(e.text, "a walk of relay was begun within another one");
	assert_done(CALL(each, &zone_kind, NULL, walk_relays, &rows, &e), &e); /* of two kinds they do */
	assert_int_equal(rows, 3);
	assert_done(CALL(each, &relay_kind, NULL, count_rows, &rows, &e), &e); /* the one refused is over */
	assert_int_equal(rows, 5);
	assert_int_equal(CALL(changes, revision() - 1, walk_changes_again, &before, &e), FAILED);
	assert_done(CALL(changes, revision() - 1, count_changes, &before, &e), &e);
	assert_int_equal(before, 1);
}

/* Reads, changes and removes rows of the kind that is walked. */
static int change_row(const void *row, void *context, struct error *fault)
{
	struct relay relay = *(const struct relay *)row, got;
	++*(int *)context;
	assert_done(CALL(get, &relay_kind, &relay, &arena, &got, fault), fault);
	got.weight = 3;
	return strcmp(got.name, "r2") == 0 ? CALL(remove, &relay_kind, &got, fault) : CALL(set, &relay_kind, &got, fault);
}

static void a_walk_may_change_what_it_walks(void **state)
{
	int rows = 0;
	(void)state;
	add_relay("r1");
	add_relay("r2");
	add_relay("r3");
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(each, &relay_kind, NULL, change_row, &rows, &e), &e);
	assert_done(CALL(commit, &e), &e);
	assert_int_equal(rows, 3);
	assert_true(weight_in(r, "r1") == 3 && weight_in(r, "r3") == 3 && count_in(r, &relay_kind) == 2);
}

/* What is refused. */

static void a_refusal_leaves_the_transaction_usable(void **state)
{
	struct relay relay = relay_named("r1"), wrong = relay_named("r2");
	struct rule rule = { .pool = "none", .relay = "r1", .note = "" };
	struct account account = account_named("demo");
	struct host host = host_of("h.example", "demo");
	int64_t before;
	(void)state;
	add(&account_kind, &account);
	add(&host_kind, &host);
	before = revision();
	wrong.port = 99999;
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	relay.weight = 1;
	assert_outcome(CALL(add, &relay_kind, &relay, &e), EXISTS, &e);
	assert_says(e.text, "relay r1");
	assert_outcome(CALL(add, &rule_kind, &rule, &e), REFUSED, &e);
	assert_says(e.text, "none");
	assert_outcome(CALL(add, &relay_kind, &wrong, &e), REFUSED, &e);
	assert_outcome(CALL(remove, &account_kind, &account, &e), EXISTS, &e);
	assert_says(e.text, "account demo");
	wrong.name = "r3";
	assert_outcome(CALL(set, &relay_kind, &wrong, &e), ABSENT, &e);
	wrong.name = "r1";
	assert_outcome(CALL(set, &relay_kind, &wrong, &e), REFUSED, &e);
	relay = relay_named("r4");
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	assert_done(CALL(commit, &e), &e);
	/* nothing of what was refused is written, neither in rows nor in the log */
	assert_true(count_in(other, &relay_kind) == 2 && count_in(other, &account_kind) == 1 && count_in(other, &rule_kind) == 0);
	assert_true(weight_in(other, "r1") == 100);
	struct seen seen = changes_after(before);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.key, "r4");
}

/* Transactions. */

static void rollback_undoes_all(void **state)
{
	struct relay relay = relay_named("r1"), got;
	(void)state;
	int64_t before = revision();
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(act, &(struct act){ .actor = "me" }, &e), &e);
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	CALL(rollback);
	CALL(rollback);
	assert_outcome(CALL(get, &relay_kind, &relay, &arena, &got, &e), ABSENT, &e);
	assert_true(revision() == before);
	add_relay("r2");
	assert_string_equal(changes_after(before).actor, ""); /* the act went with it */
}

static void a_part_is_taken_back_with_its_act(void **state)
{
	struct relay kept = relay_named("kept"), gone = relay_named("gone"), last = relay_named("last");
	(void)state;
	int64_t before = revision();
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(act, &(struct act){ .actor = "alice" }, &e), &e);
	assert_done(CALL(save, &e), &e);
	assert_done(CALL(add, &relay_kind, &kept, &e), &e);
	assert_done(CALL(keep, &e), &e);
	assert_done(CALL(save, &e), &e);
	assert_done(CALL(act, &(struct act){ .actor = "bob" }, &e), &e);
	assert_done(CALL(add, &relay_kind, &gone, &e), &e);
	assert_done(CALL(undo, &e), &e);
	assert_done(CALL(add, &relay_kind, &last, &e), &e);
	assert_done(CALL(commit, &e), &e);
	struct seen seen = changes_after(before);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.key, "last");
	assert_string_equal(seen.actor, "alice");
}

/* The change log. */

static void revisions_have_no_gap(void **state)
{
	struct relay relay = relay_named("r1");
	(void)state;
	int64_t before = revision();
	assert_in_range(before, 1700000000, INT64_C(1) << 31);
	for (int i = 0; i < 4; i++) {
		assert_done(CALL(begin, &e), &e);
		assert_done(CALL(put, &relay_kind, &relay, &e), &e);
		relay.weight++;
		assert_done(CALL(put, &relay_kind, &relay, &e), &e);
		relay.weight++;
		if (i == 1)
			CALL(rollback); /* what was given up took no number */
		else
			assert_done(CALL(commit, &e), &e);
	}
	assert_true(revision() == before + 6);
	struct seen seen = changes_after(before); /* see() wants each to be one more than the last */
	assert_int_equal(seen.count, 6);
	assert_true(seen.first == before + 1 && seen.revision == before + 6);
	int touched = 0;
	assert_done(CALL(touched, before + 2, count_changes, &touched, &e), &e);
	assert_int_equal(touched, 4);
}

static void the_revision_never_goes_back(void **state)
{
	(void)state;
	int64_t now = revision();
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(raise, now + 500, &e), &e);
	assert_done(CALL(raise, 5, &e), &e);
	assert_done(CALL(commit, &e), &e);
	add_relay("r1");
	assert_true(revision() == now + 500);
}

static void acts_are_named_cut_and_cleared(void **state)
{
	struct relay relay = relay_named("r1");
	char longest[700];
	(void)state;
	memset(longest, 'n', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	int64_t before = revision();
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(act, &(struct act){ "alice", "192.0.2.9", "relay add", "a test" }, &e), &e);
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	assert_done(CALL(commit, &e), &e);
	struct seen seen = changes_after(before);
	assert_int_equal(seen.count, 1);
	assert_ptr_equal(seen.of, &relay_kind);
	assert_string_equal(seen.kind, "relay");
	assert_string_equal(seen.key, "r1");
	assert_string_equal(seen.old, "-");
	assert_says(seen.new, "192.0.2.1");
	assert_string_equal(seen.actor, "alice");
	assert_string_equal(seen.origin, "192.0.2.9");
	assert_string_equal(seen.verb, "relay add");
	assert_string_equal(seen.reason, "a test");
	set_weight(other, "r1", 5); /* by somebody who gave no name */
	seen = changes_after(seen.revision);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.actor, "");
	assert_says(seen.old, "\"weight\":100");
	assert_says(seen.new, "\"weight\":5");
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(act, &(struct act){ longest, longest, longest, longest }, &e), &e);
	assert_done(CALL(remove, &relay_kind, &relay, &e), &e);
	assert_done(CALL(commit, &e), &e);
	seen = changes_after(seen.revision);
	assert_int_equal(strlen(seen.actor), 200);
	assert_int_equal(strlen(seen.origin), 200);
	assert_int_equal(strlen(seen.verb), 500);
	assert_int_equal(strlen(seen.reason), 500);
	assert_string_equal(seen.new, "-");
}

struct back {
	int count;
	int64_t revision[4], act[4];
};

static int see_back(const struct change *change, void *context, struct error *fault)
{
	struct back *back = context;
	(void)fault;
	back->revision[back->count] = change->revision;
	back->act[back->count] = change->act;
	return ++back->count == 4 ? REFUSED : DONE;
}

static void the_log_is_walked_back_by_acts(void **state)
{
	struct relay one = relay_named("r1"), two = relay_named("r2");
	struct back back = { 0 };
	(void)state;
	add_relay("r0");
	for (int i = 0; i < 2; i++) {
		assert_done(CALL(begin, &e), &e);
		assert_done(CALL(act, &(struct act){ .actor = "me" }, &e), &e);
		assert_done(CALL(put, &relay_kind, &one, &e), &e);
		one.weight++;
		if (i == 0)
			assert_done(CALL(add, &relay_kind, &two, &e), &e);
		assert_done(CALL(commit, &e), &e);
	}
	assert_int_equal(CALL(changes_back, see_back, &back, &e), REFUSED);
	for (int i = 0; i < 4; i++)
		assert_true(back.revision[i] == revision() - i);
	assert_true(back.act[0] != 0 && back.act[0] != back.act[1] && back.act[1] != 0 && back.act[1] == back.act[2]);
	assert_true(back.act[3] == 0);
}

static void notes_are_of_no_kind(void **state)
{
	(void)state;
	int64_t before = revision();
	assert_done(CALL(note, registry_signatures_note, &e), &e);
	struct seen seen = changes_after(before);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.kind, registry_signatures_note);
	assert_string_equal(seen.key, "");
	assert_null(seen.of);
}

static void prune(int outcome, int64_t before, int64_t most, int64_t readers_since)
{
	assert_done(CALL(begin, &e), &e);
	assert_outcome(CALL(prune, before, most, readers_since, &e), outcome, &e);
	assert_done(CALL(commit, &e), &e);
}

static void pruning_respects_readers(void **state)
{
	(void)state;
	int64_t start = revision(), oldest = -1;
	for (int i = 0; i < 10; i++) {
		char name[16];
		snprintf(name, sizeof name, "r%d", i);
		add_relay(name);
	}
	struct reader reader = { "dnsd", start + 4, 1000 };
	struct seen seen = { 0 };
	assert_done(CALL(put, &reader_kind, &reader, &e), &e);
	prune(DONE, 0, 3, 900); /* the reader is at 4 of 10: 1 to 4 may go */
	assert_int_equal(changes_after(start + 4).count, 6);
	assert_outcome(CALL(changes, start + 3, see, &seen, &e), ABSENT, &e);
	assert_outcome(CALL(touched, start + 3, see, &seen, &e), ABSENT, &e);
	assert_int_equal(seen.count, 0);
	prune(UNCHANGED, 0, 3, 900);
	prune(DONE, 0, 3, 1001); /* not heard of for too long: only the newest 3 stay */
	assert_int_equal(changes_after(start + 7).count, 3);
	assert_outcome(CALL(changes, start + 6, see, &seen, &e), ABSENT, &e);
	prune(UNCHANGED, 0, 100, 1001);
	assert_done(CALL(oldest, &oldest, &e), &e);
	assert_true(oldest > 1700000000);
	prune(DONE, INT64_C(1) << 40, 100, 1001); /* by age, all */
	assert_int_equal(changes_after(start + 10).count, 0);
	assert_done(CALL(oldest, &oldest, &e), &e);
	assert_int_equal(oldest, 0); /* there is none */
	assert_true(revision() == start + 10);
	add_relay("again");
	assert_true(revision() == start + 11);
}

/* Two connections. */

static void nobody_sees_what_is_not_committed(void **state)
{
	struct relay relay = relay_named("r1");
	(void)state;
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	assert_true(count_in(r, &relay_kind) == 1);
	assert_true(count_in(other, &relay_kind) == 0);
	assert_done(CALL(commit, &e), &e);
	assert_true(count_in(other, &relay_kind) == 1);
}

static void one_writes_at_a_time(void **state)
{
	struct relay relay = relay_named("r1"), got;
	(void)state;
	assert_done(registry_begin(other, &e), &e);
	assert_done(registry_add(other, &relay_kind, &relay, &e), &e);
	CALL(patience, 20);
	assert_outcome(CALL(begin, &e), FAILED, &e);
	assert_outcome(CALL(get, &relay_kind, &relay, &arena, &got, &e), ABSENT, &e); /* reading goes on */
	CALL(rollback);
	registry_rollback(other);
	add_relay("r1");
	assert_true(count_in(other, &relay_kind) == 1);
}

static void a_frozen_picture_does_not_move(void **state)
{
	(void)state;
	add_relay("r1");
	int64_t before = revision();
	assert_done(CALL(freeze, &e), &e);
	set_weight(other, "r1", 1);
	assert_true(weight_in(r, "r1") == 100);
	assert_true(revision() == before);
	CALL(rollback);
	assert_true(weight_in(r, "r1") == 1);
	assert_true(revision() == before + 1);
}

static bool has_news(void)
{
	bool news;
	assert_done(CALL(news, &news, &e), &e);
	return news;
}

static void commits_of_others_are_news(void **state)
{
	(void)state;
	has_news();
	assert_false(has_news());
	add_relay("r1");
	assert_false(has_news()); /* our own are none */
	set_weight(other, "r1", 1);
	assert_true(has_news());
	assert_false(has_news());
}

static void meta_is_in_no_log(void **state)
{
	const char *value;
	(void)state;
	int64_t before = revision();
	assert_outcome(CALL(meta_get, "x", &arena, &value, &e), ABSENT, &e);
	assert_done(CALL(meta_set, "x", "1", &e), &e);
	assert_done(CALL(meta_set, "x", "2", &e), &e);
	assert_done(registry_meta_get(other, "x", &arena, &value, &e), &e);
	assert_string_equal(value, "2");
	assert_true(revision() == before);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_registry, drop_registry)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(who_only_reads_never_writes), CASE(rows_come_back),
		CASE(every_kind_goes_in_and_out), CASE(what_is_not_there_is_absent), CASE(texts_are_the_arenas),
		CASE(hosts_and_accounts_are_counted_by_owner), CASE(all_rows_of_a_first_key_go),
		CASE(rows_come_in_the_order_of_their_keys), CASE(walks_go_through_a_part), CASE(tokens_are_found),
		CASE(a_callback_ends_a_walk), CASE(walks_of_one_kind_do_not_nest), CASE(a_walk_may_change_what_it_walks),
		CASE(a_refusal_leaves_the_transaction_usable), CASE(rollback_undoes_all),
		CASE(a_part_is_taken_back_with_its_act), CASE(revisions_have_no_gap), CASE(the_revision_never_goes_back),
		CASE(acts_are_named_cut_and_cleared), CASE(the_log_is_walked_back_by_acts), CASE(notes_are_of_no_kind),
		CASE(pruning_respects_readers), CASE(nobody_sees_what_is_not_committed), CASE(one_writes_at_a_time),
		CASE(a_frozen_picture_does_not_move), CASE(commits_of_others_are_news), CASE(meta_is_in_no_log) };
	int failed = 0;
	for (engine = engines; engine < engines + COUNT_OF(engines); engine++)
		failed += cmocka_run_group_tests_name(engine->name, tests, NULL, NULL);
	return failed;
}
