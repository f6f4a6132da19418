/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA as it is written in zone files. */
#ifndef TOOLS_RDATA_TEXT_H
#define TOOLS_RDATA_TEXT_H

#include "model/model.h"

/* Appends RDATA in presentation form, such that BIND, Knot and we read back the same RDATA: in RFC 3597's form when it
 * it is not whole for its type. */
void rdata_write(uint16_t type, struct blob rdata, struct text *);

#endif
