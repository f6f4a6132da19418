/* SPDX-License-Identifier: BSD-2-Clause */
/* What `windsock check` says of a fleet: states with their right verdict, then all that the fields allow, two by two,
 * against rules of their own. */
#include "tools/watch/check.h"

#include <stdio.h>
#include <string.h>

#include "steering/quorum.h"
#include "tests/unit/check.h"

enum { NOW = 1800000000, RELAYS = 3, PROBERS = 2, DAY = 86400 };

/* A pool of release 1, which speaks TLS 1.2, and its relays; a letter each:
 * u up, d down, n nobody looked, 0 up and without weight, o up and of old TLS, x drained, p deaf to its ping. */
struct state {
	const char *name, *relays;
	enum pool_state pool;
	enum tombstone tombstone;
	int least, said, left; /* said: seconds since the first prober spoke last; left: until the certificate ends */
	int second;            /* the same of the second prober; 0 for none */
	const char *paused;    /* NULL for no reason */
	bool slow, foreign, half; /* probers' clocks are behind; certificates are others'; one of two addresses is down */
	enum level level;
	const char *says;
};

static struct arena arena;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static bool is_watched(char c)
{
	return c != 'n' && c != 'x';
}

static struct observation seen(const struct state *s, const char *relay, const char *prober, char c, int said)
{
	int left = s->left;
	bool old = c == 'o', deaf = c == 'p';
	return (struct observation){ .relay = relay, .observer = prober, .version = "", .uuid = "", .reason = "",
		.pings = deaf ? "ping-1.0" : "", .names = "", .down = s->half && c != 'd' ? arena_format(&arena, "192.0.2.1%c", relay[1]) : "",
		.certificate = s->foreign ? CERTIFICATE_FOREIGN : CERTIFICATE_SERVES, .health = c == 'd' ? HEALTH_DOWN : HEALTH_UP,
		.tls = old ? 2 : 8, .heard = NOW - said, .at = NOW - said - (s->slow ? 200 : 0), .expires = left == 0 ? 0 : NOW + left };
}

static void make_fleet(const struct state *s, struct fleet *fleet)
{
	static const char *const names[] = { "r1", "r2", "r3" };
	size_t count = strlen(s->relays);
	fleet->relays = arena_take(&arena, RELAYS * sizeof *fleet->relays);
	fleet->observations = arena_take(&arena, (size_t)RELAYS * PROBERS * sizeof *fleet->observations);
	fleet->releases = arena_take(&arena, sizeof *fleet->releases);
	fleet->pools = arena_take(&arena, sizeof *fleet->pools);
	for (size_t i = 0; i < count; i++) {
		char c = s->relays[i];
		fleet->relays[i] = (struct relay){ .name = names[i], .note = "", .port = 443, .tls = c == 'o' ? 2 : 8,
			.addresses = arena_format(&arena, "192.0.2.%zu 192.0.2.1%zu", i + 1, i + 1), .weight = c == '0' ? 0 : 100,
			.state = c == 'x' ? RELAY_DRAINING : RELAY_SERVICE };
		if (is_watched(c))
			fleet->observations[fleet->observation_count++] = seen(s, names[i], "p1", c, s->said);
		if (is_watched(c) && s->second > 0)
			fleet->observations[fleet->observation_count++] = seen(s, names[i], "p2", c, s->second);
	}
	fleet->relay_count = count;
	fleet->releases[0] = (struct release){ .product = "p", .version = "1", .pools = "fe4_056", .note = "", .tls = 8,
		.ping = 2 };
	fleet->release_count = 1;
	fleet->pools[0] = (struct pool){ .label = "fe4_056", .note = "", .roster = "", .successor = "", .ttl = 300,
		.answers = 8, .least = s->least > 1 ? s->least : 1, .state = s->pool, .tombstone = s->tombstone, .paused = s->paused == NULL ? "" : s->paused };
	fleet->pool_count = 1;
	fleet->now = NOW;
}

/* The level of the survey's fleet; what is said goes to TEXT. */
static enum level level_of_fleet(struct survey *survey, const char **text)
{
	struct findings v = { .list = json_array() };
	struct error e;
	survey->memberships = arena_take(&arena, sizeof *survey->memberships);
	assert_done(steering_offers(&survey->fleet, &arena, &survey->offers, &e), &e);
	assert_done(steering_pool(&survey->fleet, survey->offers, &survey->fleet.pools[0], &arena, survey->memberships, &e), &e);
	check_fleet(&v, survey, &arena);
	*text = arena_text(&arena, v.details.bytes == NULL ? "" : v.details.bytes);
	enum level level = v.worst;
	json_decref(v.list);
	text_free(&v.details);
	text_free(&v.first);
	return level;
}

static enum level level_of(const struct state *s, const char **text)
{
	struct survey survey = { 0 };
	make_fleet(s, &survey.fleet);
	return level_of_fleet(&survey, text);
}

#define STATE(name, relays, ...) { name, relays, __VA_ARGS__ }
#define OK .level = LEVEL_OK, .says = ""
#define WARN(words) .level = LEVEL_WARNING, .says = words
#define BAD(words) .level = LEVEL_CRITICAL, .says = words

static const struct state states[] = {
	STATE("all is well", "uuu", OK),
	STATE("nobody ever looked", "nnn", OK),
	STATE("two are enough", "uu", OK),
	STATE("a drained one is no member", "uux", OK),
	STATE("one of old TLS is no member", "uuo", OK),
	STATE("one", "u", WARN("has one relay only")),
	STATE("one, not looked at", "n", WARN("has one relay only")),
	STATE("one besides drained ones", "uxx", WARN("has one relay only")),
	STATE("one besides old ones", "uoo", WARN("has one relay only")),
	STATE("none", "", BAD("has no compatible relay")),
	STATE("none but drained ones", "xxx", BAD("has no compatible relay")),
	STATE("one is down of three", "duu", WARN("relay r1 looks down")),
	STATE("two are down of three", "ddu", WARN("relay r2 looks down")),
	STATE("all are down", "ddd", BAD("all relays of pool fe4_056 look down")),
	STATE("the only one is down", "d", BAD("all relays of pool fe4_056 look down")),
	STATE("one has no weight", "0uu", OK),
	STATE("none has weight", "000", BAD("r1 has weight 0; r2 has weight 0; r3 has weight 0")),
	STATE("the only one has no weight", "0", BAD("0 of 1 relays of pool fe4_056 are well, and all are given out: r1 has weight 0")),
	STATE("down or without weight", "d00", BAD("r2 has weight 0")),
	STATE("one is deaf", "puu", OK),
	STATE("all are deaf", "ppp", BAD("r1 does not answer")),
	STATE("deaf, down and without weight", "pd0", BAD("r2 looks down")),
	STATE("two of three, which are wanted", "duu", .least = 2, WARN("relay r1 looks down")),
	STATE("two of three, and three are wanted", "duu", .least = 3, WARN("2 of 3 relays of pool fe4_056 are well")),
	STATE("one of three, and two are wanted", "ddu", .least = 2, WARN("1 of 3 relays of pool fe4_056 is well")),
	STATE("one without weight, three wanted", "0uu", .least = 3, WARN("r1 has weight 0")),
	STATE("three, and three are wanted", "uuu", .least = 3, OK),
	STATE("three, and five are wanted", "uuu", .least = 5, WARN("has 3 relays, and wants 5 at least")),
	STATE("three that nobody looked at, five wanted", "nnn", .least = 5, WARN("wants 5 at least")),
	STATE("one, and two are wanted", "u", .least = 2, WARN("has 1 relay, and wants 2 at least")),
	STATE("it waits to shrink", "uuu", .pool = POOL_SHRINKING, .paused = "only 2 look well", WARN("does not shrink: only 2")),
	STATE("it shrinks", "uuu", .pool = POOL_SHRINKING, OK),
	STATE("frozen", "uuu", .pool = POOL_FROZEN, OK),
	STATE("frozen, and all are down", "ddd", .pool = POOL_FROZEN, BAD("look down")),
	STATE("retired, with members", "uuu", .pool = POOL_RETIRED, OK),
	STATE("retired, with one", "u", .pool = POOL_RETIRED, OK),
	STATE("retired, with none", "xxx", .pool = POOL_RETIRED, BAD("has no compatible relay")),
	STATE("retired, and all are down", "ddd", .pool = POOL_RETIRED, BAD("look down")),
	STATE("retired to nothing", "uuu", .pool = POOL_RETIRED, .tombstone = TOMBSTONE_EMPTY, OK),
	STATE("probed lately", "uuu", .said = QUORUM_STALE, OK),
	STATE("not probed lately", "uuu", .said = QUORUM_STALE + 1, BAD("nobody probes: the last word on any relay is p1's, 15 minutes ago")),
	STATE("not for a month", "uuu", .said = 30 * DAY, BAD("720 hours ago")),
	STATE("one of two probers is dead", "uuu", .said = DAY, .second = 10, WARN("prober p1 has been silent for 1440 minutes")),
	STATE("both are", "uuu", .said = DAY, .second = DAY + 1, BAD("nobody probes")),
	STATE("both are alive", "uuu", .said = 5, .second = 50, OK),
	STATE("a certificate for long", "uuu", .left = 15 * DAY, OK),
	STATE("for ten days", "uuu", .left = 10 * DAY + 1, WARN("expires in 10 days")),
	STATE("for a day and a half", "uuu", .left = 36 * 3600, WARN("expires in 36 hours")),
	STATE("for an hour", "uuu", .left = 3600, WARN("expires in 1 hour\n")),
	STATE("for half an hour", "uuu", .left = 1800, WARN("expires in less than an hour")),
	STATE("expired half an hour ago", "uuu", .left = -1800, BAD("has expired")),
	STATE("expired long ago", "uuu", .left = -DAY, BAD("has expired")),
};

static void states_and_their_verdicts(void **context)
{
	(void)context;
	assert_true(sizeof states / sizeof states[0] >= 48);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		const char *text;
		enum level level = level_of(&states[i], &text);
		if (level != states[i].level || strstr(text, states[i].says) == NULL)
			fail_msg("%s: level %d, wanted %d and '%s': %s", states[i].name, level, states[i].level, states[i].says, text);
	}
}

/* The rules once more, without steering: how many of a kind there are. */
static enum level expected(const struct state *s)
{
	size_t members = 0, well = 0, watched = 0, in_service_down = 0, alive = 0;
	int said = s->second > 0 && s->second < s->said ? s->second : s->said;
	enum level worst = LEVEL_OK;
	for (const char *c = s->relays; *c != '\0'; c++) {
		members += strchr("udn0p", *c) != NULL;
		well += *c == 'u' || *c == 'n';
		in_service_down += *c == 'd';
		watched += is_watched(*c);
		alive += is_watched(*c) && *c != 'd';
	}
	bool silent = s->pool == POOL_RETIRED && s->tombstone == TOMBSTONE_EMPTY;
	bool dead = watched > 0 && (said > QUORUM_STALE || (s->left != 0 && s->left <= 0));
	if (dead || (!silent && well == 0))
		return LEVEL_CRITICAL;
	if (in_service_down > 0 || (watched > 0 && (s->slow || s->foreign)) || (alive > 0 && s->half) || (watched > 0 && s->left != 0 && s->left <= 14 * DAY)
		|| (watched > 0 && s->second > 0 && (s->said > QUORUM_STALE || s->second > QUORUM_STALE)))
		worst = LEVEL_WARNING;
	if (silent)
		return worst;
	if (s->paused != NULL || (members > well && (int)well < s->least))
		return LEVEL_WARNING;
	bool thin = s->pool != POOL_RETIRED && ((int)well < s->least || well == 1);
	return thin ? LEVEL_WARNING : worst;
}

/* The fields of a state, and how many values each is given: three relays, and what a pool and probers are. */
enum { RELAY_1, RELAY_2, RELAY_3, LEAST, SAID, LEFT, SECOND, PAUSED, POOL, SLOW, FOREIGN, HALF, FIELDS };
static const int values[FIELDS] = { 7, 7, 7, 4, 3, 4, 3, 2, 5, 2, 2, 2 };

static enum level of_values(const int chosen[FIELDS], enum level *wanted, const char **text)
{
	static const char letters[] = "udn0pox";
	static const int least[] = { 1, 2, 3, 5 }, ages[] = { 0, QUORUM_STALE + 1, 40 * DAY }, lefts[] = { 0, 30 * DAY, DAY, -5 };
	static const int seconds[] = { 0, 1, 2 * DAY };
	static const char *const pauses[] = { NULL, "it waits" };
	char relays[] = { letters[chosen[RELAY_1]], letters[chosen[RELAY_2]], letters[chosen[RELAY_3]], '\0' };
	const struct state s = { .name = "any", .relays = relays, .least = least[chosen[LEAST]], .said = ages[chosen[SAID]],
		.left = lefts[chosen[LEFT]], .second = seconds[chosen[SECOND]], .paused = pauses[chosen[PAUSED]],
		.slow = chosen[SLOW] != 0, .foreign = chosen[FOREIGN] != 0, .half = chosen[HALF] != 0,
		.pool = chosen[POOL] < 4 ? (enum pool_state)chosen[POOL] : POOL_RETIRED,
		.tombstone = chosen[POOL] == 4 ? TOMBSTONE_EMPTY : TOMBSTONE_MEMBERS };
	*wanted = expected(&s);
	return level_of(&s, text);
}

static void try_values(const int chosen[FIELDS])
{
	const char *text;
	enum level wanted, level = of_values(chosen, &wanted, &text);
	if (level != wanted)
		fail_msg("%d%d%d %d%d%d%d%d%d %d%d%d: level %d, wanted %d: %s", chosen[0], chosen[1], chosen[2], chosen[3], chosen[4],
			chosen[5], chosen[6], chosen[7], chosen[8], chosen[9], chosen[10], chosen[11], level, wanted, text);
	arena_free(&arena);
}

/* All values of any two fields together, beside many settings of the others: a bad one would hide whatever the two
 * come to. Each pair is seen among usual values, with one relay down, and 20 times among any. */
static void what_the_fields_allow(void **context)
{
	static const int backgrounds[][FIELDS] = { { 0 }, { 1 }, { 1, 1 } };
	size_t count = 0;
	uint32_t random = 1;
	(void)context;
	for (int one = 0; one < FIELDS; one++)
		for (int other = one + 1; other < FIELDS; other++)
			for (int pair = 0; pair < values[one] * values[other]; pair++)
				for (int background = 0; background < 3 + 20; background++) {
					int chosen[FIELDS];
					for (int f = 0; f < FIELDS; f++) {
						random = random * 1664525 + 1013904223;
						chosen[f] = background < 3 ? backgrounds[background][f] : (int)(random >> 16) % values[f];
					}
					chosen[one] = pair % values[one];
					chosen[other] = pair / values[one];
					try_values(chosen);
					count++;
				}
	assert_true(count == 1033 * 23);
}

/* And all of three relays beside each value of the other fields. */
static void relays_in_all_ways(void **context)
{
	(void)context;
	for (int pick = 0; pick < 7 * 7 * 7; pick++)
		for (int field = LEAST; field < FIELDS; field++)
			for (int value = 0; value < values[field]; value++) {
				int chosen[FIELDS] = { pick % 7, pick / 7 % 7, pick / 49 };
				chosen[field] = value;
				try_values(chosen);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(states_and_their_verdicts),
		cmocka_unit_test(what_the_fields_allow), cmocka_unit_test(relays_in_all_ways) };
	return cmocka_run_group_tests_name("tools/watch/check", tests, NULL, empty_arena);
}
