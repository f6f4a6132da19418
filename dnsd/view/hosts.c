/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts hosts into the table and takes them out, with the empty non-terminals above them. What readers may still see is
 * freed later. */
#include "dnsd/view/hosts.h"

#include <stdlib.h>

#include "lib/address.h"

enum { SHARDS = 256 }; /* so that a shard that grows is copied in well under a millisecond */

int hosts_init(struct hosts *hosts, size_t expected, const struct keys *keys, struct error *e)
{
	*hosts = (struct hosts){ .keys = keys };
	return name_table_init(&hosts->names, SHARDS, expected) ? DONE : fail(e, FAILED, "out of memory");
}

static int retire(struct hosts *hosts, void *piece, size_t size, struct error *e)
{
	struct retired *r = piece == NULL ? NULL : slab_take(&hosts->slab, sizeof *r);
	if (piece == NULL)
		return DONE;
	if (r == NULL) /* the piece leaks, for a reader may still use it */
		return fail(e, FAILED, "out of memory");
	*r = (struct retired){ hosts->retired, piece, size };
	hosts->retired = r;
	hosts->retired_count++;
	return DONE;
}

void hosts_reclaim(struct hosts *hosts)
{
	for (struct retired *r = hosts->retired, *next; r != NULL; r = next) {
		next = r->next;
		if (r->size == 0)
			free(r->piece);
		else
			slab_give(&hosts->slab, r->piece, r->size);
		slab_give(&hosts->slab, r, sizeof *r);
	}
	hosts->retired = NULL;
	hosts->retired_count = 0;
}

void hosts_free(struct hosts *hosts)
{
	hosts_reclaim(hosts);
	for (size_t i = 0; hosts->names.shard != NULL && i < hosts->names.shards; i++) {
		struct slots *slots = shard_slots(atomic_load(&hosts->names.shard[i]));
		for (uint64_t j = 0; j <= slots->mask; j++) {
			uint64_t slot = atomic_load(&slots->slot[j]);
			struct node *node = (struct node *)(uintptr_t)name_table_pointer(slot);
			if (slot > NAME_TABLE_TOMB)
				slab_give(&hosts->slab, node, node_size(node));
		}
	}
	name_table_free(&hosts->names);
	slab_free(&hosts->slab);
}

/* Finds a node. NAME is part of a struct name, so that octets behind it can be read. */
static struct node *find(struct hosts *hosts, const uint8_t *name, size_t size)
{
	return (struct node *)(uintptr_t)name_table_find(&hosts->names, hash_name(name, size), name, size);
}

/* Puts a node in, and retires the node of the same name, if there is one. CHILDREN is the new node's. */
static int put(struct hosts *hosts, const struct node_draft *draft, uint32_t children, struct error *e)
{
	size_t size = node_draft_size(draft);
	void *room = slab_take(&hosts->slab, size);
	if (room == NULL)
		return fail(e, FAILED, "out of memory");
	struct node *node = node_write(draft, room);
	const struct node *old;
	struct slots *old_slots;
	node->children = children;
	if (!name_table_put(&hosts->names, node, &old, &old_slots)) {
		slab_give(&hosts->slab, room, size);
		return fail(e, FAILED, "out of memory");
	}
	hosts->count += (draft->flags & NODE_HOST) != 0;
	hosts->count -= old != NULL && (old->flags & NODE_HOST) != 0;
	hosts->closed += (draft->flags & NODE_CLOSED) != 0;
	hosts->closed -= old != NULL && (old->flags & NODE_CLOSED) != 0;
	int outcome = retire(hosts, old_slots, 0, e);
	if (outcome == DONE && old != NULL)
		outcome = retire(hosts, (void *)(uintptr_t)old, node_size(old), e);
	return outcome;
}

static int drop(struct hosts *hosts, const struct node *node, struct error *e)
{
	hosts->count -= (node->flags & NODE_HOST) != 0;
	hosts->closed -= (node->flags & NODE_CLOSED) != 0;
	name_table_remove(&hosts->names, node);
	return retire(hosts, (void *)(uintptr_t)node, node_size(node), e);
}

/* The name above, or NULL. Names above a host exist, even if they are empty (RFC 4592 section 2.2.2). Names at or above a
 * zone's apex get nodes, too, which does no harm, for they are never looked up here. */
static const uint8_t *parent(const uint8_t *at)
{
	at = name_above(at);
	return name_labels(at) <= 1 ? NULL : at;
}

static int count_above(struct hosts *hosts, const struct name *name, int step, struct error *e)
{
	for (const uint8_t *at = parent(name->wire); at != NULL; at = parent(at)) {
		size_t size = name->size - (size_t)(at - name->wire);
		struct node *node = find(hosts, at, size);
		int outcome = DONE;
		if (node != NULL)
			node->children += (uint32_t)step;
		else if (step > 0)
			outcome = put(hosts, &(struct node_draft){ .name = at, .name_size = (uint8_t)size }, 1, e);
		if (node != NULL && node->children == 0 && (node->flags & NODE_HOST) == 0)
			outcome = drop(hosts, node, e);
		if (outcome != DONE)
			return outcome;
	}
	return DONE;
}

static uint8_t *render_family(uint8_t *at, const struct address *list, size_t listed, uint8_t family,
	uint32_t ttl, uint16_t *rrsets)
{
	uint16_t type = family == ADDRESS_V4 ? TYPE_A : TYPE_AAAA, count = 0;
	uint8_t *head = at;
	at += RRSET_HEAD;
	for (size_t i = 0; i < listed; i++)
		if (list[i].family == family) {
			at = rr_render(at, type, ttl, list[i].bytes, (uint16_t)address_size(&list[i]));
			count++;
		}
	if (count == 0)
		return head;
	rrset_head(head, type, count, (uint16_t)(at - head - RRSET_HEAD));
	(*rrsets)++;
	return at;
}

/* Writes quotas as relay_auth.c answers them. No limit is all ones; of kilobytes, it is 0xfffffeff, for the address
 * 255.255.255.x is an error to PageKite. */
static void render_quota(const struct host *row, uint8_t *at)
{
	const int64_t kb = row->quota_kb == 0 ? 0xfffffeff : row->quota_kb < 0 ? 0 : row->quota_kb;
	const int64_t rest[2] = { row->quota_days, row->quota_conns };
	octets_put_32(at, (uint32_t)kb);
	for (size_t i = 0; i < 2; i++) {
		uint16_t left = rest[i] == 0 ? UINT16_MAX : rest[i] < 0 ? 0 : (uint16_t)rest[i];
		octets_put_16(at + 4 + 2 * i, left);
	}
}

/* Writes the host's secret with its quotas, if it has one. REFUSED when the secret cannot be opened: relays are not
 * authenticated then, but the host is served. */
static int render_secret(struct hosts *hosts, const struct host *row, uint8_t **at,
	uint16_t *rrsets, struct error *e)
{
	size_t size;
	if (row->secret.size == 0 || row->suspended != 0)
		return DONE;
	if (hosts->keys == NULL)
		return fail(e, REFUSED, "the secret of %s stays closed without a key file", row->name);
	uint8_t *quota = *at + RRSET_HEAD;
	int outcome = secret_open(hosts->keys, row->name, row->secret, quota + HOSTS_QUOTA, &size, e);
	if (outcome != DONE)
		return outcome;
	render_quota(row, quota);
	rrset_head(*at, TYPE_SECRET, 1, (uint16_t)(HOSTS_QUOTA + size));
	*at += RRSET_HEAD + HOSTS_QUOTA + size;
	(*rrsets)++;
	return DONE;
}

/* Reads all addresses; false if any is wrong, for rows that were written by hand may be. None is served then. */
static bool read_addresses(const char *text, struct address list[ADDRESS_LIST_MOST], size_t *count)
{
	*count = 0;
	while (*text != '\0') {
		if (*count == ADDRESS_LIST_MOST || !address_next(&text, &list[*count]))
			return false;
		++*count;
	}
	return true;
}

int hosts_put(struct hosts *hosts, const struct host *row, struct error *e)
{
	uint8_t bytes[3 * RRSET_HEAD + HOSTS_QUOTA + SECRET_MOST + ADDRESS_LIST_MOST * (RR_FIXED + 16)], *at = bytes;
	struct name name;
	struct address list[ADDRESS_LIST_MOST];
	size_t listed = 0;
	uint16_t rrsets = 0;
	int outcome = name_read(row->name, &name, e);
	if (outcome == DONE) /* with a million hosts, the slot is in no cache: fetch it while the addresses are read */
		__builtin_prefetch(name_table_slot(&hosts->names, hash_name(name.wire, name.size)));
	if (outcome == DONE
		&& (row->ttl < 0 || row->ttl > INT32_MAX || !read_addresses(host_addresses(row), list, &listed)))
		outcome = fail(e, REFUSED, "host %s: its addresses '%.100s' or TTL cannot be served",
			row->name, row->addresses);
	int secret = outcome == DONE ? render_secret(hosts, row, &at, &rrsets, e) : DONE;
	if (secret < 0)
		outcome = secret;
	if (outcome == REFUSED) {
		hosts->refused++;
		hosts_remove(hosts, row->name, NULL);
		return outcome;
	}
	if (outcome != DONE)
		return outcome;
	at = render_family(at, list, listed, ADDRESS_V4, (uint32_t)row->ttl, &rrsets);
	at = render_family(at, list, listed, ADDRESS_V6, (uint32_t)row->ttl, &rrsets);
	const struct node *old = find(hosts, name.wire, name.size);
	bool counted = old != NULL && (old->flags & NODE_HOST) != 0;
	struct node_draft draft = { .name = name.wire, .name_size = name.size,
		.flags = (uint8_t)(NODE_HOST | (secret == DONE ? 0 : NODE_CLOSED)), .rrsets = rrsets, .bytes = bytes, .size = (size_t)(at - bytes) };
	outcome = put(hosts, &draft, old == NULL ? 0 : old->children, e);
	if (row->secret.size > 0)
		secret_forget(bytes, sizeof bytes);
	if (outcome == DONE && !counted)
		outcome = count_above(hosts, &name, 1, e);
	return outcome == DONE && secret != DONE ? UNCHANGED : outcome;
}

int hosts_remove(struct hosts *hosts, const char *text, struct error *e)
{
	struct name name;
	if (name_read(text, &name, e) != DONE)
		return DONE; /* it was never put in */
	struct node *node = find(hosts, name.wire, name.size);
	if (node == NULL || (node->flags & NODE_HOST) == 0)
		return DONE;
	int outcome = node->children == 0
		? drop(hosts, node, e)
		: put(hosts, &(struct node_draft){ .name = name.wire, .name_size = name.size },
			node->children, e);
	return outcome == DONE ? count_above(hosts, &name, -1, e) : outcome;
}
