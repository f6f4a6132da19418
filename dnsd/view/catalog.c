/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalog zone's apex, built as any other zone's view is. */
#include "dnsd/view/catalog.h"

#include "zone/catalog.h"

int catalog_view(const char *name, struct zone_view **view, struct error *e)
{
	const struct zone row = catalog_row(name);
	const struct record ns = catalog_ns(name);
	struct zone_builder *builder;
	int outcome = zone_build_begin(&row, &builder, e);
	if (outcome != DONE)
		return outcome;
	outcome = zone_build_record(builder, &ns, e);
	if (outcome != DONE) {
		zone_build_cancel(builder);
		return outcome;
	}
	return zone_build_end(builder, view, e);
}
