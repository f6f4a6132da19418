/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock simulate`: reads a scenario and runs it. */
#include "tools/simulate/simulate.h"

#include "lib/text.h"
#include "tools/lines.h"
#include "tools/registry/registry_verbs.h"

static int read_one(char *line, void *context, struct error *e)
{
	return scenario_line(context, line, e);
}

static int read_scenario(const char *path, struct scenario *s, struct error *e)
{
	int outcome = each_line(path, read_one, s, e);
	if (outcome != DONE)
		return outcome;
	outcome = scenario_finish(s, e);
	return outcome == DONE ? DONE : fail_within(e, outcome, "%s", path);
}

static int run(struct command *c, struct simulation *simulation, struct error *e)
{
	struct scenario scenario;
	struct replay replay = { 0 };
	scenario_init(&scenario);
	int outcome = read_scenario(simulation->path, &scenario, e);
	if (outcome == DONE) {
		outcome = replay_run(&replay, &scenario, simulation->seed, e);
		if (outcome != DONE)
			fail_within(e, outcome, "%s", simulation->path);
	}
	simulation->replay = &replay;
	if (outcome == DONE && c->json)
		simulation_json(c, simulation);
	else if (outcome == DONE)
		simulation_text(c, simulation);
	if (outcome == DONE && replay.avoidable_days > 0)
		c->status = STATUS_HARMFUL;
	replay_free(&replay);
	scenario_free(&scenario);
	return outcome;
}

int verb_simulate(struct command *c, struct error *e)
{
	struct simulation simulation = { .path = c->words[0], .seed = 1, .all_days = option_flag(c, "days") };
	const char *seed = option(c, "seed");
	int64_t number = 1;
	if (seed != NULL && !text_number(seed, 0, INT64_MAX, &number))
		return fail(e, REFUSED, "--seed '%.40s': wanted a number", seed);
	simulation.seed = (uint64_t)number;
	int outcome = options_done(c, e);
	if (outcome != DONE)
		return outcome;
	c->reading = true;
	return run(c, &simulation, e);
}
