/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that runs out, at each place where some is taken: zones, snapshots, tables and evidence say so,
 * give back what they had, and leave the caller's alone. The linker leads their calls here. */
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *piece, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__real_arena_take(struct arena *arena, size_t size);
void *__real_arena_bytes(struct arena *arena, size_t size);
char *__real_arena_text(struct arena *arena, const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *piece, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void *__wrap_arena_take(struct arena *arena, size_t size);
void *__wrap_arena_bytes(struct arena *arena, size_t size);
char *__wrap_arena_text(struct arena *arena, const char *text);
char *__wrap_arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static long left = -1; /* requests until the one that fails; -1: none does */

static bool out(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
	return out() ? NULL : __real_realloc(piece, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return out() ? NULL : __real_aligned_alloc(align, size);
}

void *__wrap_arena_take(struct arena *arena, size_t size)
{
	return out() ? NULL : __real_arena_take(arena, size);
}

void *__wrap_arena_bytes(struct arena *arena, size_t size)
{
	return out() ? NULL : __real_arena_bytes(arena, size);
}

char *__wrap_arena_text(struct arena *arena, const char *text)
{
	return out() ? NULL : __real_arena_text(arena, text);
}

char *__wrap_arena_format(struct arena *arena, const char *format, ...)
{
	char text[1024];
	va_list values;
	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	return __wrap_arena_text(arena, text);
}

/* Runs ATTEMPT with the first request failing, then the second, until none is left to fail. */
static void starve(void (*attempt)(bool starved))
{
	for (long n = 0;; n++) {
		assert_true(n < 2000);
		left = n;
		attempt(true);
		bool all = left >= 0; /* it took fewer than N */
		left = -1;
		if (all)
			break;
	}
	attempt(false);
}

static const struct zone zone_row = { .name = "b5p.us", .primary = "ns1.b5p.us",
	.contact = "hostmaster.b5p.us", .ttl = 3600, .refresh = 1, .retry = 1, .expire = 1, .minimum = 60 };

/* Names enough for the table to grow, an empty one above each, and RDATA that wants more room. */
static int fill(struct zone_builder *b, struct error *e)
{
	static uint8_t large[9000];
	char owner[64];
	int outcome = DONE;
	for (int i = 0; i < 40 && outcome == DONE; i++) {
		snprintf(owner, sizeof owner, "x.h%d.b5p.us", i);
		const struct record row = { "b5p.us", owner, TYPE_TXT, 60, { large, i == 20 ? sizeof large : 100 } };
		outcome = zone_build_record(b, &row, e);
	}
	return outcome;
}

static struct zone_view *build(struct error *e)
{
	struct zone_builder *b;
	struct zone_view *zone;
	if (zone_build_begin(&zone_row, &b, e) != DONE)
		return NULL;
	if (fill(b, e) != DONE) {
		zone_build_cancel(b);
		return NULL;
	}
	return zone_build_end(b, &zone, e) == DONE ? zone : NULL;
}

static void build_zone(bool starved)
{
	struct error e = { "" };
	struct zone_view *zone = build(&e);
	assert_true(zone != NULL || (starved && strstr(e.text, "memory") != NULL));
	if (zone != NULL)
		assert_int_equal(zone->names.count, 81);
	zone_view_free(zone);
}

static void zones(void **state)
{
	(void)state;
	starve(build_zone);
}

static struct zone_view *zone, *below; /* with a name between them */

static void build_snapshot(bool starved)
{
	static struct relay relays[] = { { .name = "both", .addresses = "192.0.2.13 2001:db8::13", .port = 443,
		.state = RELAY_SERVICE, .tls = 31, .weight = 100, .note = "" },
		{ .name = "old", .addresses = "192.0.2.11", .port = 443, .state = RELAY_SERVICE, .tls = 3,
			.weight = 100, .note = "" } };
	static struct pool pools[] = { { .label = "fe4_058", .ttl = 300, .answers = 8, .note = "",
			.successor = "frontends", .brownout = 50, .brownout_until = 2 },
		{ .label = "frontends", .ttl = 300, .answers = 1, .note = "" } };
	const struct fleet fleet = { .relays = relays, .relay_count = 2, .pools = pools, .pool_count = 2,
		.now = 1 };
	struct arena arena = { 0 };
	struct error e = { "" };
	struct snapshot *snapshot = NULL;
	struct zone_view *zones[] = { zone, below };
	if (snapshot_new(zones, 2, &(struct key_ring){ 0 }, &fleet, 20000, NULL, &arena, &snapshot, &e) == DONE) {
		assert_int_equal(zone->holders, 2);
		snapshot_free(snapshot);
	} else {
		assert_true(starved && strstr(e.text, "memory") != NULL);
		arena_free(&arena); /* the caller's still */
	}
	assert_int_equal(zone->holders, 1);
}

static void snapshots(void **state)
{
	(void)state;
	struct error e = { "" };
	zone = build(&e);
	assert_non_null(zone);
	below = fixture_zone("low.far.b5p.us", "@ NS ns1.b5p.us.\n");
	zone->holders = below->holders = 1;
	starve(build_snapshot);
	zone_view_free(zone);
	zone_view_free(below);
}

static void make_table(bool starved)
{
	struct name_table table;
	if (name_table_init(&table, 4, 100))
		name_table_free(&table);
	else
		assert_true(starved && table.shard == NULL);
}

static void tables(void **state)
{
	(void)state;
	starve(make_table);
}

/* Put without memory: nothing was changed. */
static void a_full_table_stays_as_it_was(void **state)
{
	(void)state;
	enum { MANY = 16 }; /* in two shards of eight slots */
	struct node *nodes[MANY];
	struct name_table table;
	struct slots *slots;
	const struct node *old;
	size_t count = 0;
	for (size_t i = 0; i < MANY; i++) {
		nodes[i] = calloc(1, sizeof(struct node) + 16);
		assert_non_null(nodes[i]);
		memcpy(nodes[i]->bytes, (uint8_t[]){ 1, (uint8_t)('a' + i), 0 }, 3);
		nodes[i]->name_size = 3;
	}
	assert_true(name_table_init(&table, 1, 1));
	for (;; count++) {
		assert_true(count < MANY);
		left = 0;
		bool put = name_table_put(&table, nodes[count], &old, &slots);
		left = -1;
		assert_null(slots);
		if (!put)
			break;
	}
	assert_true(count > 0);
	assert_int_equal(table.count, count);
	assert_true(name_table_put(&table, nodes[count], &old, &slots));
	assert_non_null(slots);
	free(slots);
	name_table_free(&table);
	for (size_t i = 0; i < MANY; i++)
		free(nodes[i]);
}

static struct fixture fixture;

static void ask_evidence(bool starved)
{
	static const char *const names[] = { "_status.fe4_152.b5p.us", "_why.fe4_152.b5p.us" };
	static uint8_t packet[4096 + SCAN_BEHIND];
	for (int i = 0; i < 2; i++) {
		size_t size = fixture_query(packet, names[i], TYPE_TXT, 0);
		assert_true(respond(&fixture.worker, packet, size, 4096, &fixture.client, true) >= size);
		unsigned rcode = packet[3] & 15;
		assert_true(rcode == RCODE_NOERROR ? packet[7] > 0 : starved && rcode == RCODE_SERVFAIL);
	}
}

static void evidence(void **state)
{
	(void)state;
	fixture_make(&fixture);
	starve(ask_evidence);
	fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones),
		cmocka_unit_test(snapshots),
		cmocka_unit_test(tables),
		cmocka_unit_test(a_full_table_stays_as_it_was),
		cmocka_unit_test(evidence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
