/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection of HTTP over a pair of sockets: requests in pieces, behind each other, cut off, too large or too slow. */
#include "tests/unit/updater/house.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "updater/connection.h"

static struct http http;
static struct connection *c;
static int client;
static char said[32768];

/* How many of the next wishes for memory are refused. */
static int refusals;
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
	return refusals > 0 && refusals-- > 0 ? NULL : __real_realloc(old, size);
}

static void connect_client(const char *from)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	c = calloc(1, sizeof *c);
	assert_non_null(c);
	client = pair[0];
	assert_true(address_read(from, strlen(from), &c->place.client));
	struct epoll_event event = { .events = CONNECTION_EVENTS, .data.ptr = c };
	assert_int_equal(epoll_ctl(http.epoll, EPOLL_CTL_ADD, pair[1], &event), 0);
	connection_begin(c, &http, pair[1], NULL);
}

static int open_all(void **state)
{
	if (house_open(state) != 0)
		return -1;
	http = (struct http){ .updater = house, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	house->settings.proxy_header = "X-Forwarded-For";
	connect_client("192.0.2.7");
	return http.epoll < 0;
}

static int close_all(void **state)
{
	if (c != NULL)
		connection_close(c);
	connection_bury(&http);
	close(client);
	close(http.epoll);
	return house_close(state);
}

/* What the client was sent since. */
static const char *heard(void)
{
	ssize_t size = read(client, said, sizeof said - 1);
	said[size < 0 ? 0 : size] = '\0';
	return said;
}

static void send_text(const char *text)
{
	assert_int_equal(write(client, text, strlen(text)), (ssize_t)strlen(text));
	connection_go_on(c);
}

static const char *ask(const char *text)
{
	send_text(text);
	return heard();
}

static bool closed(void)
{
	return c->watched.fd < 0;
}

static int count_of(const char *text, const char *words)
{
	int count = 0;
	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		count++;
	return count;
}

#define GET_HEALTH "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

static void octets_may_come_one_by_one(void **state)
{
	static const char request[] = "\r\n\r\n" GET_HEALTH;
	(void)state;
	for (size_t i = 0; i + 1 < sizeof request; i++) {
		assert_string_equal(heard(), "");
		assert_int_equal(write(client, request + i, 1), 1);
		connection_go_on(c);
	}
	assert_says(heard(), "HTTP/1.1 200 OK\r\n");
	assert_says(said, "\r\nContent-Length: 3\r\n");
	assert_says(said, "\r\n\r\nok\n");
	assert_null(strstr(said, "Connection:")); /* it stays, which HTTP/1.1 need not be told */
	assert_false(closed());
}

static void requests_behind_each_other_are_answered_in_order(void **state)
{
	(void)state;
	const char *text = ask(GET_HEALTH "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" GET_HEALTH);
	const char *missing = strstr(text, "HTTP/1.1 404 Not Found");
	assert_int_equal(count_of(text, "HTTP/1.1 200 OK"), 3);
	assert_non_null(missing);
	assert_true(strstr(text, "HTTP/1.1 200 OK") < missing);
	assert_int_equal(count_of(text, "\r\n\r\nok\n"), 2); /* HEAD has no content (RFC 9110 section 9.3.2) */
	assert_int_equal(count_of(text, "Content-Length: 3"), 3);
	assert_int_equal(house->counters.requests, 4);
}

/* One of them must not have the loop for itself. */
static void a_hundred_at_once_have_turns(void **state)
{
	static char many[100 * sizeof GET_HEALTH];
	struct epoll_event event;
	struct network all;
	(void)state;
	assert_true(network_read("192.0.2.0/24", 12, &all));
	house->settings.unlimited = (struct networks){ &all, 1 };
	for (int i = 0; i < 100; i++)
		strcat(many, GET_HEALTH);
	assert_int_equal(write(client, many, strlen(many)), (ssize_t)strlen(many));
	assert_int_equal(epoll_wait(http.epoll, &event, 1, 0), 1);
	connection_go_on(c);
	assert_in_range(house->counters.requests, 32, 40);
	assert_int_equal(epoll_wait(http.epoll, &event, 1, 0), 1); /* it is reported once more */
	for (int i = 0; i < 4; i++)
		connection_go_on(c);
	assert_int_equal(count_of(heard(), "HTTP/1.1 200 OK"), 100);
}

static void what_is_no_request_ends_it(void **state)
{
	static const struct {
		const char *text, *status;
	} rows[] = {
		{ "nonsense\r\n\r\n", "HTTP/1.1 400 " },
		{ "GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 " }, /* no Host (RFC 9112 section 3.2) */
		{ "GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1 505 " },
		{ "GET /nic/update?hostname=%zz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400 " },
		{ "POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 8193\r\n\r\n", "HTTP/1.1 413 " },
		{ "POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 " },
		{ "POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		  "Content-Length: 3\r\n\r\na=%", "HTTP/1.1 400 " },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *text = ask(rows[i].text);
		if (strncmp(text, rows[i].status, strlen(rows[i].status)) != 0)
			fail_msg("%s: '%s'", rows[i].text, text);
		assert_says(text, "Connection: close\r\n");
		assert_int_equal(c->stage, STAGE_CLOSING);
		assert_string_equal(ask(GET_HEALTH), ""); /* what it still sends is read, or it might lose the reply */
		close(client);
		connection_go_on(c);
		assert_true(closed());
		connection_bury(&http);
		connect_client("192.0.2.7");
	}
	assert_int_equal(house->counters.malformed, COUNT_OF(rows));
}

static void a_head_has_bounds(void **state)
{
	static char head[HEAD_MOST + 1000];
	(void)state;
	strcpy(head, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
	memset(head + strlen(head), 'a', HEAD_MOST);
	assert_says(ask(head), "HTTP/1.1 431 ");
	assert_int_equal(c->stage, STAGE_CLOSING);
	for (int i = 0; i < 20 && !closed(); i++) { /* nor is all read that somebody goes on sending */
		ssize_t sent = write(client, head, 8000);
		(void)sent;
		connection_go_on(c);
	}
	assert_true(closed());
}

static void an_end_in_the_middle_is_answered(void **state)
{
	(void)state;
	send_text("POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
	shutdown(client, SHUT_WR);
	connection_go_on(c);
	assert_says(heard(), "HTTP/1.1 400 ");
	assert_true(closed());
	connection_bury(&http);
	close(client);
	connect_client("192.0.2.7");
	shutdown(client, SHUT_WR); /* before any: nothing is to be said */
	connection_go_on(c);
	assert_string_equal(heard(), "");
	assert_true(closed());
}

static void bodies_are_waited_for_and_bidden(void **state)
{
	(void)state;
	const char *text = ask("POST /update HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_string_equal(text, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(c->stage, STAGE_BODY);
	send_text("{");
	assert_int_equal(c->stage, STAGE_BODY);
	send_text("}" GET_HEALTH); /* and what comes behind is the next one's */
	assert_int_equal(c->stage, STAGE_WAITING);
	assert_true(c->place.held);
	assert_string_equal(heard(), "");
	batch_run(house, clock_ticks());
	text = heard();
	assert_says(text, "HTTP/1.1 401 "); /* nobody's password */
	assert_says(text, "\r\n\r\nok\n");
	assert_false(c->place.held);
}

static void who_is_gone_while_it_waits_is_forgotten(void **state)
{
	(void)state;
	send_text("GET /nic/update?hostname=demo.b5p.us HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(c->stage, STAGE_WAITING);
	connection_close(c);
	assert_true(batch_is_empty(house));
	connection_close(c); /* once more does nothing */
	assert_int_equal(http.crowd.count, 0);
	connection_bury(&http);
	batch_run(house, clock_ticks());
	c = NULL;
}

static void who_is_slow_is_told_if_he_began(void **state)
{
	(void)state;
	send_text("GET /healthz HT");
	int64_t since = c->place.since;
	connection_look(c, since + 5000);
	assert_int_equal(c->stage, STAGE_HEAD);
	connection_look(c, since + 5001);
	assert_says(heard(), "HTTP/1.1 408 ");
	connection_look(c, c->place.since + 2001);
	assert_true(closed());
	connection_bury(&http);
	close(client);
	connect_client("192.0.2.7");
	connection_look(c, c->place.since + 10001);
	assert_string_equal(heard(), ""); /* he did not */
	assert_true(closed());
	assert_int_equal(house->counters.slow_closed, 3);
	connection_bury(&http);
	close(client);
	connect_client("192.0.2.7");
	send_text("POST /update HTTP/1.1\r\nHost:");
	since = c->place.since -= 1000;
	send_text(" x\r\nContent-Length: 4\r\n\r\na");
	send_text("b"); /* a body counts from its request's first octet, however it drips */
	assert_int_equal(c->place.since, since);
	connection_look(c, since + 10001);
	assert_says(heard(), "HTTP/1.1 408 ");
}

static void wrong_credentials_wait(void **state)
{
	(void)state;
	for (int i = 0; i < 11; i++) {
		send_text("POST /update HTTP/1.1\r\nHost: x\r\nX-Api-User: demo\r\nX-Api-Key: no\r\nContent-Length: 2\r\n\r\n{}");
		batch_run(house, clock_ticks());
	}
	assert_int_equal(count_of(heard(), "HTTP/1.1 401 "), 10); /* ten are free */
	assert_int_equal(c->stage, STAGE_SLOWED);
	connection_look(c, c->due - 1);
	assert_string_equal(heard(), "");
	connection_look(c, c->due);
	assert_says(heard(), "HTTP/1.1 401 ");
	assert_int_equal(c->stage, STAGE_IDLE);
}

/* Who the caller is, and whether he may have what his address may. */
static void check_caller(const char *headers, const char *caller, bool privileged)
{
	char text[300], address[ADDRESS_TEXT];
	snprintf(text, sizeof text, "GET /healthz HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
	assert_says(ask(text), "HTTP/1.1 200 OK");
	address_write(&c->exchange.request.caller, address);
	assert_string_equal(address, caller);
	if (c->exchange.request.privileged != privileged)
		fail_msg("%s: privileged %d", headers, !privileged);
}

static void the_caller_is_whom_a_trusted_proxy_names(void **state)
{
	(void)state;
	check_caller("", "192.0.2.7", true);
	check_caller("X-Forwarded-For: 127.0.0.1\r\n", "192.0.2.7", false); /* anybody can say so */
	check_caller("Via: 1.1 x\r\n", "192.0.2.7", false);
	struct network proxy;
	assert_true(network_read("192.0.2.7/32", 12, &proxy));
	house->settings.trusted_proxies = (struct networks){ &proxy, 1 };
	check_caller("X-Forwarded-For: 198.51.100.1\r\n", "198.51.100.1", true);
	check_caller("X-Forwarded-For: 127.0.0.1, 198.51.100.1\r\n", "198.51.100.1", true);
	check_caller("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 198.51.100.2\r\n", "198.51.100.2", true);
	check_caller("X-Forwarded-For: 127.0.0.1\r\n", "127.0.0.1", false);
	check_caller("X-Forwarded-For: somebody\r\n", "192.0.2.7", false);
	check_caller("", "192.0.2.7", false); /* whom it did not name is nobody */
}

/* It is no fault of the request's, and a proxy that named a caller is not taken for him. */
static void want_of_memory_is_ours(void **state)
{
	static const char *const heads[] = { "", "X-Forwarded-For: 198.51.100.1\r\n" };
	struct network proxy;
	(void)state;
	assert_true(network_read("192.0.2.7/32", 12, &proxy));
	house->settings.trusted_proxies = (struct networks){ &proxy, 1 };
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		if (closed() || c->stage == STAGE_CLOSING) {
			close_all(NULL);
			open_all(NULL);
		}
		house->settings.trusted_proxies = (struct networks){ &proxy, 1 };
		send_text("GET /healthz HTTP/1.1\r\nHost: x\r\n");
		refusals = 1;
		send_text(heads[i]);
		assert_says(ask("\r\n"), "HTTP/1.1 503 Service Unavailable\r\n");
		assert_says(said, "Retry-After: ");
		assert_int_equal(refusals, 0);
	}
}

static void http_1_0_is_kept_when_it_asks(void **state)
{
	(void)state;
	assert_says(ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "Connection: keep-alive\r\n");
	assert_int_equal(c->stage, STAGE_IDLE);
	assert_says(ask("GET /healthz HTTP/1.0\r\n\r\n"), "Connection: close\r\n");
	assert_int_equal(c->stage, STAGE_CLOSING);
	assert_int_equal(read(client, said, 1), 0); /* which it sees */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(octets_may_come_one_by_one), TEST(requests_behind_each_other_are_answered_in_order),
		TEST(a_hundred_at_once_have_turns), TEST(what_is_no_request_ends_it), TEST(a_head_has_bounds),
		TEST(an_end_in_the_middle_is_answered), TEST(bodies_are_waited_for_and_bidden),
		TEST(who_is_gone_while_it_waits_is_forgotten), TEST(who_is_slow_is_told_if_he_began), TEST(wrong_credentials_wait),
		TEST(the_caller_is_whom_a_trusted_proxy_names), TEST(http_1_0_is_kept_when_it_asks),
		TEST(want_of_memory_is_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
