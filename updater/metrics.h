/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and gauges for monitors. */
#ifndef UPDATER_METRICS_H
#define UPDATER_METRICS_H

#include "updater/updater.h"

/* Prometheus text, for loopback and the networks of settings.monitors. No label is unbounded. */
handler metrics_show;

#endif
