/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as they stand in messages: network byte order, at any address. Where they can lie outside of what was
 * received, lib/cursor.h reads them. */
#ifndef WIRE_OCTETS_H
#define WIRE_OCTETS_H

#include <stdint.h>

static inline uint16_t octets_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t octets_32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void octets_put_16(uint8_t *at, uint16_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static inline void octets_put_32(uint8_t *at, uint32_t number)
{
	at[0] = (uint8_t)(number >> 24);
	at[1] = (uint8_t)(number >> 16);
	at[2] = (uint8_t)(number >> 8);
	at[3] = (uint8_t)number;
}

/* TSIG's times (RFC 8945 section 4.2). */
static inline void octets_put_48(uint8_t *at, uint64_t number)
{
	octets_put_16(at, (uint16_t)(number >> 32));
	octets_put_32(at + 2, (uint32_t)number);
}

#endif
