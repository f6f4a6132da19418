/* SPDX-License-Identifier: BSD-2-Clause */
/* libmicrohttpd and nothing else: from sockets to exchanges and back. */
#ifndef UPDATER_HTTP_H
#define UPDATER_HTTP_H

#include "updater/updater.h"

enum { LISTEN_MOST = 16 };

/* Binds and listens at all addresses of settings.listen. */
int http_open(struct updater *, struct error *);

/* Appends "ADDRESS:PORT" of each listening socket, a space between. */
void http_addresses(const struct http *, struct text *);

/* Epoll descriptors to wait for, one a listening socket. */
size_t http_descriptors(const struct http *, int descriptors[LISTEN_MOST]);

/* Milliseconds until http_run must be called though nothing happened. */
int64_t http_timeout(const struct http *);

/* Takes requests off the sockets: reads are answered, writes go to the batch. */
void http_run(struct http *);

/* The exchange has its reply: its connection goes on at the next http_run. */
void http_resume(struct exchange *);

/* Closes connections whose request takes longer than ten seconds to arrive or whose reply to leave. */
void http_sweep(struct http *, int64_t now);

/* No new connections; those that are there can still be answered. */
void http_quiesce(struct http *);
size_t http_connections(const struct http *);
void http_close(struct http *);

#endif
