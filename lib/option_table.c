/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows found by their names, and values written as a file says them. */
#include "lib/option_table.h"

#include <string.h>

const struct option_row *option_find(const struct option_table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++)
		if (strlen(table->rows[i].name) == length && memcmp(table->rows[i].name, name, length) == 0)
			return &table->rows[i];
	return NULL;
}

void option_write(const struct option_row *row, const void *config, struct text *text)
{
	const char *member = (const char *)config + row->offset;
	const struct networks *networks = (const void *)member;
	int64_t number;
	if (row->kind == OPTION_TEXT || row->kind == OPTION_LIST)
		text_add(text, *(const char *const *)(const void *)member);
	if (row->kind == OPTION_NUMBER || row->kind == OPTION_FLAG) {
		memcpy(&number, member, sizeof number);
		if (row->kind == OPTION_FLAG)
			text_add(text, number != 0 ? "yes" : "no");
		else
			text_addf(text, "%lld", (long long)number);
	}
	for (size_t i = 0; row->kind == OPTION_NETWORKS && i < networks->count; i++) {
		char address[ADDRESS_TEXT];
		address_write(&networks->network[i].address, address);
		text_addf(text, "%s%s/%d", i == 0 ? "" : " ", address, networks->network[i].length);
	}
}
