/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of windsock-prober, from windsock.conf and the command line. */
#ifndef SETTINGS_PROBER_H
#define SETTINGS_PROBER_H

#include <stdint.h>

struct settings {
	const char *registry, *name, *connect, *sni, *ask;
	int64_t interval, look, timeout, sockets, rise, fall, stale, once, port, sandbox, log_level;
};

#endif
