/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATEs that name servers forward: each is answered to whom it came from, and those who hang up are forgotten. */
#include "tests/unit/updater/house.h"

#include <unistd.h>

#include "lib/clock.h"
#include "link/forward.h"
#include "updater/forwarded.h"

static struct forwarders *forwarders;
static struct sockets none; /* of a process that we replace: there is none */
static uint8_t reply[FORWARD_MESSAGE];

static int open_all(void **state)
{
	return house_open(state) != 0 || forwarded_open(&forwarders, house, &none, &house_error) != DONE;
}

static int close_all(void **state)
{
	forwarded_close(forwarders);
	return house_close(state);
}

static int connect_one(void)
{
	int fd = -1;
	assert_done(forward_connect(house_path, &fd, &house_error), &house_error);
	forwarded_run(forwarders);
	return fd;
}

/* A query, which is no UPDATE: all that is answered needs no key. */
static void send_one(int fd, uint32_t number, enum forward_wish wish)
{
	static const uint8_t message[12] = { 0x12, 0x34, 5 << 3 };
	const struct forward_head head = { .form = FORWARD_FORM, .number = number, .client = { ADDRESS_V4, { 192, 0, 2, 7 } },
		.tcp = 1, .wish = (uint8_t)wish };
	assert_done(forward_send(fd, &head, message, sizeof message), &house_error);
}

/* The number of the answer that is there; -1 for none. */
static int64_t answered(int fd)
{
	struct forward_head head;
	size_t size;
	int outcome = forward_take(fd, &head, reply, &size);
	if (outcome != DONE)
		return -1;
	assert_int_equal(size, 12);
	assert_int_equal(reply[0], 0x12);
	assert_true((reply[2] & 0x80) != 0); /* QR */
	return head.number;
}

static void run_batch(void)
{
	batch_run(house, clock_ticks());
}

static void each_server_gets_its_own_answers(void **state)
{
	int a = connect_one(), b = connect_one();
	(void)state;
	send_one(a, 1, FORWARD_UPDATE);
	send_one(b, 1, FORWARD_UPDATE);
	send_one(a, 2, FORWARD_UPDATE);
	forwarded_run(forwarders);
	assert_int_equal(house->counters.forwarded, 3);
	assert_int_equal(answered(a), -1);
	run_batch();
	assert_int_equal(answered(a), 1);
	assert_int_equal(answered(a), 2);
	assert_int_equal(answered(a), -1);
	assert_int_equal(answered(b), 1);
	assert_int_equal(answered(b), -1);
	close(a);
	close(b);
	forwarded_run(forwarders);
}

static void a_wish_for_a_serial_is_noted_and_not_answered(void **state)
{
	int fd = connect_one();
	(void)state;
	assert_false(house->bell.serial_wanted);
	send_one(fd, 1, FORWARD_MOVE_SERIAL);
	forwarded_run(forwarders);
	assert_true(house->bell.serial_wanted);
	assert_true(batch_is_empty(house));
	run_batch();
	assert_int_equal(answered(fd), -1);
	close(fd);
}

/* What it asked for is done all the same: its answer leads nowhere. */
static void who_hangs_up_is_not_written_to(void **state)
{
	int fd = connect_one(), other = connect_one();
	(void)state;
	send_one(fd, 1, FORWARD_UPDATE);
	forwarded_run(forwarders);
	close(fd);
	forwarded_run(forwarders);
	send_one(other, 7, FORWARD_UPDATE);
	forwarded_run(forwarders);
	run_batch();
	assert_int_equal(answered(other), 7);
	close(other);
	forwarded_run(forwarders);
}

/* A server of another build is not understood, and holds up nobody. */
static void another_form_is_passed_over(void **state)
{
	int fd = connect_one();
	const struct forward_head head = { .form = FORWARD_FORM + 1, .number = 1 };
	(void)state;
	assert_done(forward_send(fd, &head, "x", 1), &house_error);
	send_one(fd, 2, FORWARD_UPDATE);
	forwarded_run(forwarders);
	run_batch();
	assert_int_equal(answered(fd), 2);
	assert_int_equal(house->counters.forwarded, 1);
	close(fd);
}

/* One server's flood leaves the others their turn; whoever is one too many is turned away. */
static void nobody_takes_all(void **state)
{
	int fds[64], flood = connect_one(), many = 0;
	(void)state;
	for (; many < 70; many++)
		send_one(flood, (uint32_t)many, FORWARD_UPDATE);
	forwarded_run(forwarders);
	assert_int_equal(house->counters.forwarded, 64);
	forwarded_run(forwarders);
	assert_int_equal(house->counters.forwarded, 70);
	run_batch();
	for (int i = 0; i < 70; i++)
		assert_int_equal(answered(flood), i);
	for (int i = 0; i < 63; i++)
		fds[i] = connect_one();
	int late = connect_one();
	struct forward_head head;
	size_t size;
	assert_int_equal(forward_take(late, &head, reply, &size), ABSENT);
	close(late);
	send_one(fds[62], 5, FORWARD_UPDATE);
	forwarded_run(forwarders);
	forwarded_run(forwarders);
	run_batch();
	assert_int_equal(answered(fds[62]), 5);
	for (int i = 0; i < 63; i++)
		close(fds[i]);
	close(flood);
	for (int i = 0; i < 8; i++) /* some events at a time */
		forwarded_run(forwarders);
	late = connect_one();
	assert_int_equal(forward_take(late, &head, reply, &size), UNCHANGED); /* there is a place again */
	close(late);
}

static void at_the_end_what_was_taken_is_answered(void **state)
{
	int fd = connect_one(), late = -1;
	(void)state;
	send_one(fd, 1, FORWARD_UPDATE);
	forwarded_run(forwarders);
	forwarded_quiesce(forwarders);
	send_one(fd, 2, FORWARD_UPDATE);
	forwarded_run(forwarders);
	assert_int_equal(forward_connect(house_path, &late, &house_error), ABSENT);
	run_batch();
	assert_int_equal(answered(fd), 1);
	assert_int_equal(answered(fd), -1);
	close(fd);
}

static void one_updater_at_a_time_takes_them(void **state)
{
	struct forwarders *second;
	(void)state;
	assert_done(forwarded_open(&second, house, &none, &house_error), &house_error); /* it stands by */
	int fd = connect_one();
	forwarded_run(forwarders); /* the second one looked whether somebody lives here, and came first */
	send_one(fd, 1, FORWARD_UPDATE);
	forwarded_run(second);
	assert_int_equal(house->counters.forwarded, 0);
	forwarded_run(forwarders);
	assert_int_equal(house->counters.forwarded, 1);
	run_batch();
	assert_int_equal(answered(fd), 1);
	close(fd);
	forwarded_run(forwarders);
	forwarded_close(second);
	fd = connect_one(); /* closing it did not take the name away */
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_server_gets_its_own_answers), TEST(a_wish_for_a_serial_is_noted_and_not_answered),
		TEST(who_hangs_up_is_not_written_to), TEST(another_form_is_passed_over), TEST(nobody_takes_all),
		TEST(at_the_end_what_was_taken_is_answered), TEST(one_updater_at_a_time_takes_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
