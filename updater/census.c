/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting each release's clients by the sessions that relays tell of. */
#include "updater/census.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "steering/label.h"
#include "registry/telemetry.h"
#include "steering/steering.h"

struct census {
	struct release *releases;
	struct telemetry_relay *told;
	size_t release_count, told_count;
};

/* How many releases a client's version may be: several builds of a version share its clients, for clients tell no more
 * than the version. */
static size_t count_matching(const struct census *c, const char *version)
{
	size_t count = 0;
	for (size_t i = 0; i < c->release_count; i++)
		count += label_is_release(&c->releases[i], version);
	return count;
}

static int64_t clients_of(const struct census *c, const struct release *release)
{
	int64_t clients = 0;
	for (size_t i = 0; i < c->told_count; i++) {
		const struct telemetry_relay *told = &c->told[i];
		if (label_is_release(release, told->version))
			clients += told->sessions / (int64_t)count_matching(c, told->version);
	}
	return clients;
}

static bool much_changed(int64_t was, int64_t is)
{
	return (was == 0) != (is == 0) || llabs(is - was) * 10 > was;
}

static int write_changed(struct transaction *t, const struct census *c, struct error *e)
{
	bool begun = false;
	int outcome = DONE;
	for (size_t i = 0; i < c->release_count && outcome == DONE; i++) {
		struct release row = c->releases[i];
		row.clients = clients_of(c, &row);
		if (!much_changed(c->releases[i].clients, row.clients))
			continue;
		if (!begun)
			outcome = transaction_act(t, NULL, "windsock-updater", "clients counted", e);
		begun = true;
		if (outcome == DONE)
			outcome = registry_put(t->registry, &release_kind, &row, e);
		t->wrote = true;
	}
	return outcome;
}

int census_take(struct transaction *t, const char *telemetry, struct error *e)
{
	enum { PATIENCE = 50 };
	struct telemetry_files files = { .count = 1 };
	struct arena arena = { 0 };
	struct census c = { 0 };
	if (telemetry_look(telemetry, PATIENCE, &files.file[0], NULL) != DONE)
		return DONE;
	int told = telemetry_relays(&files, steering_day(clock_date()) - 1, &arena, &c.told, &c.told_count, NULL);
	telemetry_close(files.file[0]);
	int outcome = told != DONE || c.told_count == 0 ? DONE : registry_all(t->registry, &release_kind, NULL, &arena,
		(void **)&c.releases, &c.release_count, e);
	if (outcome == DONE)
		outcome = write_changed(t, &c, e);
	arena_free(&arena);
	return outcome;
}
