/* SPDX-License-Identifier: BSD-2-Clause */
/* Places given to newcomers and taken by threads, under one lock. */
#include "dnsd/serve/tls_places.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"

enum { TICK = 250 /* milliseconds until a thread looks whether it is to end */ };

void tls_places_init(struct tls_places *p, struct peers *peers)
{
	*p = (struct tls_places){ .peers = peers, .settings = { .connections = TLS_THREADS, .per_client = TLS_PER_CLIENT } };
	p->queue.settings = &p->settings;
	p->waiting_end = &p->waiting;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
}

static void give_up(struct tls_place *c)
{
	close(c->fd);
	free(c);
}

/* Takes a connection out of those that wait for a thread. False if it was not among them. */
static bool stop_waiting(struct tls_places *p, struct tls_place *c)
{
	for (struct tls_place **at = &p->waiting; *at != NULL; at = &(*at)->next) {
		if (*at != c)
			continue;
		*at = c->next;
		if (c->next == NULL)
			p->waiting_end = at;
		return true;
	}
	return false;
}

/* Lets a connection give way: its thread finds it shut down, and closes it. */
static void put_out(struct tls_places *p, struct tls_place *c)
{
	tcp_queue_remove(&p->queue, &c->place);
	c->left = true;
	if (stop_waiting(p, c))
		give_up(c);
	else
		shutdown(c->fd, SHUT_RDWR);
}

/* Notes which connections are known by now: a stranger may have shown a key since it came. */
static void know(struct tls_places *p, const struct snapshot *snapshot)
{
	for (int wait = 0; wait < TCP_WAITS; wait++)
		for (struct tcp_place *at = p->queue.oldest[wait]; at != NULL; at = at->newer)
			at->known = peers_know(p->peers, snapshot, &at->client);
}

/* Whether there is room for a newcomer, once the victim has gone. A secondary may wait while all are served. */
static bool room(struct tls_places *p, const struct address *client, bool known)
{
	struct tcp_place *victim;
	if (tcp_queue_room(&p->queue, client, known, &victim)) {
		if (victim != NULL)
			put_out(p, (struct tls_place *)victim);
		return true;
	}
	return known && p->queue.count < TLS_THREADS + TLS_WAITING;
}

void tls_places_enter(struct tls_places *p, const struct snapshot *snapshot, int fd, const struct address *client)
{
	bool known = peers_know(p->peers, snapshot, client);
	struct tls_place *c = calloc(1, sizeof *c);
	pthread_mutex_lock(&p->lock);
	know(p, snapshot);
	if (c == NULL || p->closed || !room(p, client, known)) {
		close(fd);
		free(c);
	} else {
		c->fd = fd;
		tcp_queue_add(&p->queue, &c->place, client, known, clock_ticks());
		tcp_queue_move(&p->queue, &c->place, TCP_SERVED, clock_ticks()); /* by a thread, in time */
		*p->waiting_end = c;
		p->waiting_end = &c->next;
		pthread_cond_signal(&p->moved);
	}
	pthread_mutex_unlock(&p->lock);
}

struct tls_place *tls_places_take(struct tls_places *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->waiting == NULL && !p->closed)
		clock_wait(&p->moved, &p->lock, TICK);
	struct tls_place *c = p->waiting;
	if (c != NULL) {
		stop_waiting(p, c);
		tcp_queue_move(&p->queue, &c->place, TCP_READING, clock_ticks());
	}
	pthread_mutex_unlock(&p->lock);
	return c;
}

void tls_places_leave(struct tls_places *p, struct tls_place *c)
{
	pthread_mutex_lock(&p->lock);
	if (!c->left)
		tcp_queue_remove(&p->queue, &c->place);
	pthread_mutex_unlock(&p->lock);
	give_up(c);
}

bool tls_places_wait(struct tls_places *p, struct tls_place *c, enum tcp_wait wait)
{
	pthread_mutex_lock(&p->lock);
	bool stays = !c->left;
	if (stays)
		tcp_queue_move(&p->queue, &c->place, wait, clock_ticks());
	pthread_mutex_unlock(&p->lock);
	return stays;
}

bool tls_places_taken(struct tls_places *p)
{
	pthread_mutex_lock(&p->lock);
	bool taken = p->queue.count > 0;
	pthread_mutex_unlock(&p->lock);
	return taken;
}

void tls_places_close(struct tls_places *p)
{
	struct tcp_place *c;
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	while ((c = tcp_queue_oldest(&p->queue)) != NULL)
		put_out(p, (struct tls_place *)c);
	pthread_cond_broadcast(&p->moved);
	pthread_mutex_unlock(&p->lock);
}
