/* SPDX-License-Identifier: BSD-2-Clause */
/* The name server's files and system calls. */
#include "dnsd/walls.h"

#include "lib/sandbox.h"

/* Beside those that all daemons make (lib/sandbox_calls.c). */
static const char *const calls[] = {
	"recvmmsg", "sendmmsg",                /* UDP, many messages at once */
	"bind", "listen", "accept4", "accept", /* TCP; and the sockets beside the registry, whose names may be removed */
	"memfd_create",                        /* images of signed zones */
	"sync_file_range",                     /* REGISTRY.serial */
	NULL,
};

int dnsd_walls_enter(const struct settings *s, const char *keys, const char *config, struct error *e)
{
	/* The registry is opened for reading alone. What is written beside it: its -shm, where SQLite's readers say up to
	 * where they read (and its -wal and -shm are made if they are not there); REGISTRY.last, .serial and .telemetry;
	 * and sockets. They are made anew, so that landlock can only allow their folder. */
	const struct sandbox_path paths[] = {
		{ s->registry, SANDBOX_CHANGE, SANDBOX_BESIDE },
		{ s->telemetry, SANDBOX_CHANGE, SANDBOX_BESIDE },
		{ keys, SANDBOX_READ, SANDBOX_AT },
		{ config, SANDBOX_READ, SANDBOX_BESIDE }, /* it is read anew at SIGHUP, and editors replace it */
		{ s->tls_certificate, SANDBOX_READ, SANDBOX_BESIDE }, /* a renewed one is taken up */
		{ s->tls_key, SANDBOX_READ, SANDBOX_BESIDE },
	};
	const struct sandbox sandbox = { calls, paths, sizeof paths / sizeof paths[0] };
	return sandbox_enter(s->sandbox ? &sandbox : NULL, e);
}
