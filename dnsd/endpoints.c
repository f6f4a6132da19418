/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the sockets that the settings name, before privileges are dropped: UDP and TCP for each address, and TLS. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnsd/daemon.h"
#include "lib/log.h"

static bool unspecified(const struct sockaddr_storage *endpoint)
{
	struct address address = address_of((const struct sockaddr *)endpoint);
	static const uint8_t zeros[16];
	return memcmp(address.bytes, zeros, address_size(&address)) == 0;
}

/* A listening TCP socket, ours or that of the process that we replace, is added to FDS. */
static int open_listener(struct daemon *d, const char *use, const char *text, int fds[ENDPOINTS_MOST], size_t *count,
	struct sockaddr_storage *endpoint, socklen_t *size, struct error *e)
{
	int outcome = endpoint_read(text, endpoint, size, e);
	if (outcome == DONE && *count == ENDPOINTS_MOST)
		outcome = fail(e, REFUSED, "more than %d addresses to listen at", ENDPOINTS_MOST);
	if (outcome != DONE)
		return outcome;
	int fd = sockets_take(&d->inherited, use, (struct sockaddr *)endpoint);
	if (fd < 0)
		outcome = sockets_listen((struct sockaddr *)endpoint, *size, d->is_beside, true, &fd, e);
	if (outcome != DONE)
		return outcome;
	tcp_prepare(fd);
	fds[(*count)++] = fd;
	sockets_add(&d->offered, use, fd);
	return DONE;
}

static void add_worker(struct daemon *d, int fd, bool any_address)
{
	struct udp_server *more = &d->udp[d->udp_count++];
	*more = (struct udp_server){ .fd = fd, .any_address = any_address, .leave = &d->leave,
		.worker = { .view = &d->view, .settings = &d->shared } };
	more->rate_workers = d->settings.udp_workers;
	sockets_add(&d->offered, "udp", fd);
}

/* All sockets of the process that we replace are gone on with, for what the kernel has put into one of them can't be moved:
 * there are as many workers as it had, then. */
static int64_t inherit_workers(struct daemon *d, const struct sockaddr_storage *endpoint)
{
	int64_t count = 0;
	for (int fd; (fd = sockets_take(&d->inherited, "udp", (const struct sockaddr *)endpoint)) >= 0; count++) {
		if (!udp_prepare(fd, endpoint->ss_family, unspecified(endpoint)))
			log_warning("UDP socket that was passed on: %s", strerror(errno));
		add_worker(d, fd, unspecified(endpoint));
	}
	return count;
}

static int open_workers(struct daemon *d, const char *text, const struct sockaddr_storage *endpoint, socklen_t size,
	struct error *e)
{
	int64_t inherited = inherit_workers(d, endpoint), wanted = d->settings.udp_workers;
	int fd, outcome = DONE;
	if (inherited > 0 && inherited != wanted)
		log_notice("the number of workers stays until a restart listen=\"%s\" udp-workers=%lld", text, (long long)inherited);
	for (int64_t i = 0; i < wanted && inherited == 0 && outcome == DONE; i++) {
		outcome = udp_open((const struct sockaddr *)endpoint, size, unspecified(endpoint), wanted > 1 || d->is_beside, &fd, e);
		if (outcome == DONE)
			add_worker(d, fd, unspecified(endpoint));
	}
	return outcome;
}

/* Opens TCP first: it has no SO_REUSEPORT, so it fails where another server listens already. */
static int open_endpoint(struct daemon *d, const char *text, struct error *e)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	int outcome = open_listener(d, "tcp", text, d->tcp_fds, &d->tcp.fd_count, &endpoint, &size, e);
	return outcome == DONE ? open_workers(d, text, &endpoint, size, e) : outcome;
}

static int open_plain(struct daemon *d, struct error *e)
{
	const char *rest = d->settings.listen;
	size_t length;
	int outcome = DONE;
	d->udp = calloc(ENDPOINTS_MOST * (size_t)d->settings.udp_workers + d->inherited.count, sizeof *d->udp);
	if (d->udp == NULL)
		return fail(e, FAILED, "out of memory");
	for (const char *word; outcome == DONE && (word = text_word(&rest, ", ", &length)) != NULL;) {
		char *text = arena_text_part(&d->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : open_endpoint(d, text, e);
	}
	return outcome;
}

static int open_tls_endpoint(struct daemon *d, const char *text, struct error *e)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	return open_listener(d, "tls", text, d->tls_fds, &d->tls.fd_count, &endpoint, &size, e);
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
	for (const char *word; outcome == DONE && (word = text_word(&rest, ", ", &length)) != NULL;) {
		char *text = arena_text_part(&d->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : open_tls_endpoint(d, text, e);
	}
	return outcome == DONE ? tls_open(&d->tls, e) : outcome;
}

int endpoints_open(struct daemon *d, struct error *e)
{
	size_t inherited = d->inherited.count;
	d->is_beside = inherited > 0;
	sockets_share(&d->inherited);
	int outcome = open_plain(d, e);
	if (outcome == DONE)
		outcome = open_tls(d, e);
	if (outcome == DONE && d->predecessor >= 0 && d->inherited.count == inherited)
		outcome = fail(e, REFUSED, "replace: the name server of this registry listens elsewhere, at none of: %s", d->settings.listen);
	return outcome;
}
