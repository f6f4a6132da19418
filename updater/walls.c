/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's files and system calls. */
#include "updater/walls.h"

#include <limits.h>
#include <stdio.h>

#include "lib/sandbox.h"

/* Beside those that all daemons make (lib/sandbox_calls.c). */
static const char *const calls[] = {
	"bind", "listen", "accept4", "accept", /* HTTP; and the sockets beside the registry, whose names may be removed */
	NULL,
};

int updater_walls_enter(const struct settings *s, const char *config, struct error *e)
{
	char archive[PATH_MAX] = ""; /* where certbot's links will lead from new names, too: from live to archive */
	if (*s->certificates != '\0')
		snprintf(archive, sizeof archive, "%s/../archive", s->certificates);
	const struct sandbox_path paths[] = {
		{ s->registry, SANDBOX_CHANGE, SANDBOX_BESIDE },
		{ s->telemetry, SANDBOX_CHANGE, SANDBOX_BESIDE },
		{ s->key, SANDBOX_READ, SANDBOX_BESIDE }, /* it may come later */
		{ config, SANDBOX_READ, SANDBOX_BESIDE }, /* it is read anew at SIGHUP, and editors replace it */
		{ s->certificates, SANDBOX_READ, SANDBOX_LINKS },
		{ archive, SANDBOX_READ, SANDBOX_AT },
	};
	const struct sandbox sandbox = { calls, paths, sizeof paths / sizeof paths[0] };
	return sandbox_enter(s->sandbox ? &sandbox : NULL, e);
}
