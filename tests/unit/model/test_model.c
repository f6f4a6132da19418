/* SPDX-License-Identifier: BSD-2-Clause */
/* Each kind's fields: rows read, checked, copied and written. */
#include "model/model.h"
#include "wire/type.h"

#include <string.h>

#include "tests/unit/check.h"

static struct arena arena;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

union row {
	struct zone zone;
	struct relay relay;
	struct host host;
	max_align_t room[16];
};

static const struct field *field(const struct kind *kind, const char *name)
{
	const struct field *f = kind_field(kind, name, strlen(name));
	if (f == NULL)
		fail_msg("%s has no %s", kind->name, name);
	return f;
}

/* Every value read must come out as WANTED, and again when that is read. */
static void comes_out(const struct kind *kind, const char *name, const char *text, const char *wanted)
{
	union row row;
	struct error e;
	memset(&row, 0, sizeof row);
	for (int pass = 0; pass < 2; pass++) {
		struct text out = { 0 };
		text_add(&out, "");
		assert_done(field_read(field(kind, name), pass == 0 ? text : wanted, &row, &arena, &e), &e);
		field_write(field(kind, name), &row, &out);
		assert_string_equal(out.bytes, wanted);
		text_free(&out);
	}
}

static void is_refused(const struct kind *kind, const char *name, const char *text)
{
	union row row;
	struct error e = { "" };
	memset(&row, 0, sizeof row);
	if (field_read(field(kind, name), text, &row, &arena, &e) != REFUSED)
		fail_msg("%s %s '%s' was not refused", kind->name, name, text);
	assert_says(e.text, name);
}

static void values_have_one_normal_form(void **state)
{
	(void)state;
	comes_out(&zone_kind, "name", "B5P.us.", "b5p.us");
	comes_out(&relay_kind, "name", "R1", "r1");
	comes_out(&relay_kind, "addresses", "192.0.2.1,2001:DB8::1", "192.0.2.1 2001:db8::1");
	comes_out(&relay_kind, "addresses", "", "");
	comes_out(&relay_kind, "port", "65535", "65535");
	comes_out(&relay_kind, "state", "draining", "draining");
	comes_out(&relay_kind, "tls", "1.0,1.1,ssl3", "ssl3-1.1");
	comes_out(&relay_kind, "tls", "none", "none");
	comes_out(&relay_kind, "since", "2026-11-23T05:00:00Z", "2026-11-23T05:00:00Z");
	comes_out(&relay_kind, "since", "1795410000", "2026-11-23T05:00:00Z");
	comes_out(&relay_kind, "since", "never", "never");
	comes_out(&relay_kind, "note", "sch\xc3\xb6n", "sch\xc3\xb6n");
	comes_out(&relay_kind, "token", "Zm9vYg==", "Zm9vYg==");
	comes_out(&release_kind, "pools", "FE4_058, fe058 fe058", "fe4_058 fe058");
	comes_out(&release_kind, "families", "46", "46");
	comes_out(&account_kind, "hosts", "*.Demo.b5p.us,demo.b5p.us.", "*.demo.b5p.us demo.b5p.us");
	comes_out(&account_kind, "allow_private", "true", "yes");
	comes_out(&host_kind, "account", "", "");
	comes_out(&record_kind, "type", "type65280", "TYPE65280");
	comes_out(&record_kind, "type", "TYPE1", "A");
	comes_out(&record_kind, "type", "https", "HTTPS");
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	is_refused(&zone_kind, "name", "");
	is_refused(&zone_kind, "name", "a..b");
	is_refused(&relay_kind, "name", "-r");
	is_refused(&relay_kind, "name", "r 1");
	is_refused(&relay_kind, "name", "r\xc3\xb6");
	is_refused(&relay_kind, "name", "0123456789012345678901234567890123456789012345678901234567890123");
	is_refused(&relay_kind, "addresses", "192.0.2.1 nonsense");
	is_refused(&relay_kind, "port", "0");
	is_refused(&relay_kind, "port", "65536");
	is_refused(&relay_kind, "port", "https");
	is_refused(&relay_kind, "weight", "-1");
	is_refused(&relay_kind, "state", "Service");
	is_refused(&relay_kind, "state", "");
	is_refused(&relay_kind, "tls", "2.0");
	is_refused(&relay_kind, "since", "yesterday");
	is_refused(&relay_kind, "since", "2026-11-23T05:00:00Zx");
	is_refused(&relay_kind, "since", "1960-01-01T00:00:00Z");
	is_refused(&relay_kind, "since", "-1");
	is_refused(&relay_kind, "note", "two\nlines");
	is_refused(&relay_kind, "note", "del\x7f");
	is_refused(&relay_kind, "note", "half of a \xc3");
	is_refused(&relay_kind, "note", "latin\xf6");
	is_refused(&relay_kind, "note", "overlong \xc0\xaf");
	is_refused(&relay_kind, "note", "surrogate \xed\xa0\x80");
	is_refused(&relay_kind, "note", "beyond \xf4\x90\x80\x80");
	is_refused(&relay_kind, "token", "Zm9");
	is_refused(&release_kind, "tls", "none");
	is_refused(&release_kind, "pools", "");
	is_refused(&release_kind, "pools", "good b@d");
	is_refused(&account_kind, "hosts", "demo..b5p.us");
	is_refused(&account_kind, "blocked", "2");
	is_refused(&record_kind, "type", "TYPE0");
	is_refused(&record_kind, "type", "TYPE65536");
	is_refused(&record_kind, "type", "NONSENSE");
}

static void texts_have_a_longest(void **state)
{
	char text[502];
	(void)state;
	memset(text, 'x', sizeof text);
	text[501] = '\0';
	is_refused(&relay_kind, "note", text);
	text[500] = '\0';
	comes_out(&relay_kind, "note", text, text);
}

static void new_objects_are_whole(void **state)
{
	(void)state;
	for (const struct kind *const *kind = model_kinds; *kind != NULL; kind++) {
		union row row;
		struct error e;
		assert_true((*kind)->size <= sizeof row);
		assert_ptr_equal(model_kind((*kind)->name), *kind);
		assert_done(row_standard(*kind, &row, &arena, &e), &e);
		for (const struct field *f = (*kind)->fields; f < (*kind)->fields + (*kind)->count; f++) {
			struct text out = { 0 };
			assert_non_null(f->help);
			field_write(f, &row, &out);
			text_free(&out);
		}
	}
	assert_null(model_kind("nonsense"));
	assert_null(kind_field(&zone_kind, "nam", 3));
}

static struct relay good_relay(void)
{
	struct relay relay;
	struct error e;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = "r1";
	relay.addresses = "192.0.2.1 2001:db8::1";
	assert_done(row_check(&relay_kind, &relay, &e), &e);
	return relay;
}

static void refuses_row(struct relay relay, const char *words)
{
	struct error e = { "" };
	assert_outcome(row_check(&relay_kind, &relay, &e), REFUSED, &e);
	assert_says(e.text, words);
}

static void rows_are_checked(void **state)
{
	(void)state;
	struct relay relay = good_relay();
	relay.name = "";
	refuses_row(relay, "name");
	relay.name = "R1";
	refuses_row(relay, "normal form");
	relay = good_relay();
	relay.addresses = "192.0.2.1,192.0.2.2";
	refuses_row(relay, "relay r1: addresses");
	relay = good_relay();
	relay.state = 5;
	refuses_row(relay, "state");
	relay.state = -1;
	refuses_row(relay, "state");
	relay = good_relay();
	relay.tls = 32;
	refuses_row(relay, "tls");
	relay = good_relay();
	relay.port = 0;
	refuses_row(relay, "port");
	relay = good_relay();
	relay.since = -1;
	refuses_row(relay, "since");
	relay = good_relay();
	relay.note = "a\tb";
	refuses_row(relay, "note");
}

static void copies_and_cites(void **state)
{
	char name[] = "r1", token[] = "hash";
	struct relay relay = good_relay(), copy;
	struct error e;
	struct text cite = { 0 };
	(void)state;
	relay.name = name;
	relay.token = (struct blob){ token, 4 };
	relay.note = NULL;
	assert_done(row_copy(&relay_kind, &relay, &copy, &arena, &e), &e);
	name[0] = token[0] = 'x';
	assert_string_equal(copy.name, "r1");
	assert_string_equal(copy.note, "");
	assert_memory_equal(copy.token.data, "hash", 4);
	row_cite(&relay_kind, &copy, &cite);
	assert_string_equal(cite.bytes, "relay r1");
	text_free(&cite);
}

static void types(void **state)
{
	(void)state;
	for (unsigned type = 1; type <= 65535; type++) {
		char text[12];
		type_write((uint16_t)type, text);
		assert_int_equal(type_read(text), type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_have_one_normal_form),
		cmocka_unit_test(what_is_wrong_is_refused), cmocka_unit_test(texts_have_a_longest),
		cmocka_unit_test(new_objects_are_whole), cmocka_unit_test(rows_are_checked),
		cmocka_unit_test(copies_and_cites), cmocka_unit_test(types) };
	return cmocka_run_group_tests_name("model/model", tests, NULL, empty_arena);
}
