/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs ahead of questions, in a thread of its own: the static data of signed zones and their apexes, and, in zones
 * where somebody asked for a pool with DO, what pools answer to all alike, or samples of it, which are given out where
 * the signature of a network's own hand has no budget (dnsd/answer/sign.h). What is signed already costs a look; what is about
 * to expire is signed anew. */
#ifndef DNSD_ANSWER_PRESIGN_H
#define DNSD_ANSWER_PRESIGN_H

#include <pthread.h>

#include "dnsd/sign/signer.h"
#include "dnsd/view/view.h"

struct presigner {
	struct view *view;
	struct signer *signer;
	const _Atomic bool *stop;
	pthread_t thread;
};

int presigner_start(struct presigner *, struct error *);

#endif
