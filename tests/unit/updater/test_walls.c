/* SPDX-License-Identifier: BSD-2-Clause */
/* What the updater can no longer do once it serves, and what it still can. */
#include "tests/unit/lib/intruder.h"
#include "updater/walls.h"

static char key[64], config[64];

static int enter(struct error *e)
{
	char registry[64];
	snprintf(registry, sizeof registry, "%s/registry", intruder_own);
	const struct settings s = { .registry = registry, .telemetry = registry, .key = key, .certificates = intruder_read,
		.sandbox = 1 };
	return updater_walls_enter(&s, config, e);
}

static void does_what_it_needs(void **state)
{
	static const struct attempt attempts[] = { TRIES(binds_a_socket, 0) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
}

/* A folder that neither the key nor the settings stand in is closed; that of one of them is open, though it was not there
 * when the walls were closed. */
static void reads_the_key_and_the_settings_that_come_later(void **state)
{
	static const struct attempt closed[] = { TRIES(reads_other, EACCES) }, opened[] = { TRIES(reads_other, 0) },
		written[] = { TRIES(writes_other, EACCES) };
	char *const paths[] = { key, config };
	(void)state;
	if (!intruder_has_landlock())
		skip();
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		intruder_try(closed, COUNT_OF(closed));
		snprintf(paths[i], sizeof key, "%s/none-yet", intruder_other);
		intruder_try(opened, COUNT_OF(opened));
		intruder_try(written, COUNT_OF(written));
		*paths[i] = '\0';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { INTRUDER_TESTS, cmocka_unit_test(does_what_it_needs),
		cmocka_unit_test(reads_certificates_and_no_more), cmocka_unit_test(reads_the_key_and_the_settings_that_come_later) };
	intruder_walls = enter;
	return cmocka_run_group_tests(tests, intruder_set_up, intruder_tear_down);
}
