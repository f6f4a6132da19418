/* SPDX-License-Identifier: BSD-2-Clause */
/* Handshakes counted by day and version, and stored. */
#include "updater/tls_uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/telemetry.h"
#include "tests/unit/check.h"

enum { TODAY = 20000 };

static char path[40], registry[40];
static struct tls_uses uses;
static struct error e;

static int set_up(void **state)
{
	(void)state;
	strcpy(registry, "/tmp/windsock-test-XXXXXX");
	int fd = mkstemp(registry);
	assert_true(fd >= 0);
	close(fd);
	snprintf(path, sizeof path, "%s.t", registry);
	uses = (struct tls_uses){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(registry);
	return 0;
}

static void note(unsigned version, const char *client, int64_t day)
{
	struct address address;
	assert_true(address_read(client, strlen(client), &address));
	tls_uses_note(&uses, version, &address, day);
}

/* So many handshakes of so many networks are stored. */
static void are(unsigned version, int64_t day, int64_t handshakes, double networks)
{
	struct telemetry_files files = { .count = 1 };
	struct telemetry_day total;
	char name[TELEMETRY_TLS];
	telemetry_tls(version, name);
	assert_done(telemetry_look(path, 1000, &files.file[0], &e), &e);
	int outcome = telemetry_total(&files, name, day, day, &total, &e);
	assert_outcome(outcome, handshakes == 0 ? ABSENT : DONE, &e);
	assert_int_equal(outcome == DONE ? total.queries : 0, handshakes);
	assert_true(outcome != DONE || (total.networks > networks - 0.5 && total.networks < networks + 0.5));
	telemetry_close(files.file[0]);
}

static void by_version_and_network(void **state)
{
	(void)state;
	note(1, "192.0.2.1", TODAY);
	note(1, "192.0.2.200", TODAY);
	note(1, "192.0.3.1", TODAY);
	note(4, "2001:db8:0:1::1", TODAY);
	note(4, "2001:db8:0:2::1", TODAY); /* the same /56 */
	note(4, "2001:db8:0:100::1", TODAY);
	tls_uses_store(&uses, path, registry, TODAY, 0);
	assert_false(uses.fresh);
	are(1, TODAY, 3, 2);
	are(4, TODAY, 3, 2);
	are(3, TODAY, 0, 0);
	note(1, "192.0.3.77", TODAY);
	note(1, "192.0.4.77", TODAY);
	tls_uses_store(&uses, path, registry, TODAY, 9999); /* not yet */
	are(1, TODAY, 3, 2);
	tls_uses_store(&uses, path, registry, TODAY, 10000);
	are(1, TODAY, 5, 3);
	note(1, "192.0.2.1", TODAY);
	tls_uses_store(&uses, path, registry, TODAY, INT64_MAX); /* at the end */
	are(1, TODAY, 6, 3);
}

static void days_are_kept_apart(void **state)
{
	(void)state;
	note(3, "192.0.2.1", TODAY - 1);
	tls_uses_store(&uses, path, registry, TODAY, 0); /* after midnight */
	are(3, TODAY - 1, 1, 1);
	note(3, "192.0.2.1", TODAY);
	tls_uses_store(&uses, path, registry, TODAY, 10000);
	are(3, TODAY, 1, 1);
	are(3, TODAY - 1, 1, 1);
}

static void what_cannot_be_stored_is_kept(void **state)
{
	(void)state;
	note(3, "192.0.2.1", TODAY);
	tls_uses_store(&uses, "/nowhere/at/all", registry, TODAY, 0);
	assert_true(uses.fresh && uses.storing.trouble[0] != '\0');
	tls_uses_store(&uses, path, registry, TODAY, 10000);
	assert_true(!uses.fresh && uses.storing.trouble[0] == '\0');
	are(3, TODAY, 1, 1);
	note(3, "192.0.2.1", TODAY);
	tls_uses_store(&uses, "none", registry, TODAY, 20000);
	assert_false(uses.fresh);
	are(3, TODAY, 1, 1);
}

static void days_of_pools_and_of_versions(void **state)
{
	struct telemetry_files files = { .count = 1 };
	struct telemetry_use use = { .node = "n", .pool = "fe4_058", .day = TODAY - 2, .queries = 1 };
	bool watched[4];
	(void)state;
	note(3, "192.0.2.1", TODAY);
	tls_uses_store(&uses, path, registry, TODAY, 0);
	assert_done(telemetry_open(path, registry, 1000, &files.file[0], &e), &e);
	assert_done(telemetry_begin(files.file[0], &e), &e);
	assert_done(telemetry_add_use(files.file[0], &use, &e), &e);
	assert_done(telemetry_commit(files.file[0], &e), &e);
	assert_done(telemetry_watched(&files, TODAY - 3, TODAY, watched, &e), &e);
	assert_true(!watched[0] && watched[1] && !watched[2] && !watched[3]);
	assert_done(telemetry_watched_tls(&files, TODAY - 3, TODAY, watched, &e), &e);
	assert_true(!watched[0] && !watched[1] && !watched[2] && watched[3]);
	struct telemetry_day total;
	assert_done(telemetry_untold(&files, TODAY - 3, TODAY, &total, &e), &e);
	assert_int_equal(total.queries, 1); /* handshakes are no queries in zones */
	telemetry_close(files.file[0]);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = { CASE(by_version_and_network), CASE(days_are_kept_apart), CASE(what_cannot_be_stored_is_kept),
		CASE(days_of_pools_and_of_versions) };
	return cmocka_run_group_tests_name("updater/tls_uses", tests, NULL, NULL);
}
