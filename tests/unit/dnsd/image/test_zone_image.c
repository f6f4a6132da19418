/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed zones as secondaries get them: what a clock that jumps does to their signatures, and what their journals take. */
#include "dnsd/image/zone_image.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnsd/store/hash.h"
#include "dnsd/store/node.h"
#include "lib/clock.h"
#include "dnssec/zone_key.h"
#include "tests/unit/check.h"
#include "zone/content.h"

/* In the place of lib/clock.c. */
static int64_t date = 1800000000;

int64_t clock_date(void)
{
	return date;
}

int64_t clock_ticks(void)
{
	return 1;
}

int64_t clock_changed(const char *path)
{
	return path != NULL;
}

void clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t ms)
{
	(void)ms;
	pthread_cond_wait(condition, lock);
}

enum { VALIDITY = 14 * 86400, JOURNALS = 96 << 10, ZONES = 300 };

static char dir[] = "/tmp/windsock-XXXXXX", path[64], keys[64];
static struct registry *r;
static struct zone_images images;
static _Atomic bool stop;
static struct error e;
static uint32_t serial = 1;

static int make(void **state)
{
	struct zone_key key;
	struct name apex;
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(keys, sizeof keys, "%s/keys", dir);
	hash_seed = 1;
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	for (int i = 0; i < ZONES; i++) {
		char name[32];
		snprintf(name, sizeof name, "z%d.example", i);
		if (name_read(name, &apex, &e) != DONE || zone_key_make(&apex, KEY_ENTRY, ALGORITHM_P256, &key, &e) != DONE)
			return -1;
		key.date[KEY_CREATED] = key.date[KEY_PUBLISH] = key.date[KEY_ACTIVATE] = 1;
		if (zone_key_write(keys, path, &key, &e) != DONE)
			return -1;
	}
	images = (struct zone_images){ .key_directory = keys, .stop = &stop };
	return zone_images_init(&images, VALIDITY, JOURNALS, &e);
}

static int drop(void **state)
{
	char command[64];
	(void)state;
	zone_images_free(&images);
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static struct zone row_of(const char *name)
{
	struct arena arena = { 0 };
	struct zone row;
	assert_done(row_standard(&zone_kind, &row, &arena, &e), &e);
	row.name = name;
	row.primary = "ns.example";
	row.contact = "host.example";
	row.signed_ = ZONE_SIGNED;
	arena_free(&arena);
	return row;
}

/* Publishes the zone with its newest serial, and lets it go. */
static void follow(const char *name)
{
	const struct rr_list pools = { 0 };
	struct zone row = row_of(name);
	struct name apex;
	int64_t revision;
	assert_done(name_read(name, &apex, &e), &e);
	struct zone_image *image = zone_image_take(&images, &apex);
	assert_non_null(image);
	assert_done(registry_freeze(r, &e), &e);
	assert_done(registry_revision(r, &revision, &e), &e);
	assert_done(zone_image_follow(image, r, &row, revision, ++serial, &pools, &e), &e);
	registry_rollback(r);
	assert_done(zone_image_publish(image, &e), &e);
	zone_image_release(image);
}

struct dates {
	int64_t latest, count;
};

static int look(const struct zone_rr *rr, void *context, struct error *ignored)
{
	struct dates *d = context;
	(void)ignored;
	if (rr->type != TYPE_RRSIG)
		return DONE;
	const uint8_t *at = rr->rdata + 12;
	int64_t inception = (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
	d->latest = inception > d->latest ? inception : d->latest;
	d->count++;
	return DONE;
}

static struct dates dates_of(const char *name)
{
	struct dates d = { 0 };
	struct name apex;
	bool incremental;
	assert_done(name_read(name, &apex, &e), &e);
	struct zone_image *image = zone_image_take(&images, &apex);
	assert_done(zone_image_walk(image, NULL, &incremental, look, &d, &e), &e);
	zone_image_release(image);
	return d;
}

static bool is_signed(void *context, const struct name *name)
{
	(void)context;
	(void)name;
	return true;
}

static void signatures_of_a_clock_that_was_ahead_are_made_anew(void **state)
{
	(void)state;
	date += 30 * 86400;
	follow("z0.example");
	struct dates ahead = dates_of("z0.example");
	assert_true(ahead.count > 2 && ahead.latest > date - 2 * 3600);
	date -= 30 * 86400;
	assert_true(zone_images_due(&images, is_signed, NULL, date));
	follow("z0.example");
	struct dates back = dates_of("z0.example");
	assert_int_equal(back.count, ahead.count);
	assert_true(back.latest <= date);
	assert_false(zone_images_due(&images, is_signed, NULL, date));
}

static void three_hundred_zones_share_the_room_for_journals(void **state)
{
	char name[32];
	(void)state;
	for (int turn = 0; turn < 4; turn++)
		for (int i = 0; i < ZONES; i++) {
			snprintf(name, sizeof name, "z%d.example", i);
			follow(name);
			assert_true(images.journals <= JOURNALS);
		}
	assert_true(images.journals > JOURNALS / 2); /* it is used, and counted */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(signatures_of_a_clock_that_was_ahead_are_made_anew),
		cmocka_unit_test(three_hundred_zones_share_the_room_for_journals) };
	return cmocka_run_group_tests_name("dnsd/image/zone_image", tests, make, drop);
}
