/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalog zone (zone/catalog.h) as it is answered: its apex alone, and only to who may transfer. */
#ifndef DNSD_VIEW_CATALOG_H
#define DNSD_VIEW_CATALOG_H

#include "dnsd/view/zone_view.h"

/* *VIEW is the caller's, who frees it with zone_view_free. */
int catalog_view(const char *name, struct zone_view **view, struct error *);

#endif
