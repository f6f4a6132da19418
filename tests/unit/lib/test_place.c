/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands beside a registry, as it is named and where it is. */
#include "lib/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void beside_the_name(void **state)
{
	static const struct {
		enum place_thing thing;
		const char *path;
	} rows[] = {
		{ PLACE_KEYS, "/var/lib/w/registry.key" }, { PLACE_ZONE_KEYS, "/var/lib/w/registry.dnssec" },
		{ PLACE_TELEMETRY, "/var/lib/w/registry.telemetry" }, { PLACE_SERIAL, "/var/lib/w/registry.serial" },
		{ PLACE_NAME_SERVER, "/var/lib/w/registry.dnsd" }, { PLACE_UPDATER, "/var/lib/w/registry.updater" },
	};
	struct arena arena = { 0 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(place_path(&arena, "/var/lib/w/registry", rows[i].thing), rows[i].path);
	arena_free(&arena);
}

static void beside_what_a_link_leads_to(void **state)
{
	char dir[] = "/tmp/windsock-XXXXXX", real[64], link[64], path[PLACE_MOST], wanted[PLACE_MOST];
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(real, sizeof real, "%s/registry", dir);
	snprintf(link, sizeof link, "%s/other", dir);
	place_real(real, ".x", path); /* before there is one */
	snprintf(wanted, sizeof wanted, "%s.x", real);
	assert_string_equal(path, wanted);
	close(open(real, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(symlink("registry", link), 0);
	place_real(link, place_suffix(PLACE_UPDATER), path);
	snprintf(wanted, sizeof wanted, "%s.updater", real);
	assert_string_equal(path, wanted);
	unlink(link);
	unlink(real);
	rmdir(dir);
}

static void what_is_too_long_is_cut(void **state)
{
	static char name[2 * PATH_MAX];
	char path[PLACE_MOST];
	(void)state;
	memset(name, 'a', sizeof name - 1);
	place_real(name, ".telemetry", path);
	assert_int_equal(strlen(path), PATH_MAX - 1 + strlen(".telemetry"));
	place_real(name, ".a-suffix-that-is-longer-than-any", path);
	assert_int_equal(strlen(path), PLACE_MOST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_the_name),
		cmocka_unit_test(beside_what_a_link_leads_to),
		cmocka_unit_test(what_is_too_long_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
