/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of all programs that read windsock.conf, for whoever looks at all of it. */
#ifndef SETTINGS_TABLES_H
#define SETTINGS_TABLES_H

#include "lib/option_table.h"

extern const struct option_table settings_dnsd, settings_updater, settings_prober;

/* All of them; NULL ends them. */
extern const struct option_table *const settings_tables[];

#endif
