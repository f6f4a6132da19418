/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of /v1, relays.txt, and the checks for monitors. */
#include "updater/status.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/name.h"
#include "registry/fleet.h"
#include "steering/choose.h"
#include "steering/label.h"
#include "steering/steering.h"
#include "updater/auth.h"
#include "updater/facts.h"
#include "updater/grant.h"
#include "updater/reply.h"

enum {
	LISTING_LIVES = 5000, /* milliseconds */
	DNSD_SILENT = 15000, /* milliseconds: it is asked every five seconds */
};

/* The fleet at one revision, so that all parts of a page agree with each other. */
struct picture {
	struct fleet fleet;
	struct offer *offers;
	int64_t revision;
};

typedef int show(struct updater *, struct exchange *, struct picture *, struct error *);

static int take_picture(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	size_t refused;
	int outcome = registry_fleet(u->access.registry, &x->arena, &p->fleet, &refused, e);
	if (outcome == DONE)
		outcome = registry_revision(u->access.registry, &p->revision, e);
	return outcome == DONE ? steering_offers(&p->fleet, &x->arena, &p->offers, e) : outcome;
}

static int with_picture(struct updater *u, struct exchange *x, show *shown, struct error *e)
{
	struct picture picture = { 0 };
	int outcome = registry_freeze(u->access.registry, e);
	if (outcome == DONE)
		outcome = take_picture(u, x, &picture, e);
	if (outcome == DONE)
		outcome = shown(u, x, &picture, e);
	registry_rollback(u->access.registry);
	return outcome;
}

/* For operators only. */
static int for_operator(struct updater *u, struct exchange *x, show *shown, struct error *e)
{
	char name[64];
	int outcome = auth_operator(u, x, name, e);
	if (outcome != DONE)
		return outcome;
	if (*name != '\0')
		return with_picture(u, x, shown, e);
	reply_problem(x, 401, "not authorised", "wanted an operator's token as Bearer token");
	x->reply.authenticate = "Bearer realm=\"windsock\"";
	return DONE;
}

static void reply_list(struct exchange *x, const struct picture *p, const char *name, json_t *list)
{
	reply_json(x, 200, json_pack("{s:I, s:o}", "revision", (json_int_t)p->revision, name, list));
}

/* Relays. */

static json_t *relay_json(struct updater *u, const struct picture *p, const struct relay *relay)
{
	json_t *json = facts_show(&relay_kind, relay), *seen = json_array();
	for (size_t i = 0; i < p->fleet.observation_count; i++)
		if (strcmp(p->fleet.observations[i].relay, relay->name) == 0)
			json_array_append_new(seen, facts_show(&observation_kind, &p->fleet.observations[i]));
	json_object_set_new(json, "observations", seen);
	const struct lease *lease = lease_find(&u->leases, relay->name);
	json_object_set_new(json, "lease", lease == NULL ? json_null()
		: json_integer((lease->until - clock_ticks()) / 1000));
	return json;
}

static int show_relays(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	json_t *list = json_array();
	(void)e;
	for (size_t i = 0; i < p->fleet.relay_count; i++)
		json_array_append_new(list, relay_json(u, p, &p->fleet.relays[i]));
	reply_list(x, p, "relays", list);
	return DONE;
}

static int show_relay(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	char name[64];
	(void)e;
	for (size_t i = 0; exchange_name(x, name) && i < p->fleet.relay_count; i++)
		if (strcmp(p->fleet.relays[i].name, name) == 0) {
			reply_json(x, 200, relay_json(u, p, &p->fleet.relays[i]));
			return DONE;
		}
	reply_problem(x, 404, "there is no such relay", NULL);
	return DONE;
}

/* Pools. */

static int pool_json(struct exchange *x, const struct picture *p, const struct pool *pool, json_t **json,
	struct error *e)
{
	struct membership m;
	int outcome = steering_pool(&p->fleet, p->offers, pool, &x->arena, &m, e);
	if (outcome != DONE)
		return outcome;
	json_t *seats = json_array();
	for (size_t i = 0; i < m.count; i++) {
		const struct seat *seat = &m.seats[i];
		char *why = steering_reason(&m, seat, &x->arena);
		json_array_append_new(seats, json_pack("{s:s, s:b, s:s}", "relay", seat->offer->relay->name,
			"in", seat->in, "reason", why == NULL ? "" : why));
	}
	*json = facts_show(&pool_kind, pool);
	json_object_set_new(*json, "members", json_integer((json_int_t)m.members));
	json_object_set_new(*json, "last_resort", json_boolean(m.last_resort));
	json_object_set_new(*json, "relays", seats);
	return DONE;
}

static int show_pools(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	json_t *list = json_array();
	int outcome = DONE;
	(void)u;
	for (size_t i = 0; i < p->fleet.pool_count && outcome == DONE; i++) {
		json_t *json = NULL;
		outcome = pool_json(x, p, &p->fleet.pools[i], &json, e);
		if (outcome == DONE) {
			json_object_del(json, "relays");
			json_array_append_new(list, json);
		}
	}
	reply_list(x, p, "pools", list);
	return outcome;
}

/* The pool that answers a label: its own, or the lattice's. */
static int find_pool(struct arena *arena, const struct picture *p, const char *label,
	const struct pool **pool, struct error *e)
{
	struct lattice lattice;
	*pool = NULL;
	for (size_t i = 0; i < p->fleet.pool_count; i++)
		if (strcmp(p->fleet.pools[i].label, label) == 0)
			*pool = &p->fleet.pools[i];
	if (*pool != NULL)
		return DONE;
	int outcome = lattice_build(&p->fleet, arena, &lattice, e);
	long at = outcome == DONE ? lattice_find(&lattice, label, strlen(label)) : LATTICE_NONE;
	*pool = at == LATTICE_NONE ? NULL : &p->fleet.pools[at];
	return outcome;
}

static int show_pool(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	char label[64];
	const struct pool *pool = NULL;
	json_t *json = NULL;
	(void)u;
	int outcome = exchange_name(x, label) ? find_pool(&x->arena, p, label, &pool, e) : DONE;
	if (outcome == DONE && pool == NULL)
		reply_problem(x, 404, "there is no such pool", NULL);
	if (outcome != DONE || pool == NULL)
		return outcome;
	outcome = pool_json(x, p, pool, &json, e);
	if (outcome != DONE)
		return outcome;
	json_object_set_new(json, "asked", json_string(label));
	json_object_set_new(json, "revision", json_integer((json_int_t)p->revision));
	reply_json(x, 200, json);
	return DONE;
}

/* Zones and releases: rows as they are. */

static int append_row(const struct kind *kind, const void *row, json_t *list)
{
	json_array_append_new(list, facts_show(kind, row));
	return DONE;
}

static int append_zone(const void *row, void *list, struct error *e)
{
	(void)e;
	return append_row(&zone_kind, row, list);
}

static int show_zones(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	json_t *list = json_array();
	int outcome = registry_each(u->access.registry, &zone_kind, NULL, append_zone, list, e);
	reply_list(x, p, "zones", list);
	return outcome;
}

static int show_releases(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	json_t *list = json_array();
	(void)u;
	(void)e;
	for (size_t i = 0; i < p->fleet.release_count; i++)
		append_row(&release_kind, &p->fleet.releases[i], list);
	reply_list(x, p, "releases", list);
	return DONE;
}

static json_t *dnsd_json(const struct updater *u)
{
	if (u->bell.heard_at == 0)
		return json_null();
	const struct doorbell *d = &u->bell.heard;
	return json_pack("{s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I}", "revision", (json_int_t)d->revision,
		"serving", d->serving != 0, "zones", (json_int_t)d->zones, "hosts", (json_int_t)d->hosts,
		"pools", (json_int_t)d->pools, "queries", (json_int_t)d->queries, "answers",
		(json_int_t)d->answers, "signatures", (json_int_t)d->signatures, "unsigned",
		(json_int_t)d->unsigned_, "samples", (json_int_t)d->samples, "journal_octets", (json_int_t)d->journal_octets, "trouble", d->trouble, "heard_seconds_ago",
		(json_int_t)((clock_ticks() - u->bell.heard_at) / 1000));
}

static int show_status(struct updater *u, struct exchange *x, struct picture *p, struct error *e)
{
	static const struct kind *const counted[] = { &zone_kind, &host_kind, &account_kind };
	int64_t counts[3] = { 0 };
	int outcome = DONE;
	for (size_t i = 0; i < 3 && outcome == DONE; i++)
		outcome = registry_count(u->access.registry, counted[i], &counts[i], e);
	if (outcome != DONE)
		return outcome;
	reply_json(x, 200, json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "version", PACKAGE_VERSION,
		"revision", (json_int_t)p->revision, "uptime", (json_int_t)((clock_ticks() - u->counters.started) / 1000),
		"zones", (json_int_t)counts[0], "hosts", (json_int_t)counts[1], "accounts",
		(json_int_t)counts[2], "relays", (json_int_t)p->fleet.relay_count, "pools",
		(json_int_t)p->fleet.pool_count, "releases", (json_int_t)p->fleet.release_count, "leases",
		(json_int_t)u->leases.count, "dnsd", dnsd_json(u)));
	return DONE;
}

/* PageKite's relays.txt: a line a name, with its addresses now. Anybody may ask for it, so who is in which pool is
 * kept while the registry stands still, and nobody is told of zones that it did not ask in. */

struct listing {
	struct arena arena;
	struct picture picture;
	int64_t until; /* ticks: observations grow old without a change, too */
	size_t count;
	const char **labels;
	struct membership *members;
};

void status_forget(struct updater *u)
{
	if (u->listing != NULL)
		arena_free(&u->listing->arena);
	free(u->listing);
	u->listing = NULL;
}

static bool defined(const struct picture *p, const char *label)
{
	for (size_t i = 0; i < p->fleet.pool_count; i++)
		if (strcmp(p->fleet.pools[i].label, label) == 0)
			return true;
	return false;
}

static int list_label(struct listing *l, const char *label, struct error *e)
{
	const struct pool *pool;
	int outcome = find_pool(&l->arena, &l->picture, label, &pool, e);
	if (outcome != DONE || pool == NULL)
		return outcome;
	l->labels[l->count] = label;
	return steering_pool(&l->picture.fleet, l->picture.offers, pool, &l->arena, &l->members[l->count++], e);
}

static int fill_listing(struct updater *u, struct listing *l, struct error *e)
{
	size_t refused;
	struct picture *p = &l->picture;
	int outcome = registry_fleet(u->access.registry, &l->arena, &p->fleet, &refused, e);
	if (outcome == DONE)
		outcome = steering_offers(&p->fleet, &l->arena, &p->offers, e);
	size_t pools = p->fleet.pool_count + 1;
	l->labels = arena_take(&l->arena, pools * sizeof *l->labels);
	l->members = arena_take(&l->arena, pools * sizeof *l->members);
	if (outcome == DONE && (l->labels == NULL || l->members == NULL))
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE && !defined(p, "fe")) /* which upagekite looks for */
		outcome = list_label(l, "fe", e);
	for (size_t i = 0; outcome == DONE && i < p->fleet.pool_count; i++)
		outcome = list_label(l, p->fleet.pools[i].label, e);
	return outcome;
}

/* The listing of the newest revision, made anew when that moved or it grew old. */
static int refresh(struct updater *u, struct error *e)
{
	int64_t revision, now = clock_ticks();
	int outcome = registry_revision(u->access.registry, &revision, e);
	if (outcome != DONE || (u->listing != NULL && u->listing->picture.revision == revision && now < u->listing->until))
		return outcome;
	status_forget(u);
	u->listing = calloc(1, sizeof *u->listing);
	if (u->listing == NULL)
		return fail(e, FAILED, "out of memory");
	u->listing->picture.revision = revision;
	u->listing->until = now + LISTING_LIVES;
	u->counters.listings++;
	outcome = registry_freeze(u->access.registry, e);
	if (outcome == DONE)
		outcome = fill_listing(u, u->listing, e);
	registry_rollback(u->access.registry);
	if (outcome != DONE)
		status_forget(u);
	return outcome;
}

/* The zone that a Host header's name lies in; "" when it is in none of ours. */
static int zone_asked(struct updater *u, struct exchange *x, const char **zone, struct error *e)
{
	char host[NAME_WIRE + 1], normal[NAME_TEXT];
	struct zone row;
	size_t length = strcspn(x->request.host, ":");
	*zone = "";
	if (length == 0 || length > NAME_WIRE)
		return DONE;
	memcpy(host, x->request.host, length);
	host[length] = '\0';
	int outcome = name_normal(host, normal, NULL) == DONE ? grant_zone(u->access.registry, &x->arena, normal, &row, e) : ABSENT;
	if (outcome == DONE)
		*zone = row.name;
	return outcome < 0 ? outcome : DONE;
}

/* The zone of the service itself: as it was set, or the only one that there is. */
static int zone_of_service(struct updater *u, struct exchange *x, const char **zone, struct error *e)
{
	char normal[NAME_TEXT];
	struct zone *zones;
	int64_t count;
	*zone = "";
	if (name_normal(u->settings.service_zone, normal, NULL) == DONE && *u->settings.service_zone != '\0') {
		*zone = arena_text(&x->arena, normal);
		return *zone == NULL ? fail(e, FAILED, "out of memory") : DONE;
	}
	int outcome = registry_count(u->access.registry, &zone_kind, &count, e);
	size_t all = 0;
	if (outcome == DONE && count == 1)
		outcome = registry_all(u->access.registry, &zone_kind, NULL, &x->arena, (void **)&zones, &all, e);
	if (outcome == DONE && all == 1)
		*zone = zones[0].name;
	return outcome;
}

/* The addresses that a caller is given of a label, with commas between; "" for none. */
static void add_addresses(const struct listing *l, size_t i, const struct address *caller, struct text *out)
{
	struct choice choice[ADDRESS_LIST_MOST];
	unsigned families = label_families(l->labels[i], strlen(l->labels[i]));
	size_t count = steering_choose(&l->members[i], families == FAMILY_6 ? ADDRESS_V6 : ADDRESS_V4,
		steering_bucket(caller), clock_date(), choice);
	for (size_t c = 0; c < count; c++) {
		char address[ADDRESS_TEXT];
		address_write(&choice[c].address, address);
		text_addf(out, "%s%s", c == 0 ? "" : ",", address);
	}
}

int status_relays_txt(struct updater *u, struct exchange *x, struct error *e)
{
	const char *zones[2];
	struct text out = { 0 }, lines[2] = { { 0 } };
	int outcome = refresh(u, e);
	if (outcome == DONE)
		outcome = zone_asked(u, x, &zones[0], e);
	if (outcome == DONE)
		outcome = zone_of_service(u, x, &zones[1], e);
	if (outcome != DONE)
		return outcome;
	if (strcmp(zones[0], zones[1]) == 0)
		zones[1] = "";
	for (size_t i = 0; i < u->listing->count; i++) {
		struct text addresses = { 0 };
		add_addresses(u->listing, i, &x->request.caller, &addresses);
		for (size_t z = 0; addresses.length > 0 && z < 2; z++)
			if (*zones[z] != '\0')
				text_addf(&lines[z], "X-DNS: %s.%s %s\n", u->listing->labels[i], zones[z], addresses.bytes);
		text_free(&addresses);
	}
	for (size_t z = 0; z < 2; z++)
		text_add(&out, lines[z].bytes == NULL ? "" : lines[z].bytes);
	const char *body = out.broken || lines[0].broken || lines[1].broken ? NULL : arena_text(&x->arena, out.bytes);
	text_free(&out);
	text_free(&lines[0]);
	text_free(&lines[1]);
	if (body == NULL)
		return fail(e, FAILED, "out of memory");
	reply_text(x, 200, body);
	return DONE;
}

/* Monitors. */

int status_healthz(struct updater *u, struct exchange *x, struct error *e)
{
	(void)u;
	(void)e;
	reply_text(x, 200, "ok\n");
	return DONE;
}

int status_readyz(struct updater *u, struct exchange *x, struct error *e)
{
	int64_t revision = 0;
	json_t *failed = json_array();
	bool open = u->access.registry != NULL;
	int outcome = open ? registry_revision(u->access.registry, &revision, e) : DONE;
	if (!open || outcome != DONE)
		json_array_append_new(failed, json_string("registry"));
	if (u->bell.heard_at == 0 || clock_ticks() - u->bell.heard_at > DNSD_SILENT || u->bell.heard.serving == 0)
		json_array_append_new(failed, json_string("dnsd"));
	bool ready = json_array_size(failed) == 0;
	reply_json(x, ready ? 200 : 503, json_pack("{s:b, s:o}", "ready", ready, "failed", failed));
	return outcome < 0 ? outcome : DONE;
}

#define FOR_OPERATOR(name)                                                                         \
	int status_##name(struct updater *u, struct exchange *x, struct error *e)                   \
	{                                                                                          \
		return for_operator(u, x, show_##name, e);                                          \
	}
FOR_OPERATOR(relays)
FOR_OPERATOR(relay)
FOR_OPERATOR(pools)
FOR_OPERATOR(pool)
FOR_OPERATOR(zones)
FOR_OPERATOR(releases)
FOR_OPERATOR(status)
