/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry as text: what is written is read back, and what is wrong is refused. */
#include <string.h>

#include "lib/clock.h"
#include "tests/unit/check.h"
#include "tools/registry/line.h"

static struct arena arena;
static struct error e;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

union row {
	struct relay relay;
	struct record record;
	struct account account;
	max_align_t room[16];
};

/* Reads the line, which must be of that kind, and writes it again as WANTED. */
static void comes_out(const char *line, const struct kind *wanted_kind, const char *wanted)
{
	union row row;
	const struct kind *kind;
	struct text out = { 0 };
	assert_done(line_read(line, &kind, &row, &arena, &e), &e);
	assert_ptr_equal(kind, wanted_kind);
	line_write(kind, &row, &out);
	assert_string_equal(out.bytes, wanted);
	text_free(&out);
}

static void is_refused(const char *line, const char *says)
{
	union row row;
	const struct kind *kind;
	assert_outcome(line_read(line, &kind, &row, &arena, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static void fields_that_are_missing_are_standard(void **state)
{
	(void)state;
	comes_out("rule relay=r1 pool=fe", &rule_kind, "rule pool=fe relay=r1 verdict=include\n");
	comes_out("  rule   pool=fe  relay=r1 ", &rule_kind, "rule pool=fe relay=r1 verdict=include\n");
}

static void values_get_their_normal_form(void **state)
{
	(void)state;
	comes_out("record zone=B5P.us. owner=WWW.b5p.us type=a ttl=60 rdata=wAACAQ==", &record_kind,
		"record zone=b5p.us owner=www.b5p.us type=A ttl=60 rdata=wAACAQ==\n");
	comes_out("rule pool=FE relay=r1 verdict=exclude", &rule_kind,
		"rule pool=fe relay=r1 verdict=exclude\n");
}

static void quotes_hold_anything(void **state)
{
	(void)state;
	comes_out("rule pool=fe relay=r1 note=\"a \\\"b\\\" \\\\ c=d #\"", &rule_kind,
		"rule pool=fe relay=r1 verdict=include note=\"a \\\"b\\\" \\\\ c=d #\"\n");
	comes_out("rule pool=\"fe\" relay=r1 note=\"\"", &rule_kind,
		"rule pool=fe relay=r1 verdict=include\n");
	comes_out("rule pool=fe relay=r1 note=plain", &rule_kind,
		"rule pool=fe relay=r1 verdict=include note=plain\n");
	comes_out("rule pool=fe relay=r1 note=\"\xc3\xbc\"", &rule_kind,
		"rule pool=fe relay=r1 verdict=include note=\"\xc3\xbc\"\n");
}

/* What a line does not say of a relay that is there. */
static void secrets_and_dates_are_kept(void **state)
{
	(void)state;
	static const char there[] = "relay name=r1 addresses=192.0.2.1 weight=7 since=2026-01-01 note=old token=AAAA";
	static const struct {
		const char *line, *wanted;
	} cases[] = {
		{ "relay name=r1", "port=443 state=service tls=none weight=100 allow_private=no since=2026-01-01T00:00:00Z token=AAAA\n" },
		{ "relay name=r1 since=2026-02-01 token=\"\"", "weight=100 allow_private=no since=2026-02-01T00:00:00Z\n" },
		{ "relay name=r1 token=BBBB since=never", "allow_private=no since=never token=BBBB\n" },
		{ "relay name=r1 state=out since=2026-02-01", "state=out tls=none weight=100 allow_private=no since=2026-02-01T00:00:00Z token=AAAA\n" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		union any_row row, was;
		const struct kind *kind;
		uint64_t given;
		struct text out = { 0 };
		assert_done(line_read(there, &kind, &was, &arena, &e), &e);
		assert_done(line_read_given(cases[i].line, &kind, &row, &given, &arena, &e), &e);
		line_keep(kind, &row, &was, given);
		line_write(kind, &row, &out);
		assert_says(out.bytes, cases[i].wanted);
		text_free(&out);
	}
}

/* Since when a state is so is not since when the last one was, whatever an older line says. */
static void another_state_has_another_date(void **state)
{
	(void)state;
	static const char *const lines[] = { "relay name=r1 state=draining", "relay name=r1 state=draining since=2026-01-01" };
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		union any_row row, was;
		const struct kind *kind;
		uint64_t given;
		int64_t now = clock_date();
		assert_done(line_read("relay name=r1 since=2026-01-01", &kind, &was, &arena, &e), &e);
		assert_done(line_read_given(lines[i], &kind, &row, &given, &arena, &e), &e);
		line_keep(kind, &row, &was, given);
		assert_true(row.relay.since >= now);
	}
	union any_row host, other;
	const struct kind *kind;
	uint64_t given;
	assert_done(line_read("host name=h.test addresses=192.0.2.1 updated=2026-01-01", &kind, &other, &arena, &e), &e);
	assert_done(line_read_given("host name=h.test addresses=192.0.2.1", &kind, &host, &given, &arena, &e), &e);
	line_keep(kind, &host, &other, given);
	assert_true(host.host.updated == other.host.updated);
	assert_done(line_read_given("host name=h.test addresses=192.0.2.2", &kind, &host, &given, &arena, &e), &e);
	line_keep(kind, &host, &other, given);
	assert_true(host.host.updated > other.host.updated);
}

static void what_is_declared_has_no_secrets_and_no_dates(void **state)
{
	(void)state;
	union any_row row;
	const struct kind *kind;
	struct text out = { 0 };
	assert_done(line_read("relay name=r1 since=2026-01-01 note=n token=AAAA", &kind, &row, &arena, &e), &e);
	line_write_declared(kind, &row, &out);
	assert_string_equal(out.bytes, "relay name=r1 port=443 state=service tls=none weight=100 allow_private=no note=n\n");
	text_free(&out);
	assert_done(line_read("tsig name=k.test secret=AAAA names=a.test", &kind, &row, &arena, &e), &e);
	line_write_declared(kind, &row, &out);
	assert_string_equal(out.bytes, "tsig name=k.test algorithm=hmac-sha256 transfer=no names=a.test\n");
	text_free(&out);
}

/* Every character that a note may have, alone and between others. */
static void every_character_comes_back(void **state)
{
	(void)state;
	for (int c = ' ' + 1; c < 127; c++) {
		char note[4] = { (char)c, 'x', (char)c, '\0' };
		struct rule row = { .pool = "fe", .relay = "r1", .note = note };
		union row again;
		const struct kind *kind;
		struct text line = { 0 };
		line_write(&rule_kind, &row, &line);
		line.bytes[line.length - 1] = '\0';
		assert_done(line_read(line.bytes, &kind, &again, &arena, &e), &e);
		assert_true(lines_same(&rule_kind, &row, &again));
		text_free(&line);
	}
}

static void comments_are_nothing(void **state)
{
	(void)state;
	static const char *const lines[] = { "", " ", "\t", "# relay name=r1", "  #" };
	union row row;
	const struct kind *kind;
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		assert_outcome(line_read(lines[i], &kind, &row, &arena, &e), ABSENT, &e);
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	is_refused("thing name=x", "'thing' is no kind of object");
	is_refused("relay-with-a-name-beyond-all-measure-and-more name=x", "is no kind of object");
	is_refused("rule pool=fe", "a rule needs relay=");
	is_refused("rule pool=fe relay=", "relay");
	is_refused("rule pool=fe relay=r1 colour=red", "a rule has no field 'colour'");
	is_refused("rule pool=fe relay=r1 pool=fe", "pool stands twice");
	is_refused("rule pool=fe relay=r1 note", "wanted FIELD=VALUE");
	is_refused("rule pool=fe relay=r1 =x", "has no field ''");
	is_refused("rule pool=fe relay=r1 note=\"x", "a quote is not closed");
	is_refused("rule pool=fe relay=r1 note=\"x\\", "a quote is not closed");
	is_refused("rule pool=fe relay=r1 note=\"x\\\"", "a quote is not closed");
	is_refused("rule pool=fe relay=r1 note=\"x\"y", "a space is wanted");
	is_refused("rule pool=fe relay=r1 verdict=perhaps", "verdict");
	is_refused("rule pool=fe relay=r1 note=\"\x01\"", "note");
	is_refused("rule pool=fe relay=r1 note=\"\xff\"", "note");
	is_refused("relay name=r1 weight=-1", "weight");
	is_refused("relay name=r1 weight=99999999999999999999", "weight");
	is_refused("record zone=b5p.us owner=b5p.us type=A rdata=x", "rdata");
}

/* Secrets are in an export, for it is a backup; sealed. */
static void hidden_fields_are_written(void **state)
{
	(void)state;
	comes_out("account name=a hosts=\"*.b5p.us b5p.us\" token=AAEC", &account_kind,
		"account name=a hosts=\"*.b5p.us b5p.us\" role=client allow_private=no blocked=no suspended=no quota=0 token=AAEC\n");
}

static void rows_are_compared(void **state)
{
	(void)state;
	struct rule a = { .pool = "fe", .relay = "r1", .note = "x" }, b = a;
	assert_true(lines_same(&rule_kind, &a, &b));
	b.note = "y";
	assert_false(lines_same(&rule_kind, &a, &b));
	b = a;
	b.verdict = RULE_EXCLUDE;
	assert_false(lines_same(&rule_kind, &a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(fields_that_are_missing_are_standard),
		cmocka_unit_test(values_get_their_normal_form), cmocka_unit_test(quotes_hold_anything),
		cmocka_unit_test(every_character_comes_back), cmocka_unit_test(comments_are_nothing),
		cmocka_unit_test(what_is_wrong_is_refused), cmocka_unit_test(hidden_fields_are_written),
		cmocka_unit_test(rows_are_compared), cmocka_unit_test(secrets_and_dates_are_kept),
		cmocka_unit_test(another_state_has_another_date),
		cmocka_unit_test(what_is_declared_has_no_secrets_and_no_dates) };
	return cmocka_run_group_tests_name("tools/registry/line", tests, NULL, empty_arena);
}
