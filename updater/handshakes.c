/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads of handshakes, and the two lists between them and the loop. */
#include "updater/handshakes.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void append(struct handshake_list *list, struct handshake *h)
{
	h->next = NULL;
	*list->last = h;
	list->last = &h->next;
}

static struct handshake *take(struct handshake_list *list)
{
	struct handshake *h = list->first;
	if (h == NULL)
		return NULL;
	list->first = h->next;
	if (h->next == NULL)
		list->last = &list->first;
	return h;
}

static void shake(struct handshake *h)
{
	if (atomic_load_explicit(&h->left, memory_order_relaxed))
		h->said = CHANNEL_BROKEN;
	else
		h->said = channel_shake(h->channel, &h->why);
}

static void *run(void *context)
{
	struct handshakes *s = context;
	const uint64_t one = 1;
	pthread_mutex_lock(&s->lock);
	while (!s->quit) {
		struct handshake *h = take(&s->asked);
		if (h == NULL) {
			pthread_cond_wait(&s->moved, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		shake(h);
		pthread_mutex_lock(&s->lock);
		append(&s->answered, h);
		ssize_t written = write(s->fd, &one, sizeof one);
		(void)written; /* an eventfd's counter is far from full */
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int handshakes_start(struct handshakes *s, struct error *e)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned wanted = processors < 3 ? 1 : processors > HANDSHAKE_THREADS ? HANDSHAKE_THREADS : (unsigned)processors - 1;
	*s = (struct handshakes){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	if (s->fd < 0)
		return fail(e, FAILED, "eventfd: %s", strerror(errno));
	s->asked.last = &s->asked.first;
	s->answered.last = &s->answered.first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	int code = 0;
	while (s->count < wanted && (code = pthread_create(&s->threads[s->count], NULL, run, s)) == 0)
		s->count++;
	if (s->count > 0)
		return DONE;
	handshakes_stop(s);
	return fail(e, FAILED, "starting a thread: %s", strerror(code));
}

void handshakes_stop(struct handshakes *s)
{
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->count; i++)
		pthread_join(s->threads[i], NULL);
	pthread_cond_destroy(&s->moved);
	close(s->fd);
	s->fd = -1;
	s->count = 0;
	for (struct handshake *h; (h = take(&s->asked)) != NULL;) {
		h->said = CHANNEL_LATER;
		append(&s->answered, h);
	}
}

void handshakes_ask(struct handshakes *s, struct handshake *h)
{
	h->away = true;
	h->missed = false;
	pthread_mutex_lock(&s->lock);
	append(&s->asked, h);
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

struct handshake *handshakes_answer(struct handshakes *s)
{
	uint64_t count;
	pthread_mutex_lock(&s->lock);
	struct handshake *h = take(&s->answered);
	if (h == NULL) {
		ssize_t taken = read(s->fd, &count, sizeof count);
		(void)taken;
	}
	pthread_mutex_unlock(&s->lock);
	if (h != NULL)
		h->away = false;
	return h;
}
