/* SPDX-License-Identifier: BSD-2-Clause */
/* What the prober can no longer do once it asks relays, and what it still can. */
#include "prober/walls.h"
#include "tests/unit/lib/intruder.h"

static int enter(struct error *e)
{
	char registry[64];
	snprintf(registry, sizeof registry, "%s/registry", intruder_own);
	return prober_walls_enter(registry, "", true, e);
}

static void waits_for_nobody(void **state)
{
	static const struct attempt attempts[] = { TRIES(binds_a_socket, ENOSYS) }, files[] = { TRIES(reads_certificate, EACCES) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
	if (intruder_has_landlock())
		intruder_try(files, COUNT_OF(files));
}

int main(void)
{
	const struct CMUnitTest tests[] = { INTRUDER_TESTS, cmocka_unit_test(waits_for_nobody) };
	intruder_walls = enter;
	return cmocka_run_group_tests(tests, intruder_set_up, intruder_tear_down);
}
