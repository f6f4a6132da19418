/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to a name server that answers, is silent, cuts answers off, or says what is no answer. */
#include "tools/questions.h"

#include <stdio.h>

#include "tests/unit/tools/name_server.h"

enum { MANY = 300 };

static struct name_server server;
static struct question questions[MANY];
static char names[MANY][32];
static struct error e;

static int begin(void **state)
{
	(void)state;
	ns_begin(&server);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ns_end(&server);
	return 0;
}

static struct question to_server(const char *name)
{
	struct question q = { .size = sizeof(struct sockaddr_in), .name = name, .type = LDNS_RR_TYPE_SOA };
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(server.port) };
	memcpy(&q.where, &where, sizeof where);
	return q;
}

/* The serial that was answered; -1 for no answer. */
static long serial_of(const struct question *q)
{
	const ldns_rr *rr = q->answer == NULL ? NULL : ldns_rr_list_rr(ldns_pkt_answer(q->answer), 0);
	return rr == NULL ? -1 : (long)ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
}

static void each_answer_is_its_questions(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "s%d.test", i);
		questions[i] = to_server(names[i]);
	}
	assert_done(questions_ask(questions, MANY, &e), &e);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(serial_of(&questions[i]), i);
	questions_forget(questions, MANY);
	for (int i = 0; i < MANY; i++)
		assert_null(questions[i].answer);
	assert_done(questions_ask(questions, 0, &e), &e);
}

/* All at once, for silence takes its time. */
static void what_is_no_answer_is_passed_over(void **state)
{
	static const struct {
		const char *name;
		long serial;
	} cases[] = { { "silent.test", -1 }, { "late.test", 0 }, { "cut.test", 0 }, { "torn.test", -1 }, { "noise.test", 0 },
		{ "s4294967295.test", 4294967295 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		questions[i] = to_server(cases[i].name);
	assert_done(questions_ask(questions, COUNT_OF(cases), &e), &e);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (serial_of(&questions[i]) != cases[i].serial)
			fail_msg("%s: %ld", cases[i].name, serial_of(&questions[i]));
	assert_true(ldns_pkt_qr(questions[4].answer));
	assert_false(ldns_pkt_tc(questions[2].answer));
	questions_forget(questions, COUNT_OF(cases));
}

static void refusals_are_answers(void **state)
{
	(void)state;
	questions[0] = to_server("fault.test");
	questions[1] = to_server("lame.test");
	assert_done(questions_ask(questions, 2, &e), &e);
	assert_int_equal(ldns_pkt_get_rcode(questions[0].answer), LDNS_RCODE_SERVFAIL);
	assert_int_equal(ldns_pkt_ancount(questions[1].answer), 0);
	questions_forget(questions, 2);
}

static void where_nobody_listens_nobody_answers(void **state)
{
	struct name_server gone;
	(void)state;
	ns_begin(&gone);
	ns_end(&gone);
	questions[0] = to_server("s1.test");
	questions[1] = to_server("s2.test");
	((struct sockaddr_in *)&questions[1].where)->sin_port = htons(gone.port);
	assert_done(questions_ask(questions, 2, &e), &e);
	assert_int_equal(serial_of(&questions[0]), 1);
	assert_null(questions[1].answer);
	questions_forget(questions, 2);
}

/* The faulty name is behind as many as are asked at once: answers that there are already are let go. */
static void a_faulty_name_leaves_no_answers(void **state)
{
	static const char *const faulty[] = { "a..test", "", "a.\\999.test",
		"0123456789012345678901234567890123456789012345678901234567890123.test" };
	(void)state;
	for (size_t n = 0; n < COUNT_OF(faulty); n++) {
		for (int i = 0; i < 130; i++)
			questions[i] = to_server("s1.test");
		questions[129].name = faulty[n];
		assert_outcome(questions_ask(questions, 130, &e), REFUSED, &e);
		assert_says(e.text, "is no name to ask for");
		assert_says(e.text, faulty[n]);
		for (int i = 0; i < 130; i++)
			assert_null(questions[i].answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(each_answer_is_its_questions, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_answer_is_passed_over, begin, end),
		cmocka_unit_test_setup_teardown(refusals_are_answers, begin, end),
		cmocka_unit_test_setup_teardown(where_nobody_listens_nobody_answers, begin, end),
		cmocka_unit_test_setup_teardown(a_faulty_name_leaves_no_answers, begin, end) };
	return cmocka_run_group_tests_name("tools/questions", tests, NULL, NULL);
}
