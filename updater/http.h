/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP/1.1 (RFC 9112) and nothing else: from sockets to exchanges and back. */
#ifndef UPDATER_HTTP_H
#define UPDATER_HTTP_H

#include "updater/updater.h"

enum { LISTEN_MOST = 16 };

/* Binds and listens at all addresses of settings.listen. */
int http_open(struct updater *, struct error *);

/* Appends "ADDRESS:PORT" of each listening socket, a space between. */
void http_addresses(const struct http *, struct text *);

/* An epoll descriptor: readable when http_run has something to do. */
int http_descriptor(const struct http *);

/* Takes requests off the sockets: reads are answered, writes go to the batch. */
void http_run(struct http *);

/* The exchange has its reply, which is sent. */
void http_resume(struct exchange *);

/* Ends requests that take too long to arrive, replies that take too long to leave, and idle connections. */
void http_sweep(struct http *, int64_t now);

/* No new connections; those that are there can still be answered. */
void http_quiesce(struct http *);
size_t http_connections(const struct http *);
void http_close(struct http *);

#endif
