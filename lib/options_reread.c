/* SPDX-License-Identifier: BSD-2-Clause */
/* What of changed settings can be taken up, and what can't. */
#include "lib/options_reread.h"

#include <string.h>

#include "lib/log.h"

static size_t member_size(const struct option_row *row)
{
	return row->kind == OPTION_NETWORKS ? sizeof(struct networks)
		: row->kind == OPTION_NUMBER || row->kind == OPTION_FLAG ? sizeof(int64_t) : sizeof(const char *);
}

size_t options_reread(const struct option_table *table, const void *old, void *fresh)
{
	size_t taken = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		struct text was = { 0 }, is = { 0 };
		option_write(row, old, &was);
		option_write(row, fresh, &is);
		const char *before = was.bytes == NULL ? "" : was.bytes, *now = is.bytes == NULL ? "" : is.bytes;
		bool broken = was.broken || is.broken, changed = !broken && strcmp(before, now) != 0;
		if (changed && row->live)
			log_notice("%s: changed from '%s' to '%s'", row->name, before, now);
		else if (changed)
			log_warning("%s: changed from '%s' to '%s', which needs a restart", row->name, before, now);
		if (broken || (changed && !row->live)) /* what can't be compared is as good as unchanged */
			memcpy((char *)fresh + row->offset, (const char *)old + row->offset, member_size(row));
		taken += changed && row->live;
		text_free(&was);
		text_free(&is);
	}
	return taken;
}
