/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/image/zone_owners.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/store/node.h"

static int compare(const void *a, const void *b)
{
	const struct owner_key *x = a, *y = b;
	return canonical_compare(x->octets, x->size, y->octets, y->size);
}

void owners_init(ldns_rbtree_t *owners)
{
	ldns_rbtree_init(owners, compare);
}

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

static void free_owner(ldns_rbnode_t *node, void *context)
{
	struct zone_owner *owner = (struct zone_owner *)node;
	(void)context;
	while (owner->sets != NULL)
		remove_set(&owner->sets);
	free(owner->before.octets);
	free(owner);
}

void owners_free(ldns_rbtree_t *owners)
{
	ldns_traverse_postorder(owners, free_owner, NULL);
}

/* ldns takes what it only reads without const. */
static ldns_rbtree_t *tree_of(const ldns_rbtree_t *owners)
{
	return (ldns_rbtree_t *)(uintptr_t)owners;
}

static ldns_rbnode_t *node_of(const struct zone_owner *owner)
{
	return (ldns_rbnode_t *)(uintptr_t)&owner->node;
}

static struct zone_owner *owner_of(ldns_rbnode_t *node)
{
	return node == LDNS_RBTREE_NULL ? NULL : (struct zone_owner *)node;
}

struct zone_owner *owners_find(const ldns_rbtree_t *owners, const struct owner_key *key)
{
	return (struct zone_owner *)ldns_rbtree_search(tree_of(owners), key);
}

struct zone_owner *owners_add(ldns_rbtree_t *owners, const struct owner_key *key)
{
	struct zone_owner *owner = calloc(1, sizeof *owner + key->size);
	if (owner == NULL)
		return NULL;
	memcpy(owner->octets, key->octets, key->size);
	owner->key = (struct owner_key){ owner->octets, key->size };
	owner->node.key = &owner->key;
	ldns_rbtree_insert(owners, &owner->node);
	return owner;
}

void owners_remove(ldns_rbtree_t *owners, struct zone_owner *owner)
{
	ldns_rbtree_delete(owners, &owner->key);
	free_owner(&owner->node, NULL);
}

struct zone_owner *owners_first(const ldns_rbtree_t *owners)
{
	return owner_of(ldns_rbtree_first(owners));
}

struct zone_owner *owner_next(const struct zone_owner *owner)
{
	return owner_of(ldns_rbtree_next(node_of(owner)));
}

struct zone_owner *owner_before(const ldns_rbtree_t *owners, const struct zone_owner *owner)
{
	ldns_rbnode_t *before = ldns_rbtree_previous(node_of(owner));
	return (struct zone_owner *)(before == LDNS_RBTREE_NULL ? ldns_rbtree_last(owners) : before);
}

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
