/* SPDX-License-Identifier: BSD-2-Clause */
/* The prober's files and system calls. */
#include "prober/walls.h"

#include "lib/sandbox.h"

/* None beside those that all daemons make (lib/sandbox_calls.c): it waits for nobody to connect. */
static const char *const calls[] = { NULL };

int prober_walls_enter(const char *registry, const char *config, bool wanted, struct error *e)
{
	const struct sandbox_path paths[] = {
		{ registry, SANDBOX_CHANGE, SANDBOX_BESIDE },
		{ config, SANDBOX_READ, SANDBOX_BESIDE }, /* it is read anew at SIGHUP, and editors replace it */
	};
	const struct sandbox sandbox = { calls, paths, sizeof paths / sizeof paths[0] };
	return sandbox_enter(wanted ? &sandbox : NULL, e);
}
