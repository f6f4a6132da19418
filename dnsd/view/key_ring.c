/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads TSIG keys and secondaries from the registry. */
#include "dnsd/view/key_ring.h"

#include <stdio.h>
#include <string.h>

#include "lib/address.h"

struct loading {
	const struct keys *keys;
	struct key_ring *ring;
	size_t *refused;
	struct error *why;
};

static int open_key(const struct keys *keys, const struct tsig *row, struct ring_key *key, struct error *e)
{
	int outcome = row_check(&tsig_kind, row, e);
	if (outcome == DONE && keys == NULL)
		outcome = fail(e, REFUSED, "tsig %s: there is no key file to open it with", row->name);
	if (outcome == DONE)
		outcome = name_read(row->name, &key->tsig.name, e);
	if (outcome == DONE)
		outcome = secret_open(keys, row->name, row->secret, key->tsig.secret, &key->tsig.secret_size, e);
	key->tsig.algorithm = (enum tsig_algorithm)row->algorithm;
	key->transfer = row->transfer != 0;
	key->former = key->tsig;
	key->former_until = row->former.size > 0 ? row->former_until : 0;
	if (outcome == DONE && key->former_until > 0)
		outcome = secret_open(keys, row->name, row->former, key->former.secret, &key->former.secret_size, e);
	return outcome;
}

static int take_key(const void *row, void *context, struct error *e)
{
	struct loading *l = context;
	int outcome = open_key(l->keys, row, &l->ring->keys[l->ring->count], e);
	if (outcome == REFUSED) {
		if ((*l->refused)++ == 0)
			*l->why = *e;
		return DONE;
	}
	l->ring->count += outcome == DONE;
	return outcome;
}

int key_ring_load(struct registry *r, const struct keys *keys, struct arena *arena, struct key_ring *ring,
	size_t *refused, struct error *why)
{
	struct loading loading = { keys, ring, refused, why };
	struct error e = { "" };
	int64_t count;
	ring->count = 0;
	int outcome = registry_count(r, &tsig_kind, &count, &e);
	if (outcome == DONE)
		ring->keys = arena_take(arena, ((size_t)count + 1) * sizeof *ring->keys);
	if (outcome == DONE && ring->keys == NULL)
		outcome = fail(&e, FAILED, "out of memory");
	if (outcome == DONE)
		outcome = registry_each(r, &tsig_kind, NULL, take_key, &loading, &e);
	if (outcome != DONE)
		*why = e;
	return outcome;
}

bool key_ring_transfers(const struct key_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		if (ring->keys[i].transfer)
			return true;
	return false;
}

const struct ring_key *key_ring_find(const struct key_ring *ring, const struct name *name)
{
	for (size_t i = 0; i < ring->count; i++)
		if (name_equal(&ring->keys[i].tsig.name, name))
			return &ring->keys[i];
	return NULL;
}

void key_ring_forget(struct key_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		secret_forget(&ring->keys[i], sizeof ring->keys[i]);
}

void secondaries_forget(struct secondary_view *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		secret_forget(&list[i].key, sizeof list[i].key);
}

struct listing {
	const struct key_ring *ring;
	struct secondary_view *list;
	size_t count, *refused;
	struct error *why;
};

static int read_secondary(const struct key_ring *ring, const struct secondary *row, struct secondary_view *view,
	struct error *e)
{
	char endpoint[ENDPOINT_TEXT + 8];
	struct name name;
	int outcome = row_check(&secondary_kind, row, e);
	bool v6 = outcome == DONE && strchr(row->address, ':') != NULL;
	if (outcome == DONE) {
		snprintf(endpoint, sizeof endpoint, v6 ? "[%s]:%lld" : "%s:%lld", row->address, (long long)row->port);
		outcome = endpoint_read(endpoint, &view->endpoint, &view->size, e);
	}
	if (outcome != DONE || *row->tsig == '\0')
		return outcome;
	outcome = name_read(row->tsig, &name, e);
	const struct ring_key *key = outcome == DONE ? key_ring_find(ring, &name) : NULL;
	if (outcome == DONE && key == NULL)
		return fail(e, REFUSED, "secondary %s: its key %s cannot be used", row->name, row->tsig);
	if (key != NULL)
		view->key = key->tsig;
	view->has_key = key != NULL;
	return outcome;
}

static int take_secondary(const void *row, void *context, struct error *e)
{
	struct listing *l = context;
	int outcome = read_secondary(l->ring, row, &l->list[l->count], e);
	if (outcome == REFUSED && (*l->refused)++ == 0)
		*l->why = *e;
	l->count += outcome == DONE;
	return outcome == REFUSED ? DONE : outcome;
}

int secondaries_load(struct registry *r, const struct key_ring *ring, struct arena *arena, struct secondary_view **list,
	size_t *count, size_t *refused, struct error *why)
{
	struct listing l = { .ring = ring, .refused = refused, .why = why };
	struct error e = { "" };
	int64_t rows;
	int outcome = registry_count(r, &secondary_kind, &rows, &e);
	if (outcome == DONE)
		l.list = arena_take(arena, ((size_t)rows + 1) * sizeof *l.list);
	if (outcome == DONE && l.list == NULL)
		outcome = fail(&e, FAILED, "out of memory");
	if (outcome == DONE)
		outcome = registry_each(r, &secondary_kind, NULL, take_secondary, &l, &e);
	if (outcome != DONE)
		*why = e;
	*list = l.list;
	*count = l.count;
	return outcome;
}
