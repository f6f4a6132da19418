/* SPDX-License-Identifier: BSD-2-Clause */
/* Images kept, by zone, for as long as somebody transfers them; filled, refreshed and given up. */
#include "dnsd/image/zone_image.h"

#include <stdlib.h>
#include <string.h>

#include "dnsd/sign/signing_keys.h"
#include "dnsd/view/zone_view.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/log.h"
#include "zone/rrsets.h"

struct zone_image {
	struct zone_images *images;
	struct zone_image *next;
	struct name apex;
	unsigned users; /* under images->lock */
	pthread_mutex_t lock; /* over the rest; who has it is a user */
	struct signed_zone *zone; /* NULL: empty */
	struct signing_keys *keys;
	struct signer *signer; /* there only while it is being published */
	uint32_t nsec_ttl, serial, soa_ttl;
	uint8_t soa[SOA_RDATA_MOST];
	uint16_t soa_size;
	int64_t revision;     /* that the image shows */
	struct rr_list pools; /* with it */
	int64_t keys_seen;    /* when the directory of keys had last changed */
	int64_t due;          /* the date from which signatures need renewal */
	int64_t signed_at;    /* the latest date at which any of it was signed */
	bool fresh;           /* it has followed the registry and is not published yet */
	bool asked;           /* a new serial was asked for since it last followed */
};

/* Seconds: signatures that expire sooner are renewed, and they are looked for so often. */
static int64_t renewal(const struct zone_images *images)
{
	return images->signatures.validity / 4;
}

static int64_t interval(const struct zone_images *images)
{
	return images->signatures.validity / 16;
}

int zone_images_init(struct zone_images *images, int64_t validity, size_t journals, struct error *e)
{
	images->journals_most = journals;
	pthread_mutex_init(&images->lock, NULL);
	images->signatures.validity = validity;
	return signatures_init(&images->signatures, 0, e);
}

size_t zone_images_journals(struct zone_images *images)
{
	pthread_mutex_lock(&images->lock);
	size_t octets = images->journals;
	pthread_mutex_unlock(&images->lock);
	return octets;
}

/* Under images->lock, or where nobody else is. */
static void forget_zone(struct zone_image *image)
{
	if (image->zone != NULL)
		image->images->journals -= signed_zone_journal(image->zone);
	signed_zone_free(image->zone);
	image->zone = NULL;
}

static void drop_zone(struct zone_image *image)
{
	pthread_mutex_lock(&image->images->lock);
	forget_zone(image);
	pthread_mutex_unlock(&image->images->lock);
}

/* Of an image whose zone is forgotten. */
static void empty_rest(struct zone_image *image)
{
	signing_keys_free(image->keys);
	image->keys = NULL;
	free(image->pools.octets);
	image->pools = (struct rr_list){ 0 };
}

static void empty(struct zone_image *image)
{
	drop_zone(image);
	empty_rest(image);
}

static void free_image(struct zone_image *image)
{
	forget_zone(image);
	empty_rest(image);
	pthread_mutex_destroy(&image->lock);
	free(image);
}

void zone_images_free(struct zone_images *images)
{
	while (images->list != NULL) {
		struct zone_image *image = images->list;
		images->list = image->next;
		free_image(image);
	}
	signatures_free(&images->signatures);
	pthread_mutex_destroy(&images->lock);
}

static struct zone_image *find(struct zone_images *images, const struct name *apex)
{
	struct zone_image *image = images->list;
	while (image != NULL && !name_equal(&image->apex, apex))
		image = image->next;
	if (image != NULL)
		return image;
	image = calloc(1, sizeof *image);
	if (image == NULL)
		return NULL;
	image->images = images;
	image->apex = *apex;
	pthread_mutex_init(&image->lock, NULL);
	image->next = images->list;
	images->list = image;
	return image;
}

struct zone_image *zone_image_take(struct zone_images *images, const struct name *apex)
{
	pthread_mutex_lock(&images->lock);
	struct zone_image *image = find(images, apex);
	if (image != NULL)
		image->users++;
	pthread_mutex_unlock(&images->lock);
	if (image != NULL)
		pthread_mutex_lock(&image->lock);
	return image;
}

void zone_image_release(struct zone_image *image)
{
	struct zone_images *images = image->images;
	pthread_mutex_unlock(&image->lock);
	pthread_mutex_lock(&images->lock);
	image->users--;
	pthread_mutex_unlock(&images->lock);
}

/* Signing. */

static int put_signature(struct signer *s, const struct signed_set *set, const struct name *zone,
	const struct signing_key *key, int64_t now, struct cursor *out, int64_t *expires)
{
	struct rrsig signature;
	uint8_t head[18 + NAME_WIRE];
	if (!signer_sign(s, set, zone, key, SIGNER_KEPT, now, &signature))
		return FAILED;
	size_t size = signer_head(set, zone, key, &signature, head);
	cursor_put_u16(out, (uint16_t)(size + KEY_SIGNATURE));
	cursor_put(out, head, size);
	cursor_put(out, signature.octets, KEY_SIGNATURE);
	int64_t left = (int32_t)(signature.expiration - (uint32_t)now);
	*expires = now + left < *expires ? now + left : *expires;
	return DONE;
}

/* Makes the RRs of a set the signer's pieces. */
static int set_pieces(struct signer *s, const struct zone_rrset *of, struct signed_set *set, struct error *e)
{
	struct rdatas rest = of->rdatas;
	const uint8_t *rdata;
	uint16_t length;
	uint8_t *room = s->lower;
	*set = (struct signed_set){ of->owner.wire, of->owner.size, of->type, of->ttl, 0 };
	if (of->rdatas.size > sizeof s->lower)
		return fail(e, REFUSED, "an RRset of %zu octets fits into no message", of->rdatas.size);
	for (; (rdata = rdatas_next(&rest, &length)) != NULL; set->count++) {
		if (set->count == SIGNER_RRS)
			return fail(e, REFUSED, "an RRset of more than %d RRs", SIGNER_RRS);
		signer_piece(s, set->count, of->type, rdata, length, &room);
	}
	return DONE;
}

static int sign(void *context, const struct zone_rrset *of, int64_t now, uint8_t *signatures, size_t *size,
	int64_t *expires, struct error *e)
{
	struct zone_image *image = context;
	struct signed_set set;
	struct cursor out = cursor_over(signatures, SIGNATURES_MOST);
	*expires = INT64_MAX;
	if (atomic_load_explicit(image->images->stop, memory_order_relaxed))
		return fail(e, FAILED, "we are to stop");
	int outcome = set_pieces(image->signer, of, &set, e);
	for (unsigned i = 0; i < image->keys->count && outcome == DONE; i++) {
		const struct signing_key *key = &image->keys->key[i];
		if (signing_key_signs(image->keys, key, of->owner.size, of->type) && put_signature(image->signer, &set, &image->keys->zone, key, now,
			&out, expires) != DONE)
			outcome = fail(e, FAILED, "a signature could not be made");
	}
	if (outcome == DONE && out.broken)
		outcome = fail(e, FAILED, "too many keys sign");
	*size = outcome == DONE ? cursor_done(&out) : 0;
	return outcome;
}

/* Following. */

static int64_t directory_seen(const struct zone_images *images)
{
	return images->key_directory == NULL ? 0 : clock_changed(images->key_directory);
}

static bool same_signers(const struct signing_keys *a, const struct signing_keys *b)
{
	if (a == NULL || a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (a->key[i].id != b->key[i].id || a->key[i].signs != b->key[i].signs)
			return false;
	return true;
}

/* Reads the keys. If they cannot be read, the image keeps those it has, as answers do. *OTHERS: other keys sign now. */
static int renew_keys(struct zone_image *image, const struct zone *row, bool *others, struct error *e)
{
	struct signing_keys *keys;
	struct zone_images *images = image->images;
	int64_t seen = directory_seen(images);
	*others = false;
	int outcome = images->key_directory == NULL ? fail(e, ABSENT, "there is no directory of keys")
		: signing_keys_read(images->key_directory, &image->apex, (uint32_t)row->ttl,
			row->signed_ == ZONE_LEAVING, clock_date(), &keys, e);
	image->keys_seen = seen;
	if (outcome != DONE && image->keys != NULL) {
		log_error("keys cannot be read; a zone as it is transferred keeps those it has zone=\"%s\" why=\"%s\"",
			row->name, e->text);
		return DONE;
	}
	if (outcome != DONE)
		return fail_within(e, HARMFUL, "it is signed, but has no keys");
	*others = !same_signers(image->keys, keys);
	signing_keys_free(image->keys);
	image->keys = keys;
	return DONE;
}

static int put(const struct zone_rrset *set, void *context, struct error *e)
{
	struct zone_image *image = context;
	return signed_zone_put(image->zone, set, e);
}

/* Puts an RRset that is rendered as in an answer. */
static int put_rendered(struct zone_image *image, uint16_t type, const struct rrset *rendered, struct error *e)
{
	struct zone_rrset set = { .owner = image->apex, .type = type, .ttl = UINT32_MAX };
	struct rdatas rest = { 0 };
	uint8_t *octets = malloc(rendered->size + 1u);
	const uint8_t *rr = rendered->rrs;
	size_t size = 0;
	if (octets == NULL)
		return fail(e, FAILED, "out of memory");
	for (unsigned i = 0; i < rendered->count; i++) {
		uint16_t length;
		const uint8_t *rdata = rr_rdata(rr, &length);
		set.ttl = rr_ttl(rr);
		octets_put_16(octets + size, length);
		memcpy(octets + size + 2, rdata, length);
		size += 2 + (size_t)length;
		rr = rdata + length;
	}
	rest.octets = octets;
	rest.size = size;
	set.rdatas = rest;
	int outcome = signed_zone_put(image->zone, &set, e);
	free(octets);
	return outcome;
}

static int put_apex(struct zone_image *image, struct error *e)
{
	uint8_t octets[2 + SOA_RDATA_MOST];
	const struct zone_rrset soa = { image->apex, TYPE_SOA, image->soa_ttl, { octets, 2u + image->soa_size } };
	const struct signing_keys *keys = image->keys;
	octets_put_16(octets, image->soa_size);
	memcpy(octets + 2, image->soa, image->soa_size);
	int outcome = signed_zone_put(image->zone, &soa, e);
	if (outcome == DONE)
		outcome = put_rendered(image, TYPE_DNSKEY, &keys->dnskey, e);
	if (outcome == DONE)
		outcome = put_rendered(image, TYPE_CDS, &keys->cds, e);
	return outcome == DONE ? put_rendered(image, TYPE_CDNSKEY, &keys->cdnskey, e) : outcome;
}

static int put_whole(struct zone_image *image, struct registry *r, const struct zone *row, const struct rr_list *pools,
	struct error *e)
{
	signed_zone_replace(image->zone);
	int outcome = zone_content_rrsets(r, row, pools, put, image, e);
	if (outcome == DONE)
		outcome = put_apex(image, e);
	return outcome == DONE ? signed_zone_replaced(image->zone, e) : outcome;
}

/* What the change log tells; else, all of it. What was put in vain is put again. */
static int put_changes(struct zone_image *image, struct registry *r, const struct zone *row,
	const struct rr_list *pools, struct error *e)
{
	int outcome = zone_content_changed(r, row, image->revision, &image->pools, pools, put, image, e);
	if (outcome == ABSENT || outcome == REFUSED)
		return put_whole(image, r, row, pools, e);
	return outcome == DONE ? put_apex(image, e) : outcome;
}

/* Begins anew with an empty zone. That is needed also when the NSECs' TTL changes, which is the same in a whole zone. */
static int begin_anew(struct zone_image *image, uint32_t nsec_ttl, struct error *e)
{
	const struct zone_signer signer = { sign, image };
	drop_zone(image);
	image->nsec_ttl = nsec_ttl;
	int64_t validity = image->images->signatures.validity;
	image->due = clock_date() + validity - validity / 8 - renewal(image->images) - interval(image->images);
	return signed_zone_new(&image->apex, nsec_ttl, image->images->journals_most, &signer, &image->zone, e);
}

static bool copy_pools(struct zone_image *image, const struct rr_list *pools)
{
	uint8_t *octets = malloc(pools->size + 1);
	if (octets == NULL)
		return false;
	if (pools->size > 0)
		memcpy(octets, pools->octets, pools->size);
	free(image->pools.octets);
	image->pools = (struct rr_list){ octets, pools->size, pools->size + 1 };
	return true;
}

/* Whether signatures begin in the future, for the clock was ahead when they were made. They are as bad as expired ones. */
static bool begin_later(const struct zone_image *image, int64_t now)
{
	return image->signed_at > now + SIGNER_BACKDATED;
}

static int refresh(struct zone_image *image, bool others, struct error *e)
{
	const struct zone_images *images = image->images;
	int64_t now = clock_date();
	if (begin_later(image, now)) {
		log_warning("the clock went back: signatures of a zone as it is transferred are made anew");
		image->signed_at = now;
		others = true;
	}
	if (!others && now < image->due)
		return DONE;
	image->due = now + interval(images);
	return signed_zone_refresh(image->zone, others ? INT64_MAX : now + renewal(images) + interval(images), e);
}

static int read_registry(struct zone_image *image, struct registry *r, const struct zone *row, int64_t revision,
	const struct rr_list *pools, struct error *e)
{
	uint32_t nsec_ttl = (uint32_t)(row->ttl < row->minimum ? row->ttl : row->minimum);
	bool anew = image->zone == NULL || image->nsec_ttl != nsec_ttl, others;
	int outcome = renew_keys(image, row, &others, e);
	if (outcome == DONE && anew)
		outcome = begin_anew(image, nsec_ttl, e);
	if (outcome == DONE)
		outcome = anew || revision < image->revision ? put_whole(image, r, row, pools, e)
			: put_changes(image, r, row, pools, e);
	if (outcome == DONE && !anew)
		outcome = refresh(image, others, e);
	if (outcome == DONE && !copy_pools(image, pools))
		outcome = fail(e, FAILED, "out of memory");
	return outcome;
}

int zone_image_follow(struct zone_image *image, struct registry *r, const struct zone *row, int64_t revision,
	uint32_t serial, const struct rr_list *pools, struct error *e)
{
	if (image->zone != NULL && !serial_behind(image->serial, serial))
		return DONE;
	image->asked = false;
	image->soa_ttl = (uint32_t)row->ttl;
	int outcome = zone_content_soa(row, serial, image->soa, &image->soa_size, e);
	if (outcome == DONE)
		outcome = read_registry(image, r, row, revision, pools, e);
	image->revision = revision;
	image->serial = serial;
	image->fresh = true;
	if (outcome != DONE)
		empty(image);
	return outcome;
}

/* Finds the image with the longest journal, among ours and those that no other thread has. */
static struct zone_image *find_longest(const struct zone_image *ours)
{
	struct zone_image *longest = NULL;
	size_t most = 0;
	for (struct zone_image *i = ours->images->list; i != NULL; i = i->next) {
		size_t size = i->zone == NULL || (i != ours && i->users > 0) ? 0 : signed_zone_journal(i->zone);
		if (size > most) {
			most = size;
			longest = i;
		}
	}
	return longest;
}

/* Counts what all journals take. If it is too much, the longest ones lose their oldest differences. */
static void count_journal(struct zone_image *image, size_t before, size_t now)
{
	struct zone_images *images = image->images;
	struct zone_image *longest;
	pthread_mutex_lock(&images->lock);
	images->journals += now - before;
	while (images->journals > images->journals_most && (longest = find_longest(image)) != NULL)
		images->journals -= signed_zone_shorten(longest->zone);
	pthread_mutex_unlock(&images->lock);
}

int zone_image_publish(struct zone_image *image, struct error *e)
{
	if (!image->fresh)
		return DONE;
	image->fresh = false;
	image->signer = signer_new(&image->images->signatures);
	int64_t now = clock_date();
	size_t journal = signed_zone_journal(image->zone);
	image->signed_at = now > image->signed_at ? now : image->signed_at;
	int outcome = image->signer == NULL ? fail(e, FAILED, "out of memory")
		: signed_zone_commit(image->zone, image->serial, now, e);
	count_journal(image, journal, signed_zone_journal(image->zone));
	signer_free(image->signer);
	image->signer = NULL;
	if (outcome != DONE)
		empty(image);
	return outcome;
}

/* Writing. */

struct walk {
	zone_rr_taker *take;
	void *context;
};

static int take_but_soa(const struct zone_rr *rr, void *context, struct error *e)
{
	const struct walk *w = context;
	return rr->type == TYPE_SOA ? DONE : w->take(rr, w->context, e);
}

static int walk_between(const struct zone_image *image, const uint32_t *from, bool *incremental, zone_rr_taker *take,
	void *context, struct error *e)
{
	struct walk w = { take, context };
	int outcome = ABSENT;
	if (from != NULL && *from != image->images->first_serial)
		outcome = signed_zone_differences(image->zone, *from, take, context, e);
	*incremental = outcome == DONE;
	return outcome == ABSENT ? signed_zone_walk(image->zone, take_but_soa, &w, e) : outcome;
}

int zone_image_walk(const struct zone_image *image, const uint32_t *from, bool *incremental, zone_rr_taker *take,
	void *context, struct error *e)
{
	const struct zone_rr soa = { &image->apex, TYPE_SOA, image->soa_size, image->soa_ttl, image->soa };
	*incremental = false;
	int outcome = take(&soa, context, e);
	if (outcome != DONE || (from != NULL && !serial_behind(*from, image->serial)))
		return outcome;
	outcome = walk_between(image, from, incremental, take, context, e);
	return outcome == DONE ? take(&soa, context, e) : outcome;
}

/* Renewal. */

static bool is_due(struct zone_image *image, int64_t seen, int64_t now)
{
	if (image->zone == NULL || image->asked)
		return false;
	image->asked = now >= image->due || now < image->keys->since || begin_later(image, now) || now >= image->keys->next || seen != image->keys_seen;
	return image->asked;
}

/* Images in use are left out, for whoever uses one renews it anyway. */
bool zone_images_due(struct zone_images *images, bool (*is_signed)(void *context, const struct name *), void *context,
	int64_t now)
{
	bool due = false;
	int64_t seen = directory_seen(images);
	pthread_mutex_lock(&images->lock);
	for (struct zone_image **at = &images->list; *at != NULL;) {
		struct zone_image *image = *at;
		if (image->users == 0 && !is_signed(context, &image->apex)) {
			*at = image->next;
			free_image(image);
			continue;
		}
		due |= image->users == 0 && is_due(image, seen, now);
		at = &image->next;
	}
	pthread_mutex_unlock(&images->lock);
	return due;
}
