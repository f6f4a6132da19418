/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of all releases' pools by sample of networks, kept for as long as resolvers and clients remember them. */
#include "simulator/answers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "steering/brownout.h"
#include "steering/choose.h"
#include "steering/label.h"

/* How long resolvers keep a negative answer (RFC 2308): the SOA MINIMUM that new zones have. */
enum { NEGATIVE_TTL = 60 };

int answers_init(struct answers *a, const struct stage *stage, struct error *e)
{
	*a = (struct answers){ .stage = stage };
	a->asked = calloc(stage->scenario->product_count * STEERING_SAMPLES + 1, sizeof *a->asked);
	return a->asked == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

void answers_free(struct answers *a)
{
	free(a->asked);
	arena_free(&a->scratch);
}

const struct asked *answers_of(const struct answers *a, size_t product, unsigned sample)
{
	return &a->asked[product * STEERING_SAMPLES + sample];
}

int64_t asked_changed(const struct asked *asked)
{
	return asked->count == 0 ? INT64_MIN / 2 : asked->version[asked->count - 1].since;
}

/* All pools' memberships at one moment. */
struct picture {
	const struct fleet *fleet;
	struct membership *memberships; /* by the fleet's pools */
	struct lattice lattice;
	long *machine; /* by the fleet's relays */
	int64_t date; /* midnight: the simulator lets all buckets take their turn at once */
};

static int take_picture(struct answers *a, struct picture *p, struct error *e)
{
	const struct fleet *f = p->fleet = &a->stage->fleet;
	struct offer *offers;
	p->date = steering_day(f->now) * 86400;
	p->memberships = arena_take(&a->scratch, (f->pool_count + 1) * sizeof *p->memberships);
	p->machine = arena_take(&a->scratch, (f->relay_count + 1) * sizeof *p->machine);
	if (p->memberships == NULL || p->machine == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < f->relay_count; i++)
		p->machine[i] = stage_machine_index(a->stage, f->relays[i].name);
	int outcome = lattice_build(f, &a->scratch, &p->lattice, e);
	if (outcome == DONE)
		outcome = steering_offers(f, &a->scratch, &offers, e);
	for (size_t i = 0; i < f->pool_count && outcome == DONE; i++)
		outcome = steering_pool(f, offers, &f->pools[i], &a->scratch, &p->memberships[i], e);
	return outcome;
}

/* The pool that answers a label; -1 when none does. */
static long find_pool(const struct picture *p, const char *label, size_t length)
{
	for (size_t i = 0; i < p->fleet->pool_count; i++)
		if (strlen(p->fleet->pools[i].label) == length
			&& memcmp(p->fleet->pools[i].label, label, length) == 0)
			return (long)i;
	return lattice_find(&p->lattice, label, length);
}

static void add_machine(struct version *v, long machine)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->machine[i] == machine)
			return;
	if (v->count < RECALL_MOST && machine != MACHINE_NONE)
		v->machine[v->count++] = (uint16_t)machine;
}

/* A pool's answer to a bucket, as the name server chooses it, brownouts included. */
static void ask_pool(const struct picture *p, long index, uint8_t family, unsigned bucket, struct version *v)
{
	const struct pool *pool = &p->fleet->pools[index];
	struct membership m = p->memberships[index];
	struct choice choice[ADDRESS_LIST_MOST];
	int64_t ttl = pool->ttl;
	const struct pool *successor = brownout_successor(p->fleet, pool);
	const struct membership *other = successor == NULL ? NULL : &p->memberships[successor - p->fleet->pools];
	if (other != NULL && other->members > 0) {
		ttl = brownout_ttl(pool);
		if (brownout_takes(pool, bucket))
			m = *other;
		m.families = p->memberships[index].families;
	}
	size_t count = steering_choose(&m, family, bucket, p->date, choice);
	for (size_t i = 0; i < count; i++)
		add_machine(v, p->machine[choice[i].relay - p->fleet->relays]);
	v->ttl = v->ttl < ttl ? ttl : v->ttl;
}

/* What a release's clients are answered, by all its labels together. */
static void ask(const struct picture *p, const struct release *release, unsigned bucket, struct version *v)
{
	size_t length;
	const char *rest = release->pools;
	uint8_t family = family_used(release) == FAMILY_6 ? ADDRESS_V6 : ADDRESS_V4;
	for (const char *label; (label = text_word(&rest, " ", &length)) != NULL;) {
		long pool = find_pool(p, label, length);
		if (pool >= 0)
			ask_pool(p, pool, family, bucket, v);
	}
	if (v->count == 0)
		v->ttl = NEGATIVE_TTL;
}

static int compare_machines(const void *left, const void *right)
{
	const uint16_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static bool same(const struct version *a, const struct version *b)
{
	return a->count == b->count && a->ttl == b->ttl
		&& memcmp(a->machine, b->machine, a->count * sizeof a->machine[0]) == 0;
}

static void append(struct asked *asked, struct version *v)
{
	qsort(v->machine, v->count, sizeof v->machine[0], compare_machines);
	if (asked->count > 0 && same(&asked->version[asked->count - 1], v))
		return;
	if (asked->count == VERSIONS) {
		asked->count--;
		memmove(&asked->version[0], &asked->version[1], asked->count * sizeof asked->version[0]);
	}
	asked->version[asked->count++] = *v;
}

int answers_update(struct answers *a, struct error *e)
{
	struct picture p;
	arena_free(&a->scratch);
	int outcome = take_picture(a, &p, e);
	for (size_t i = 0; i < a->stage->scenario->product_count && outcome == DONE; i++)
		for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
			struct version v = { .since = a->stage->fleet.now };
			if (!a->stage->known[i])
				continue;
			ask(&p, &a->stage->traits[i], steering_sample(sample), &v);
			append(&a->asked[i * STEERING_SAMPLES + sample], &v);
		}
	a->next = outcome == DONE ? steering_next(&a->stage->fleet) : INT64_MAX;
	return outcome;
}

/* The version in force at a date; -1 before the first. */
static int version_at(const struct asked *asked, int64_t at)
{
	int i = asked->count - 1;
	while (i >= 0 && asked->version[i].since > at)
		i--;
	return i;
}

/* When the resolver last asked, if it asks whenever a TTL has passed. */
static int64_t last_asked(int64_t now, double phase, int64_t ttl)
{
	return now - (now + (int64_t)(phase * (double)ttl)) % ttl;
}

size_t asked_recall(const struct asked *asked, int64_t now, double phase, int64_t since,
	uint16_t machine[RECALL_MOST])
{
	struct version seen;
	int newest = version_at(asked, now);
	if (newest < 0)
		return 0;
	/* an older answer with another TTL may still be in the cache */
	int64_t ttl = asked->version[newest].ttl;
	int before = version_at(asked, last_asked(now, phase, ttl));
	if (before >= 0 && before != newest && asked->version[before].ttl != ttl)
		before = version_at(asked, last_asked(now, phase, asked->version[before].ttl));
	int at = before < 0 ? newest : before;
	const struct version *v = &asked->version[at];
	seen.count = v->count;
	memcpy(seen.machine, v->machine, v->count * sizeof v->machine[0]);
	while (v->since > since && at-- > 0) {
		v = &asked->version[at];
		for (size_t i = 0; i < v->count; i++)
			add_machine(&seen, v->machine[i]);
	}
	memcpy(machine, seen.machine, seen.count * sizeof seen.machine[0]);
	return seen.count;
}
