/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock status: name servers, pools, relays, probers and clients at a glance. */
#include <stdlib.h>
#include <time.h>

#include "link/forward.h"
#include "tools/watch/check.h"
#include "tools/registry/registry_verbs.h"
#include "tools/watch/survey.h"
#include "tools/table.h"
#include "tools/watch/today.h"

static void print_name_server(struct command *c, const struct survey *s)
{
	const struct doorbell *b = &s->bell;
	if (!s->answers) {
		fprintf(c->out, "name server: silent: %s\n", s->silence.text);
		return;
	}
	fprintf(c->out, "name server: serves revision %lld, as of %s; %s, %s, %s; %lld queries, %lld answers\n",
		(long long)b->revision, date_text(c, b->loaded_at), counted(c, b->zones, "zone"),
		counted(c, b->pools, "pool"), counted(c, b->hosts, "host"), (long long)b->queries,
		(long long)b->answers);
	if (b->signatures > 0)
		fprintf(c->out, "name server: made %s for answers; %s found no budget for one (dnssec-rate, dnssec-deny-rate)\n",
			counted(c, b->signatures, "signature"), counted(c, b->unsigned_, "answer"));
	if (b->samples > 0)
		printf("name server: %s of pools found none for the network's own, and had one of %d selections that are signed ahead\n",
			counted(c, b->samples, "answer"), STEERING_SAMPLES);
	if (*b->trouble != '\0')
		fprintf(c->out, "name server: answers from memory: %s\n", b->trouble);
	if (b->refused_rows > 0)
		fprintf(c->out, "name server: %s of the registry cannot be served\n", counted(c, b->refused_rows, "row"));
}

static void print_pools(struct command *c, const struct survey *s)
{
	bool any_well;
	for (size_t i = 0; i < s->fleet.pool_count; i++) {
		const struct membership *m = &s->memberships[i];
		if (m->pool->state == POOL_RETIRED)
			continue;
		if (m->members == 0)
			fprintf(c->out, "pool %s: no compatible relay\n", m->pool->label);
		else if (m->last_resort)
			fprintf(c->out, "%s\n", check_last_resort(m, &any_well, &c->arena));
		else if (m->members == 1)
			fprintf(c->out, "pool %s: one relay only\n", m->pool->label);
	}
}

static void print_relays(struct command *c, const struct survey *s)
{
	for (size_t i = 0; i < s->fleet.relay_count; i++) {
		const struct offer *offer = &s->offers[i];
		if (offer->health == HEALTH_DOWN && offer->relay->state == RELAY_SERVICE)
			fprintf(c->out, "relay %s: looks down: %s\n", offer->relay->name, offer->health_reason);
		else if (offer->relay->state == RELAY_TESTING)
			fprintf(c->out, "relay %s: tested since %s%s%s\n", offer->relay->name, date_text(c, offer->relay->since),
				offer->health == HEALTH_DOWN ? ", and looks down: " : "",
				offer->health == HEALTH_DOWN ? offer->health_reason : "");
		else if (offer->relay->state == RELAY_DRAINING)
			fprintf(c->out, "relay %s: draining since %s\n", offer->relay->name, date_text(c, offer->relay->since));
	}
}

/* Says who is silent besides the name server: the updater, probers. */
static void print_silence(struct command *c, const struct survey *s)
{
	struct findings v = { .list = json_array() };
	check_updater(c, &v, s);
	check_probers(&v, s, &c->arena);
	for (size_t i = 0; i < json_array_size(v.list); i++)
		fprintf(c->out, "%s\n", json_string_value(json_object_get(json_array_get(v.list, i), "what")));
	json_decref(v.list);
	text_free(&v.details);
	text_free(&v.first);
}

/* The certificates of HTTPS; NULL with none when the updater does not tell any. */
static struct forward_certificate *find_certificates(struct command *c, size_t *count)
{
	enum { WAIT = 1000 /* milliseconds */ };
	struct forward_certificate *list;
	struct error why;
	*count = 0;
	return forward_certificates(c->registry_path, WAIT, &list, count, &why) == DONE ? list : NULL;
}

static void print_certificates(struct command *c)
{
	size_t count;
	struct forward_certificate *list = find_certificates(c, &count);
	for (size_t i = 0; i < count; i++) {
		if (list[i].expires != 0)
			fprintf(c->out, "updater: HTTPS for %s until %s\n", list[i].names, date_text(c, list[i].expires));
		if (*list[i].trouble != '\0')
			fprintf(c->out, "updater: a certificate for %s cannot be taken up: %s\n", list[i].names, list[i].trouble);
	}
	free(list);
}

static json_t *certificates_json(struct command *c)
{
	size_t count;
	struct forward_certificate *list = find_certificates(c, &count);
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_pack("{s:s, s:o, s:o}", "names", list[i].names, "expires", list[i].expires == 0
			? json_null() : json_integer((json_int_t)list[i].expires), "trouble", *list[i].trouble == '\0'
			? json_null() : json_string(list[i].trouble)));
	free(list);
	return array;
}

static void print_followers(struct command *c, const struct follower *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(c->out, "%s\n", follower_words(&all[i], &c->arena));
}

static json_t *followers_json(const struct follower *all, size_t count)
{
	json_t *array = json_array();
	for (const struct follower *f = all; f < all + count; f++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o, s:I, s:b, s:o, s:o}", "name", f->name, "server",
			f->server.name, "zone", f->server.zone, "serial", f->server.wrong != NULL ? json_null()
			: json_integer(f->server.serial), "zones", (json_int_t)f->server.zones, "behind",
			f->behind, "behind_seconds", f->behind && f->age >= 0 ? json_integer((json_int_t)f->age) : json_null(),
			"trouble", f->server.wrong == NULL ? json_null() : json_string(f->server.wrong)));
	return array;
}

static json_t *pools_json(const struct survey *s)
{
	json_t *array = json_array();
	for (size_t i = 0; i < s->fleet.pool_count; i++)
		json_array_append_new(array, json_pack("{s:s, s:I, s:b}", "label", s->fleet.pools[i].label,
			"members", (json_int_t)s->memberships[i].members, "last_resort",
			s->memberships[i].last_resort));
	return array;
}

static void print_status_json(struct command *c, const struct survey *s, const struct today *today,
	json_t *secondaries, const struct error *trouble)
{
	const struct doorbell *b = &s->bell;
	json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "registry", c->registry_path,
		"revision", (json_int_t)s->revision, "zones", (json_int_t)s->zones, "relays",
		(json_int_t)s->relays, "releases", (json_int_t)s->releases, "pools", (json_int_t)s->pools,
		"accounts", (json_int_t)s->accounts, "hosts", (json_int_t)s->hosts);
	if (trouble != NULL)
		json_object_set_new(object, "trouble", json_string(trouble->text));
	json_object_set_new(object, "name_server", json_pack(
		"{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "answers", s->answers, "revision",
		(json_int_t)b->revision, "loaded_at", (json_int_t)b->loaded_at, "zones", (json_int_t)b->zones,
		"hosts", (json_int_t)b->hosts, "queries", (json_int_t)b->queries, "answers_sent",
		(json_int_t)b->answers, "refused_rows", (json_int_t)b->refused_rows, "signatures",
		(json_int_t)b->signatures, "unsigned", (json_int_t)b->unsigned_, "samples", (json_int_t)b->samples, "journal_octets",
		(json_int_t)b->journal_octets, "trouble",
		s->answers ? b->trouble : s->silence.text));
	json_object_set_new(object, "pool_states", pools_json(s));
	json_object_set_new(object, "secondaries", secondaries);
	json_object_set_new(object, "certificates", certificates_json(c));
	today_json(today, object);
	print_json(c, object);
}

int verb_status(struct command *c, struct error *e)
{
	struct survey s;
	struct today today;
	struct error why = { "" };
	struct follower *followers = NULL;
	const char *const *zones;
	size_t follower_count = 0, zone_count;
	int outcome = today_find(c, &today, e);
	if (outcome != DONE)
		return outcome;
	outcome = survey_take(c, &s, &why); /* the name server may answer even if the registry is gone */
	if (outcome == DONE)
		outcome = check_zones(c, &zones, &zone_count, &why);
	if (outcome == DONE)
		outcome = followers_find(c, s.revision, zones, zone_count, &followers, &follower_count, &why);
	if (c->json)
		print_status_json(c, &s, &today, followers_json(followers, follower_count), outcome == DONE ? NULL : &why);
	else if (outcome == DONE)
		fprintf(c->out, "registry: %s, revision %lld; %s, %s, %s, %s, %s, %s\n", c->registry_path,
			(long long)s.revision, counted(c, s.zones, "zone"), counted(c, s.relays, "relay"),
			counted(c, s.releases, "release"), counted(c, s.pools, "pool"),
			counted(c, s.accounts, "account"), counted(c, s.hosts, "host"));
	if (!c->json) {
		print_name_server(c, &s);
		print_followers(c, followers, follower_count);
		print_certificates(c);
		print_pools(c, &s);
		if (outcome == DONE)
			print_silence(c, &s);
		print_relays(c, &s);
		today_print(c->out, &today);
	}
	return outcome == DONE ? DONE : fail(e, FAILED, "%s", why.text);
}
