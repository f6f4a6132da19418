/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of routes, and how often a source may ask. */
#include "updater/route.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "updater/acme.h"
#include "updater/batch.h"
#include "updater/dyndns.h"
#include "updater/kite.h"
#include "updater/metrics.h"
#include "updater/refusal_log.h"
#include "updater/relays.h"
#include "updater/reply.h"
#include "updater/status.h"

/* A source may ask 20 times a second. Beyond that, requests with credentials pass still, one a second of the same
 * kind. */
enum { REQUEST_INTERVAL = 50, REQUEST_BURST = 20, SAME_INTERVAL = 1000, SAME_BURST = 5 };

static const struct route routes[] = {
	{ "/nic/update", METHOD_GET, API_DYNDNS, NEEDS_BATCH, dyndns_update, dyndns_trouble },
	{ "/nic/update", METHOD_POST, API_DYNDNS, NEEDS_BATCH, dyndns_update, dyndns_trouble },
	{ "/nic/update", METHOD_OTHER, API_DYNDNS, NEEDS_NOTHING, dyndns_badagent, dyndns_trouble },
	{ "/v3/update", METHOD_GET, API_DYNDNS, NEEDS_BATCH, dyndns_update, dyndns_trouble },
	{ "/v3/update", METHOD_POST, API_DYNDNS, NEEDS_BATCH, dyndns_update, dyndns_trouble },
	{ "/v3/update", METHOD_OTHER, API_DYNDNS, NEEDS_NOTHING, dyndns_badagent, dyndns_trouble },
	{ "/", METHOD_GET, API_KITE, NEEDS_BATCH, kite_update, dyndns_trouble },
	{ "/v1/relays", METHOD_POST, API_RELAYS, NEEDS_BATCH, relays_register, NULL },
	{ "/v1/relays/", METHOD_PUT, API_RELAYS, NEEDS_BATCH, relays_heartbeat, NULL },
	{ "/v1/relays/", METHOD_DELETE, API_RELAYS, NEEDS_BATCH, relays_leave, NULL },
	{ "/v1/relays", METHOD_GET, API_READ, NEEDS_REGISTRY, status_relays, NULL },
	{ "/v1/relays/", METHOD_GET, API_READ, NEEDS_REGISTRY, status_relay, NULL },
	{ "/v1/pools", METHOD_GET, API_READ, NEEDS_REGISTRY, status_pools, NULL },
	{ "/v1/pools/", METHOD_GET, API_READ, NEEDS_REGISTRY, status_pool, NULL },
	{ "/v1/zones", METHOD_GET, API_READ, NEEDS_REGISTRY, status_zones, NULL },
	{ "/v1/releases", METHOD_GET, API_READ, NEEDS_REGISTRY, status_releases, NULL },
	{ "/v1/status", METHOD_GET, API_READ, NEEDS_REGISTRY, status_status, NULL },
	{ "/register", METHOD_POST, API_ACME, NEEDS_BATCH, acme_register, NULL },
	{ "/update", METHOD_POST, API_ACME, NEEDS_BATCH, acme_update, NULL },
	{ "/present", METHOD_POST, API_ACME, NEEDS_BATCH, acme_present, NULL },
	{ "/cleanup", METHOD_POST, API_ACME, NEEDS_BATCH, acme_cleanup, NULL },
	{ "/health", METHOD_GET, API_ACME, NEEDS_NOTHING, acme_health, NULL },
	{ "/relays.txt", METHOD_GET, API_READ, NEEDS_REGISTRY, status_relays_txt, NULL },
	{ "/logs/relays.txt", METHOD_GET, API_READ, NEEDS_REGISTRY, status_relays_txt, NULL },
	{ "/healthz", METHOD_GET, API_READ, NEEDS_NOTHING, status_healthz, NULL },
	{ "/readyz", METHOD_GET, API_READ, NEEDS_NOTHING, status_readyz, NULL },
	{ "/metrics", METHOD_GET, API_READ, NEEDS_NOTHING, metrics_show, NULL },
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static bool path_fits(const struct route *route, struct piece path)
{
	size_t size = strlen(route->path);
	bool below = size > 1 && route->path[size - 1] == '/';
	if (path.size < size || memcmp(path.at, route->path, size) != 0)
		return false;
	return below ? path.size > size && memchr(path.at + size, '/', path.size - size) == NULL
		: path.size == size;
}

static bool method_fits(const struct route *route, enum method method)
{
	return route->method == method || route->method == METHOD_OTHER
		|| (method == METHOD_HEAD && route->method == METHOD_GET && route->needs != NEEDS_BATCH);
}

static void not_allowed(struct exchange *x)
{
	static const char *const names[METHOD_OTHER] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	struct text allow = { 0 };
	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_fits(&routes[i], x->request.path))
			continue;
		text_addf(&allow, "%s%s", allow.length == 0 ? "" : ", ", names[routes[i].method]);
		if (routes[i].method == METHOD_GET && routes[i].needs != NEEDS_BATCH)
			text_add(&allow, ", HEAD");
	}
	reply_problem(x, 405, "this method is not for that path", NULL);
	x->reply.allow = allow.broken ? NULL : arena_text(&x->arena, allow.bytes);
	text_free(&allow);
}

/* Finds the route; false when there is none, and the reply says so. */
static bool find(struct exchange *x)
{
	bool known = false;
	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_fits(&routes[i], x->request.path))
			continue;
		known = true;
		if (method_fits(&routes[i], x->request.method)) {
			x->route = &routes[i];
			return true;
		}
	}
	if (known)
		not_allowed(x);
	else
		reply_problem(x, 404, "there is nothing here", NULL);
	return false;
}

static bool bears_credentials(const struct exchange *x)
{
	const struct request *r = &x->request;
	switch (x->route->api) {
	case API_KITE:
		return request_argument(r, "sign") != NULL;
	case API_DYNDNS:
	case API_RELAYS:
		return *r->authorization != '\0';
	case API_ACME:
		return x->route->handle == acme_update ? *r->api_key != '\0'
			: x->route->handle != acme_register && *r->authorization != '\0';
	default:
		return strncmp(x->route->path, "/v1/", 4) == 0 && *r->authorization != '\0';
	}
}

/* A key of what is asked for, and by whom. */
static uint64_t key_of(const struct limit *limit, const struct request *r)
{
	struct piece host = request_value(r, "hostname");
	uint64_t key = limit_source(limit, &r->caller);
	key = limit_part(key, r->path.at, r->path.size);
	key = limit_part(key, host.at, host.size);
	key = limit_part(key, r->authorization, strlen(r->authorization));
	key = limit_part(key, r->api_user, strlen(r->api_user));
	return limit_part(key, r->body.at, r->body.size);
}

/* A back-end with 40 kites sends 40 updates at once: whoever's credentials are right is no flood. So a source
 * that asks too often is refused at once if it bears none, or asks for the same again and again; else when they
 * turn out to be wrong. */
static bool within_limits(struct updater *u, struct exchange *x)
{
	int64_t now = clock_ticks();
	x->over = !x->request.exempt && !limit_take(&u->limits.requests, limit_source(&u->limits.requests, &x->request.caller), now,
		REQUEST_INTERVAL, REQUEST_BURST);
	return !x->over || (bears_credentials(x)
		&& limit_take(&u->limits.requests, key_of(&u->limits.requests, &x->request), now, SAME_INTERVAL, SAME_BURST));
}

bool route_run(struct updater *u, struct exchange *x)
{
	struct error e;
	if (!find(x))
		return true;
	if (!within_limits(u, x)) {
		u->counters.limited++;
		reply_limited(x);
		refusal_note(x, "", "", "more than 20 requests a second");
		return true;
	}
	if (x->route->needs == NEEDS_BATCH)
		return false;
	if (x->route->needs == NEEDS_REGISTRY && !batch_open(u)) {
		reply_trouble(x);
		return true;
	}
	if (x->route->handle(u, x, &e) < 0) {
		access_shut(&u->access, &e);
		arena_free(&x->arena);
		x->reply = (struct reply){ 0 };
		reply_trouble(x);
	}
	return true;
}
