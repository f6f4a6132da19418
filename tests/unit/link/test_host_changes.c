/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts that ride on the doorbell: whole, or not at all. */
#include "link/host_changes.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static const struct host hosts[] = {
	{ .name = "a.test", .addresses = "192.0.2.1 2001:db8::1", .ttl = 60, .secret = { "\0s3cret\0", 8 } },
	{ .name = "b.test", .addresses = "", .ttl = 86400 },
};

static struct host_changes *both(void)
{
	struct host_changes *m = calloc(1, sizeof *m);
	assert_non_null(m);
	host_changes_add(m, &hosts[0]);
	host_changes_add(m, &hosts[1]);
	assert_false(m->broken);
	assert_int_equal(m->count, 2);
	return m;
}

static void what_is_added_is_read(void **state)
{
	struct host_changes *m = both();
	struct host host;
	size_t at = 0;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(host_changes_next(m->octets, m->size, &at, &host));
		assert_string_equal(host.name, hosts[i].name);
		assert_string_equal(host.addresses, hosts[i].addresses);
		assert_int_equal(host.ttl, hosts[i].ttl);
		assert_int_equal(host.secret.size, hosts[i].secret.size);
		if (host.secret.size > 0)
			assert_memory_equal(host.secret.data, hosts[i].secret.data, host.secret.size);
	}
	assert_false(host_changes_next(m->octets, m->size, &at, &host));
	assert_int_equal(at, m->size);
	free(m);
}

/* In a piece of memory of just that size, so that reading beyond it is seen. */
static size_t read_part(const uint8_t *octets, size_t size, size_t *at)
{
	uint8_t *part = malloc(size + (size == 0));
	struct host host;
	size_t count = 0;
	assert_non_null(part);
	memcpy(part, octets, size);
	for (*at = 0; host_changes_next(part, size, at, &host);)
		count++;
	free(part);
	return count;
}

static void what_is_cut_off_is_seen(void **state)
{
	struct host_changes *m = both();
	size_t at, first;
	(void)state;
	for (first = 0; read_part(m->octets, first, &at) == 0;)
		first++;
	for (size_t size = 1; size < m->size; size++) {
		assert_int_equal(read_part(m->octets, size, &at), size >= first);
		assert_true(at < size || size == first);
	}
	free(m);
}

static void what_is_no_text_is_refused(void **state)
{
	struct host_changes *m = both();
	struct host host;
	size_t at = 0;
	(void)state;
	assert_true(host_changes_next(m->octets, m->size, &at, &host));
	uint8_t *name = m->octets + (host.name - (const char *)m->octets);
	size_t length = strlen(host.name), ignored;
	name[2] = '\0'; /* ends too early */
	assert_int_equal(read_part(m->octets, m->size, &ignored), 0);
	name[2] = 'x';
	name[length] = 'x'; /* does not end */
	assert_int_equal(read_part(m->octets, m->size, &ignored), 0);
	memset(m->octets, 0, m->size); /* no octets at all, where the NUL should be */
	assert_int_equal(read_part(m->octets, m->size, &ignored), 0);
	memset(m->octets, 255, m->size);
	assert_int_equal(read_part(m->octets, m->size, &ignored), 0);
	free(m);
}

static void what_does_not_fit_breaks_it(void **state)
{
	struct host_changes *m = calloc(1, sizeof *m);
	static char text[70000];
	struct host large = { .name = "a.test", .addresses = text };
	(void)state;
	assert_non_null(m);
	memset(text, 'x', sizeof text - 1);
	host_changes_add(m, &large);
	assert_true(m->broken);
	assert_int_equal(m->size, 0);
	m->broken = false;
	for (int i = 0; i < 10000 && !m->broken; i++)
		host_changes_add(m, &hosts[0]);
	assert_true(m->broken);
	assert_true(m->size <= sizeof m->octets);
	host_changes_add(m, &hosts[1]); /* fits, but what was before it is missing */
	assert_true(m->broken);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_added_is_read),
		cmocka_unit_test(what_is_cut_off_is_seen), cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(what_does_not_fit_breaks_it) };
	return cmocka_run_group_tests_name("link/host_changes", tests, NULL, NULL);
}
