/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's search for a relay, and why it failed. */
#include "simulator/client.h"

#include <math.h>

#include "simulator/hash.h"

static const struct habit habits[PING_FORMS] = {
	[0] = { 0, false, false },                /* PING / HTTP/1.0: pagekite.py up to 0.3.21 */
	[1] = { 0, false, false },                /* HEAD / HTTP/1.0: 0.4.x to 0.5.8f */
	[2] = { 900, true, false },               /* HEAD /ping HTTP/1.1: from 0.5.9 */
	[3] = { RECALL_SECONDS, true, true },     /* GET /ping HTTP/1.1: libpagekite */
	[4] = { 0, true, false },                 /* GET /ping HTTP/1.0: upagekite */
};

/* Seconds that pagekite.py adds to the ping of a relay that its name does not point to, and to that of an overloaded
 * relay. A draining relay says that it is overloaded. */
static const float stranger = 0.05f, overload = 0.05f;

void client_view(const struct stage *stage, size_t product, struct product_view *view)
{
	const struct release *traits = &stage->traits[product];
	view->habit = habits[traits->ping];
	bool before = view->served;
	view->served = false;
	for (size_t m = 0; m < stage->machine_count; m++) {
		const struct machine *machine = &stage->machines[m];
		view->talks[m] = machine->up && (machine->tls & traits->tls) != 0;
		view->hears[m] = machine->up && (machine->pings >> traits->ping & 1) != 0;
		view->served |= view->talks[m] && view->hears[m] && machine->listed
			&& (machine->families & family_used(traits)) != 0;
	}
	if (view->served && !before)
		view->served_since = stage->fleet.now;
}

/* A machine's coordinate, 0 to 1. Operators place relays apart, so it is from a low-discrepancy sequence. */
static double spread(uint64_t seed, uint64_t axis, double by, size_t machine)
{
	double at = hash_part(hash_of(seed, axis, 0)) + by * (double)machine;
	return at - floor(at);
}

/* The round-trip time in seconds from a network to a machine: random by the seed, but constant. */
static float ping(struct surroundings *s, size_t network, size_t machine)
{
	float *known = &s->pings[network * s->machines + machine];
	if (*known >= 0)
		return *known;
	const struct client_network *from = &s->networks[network];
	double x = spread(s->seed, 6, 0.7548776662466927, machine) - (double)from->x;
	double y = spread(s->seed, 7, 0.5698402909980532, machine) - (double)from->y;
	*known = (float)(0.01 + 0.2 * sqrt(x * x + y * y));
	return *known;
}

bool client_connected(const struct surroundings *s, const struct client *client)
{
	return client->life != 0 && client->life == s->stage->machines[client->home].life;
}

/* What it finds when it looks for a relay. */
struct find {
	long tried, good;  /* the nearest machine, and the nearest that it can talk to */
	float distance;    /* to good */
	bool any, any_up, any_good;
};

static struct find search(struct surroundings *s, const struct client *client, int64_t now)
{
	const struct product_view *view = &s->views[client->product];
	const struct client_network *network = &s->networks[client->network];
	const struct asked *asked = answers_of(s->answers, client->product, network->bucket);
	uint16_t known[RECALL_MOST];
	struct find f = { .tried = MACHINE_NONE, .good = MACHINE_NONE };
	int64_t since = now - view->habit.memory;
	if (!view->habit.listens && since < client->lost)
		since = client->lost;
	size_t count = asked_recall(asked, now, network->phase, since, known);
	float nearest = INFINITY;
	f.distance = INFINITY;
	for (size_t i = 0; i < count; i++) {
		size_t m = known[i];
		bool up = s->stage->machines[m].up;
		float far = view->hears[m] ? ping(s, client->network, m) : 100000;
		f.any_up |= up;
		if (far < nearest) { /* a machine that does not answer pings is tried when no other is left */
			nearest = far;
			f.tried = (long)m;
		}
		if (view->talks[m] && (view->hears[m] || !view->habit.learns) && far < f.distance) {
			f.distance = far;
			f.good = (long)m;
		}
	}
	f.any = count > 0;
	f.any_good = f.good != MACHINE_NONE;
	if (!view->habit.learns && f.tried != f.good)
		f.good = MACHINE_NONE;
	return f;
}

static void connect_to(struct surroundings *s, struct client *client, long machine)
{
	client->home = (int16_t)machine;
	client->life = s->stage->machines[machine].life;
	client->cause = CAUSE_NONE;
}

static enum cause cause_of(const struct find *f)
{
	if (!f->any)
		return CAUSE_EMPTY;
	if (!f->any_up)
		return CAUSE_DOWN;
	return f->any_good ? CAUSE_NEAREST : CAUSE_INCOMPATIBLE;
}

long client_connect(struct surroundings *s, struct client *client, int64_t now)
{
	const struct product_view *view = &s->views[client->product];
	if (client->home != MACHINE_NONE && view->talks[client->home]
		&& (view->hears[client->home] || !view->habit.learns)) {
		connect_to(s, client, client->home);
		return client->home;
	}
	struct find f = search(s, client, now);
	if (f.good != MACHINE_NONE)
		connect_to(s, client, f.good);
	else
		client->cause = (uint8_t)cause_of(&f);
	return f.tried;
}

void client_look_around(struct surroundings *s, struct client *client, int64_t now)
{
	struct find f = search(s, client, now);
	float home = ping(s, client->network, (size_t)client->home)
		+ (s->stage->machines[client->home].draining ? overload : 0);
	if (f.good != MACHINE_NONE && f.good != client->home && f.distance + stranger < home)
		connect_to(s, client, f.good);
}

void client_restart(struct client *client, int64_t now)
{
	client->life = 0;
	client->lost = now;
	client->cause = CAUSE_NONE;
}
