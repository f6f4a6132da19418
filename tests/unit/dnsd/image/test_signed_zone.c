/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed zone as secondaries get it: what is published of it, and that its differences say what changed. */
#include "dnsd/image/signed_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/store/node.h"
#include "tests/unit/check.h"

/* A signature says what it is for, and which one it is, so that another one is seen to be another. */
static unsigned signatures;

static int sign(void *context, const struct zone_rrset *set, int64_t now, uint8_t *out, size_t *size,
	int64_t *expires, struct error *e)
{
	const int *broken = context;
	if (*broken)
		return fail(e, FAILED, "no key");
	signatures++;
	*size = 8;
	memset(out, 0, 8);
	out[1] = 6;
	out[2] = (uint8_t)(set->type >> 8);
	out[3] = (uint8_t)set->type;
	out[4] = (uint8_t)now;
	for (size_t i = 0; i < set->rdatas.size; i++)
		out[5] = (uint8_t)(out[5] * 31 + set->rdatas.octets[i]);
	*expires = now + 100;
	return DONE;
}

static int broken;
static const struct zone_signer signer = { sign, &broken };

static struct signed_zone *new_zone(size_t journal)
{
	struct signed_zone *z;
	struct name apex;
	struct error e;
	assert_outcome(name_read("example", &apex, &e), DONE, &e);
	assert_outcome(signed_zone_new(&apex, 60, journal, &signer, &z, &e), DONE, &e);
	return z;
}

/* TEXT is the RDATAs, each a word; "" for none. */
static int put(struct signed_zone *z, const char *owner, uint16_t type, const char *text)
{
	uint8_t octets[512];
	struct zone_rrset set = { .type = type, .ttl = 60, .rdatas.octets = octets };
	struct error e;
	assert_outcome(name_read(owner, &set.owner, &e), DONE, &e);
	while (*text != '\0') {
		size_t length = strcspn(text, " ");
		uint8_t *at = octets + set.rdatas.size;
		at[0] = 0;
		at[1] = (uint8_t)length;
		memcpy(at + 2, text, length);
		set.rdatas.size += 2 + length;
		text += length + (text[length] == ' ');
	}
	return signed_zone_put(z, &set, &e);
}

static void put_soa(struct signed_zone *z, uint32_t serial)
{
	char soa[16];
	snprintf(soa, sizeof soa, "soa%u", (unsigned)serial);
	assert_int_equal(put(z, "example", TYPE_SOA, soa), DONE);
}

static void commit(struct signed_zone *z, uint32_t serial, int64_t now)
{
	struct error e = { "" };
	put_soa(z, serial);
	assert_outcome(signed_zone_commit(z, serial, now, &e), DONE, &e);
	assert_int_equal(signed_zone_serial(z), serial);
}

/* A zone's RRs as lines: NAME TYPE RDATA. RDATA of NSEC is the next name and the types. */
enum { LINES = 4096, LINE = 200 };
struct lines {
	char line[LINES][LINE];
	size_t count;
};

static void describe_nsec(const struct zone_rr *rr, char *line, size_t room)
{
	char next[NAME_TEXT];
	size_t at = name_write(rr->rdata, next), size = name_size(rr->rdata, rr->length);
	assert_true(size > 0 && at < LINE);
	int written = snprintf(line, room, "%s", next);
	for (; size < rr->length; size += 2 + (size_t)rr->rdata[size + 1])
		for (unsigned bit = 0; bit < 8u * rr->rdata[size + 1]; bit++)
			if (rr->rdata[size + 2 + bit / 8] & 128 >> bit % 8)
				written += snprintf(line + written, room - (size_t)written, " %u",
					rr->rdata[size] * 256u + bit);
}

static int take(const struct zone_rr *rr, void *context, struct error *e)
{
	struct lines *lines = context;
	char owner[NAME_TEXT], *line = lines->line[lines->count++];
	(void)e;
	assert_true(lines->count < LINES);
	name_write(rr->owner->wire, owner);
	int at = snprintf(line, LINE, "%s %u ", owner, rr->type);
	if (rr->type == TYPE_NSEC)
		describe_nsec(rr, line + at, LINE - (size_t)at);
	else if (rr->type == TYPE_RRSIG)
		snprintf(line + at, LINE - (size_t)at, "of %u at %u %02x", rr->rdata[0] * 256u + rr->rdata[1],
			rr->rdata[2], rr->rdata[3]);
	else
		snprintf(line + at, LINE - (size_t)at, "%.*s", (int)rr->length, (const char *)rr->rdata);
	return DONE;
}

static struct lines *walk(const struct signed_zone *z)
{
	struct lines *lines = calloc(1, sizeof *lines);
	struct error e;
	assert_non_null(lines);
	assert_outcome(signed_zone_walk(z, take, lines, &e), DONE, &e);
	return lines;
}

static struct lines *differences(const struct signed_zone *z, uint32_t from)
{
	struct lines *lines = calloc(1, sizeof *lines);
	struct error e;
	assert_non_null(lines);
	assert_outcome(signed_zone_differences(z, from, take, lines, &e), DONE, &e);
	return lines;
}

static void check(struct lines *got, const char *const *wanted, size_t count)
{
	for (size_t i = 0; i < got->count && i < count; i++)
		if (strcmp(got->line[i], wanted[i]) != 0)
			fail_msg("line %zu: got \"%s\", wanted \"%s\"", i, got->line[i], wanted[i]);
	if (got->count != count)
		fail_msg("%zu lines, wanted %zu", got->count, count);
	free(got);
}

/* But for signatures, whose octets say little. */
static bool unsigned_line(const char *line)
{
	return strstr(line, " 46 of ") == NULL;
}

static struct lines *without_signatures(struct lines *lines)
{
	size_t kept = 0;
	for (size_t i = 0; i < lines->count; i++)
		if (unsigned_line(lines->line[i]))
			memmove(lines->line[kept++], lines->line[i], LINE);
	lines->count = kept;
	return lines;
}

static size_t signed_of(const struct signed_zone *z, const char *owner)
{
	struct lines *lines = walk(z);
	size_t count = 0, length = strlen(owner);
	for (size_t i = 0; i < lines->count; i++)
		count += strncmp(lines->line[i], owner, length) == 0 && strncmp(lines->line[i] + length, " 46 of", 6) == 0;
	free(lines);
	return count;
}

static void put_all(struct signed_zone *z)
{
	put(z, "example", TYPE_NS, "ns1 ns2");
	put(z, "www.a.example", TYPE_A, "3 1 2 1");
	put(z, "www.a.example", TYPE_AAAA, "6");
	put(z, "cut.example", TYPE_NS, "ns");
	put(z, "cut.example", TYPE_A, "glue");
	put(z, "ns.cut.example", TYPE_A, "glue");
	put(z, "safe.example", TYPE_NS, "ns");
	put(z, "safe.example", TYPE_DS, "ds");
	put(z, "z.example", TYPE_DNAME, "other");
	put(z, "x.z.example", TYPE_TXT, "occluded");
}

static void test_published(void **state)
{
	static const char *const wanted[] = {
		"example 2 ns1", "example 2 ns2", "example 6 soa1", "example 47 www.a.example 2 6 46 47",
		"www.a.example 1 1", "www.a.example 1 2", "www.a.example 1 3", "www.a.example 28 6",
		"www.a.example 47 cut.example 1 28 46 47",
		"cut.example 1 glue", "cut.example 2 ns", "cut.example 47 safe.example 2 46 47",
		"ns.cut.example 1 glue",
		"safe.example 2 ns", "safe.example 43 ds", "safe.example 47 z.example 2 43 46 47",
		"z.example 39 other", "z.example 47 example 39 46 47",
		"x.z.example 16 occluded",
	};
	struct signed_zone *z = new_zone(1 << 20);
	(void)state;
	put_all(z);
	commit(z, 1, 0);
	check(without_signatures(walk(z)), wanted, sizeof wanted / sizeof wanted[0]);
	assert_int_equal(signed_of(z, "example"), 3);       /* NS SOA NSEC */
	assert_int_equal(signed_of(z, "www.a.example"), 3);
	assert_int_equal(signed_of(z, "cut.example"), 1);   /* NSEC alone */
	assert_int_equal(signed_of(z, "ns.cut.example"), 0);
	assert_int_equal(signed_of(z, "safe.example"), 2);  /* DS NSEC */
	assert_int_equal(signed_of(z, "z.example"), 2);
	assert_int_equal(signed_of(z, "x.z.example"), 0);
	signed_zone_free(z);
}

static void test_differences(void **state)
{
	static const char *const wanted[] = {
		"example 6 soa1", "www.a.example 1 1", "www.a.example 47 cut.example 1 28 46 47",
		"example 6 soa2", "www.a.example 1 4", "www.a.example 47 b.example 1 28 46 47",
		"b.example 1 5", "b.example 47 cut.example 1 46 47",
		"example 6 soa2", "b.example 1 5", "b.example 47 cut.example 1 46 47",
		"www.a.example 47 b.example 1 28 46 47",
		"example 6 soa4", "www.a.example 47 cut.example 1 28 46 47",
	};
	struct signed_zone *z = new_zone(1 << 20);
	struct error e;
	(void)state;
	put_all(z);
	commit(z, 1, 0);
	put(z, "www.a.example", TYPE_A, "4 3 2");
	put(z, "b.example", TYPE_A, "5");
	put(z, "c.example", TYPE_A, "6"); /* comes and goes */
	put(z, "c.example", TYPE_A, "");
	commit(z, 2, 0);
	put(z, "b.example", TYPE_A, "");
	put(z, "none.example", TYPE_A, "");
	commit(z, 4, 0);
	check(without_signatures(differences(z, 1)), wanted, sizeof wanted / sizeof wanted[0]);
	assert_int_equal(signed_zone_differences(z, 3, take, NULL, &e), ABSENT);
	assert_int_equal(signed_zone_differences(z, 4, take, NULL, &e), ABSENT);
	signed_zone_free(z);
}

/* What did not change is not signed again; what expires is, and that alone. */
static void test_signatures_last(void **state)
{
	struct signed_zone *z = new_zone(1 << 20);
	struct error e;
	(void)state;
	put_all(z);
	commit(z, 1, 0);
	put(z, "www.a.example", TYPE_AAAA, "7");
	unsigned before = signatures;
	commit(z, 2, 50);
	assert_int_equal(signatures - before, 2); /* AAAA and SOA */
	before = signatures;
	assert_outcome(signed_zone_refresh(z, 100, &e), DONE, &e);
	commit(z, 3, 90);
	assert_int_equal(signatures - before, 1); /* none expires before 100; the SOA is new */
	assert_outcome(signed_zone_refresh(z, 101, &e), DONE, &e);
	before = signatures;
	commit(z, 4, 90);
	assert_int_equal(signatures - before, 10); /* all but AAAA, and the SOA once */
	assert_outcome(signed_zone_refresh(z, INT64_MAX, &e), DONE, &e);
	before = signatures;
	commit(z, 5, 90);
	assert_int_equal(signatures - before, 11);
	signed_zone_free(z);
}

static void test_refused(void **state)
{
	struct signed_zone *z = new_zone(1 << 20);
	struct error e;
	(void)state;
	assert_int_equal(put(z, "other", TYPE_A, "1"), REFUSED);
	assert_int_equal(put(z, "example", TYPE_RRSIG, "1"), REFUSED);
	assert_int_equal(put(z, "example", TYPE_NSEC, "1"), REFUSED);
	assert_int_equal(put(z, "example", TYPE_SOA, "1"), DONE);
	broken = 1;
	assert_int_equal(signed_zone_commit(z, 1, 0, &e), FAILED);
	assert_string_equal(e.text, "no key");
	broken = 0;
	signed_zone_free(z);
	signed_zone_free(NULL);
}

static void test_journal_forgets(void **state)
{
	struct signed_zone *z = new_zone(1500);
	struct error e;
	char text[8];
	(void)state;
	put_all(z);
	commit(z, 1, 0);
	for (unsigned i = 2; i < 20; i++) {
		snprintf(text, sizeof text, "%u", i);
		put(z, "www.a.example", TYPE_A, text);
		commit(z, i, 0);
	}
	assert_int_equal(signed_zone_differences(z, 1, take, NULL, &e), ABSENT);
	struct lines *last = differences(z, 18);
	assert_true(last->count > 4);
	free(last);
	signed_zone_free(z);
}

/* Chance: after any changes the zone is as one that was made anew, and the old one and the differences make the
 * new one. */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void sort(struct lines *lines)
{
	qsort(lines->line, lines->count, LINE, compare_lines);
}

static void remove_line(struct lines *lines, const char *line)
{
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->line[i], line) == 0) {
			memmove(lines->line[i], lines->line[--lines->count], LINE);
			return;
		}
	fail_msg("removed, but not there: %s", line);
}

/* Applies differences as a secondary does, which removes nothing that isn't there and adds nothing that is. */
static void apply(struct lines *zone, const struct lines *changes)
{
	bool adding = true;
	for (size_t i = 0; i < changes->count; i++) {
		const char *line = changes->line[i];
		if (strstr(line, "example 6 soa") == line)
			adding = !adding;
		if (!adding) {
			remove_line(zone, line);
			continue;
		}
		for (size_t k = 0; k < zone->count; k++)
			if (strcmp(zone->line[k], line) == 0)
				fail_msg("added, but there: %s", line);
		memcpy(zone->line[zone->count++], line, LINE);
	}
}

static const char *const owners[] = { "example", "a.example", "b.a.example", "c.b.a.example", "d.example",
	"*.d.example", "x.d.example", "e.x.d.example", "zz.example" };
static const uint16_t types[] = { TYPE_A, TYPE_NS, TYPE_TXT, TYPE_DS, TYPE_DNAME, 300 };
enum { OWNERS = 9, TYPES = 6 };

static void put_state(struct signed_zone *z, unsigned char had[OWNERS][TYPES], int backwards)
{
	char text[8];
	for (int i = 0; i < OWNERS; i++)
		for (int k = 0; k < TYPES; k++) {
			int o = backwards ? OWNERS - 1 - i : i;
			snprintf(text, sizeof text, "%u q", had[o][k]);
			if (had[o][k] == 0)
				text[0] = '\0';
			assert_int_equal(put(z, owners[o], types[k], text), DONE);
		}
}

/* The same by what there is, and not by what there is not. */
static void replace_state(struct signed_zone *z, unsigned char had[OWNERS][TYPES], uint32_t serial)
{
	char text[8];
	struct error e;
	signed_zone_replace(z);
	for (int i = 0; i < OWNERS; i++)
		for (int k = 0; k < TYPES; k++) {
			snprintf(text, sizeof text, "%u q", had[i][k]);
			if (had[i][k] != 0)
				assert_int_equal(put(z, owners[i], types[k], text), DONE);
		}
	put_soa(z, serial);
	assert_outcome(signed_zone_replaced(z, &e), DONE, &e);
}

static void test_chance(void **state)
{
	unsigned char had[OWNERS][TYPES] = { { 0 } };
	struct signed_zone *z = new_zone(1 << 20);
	(void)state;
	srandom(7);
	commit(z, 1, 0);
	for (uint32_t serial = 2; serial < 400; serial++) {
		struct lines *old = walk(z);
		for (long n = random() % 12; n >= 0; n--) /* mostly gone */
			had[random() % OWNERS][random() % TYPES] = (unsigned char)(random() % 3 == 0 ? random() % 3 + 1 : 0);
		if (serial % 3 == 0)
			replace_state(z, had, serial);
		else
			put_state(z, had, serial & 1);
		commit(z, serial, 0);
		struct signed_zone *fresh = new_zone(1 << 20);
		put_state(fresh, had, !(serial & 1));
		commit(fresh, serial, 0);
		struct lines *now = walk(z), *wanted = walk(fresh), *changes = differences(z, serial - 1);
		assert_int_equal(now->count, wanted->count);
		for (size_t i = 0; i < now->count; i++)
			assert_string_equal(now->line[i], wanted->line[i]);
		apply(old, changes);
		sort(old);
		sort(now);
		assert_int_equal(old->count, now->count);
		for (size_t i = 0; i < now->count; i++)
			assert_string_equal(old->line[i], now->line[i]);
		free(old);
		free(now);
		free(wanted);
		free(changes);
		signed_zone_free(fresh);
	}
	signed_zone_free(z);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published), cmocka_unit_test(test_differences),
		cmocka_unit_test(test_signatures_last), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_journal_forgets), cmocka_unit_test(test_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
