/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP/1.1 (RFC 9112) and nothing else, over TCP and TLS: from sockets to exchanges and back. */
#ifndef UPDATER_HTTP_H
#define UPDATER_HTTP_H

#include "link/sockets.h"
#include "updater/updater.h"

/* Binds and listens at all addresses of settings.listen and settings.listen_tls, for which it reads the certificates. Sockets
 * of a process that we replace, "http" and "https", are gone on with. */
struct http;
int http_open(struct http **, struct updater *, struct sockets *inherited, struct error *);

/* Adds all listening sockets, for a successor. */
void http_offer(const struct http *, struct sockets *);

/* No new connections, for a successor takes them; those that are there are served to the end, and told to come anew for
 * more. */
void http_leave(struct http *);

/* Whether there are connections. */
bool http_busy(const struct http *);

/* Starts the threads that agree upon TLS, where something listens for it. Call it after updater_walls_enter. */
int http_start(struct http *, struct error *);

/* Appends "ADDRESS:PORT" of each listening socket, a space between; "https://" before those for TLS. */
void http_addresses(const struct http *, struct text *);

/* An epoll descriptor: readable when http_run has something to do. */
int http_descriptor(const struct http *);

/* Takes requests off the sockets: reads are answered, writes go to the batch. Now and then, requests that take too long to
 * arrive, replies that take too long to leave, and idle connections are ended. */
void http_run(struct http *);

/* No new connections; those that are there can still be answered. */
void http_quiesce(struct http *);
void http_close(struct http *);

#endif
