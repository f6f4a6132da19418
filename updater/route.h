/* SPDX-License-Identifier: BSD-2-Clause */
/* From a path and a method to the handler whom it concerns. */
#ifndef UPDATER_ROUTE_H
#define UPDATER_ROUTE_H

#include "updater/updater.h"

/* Finds the route and checks how often the source asks. True when the reply is there; false when the
 * request is to go through the batch. */
bool route_run(struct updater *, struct exchange *);

#endif
