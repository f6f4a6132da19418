/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine on SQLite. Only registry_open.c opens it. */
#ifndef REGISTRY_SQLITE_H
#define REGISTRY_SQLITE_H

#include "registry/engine.h"

/* The table of its functions. */
extern const struct registry_engine sqlite_engine;

int sqlite_registry_open(const char *path, enum registry_mode, struct registry **, struct error *);

#endif
