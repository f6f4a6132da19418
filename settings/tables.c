/* SPDX-License-Identifier: BSD-2-Clause */
/* All tables of settings, in the order of windsock.conf's sections. */
#include "settings/tables.h"

#include <stddef.h>

const struct option_table *const settings_tables[] = { &settings_dnsd, &settings_updater, &settings_prober, NULL };
