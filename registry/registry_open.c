/* SPDX-License-Identifier: BSD-2-Clause */
/* Which engine stands behind an address: today all addresses are paths, and SQLite's. */
#include "registry/registry.h"

#include "registry/database_copy.h"
#include "registry/sqlite.h"

int registry_open(const char *path, enum registry_mode mode, struct registry **registry, struct error *e)
{
	return sqlite_registry_open(path, mode, registry, e);
}

void registry_discard(const char *path)
{
	database_discard(path);
}
