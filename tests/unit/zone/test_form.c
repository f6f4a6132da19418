/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand beside what, by hand. */
#include "zone/form.h"

#include <string.h>

#include "tests/unit/check.h"

enum { A = 1, NS = 2, CNAME = 5, MX = 15, TXT = 16, DNAME = 39 };

struct row {
	unsigned is;
	uint16_t types[3];
	const char *fault; /* NULL: none */
};

static unsigned form_of(const struct row *row)
{
	unsigned form = row->is;
	for (size_t i = 0; i < COUNT_OF(row->types) && row->types[i] != 0; i++)
		form = form_with(form, row->types[i]);
	return form;
}

static void what_cannot_stand_side_by_side_is_told(void **state)
{
	static const struct row rows[] = {
		{ 0, { A, TXT, MX }, NULL }, { 0, { CNAME }, NULL }, { 0, { CNAME, CNAME }, "more than one CNAME" },
		{ 0, { CNAME, A }, "CNAME and other data" }, { 0, { TXT, CNAME }, "CNAME and other data" },
		{ 0, { CNAME, NS }, "CNAME and other data" }, { 0, { CNAME, DNAME }, "CNAME and other data" },
		{ FORM_APEX, { NS, TXT }, NULL }, { FORM_APEX, { CNAME }, "CNAME and other data" },
		{ FORM_APEX, { NS, DNAME }, NULL }, { 0, { NS, DNAME }, "NS and DNAME" }, { 0, { NS, A, TXT }, NULL },
		{ 0, { DNAME, A }, NULL }, { 0, { DNAME, DNAME }, "more than one DNAME" },
		{ FORM_WILDCARD, { CNAME }, NULL }, { FORM_WILDCARD, { NS }, "delegates nothing" },
		{ FORM_WILDCARD, { DNAME }, NULL }, { FORM_HOST, { TXT, MX }, NULL }, { FORM_HOST, { A }, NULL },
		{ FORM_HOST, { CNAME }, "a host's addresses" }, { FORM_HOST, { NS }, "delegated, and a host" },
		{ FORM_HOST, { DNAME }, "a host answers" }, { FORM_HOST | FORM_WILDCARD, { 0 }, NULL },
		{ FORM_HOST | FORM_WILDCARD, { TXT }, "is a host's" }, { FORM_HOST | FORM_WILDCARD, { A }, NULL }, { FORM_HOST | FORM_WILDCARD, { CNAME }, "is a host's" },
		{ FORM_POOL, { A, TXT }, NULL }, { FORM_POOL, { CNAME }, "a pool's addresses" },
		{ FORM_POOL, { NS }, "a pool's name" }, { FORM_POOL, { DNAME }, NULL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *fault = form_fault(form_of(&rows[i]));
		if ((fault == NULL) != (rows[i].fault == NULL) || (fault != NULL && strstr(fault, rows[i].fault) == NULL))
			fail_msg("row %zu: %s", i, fault == NULL ? "nothing" : fault);
	}
}

static void hosts_take_no_addresses_over(void **state)
{
	(void)state;
	assert_null(form_host_fault(form_with(0, TXT)));
	assert_says(form_host_fault(form_with(0, A)), "static addresses");
	assert_says(form_host_fault(form_with(0, CNAME)), "a host's addresses");
}

static void what_is_above_counts(void **state)
{
	(void)state;
	assert_null(form_fault_below(form_with(0, NS))); /* glue, and what it hides */
	assert_says(form_fault_below(form_with(0, DNAME)), "below a DNAME");
	assert_says(form_fault_below(form_with(FORM_APEX, DNAME)), "below a DNAME");
	assert_says(form_host_fault_below(form_with(0, NS)), "below a delegation");
	assert_null(form_host_fault_below(form_with(FORM_APEX, NS)));
	assert_says(form_host_fault_below(form_with(0, DNAME)), "below a DNAME");
}

/* Whatever was written: what is left of it has no fault. */
static void what_is_not_hidden_can_be_served(void **state)
{
	static const uint16_t types[] = { A, NS, CNAME, TXT, DNAME };
	static const unsigned is[] = { 0, FORM_APEX, FORM_WILDCARD, FORM_HOST, FORM_POOL };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(is); i++)
		for (unsigned has = 0; has < 1 << COUNT_OF(types); has++) {
			unsigned all = is[i], left = is[i];
			for (size_t t = 0; t < COUNT_OF(types); t++)
				all = (has >> t & 1) != 0 ? form_with(all, types[t]) : all;
			for (size_t t = 0; t < COUNT_OF(types); t++)
				left = (has >> t & 1) != 0 && !form_hides(all, types[t]) ? form_with(left, types[t]) : left;
			const char *fault = form_fault(left);
			/* a host at a cut, or above a DNAME, is hidden itself: by names above */
			if (fault != NULL && strstr(fault, "delegated") == NULL && strstr(fault, "answers") == NULL)
				fail_msg("role %u, types %u: %s", is[i], has, fault);
			if (form_fault(all) == NULL && (left & ~(unsigned)FORM_ADDRESS) != (all & ~(unsigned)FORM_ADDRESS))
				fail_msg("role %u, types %u: hidden for no reason", is[i], has);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_stand_side_by_side_is_told),
		cmocka_unit_test(hosts_take_no_addresses_over),
		cmocka_unit_test(what_is_above_counts),
		cmocka_unit_test(what_is_not_hidden_can_be_served),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
