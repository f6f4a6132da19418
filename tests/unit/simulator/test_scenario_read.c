/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line of a scenario may say, and how it is refused. */
#include <string.h>

#include "simulator/scenario.h"
#include "tests/unit/check.h"

static struct scenario s;
static struct error e;

static int begin(void **state)
{
	(void)state;
	scenario_init(&s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scenario_free(&s);
	return 0;
}

static void takes(const char *line)
{
	assert_done(scenario_line(&s, line, &e), &e);
}

static void is_refused(const char *line, const char *says)
{
	assert_outcome(scenario_line(&s, line, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static void settings_are_taken(void **state)
{
	(void)state;
	takes("# nothing");
	takes("");
	takes("  from 2016-03-01   # the first day");
	takes("until 2018-05-31\r");
	takes("clients 100000");
	takes("networks 4000");
	takes("fresh 0.5%");
	takes("prober off");
	takes("os debian7 tls=ssl3-1.2 pings=\"head-1.0 ping-1.0\"");
	takes("os debian8 tls=1.0-1.2");
	takes("client p 1 pools=fe4_152 tls=1.2");
	takes("use p 1 33.34%");
	takes("use p 2 66.66");
	assert_done(scenario_finish(&s, &e), &e);
	assert_int_equal(s.from, 1456790400);
	assert_int_equal(s.until, 1527724800);
	assert_int_equal(s.clients, 100000);
	assert_int_equal(s.fresh, 50);
	assert_false(s.prober);
	assert_int_equal(scenario_os(&s, "debian7")->tls, 15);
	assert_int_equal(scenario_os(&s, "debian7")->pings, 3);
	assert_int_equal(scenario_os(&s, "debian8")->pings, 31);
	assert_null(scenario_os(&s, "debian9"));
	assert_int_equal(s.product_count, 2);
	assert_true(s.products[0].known);
	assert_string_equal(s.products[0].traits.pools, "fe4_152");
	assert_false(s.products[1].known);
	assert_int_equal(s.line, 13);
}

/* Fields go by the tables of model/model.h. */
static void every_field_of_a_pool_can_be_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < pool_kind.count; i++) {
		const struct field *field = &pool_kind.fields[i];
		struct pool pool;
		struct text line = { 0 };
		assert_done(row_standard(&pool_kind, &pool, &s.arena, &e), &e);
		text_addf(&line, "2016-03-01 pool set fe %s=\"", field->name);
		field_write(field, &pool, &line);
		text_add(&line, "\"");
		if ((field->flags & (FIELD_KEY | FIELD_HIDDEN)) != 0)
			is_refused(line.bytes, "no field 'label' to set");
		else
			takes(line.bytes);
		text_free(&line);
	}
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	is_refused("fly 7", "'fly': wanted a setting");
	is_refused("tls=1.2", "'tls': wanted a setting");
	is_refused("from", "wanted from DATE");
	is_refused("from 2016-02-30", "no date");
	is_refused("from 2015-02-29", "no date");
	is_refused("from 2016-13-01", "no date");
	is_refused("from 2016-00-01", "no date");
	is_refused("from 2016-3-1", "no date");
	is_refused("from 2016-03-011", "no date");
	is_refused("from 2016-03-01 tls=1", "no place here");
	is_refused("clients 0", "wanted a number");
	is_refused("clients many", "wanted a number");
	is_refused("networks 65537", "from 1 to 65536");
	is_refused("fresh 101%", "no share");
	is_refused("fresh %", "no share");
	is_refused("fresh 1%%", "no share");
	is_refused("prober perhaps", "wanted on or off");
	is_refused("os a", "needs tls=");
	is_refused("os a tls=1.9", "1.9");
	is_refused("os a tls=1.2 pings=knock", "'knock' is no form of ping");
	is_refused("os a tls=1.2 colour=red", "'colour=' has no place");
	is_refused("use p 1", "wanted use PRODUCT VERSION PERCENT");
	is_refused("client p 1 tls=1.2", "a release needs pools=");
	is_refused("client p 1 pools=fe tls=none", "may not be none");
	is_refused("2016-03-01", "nothing that can be done");
	is_refused("2016-03-01 24:00 relay drain r", "no time of day");
	is_refused("2016-03-01 9:00 relay drain r", "no time of day");
	is_refused("2016-03-01 relay fly r", "'relay fly' is nothing that can be done");
	is_refused("2016-03-01 relay drain", "wants 1 words behind it, not 0");
	is_refused("2016-03-01 relay drain r tls=1.2", "'tls=' has no place");
	is_refused("2016-03-01 relay add r", "needs os=");
	is_refused("2016-03-01 relay add r os=beos", "os 'beos' is not defined above");
	is_refused("2016-03-01 relay set r colour=red", "a relay has no field 'colour'");
	is_refused("2016-03-01 relay set r name=x", "a relay has no field 'name' to set");
	is_refused("2016-03-01 relay set r token=x", "a relay has no field 'token' to set");
	is_refused("2016-03-01 relay set r weight=much", "weight 'much'");
	is_refused("2016-03-01 relay set r weight=1 weight=2", "weight stands twice");
	is_refused("2016-03-01 relay set weight=1 r", "'r': wanted FIELD=VALUE");
	is_refused("2016-03-01 relay set r note=\"x", "a quote is not closed");
	is_refused("2016-03-01 pool shrink fe to=1", "needs to=NUMBER and by=DATE");
	is_refused("2016-03-01 pool shrink fe to=1 by=soon", "shrink_by 'soon'");
	is_refused("2016-03-01 move p 1 p 2", "wanted move");
	is_refused("2016-03-01 move p 1 p 1 share=1 days=1", "to itself");
	is_refused("2016-03-01 move p 1 p 2 share=1 days=0", "days '0'");
	is_refused("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25", "more than 24 words");
}

static void what_stands_twice_is_refused(void **state)
{
	(void)state;
	takes("use p 1 50%");
	is_refused("use p 1 50%", "has its share already");
	takes("os a tls=1.2");
	is_refused("os a tls=1.2", "there already");
	takes("client p 1 pools=fe tls=1.2");
	is_refused("client p 1 pools=fe tls=1.2", "there already");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(settings_are_taken, begin, end),
		cmocka_unit_test_setup_teardown(every_field_of_a_pool_can_be_set, begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(what_stands_twice_is_refused, begin, end) };
	return cmocka_run_group_tests_name("simulator/scenario_read", tests, NULL, NULL);
}
