/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the sockets that the settings name, before privileges are dropped: UDP and TCP for each address, and TLS. */
#include <stdlib.h>
#include <string.h>

#include "dnsd/daemon.h"

static bool unspecified(const struct sockaddr_storage *endpoint)
{
	struct address address = address_of((const struct sockaddr *)endpoint);
	static const uint8_t zeros[16];
	return memcmp(address.bytes, zeros, address_size(&address)) == 0;
}

/* Without a configured limit, RATE_STANDARD holds for all but loopback; a configured one holds for all. */
static void limit_rate(const struct daemon *d, struct udp_server *server)
{
	bool said = d->settings.rate_limit >= 0;
	server->rate_limit = said ? d->settings.rate_limit : RATE_STANDARD;
	server->rate_workers = d->settings.udp_workers;
	server->rate_spares_loopback = !said;
	server->rate_exempt = &d->settings.rate_exempt;
}

/* Opens TCP first: it has no SO_REUSEPORT, so it fails where another server listens already. */
static int open_endpoint(struct daemon *d, const char *text, struct error *e)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	int outcome = endpoint_read(text, &endpoint, &size, e);
	if (outcome == DONE && d->tcp.fd_count == ENDPOINTS_MOST)
		outcome = fail(e, REFUSED, "more than %d addresses to listen at", ENDPOINTS_MOST);
	if (outcome == DONE)
		outcome = tcp_open((struct sockaddr *)&endpoint, size, &d->tcp_fds[d->tcp.fd_count], e);
	if (outcome != DONE)
		return outcome;
	d->tcp.fd_count++;
	for (int64_t i = 0; i < d->settings.udp_workers && outcome == DONE; i++) {
		struct udp_server *server = &d->udp[d->udp_count];
		server->any_address = unspecified(&endpoint);
		outcome = udp_open((struct sockaddr *)&endpoint, size, server->any_address,
			d->settings.udp_workers > 1, &server->fd, e);
		if (outcome != DONE)
			break;
		server->stop = &d->stop;
		limit_rate(d, server);
		server->worker = (struct worker){ .view = &d->view, .settings = &d->shared };
		d->udp_count++;
	}
	return outcome;
}

static int open_plain(struct daemon *d, struct error *e)
{
	const char *rest = d->settings.listen;
	size_t length;
	int outcome = DONE;
	d->udp = calloc(ENDPOINTS_MOST * (size_t)d->settings.udp_workers, sizeof *d->udp);
	if (d->udp == NULL)
		return fail(e, FAILED, "out of memory");
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		char *text = arena_text_part(&d->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : open_endpoint(d, text, e);
	}
	return outcome;
}

static int open_tls_endpoint(struct daemon *d, const char *text, struct error *e)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	int outcome = endpoint_read(text, &endpoint, &size, e);
	if (outcome == DONE && d->tls.fd_count == ENDPOINTS_MOST)
		outcome = fail(e, REFUSED, "more than %d addresses to listen at", ENDPOINTS_MOST);
	if (outcome == DONE)
		outcome = tcp_open((struct sockaddr *)&endpoint, size, &d->tls_fds[d->tls.fd_count], e);
	d->tls.fd_count += outcome == DONE;
	return outcome;
}

static int open_tls(struct daemon *d, struct error *e)
{
	const struct settings *s = &d->settings;
	const char *rest = s->listen_tls;
	size_t length;
	int outcome = DONE;
	if (*rest == '\0')
		return DONE;
	if (*s->tls_certificate == '\0' || *s->tls_key == '\0')
		return fail(e, REFUSED, "listen-tls wants tls-certificate and tls-key, too");
	d->tls.certificate = s->tls_certificate;
	d->tls.key = s->tls_key;
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		char *text = arena_text_part(&d->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : open_tls_endpoint(d, text, e);
	}
	return outcome == DONE ? tls_open(&d->tls, e) : outcome;
}

int endpoints_open(struct daemon *d, struct error *e)
{
	int outcome = open_plain(d, e);
	return outcome == DONE ? open_tls(d, e) : outcome;
}
