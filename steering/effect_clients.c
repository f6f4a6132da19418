/* SPDX-License-Identifier: BSD-2-Clause */
/* Which clients a change strands or misleads, and which need of theirs a pool gives up. */
#include <string.h>

#include "lib/array.h"
#include "lib/text.h"
#include "steering/choose.h"
#include "steering/effect.h"
#include "steering/effect_parts.h"
#include "steering/seat.h"

/* Whether the release could talk to the seat's relay, at an address of any of FAMILIES: they share a TLS version and a ping. */
static bool suits(const struct release *release, unsigned families, const struct seat *seat)
{
	const struct offer *offer = seat->offer;
	unsigned own = (unsigned)release->families + 1; /* 4, 6, 46 */
	bool trusted = seat->included && !offer->tls_observed; /* the operator knows */
	bool speaks = trusted || ((tls_set)release->tls & offer->tls) != 0;
	bool hears = offer->pings == 0 || (offer->pings >> release->ping & 1) != 0;
	return seat->in && speaks && hears && (own & families) != 0;
}

bool effect_serves(const struct release *release, unsigned families, const struct seat *seat)
{
	return seat->offer->health != HEALTH_DOWN && suits(release, families & seat->offer->live, seat);
}

/* Whether members of weight 0 are given to anybody: as long as those that have one leave room in an answer of the family. */
static bool gives_weightless(const struct membership *m, uint8_t family)
{
	bool anyway = choose_anyway(m, family);
	size_t heavy = 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		heavy += seat->in && seat->offer->relay->weight > 0 && choose_offers(seat->offer, m->families, family, anyway);
	return m->pool == NULL || heavy < (size_t)m->pool->answers;
}

/* What is asked of a relay: that it look well at the moment, or only that it could serve once it does. */
enum need { AT_ONCE, IN_THE_END, NEEDS };

static bool serves_in(const struct membership *m, const struct release *release, uint8_t family, enum need need)
{
	unsigned families = label_family(family);
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		bool serves = need == AT_ONCE ? effect_serves(release, families, seat)
			: suits(release, families & seat->offer->families, seat);
		if (serves && (seat->offer->relay->weight > 0 || gives_weightless(m, family)))
			return true;
	}
	return false;
}

static bool serves(const struct membership *m, const struct release *release, unsigned families, enum need need)
{
	families &= m->families; /* another label's pool may answer fewer */
	return ((families & label_family(4)) != 0 && serves_in(m, release, 4, need))
		|| ((families & label_family(6)) != 0 && serves_in(m, release, 6, need));
}

/* Whether a client with the traits WAS found a usable relay before, and with the traits IS finds none after. Relays that look
 * down are not lost for good: to take them from a client is to strand it, though it finds none of them up today. And where
 * all answers end, all who look the label up are stranded, whatever is thought of its relays. */
static bool loses(const struct pair *pair, const struct release *was, const struct release *is, const char *label)
{
	unsigned families = label_families(label, strlen(label));
	for (int browned_out = 0; browned_out < 2; browned_out++) {
		const struct membership *before = pair_given(pair, BEFORE, browned_out != 0);
		const struct membership *after = pair_given(pair, AFTER, browned_out != 0);
		if (pair_answers(before, families) && !pair_answers(after, families))
			return true;
		for (enum need need = AT_ONCE; need < NEEDS; need++)
			if (serves(before, was, families, need) && !serves(after, is, families, need))
				return true;
	}
	return false;
}

static const struct release *same_release(const struct fleet *fleet, const struct release *release)
{
	for (size_t i = 0; i < fleet->release_count; i++)
		if (strcmp(fleet->releases[i].product, release->product) == 0
			&& strcmp(fleet->releases[i].version, release->version) == 0)
			return &fleet->releases[i];
	return NULL;
}

/* Makes room for one more row of a list in the arena. */
static int make_room(struct comparison *x, void *list, size_t count, size_t *room, size_t size, struct error *e)
{
	return array_room_in(x->arena, list, room, count + 1, size) ? DONE : fail(e, FAILED, "out of memory");
}

static int strand(struct comparison *x, const struct release *release, const char *label, struct error *e)
{
	struct effect *effect = x->effect;
	int outcome = make_room(x, &effect->stranded, effect->stranded_count, &x->stranded_room,
		sizeof *effect->stranded, e);
	if (outcome == DONE)
		effect->stranded[effect->stranded_count++] = (struct effect_stranded){ label, release };
	return outcome;
}

static const struct seat *find_seat(const struct membership *m, const char *relay)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->seats[i].offer->relay->name, relay) == 0)
			return &m->seats[i];
	return NULL;
}

/* Whether the operator included the relay with a note that says why, and nobody has seen what TLS it speaks. */
static bool is_vouched_for(const struct fleet *fleet, const struct membership *m, const struct seat *seat)
{
	size_t count;
	if (!seat->included || seat->offer->tls_observed)
		return false;
	const struct rule *rules = seat_rules(fleet, m->source, &count);
	const struct rule *rule = seat_rule(rules, count, seat->offer->relay);
	return rule != NULL && rule->note != NULL && *rule->note != '\0';
}

/* Whether a relay is given out that is known to speak none of the release's TLS versions. */
static bool is_foreign(const struct seat *seat, const struct release *release)
{
	tls_set tls = seat->offer->tls;
	return seat->in && tls != 0 && ((tls_set)release->tls & tls) == 0;
}

/* Whether the release is left out of a compromise: no relay suits it and the pool's other releases. It is then not
 * misled by relays chosen for those; whether it lost a relay of its own, effect_find_clients says. */
static bool is_left_out(const struct membership *m, const struct release *release)
{
	for (size_t i = 0; i < m->left_out_count; i++)
		if (strcmp(m->left_out[i]->product, release->product) == 0
			&& strcmp(m->left_out[i]->version, release->version) == 0)
			return true;
	return false;
}

/* Notes the first member that misleads a release. Only the pool's own members count, not a successor's. WAS: the
 * release before, NULL if it did not look the pool up; IS: the release after. */
static int find_misled(struct comparison *x, const struct effect_pool *p, const struct pair *pair,
	const struct release *was, const struct release *is, bool *misled, struct error *e)
{
	const struct membership *own = &pair->own[AFTER];
	struct effect *effect = x->effect;
	if (p->after.pool == NULL || is_left_out(own, is))
		return DONE;
	for (size_t i = 0; i < own->count && own->source == p->after.pool; i++) {
		if (!is_foreign(&own->seats[i], is) || is_vouched_for(x->fleet[AFTER], own, &own->seats[i]))
			continue;
		const char *relay = own->seats[i].offer->relay->name;
		const struct seat *before = was == NULL ? NULL : find_seat(&pair->own[BEFORE], relay);
		if (before != NULL && is_foreign(before, was)) /* whoever takes back that he vouched for it gives nothing new */
			continue;
		int outcome = make_room(x, &effect->misled, effect->misled_count, &x->misled_room,
			sizeof *effect->misled, e);
		if (outcome == DONE)
			effect->misled[effect->misled_count++] = (struct effect_misled){ p->label, relay, is };
		*misled = true;
		return outcome;
	}
	return DONE;
}

/* Judges releases that did not look the label up before: whether they are left out there, or misled. */
static int find_newcomers(struct comparison *x, const struct effect_pool *p, const struct pair *pair, struct error *e)
{
	const struct fleet *after = x->fleet[AFTER];
	int outcome = DONE;
	for (size_t i = 0; i < after->release_count && outcome == DONE; i++) {
		const struct release *is = &after->releases[i];
		bool misled = false;
		if (!text_lists(is->pools, p->label))
			continue;
		const struct release *was = same_release(x->fleet[BEFORE], is);
		if (was != NULL && text_lists(was->pools, p->label))
			continue;
		outcome = is_left_out(&pair->own[AFTER], is) ? strand(x, is, p->label, e)
			: find_misled(x, p, pair, NULL, is, &misled, e);
	}
	return outcome;
}

int effect_find_clients(struct comparison *x, const struct effect_pool *p, const struct pair *pair,
	struct error *e)
{
	int outcome = DONE;
	const struct fleet *before = x->fleet[BEFORE];
	for (size_t i = 0; i < before->release_count && outcome == DONE; i++) {
		const struct release *was = &before->releases[i];
		bool misled = false;
		if (!text_lists(was->pools, p->label))
			continue;
		const struct release *is = same_release(x->fleet[AFTER], was);
		if (loses(pair, was, was, p->label) || (is != NULL && loses(pair, was, is, p->label)))
			outcome = strand(x, was, p->label, e);
		if (outcome == DONE)
			outcome = find_misled(x, p, pair, was, was, &misled, e);
		if (outcome == DONE && is != NULL && !misled)
			outcome = find_misled(x, p, pair, was, is, &misled, e);
	}
	/* Where nobody defined the label, and nobody asked for it, nothing gets worse: a registry is filled, say. */
	bool known = p->before.pool != NULL || p->asked;
	return outcome == DONE && known ? find_newcomers(x, p, pair, e) : outcome;
}

/* Whether one of the pool's needs is met by no TLS version outside WANTED. */
static bool needs(const struct fleet *fleet, const struct pool *pool, tls_set wanted)
{
	if (pool->tls != 0)
		return ((tls_set)pool->tls & ~wanted) == 0;
	for (size_t i = 0; i < fleet->release_count; i++)
		if (fleet->releases[i].tls != 0 && ((tls_set)fleet->releases[i].tls & ~wanted) == 0
			&& text_lists(fleet->releases[i].pools, pool->label))
			return true;
	return false;
}

/* The next need of a pool, from *AT on: a set of TLS versions, one of which a member must speak. The needs are the
 * pool's own --tls, or else its releases'. 0 when there are no more. */
static tls_set next_need(const struct fleet *fleet, const struct pool *pool, size_t *at)
{
	while (*at < fleet->release_count && pool->tls == 0) {
		const struct release *release = &fleet->releases[(*at)++];
		if (release->tls != 0 && text_lists(release->pools, pool->label))
			return (tls_set)release->tls;
	}
	return (*at)++ == 0 ? (tls_set)pool->tls : 0;
}

bool effect_loosened(const struct comparison *x, const struct pool *was, const struct pool *is, tls_set *whole)
{
	bool loosened = false;
	size_t at = 0;
	tls_set all = (tls_set)~0u, need, least = 0;
	*whole = 0;
	if (was == NULL || is == NULL)
		return false;
	while ((need = next_need(x->fleet[BEFORE], was, &at)) != 0) {
		loosened |= !needs(x->fleet[AFTER], is, need);
		all &= need;
		least = least == 0 || (need & ~least) == 0 ? need : least;
	}
	*whole = loosened && all == least ? least : 0;
	return loosened;
}
