/* SPDX-License-Identifier: BSD-2-Clause */
/* All kinds that steering decides from, read and checked row by row. */
#include "registry/fleet.h"

#include <string.h>

#include "lib/clock.h"

/* Leaves out rows that do not pass their check, as SQL by hand may leave them: one bad row must not cost all others
 * their answers. */
static size_t keep_good(const struct kind *kind, void *rows, size_t count, size_t *refused,
	struct error *e)
{
	char *row = rows;
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct error fault;
		if (row_check(kind, row + i * kind->size, &fault) == DONE) {
			memmove(row + kept++ * kind->size, row + i * kind->size, kind->size);
			continue;
		}
		if ((*refused)++ == 0 && e != NULL)
			*e = fault;
	}
	return kept;
}

void registry_date(struct observation *observations, size_t count, int64_t now)
{
	for (struct observation *o = observations; o < observations + count; o++) {
		/* A prober's own date stays as it wrote it, though its clock may be ahead: check says so, and other probers see by it
		 * whether it still speaks. */
		if ((o->heard > 0 ? o->heard : o->at) > now)
			o->heard = now;
	}
}

int registry_fleet(struct registry *registry, struct arena *arena, struct fleet *fleet,
	size_t *refused, struct error *e)
{
	const struct {
		const struct kind *kind;
		void *rows;
		size_t *count;
	} parts[] = {
		{ &relay_kind, &fleet->relays, &fleet->relay_count },
		{ &observation_kind, &fleet->observations, &fleet->observation_count },
		{ &release_kind, &fleet->releases, &fleet->release_count },
		{ &pool_kind, &fleet->pools, &fleet->pool_count },
		{ &rule_kind, &fleet->rules, &fleet->rule_count },
	};
	*refused = 0;
	fleet->now = clock_date();
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		void *rows;
		int outcome = registry_all(registry, parts[i].kind, NULL, arena, &rows, parts[i].count, e);
		if (outcome != DONE)
			return outcome;
		*parts[i].count = keep_good(parts[i].kind, rows, *parts[i].count, refused, e);
		memcpy(parts[i].rows, &rows, sizeof rows);
	}
	registry_date(fleet->observations, fleet->observation_count, fleet->now);
	return DONE;
}

static bool addresses_meet(const char *one, const char *others, struct address *at)
{
	struct address other;
	while (address_next(&one, at))
		for (const char *rest = others; address_next(&rest, &other);)
			if (address_equal(at, &other))
				return true;
	return false;
}

int registry_relay_at(struct registry *registry, const char *addresses, const char *except, struct arena *arena,
	struct relay *relay, struct address *at, struct error *e)
{
	struct relay *all;
	size_t count;
	int outcome = registry_all(registry, &relay_kind, NULL, arena, (void **)&all, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		if ((except == NULL || strcmp(all[i].name, except) != 0)
			&& addresses_meet(addresses, all[i].addresses, at)) {
			*relay = all[i];
			return DONE;
		}
	return outcome == DONE ? ABSENT : outcome;
}
