/* SPDX-License-Identifier: BSD-2-Clause */
/* The days of a scenario: actions, probes, steering, clients, and a row of figures for each day. */
#include "simulator/replay.h"

#include <stdlib.h>
#include <string.h>

#include "simulator/moments.h"
#include "simulator/operator.h"
#include "simulator/pool_life.h"

enum { DAY = 86400, NOON = DAY / 2 };

/* How long after a machine changed its prober says so: it looks three times before it does. */
enum { PROBE_SECONDS = 60 };

struct running {
	struct replay *replay;
	const struct scenario *scenario;
	struct stage *stage;
	struct answers answers;
	struct crowd crowd;
	struct moments moments;
	struct day *day;
	size_t action;      /* the next to be done */
	int64_t probe_at;   /* when the prober looks next; INT64_MAX: no machine has changed */
	int64_t last;       /* the date of the last step */
	size_t *cursors;    /* by move: crowd_move's cursor */
	size_t *moved;      /* by move: clients that have moved so far */
	size_t *movers;     /* by move: clients that ran `from` when it began */
};

static int open_day(struct running *r, int64_t date, struct error *e)
{
	struct day *day = r->day = &r->replay->days[r->replay->day_count++];
	*day = (struct day){ .date = date, .action = r->action };
	day->rows = arena_take(&r->replay->arena, r->scenario->product_count * sizeof *day->rows);
	if (day->rows == NULL)
		return fail(e, FAILED, "out of memory");
	crowd_new_day(&r->crowd);
	return DONE;
}

static int close_day(struct running *r, struct error *e)
{
	struct replay *replay = r->replay;
	struct day *day = r->day;
	uint64_t stranded = 0;
	day->action_count = r->action - day->action;
	day->machine_count = r->stage->machine_count;
	day->load = arena_take(&replay->arena, (day->machine_count + 1) * sizeof *day->load);
	if (day->load == NULL)
		return fail(e, FAILED, "out of memory");
	crowd_count(&r->crowd, day->rows, day->load);
	for (size_t i = 0; i < r->scenario->product_count; i++) {
		stranded += row_stranded(&day->rows[i]);
		replay->avoidable_days += day->rows[i].avoidable;
	}
	replay->client_days += stranded;
	if (stranded > replay->worst_count) {
		replay->worst = day->date;
		replay->worst_count = stranded;
	}
	return DONE;
}

/* Moves today's part of the clients, so that the whole share has moved at the end of the move's days. */
static int upgrade(struct running *r, int64_t now, struct error *e)
{
	for (size_t i = 0; i < r->scenario->move_count; i++) {
		const struct move *move = &r->scenario->moves[i];
		int64_t days = (now - move->at) / DAY + 1;
		if (now < move->at || days > move->days)
			continue;
		if (!r->stage->known[move->to])
			return fail(e, REFUSED, "line %d: nobody says what %s %s can speak: it needs 'release add' or "
				"'client' before", r->scenario->products[move->to].line,
				r->stage->traits[move->to].product, r->stage->traits[move->to].version);
		for (size_t c = 0; c < r->crowd.count && days == 1; c++)
			r->movers[i] += r->crowd.clients[c].product == move->from;
		size_t share = (size_t)((int64_t)r->movers[i] * move->share / 10000);
		size_t wanted = share * (size_t)days / (size_t)move->days;
		crowd_move(&r->crowd, move->from, move->to, wanted - r->moved[i], &r->cursors[i]);
		r->moved[i] = wanted;
	}
	return DONE;
}

static int act(struct running *r, int64_t now, struct error *e)
{
	int outcome = DONE;
	for (; r->action < r->scenario->action_count && r->scenario->actions[r->action].at <= now; r->action++) {
		const struct action *action = &r->scenario->actions[r->action];
		outcome = operator_do(r->stage, action, e);
		if (outcome != DONE)
			return fail_within(e, outcome, "line %d", action->line);
	}
	return outcome;
}

static int check_traits(struct running *r, struct error *e)
{
	for (size_t i = 0; i < r->scenario->use_count; i++) {
		size_t product = r->scenario->uses[i].product;
		const struct product *p = &r->scenario->products[product];
		if (!r->stage->known[product])
			return fail(e, REFUSED, "line %d: nobody says what %s %s can speak: it needs 'release add' at "
				"the first day's 00:00, or 'client'", p->line, p->traits.product,
				p->traits.version);
	}
	return DONE;
}

/* Lets the prober look some time after a machine changed. At the scenario's start it has seen all machines already. */
static int probe(struct running *r, int64_t now, struct error *e)
{
	if (r->stage->machine_moved && r->scenario->prober && now > r->scenario->from) {
		r->probe_at = now + PROBE_SECONDS;
		return moments_add(&r->moments, r->probe_at, e);
	}
	if (!r->scenario->prober || (now < r->probe_at && now > r->scenario->from))
		return DONE;
	r->probe_at = INT64_MAX;
	return stage_probe(r->stage, e);
}

/* Adds the moments after a change at which clients may find something new, as caches and memories expire. */
static int follow(struct running *r, int64_t now, struct error *e)
{
	static const int64_t after[] = { 60, 150, 300, 600, 900, 1200, 3600, RECALL_SECONDS,
		RECALL_SECONDS + 3600 };
	int outcome = DONE;
	for (size_t i = 0; i < sizeof after / sizeof after[0] && outcome == DONE; i++)
		outcome = moments_add(&r->moments, now + after[i], e);
	return outcome;
}

static int steer(struct running *r, int64_t now, bool *changed, struct error *e)
{
	bool moved = r->stage->moved;
	stage_settle(r->stage);
	r->stage->moved = false;
	*changed = moved || r->stage->machine_moved;
	int outcome = DONE;
	if (moved || now % DAY == 0 || now >= r->answers.next) {
		outcome = answers_update(&r->answers, e);
		if (outcome == DONE && r->answers.next != INT64_MAX)
			outcome = moments_add(&r->moments, r->answers.next, e);
	}
	return outcome == DONE && *changed ? follow(r, now, e) : outcome;
}

static int begin_day(struct running *r, int64_t now, struct error *e)
{
	int outcome = r->day == NULL ? DONE : close_day(r, e);
	if (outcome == DONE)
		outcome = open_day(r, now, e);
	if (outcome == DONE)
		outcome = moments_add(&r->moments, now + NOON, e);
	/* answers change at midnight, and clients see that when resolvers have forgotten yesterday's */
	if (outcome == DONE)
		outcome = moments_add(&r->moments, now + 3600, e);
	return outcome == DONE && now < r->scenario->until ? moments_add(&r->moments, now + DAY, e) : outcome;
}

static int step(struct running *r, int64_t now, struct error *e)
{
	bool changed = false;
	int outcome = now % DAY == 0 ? begin_day(r, now, e) : DONE;
	r->stage->fleet.now = now;
	if (outcome == DONE)
		outcome = act(r, now, e);
	if (outcome == DONE)
		outcome = probe(r, now, e);
	if (outcome == DONE && now % DAY == 0)
		outcome = pool_life_step(r->stage, &r->replay->arena, &r->day->notes, e);
	if (outcome == DONE)
		outcome = steer(r, now, &changed, e);
	if (outcome == DONE && now == r->scenario->from)
		outcome = check_traits(r, e);
	if (outcome == DONE && now % DAY == 0)
		outcome = upgrade(r, now, e);
	if (outcome != DONE)
		return outcome;
	if (now % DAY == NOON)
		crowd_refresh(&r->crowd, r->scenario->fresh, now / DAY);
	for (size_t i = 0; i < r->scenario->product_count; i++)
		r->replay->client_hours += (double)r->crowd.stranded[i] * (double)(now - r->last) / 3600;
	/* no round at midnight, for resolvers still have yesterday's answers */
	crowd_step(&r->crowd, &(struct step){ .now = now, .machines = r->stage->machine_moved,
		.round = now % 3600 == 0 && now % DAY != 0, .rows = r->day->rows });
	r->stage->machine_moved = false;
	r->last = now;
	r->replay->steps++;
	return DONE;
}

static int run(struct running *r, struct error *e)
{
	int64_t now, end = r->scenario->until + DAY;
	r->last = r->scenario->from;
	int outcome = moments_add(&r->moments, r->scenario->from, e);
	for (size_t i = 0; i < r->scenario->action_count && outcome == DONE; i++)
		outcome = moments_add(&r->moments, r->scenario->actions[i].at, e);
	while (outcome == DONE && moments_next(&r->moments, &now) && now < end)
		outcome = step(r, now, e);
	if (outcome != DONE)
		return outcome;
	for (size_t i = 0; i < r->scenario->product_count; i++)
		r->replay->client_hours += (double)r->crowd.stranded[i] * (double)(end - r->last) / 3600;
	r->replay->first = r->crowd.first;
	return close_day(r, e);
}

static int prepare(struct running *r, uint64_t seed, struct error *e)
{
	struct replay *replay = r->replay;
	size_t moves = (r->scenario->move_count + 1) * sizeof(size_t);
	int64_t days = (r->scenario->until - r->scenario->from) / DAY + 1;
	r->stage = &replay->stage;
	r->cursors = arena_take(&replay->arena, moves);
	r->moved = arena_take(&replay->arena, moves);
	r->movers = arena_take(&replay->arena, moves);
	replay->days = arena_take(&replay->arena, (size_t)days * sizeof *replay->days);
	if (r->cursors == NULL || r->moved == NULL || r->movers == NULL || replay->days == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = stage_init(r->stage, r->scenario, e);
	if (outcome == DONE)
		outcome = answers_init(&r->answers, r->stage, e);
	return outcome == DONE ? crowd_init(&r->crowd, r->stage, &r->answers, seed, e) : outcome;
}

int replay_run(struct replay *replay, const struct scenario *scenario, uint64_t seed, struct error *e)
{
	*replay = (struct replay){ .scenario = scenario };
	struct running r = { .replay = replay, .scenario = scenario, .probe_at = INT64_MAX };
	int outcome = prepare(&r, seed, e);
	if (outcome == DONE)
		outcome = run(&r, e);
	crowd_free(&r.crowd);
	answers_free(&r.answers);
	moments_free(&r.moments);
	return outcome;
}

void replay_free(struct replay *replay)
{
	stage_free(&replay->stage);
	arena_free(&replay->arena);
}

uint32_t row_stranded(const struct day_row *row)
{
	uint32_t sum = 0;
	for (int cause = 0; cause < CAUSES; cause++)
		sum += row->stranded[cause];
	return sum;
}

const char *cause_words(enum cause cause)
{
	static const char *const words[CAUSES] = { [CAUSE_NONE] = "", [CAUSE_EMPTY] = "pool empty",
		[CAUSE_DOWN] = "relay down", [CAUSE_INCOMPATIBLE] = "no compatible relay in the answer",
		[CAUSE_NEAREST] = "nearest relay in the answer incompatible" };
	return words[cause];
}

char *stranding_reason(const struct replay *r, struct arena *arena)
{
	const struct stranding *s = &r->first;
	const struct release *who = &r->stage.traits[s->product];
	const struct machine *machine = s->machine == MACHINE_NONE ? NULL : &r->stage.machines[s->machine];
	char needs[TLS_TEXT], speaks[TLS_TEXT];
	tls_write((tls_set)who->tls, needs);
	tls_write(s->speaks, speaks);
	if (machine == NULL || s->cause == CAUSE_EMPTY || s->cause == CAUSE_DOWN)
		return arena_format(arena, "%s %s: %s", who->product, who->version, cause_words(s->cause));
	return arena_format(arena, "%s %s: %s: %s speaks %s, but it needs %s", who->product, who->version,
		cause_words(s->cause), machine->name, speaks, needs);
}
