/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a replacement, as the updater takes them. */
#include "updater/replace.h"

#include <unistd.h>

#include "lib/log.h"
#include "lib/place.h"
#include "lib/service.h"

static const char *suffix(void)
{
	return place_suffix(PLACE_UPDATER_SUCCESSOR);
}

static size_t count_listening(const struct sockets *s)
{
	size_t count = 0;
	for (size_t i = 0; i < s->count; i++)
		count += s->passed[i].use[0] == 'h';
	return count;
}

int replace_begin(struct replace *r, const char *registry, bool wanted, struct error *e)
{
	r->predecessor = r->takeover.successor = r->takeover.place.fd = -1;
	sockets_receive(&r->inherited, "http");
	int outcome = wanted ? takeover_ask_any(registry, suffix(), &r->inherited, &r->predecessor, e) : DONE;
	r->listening = count_listening(&r->inherited);
	return outcome;
}

int replace_listen(struct replace *r, const char *registry, struct error *e)
{
	int outcome = takeover_listen(&r->takeover, registry, suffix(), sockets_take(&r->inherited, "successor", NULL), e);
	bool none = r->predecessor >= 0 && count_listening(&r->inherited) == r->listening;
	if (outcome == DONE && none)
		outcome = fail(e, REFUSED, "replace: the updater of this registry listens elsewhere, at none of our addresses");
	sockets_close(&r->inherited);
	return outcome;
}

void replace_serve(struct replace *r, const struct http *http)
{
	int64_t counts[TAKEOVER_COUNTS];
	struct sockets ours = { 0 };
	takeover_serve_any(r->predecessor, counts);
	if (r->predecessor >= 0)
		close(r->predecessor);
	http_offer(http, &ours);
	service_ready();
	sockets_store(&ours);
}

bool replace_heed(struct replace *r, struct http *http, struct forwarders *forwarders)
{
	static const int64_t counts[TAKEOVER_COUNTS]; /* ours are not gone on with: who scrapes them knows of restarts */
	struct sockets all = { 0 };
	takeover_keep(&r->takeover);
	if (!takeover_stirs(&r->takeover))
		return false;
	http_offer(http, &all);
	forwarded_offer(forwarders, &all);
	sockets_add(&all, "successor", r->takeover.place.fd);
	if (!takeover_heed(&r->takeover, &all))
		return false;
	log_notice("replaced: what is in hand is finished");
	http_leave(http);
	forwarded_leave(forwarders);
	takeover_tell(&r->takeover, counts);
	return true;
}

void replace_end(struct replace *r)
{
	takeover_leave(&r->takeover);
	sockets_close(&r->inherited);
}
