/* SPDX-License-Identifier: BSD-2-Clause */
/* The triggers that write the change log, made from the field tables of model/model.h. Only the engine's own
 * files include this. */
#ifndef REGISTRY_TRIGGERS_H
#define REGISTRY_TRIGGERS_H

#include "model/model.h"

/* Appends the SQL that makes the triggers KIND_added, KIND_changed and KIND_removed anew; nothing for a
 * kind that is not logged.
 *
 * Each writes a row of `change` (schema/README.md): the kind, the key (the key fields with a space between
 * them), and what was and what is as JSON. Hidden fields are never told, only whether they
 * changed, and whether there were any when the row was removed. */
void triggers_compose(const struct kind *, struct text *sql);

#endif
