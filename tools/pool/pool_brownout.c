/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock pool brownout LABEL --report`: whether clients in the brownout could use the successor's answer. A client that
 * finds no relay it can talk to asks again and again; one that gives up does not come back. */
#include <math.h>

#include "steering/brownout.h"
#include "steering/bucket.h"
#include "steering/pace.h"
#include "tools/pool/pool.h"
#include "tools/table.h"
#include "tools/telemetry.h"

struct part {
	double networks;
	int64_t queries;
	struct pace_part lots[TELEMETRY_LOTS];
};

enum verdict { VERDICT_NOBODY, VERDICT_UNKNOWN, VERDICT_HEALTHY, VERDICT_TROUBLE };

struct report {
	const struct pool *pool;
	bool over;
	struct part parts[3]; /* by enum telemetry_part */
	double back;          /* networks that were in the brownout and asked again afterwards */
	struct pace pace;     /* of those in the brownout, and all others */
	enum verdict verdict;
};

/* More often than chance makes, and by a tenth at least: below that it is worth no word. */
static enum verdict judge(const struct report *r)
{
	static const double noise = 1.1, tolerance = 1.5;
	if (r->parts[TELEMETRY_GIVEN].queries == 0)
		return VERDICT_NOBODY;
	if (r->pace.known && r->pace.low > 1 && r->pace.ratio > noise)
		return VERDICT_TROUBLE;
	return r->pace.known && r->pace.high < tolerance ? VERDICT_HEALTHY : VERDICT_UNKNOWN;
}

static int count_lot(struct report *r, const struct telemetry_files *files, unsigned lot, int64_t first, int64_t last,
	struct error *e)
{
	char names[3][TELEMETRY_BROWNOUT];
	double either = 0, networks[3] = { 0 };
	int outcome = DONE;
	for (enum telemetry_part part = 0; part < 3 && outcome >= DONE; part++) {
		struct telemetry_day total;
		telemetry_brownout(r->pool->label, r->pool->brownout_from, part, lot, names[part]);
		outcome = telemetry_total(files, names[part], first, last, &total, e);
		if (outcome != DONE)
			continue;
		networks[part] = total.networks;
		r->parts[part].networks += total.networks;
		r->parts[part].queries += total.queries;
		r->parts[part].lots[lot] = (struct pace_part){ total.networks, (double)total.queries };
	}
	if (outcome >= DONE)
		outcome = telemetry_either(files, names[TELEMETRY_GIVEN], names[TELEMETRY_AFTER], first, last, &either, e);
	r->back += fmax(0, fmin(networks[TELEMETRY_GIVEN] + networks[TELEMETRY_AFTER] - either, networks[TELEMETRY_GIVEN]));
	return outcome;
}

static int count_parts(struct report *r, const struct telemetry_files *files, int64_t first, int64_t last,
	struct error *e)
{
	int outcome = DONE;
	for (unsigned lot = 0; lot < TELEMETRY_LOTS && outcome >= DONE; lot++)
		outcome = count_lot(r, files, lot, first, last, e);
	r->back = fmin(round(r->back), round(r->parts[TELEMETRY_GIVEN].networks));
	r->pace = pace_compare(r->parts[TELEMETRY_GIVEN].lots, r->parts[TELEMETRY_OTHERS].lots, TELEMETRY_LOTS);
	r->verdict = judge(r);
	return outcome < DONE ? outcome : DONE;
}

static double each(const struct part *part)
{
	return part->networks < 0.5 ? 0 : (double)part->queries / part->networks;
}

static void say_part(FILE *out, const char *who, const struct part *part)
{
	fprintf(out, "  %-8s%6.0f network%s asked %lld times, %.1f each\n", who, part->networks,
		lround(part->networks) == 1 ? " " : "s", (long long)part->queries, each(part));
}

static void say_pace(FILE *out, const struct report *r)
{
	static const char *const verdicts[] = { [VERDICT_UNKNOWN] = "too few to tell that from chance",
		[VERDICT_HEALTHY] = "they fare as well", [VERDICT_TROUBLE] = "some found no relay there" };
	const struct pace *pace = &r->pace;
	if (r->verdict == VERDICT_NOBODY)
		fprintf(out, "nobody of them has asked yet\n");
	else if (!pace->known)
		fprintf(out, "so few have asked that nothing can be told of how they fare\n");
	else
		fprintf(out, "those who were given it asked %.1f times as often as others (98 %%: %.1f to %.1f): %s\n", pace->ratio,
			pace->low, pace->high, verdicts[r->verdict]);
}

static void say_verdict(FILE *out, const struct report *r)
{
	const struct part *given = &r->parts[TELEMETRY_GIVEN];
	double gone = round(given->networks) - r->back;
	say_pace(out, r);
	if (!r->over)
		fprintf(out, "it has not ended: who comes back is counted for %d hours from then on\n", BROWNOUT_AFTERMATH / 3600);
	else if (given->queries > 0)
		fprintf(out, "%.0f of %.0f came back after it had ended%s\n", r->back, given->networks,
			gone >= 1 ? "; the others were not heard of again" : "");
}

static void tell(struct command *c, const struct report *r)
{
	const struct pool *pool = r->pool;
	fprintf(c->out, "%s: %lld %% of client networks %s the answer of %s from %s to %s\n", pool->label,
		(long long)pool->brownout, r->over ? "got" : "get", pool->successor,
		date_text(c, pool->brownout_from), date_text(c, pool->brownout_until));
	say_part(c->out, "these", &r->parts[TELEMETRY_GIVEN]);
	say_part(c->out, "others", &r->parts[TELEMETRY_OTHERS]);
	say_verdict(c->out, r);
}

static json_t *part_json(const struct part *part)
{
	return json_pack("{s:f, s:I}", "networks", round(part->networks), "queries", (json_int_t)part->queries);
}

static json_t *as_json(struct command *c, const struct report *r)
{
	static const char *const verdicts[] = { "nobody", "unknown", "healthy", "trouble" };
	const struct pool *pool = r->pool;
	bool known = r->pace.known;
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:f, s:s, s:o, s:o, s:o}", "pool", pool->label, "percent",
		(json_int_t)pool->brownout, "successor", pool->successor, "from", date_text(c, pool->brownout_from),
		"until", date_text(c, pool->brownout_until), "over", r->over, "given",
		part_json(&r->parts[TELEMETRY_GIVEN]), "others", part_json(&r->parts[TELEMETRY_OTHERS]), "after",
		part_json(&r->parts[TELEMETRY_AFTER]), "back", r->back, "verdict", verdicts[r->verdict],
		"ratio", known ? json_real(r->pace.ratio) : json_null(), "ratio_low", known ? json_real(r->pace.low) : json_null(),
		"ratio_high", known ? json_real(r->pace.high) : json_null());
}

int pool_brownout_report(struct command *c, const struct pool *pool, int64_t now, struct error *e)
{
	struct report r = { .pool = pool, .over = now >= pool->brownout_until };
	struct telemetry_files files = { .count = 0 };
	int outcome = pool->brownout_from == 0 || pool->brownout == 0
		? fail(e, ABSENT, "pool %s had no brownout", pool->label) : telemetry_take(c, &files, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = count_parts(&r, &files, steering_day(pool->brownout_from), steering_day(now), e);
	telemetry_drop(&files);
	if (outcome < DONE)
		return outcome;
	if (outcome == DONE && c->json)
		print_json(c, as_json(c, &r));
	else if (outcome == DONE)
		tell(c, &r);
	return outcome;
}
