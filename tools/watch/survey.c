/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts rows, computes pools and asks the name server, once for all checks. */
#include "tools/watch/survey.h"

#include "registry/fleet.h"
#include "tools/pool/pool.h"

enum { WAIT = 1000 /* milliseconds */ };

static int count_all(struct command *c, struct survey *s, struct error *e)
{
	const struct {
		const struct kind *kind;
		int64_t *count;
	} counts[] = { { &zone_kind, &s->zones }, { &relay_kind, &s->relays },
		{ &release_kind, &s->releases }, { &pool_kind, &s->pools },
		{ &account_kind, &s->accounts }, { &host_kind, &s->hosts } };
	int outcome = registry_revision(c->registry, &s->revision, e);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0] && outcome == DONE; i++)
		outcome = registry_count(c->registry, counts[i].kind, counts[i].count, e);
	return outcome;
}

/* Seats are many, so they are kept only of a pool that gives out its last resort, to say why. */
static int compute_pool(struct command *c, struct survey *s, size_t i, struct error *e)
{
	struct membership *m = &s->memberships[i];
	int outcome = pool_seated(&s->fleet, s->offers, &s->fleet.pools[i], &c->arena, m, e);
	return outcome == DONE && m->last_resort
		? steering_pool(&s->fleet, s->offers, &s->fleet.pools[i], &c->arena, m, e) : outcome;
}

static int compute_pools(struct command *c, struct survey *s, struct error *e)
{
	int outcome = registry_fleet(c->registry, &c->arena, &s->fleet, &s->refused, &s->first_refused);
	if (outcome != DONE)
		return fail(e, outcome, "%s", s->first_refused.text);
	outcome = steering_offers(&s->fleet, &c->arena, &s->offers, e);
	s->memberships = arena_take(&c->arena, (s->fleet.pool_count + 1) * sizeof *s->memberships);
	if (outcome == DONE && s->memberships == NULL)
		outcome = fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < s->fleet.pool_count && outcome == DONE; i++)
		outcome = compute_pool(c, s, i, e);
	return outcome;
}

int survey_take(struct command *c, struct survey *s, struct error *e)
{
	*s = (struct survey){ 0 };
	int heard = doorbell_wait(c->registry_path, 0, WAIT, &s->bell, &s->silence);
	s->answers = heard == DONE;
	int outcome = registry_open(c->registry_path, REGISTRY_READ, &c->registry, e);
	if (outcome == DONE)
		outcome = registry_freeze(c->registry, e);
	if (outcome == DONE)
		outcome = count_all(c, s, e);
	if (outcome == DONE)
		outcome = compute_pools(c, s, e);
	if (c->registry != NULL)
		registry_rollback(c->registry);
	if (outcome != DONE) /* what was not computed is not shown */
		s->fleet = (struct fleet){ 0 };
	return outcome;
}
