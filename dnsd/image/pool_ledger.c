/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pool RRs went out with which serial, and what became of them since. */
#include "dnsd/image/pool_ledger.h"

#include <stdlib.h>
#include <string.h>

static bool copy_list(const struct rr_list *from, struct rr_list *to)
{
	*to = (struct rr_list){ malloc(from->size + 1), from->size, from->size + 1 };
	if (to->octets == NULL)
		return false;
	if (from->size > 0)
		memcpy(to->octets, from->octets, from->size);
	return true;
}

static struct ledger_page *find(struct pool_ledger *ledger, uint32_t serial)
{
	for (size_t i = 0; i < POOL_LEDGER; i++)
		if (ledger->pages[i].holders != NULL && ledger->pages[i].serial == serial)
			return &ledger->pages[i];
	return NULL;
}

bool pool_ledger_find(struct pool_ledger *ledger, uint32_t serial, struct rr_list *copy)
{
	pthread_mutex_lock(&ledger->lock);
	const struct ledger_page *page = find(ledger, serial);
	bool found = page != NULL && copy_list(&page->pools, copy);
	pthread_mutex_unlock(&ledger->lock);
	return found;
}

static void empty(struct ledger_page *page)
{
	if (page->holders != NULL && --*page->holders == 0) {
		free(page->pools.octets);
		free(page->holders);
	}
	*page = (struct ledger_page){ .serial = 0 };
}

static bool same(const struct ledger_page *page, const struct rr_list *pools)
{
	return page->holders != NULL && page->pools.size == pools->size
		&& (pools->size == 0 || memcmp(page->pools.octets, pools->octets, pools->size) == 0);
}

/* Writes a page. It shares the octets of the page before if they are equal, as they mostly are. */
static void write_page(struct ledger_page *page, const struct ledger_page *before, uint32_t serial,
	const struct rr_list *pools)
{
	if (same(before, pools)) {
		*page = *before;
		++*page->holders;
	} else {
		page->holders = malloc(sizeof *page->holders);
		if (page->holders == NULL)
			return;
		*page->holders = 1;
		if (!copy_list(pools, &page->pools)) {
			free(page->holders);
			page->holders = NULL;
		}
	}
	page->serial = serial;
}

void pool_ledger_keep(struct pool_ledger *ledger, uint32_t serial, const struct rr_list *pools)
{
	pthread_mutex_lock(&ledger->lock);
	if (find(ledger, serial) == NULL) {
		struct ledger_page *page = &ledger->pages[ledger->next % POOL_LEDGER];
		const struct ledger_page *before = &ledger->pages[(ledger->next + POOL_LEDGER - 1) % POOL_LEDGER];
		empty(page);
		write_page(page, before, serial, pools);
		ledger->next++;
	}
	pthread_mutex_unlock(&ledger->lock);
}

void pool_ledger_free(struct pool_ledger *ledger)
{
	for (size_t i = 0; i < POOL_LEDGER; i++)
		empty(&ledger->pages[i]);
}
