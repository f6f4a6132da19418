/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's end of the doorbell: what dnsd is told of a commit, and what is kept of its answers. */
#include "updater/bell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static struct doorbell_listener dnsd;
static struct bell bell;
static char dir[32], path[64];
static struct error e;
static struct transaction committed;
static struct doorbell rung;
static uint8_t changes[HOST_CHANGES_MOST];
static size_t size;
static int writer;

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	FILE *file = fopen(path, "w");
	bell = (struct bell){ 0 };
	bell_start(&bell);
	committed = (struct transaction){ .revision_before = 10 };
	return file == NULL || fclose(file) != 0 || doorbell_listen(&dnsd, path, -1, &e) != DONE;
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	bell_hang_up(&bell);
	doorbell_unlisten(&dnsd);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* Takes the ring that is there. */
static void heed(void)
{
	size = sizeof changes;
	assert_outcome(doorbell_heed(&dnsd, &rung, &writer, changes, &size), DONE, &e);
}

static void add_host(const char *name)
{
	struct host host = { .name = name, .account = "", .addresses = "192.0.2.1", .ttl = 60 };
	host_changes_add(&committed.hosts, &host);
}

static void hosts_are_told_if_they_are_all(void **state)
{
	(void)state;
	add_host("a.b5p.us");
	add_host("b.b5p.us");
	assert_true(bell_ring(&bell, path, &committed, 12, 1000));
	heed();
	assert_int_equal(rung.revision, 12);
	assert_int_equal(rung.from, 10);
	assert_int_equal(size, committed.hosts.size);
	assert_memory_equal(changes, committed.hosts.octets, size);

	assert_true(bell_ring(&bell, path, &committed, 13, 1000)); /* one row more than hosts: something else changed, too */
	heed();
	assert_int_equal(rung.revision, 13);
	assert_int_equal(rung.from, 0);
	assert_int_equal(size, 0);

	committed.hosts.broken = true;
	assert_true(bell_ring(&bell, path, &committed, 12, 1000));
	heed();
	assert_int_equal(rung.from, 0);

	assert_true(bell_ring(&bell, path, NULL, 12, 1000)); /* no commit of ours */
	heed();
	assert_int_equal(rung.revision, 12);
	assert_int_equal(rung.from, 0);
	assert_int_equal(bell.serial, 1); /* it was one doorbell all the time */
}

static void answers_are_kept(void **state)
{
	struct doorbell said;
	(void)state;
	assert_int_equal(bell_served(&bell), 0);
	bell_hear(&bell, 5); /* nobody is there yet */
	assert_true(bell_ring(&bell, path, NULL, 7, 1000));
	heed();
	bell_hear(&bell, 1001);
	assert_int_equal(bell.heard_at, 0); /* it said nothing yet */
	for (said = rung; said.revision <= 9; said.revision++)
		doorbell_answer(&dnsd, writer, &said);
	bell_hear(&bell, 1002);
	assert_int_equal(bell_served(&bell), 9); /* the last of several answers */
	assert_int_equal(bell.heard_at, 1002);
	said.form++;
	said.revision = 99;
	doorbell_answer(&dnsd, writer, &said); /* of another build: passed over */
	bell_hear(&bell, 1003);
	assert_int_equal(bell_served(&bell), 9);
	bell.heard_at = 0; /* the registry is another one: what was said is of no use */
	assert_int_equal(bell_served(&bell), 0);
}

static void a_dnsd_that_was_started_anew_is_rung(void **state)
{
	(void)state;
	assert_true(bell_ring(&bell, path, NULL, 7, 1000));
	doorbell_unlisten(&dnsd);
	assert_false(bell_ring(&bell, path, NULL, 8, 1000));
	assert_int_equal(bell.fd, -1);
	assert_done(doorbell_listen(&dnsd, path, -1, &e), &e);
	assert_true(bell_ring(&bell, path, NULL, 9, 1000));
	doorbell_unlisten(&dnsd);
	assert_done(doorbell_listen(&dnsd, path, -1, &e), &e);
	assert_true(bell_ring(&bell, path, NULL, 10, 1000)); /* the old socket is found dead on the way */
	heed();
	assert_int_equal(rung.revision, 10);
	bell.next = INT64_MAX;
	doorbell_unlisten(&dnsd);
	bell_hear(&bell, 2000); /* heard to be gone: whoever waits need not wait to ring again */
	assert_int_equal(bell.fd, -1);
	assert_int_equal(bell.next, 2000);
	assert_done(doorbell_listen(&dnsd, path, -1, &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hosts_are_told_if_they_are_all, open_all, close_all),
		cmocka_unit_test_setup_teardown(answers_are_kept, open_all, close_all),
		cmocka_unit_test_setup_teardown(a_dnsd_that_was_started_anew_is_rung, open_all, close_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
