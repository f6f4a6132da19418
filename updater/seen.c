/* SPDX-License-Identifier: BSD-2-Clause */
/* The MACs of signed UPDATEs that were done. */
#include "updater/seen.h"

#include <string.h>

static size_t slot_of(const uint8_t *mac)
{
	uint32_t hash;
	memcpy(&hash, mac, sizeof hash); /* a MAC is as good as random to whoever has no key */
	return hash % SEEN_UPDATES;
}

void seen_note(struct seen *s, const uint8_t *mac, size_t size)
{
	if (size >= SEEN_MAC)
		memcpy(s->macs[slot_of(mac)], mac, SEEN_MAC);
}

bool seen_before(const struct seen *s, const uint8_t *mac, size_t size)
{
	return size >= SEEN_MAC && memcmp(s->macs[slot_of(mac)], mac, SEEN_MAC) == 0;
}
