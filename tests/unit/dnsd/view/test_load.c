/* SPDX-License-Identifier: BSD-2-Clause */
/* From a registry to what is answered: at the start, by the change log, by what is said, and through trouble. */
#include "dnsd/view/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "link/host_changes.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

#define CALL(function, ...) registry_##function(r, __VA_ARGS__)

static char folder[64], path[128];
static struct registry *r;
static struct loader loader;
static struct view view;
static struct arena arena;
static struct error e;
static struct server_settings settings = { .nsid = "", .version = "", .udp_most = 1232 };
static const struct networks nobody;
static struct counters counters;
static struct worker worker;
static struct address client;

static void put(const struct kind *kind, const void *row)
{
	assert_done(CALL(begin, &e), &e);
	assert_done(registry_put(r, kind, row, &e), &e);
	assert_done(CALL(commit, &e), &e);
}

static void take_out(const struct kind *kind, const void *row)
{
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(remove, kind, row, &e), &e);
	assert_done(CALL(commit, &e), &e);
}

static void put_zone(const char *name, int64_t signed_)
{
	struct zone zone;
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = name;
	zone.primary = "ns1.b5p.us";
	zone.contact = "hostmaster.b5p.us";
	zone.signed_ = signed_;
	put(&zone_kind, &zone);
}

static struct record record_of(const char *zone, const char *owner, const char *four)
{
	return (struct record){ .zone = zone, .owner = owner, .type = TYPE_A, .ttl = 60, .rdata = { four, 4 } };
}

static void put_host(const char *name, const char *addresses)
{
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	host.addresses = addresses;
	put(&host_kind, &host);
}

static void put_relay(const char *name, const char *addresses)
{
	struct relay relay;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = name;
	relay.addresses = addresses;
	relay.state = RELAY_SERVICE;
	relay.tls = 24;
	put(&relay_kind, &relay);
}

static void put_secondary(void)
{
	struct secondary secondary;
	assert_done(row_standard(&secondary_kind, &secondary, &arena, &e), &e);
	secondary.name = "ns2";
	secondary.address = "192.0.2.53";
	put(&secondary_kind, &secondary);
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(CALL(revision, &now, &e), &e);
	return now;
}

static void open_own(void)
{
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-load-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	open_own();
	put_zone("b5p.us", ZONE_UNSIGNED);
	put_zone("other.example", ZONE_UNSIGNED);
	struct record record = record_of("b5p.us", "www.b5p.us", "\300\0\2\1");
	put(&record_kind, &record);
	put_host("h.b5p.us", "192.0.2.7");
	put_relay("r1", "192.0.2.1");
	const struct release release = { .product = "p", .version = "1", .pools = "fe", .tls = 24, .note = "" };
	put(&release_kind, &release);
	struct pool pool;
	assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
	pool.label = "fe";
	put(&pool_kind, &pool);
	view = (struct view){ 0 };
	loader = (struct loader){ .path = path, .catalog = "", .view = &view, .key_directory = folder };
	assert_done(loader_start(&loader, &e), &e);
	settings.evidence = &nobody;
	answer_settle(&settings);
	worker = (struct worker){ .view = &view, .settings = &settings, .counters = &counters, .usage = usage_bank_new() };
	assert_true(address_read("192.0.2.200", 11, &client));
	return 0;
}

static int tear_down(void **state)
{
	char command[96];
	(void)state;
	loader_reclaim(&loader);
	loader_stop(&loader);
	registry_close(r);
	usage_bank_free(worker.usage);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	return 0;
}

/* The rcode, or the last octet of an address that is the only answer. */
static int ask(const char *name)
{
	static uint8_t packet[4096 + SCAN_BEHIND];
	size_t size = fixture_query(packet, name, TYPE_A, 0);
	size = respond(&worker, packet, size, 4096, &client, true);
	assert_true(size > HEADER_SIZE);
	if ((packet[3] & 15) != 0)
		return -(packet[3] & 15);
	return packet[7] == 1 ? packet[size - 1] : 0;
}

static void assert_current(void)
{
	assert_int_equal(loader.revision, revision());
	assert_int_equal(view.serial, (uint32_t)(revision() + loader.offset));
	assert_false(view.stale);
}

static void all_is_there_at_the_start(void **state)
{
	(void)state;
	assert_int_equal(ask("h.b5p.us"), 7);
	assert_int_equal(ask("www.b5p.us"), 1);
	assert_int_equal(ask("fe.b5p.us"), 1);
	assert_int_equal(ask("fe.other.example"), 1);
	assert_int_equal(ask("nx.b5p.us"), -RCODE_NXDOMAIN);
	assert_int_equal(ask("elsewhere.test"), -RCODE_REFUSED);
	assert_current();
	assert_false(loader_follow(&loader)); /* there is nothing new */
}

static void each_change_is_followed(void **state)
{
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	assert_int_equal(ask("h.b5p.us"), 7);
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("h.b5p.us"), 8);
	put_host("new.other.example", "192.0.2.9");
	take_out(&host_kind, &(struct host){ .name = "h.b5p.us" });
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("new.other.example"), 9);
	assert_int_equal(ask("h.b5p.us"), -RCODE_NXDOMAIN);
	struct record one = record_of("b5p.us", "www.b5p.us", "\300\0\2\1"), two = record_of("other.example", "a.other.example", "\300\0\2\2");
	put(&record_kind, &two);
	take_out(&record_kind, &one);
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("www.b5p.us"), -RCODE_NXDOMAIN);
	assert_int_equal(ask("a.other.example"), 2);
	put_zone("third.example", ZONE_UNSIGNED);
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("fe.third.example"), 1);
	take_out(&zone_kind, &(struct zone){ .name = "third.example" });
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("fe.third.example"), -RCODE_REFUSED);
	put_relay("r1", "192.0.2.99");
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("fe.b5p.us"), 99);
	assert_current();
}

/* Hosts change by the second, zones and pools seldom: nothing is built anew for a host. */
static void a_host_is_patched_in_place(void **state)
{
	const struct snapshot *snapshot = view.snapshot;
	const struct hosts *hosts = view.hosts;
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	put_host("new.other.example", "192.0.2.9");
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("new.other.example"), 9);
	assert_true(view.snapshot == snapshot && view.hosts == hosts);
	struct record record = record_of("other.example", "a.other.example", "\300\0\2\2");
	put(&record_kind, &record);
	assert_true(loader_follow(&loader));
	assert_true(view.snapshot != snapshot && view.hosts == hosts);
	snapshot = view.snapshot;
	loader.trouble[0] = 'x'; /* which is a reason to look, and none to build */
	assert_false(loader_follow(&loader));
	assert_true(view.snapshot == snapshot);
}

/* A brownout ends and a day begins though nobody wrote anything. */
static void time_alone_makes_pools_anew(void **state)
{
	struct snapshot *snapshot = view.snapshot;
	(void)state;
	uint64_t number = snapshot->number;
	loader_follow(&loader);
	assert_int_equal(view.snapshot->number, number);
	snapshot->pools.next = 1;
	loader_follow(&loader);
	assert_int_not_equal(view.snapshot->number, number);
	assert_int_equal(ask("fe.b5p.us"), 1);
	assert_current();
}

/* What could not be read when it moved is read once it can be, though nothing moves any more. */
static void trouble_is_looked_into_again(void **state)
{
	bool moved;
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	assert_done(registry_news(loader.registry, &moved, &e), &e);
	assert_true(moved); /* as who was then in trouble saw it */
	assert_false(loader_follow(&loader));
	strcpy(loader.trouble, "it was locked");
	view.stale = true;
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("h.b5p.us"), 8);
	assert_int_equal(loader.trouble[0], '\0');
	assert_current();
}

/* Many zones in one go: none is built for another's sake, and all are there. */
static void many_zones_change_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof name, "zone%d.example", i);
		put_zone(name, ZONE_UNSIGNED);
		struct record record = record_of(name, name, "\300\0\2\5");
		put(&record_kind, &record);
	}
	assert_true(loader_follow(&loader));
	for (int i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof name, "zone%d.example", i);
		assert_int_equal(ask(name), 5);
	}
	assert_int_equal(view.snapshot->zone_count, 42);
}

static void a_log_that_does_not_reach_back_is_no_hindrance(void **state)
{
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	put_host("new.b5p.us", "192.0.2.9");
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(prune, INT64_C(1) << 40, 0, INT64_C(1) << 40, &e), &e);
	assert_done(CALL(commit, &e), &e);
	assert_true(loader_follow(&loader));
	assert_int_equal(ask("h.b5p.us"), 8);
	assert_int_equal(ask("new.b5p.us"), 9);
	assert_current();
}

/* Which zones' secondaries are to be told, as letters; forgets it. */
static const char *told(void)
{
	static char text[8];
	char *at = text;
	for (size_t i = 0; i < view.snapshot->zone_count; i++)
		if (atomic_exchange(&view.snapshot->zones[i]->changed, false))
			*at++ = (char)view.snapshot->zones[i]->name.wire[1];
	*at = '\0';
	return text;
}

static void secondaries_are_told_of_what_changed(void **state)
{
	(void)state;
	told();
	put_host("h.b5p.us", "192.0.2.10");
	loader_follow(&loader);
	assert_string_equal(told(), ""); /* there is none */
	put_secondary();
	loader_follow(&loader);
	told();
	put_host("h.b5p.us", "192.0.2.8");
	loader_follow(&loader);
	assert_string_equal(told(), "b");
	put_host("deep.new.other.example", "192.0.2.8");
	loader_follow(&loader);
	assert_string_equal(told(), "o");
	take_out(&host_kind, &(struct host){ .name = "deep.new.other.example" });
	loader_follow(&loader);
	assert_string_equal(told(), "o");
	struct record record = record_of("other.example", "a.other.example", "\300\0\2\2");
	put(&record_kind, &record);
	loader_follow(&loader);
	assert_string_equal(told(), "o");
	put_relay("r1", "192.0.2.98"); /* pools are in all */
	loader_follow(&loader);
	assert_string_equal(told(), "bo");
	put_zone("signed.example", ZONE_SIGNED);
	loader_follow(&loader);
	told();
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(note, "signatures", &e), &e);
	assert_done(CALL(commit, &e), &e);
	loader_follow(&loader);
	assert_string_equal(told(), "s");
}

static struct host_changes said;

static size_t say(const char *name)
{
	const struct host host = { .name = name, .addresses = "192.0.2.77", .ttl = 60 };
	said = (struct host_changes){ 0 };
	host_changes_add(&said, &host);
	assert_false(said.broken);
	return said.size;
}

/* What is said goes without the registry, if it begins where the view stands and says it all. */
static void what_is_said_counts_from_where_we_stand(void **state)
{
	size_t size = say("said.b5p.us");
	const uint8_t *moved = said.octets;
	(void)state;
	int64_t now = loader.revision;
	loader_hear(&loader, now, now, moved, size); /* nothing new */
	assert_int_equal(ask("said.b5p.us"), -RCODE_NXDOMAIN);
	loader_hear(&loader, now + 1, now + 2, moved, size); /* from elsewhere: the registry has no such revision */
	assert_int_equal(ask("said.b5p.us"), -RCODE_NXDOMAIN);
	loader_hear(&loader, now, now + 2, moved, size); /* there is more than is said */
	assert_int_equal(ask("said.b5p.us"), -RCODE_NXDOMAIN);
	loader_hear(&loader, now, now + 1, moved, size - 1);
	assert_int_equal(ask("said.b5p.us"), -RCODE_NXDOMAIN);
	assert_int_equal(loader.revision, now);
	loader_hear(&loader, now, now + 1, moved, size);
	assert_int_equal(ask("said.b5p.us"), 77);
	assert_int_equal(loader.revision, now + 1);
	assert_int_equal(view.serial, (uint32_t)(now + 1));
}

static void somebody_rings(void **state)
{
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	loader_hear(&loader, 0, revision(), NULL, 0);
	assert_int_equal(ask("h.b5p.us"), 8);
	assert_current();
}

static void wait_a_second(void)
{
	for (int64_t end = clock_ticks() + 1100; clock_ticks() < end;)
		usleep(20000);
}

/* Without a registry answers go on, marked as stale, and nobody need start us again. */
static void a_registry_that_goes_and_comes(void **state)
{
	char away[160];
	(void)state;
	snprintf(away, sizeof away, "%s.away", path);
	registry_close(r); /* which leaves no write-ahead log */
	assert_int_equal(rename(path, away), 0);
	int64_t before = clock_ticks();
	loader_follow(&loader);
	assert_null(loader.registry);
	assert_true(view.stale);
	assert_true(loader.retry_at >= before + 1000); /* it is looked for again, but not at once */
	assert_true(loader.trouble[0] != '\0');
	assert_int_equal(ask("h.b5p.us"), 7);
	size_t size = say("h.b5p.us");
	loader_hear(&loader, loader.revision, loader.revision + 1, said.octets, size); /* nobody can tell whether it is true */
	assert_int_equal(ask("h.b5p.us"), 7);
	loader_follow(&loader); /* tried again, in vain */
	assert_int_equal(rename(away, path), 0);
	open_own();
	put_host("h.b5p.us", "192.0.2.8");
	loader_follow(&loader);
	assert_null(loader.registry); /* not each time that there is time for it */
	wait_a_second();
	loader_hear(&loader, 0, revision(), NULL, 0);
	assert_non_null(loader.registry);
	assert_int_equal(loader.trouble[0], '\0');
	assert_false(view.stale);
	assert_int_equal(ask("h.b5p.us"), 8);
	assert_current();
}

/* A copy that is older is put in its place: serials go on, so that secondaries follow. */
static void serials_never_go_back(void **state)
{
	char command[1024];
	(void)state;
	snprintf(command, sizeof command, "cd %s; cp registry copy; cp registry-wal copy-wal", folder);
	assert_int_equal(system(command), 0); /* nobody writes */
	for (int i = 0; i < 5; i++)
		put_host("h.b5p.us", i % 2 ? "192.0.2.8" : "192.0.2.9");
	assert_true(loader_follow(&loader));
	uint32_t serial = view.serial;
	registry_close(r);
	snprintf(command, sizeof command, "cd %s; rm registry registry-*; mv copy registry; mv copy-wal registry-wal", folder);
	assert_int_equal(system(command), 0);
	open_own();
	loader_reload(&loader);
	assert_int_equal(ask("h.b5p.us"), 7);
	assert_int_equal(view.serial, serial + 2); /* one is missing: transfers of what was do not lead there */
	put_host("h.b5p.us", "192.0.2.10");
	assert_true(loader_follow(&loader));
	assert_int_equal(view.serial, serial + 3);
	assert_int_equal(view.offset, loader.offset);
	assert_int_equal(ask("h.b5p.us"), 10);
}

static void reading_all_again_changes_nothing(void **state)
{
	(void)state;
	loader_reload(&loader);
	all_is_there_at_the_start(state);
	assert_false(loader.rekey);
}

static void what_was_replaced_is_freed(void **state)
{
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	loader_follow(&loader);
	assert_true(view.hosts->retired != NULL);
	loader_reclaim(&loader);
	assert_null(view.hosts->retired);
	assert_int_equal(ask("h.b5p.us"), 8);
}

/* What was served last is written down with an anchor in the registry, now and then, and only when it moved. */
static void the_mark_gets_an_anchor_when_it_is_due(void **state)
{
	(void)state;
	put_host("h.b5p.us", "192.0.2.8");
	loader_follow(&loader);
	loader.anchor_due = clock_ticks() + 1000000;
	loader_anchor(&loader);
	assert_true(loader.mark.anchor != loader.revision);
	loader.anchor_due = 0;
	loader_anchor(&loader);
	assert_true(loader.mark.anchor == loader.revision);
	assert_true(loader.anchor_due > clock_ticks());
}

static void without_a_registry_there_is_no_start(void **state)
{
	struct view none = { 0 };
	struct loader other = { .path = "/nonexistent/registry", .catalog = "", .view = &none };
	(void)state;
	assert_outcome(loader_start(&other, &e), ABSENT, &e);
	assert_null(other.registry);
	loader_stop(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_there_at_the_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_change_is_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_host_is_patched_in_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_alone_makes_pools_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trouble_is_looked_into_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_zones_change_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_log_that_does_not_reach_back_is_no_hindrance, set_up, tear_down),
		cmocka_unit_test_setup_teardown(secondaries_are_told_of_what_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_said_counts_from_where_we_stand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(somebody_rings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_registry_that_goes_and_comes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(serials_never_go_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reading_all_again_changes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_replaced_is_freed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_mark_gets_an_anchor_when_it_is_due, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_registry_there_is_no_start, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("dnsd/view/load", tests, NULL, NULL);
}
