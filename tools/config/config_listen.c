/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses to listen at: two listeners that would have the same one. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/array.h"
#include "settings/tables.h"
#include "tools/config/config.h"

struct listener {
	const char *section, *name, *text;
	int line;
	struct address address;
	bool any, wide; /* all addresses of its family; of both families */
	uint16_t port;
};

struct listeners {
	struct config *config;
	struct listener *list;
	size_t count, room;
};

static bool overlap(const struct listener *a, const struct listener *b)
{
	if (a->port != b->port || a->port == 0)
		return false;
	bool one_family = a->address.family == b->address.family;
	if (one_family)
		return a->any || b->any || address_equal(&a->address, &b->address);
	return a->wide || b->wide;
}

/* Adds one, and says whose place it would take. What is no address was said already. */
static void add(struct listeners *all, const char *section, const char *name, const char *text, int line)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	static const uint8_t zeros[16];
	struct listener *list;
	if (strncmp(text, "tls=", 4) == 0 || endpoint_read(text, &endpoint, &size, NULL) != DONE
		|| !array_room_in(&all->config->command->arena, &all->list, &all->room, all->count + 1, sizeof *all->list))
		return;
	list = &all->list[all->count];
	*list = (struct listener){ section, name, text, line, .address = address_of((const struct sockaddr *)&endpoint) };
	list->port = ntohs(endpoint.ss_family == AF_INET ? ((const struct sockaddr_in *)&endpoint)->sin_port
							 : ((const struct sockaddr_in6 *)&endpoint)->sin6_port);
	list->any = memcmp(list->address.bytes, zeros, address_size(&list->address)) == 0;
	list->wide = list->any && endpoint.ss_family == AF_INET6 && (text[0] == ':' || strcmp(section, "dnsd") == 0);
	for (size_t i = 0; i < all->count; i++) {
		const struct listener *other = &all->list[i];
		char where[32] = "by default";
		if (!overlap(other, list))
			continue;
		if (other->line > 0)
			snprintf(where, sizeof where, "line %d", other->line);
		config_fault(all->config, line, "[%s] %s: %s is taken already by [%s] %s = %s, %s", section, name, text, other->section,
			other->name, other->text, where);
		break;
	}
	all->count++;
}

static void add_words(struct listeners *all, const char *section, const char *name, const char *value, int line)
{
	size_t length;
	for (const char *word; (word = text_word(&value, ", ", &length)) != NULL;) {
		const char *text = arena_text_part(&all->config->command->arena, word, length);
		if (text != NULL)
			add(all, section, name, text, line);
	}
}

static void add_setting(struct listeners *all, const struct option_table *table, const char *name)
{
	const struct config *f = all->config;
	const struct option_row *row = option_find(table, name, strlen(name));
	bool any = false;
	for (size_t i = 0; i < f->count; i++) {
		const struct config_entry *entry = &f->entries[i];
		if (!config_concerns(entry, table) || strcmp(entry->name, name) != 0)
			continue;
		add_words(all, table->section, name, entry->value, entry->line);
		any = true;
	}
	if (!any)
		add_words(all, table->section, name, row->standard == NULL ? "" : row->standard, 0);
}

void config_check_listen(struct config *f)
{
	struct listeners all = { .config = f };
	add_setting(&all, &settings_dnsd, "listen");
	add_setting(&all, &settings_dnsd, "listen-tls");
	add_setting(&all, &settings_updater, "listen");
	add_setting(&all, &settings_updater, "listen-tls");
}
