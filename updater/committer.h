/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that only commits, and so waits for the disk, while the loop goes on reading requests. From committer_ask
 * to committer_answer the registry's connection is the thread's, and the loop leaves it alone; at all other times it
 * is the loop's. */
#ifndef UPDATER_COMMITTER_H
#define UPDATER_COMMITTER_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/error.h"
#include "registry/registry.h"

enum committer_state { COMMITTER_IDLE, COMMITTER_ASKED, COMMITTER_ANSWERED, COMMITTER_QUIT };
struct committer {
	pthread_t thread;
	pthread_mutex_t lock; /* over all below but fd */
	pthread_cond_t moved;
	enum committer_state state;
	struct registry *registry;
	int outcome;
	struct error error;
	int fd; /* an eventfd: readable once it answered */
};

/* Starts the thread. Call it after updater_walls_enter. */
int committer_start(struct committer *, struct error *);
void committer_stop(struct committer *);

/* Hands the connection's open transaction over. */
void committer_ask(struct committer *, struct registry *);

/* Takes the answer, if it is there or WAIT says to wait for it; false if it is not. */
bool committer_answer(struct committer *, bool wait, int *outcome, struct error *);

#endif
