/* SPDX-License-Identifier: BSD-2-Clause */
/* The SOA that DNS answers, for prerequisites: its serial is the registry's revision, and more while a registry that
 * went back has not been raised (registry/serial.h). */
#include "registry/serial.h"
#include "updater/draft.h"
#include "zone/content.h"

static int read_serial(struct registry *r, int64_t *serial, struct error *e)
{
	struct serial_mark mark;
	int64_t offset = 0;
	int outcome = registry_revision(r, serial, e);
	if (outcome != DONE || serial_mark_read(registry_path(r), &mark, NULL) != DONE)
		return outcome;
	outcome = serial_judge(r, &mark, &offset, e);
	*serial += offset;
	return outcome < 0 ? outcome : DONE;
}

int draft_soa(struct draft *d, struct blob *rdata)
{
	int64_t serial;
	uint16_t size = 0;
	uint8_t *bytes = arena_bytes(&d->exchange->arena, SOA_RDATA_MOST);
	int outcome = bytes == NULL ? fail(d->error, FAILED, "out of memory")
		: read_serial(d->updater->access.registry, &serial, d->error);
	if (outcome == DONE)
		outcome = zone_content_soa(&d->zone, (uint32_t)serial, bytes, &size, d->error);
	*rdata = (struct blob){ bytes, size };
	return outcome;
}
