/* SPDX-License-Identifier: BSD-2-Clause */
/* What secondaries are told, and when, by a clock of the test's. */
#include "dnsd/serve/notify_words.h"

#include <arpa/inet.h>
#include <string.h>

#include "dnsd/answer/query.h"
#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

static struct words words;
static struct word said[1024];
static size_t said_count;

static int start(void **state)
{
	(void)state;
	words = (struct words){ .list = NULL };
	return words_begin(&words) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	words_end(&words);
	return 0;
}

static struct name name_of(const char *text)
{
	struct name name;
	struct error e;
	assert_done(name_read(text, &name, &e), &e);
	return name;
}

static struct secondary_view secondary(uint16_t port)
{
	struct secondary_view view = { .size = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (struct sockaddr_in *)&view.endpoint;
	*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return view;
}

static void add(const char *zone, uint16_t port, int64_t now)
{
	struct name name = name_of(zone);
	struct secondary_view to = secondary(port);
	words_add(&words, &name, &to, now);
}

static void note(const struct word *w, void *context)
{
	(void)context;
	said[said_count++] = *w;
}

static size_t say(int64_t now)
{
	said_count = 0;
	words_say(&words, now, note, NULL);
	return said_count;
}

static void reply_with(uint16_t id, uint8_t flags, uint16_t port)
{
	const uint8_t message[HEADER_SIZE] = { (uint8_t)(id >> 8), (uint8_t)id, flags };
	struct secondary_view peer = secondary(port);
	words_hear(&words, message, sizeof message, &peer.endpoint);
}

static void changes_of_a_zone_are_one_word(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		add("a.example", 53, 1000);
	add("b.example", 53, 1000);
	add("a.example", 54, 1000);
	assert_int_equal(words.count, 3);
	assert_int_equal(say(1000), 3);
	assert_int_equal(say(1000), 0);
}

/* A change just after a word waits, so that many of them are one word a second; a later one does not. */
static void words_are_apart(void **state)
{
	(void)state;
	add("a.example", 53, 1000);
	assert_int_equal(say(1000), 1);
	for (int64_t now = 1001; now < 1000 + WORD_APART; now += 7) {
		add("a.example", 53, now);
		assert_int_equal(say(now), 0);
	}
	assert_int_equal(say(1000 + WORD_APART), 1);
	add("a.example", 53, 10000);
	assert_int_equal(say(10000), 1);
}

static void again_at_growing_distances(void **state)
{
	int64_t now = 5000, wait = WORD_AGAIN;
	(void)state;
	add("a.example", 53, now);
	assert_int_equal(say(now), 1);
	for (int i = 1; i < WORD_TRIES; i++, wait *= 2) {
		assert_int_equal(say(now + wait - 1), 0);
		now += wait;
		assert_int_equal(say(now), 1);
	}
	assert_int_equal(say(now + wait - 1), 0);
	assert_int_equal(words.count, 1);
	assert_int_equal(say(now + wait), 0);
	assert_int_equal(words.count, 0);
}

static void a_change_begins_anew(void **state)
{
	(void)state;
	add("a.example", 53, 0);
	say(0);
	say(WORD_AGAIN);
	add("a.example", 53, 100000);
	assert_int_equal(say(100000), 1);
	assert_int_equal(words.list[0].tries, 1);
}

static void answers_end_words(void **state)
{
	(void)state;
	add("a.example", 53, 0);
	add("b.example", 53, 0);
	say(0);
	reply_with(said[0].id, 0xa4, 53);
	assert_int_equal(say(WORD_AGAIN), 1);
	assert_true(name_equal(&said[0].zone, &words.list[0].zone));
	assert_int_equal(words.count, 1);
	reply_with(said[0].id, 0xa4, 53);
	assert_int_equal(say(100000), 0);
	assert_int_equal(words.count, 0);
}

/* Who answers at once is not told more often for it. */
static void answered_words_are_apart(void **state)
{
	size_t times = 0;
	(void)state;
	for (int64_t now = 10; now < 10 + 10 * WORD_APART; now += 7) {
		add("a.example", 53, now);
		if (say(now) == 0)
			continue;
		reply_with(said[0].id, 0xa4, 53);
		times++;
	}
	assert_int_equal(times, 10);
	assert_int_equal(say(100000), 1); /* the last change */
}

static void what_is_no_answer(void **state)
{
	struct secondary_view peer = secondary(53);
	uint8_t cut[HEADER_SIZE] = { 0 };
	(void)state;
	add("a.example", 53, 0);
	reply_with(0, 0xa4, 53); /* nothing was said yet, and its ID is 0 */
	assert_int_equal(words.count, 1);
	say(0);
	uint16_t id = said[0].id;
	cut[0] = (uint8_t)(id >> 8), cut[1] = (uint8_t)id, cut[2] = 0xa4;
	reply_with((uint16_t)(id ^ 1), 0xa4, 53);
	reply_with((uint16_t)(id ^ 0x8000), 0xa4, 53);
	reply_with(id, 0xa4, 54);   /* from somebody else */
	reply_with(id, 0x24, 53);   /* a question */
	reply_with(id, 0x84, 53);   /* of another opcode */
	reply_with(id, 0xac, 53);
	words_hear(&words, cut, sizeof cut - 1, &peer.endpoint);
	words_hear(&words, cut, 0, &peer.endpoint);
	assert_false(words.list[0].answered);
	words_hear(&words, cut, sizeof cut, &peer.endpoint);
	assert_true(words.list[0].answered);
}

static void an_id_of_its_own(void **state)
{
	uint16_t first;
	bool differs = false;
	(void)state;
	for (int64_t now = 0; now < 1000000; now += 100000) {
		add("a.example", 53, now);
		say(now);
		differs |= now > 0 && said[0].id != first;
		first = said[0].id;
	}
	assert_true(differs);
}

static void not_all_at_once(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 2 * WORDS_AT_ONCE + 1; port++)
		add("a.example", port, 0);
	assert_int_equal(say(0), WORDS_AT_ONCE);
	assert_int_equal(say(0), WORDS_AT_ONCE);
	assert_int_equal(say(0), 1);
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORDS_MOST + 3; i++)
		add("a.example", (uint16_t)(i + 1), 0);
	assert_int_equal(words.count, WORDS_MOST);
	assert_true(words.full);
	say(0);
	reply_with(said[0].id, 0xa4, 1);
	say(WORD_APART);
	assert_false(words.full);
}

static void a_message(void **state)
{
	static const uint8_t wanted[] = "\x12\x34\x24\0\0\1\0\0\0\0\0\0\1a\7example\0\0\6\0\1";
	struct word w = { .zone = name_of("a.example"), .to = secondary(53), .id = 0x1234 };
	uint8_t message[NOTIFY_MOST];
	(void)state;
	assert_int_equal(word_write(&w, message, 1700000000), sizeof wanted - 1);
	assert_memory_equal(message, wanted, sizeof wanted - 1);
	w.to.has_key = true;
	w.to.key = fixture_key("xfr.key", TSIG_SHA256);
	assert_true(word_write(&w, message, 1700000000) > sizeof wanted - 1 + 32);
	assert_int_equal(message[11], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changes_of_a_zone_are_one_word, start, stop),
		cmocka_unit_test_setup_teardown(words_are_apart, start, stop),
		cmocka_unit_test_setup_teardown(again_at_growing_distances, start, stop),
		cmocka_unit_test_setup_teardown(a_change_begins_anew, start, stop),
		cmocka_unit_test_setup_teardown(answers_end_words, start, stop),
		cmocka_unit_test_setup_teardown(answered_words_are_apart, start, stop),
		cmocka_unit_test_setup_teardown(what_is_no_answer, start, stop),
		cmocka_unit_test_setup_teardown(an_id_of_its_own, start, stop),
		cmocka_unit_test_setup_teardown(not_all_at_once, start, stop),
		cmocka_unit_test_setup_teardown(no_more_than_there_is_room_for, start, stop),
		cmocka_unit_test(a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
