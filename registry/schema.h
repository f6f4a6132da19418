/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbered SQL files of schema/, compiled in. The array is made by schema/embed. */
#ifndef REGISTRY_SCHEMA_H
#define REGISTRY_SCHEMA_H

/* schema_steps[n] takes a registry from version n to n + 1; NULL ends. */
extern const char *const schema_steps[];

#endif
