/* SPDX-License-Identifier: BSD-2-Clause */
/* --ask: one visit to an address that may be no relay yet; what came of it goes to standard output, a
 * field of an observation a line. Nothing is written to the registry. */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "prober/engine.h"
#include "prober/prober.h"
#include "prober/roster.h"
#include "prober/walls.h"

/* The finding as it would be believed. */
static void take(void *subject, const struct finding *f, void *context)
{
	const struct rules rules = { .at_once = true };
	struct watch *w = subject;
	bool *able = context;
	*able = f->able;
	watch_note(w, f, &rules, clock_date());
	if (!f->able)
		memcpy(w->trouble, f->reason, sizeof w->trouble);
}

static int visit(const struct settings *s, const struct vias *vias, struct watch *w, struct error *e)
{
	const struct engine_limits limits = { .width = 1, .timeout = (int)s->timeout * 1000, .wake = -1 };
	struct orders orders = { .count = 1, .port = (uint16_t)s->port, .full = true,
		.route = ROUTE_UNKNOWN, .uuid = "", .sni = s->sni, .vias = vias };
	struct engine *engine;
	bool able = false;
	if (!address_read(s->ask, strlen(s->ask), &orders.addresses[0]))
		return fail(e, REFUSED, "--ask '%s' is no IPv4 or IPv6 address", s->ask);
	int outcome = engine_open(&engine, &limits, take, &able, e);
	if (outcome != DONE)
		return outcome;
	engine_start(engine, &orders, w);
	while (!engine_idle(engine) && outcome == DONE)
		outcome = engine_wait(engine, limits.timeout, e);
	engine_close(engine);
	return outcome != DONE || able ? outcome : fail(e, FAILED, "%s", w->trouble);
}

static int show(const struct watch *w)
{
	static const char *const fields[] = { "health", "tls", "pings", "overloaded", "uuid", "names",
		"expires", "certificate", "reason" };
	char pings[PINGS_TEXT];
	struct observation row = watch_row(w, "", clock_date(), pings);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct field *f = kind_field(&observation_kind, fields[i], strlen(fields[i]));
		struct text value = { 0 };
		text_add(&value, "");
		field_write(f, &row, &value);
		if (!value.broken)
			printf("%s%s%s\n", fields[i], value.length == 0 ? "" : " ", value.bytes);
		text_free(&value);
	}
	return fflush(stdout) == 0 ? DONE : FAILED;
}

int prober_ask(const struct settings *s, struct error *e)
{
	struct roster roster = { .observer = s->name, .connect = s->connect };
	struct registry *r = NULL;
	struct watch w;
	/* the registry only tells the names for CONNECT: without one, the service's own must do */
	int outcome = prober_walls_enter(s->registry, "", s->sandbox != 0, e);
	if (outcome == DONE)
		outcome = registry_open(s->registry, REGISTRY_READ, &r, e);
	if (outcome == DONE)
		outcome = roster_vias(&roster, r, e);
	registry_close(r);
	if (outcome == ABSENT)
		outcome = roster_vias(&roster, NULL, e);
	watch_start(&w, s->ask, NULL);
	if (outcome == DONE)
		outcome = visit(s, &roster.vias, &w, e);
	if (outcome == DONE && w.belief.health == HEALTH_UP)
		roster_judge(&roster, &w);
	watch_describe(&w, clock_date());
	outcome = outcome == DONE ? show(&w) : outcome;
	roster_free(&roster);
	return outcome;
}
