/* SPDX-License-Identifier: BSD-2-Clause */
/* What is added to telemetry: uses by pool and zone, unknown labels, relays' sessions; and old days, which go. */
#include <string.h>

#include "registry/telemetry_file.h"

int telemetry_prune(struct telemetry *t, int64_t today, struct error *e)
{
	int outcome = DONE;
	for (enum telemetry_statement which = PRUNE_USE; which <= PRUNE_SESSIONS && outcome == DONE; which++) {
		sqlite3_stmt *statement;
		outcome = telemetry_prepare(t, which, &statement, e);
		if (outcome == DONE) {
			sqlite3_bind_int64(statement, 1, today - TELEMETRY_DAYS);
			outcome = telemetry_run(t, statement, "removing old days", e);
		}
	}
	return outcome;
}

/* Of two statements, the one for pools or the one for zones, with its key bound. */
static int prepare_use(struct telemetry *t, const struct telemetry_use *key, enum telemetry_statement pools,
	enum telemetry_statement zones, sqlite3_stmt **statement, struct error *e)
{
	int outcome = telemetry_prepare(t, key->pool != NULL ? pools : zones, statement, e);
	if (outcome != DONE)
		return outcome;
	telemetry_bind_text(*statement, 1, key->pool != NULL ? key->pool : key->zone);
	sqlite3_bind_int64(*statement, 2, key->day);
	telemetry_bind_text(*statement, 3, key->node);
	return DONE;
}

static int get_use(struct telemetry *t, const struct telemetry_use *key, int64_t *queries,
	struct sketch *networks, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare_use(t, key, USE_GET, ZONE_GET, &statement, e);
	if (outcome != DONE)
		return outcome;
	int code = sqlite3_step(statement);
	*queries = 0;
	memset(networks, 0, sizeof *networks);
	if (code == SQLITE_ROW) {
		*queries = sqlite3_column_int64(statement, 0);
		telemetry_sketch(statement, 1, networks);
	} else if (code != SQLITE_DONE) {
		outcome = telemetry_trouble(t, e, "reading");
	}
	sqlite3_reset(statement);
	return outcome;
}

int telemetry_add_use(struct telemetry *t, struct telemetry_use *use, struct error *e)
{
	uint8_t bytes[SKETCH_REGISTERS];
	struct sketch before;
	int64_t queries;
	sqlite3_stmt *statement;
	int outcome = get_use(t, use, &queries, &before, e);
	if (outcome == DONE)
		outcome = prepare_use(t, use, USE_PUT, ZONE_PUT, &statement, e);
	if (outcome != DONE)
		return outcome;
	use->queries += queries;
	sketch_merge(&use->networks, &before);
	sqlite3_bind_int64(statement, 4, use->queries);
	sqlite3_bind_blob64(statement, 5, bytes, sketch_write(&use->networks, bytes), SQLITE_STATIC);
	return telemetry_run(t, statement, "writing", e);
}

int telemetry_add_unknown(struct telemetry *t, const struct telemetry_unknown *unknown, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = telemetry_prepare(t, UNKNOWN_ADD, &statement, e);
	if (outcome != DONE)
		return outcome;
	telemetry_bind_text(statement, 1, unknown->node);
	sqlite3_bind_int64(statement, 2, unknown->day);
	telemetry_bind_text(statement, 3, unknown->label);
	sqlite3_bind_int64(statement, 4, unknown->queries);
	sqlite3_bind_int64(statement, 5, unknown->last);
	sqlite3_bind_int64(statement, 6, TELEMETRY_UNKNOWN);
	return telemetry_run(t, statement, "writing", e);
}

int telemetry_put_sessions(struct telemetry *t, const char *relay, int64_t day,
	const struct telemetry_sessions *sessions, size_t count, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = telemetry_prepare(t, SESSIONS_DROP, &statement, e);
	if (outcome == DONE) {
		sqlite3_bind_int64(statement, 1, day);
		telemetry_bind_text(statement, 2, relay);
		outcome = telemetry_run(t, statement, "writing", e);
	}
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		outcome = telemetry_prepare(t, SESSIONS_ADD, &statement, e);
		if (outcome != DONE)
			break;
		sqlite3_bind_int64(statement, 1, day);
		telemetry_bind_text(statement, 2, relay);
		telemetry_bind_text(statement, 3, sessions[i].version);
		sqlite3_bind_int64(statement, 4, sessions[i].sessions);
		outcome = telemetry_run(t, statement, "writing", e);
	}
	return outcome;
}
