/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's end of the gate (link/gate.h): UPDATEs that name servers forward become exchanges in the batch, beside
 * those of HTTP, and their answers go back. */
#ifndef UPDATER_GATEWAY_H
#define UPDATER_GATEWAY_H

#include "updater/updater.h"

/* Listens beside the registry. */
int gateway_open(struct updater *, struct error *);

/* A descriptor that is readable when gateway_run has something to do. */
int gateway_descriptor(const struct gateway *);

void gateway_run(struct gateway *);

/* Nothing more is taken; what was taken is still answered. */
void gateway_quiesce(struct gateway *);
void gateway_close(struct gateway *);

#endif
