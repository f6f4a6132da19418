/* SPDX-License-Identifier: BSD-2-Clause */
/* From a path and a method to whom it concerns. */
#ifndef UPDATER_ROUTE_H
#define UPDATER_ROUTE_H

#include "updater/updater.h"

/* Finds the route and checks how often the source asks. True when the reply is there; false when the
 * request is to go through the batch. */
bool route_run(struct updater *, struct exchange *);

/* The name behind a route's path; NAME has room for 64. False when it is none that an object of ours
 * could have. */
bool route_name(const struct exchange *, char *name);

#endif
