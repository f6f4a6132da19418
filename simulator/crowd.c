/* SPDX-License-Identifier: BSD-2-Clause */
/* All clients day by day: who moves, who searches, who is stranded. */
#include "simulator/crowd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/hash.h"

static void place_networks(struct crowd *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct address address = { .family = ADDRESS_V4,
			.bytes = { 10, (uint8_t)(i >> 8), (uint8_t)i, 0 } };
		struct surroundings *around = &c->around;
		around->networks[i] = (struct client_network){
			.bucket = (uint8_t)steering_sample_of(steering_bucket(&address)),
			.x = (float)hash_part(hash_of(around->seed, 1, i)), .y = (float)hash_part(hash_of(around->seed, 2, i)),
			.phase = hash_part(hash_of(around->seed, 3, i)) };
	}
	for (size_t i = 0; i < count * c->around.machines; i++)
		c->around.pings[i] = -1;
}

/* Gives clients their products in the order and shares of `use` lines, and random networks. */
static void place_clients(struct crowd *c, const struct scenario *s)
{
	size_t at = 0;
	int64_t share = 0;
	for (size_t use = 0; use < s->use_count; use++) {
		share += s->uses[use].share;
		for (; at < (size_t)(s->clients * share / 10000); at++)
			c->clients[at] = (struct client){ .product = (uint16_t)s->uses[use].product,
				.network = (uint16_t)(hash_of(c->around.seed, 4, at) % (uint64_t)s->networks),
				.home = MACHINE_NONE, .lost = s->from };
	}
}

int crowd_init(struct crowd *c, const struct stage *stage, const struct answers *answers, uint64_t seed,
	struct error *e)
{
	const struct scenario *s = stage->scenario;
	size_t networks = (size_t)s->networks;
	*c = (struct crowd){ .count = (size_t)s->clients, .machines_at = s->from, .around = { .stage = stage,
		.answers = answers, .seed = seed, .machines = stage->machine_room } };
	c->clients = calloc(c->count, sizeof *c->clients);
	c->around.networks = calloc(networks, sizeof *c->around.networks);
	c->around.pings = calloc(networks * c->around.machines + 1, sizeof *c->around.pings);
	c->around.views = calloc(s->product_count, sizeof *c->around.views);
	c->stranded = calloc(s->product_count, sizeof *c->stranded);
	if (c->clients == NULL || c->around.networks == NULL || c->around.pings == NULL || c->around.views == NULL
		|| c->stranded == NULL)
		return fail(e, FAILED, "out of memory");
	place_networks(c, networks);
	place_clients(c, s);
	return DONE;
}

void crowd_free(struct crowd *c)
{
	free(c->clients);
	free(c->around.networks);
	free(c->around.pings);
	free(c->around.views);
	free(c->stranded);
}

void crowd_new_day(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		c->clients[i].marks = 0;
}

size_t crowd_move(struct crowd *c, size_t from, size_t to, size_t count, size_t *cursor)
{
	size_t moved = 0;
	for (size_t looked = 0; looked < c->count && moved < count; looked++, ++*cursor) {
		struct client *client = &c->clients[*cursor % c->count];
		if (client->product != from)
			continue;
		client->product = (uint16_t)to;
		client_restart(client, c->around.stage->fleet.now);
		moved++;
	}
	return moved;
}

void crowd_refresh(struct crowd *c, int64_t share, int64_t day)
{
	double keep = log1p(-(double)share / 10000);
	/* draws how many clients to skip until the next, so that the others need not be looked at */
	for (size_t i = 0, draw = 0; share > 0; i++) {
		double part = 1 - hash_part(hash_of(c->around.seed + 5, (uint64_t)day, draw++));
		double skip = share == 10000 ? 0 : log(part) / keep;
		if (skip >= (double)(c->count - i))
			return;
		i += (size_t)skip;
		if (i >= c->count)
			return;
		client_restart(&c->clients[i], c->around.stage->fleet.now);
		c->clients[i].home = MACHINE_NONE;
	}
}

static void strand(struct crowd *c, struct client *client, long tried, const struct step *step)
{
	struct day_row *row = &step->rows[client->product];
	const struct product_view *view = &c->around.views[client->product];
	bool avoidable = view->served && step->now - view->served_since >= ARRIVAL_SECONDS;
	c->stranded[client->product]++;
	if (!c->first.any)
		c->first = (struct stranding){ .at = step->now, .product = client->product, .any = true,
			.cause = client->cause, .machine = tried, .avoidable = avoidable,
			.speaks = tried == MACHINE_NONE ? 0 : c->around.stage->machines[tried].tls };
	if ((client->marks & MARK_STRANDED) == 0)
		row->stranded[client->cause]++;
	if (avoidable && (client->marks & MARK_AVOIDABLE) == 0)
		row->avoidable++;
	client->marks |= MARK_STRANDED | (avoidable ? MARK_AVOIDABLE : 0);
}

/* Notes for which clients answers or machines changed in the last hours; all others would find what they found
 * before, and need not search. */
static void look_at_answers(struct crowd *c, int64_t now)
{
	enum { SLACK = 2 * 3600 };
	for (size_t p = 0; p < c->around.stage->scenario->product_count; p++)
		for (unsigned bucket = 0; bucket < STEERING_SAMPLES; bucket++) {
			int64_t changed = asked_changed(answers_of(c->around.answers, p, bucket));
			changed = changed > c->machines_at ? changed : c->machines_at;
			c->around.views[p].stirred[bucket] = now - changed <= RECALL_SECONDS + SLACK;
		}
}

static bool stirred(const struct crowd *c, const struct client *client)
{
	return c->around.views[client->product].stirred[c->around.networks[client->network].bucket];
}

void crowd_step(struct crowd *c, const struct step *step)
{
	for (size_t p = 0; p < c->around.stage->scenario->product_count; p++)
		client_view(c->around.stage, p, &c->around.views[p]);
	if (step->machines)
		c->machines_at = step->now;
	look_at_answers(c, step->now);
	memset(c->stranded, 0, c->around.stage->scenario->product_count * sizeof *c->stranded);
	for (size_t i = 0; i < c->count; i++) {
		struct client *client = &c->clients[i];
		long tried = MACHINE_NONE;
		if (client_connected(&c->around, client)) {
			if (step->round && c->around.views[client->product].habit.learns
				&& stirred(c, client))
				client_look_around(&c->around, client, step->now);
			continue;
		}
		if (client->life != 0)
			client_restart(client, step->now);
		if (client->cause == CAUSE_NONE || stirred(c, client))
			tried = client_connect(&c->around, client, step->now);
		if (client->cause != CAUSE_NONE)
			strand(c, client, tried, step);
	}
}

void crowd_count(const struct crowd *c, struct day_row *rows, uint32_t *load)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct client *client = &c->clients[i];
		rows[client->product].clients++;
		if (client_connected(&c->around, client))
			load[client->home]++;
	}
}
