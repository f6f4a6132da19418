/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays as tables of answers; what is asked of them, and what it comes to. */
#include "prober/visit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

enum connect { STRANGER, HANGS_UP, GRANTS_SECOND, DENIES };

/* A relay at one address. */
struct machine {
	enum answer_kind ping;
	const char *uuid;
	bool overloaded;
	enum connect connect;
	enum answer_kind tls[TLS_VERSIONS];
	enum answer_kind forms; /* other pings */
};

static const struct via names[] = { { "fe.a.test", "a.test" }, { "fe.b.test", "b.test" } };
static const struct vias vias = { names, 2 };
static struct visit v;
static struct orders orders;
static char asked[1000]; /* what was asked, in short */
static const char *refused; /* a server name that it has no TLS for */
static int direct;       /* hellos without CONNECT */

static struct answer answer_tls(const struct machine *m, const struct question *q)
{
	struct answer a = { .kind = m->tls[q->what] };
	if (refused != NULL && strcmp(q->sni, refused) == 0)
		a.kind = ANSWER_NO;
	if (q->connect == NULL) {
		direct++;
	} else if (m->connect == STRANGER || m->connect == HANGS_UP) {
		a.kind = m->connect == STRANGER ? ANSWER_NO_PROXY : ANSWER_HUNG_UP;
	} else if (m->connect == DENIES || strcmp(q->connect, "fe.b.test") != 0) {
		a.kind = ANSWER_DENIED;
	}
	strcpy(a.reason, a.kind == ANSWER_NO ? "alert 70" : "");
	return a;
}

static struct answer answer(const struct machine *m, const struct question *q)
{
	if (q->kind == ASK_CERTIFICATE)
		return (struct answer){ .kind = ANSWER_NO };
	if (q->kind == ASK_TLS)
		return answer_tls(m, q);
	struct answer a = { .kind = q->what == PING_TODAY ? m->ping : m->forms };
	strcpy(a.reason, a.kind == ANSWER_YES ? "" : "no pong");
	if (a.kind == ANSWER_YES && m->uuid != NULL)
		strcpy(a.ping.uuid, m->uuid);
	a.ping.overloaded = m->overloaded;
	return a;
}

static const struct finding *visit(const struct machine *machines, size_t count)
{
	struct question q;
	struct address at;
	int questions = 0;
	orders.count = count;
	orders.vias = orders.vias == NULL ? &vias : orders.vias;
	orders.uuid = orders.uuid == NULL ? "" : orders.uuid;
	orders.sni = "";
	for (size_t i = 0; i < count; i++)
		orders.addresses[i] = (struct address){ ADDRESS_V4, { 192, 0, 2, (uint8_t)i } };
	asked[0] = '\0';
	direct = 0;
	visit_begin(&v, &orders);
	while (visit_next(&v, &q, &at)) {
		assert_true(questions++ < 40);
		struct answer a = answer(&machines[at.bytes[3]], &q);
		sprintf(asked + strlen(asked), "%s%c%d", asked[0] == '\0' ? "" : " ", "ptc"[q.kind], q.what);
		visit_answer(&v, &q, &a);
	}
	return &v.finding;
}

static int reset(void **state)
{
	(void)state;
	orders = (struct orders){ .route = ROUTE_UNKNOWN, .full = true };
	return 0;
}

#define YES ANSWER_YES
#define NO ANSWER_NO
#define SILENT ANSWER_SILENT

static void a_pagekite_relay_is_asked_by_connect_only(void **state)
{
	const struct machine relay = { YES, "u1", true, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t4 t3 t2 t1 t0 c4 p0 p1 p3 p4"); /* the first name was denied */
	assert_int_equal(direct, 0);
	assert_true(f->able && f->well && f->pinged && f->overloaded && f->full && !f->split);
	assert_int_equal(f->tls_yes, 24);
	assert_int_equal(f->tls_no, 7);
	assert_int_equal(f->pings_yes, 31);
	assert_int_equal(f->route, 1);
	assert_string_equal(f->uuid, "u1");
	assert_string_equal(f->reason, "");
	orders.route = 1;
	orders.uuid = "u1";
	visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t3 t2 t1 t0 c4 p0 p1 p3 p4");
}

static void one_that_grants_no_name_is_left_alone(void **state)
{
	const struct machine relay = { YES, "u1", false, DENIES, { YES, YES, YES, YES, YES }, YES };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_int_equal(direct, 0);
	assert_int_equal(f->route, ROUTE_NONE);
	assert_int_equal(f->tls_yes | f->tls_no, 0);
	assert_true(f->well);
	assert_says(f->reason, "denies CONNECT to all our names");
	orders.route = ROUTE_NONE;
	orders.uuid = "u1";
	visit(&relay, 1);
	assert_string_equal(asked, "p2 p0 p1 p3 p4");
	orders.uuid = "u0"; /* it restarted: perhaps with other names */
	visit(&relay, 1);
	assert_says(asked, "p2 t4 t4 p0");
	assert_int_equal(direct, 0);
}

static void others_are_asked_directly(void **state)
{
	struct machine relay = { YES, "u1", false, STRANGER, { YES, YES, NO, NO, NO }, YES };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_int_equal(direct, 5);
	assert_int_equal(f->route, ROUTE_DIRECT);
	assert_int_equal(f->tls_yes, 3);
	relay.connect = HANGS_UP; /* believed at the second time */
	visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t4 t4 t3 t2 t1 t0 p0 p1 p3 p4");
	assert_int_equal(direct, 5);
	relay.connect = GRANTS_SECOND; /* no UUID: no relay of PageKite's today */
	relay.uuid = NULL;
	visit(&relay, 1);
	assert_int_equal(direct, 5);
}

static void tls_alone_is_well_too(void **state)
{
	struct machine relay = { NO, NULL, false, STRANGER, { NO, NO, NO, YES, NO }, YES };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t3 t2 t1 t0 p0 p1 p3 p4");
	assert_true(f->well && !f->pinged);
	assert_int_equal(f->pings_no, 1 << PING_TODAY);
	assert_says(f->reason, "192.0.2.0: it speaks TLS, but to pings: no pong");
	orders.full = false;
	orders.tls = 12;
	visit(&relay, 1);
	assert_string_equal(asked, "p2 t3"); /* the newest that it is believed to speak */
	orders.tls = 0;
	visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t3 t2 t1 t0");
	relay.tls[3] = NO;
	f = visit(&relay, 1);
	assert_false(f->well);
	assert_says(f->reason, "192.0.2.0: no pong");
}

static void an_ordinary_round_is_one_ping(void **state)
{
	const struct machine relay = { YES, "u1", false, GRANTS_SECOND, { NO }, YES };
	(void)state;
	orders.full = false;
	orders.tls = 4;
	const struct finding *f = visit(&relay, 1);
	assert_string_equal(asked, "p2");
	assert_true(f->well && !f->full);
	assert_int_equal(f->pings_yes, 1 << PING_TODAY);
}

static void the_silent_and_the_absent_are_left_soon(void **state)
{
	struct machine relay = { SILENT, NULL, false, STRANGER, { SILENT, SILENT, SILENT, SILENT, SILENT }, SILENT };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t3");
	assert_false(f->well);
	assert_int_equal(f->tls_no | (int)f->pings_no, 0); /* silence is no refusal */
	relay.ping = ANSWER_UNREACHED;
	f = visit(&relay, 1);
	assert_string_equal(asked, "p2");
	assert_true(f->able && !f->well);
	relay.ping = ANSWER_UNABLE;
	f = visit(&relay, 1);
	assert_false(f->able || f->well);
}

static void slow_is_not_a_reason_to_go_another_way(void **state)
{
	const struct machine relay = { YES, "u1", false, GRANTS_SECOND, { YES, YES, YES, YES, SILENT }, YES };
	(void)state;
	const struct finding *f = visit(&relay, 1);
	assert_int_equal(direct, 0);
	assert_int_equal(f->tls_yes, 15);
	assert_int_equal(f->tls_no, 0);
}

static void several_addresses(void **state)
{
	struct machine relay[2] = { { YES, "u1", false, GRANTS_SECOND, { NO, YES, YES, YES, NO }, YES },
		{ YES, "u1", false, GRANTS_SECOND, { NO, NO, YES, YES, YES }, NO } };
	(void)state;
	const struct finding *f = visit(relay, 2);
	assert_int_equal(f->tls_yes, 12); /* what both offer */
	assert_int_equal(f->tls_no, 19);
	assert_int_equal(f->pings_yes, 1 << PING_TODAY);
	assert_false(f->split);
	relay[1].uuid = "u2";
	f = visit(relay, 2);
	assert_true(f->split);
	assert_int_equal(direct, 0);
	relay[0].ping = ANSWER_UNREACHED;
	f = visit(relay, 2);
	assert_true(f->well);
	assert_int_equal(f->tls_yes, 28);
	assert_says(f->reason, "192.0.2.0: no pong");
	relay[0].ping = ANSWER_UNABLE; /* no IPv6 here, say */
	f = visit(relay, 2);
	assert_true(f->able && f->well);
}

/* Of many names a visit tries some; the next one goes on behind them. */
static void many_names_for_connect(void **state)
{
	static struct via list[20];
	static const struct vias many = { list, 20 };
	const struct machine relay = { YES, "u1", false, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES };
	const struct machine none = { YES, "u1", false, DENIES, { NO, NO, NO, YES, YES }, YES };
	const struct finding *f;
	(void)state;
	for (int i = 0; i < 20; i++)
		sprintf(list[i].name, i == 16 ? "fe.b.test" : "fe.z%d.test", i);
	orders.vias = &many;
	orders.uuid = "u1";
	for (size_t round = 0; round < 2; round++) {
		f = visit(&relay, 1);
		assert_int_equal(f->route, ROUTE_LATER);
		assert_int_equal(f->denied, 8 * (round + 1));
		assert_true(f->well && f->tls_yes == 0 && f->tls_no == 0);
		assert_string_equal(f->reason, "");
		orders.denied = f->denied;
	}
	f = visit(&relay, 1);
	assert_int_equal(f->route, 16);
	assert_int_equal(f->tls_yes, 24);
	orders.denied = 16;
	f = visit(&none, 1);
	assert_int_equal(f->route, ROUTE_NONE);
	assert_says(f->reason, "denies CONNECT to all our names");
	assert_int_equal(direct, 0);
}

/* Clients that name the server get what the others get, or it is said. */
static void the_other_server_name(void **state)
{
	struct machine relay = { YES, NULL, false, STRANGER, { NO, NO, NO, YES, YES }, YES };
	(void)state;
	orders.other_sni = "fe.a.test";
	const struct finding *f = visit(&relay, 1);
	assert_string_equal(asked, "p2 t4 t3 t2 t1 t0 t4 c4 p0 p1 p3 p4");
	assert_int_equal(f->other_sni, SNI_TAKEN);
	refused = "fe.a.test";
	f = visit(&relay, 1);
	assert_int_equal(f->other_sni, SNI_REFUSED);
	assert_int_equal(f->tls_yes, 24);
	orders.full = false;
	assert_int_equal(visit(&relay, 1)->other_sni, SNI_UNASKED);
	refused = NULL;
	orders.full = true;
	relay = (struct machine){ YES, "u1", false, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES };
	assert_int_equal(visit(&relay, 1)->other_sni, SNI_UNASKED); /* by CONNECT nobody names it */
}

/* What came of each address. */
static void each_address_by_itself(void **state)
{
	const struct machine relay[] = { { ANSWER_UNREACHED, "u1", false, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES },
		{ YES, "u1", false, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES },
		{ YES, "u1", false, GRANTS_SECOND, { NO, NO, NO, NO, NO }, YES },
		{ ANSWER_UNABLE, "u1", false, GRANTS_SECOND, { NO, NO, NO, YES, YES }, YES } };
	(void)state;
	const struct finding *f = visit(relay, 4);
	assert_int_equal(f->count, 4);
	assert_true(f->spots[0].able && !f->spots[0].well);
	assert_true(f->spots[1].well && !f->spots[1].mute && f->spots[1].tls_yes == 24);
	assert_true(f->spots[2].well && f->spots[2].mute && f->spots[2].tls_no == 31);
	assert_false(f->spots[3].able);
}

static void none_at_all(void **state)
{
	(void)state;
	const struct finding *f = visit(NULL, 0);
	assert_false(f->able || f->well);
}

#define CASE(test) cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(a_pagekite_relay_is_asked_by_connect_only),
		CASE(one_that_grants_no_name_is_left_alone), CASE(others_are_asked_directly),
		CASE(tls_alone_is_well_too), CASE(an_ordinary_round_is_one_ping),
		CASE(the_silent_and_the_absent_are_left_soon), CASE(slow_is_not_a_reason_to_go_another_way),
		CASE(several_addresses), CASE(many_names_for_connect),
		CASE(the_other_server_name), CASE(each_address_by_itself), CASE(none_at_all) };
	return cmocka_run_group_tests_name("prober/visit", tests, NULL, NULL);
}
