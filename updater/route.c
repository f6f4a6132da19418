/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/route.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "updater/acme.h"
#include "updater/door.h"
#include "updater/dyndns.h"
#include "updater/kite.h"
#include "updater/metrics.h"
#include "updater/refusal.h"
#include "updater/relays.h"
#include "updater/reply.h"
#include "updater/status.h"

/* 20 requests a second from a source; beyond, one a second of a kind, if it bears credentials. */
enum { REQUEST_INTERVAL = 50, REQUEST_BURST = 20, SAME_INTERVAL = 1000, SAME_BURST = 5, NAME_ROOM = 64 };

static const struct route routes[] = {
	{ "/nic/update", METHOD_GET, API_DYNDNS, true, dyndns_update },
	{ "/nic/update", METHOD_POST, API_DYNDNS, true, dyndns_update },
	{ "/nic/update", METHOD_OTHER, API_DYNDNS, false, dyndns_badagent },
	{ "/v3/update", METHOD_GET, API_DYNDNS, true, dyndns_update },
	{ "/v3/update", METHOD_POST, API_DYNDNS, true, dyndns_update },
	{ "/v3/update", METHOD_OTHER, API_DYNDNS, false, dyndns_badagent },
	{ "/", METHOD_GET, API_KITE, true, kite_update },
	{ "/v1/relays", METHOD_POST, API_RELAYS, true, relays_register },
	{ "/v1/relays/", METHOD_PUT, API_RELAYS, true, relays_heartbeat },
	{ "/v1/relays/", METHOD_DELETE, API_RELAYS, true, relays_leave },
	{ "/v1/relays", METHOD_GET, API_READ, false, status_relays },
	{ "/v1/relays/", METHOD_GET, API_READ, false, status_relay },
	{ "/v1/pools", METHOD_GET, API_READ, false, status_pools },
	{ "/v1/pools/", METHOD_GET, API_READ, false, status_pool },
	{ "/v1/zones", METHOD_GET, API_READ, false, status_zones },
	{ "/v1/releases", METHOD_GET, API_READ, false, status_releases },
	{ "/v1/status", METHOD_GET, API_READ, false, status_status },
	{ "/register", METHOD_POST, API_ACME, true, acme_register },
	{ "/update", METHOD_POST, API_ACME, true, acme_update },
	{ "/present", METHOD_POST, API_ACME, true, acme_present },
	{ "/cleanup", METHOD_POST, API_ACME, true, acme_cleanup },
	{ "/health", METHOD_GET, API_ACME, false, acme_health },
	{ "/relays.txt", METHOD_GET, API_READ, false, status_relays_txt },
	{ "/logs/relays.txt", METHOD_GET, API_READ, false, status_relays_txt },
	{ "/healthz", METHOD_GET, API_READ, false, status_healthz },
	{ "/readyz", METHOD_GET, API_READ, false, status_readyz },
	{ "/metrics", METHOD_GET, API_READ, false, metrics_show },
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
		|| (method == METHOD_HEAD && route->method == METHOD_GET && !route->writes);
}

static void not_allowed(struct exchange *x)
{
	static const char *const names[METHOD_OTHER] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	struct text allow = { 0 };
	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_fits(&routes[i], x->request.path))
			continue;
		text_addf(&allow, "%s%s", allow.length == 0 ? "" : ", ", names[routes[i].method]);
		if (routes[i].method == METHOD_GET && !routes[i].writes)
			text_add(&allow, ", HEAD");
	}
	reply_problem(x, 405, "this method is not for that path", NULL);
	x->reply.allow = allow.broken ? NULL : arena_text(&x->arena, allow.bytes);
	text_free(&allow);
}

/* False when the reply says that there is none. */
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

/* What is asked for, by whom. */
static uint64_t sort_of(const struct limit *limit, const struct request *r)
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
	x->over = !x->request.exempt && !limit_take(&u->requests, limit_source(&u->requests, &x->request.caller), now,
		REQUEST_INTERVAL, REQUEST_BURST);
	return !x->over || (bears_credentials(x)
		&& limit_take(&u->requests, sort_of(&u->requests, &x->request), now, SAME_INTERVAL, SAME_BURST));
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
	if (x->route->writes)
		return false;
	if (x->route->handle(u, x, &e) < 0) {
		door_shut(u, &e);
		arena_free(&x->arena);
		x->reply = (struct reply){ 0 };
		reply_trouble(x);
	}
	return true;
}

bool route_name(const struct exchange *x, char *name)
{
	size_t size = strlen(x->route->path), length = x->request.path.size - size;
	if (length == 0 || length >= NAME_ROOM)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = ascii_lower(x->request.path.at[size + i]);
		if (!ascii_letter(c) && !ascii_digit(c) && strchr("._-+", c) == NULL)
			return false;
		name[i] = c;
	}
	name[length] = '\0';
	return true;
}
