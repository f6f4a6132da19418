/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of a visit, one after the other. */
#include "prober/visit.h"

#include <stdio.h>
#include <string.h>

enum { TLS13 = TLS_VERSIONS - 1 };
enum { PATIENCE = 3 }; /* questions unanswered in time, after which an address is left alone */

void visit_begin(struct visit *v, const struct orders *orders)
{
	*v = (struct visit){ .orders = *orders,
		.finding = { .full = orders->full, .route = orders->route } };
}

static tls_set newest(tls_set set)
{
	tls_set one = 1u << TLS13;
	while (one != 0 && (set & one) == 0)
		one >>= 1;
	return one;
}

/* The TLS versions that are worth a question here: none, unless the visit is a full one, of who answered the ping and
 * so is alive. */
static tls_set wanted(const struct visit *v)
{
	if (v->finding.route == ROUTE_NONE || v->finding.route == ROUTE_LATER)
		return 0;
	if (v->orders.full)
		return TLS_ALL;
	if (v->heard.pinged)
		return 0;
	return v->orders.tls == 0 ? TLS_ALL : newest(v->orders.tls);
}

static void settle_route(struct visit *v)
{
	bool pagekite = v->heard.pinged && v->heard.uuid[0] != '\0';
	const char *known = v->finding.uuid[0] != '\0' ? v->finding.uuid : v->orders.uuid;
	if (v->heard.settled)
		return;
	v->heard.settled = true;
	if (v->finding.route != ROUTE_LATER)
		v->denials = v->orders.denied < v->orders.vias->count ? v->orders.denied : 0;
	if (pagekite && strcmp(v->heard.uuid, known) != 0)
		v->finding.route = ROUTE_UNKNOWN; /* another process: perhaps another program */
	if (v->finding.route >= (int)v->orders.vias->count)
		v->finding.route = ROUTE_UNKNOWN;
	if (v->finding.route == ROUTE_UNKNOWN)
		v->finding.route = !pagekite ? ROUTE_DIRECT : v->orders.vias->count > 0 ? (int)v->denials : ROUTE_NONE;
}

static bool ask_tls(struct visit *v, struct question *q)
{
	tls_set one = newest((tls_set)(wanted(v) & ~v->heard.tls_asked));
	if (one == 0)
		return false;
	v->heard.tls_asked |= one;
	*q = (struct question){ .kind = ASK_TLS, .sni = v->orders.sni };
	while ((one >> q->what) != 1)
		q->what++;
	if (v->finding.route >= 0)
		q->connect = v->orders.vias->list[v->finding.route].name;
	return true;
}

/* Up to TLS 1.2 the certificate was seen already. */
/* Asks once more, with the server name that other clients of ours send: relays choose a certificate by it, and may
 * know none of these names. */
static bool ask_other_sni(struct visit *v, struct question *q)
{
	tls_set spoken = newest(v->heard.tls_yes);
	if (!v->orders.full || v->heard.named || v->orders.other_sni == NULL || spoken <= 1
		|| v->finding.route != ROUTE_DIRECT)
		return false;
	v->heard.named = true;
	*q = (struct question){ .kind = ASK_TLS, .sni = v->orders.other_sni };
	while ((spoken >> q->what) != 1)
		q->what++;
	return true;
}

static bool ask_certificate(struct visit *v, struct question *q)
{
	if (!v->orders.full || v->heard.shown || v->finding.certificate.expires != 0
		|| (v->heard.tls_yes & 1u << TLS13) == 0)
		return false;
	v->heard.shown = true;
	*q = (struct question){ .kind = ASK_CERTIFICATE, .what = TLS13, .sni = v->orders.sni };
	if (v->finding.route >= 0)
		q->connect = v->orders.vias->list[v->finding.route].name;
	return true;
}

static bool ask_ping(struct visit *v, int form, struct question *q)
{
	if ((v->heard.pings_asked >> form & 1) != 0)
		return false;
	v->heard.pings_asked |= 1u << form;
	*q = (struct question){ .kind = ASK_PING, .what = form, .sni = "" };
	return true;
}

static bool ask_here(struct visit *v, struct question *q)
{
	if (ask_ping(v, PING_TODAY, q))
		return true;
	if (v->heard.lost || v->heard.silent >= PATIENCE)
		return false;
	settle_route(v);
	if (ask_tls(v, q) || ask_other_sni(v, q) || ask_certificate(v, q))
		return true;
	bool lives = v->heard.pinged || v->heard.tls_yes != 0;
	for (int form = 0; v->orders.full && lives && form < PING_FORMS; form++)
		if (ask_ping(v, form, q))
			return true;
	return false;
}

static void note_trouble(struct visit *v)
{
	char address[ADDRESS_TEXT];
	const struct heard *h = &v->heard;
	struct finding *f = &v->finding;
	if (f->reason[0] != '\0' || (h->pinged && h->tls_yes != 0))
		return;
	address_write(&v->orders.addresses[v->at], address);
	if (!h->pinged && h->tls_yes != 0)
		snprintf(f->reason, sizeof f->reason, "%s: it speaks TLS, but to pings: %s", address,
			h->ping_reason);
	else if (!h->pinged)
		snprintf(f->reason, sizeof f->reason, "%s: %s", address, h->ping_reason);
	else if (f->route == ROUTE_NONE)
		snprintf(f->reason, sizeof f->reason,
			"%s: it denies CONNECT to %.80s: what TLS it speaks is not known", address,
			v->orders.vias->count == 1 ? v->orders.vias->list[0].name : "all our names");
	else if (h->tls_no != 0)
		snprintf(f->reason, sizeof f->reason, "%s: it answers pings, but speaks no TLS: %s", address,
			h->tls_reason);
}

/* Ends the visit of an address. Clients may be given any of them, so what one address refuses, the relay does not
 * offer. */
static void leave_address(struct visit *v)
{
	const struct heard *h = &v->heard;
	struct finding *f = &v->finding;
	note_trouble(v);
	f->spots[f->count++] = (struct spot){ .able = h->able, .well = h->pinged || h->tls_yes != 0,
		.mute = v->orders.full && h->tls_yes == 0 && h->tls_no != 0, .tls_yes = h->tls_yes,
		.tls_no = h->tls_no, .pings_yes = h->pings_yes, .pings_no = h->pings_no };
	f->tls_no |= h->tls_no;
	f->tls_yes = (tls_set)((f->tls_yes | h->tls_yes) & ~f->tls_no);
	f->pings_no |= h->pings_no;
	f->pings_yes = (f->pings_yes | h->pings_yes) & ~f->pings_no;
	f->well |= h->pinged || h->tls_yes != 0;
	f->pinged |= h->pinged;
	f->split |= f->uuid[0] != '\0' && h->uuid[0] != '\0' && strcmp(f->uuid, h->uuid) != 0;
	if (f->uuid[0] == '\0')
		memcpy(f->uuid, h->uuid, sizeof f->uuid);
	v->heard = (struct heard){ 0 };
	v->at++;
}

bool visit_next(struct visit *v, struct question *q, struct address *address)
{
	for (; v->at < v->orders.count; leave_address(v))
		if (ask_here(v, q)) {
			*address = v->orders.addresses[v->at];
			return true;
		}
	return false;
}

static void take_ping(struct visit *v, int form, const struct answer *a)
{
	struct heard *h = &v->heard;
	h->pings_yes |= a->kind == ANSWER_YES ? 1u << form : 0;
	h->pings_no |= a->kind == ANSWER_NO ? 1u << form : 0;
	if (form != PING_TODAY)
		return;
	h->pinged = a->kind == ANSWER_YES;
	h->lost = a->kind == ANSWER_UNREACHED || a->kind == ANSWER_UNABLE;
	v->finding.overloaded |= h->pinged && a->ping.overloaded;
	memcpy(h->uuid, a->ping.uuid, sizeof h->uuid);
	memcpy(h->ping_reason, a->reason, sizeof h->ping_reason);
}

/* Notes that the way to TLS was wrong, so that the same version is asked for by the next one. */
static void take_other_route(struct visit *v, int version, enum answer_kind kind)
{
	size_t count = v->orders.vias->count;
	struct finding *f = &v->finding;
	v->heard.tls_asked &= (tls_set)~(1u << version);
	if (kind == ANSWER_HUNG_UP && !v->heard.hung_up)
		v->heard.hung_up = true; /* once more: a relay that ends is gone by then */
	else if (kind != ANSWER_DENIED)
		f->route = ROUTE_DIRECT;
	else if (++v->denials >= count)
		f->route = ROUTE_NONE;
	else if (++v->tried >= VISIT_NAMES)
		f->route = ROUTE_LATER;
	else
		f->route = (int)((size_t)(f->route + 1) % count);
	f->denied = f->route == ROUTE_LATER ? v->denials : 0;
}

static void take_certificate(struct visit *v, const struct answer *a)
{
	if (a->leaf_size > 0 && v->finding.certificate.expires == 0)
		certificate_read(a->leaf, a->leaf_size, &v->finding.certificate, NULL);
}

static void take_tls(struct visit *v, int version, const struct answer *a)
{
	struct heard *h = &v->heard;
	tls_set bit = (tls_set)(1u << version);
	if (a->kind == ANSWER_YES) {
		h->tls_yes |= bit;
		take_certificate(v, a);
	} else if (a->kind == ANSWER_NO) {
		h->tls_no |= bit;
		if (h->tls_reason[0] == '\0')
			memcpy(h->tls_reason, a->reason, sizeof h->tls_reason);
	}
}

void visit_answer(struct visit *v, const struct question *q, const struct answer *a)
{
	v->finding.able |= a->kind != ANSWER_UNABLE;
	v->heard.able |= a->kind != ANSWER_UNABLE;
	v->heard.silent += a->kind == ANSWER_SILENT || a->kind == ANSWER_UNREACHED
		|| a->kind == ANSWER_UNABLE;
	if (q->kind == ASK_PING)
		take_ping(v, q->what, a);
	else if (q->kind == ASK_CERTIFICATE)
		take_certificate(v, a);
	else if (v->heard.named && q->sni == v->orders.other_sni)
		v->finding.other_sni = a->kind == ANSWER_YES ? SNI_TAKEN : a->kind == ANSWER_NO ? SNI_REFUSED
			: v->finding.other_sni;
	else if (a->kind >= ANSWER_DENIED)
		take_other_route(v, q->what, a->kind);
	else
		take_tls(v, q->what, a);
}
