/* SPDX-License-Identifier: BSD-2-Clause */
/* What a request costs does not grow with the zone: counted in steps of SQLite's machine, which a loaded computer does
 * not change. WINDSOCK_RECORDS=1000000 looks at as many. */
#include "tests/unit/updater/house.h"

#include "updater/grant.h"

static int64_t steps;

static int count_step(void *context)
{
	(void)context;
	steps++;
	return 0;
}

/* Static records, of which some begin with an underscore. */
static void fill(int64_t from, int64_t to)
{
	char statement[600];
	snprintf(statement, sizeof statement,
		"BEGIN; WITH RECURSIVE n (i) AS (SELECT %lld UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %lld) "
		"INSERT INTO record (zone, owner, type, rdata, ttl) "
		"SELECT 'b5p.us', iif(i %% 3, 's' || i || '.b5p.us', '_x.s' || i || '.b5p.us'), 16, x'0178', 60 FROM n; COMMIT",
		(long long)from, (long long)to);
	house_sql(statement);
}

static int64_t measure(void (*work)(void))
{
	house_sql("BEGIN");
	work(); /* statements are prepared once */
	house_sql("ROLLBACK; BEGIN");
	steps = 0;
	sqlite3_progress_handler(house_engine()->db, 1, count_step, NULL);
	work();
	sqlite3_progress_handler(house_engine()->db, 0, NULL, NULL);
	house_sql("ROLLBACK");
	house->transaction.parted = false; /* it went with the transaction */
	house->transaction.verb = NULL;
	return steps;
}

static void make_a_host(void)
{
	struct exchange x = { .request = { .authorization = "", .agent = "" } };
	struct account account = house_account("demo", &x.arena);
	struct host host;
	enum grant grant;
	assert_done(grant_host(house->access.registry, &x.arena, &account, "a.b.demo.b5p.us", &host, &grant, &house_error), &house_error);
	assert_int_equal(grant, GRANT_NEW);
	arena_free(&x.arena);
}

static void add_names(void)
{
	struct house_change changes[60];
	static char names[60][40];
	struct update_run asked;
	for (int i = 0; i < 60; i++) {
		snprintf(names[i], sizeof names[i], "_%d._tcp.demo.b5p.us", i);
		changes[i] = (struct house_change){ names[i], 16, CLASS_IN, "x" };
	}
	house->transaction.parted = true; /* the whole is to be rolled back */
	if (house_update("demo", changes, 60, &asked) != RCODE_NOERROR)
		fail_msg("%s", asked.why.text);
}

static void be_refused(void)
{
	const struct house_change change = { "_x.other.b5p.us", 16, CLASS_IN, "x" };
	struct update_run asked;
	assert_int_equal(house_update("demo", &change, 1, &asked), RCODE_REFUSED);
}

static void nothing_grows_with_the_zone(void **state)
{
	void (*const works[])(void) = { make_a_host, add_names, be_refused };
	const char *said = getenv("WINDSOCK_RECORDS");
	const int64_t sizes[] = { 0, 1000, said == NULL ? 30000 : atoll(said) };
	int64_t first[COUNT_OF(works)];
	(void)state;
	for (size_t s = 0; s < COUNT_OF(sizes); s++) {
		if (s > 0)
			fill(sizes[s - 1], sizes[s]);
		for (size_t w = 0; w < COUNT_OF(works); w++) {
			int64_t took = measure(works[w]);
			print_message("%lld records: work %zu takes %lld steps\n", (long long)sizes[s], w, (long long)took);
			if (s == 0)
				first[w] = took;
			/* a search that ends at the table's end takes a step or two less, each of 60 names its own */
			assert_true(took <= first[w] + first[w] / 20 + 16);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_grows_with_the_zone, house_open, house_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
