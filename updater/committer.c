/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that commits. */
#include "updater/committer.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *run(void *context)
{
	struct committer *c = context;
	const uint64_t one = 1;
	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->state != COMMITTER_ASKED && c->state != COMMITTER_QUIT)
			pthread_cond_wait(&c->moved, &c->lock);
		if (c->state == COMMITTER_QUIT)
			break;
		pthread_mutex_unlock(&c->lock);
		struct error error = { "" };
		int outcome = registry_commit(c->registry, &error);
		pthread_mutex_lock(&c->lock);
		c->outcome = outcome;
		c->error = error;
		c->state = COMMITTER_ANSWERED;
		pthread_cond_broadcast(&c->moved);
		ssize_t written = write(c->fd, &one, sizeof one);
		(void)written; /* an eventfd's counter is far from full */
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int committer_start(struct committer *c, struct error *e)
{
	*c = (struct committer){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	if (c->fd < 0)
		return fail(e, FAILED, "eventfd: %s", strerror(errno));
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->moved, NULL);
	int code = pthread_create(&c->thread, NULL, run, c);
	if (code == 0)
		return DONE;
	close(c->fd);
	c->fd = -1;
	return fail(e, FAILED, "starting a thread: %s", strerror(code));
}

static void move(struct committer *c, enum committer_state state)
{
	pthread_mutex_lock(&c->lock);
	c->state = state;
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->lock);
}

void committer_stop(struct committer *c)
{
	move(c, COMMITTER_QUIT);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->moved);
	pthread_mutex_destroy(&c->lock);
	close(c->fd);
}

void committer_ask(struct committer *c, struct registry *registry)
{
	c->registry = registry;
	move(c, COMMITTER_ASKED);
}

bool committer_answer(struct committer *c, bool wait, int *outcome, struct error *e)
{
	uint64_t count;
	pthread_mutex_lock(&c->lock);
	while (wait && c->state == COMMITTER_ASKED)
		pthread_cond_wait(&c->moved, &c->lock);
	bool answered = c->state == COMMITTER_ANSWERED;
	if (answered) {
		*outcome = c->outcome;
		*e = c->error;
		c->state = COMMITTER_IDLE;
		ssize_t taken = read(c->fd, &count, sizeof count);
		(void)taken;
	}
	pthread_mutex_unlock(&c->lock);
	return answered;
}
