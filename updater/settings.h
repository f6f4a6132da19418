/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UPDATER_SETTINGS_H
#define UPDATER_SETTINGS_H

#include "updater/updater.h"

/* Reads the file and the command line; what lib/options.h says of the outcome. Networks are checked. */
int settings_read(int argc, char **argv, struct settings *, struct arena *, struct error *);

#endif
