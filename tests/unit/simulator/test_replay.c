/* SPDX-License-Identifier: BSD-2-Clause */
/* Small scenarios, each with one thing that happens to clients. */
#include "simulator/replay.h"

#include <string.h>

#include "tests/unit/check.h"

static struct scenario scenario;
static struct replay replay;
static struct error e;

static int end(void **state)
{
	(void)state;
	replay_free(&replay);
	scenario_free(&scenario);
	replay = (struct replay){ 0 };
	return 0;
}

/* Two systems, 100 clients of a release, two days. */
static const char base[] = "from 2016-03-01\nuntil 2016-03-02\nclients 100\nnetworks 50\nfresh 0\n"
	"os old tls=ssl3-1.0\nos new tls=1.0-1.2\n"
	"2016-03-01 pool add frontends\n";

static void take_lines(const char *lines)
{
	size_t length;
	for (const char *line; (line = text_word(&lines, "\n", &length)) != NULL;) {
		char copy[200] = "";
		assert_true(length < sizeof copy);
		memcpy(copy, line, length);
		if (scenario_line(&scenario, copy, &e) != DONE)
			fail_msg("%s: %s", copy, e.text);
	}
}

static void run_seed(const char *lines, uint64_t seed)
{
	end(NULL);
	scenario_init(&scenario);
	take_lines(base);
	take_lines(lines);
	assert_done(scenario_finish(&scenario, &e), &e);
	assert_done(replay_run(&replay, &scenario, seed, &e), &e);
}

static void run(const char *lines)
{
	run_seed(lines, 1);
}

static void is_refused(const char *lines, const char *says)
{
	end(NULL);
	scenario_init(&scenario);
	take_lines(base);
	take_lines(lines);
	assert_done(scenario_finish(&scenario, &e), &e);
	assert_outcome(replay_run(&replay, &scenario, 1, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static uint32_t load(size_t day, const char *machine)
{
	long index = stage_machine_index(&replay.stage, machine);
	assert_true(index >= 0);
	return (size_t)index < replay.days[day].machine_count ? replay.days[day].load[index] : 0;
}

#define OLD_CLIENT "client p 1 pools=frontends tls=ssl3 ping=head-1.0\nuse p 1 100%\n"
#define TLS_CLIENT "client p 1 pools=frontends tls=1.0 ping=head-ping-1.1\nuse p 1 100%\n"
#define LIB_CLIENT "client p 1 pools=frontends tls=1.0 ping=get-ping-1.1\nuse p 1 100%\n"
#define A_OLD "2016-03-01 relay add a os=old tls=ssl3-1.0 addresses=192.0.2.1\n"
#define A_NEW "2016-03-01 relay add a os=new tls=1.0-1.2 addresses=192.0.2.1\n"
#define B_OLD "2016-03-01 relay add b os=old tls=ssl3-1.0 addresses=192.0.2.2\n"
#define B_NEW "2016-03-01 relay add b os=new tls=1.0-1.2 addresses=192.0.2.2\n"

static void clients_connect(void **state)
{
	(void)state;
	run(OLD_CLIENT A_OLD);
	assert_int_equal(replay.day_count, 2);
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(replay.days[0].rows[0].clients, 100);
	assert_int_equal(load(0, "a"), 100);
	run(TLS_CLIENT A_NEW B_OLD);
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(0, "a") + load(0, "b"), 100);
	assert_true(load(0, "a") > 0 && load(0, "b") > 0);
}

static void is_stranded(enum cause cause, uint64_t days, uint64_t avoidable)
{
	assert_true(replay.first.any);
	assert_int_equal(replay.first.cause, cause);
	assert_int_equal(replay.client_days, days);
	assert_int_equal(replay.avoidable_days, avoidable);
}

static void a_relay_that_speaks_no_ssl3_is_no_relay_for_an_old_client(void **state)
{
	(void)state;
	run(OLD_CLIENT A_NEW);
	is_stranded(CAUSE_INCOMPATIBLE, 200, 0);
	assert_int_equal(replay.client_hours, 4800);
	assert_int_equal(replay.worst, scenario.from);
	assert_int_equal(replay.worst_count, 100);
}

/* The release says what it needs, so no answer holds what it cannot use. */
static void a_release_keeps_it_out_of_the_answer(void **state)
{
	(void)state;
	run("use p 1 100%\n2016-03-01 release add p 1 pools=frontends tls=ssl3 ping=head-1.0\n" A_NEW);
	is_stranded(CAUSE_EMPTY, 200, 0);
	run("use p 1 100%\n2016-03-01 release add p 1 pools=frontends tls=ssl3 ping=head-1.0\n" A_NEW B_OLD);
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(1, "b"), 100);
}

/* Up to 0.5.8 a client tries the nearest and no other; later ones try on. */
static void an_old_client_tries_the_nearest_only(void **state)
{
	(void)state;
	run(OLD_CLIENT A_OLD B_NEW);
	assert_int_equal(replay.first.cause, CAUSE_NEAREST);
	assert_true(replay.days[1].rows[0].stranded[CAUSE_NEAREST] > 10);
	assert_int_equal(load(1, "a"), 100 - replay.days[1].rows[0].stranded[CAUSE_NEAREST]);
	assert_int_equal(replay.avoidable_days, replay.client_days);
	run("client p 1 pools=frontends tls=ssl3 ping=head-ping-1.1\nuse p 1 100%\n" A_OLD B_NEW);
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(1, "a"), 100);
}

static void an_empty_pool_strands(void **state)
{
	(void)state;
	run(TLS_CLIENT A_NEW "2016-03-02 06:00 pool exclude frontends a\n");
	assert_int_equal(replay.client_days, 0); /* their tunnels live on, and their names point to it */
	run("fresh 100%\n" TLS_CLIENT A_NEW "2016-03-02 06:00 pool exclude frontends a\n");
	is_stranded(CAUSE_EMPTY, 100, 100);
	assert_int_equal(replay.worst, scenario.from + 86400);
	run("client p 1 pools=other tls=1.0\nuse p 1 100%\n" A_NEW);
	is_stranded(CAUSE_EMPTY, 200, 200);
}

static void an_unknown_version_gets_the_nearest_older_pool(void **state)
{
	(void)state;
	run("client p 1 pools=fe4_153 tls=1.0\nuse p 1 100%\n2016-03-01 pool add fe4_152\n"
		"2016-03-01 pool exclude frontends a\n" A_NEW);
	assert_int_equal(replay.client_days, 0);
}

static void clients_of_a_dead_relay_go_to_another(void **state)
{
	(void)state;
	run(TLS_CLIENT A_NEW B_NEW "2016-03-02 relay down a\n");
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(1, "b"), 100);
	run(TLS_CLIENT A_NEW "2016-03-02 06:00 relay down a\n2016-03-02 12:00 relay up a\n");
	is_stranded(CAUSE_DOWN, 100, 0);
	assert_int_equal(replay.client_hours, 600);
	assert_int_equal(load(1, "a"), 100);
	run(TLS_CLIENT A_NEW B_NEW "2016-03-02 06:00 relay remove a\n");
	assert_int_equal(load(1, "b"), 100);
}

/* Without a prober, a relay that is down stays in the answer; with one that is up they do without it. */
static void a_relay_that_does_not_answer_is_passed_over(void **state)
{
	(void)state;
	run("prober off\nfresh 100%\n" OLD_CLIENT A_OLD B_OLD "2016-03-02 relay down a\n");
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(1, "b"), 100);
}

/* What the operator says is believed until the prober looks; a mistake shows at once without it. */
static void the_prober_finds_out(void **state)
{
	static const char lines[] = "use p 1 100%\n2016-03-01 release add p 1 pools=frontends tls=ssl3 "
		"ping=head-1.0\n" A_OLD "2016-03-01 06:00 relay add b os=new tls=ssl3-1.2 addresses=192.0.2.2\n";
	(void)state;
	char off[400] = "prober off\nfresh 100%\n", on[400] = "fresh 100%\n";
	run(strcat(off, lines));
	assert_int_equal(replay.first.cause, CAUSE_NEAREST);
	run(strcat(on, lines));
	assert_int_equal(replay.client_days, 0);
}

static void a_draining_relay_keeps_its_tunnels(void **state)
{
	(void)state;
	run(OLD_CLIENT A_OLD B_OLD "2016-03-02 06:00 relay drain a\n");
	assert_int_equal(load(1, "a"), load(0, "a"));
	run("fresh 100%\n" OLD_CLIENT A_OLD B_OLD "2016-03-02 06:00 relay drain a\n");
	assert_int_equal(load(1, "a"), 0);
	run(OLD_CLIENT A_OLD B_OLD "2016-03-01 relay drain a\n2016-03-02 06:00 relay resume a\n");
	assert_int_equal(load(0, "a"), 0);
}

/* Installing a machine anew ends its tunnels. */
static void a_new_system_ends_tunnels(void **state)
{
	(void)state;
	run(OLD_CLIENT A_OLD B_OLD "2016-03-02 06:00 relay drain a\n2016-03-02 07:00 relay set a os=new\n");
	assert_int_equal(load(1, "b"), 100);
	assert_int_equal(replay.client_days, 0);
}

/* libpagekite keeps what it was answered for hours, pagekite.py for 15 minutes. */
static void clients_remember(void **state)
{
	(void)state;
	static const char lines[] = A_NEW B_NEW "2016-03-02 06:00 pool exclude frontends b\n"
		"2016-03-02 08:00 relay down a\n";
	char lib[600] = LIB_CLIENT, python[600] = TLS_CLIENT;
	run(strcat(lib, lines));
	assert_int_equal(replay.client_days, 0);
	assert_int_equal(load(1, "b"), 100);
	run(strcat(python, lines));
	assert_int_equal(replay.first.cause, CAUSE_DOWN);
	/* it does not ask while it has a tunnel, so it never heard of b within these minutes */
	run(TLS_CLIENT A_NEW B_NEW "2016-03-02 06:00 pool exclude frontends b\n2016-03-02 06:10 relay down a\n");
	assert_int_equal(replay.first.cause, CAUSE_DOWN);
}

/* Resolvers keep an answer for its TTL: some clients see the pool empty first, when theirs has run out. */
static void resolvers_remember(void **state)
{
	struct asked asked = { .count = 2, .version = { { .since = 0, .ttl = 300, .count = 1, .machine = { 7 } },
		{ .since = 100000, .ttl = 300, .count = 1, .machine = { 8 } } } };
	uint16_t machine[RECALL_MOST];
	size_t old = 0;
	(void)state;
	for (int64_t now = 100000; now < 100300; now++) {
		assert_int_equal(asked_recall(&asked, now, 0.5, now, machine), 1);
		old += machine[0] == 7;
	}
	assert_in_range(old, 1, 299);
	assert_int_equal(asked_recall(&asked, 100300, 0.5, 100300, machine), 1);
	assert_int_equal(machine[0], 8);
	assert_int_equal(asked_recall(&asked, 100600, 0.5, 99000, machine), 2);
	assert_int_equal(machine[0], 8);
	assert_int_equal(asked_recall(&asked, 100600, 0.5, 100000, machine), 1);
	asked.count = 0;
	assert_int_equal(asked_recall(&asked, 100600, 0.5, 0, machine), 0);
}

static void releases_move(void **state)
{
	(void)state;
	run("use p 1 60%\nuse q 1 40%\n2016-03-01 release add p 1 pools=frontends tls=1.0\n"
		"2016-03-01 release add q 1 pools=frontends tls=1.0\n"
		"2016-03-01 move p 1 q 1 share=50% days=2\nuntil 2016-03-03\n" A_NEW);
	assert_int_equal(replay.days[0].rows[0].clients, 45);
	assert_int_equal(replay.days[1].rows[0].clients, 30);
	assert_int_equal(replay.days[1].rows[1].clients, 70);
	assert_int_equal(replay.days[2].rows[1].clients, 70);
	assert_int_equal(replay.client_days, 0);
}

/* What steering does with pools is there by itself: this one has no simulator code. */
static void pools_have_their_life(void **state)
{
	(void)state;
	run("fresh 100%\n" TLS_CLIENT A_NEW B_NEW "2016-03-01 pool add fe058\n"
		"2016-03-01 pool exclude fe058 a\n"
		"2016-03-02 pool set frontends state=retired tombstone=successor successor=fe058\n");
	assert_true(load(0, "a") > 0);
	assert_int_equal(load(1, "b"), 100);
	run("fresh 100%\n" TLS_CLIENT A_NEW "2016-03-02 pool set frontends state=retired tombstone=empty\n");
	is_stranded(CAUSE_EMPTY, 100, 100);
}

/* The schedule's steps are steering's: one member less when it is due, and none that would hurt. */
static void pools_shrink(void **state)
{
	(void)state;
	run("fresh 100%\n" TLS_CLIENT A_NEW B_NEW "2016-03-01 00:01 pool shrink frontends to=1 by=2016-03-02\n");
	assert_string_equal(replay.days[1].notes, "pool frontends shrinks to 1\n");
	assert_int_equal(load(1, "a") * load(1, "b"), 0);
	assert_int_equal(load(1, "a") + load(1, "b"), 100);
	run("fresh 100%\n" TLS_CLIENT A_NEW B_NEW "2016-03-01 00:01 pool shrink frontends to=1 by=2016-03-02\n"
		"2016-03-01 06:00 relay down a\n");
	assert_string_equal(replay.days[1].notes, "pool frontends does not shrink further for now: with one "
		"relay lost, fewer than 1 would look well\n");
	is_refused(TLS_CLIENT A_NEW "2016-03-01 00:01 pool shrink frontends to=1 by=2016-03-02\n",
		"line 12: pool frontends has 1 members");
}

/* A frozen pool takes no new relay. */
static void pools_freeze(void **state)
{
	(void)state;
	static const char lines[] = TLS_CLIENT A_NEW "2016-03-01 00:10 pool freeze frontends\n"
		"2016-03-01 00:20 relay add b os=new tls=1.0-1.2 addresses=192.0.2.2\n";
	char all[600] = "fresh 100%\n";
	run(strcat(all, lines));
	assert_int_equal(load(1, "a"), 100);
	run(strcat(all, "2016-03-02 pool thaw frontends\n"));
	assert_true(load(1, "b") > 0);
}

/* A share of the networks gets the successor's answer, until it ends by itself. */
static void pools_brown_out(void **state)
{
	(void)state;
	run("fresh 100%\nuntil 2016-03-03\n" TLS_CLIENT A_NEW B_NEW "2016-03-01 pool add fe058\n"
		"2016-03-01 pool exclude fe058 a\n2016-03-01 pool exclude frontends b\n2016-03-02 06:00 pool set "
		"frontends brownout=30 brownout_until=2016-03-02T20:00:00Z successor=fe058\n");
	assert_int_equal(load(0, "a"), 100);
	assert_in_range(load(1, "b"), 10, 60);
	assert_int_equal(load(2, "a"), 100);
}

/* Only a nearer relay is worth a move, and one that drains is worth less. */
static void later_clients_look_around(void **state)
{
	(void)state;
	run(TLS_CLIENT A_NEW "2016-03-01 06:00 relay add b os=new addresses=192.0.2.2\n"
		"2016-03-02 06:00 relay drain a\n");
	assert_in_range(load(0, "b"), 1, 99);
	assert_in_range(load(1, "b"), load(0, "b") + 1, 99);
	run(OLD_CLIENT A_OLD "2016-03-01 06:00 relay add b os=old addresses=192.0.2.2\n");
	assert_int_equal(load(1, "a"), 100);
}

/* Its own name leads a client back, whoever is nearer. */
static void names_lead_back(void **state)
{
	(void)state;
	run("client p 1 pools=frontends tls=ssl3 ping=head-1.0\nclient q 1 pools=frontends tls=ssl3 ping=head-1.0\n"
		"use p 1 100%\n2016-03-02 move p 1 q 1 share=100% days=1\n" A_OLD
		"2016-03-01 06:00 relay add b os=new addresses=192.0.2.2\n");
	assert_int_equal(replay.days[1].rows[1].clients, 100);
	assert_int_equal(replay.client_days, 0);
}

/* What resolvers still have is overcome when it runs out. */
static void a_relay_that_comes_is_found(void **state)
{
	(void)state;
	run("client p 1 pools=frontends tls=ssl3 ping=head-ping-1.1\nuse p 1 100%\n" B_NEW
		"2016-03-01 18:00 relay add a os=old addresses=192.0.2.1\n");
	assert_int_equal(replay.first.cause, CAUSE_INCOMPATIBLE);
	assert_int_equal(load(0, "a"), 100);
	is_stranded(CAUSE_INCOMPATIBLE, 100, 0);
}

/* Only what could have been given out is missed. */
static void what_could_have_served_is_told(void **state)
{
	(void)state;
	run(OLD_CLIENT A_OLD "2016-03-01 relay set a state=testing\n");
	is_stranded(CAUSE_EMPTY, 200, 200);
	run(OLD_CLIENT A_OLD "2016-03-01 relay set a state=out\n");
	is_stranded(CAUSE_EMPTY, 200, 0);
	run(OLD_CLIENT "2016-03-01 relay add a os=old addresses=2001:db8::1\n");
	is_stranded(CAUSE_EMPTY, 200, 0);
	run("client p 1 pools=frontends tls=ssl3 families=6\nuse p 1 100%\n"
		"2016-03-01 relay add a os=old addresses=2001:db8::1\n");
	assert_int_equal(replay.client_days, 0);
}

static void the_registry_is_kept_as_the_command_does(void **state)
{
	(void)state;
	run(TLS_CLIENT B_NEW A_NEW "2016-03-01 01:00 relay add c os=new addresses=192.0.2.3\n"
		"2016-03-01 02:00 pool freeze frontends\n2016-03-01 03:00 relay drain c\n"
		"2016-03-01 04:00 pool shrink frontends to=1 by=2016-03-09\n2016-03-01 05:00 relay set b weight=7\n");
	const struct fleet *fleet = &replay.stage.fleet;
	assert_int_equal(fleet->relay_count, 3);
	assert_string_equal(fleet->relays[0].name, "a");
	assert_string_equal(fleet->relays[2].name, "c");
	assert_int_equal(fleet->relays[1].weight, 7);
	assert_int_equal(fleet->relays[1].since, scenario.from);
	assert_int_equal(fleet->relays[2].since, scenario.from + 3 * 3600);
	assert_string_equal(fleet->pools[0].roster, "a b c");
	assert_int_equal(fleet->pools[0].state, POOL_SHRINKING);
	assert_int_equal(fleet->pools[0].size, 2);
	assert_int_equal(fleet->pools[0].shrink_start, scenario.from + 4 * 3600);
	assert_int_equal(fleet->observation_count, 3);
	assert_int_equal(fleet->now, scenario.until + 43200);
}

static void a_seed_decides(void **state)
{
	(void)state;
	uint32_t first;
	run_seed(TLS_CLIENT A_NEW B_NEW, 7);
	first = load(0, "a");
	run_seed(TLS_CLIENT A_NEW B_NEW, 7);
	assert_int_equal(load(0, "a"), first);
	run_seed(TLS_CLIENT A_NEW B_NEW, 8);
	assert_int_not_equal(load(0, "a"), first);
}

static void what_cannot_be_done_is_refused(void **state)
{
	(void)state;
	is_refused(TLS_CLIENT "2016-03-02 relay drain a\n", "line 11: there is no relay a");
	is_refused(TLS_CLIENT A_NEW A_NEW, "line 12: relay a is there already");
	is_refused(TLS_CLIENT "2016-03-02 pool unrule frontends a\n", "there is no rule frontends a");
	is_refused("use p 1 100%\n" A_NEW, "line 9: nobody says what p 1 can speak");
	is_refused(TLS_CLIENT A_NEW "2016-03-02 move p 1 q 1 share=1 days=1\n", "line 12: nobody says what q 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(clients_connect),
		cmocka_unit_test(a_relay_that_speaks_no_ssl3_is_no_relay_for_an_old_client),
		cmocka_unit_test(a_release_keeps_it_out_of_the_answer),
		cmocka_unit_test(an_old_client_tries_the_nearest_only), cmocka_unit_test(an_empty_pool_strands),
		cmocka_unit_test(an_unknown_version_gets_the_nearest_older_pool),
		cmocka_unit_test(clients_of_a_dead_relay_go_to_another),
		cmocka_unit_test(a_relay_that_does_not_answer_is_passed_over), cmocka_unit_test(the_prober_finds_out),
		cmocka_unit_test(a_draining_relay_keeps_its_tunnels), cmocka_unit_test(a_new_system_ends_tunnels),
		cmocka_unit_test(clients_remember), cmocka_unit_test(resolvers_remember),
		cmocka_unit_test(releases_move), cmocka_unit_test(pools_have_their_life),
		cmocka_unit_test(pools_brown_out), cmocka_unit_test(later_clients_look_around),
		cmocka_unit_test(names_lead_back), cmocka_unit_test(a_relay_that_comes_is_found),
		cmocka_unit_test(what_could_have_served_is_told),
		cmocka_unit_test(the_registry_is_kept_as_the_command_does), cmocka_unit_test(pools_shrink), cmocka_unit_test(pools_freeze), cmocka_unit_test(a_seed_decides), cmocka_unit_test(what_cannot_be_done_is_refused) };
	return cmocka_run_group_tests_name("simulator/replay", tests, NULL, end);
}
