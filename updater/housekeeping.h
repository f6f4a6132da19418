/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be done now and then: leases, slow connections, the change log's length. */
#ifndef UPDATER_HOUSEKEEPING_H
#define UPDATER_HOUSEKEEPING_H

#include "updater/updater.h"

/* Call it each turn of the loop; it looks at its clock. */
void housekeeping_run(struct updater *, int64_t now);

#endif
