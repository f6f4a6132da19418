/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in a row, and what is believed after each. */
#include "prober/observe.h"

#include <string.h>

#include "tests/unit/check.h"

static const struct rules rules = { .rise = 2, .fall = 3 }, at_once = { 2, 3, true };
static struct watch w;
static struct finding f;
static char pings[PINGS_TEXT];

/* A relay that was observed up, speaking 1.0 and 1.1, at the date 1000. */
static int begin(void **state)
{
	static const struct observation up = { .relay = "r1", .observer = "o", .version = "", .uuid = "ab",
		.reason = "", .pings = "head-1.0 head-ping-1.1", .names = "", .health = HEALTH_UP, .tls = 6, .at = 1000 };
	(void)state;
	watch_start(&w, "r1", &up);
	f = (struct finding){ .able = true, .well = true, .pinged = true, .route = ROUTE_DIRECT, .uuid = "ab" };
	return 0;
}

static void note(void)
{
	watch_note(&w, &f, &rules, 1010);
}

static void note_bad(void)
{
	struct finding bad = { .able = true, .reason = "192.0.2.1: no answer in time" };
	watch_note(&w, &bad, &rules, 1010);
}

/* A visit that asked for everything. */
static void look(tls_set yes, tls_set no)
{
	f.full = true;
	f.tls_yes = yes;
	f.tls_no = no;
	note();
	f.full = false;
	f.tls_yes = f.tls_no = 0;
}

static void a_new_relay_is_up_by_its_first_answer(void **state)
{
	(void)state;
	watch_start(&w, "r1", NULL);
	assert_false(watch_due(&w, 1000));
	assert_true(w.look);
	note_bad();
	note_bad();
	assert_int_equal(w.belief.health, HEALTH_UNKNOWN);
	look(8, 23);
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_int_equal(w.belief.tls, 8);
	assert_false(w.look);
	assert_true(watch_due(&w, 1000));
}

static void it_falls_after_three_and_rises_after_two(void **state)
{
	(void)state;
	note_bad();
	note_bad();
	note();
	note_bad();
	note_bad();
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_false(watch_due(&w, 1001));
	note_bad();
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	assert_true(watch_due(&w, 1001));
	watch_describe(&w, 1010);
	struct observation row = watch_row(&w, "o", 1001, pings);
	assert_string_equal(row.reason, "192.0.2.1: no answer in time");
	assert_string_equal(row.pings, "head-1.0 head-ping-1.1");
	assert_true(row.tls == 6 && row.at == 1001 && row.health == HEALTH_DOWN); /* not after now */
	note();
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	note();
	assert_int_equal(w.belief.health, HEALTH_UP);
}

static void a_restart_of_ours_begins_with_what_is_stored(void **state)
{
	static const struct observation down = { .relay = "r1", .observer = "o", .version = "", .uuid = "ab",
		.reason = "it was down", .pings = "", .names = "a.test", .expires = 7, .health = HEALTH_DOWN, .tls = 6, .at = 1000 };
	(void)state;
	watch_start(&w, "r1", &down);
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	assert_false(watch_due(&w, 1001));
	assert_false(watch_describe(&w, 1001));
	note();
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	struct observation row = watch_row(&w, "o", 1001, pings);
	assert_true(row.tls == 6 && row.expires == 7 && strcmp(row.names, "a.test") == 0);
}

static void trouble_of_ours_says_nothing(void **state)
{
	const struct finding unable = { .reason = "Network is unreachable" };
	(void)state;
	for (int i = 0; i < 10; i++)
		watch_note(&w, &unable, &rules, 1010);
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_false(w.changed);
}

static void only_news_is_written_or_now_and_then(void **state)
{
	(void)state;
	note();
	assert_false(watch_describe(&w, 1010));
	assert_false(watch_due(&w, 1000 + OBSERVE_REFRESH)); /* seen at 1010 */
	watch_note(&w, &f, &rules, 1000 + OBSERVE_REFRESH - 1);
	assert_false(watch_due(&w, 1000 + OBSERVE_REFRESH));
	watch_note(&w, &f, &rules, 1000 + OBSERVE_REFRESH);
	assert_true(watch_due(&w, 1000 + OBSERVE_REFRESH));
	assert_true(watch_row(&w, "o", 1000 + OBSERVE_REFRESH, pings).at == 1000 + OBSERVE_REFRESH);
	assert_true(watch_due(&w, 999)); /* the clock was set back */
	assert_true(watch_row(&w, "o", 999, pings).at == 999);
	f.overloaded = true;
	note();
	assert_true(watch_due(&w, 1001));
	assert_true(w.belief.overloaded);
}

static void once_is_enough_when_said(void **state)
{
	const struct finding bad = { .able = true };
	(void)state;
	watch_note(&w, &bad, &at_once, 1010);
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	f.full = true;
	f.tls_yes = 24;
	f.tls_no = 7;
	watch_note(&w, &f, &at_once, 1010);
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_int_equal(w.belief.tls, 24);
}

static void a_version_comes_or_goes_when_it_was_seen_twice(void **state)
{
	(void)state;
	look(4, 27); /* 1.0 was refused */
	assert_int_equal(w.belief.tls, 6);
	assert_true(w.look); /* again, soon */
	assert_false(w.changed);
	look(6, 25); /* no: it was a passing trouble */
	look(4, 27);
	assert_int_equal(w.belief.tls, 6);
	look(4, 27);
	assert_int_equal(w.belief.tls, 4);
	assert_true(w.changed);
	assert_false(w.look);
	look(12, 19);
	assert_int_equal(w.belief.tls, 4);
	look(12, 19);
	assert_int_equal(w.belief.tls, 12);
	for (int i = 0; i < 3; i++)
		look(4, 0); /* 1.2 did not answer in time */
	assert_int_equal(w.belief.tls, 12);
}

static void one_that_speaks_no_tls_any_more_falls(void **state)
{
	(void)state;
	strcpy(f.reason, "192.0.2.1: it answers pings, but speaks no TLS: alert 40");
	look(0, 31);
	note(); /* an ordinary ping between does not help */
	look(0, 31);
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	assert_int_equal(w.belief.tls, 6); /* as it was */
	watch_describe(&w, 1010);
	assert_says(w.notes, "speaks no TLS");
	note();
	note();
	note();
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	f.reason[0] = '\0';
	look(6, 25);
	look(6, 25);
	assert_int_equal(w.belief.health, HEALTH_UP);
}

static void a_relay_without_tls_is_up_but_that_is_said(void **state)
{
	(void)state;
	watch_start(&w, "r1", NULL);
	strcpy(f.reason, "it answers pings, but speaks no TLS: closed");
	look(0, 31);
	f.reason[0] = '\0';
	note();
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_int_equal(w.belief.tls, 0);
	watch_describe(&w, 1010);
	assert_says(w.notes, "speaks no TLS");
}

static void ping_forms_are_learned(void **state)
{
	(void)state;
	f.pings_yes = 1 << PING_HEAD_11 | 1 << PING_PING_10;
	f.pings_no = 1 << PING_HEAD_10;
	look(6, 25);
	assert_string_equal(watch_row(&w, "o", 1, pings).pings, "head-1.0 head-ping-1.1");
	look(6, 25);
	assert_string_equal(watch_row(&w, "o", 1, pings).pings, "ping-1.0 head-ping-1.1");
	assert_true(w.changed);
}

static void a_new_uuid_is_a_restart(void **state)
{
	(void)state;
	note();
	assert_true(w.restarted == 0 && !w.look);
	strcpy(f.uuid, "cd");
	note();
	assert_true(w.restarted == 1010 && w.look);
	assert_true(watch_describe(&w, 1020));
	assert_says(w.notes, "it restarted at 1970-01-01 00:16:50 UTC");
	assert_string_equal(watch_row(&w, "o", 1, pings).uuid, "cd");
	watch_describe(&w, 1010 + OBSERVE_RECENT);
	assert_string_equal(w.notes, "");
	f.split = true; /* of which machine would it be? */
	strcpy(f.uuid, "ef");
	note();
	assert_string_equal(w.uuid, "cd");
	watch_describe(&w, 1010 + OBSERVE_RECENT);
	assert_says(w.notes, "different relays");
}

static void a_lost_packet_is_no_news(void **state)
{
	(void)state;
	note_bad();
	assert_false(watch_describe(&w, 1010));
	note();
	assert_false(watch_describe(&w, 1010));
	assert_false(w.changed);
}

static void notes(void **state)
{
	(void)state;
	strcpy(w.twin, "r2");
	watch_describe(&w, 1010);
	assert_says(w.notes, "the same relay as r2");
	w.certificate.expires = 1010 + OBSERVE_WARN;
	watch_describe(&w, 1010);
	assert_says(w.notes, "; its certificate expires on 1970-01-15");
	watch_describe(&w, 1010 + OBSERVE_WARN);
	assert_says(w.notes, "its certificate expired on 1970-01-15");
	w.misnamed = true;
	memset(w.certificate.names, 'a', sizeof w.certificate.names - 1);
	memset(w.trouble, 'b', sizeof w.trouble - 1);
	watch_describe(&w, 1010); /* however long */
	assert_true(strlen(w.notes) > 300 && strlen(w.notes) < OBSERVE_REASON);
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

/* A finding at two addresses; what each answered. */
static void visit_two(struct spot first, struct spot second)
{
	struct finding two = { .able = true, .pinged = true, .full = true, .route = ROUTE_DIRECT, .uuid = "ab",
		.spots = { first, second }, .count = 2 };
	two.well = first.well || second.well;
	two.tls_no = first.tls_no | second.tls_no;
	two.tls_yes = (first.tls_yes | second.tls_yes) & (tls_set)~two.tls_no;
	watch_note(&w, &two, &rules, 1010);
}

static struct observation row(void)
{
	return watch_row(&w, "o", 1010, pings);
}

/* A relay is up while one of its addresses is, and is given out by that one alone. */
static void an_address_falls_and_rises_by_itself(void **state)
{
	static const struct spot good = { .able = true, .well = true, .tls_yes = 6, .tls_no = 25 };
	static const struct spot other = { .able = true, .well = true, .tls_yes = 4, .tls_no = 27 };
	static const struct spot bad = { .able = true }, mute = { .able = true, .well = true, .mute = true, .tls_no = 31 };
	static const struct spot unable = { .able = false };
	struct address at[2];
	(void)state;
	address_read("192.0.2.1", 9, &at[0]);
	address_read("2001:db8::1", 11, &at[1]);
	watch_at(&w, at, 2);
	visit_two(bad, good);
	visit_two(bad, good);
	assert_string_equal(row().down, "");
	visit_two(bad, good);
	assert_string_equal(row().down, "192.0.2.1");
	assert_int_equal(row().health, HEALTH_UP);
	assert_int_equal(row().tls, 6);
	struct observation stored = row();
	stored.down = "192.0.2.1";
	watch_start(&w, "r1", &stored); /* another start of ours */
	watch_at(&w, at, 2);
	assert_string_equal(row().down, "192.0.2.1");
	visit_two(unable, good);
	visit_two(good, good);
	assert_string_equal(row().down, "192.0.2.1");
	visit_two(good, good);
	assert_string_equal(row().down, "");
	for (int i = 0; i < 3; i++) /* it answers pings, but no TLS: the other's TLS is the relay's */
		visit_two(good, mute);
	assert_string_equal(row().down, "2001:db8::1");
	assert_int_equal(row().tls, 6);
	assert_true(w.look);
	for (int i = 0; i < 2; i++) /* both are given out: what both can do */
		visit_two(good, other);
	assert_string_equal(row().down, "");
	visit_two(good, other);
	assert_int_equal(row().tls, 4);
	for (int i = 0; i < 3; i++)
		visit_two(bad, bad);
	assert_string_equal(row().down, ""); /* down is the relay */
	assert_int_equal(row().health, HEALTH_DOWN);
	watch_start(&w, "r1", NULL); /* of a new one, the first answers count */
	watch_at(&w, at, 2);
	visit_two(bad, good);
	assert_string_equal(row().down, "192.0.2.1");
	watch_start(&w, "r1", NULL); /* it speaks no TLS at all: what answers pings is not down */
	watch_at(&w, at, 2);
	visit_two(mute, bad);
	assert_string_equal(row().down, "2001:db8::1");
	visit_two(mute, mute);
	visit_two(mute, mute);
	assert_string_equal(row().down, "");
	watch_start(&w, "r1", NULL);
	watch_at(&w, at, 2);
	visit_two(bad, good);
	at[0].bytes[3] = 7; /* another address is not what the first one was */
	watch_at(&w, at, 2);
	assert_string_equal(row().down, "");
}

static void who_is_asked_at_the_ordinary_pace(void **state)
{
	(void)state;
	assert_false(watch_unsettled(&w, 1010));
	w.pressing = true;
	assert_true(watch_unsettled(&w, 1010));
	w.pressing = false;
	note_bad();
	note_bad();
	note_bad();
	assert_int_equal(w.belief.health, HEALTH_DOWN);
	assert_true(watch_unsettled(&w, 1010));
	assert_false(watch_unsettled(&w, 1010 + OBSERVE_FRESH));
	note(); /* it comes back */
	assert_true(watch_unsettled(&w, 1010 + OBSERVE_FRESH));
	note();
	assert_int_equal(w.belief.health, HEALTH_UP);
	assert_false(watch_unsettled(&w, 1010));
	watch_start(&w, "r1", NULL);
	assert_true(watch_unsettled(&w, 1010));
}

/* Who waits for the end of a test hears soon. */
static void one_that_is_tested_is_written_often(void **state)
{
	(void)state;
	note();
	w.written = 1010;
	w.changed = false;
	w.seen = 1010 + OBSERVE_PRESSING;
	assert_false(watch_due(&w, w.seen));
	w.pressing = true;
	assert_true(watch_due(&w, w.seen));
}

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(a_new_relay_is_up_by_its_first_answer),
		CASE(it_falls_after_three_and_rises_after_two), CASE(a_restart_of_ours_begins_with_what_is_stored),
		CASE(trouble_of_ours_says_nothing), CASE(only_news_is_written_or_now_and_then),
		CASE(once_is_enough_when_said), CASE(a_version_comes_or_goes_when_it_was_seen_twice),
		CASE(one_that_speaks_no_tls_any_more_falls), CASE(a_relay_without_tls_is_up_but_that_is_said),
		CASE(ping_forms_are_learned), CASE(a_new_uuid_is_a_restart), CASE(a_lost_packet_is_no_news), CASE(notes),
		CASE(an_address_falls_and_rises_by_itself), CASE(who_is_asked_at_the_ordinary_pace),
		CASE(one_that_is_tested_is_written_often) };
	return cmocka_run_group_tests_name("prober/observe", tests, NULL, NULL);
}
