/* SPDX-License-Identifier: BSD-2-Clause */
/* What the name server can no longer do once it serves, and what it still can. */
#include "dnsd/walls.h"
#include "tests/unit/lib/intruder.h"

static int enter(struct error *e)
{
	char registry[64], certificate[64];
	snprintf(registry, sizeof registry, "%s/registry", intruder_own);
	snprintf(certificate, sizeof certificate, "%s/certificate", intruder_read);
	const struct settings s = { .registry = registry, .telemetry = "", .tls_certificate = certificate, .tls_key = certificate,
		.sandbox = 1 };
	return dnsd_walls_enter(&s, "", "", e);
}

static int removes_what_it_made(void)
{
	return unlink(intruder_file(intruder_own, "made"));
}

static int keeps_an_image(void)
{
	return memfd_create("image", MFD_CLOEXEC) < 0;
}

static void does_what_it_needs(void **state)
{
	static const struct attempt attempts[] = { TRIES(binds_a_socket, 0), TRIES(makes_own, 0), TRIES(removes_what_it_made, 0),
		TRIES(keeps_an_image, 0) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
}

int main(void)
{
	const struct CMUnitTest tests[] = { INTRUDER_TESTS, cmocka_unit_test(reads_certificates_and_no_more),
		cmocka_unit_test(does_what_it_needs) };
	intruder_walls = enter;
	return cmocka_run_group_tests(tests, intruder_set_up, intruder_tear_down);
}
