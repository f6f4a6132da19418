/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA as it is written in zone files. */
#ifndef TOOLS_RDATA_TEXT_H
#define TOOLS_RDATA_TEXT_H

#include "model/model.h"

/* Appends RDATA in presentation form, such that BIND, Knot and windsock read the same RDATA from it; in RFC 3597's form if
 * it is malformed for its type. */
void rdata_write(uint16_t type, struct blob rdata, struct text *);

#endif
