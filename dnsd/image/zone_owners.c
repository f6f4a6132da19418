/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners in the C library's tree and in a chain, and what each of them has. */
#include "dnsd/image/zone_owners.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "wire/type.h"

static struct zone_set **place(struct zone_owner *owner, uint16_t type)
{
	struct zone_set **at = &owner->sets;
	while (*at != NULL && (*at)->type < type)
		at = &(*at)->next;
	return at;
}

void set_unsign(struct zone_set *set)
{
	free(set->signatures);
	set->signatures = NULL;
	set->signatures_size = 0;
}

static void remove_set(struct zone_set **at)
{
	struct zone_set *set = *at;
	*at = set->next;
	set_unsign(set);
	free(set->rdatas);
	free(set);
}

/* The tree. */

static int compare(const void *a, const void *b)
{
	const struct zone_owner *x = a, *y = b;
	return canonical_compare(x->key.octets, x->key.size, y->key.octets, y->key.size);
}

/* The way down to where a new one will hang passes its neighbours last: of those that are less, the greatest, and of those
 * that are greater, the least. The C library calls this with what it looks for first. */
static int note_neighbours(const void *new, const void *there)
{
	struct zone_owner *owner = (struct zone_owner *)(uintptr_t)new, *other = (struct zone_owner *)(uintptr_t)there;
	int order = compare(new, there);
	if (order < 0)
		owner->next = other;
	if (order > 0)
		owner->before = other;
	return order;
}

static void free_owner(struct zone_owner *owner)
{
	while (owner->sets != NULL)
		remove_set(&owner->sets);
	free(owner->was.octets);
	free(owner);
}

static void keep(void *owner)
{
	(void)owner;
}

void owners_free(struct owners *owners)
{
	tdestroy(owners->tree, keep);
	for (struct zone_owner *owner = owners->first, *next; owner != NULL; owner = next) {
		next = owner->next;
		free_owner(owner);
	}
	*owners = (struct owners){ 0 };
}

struct zone_owner *owners_find(const struct owners *owners, const struct owner_key *key)
{
	const struct zone_owner wanted = { .key = *key };
	void *const *found = tfind(&wanted, &owners->tree, compare);
	return found == NULL ? NULL : *found;
}

struct zone_owner *owners_add(struct owners *owners, const struct owner_key *key)
{
	struct zone_owner *owner = calloc(1, sizeof *owner + key->size);
	if (owner == NULL)
		return NULL;
	memcpy(owner->octets, key->octets, key->size);
	owner->key = (struct owner_key){ owner->octets, key->size };
	if (tsearch(owner, &owners->tree, note_neighbours) == NULL) {
		free(owner);
		return NULL;
	}
	*(owner->before == NULL ? &owners->first : &owner->before->next) = owner;
	*(owner->next == NULL ? &owners->last : &owner->next->before) = owner;
	return owner;
}

void owners_remove(struct owners *owners, struct zone_owner *owner)
{
	tdelete(owner, &owners->tree, compare);
	*(owner->before == NULL ? &owners->first : &owner->before->next) = owner->next;
	*(owner->next == NULL ? &owners->last : &owner->next->before) = owner->before;
	free_owner(owner);
}

struct zone_owner *owner_before(const struct owners *owners, const struct zone_owner *owner)
{
	return owner->before != NULL ? owner->before : owners->last;
}

/* An owner's sets. */

struct zone_set *owner_set(const struct zone_owner *owner, uint16_t type)
{
	struct zone_set *s = owner->sets;
	while (s != NULL && s->type != type)
		s = s->next;
	return s;
}

bool owner_put(struct zone_owner *owner, uint16_t type, uint32_t ttl, uint8_t *rdatas, size_t size)
{
	struct zone_set **at = place(owner, type);
	if (*at != NULL && (*at)->type == type)
		remove_set(at);
	struct zone_set *set = size == 0 ? NULL : calloc(1, sizeof *set);
	if (set == NULL) {
		free(rdatas);
		return size == 0;
	}
	*set = (struct zone_set){ .next = *at, .type = type, .ttl = ttl, .rdatas = rdatas, .size = size };
	*at = set;
	return true;
}

bool set_same(const struct zone_set *s, uint32_t ttl, const uint8_t *rdatas, size_t size)
{
	if (s == NULL)
		return size == 0;
	return s->size == size && s->ttl == ttl && memcmp(s->rdatas, rdatas, size) == 0;
}

static bool render_rdatas(const struct name *owner, uint16_t type, uint32_t ttl, const uint8_t *octets,
	size_t size, struct rr_list *list)
{
	struct rdatas rest = { octets, size };
	struct zone_rr rr = { .owner = owner, .type = type, .ttl = ttl };
	bool well = true;
	while (well && (rr.rdata = rdatas_next(&rest, &rr.length)) != NULL)
		well = rr_list_add(list, &rr);
	return well;
}

bool owner_render(const struct zone_owner *owner, struct rr_list *list)
{
	struct name name;
	bool well = true;
	canonical_name(owner->key.octets, owner->key.size, &name);
	const struct zone_set *s = owner->sets;
	for (; s != NULL && s->type < TYPE_RRSIG && well; s = s->next)
		well = render_rdatas(&name, s->type, s->ttl, s->rdatas, s->size, list);
	for (const struct zone_set *t = owner->sets; t != NULL && well; t = t->next)
		well = render_rdatas(&name, TYPE_RRSIG, t->ttl, t->signatures, t->signatures_size, list);
	for (; s != NULL && well; s = s->next)
		well = render_rdatas(&name, s->type, s->ttl, s->rdatas, s->size, list);
	return well;
}
